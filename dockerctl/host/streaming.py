"""A program whose output is read line by line while it runs."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import TracebackType

from dockerctl.deadline import Deadline
from dockerctl.errors import ProgramFailed
from dockerctl.host.programs import open_program

# A longer line is passed over: nobody reads it, and memory is not for whoever writes into a log.
LONGEST_LINE = 16 * 1024 * 1024
_CHUNK = 65536
_MOST_STDERR = 16384
# How long a program that was killed may take to go. One that hangs in the kernel is left to it.
_END_S = 1.0


class StreamedProgram:
    """Runs from ``with`` to its end; a program that still runs then is killed."""

    def __init__(self, name: str, arguments: Sequence[str]) -> None:
        """Raises ``ProgramMissing`` or ``ProgramFailed``."""
        self._name = name
        self._process = open_program(name, arguments)
        self._stderr = bytearray()
        # Whether the deadline ended the reading.
        self.timed_out = False
        # Whether it was that nobody reads any more.
        self.reader_gone = False
        # How many lines were too long.
        self.dropped = 0

    def __enter__(self) -> StreamedProgram:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            return

    def lines(self, deadline: Deadline | None, *, reader: int | None = None) -> Iterator[bytes]:
        """The lines of its output, each as soon as it is there.

        They end with the output, at the deadline (see ``timed_out``), or when nobody is left to
        read what is written to the descriptor ``reader`` (see ``reader_gone``).
        """
        output = _Lines()
        while (chunk := self._next_chunk(deadline, reader)) is not None:
            yield from output.of(chunk)
            self.dropped = output.dropped

    def status(self, limit_s: float) -> int:
        """How it ended, after the last line; raises ``ProgramFailed`` when it does not end."""
        try:
            return self._process.wait(limit_s)
        except subprocess.TimeoutExpired:
            raise ProgramFailed(f"{self._name} closed its output and did not end.") from None

    @property
    def complaint(self) -> str:
        """What it wrote to stderr, as far as it is read."""
        return self._stderr.decode("utf-8", "replace").strip()

    def _next_chunk(self, deadline: Deadline | None, reader: int | None) -> bytes | None:
        """What comes next; None at the end of it all."""
        stdout, stderr = self._process.stdout, self._process.stderr
        assert stdout is not None  # noqa: S101  (it was opened with pipes)
        assert stderr is not None  # noqa: S101
        while True:
            poll = select.poll()
            poll.register(stdout, select.POLLIN)
            if not stderr.closed:
                poll.register(stderr, select.POLLIN)
            if reader is not None:
                # Errors and the hang-up are reported without being asked for (poll(2)).
                poll.register(reader, 0)
            wait_ms = None if deadline is None else deadline.remaining() * 1000
            ready = {number for number, _ in poll.poll(wait_ms)}
            if not ready and deadline is not None and deadline.passed:
                self.timed_out = True
                return None
            if reader is not None and reader in ready:
                self.reader_gone = True
                return None
            if not stderr.closed and stderr.fileno() in ready:
                self._read_stderr(stderr.fileno())
            if stdout.fileno() in ready:
                return os.read(stdout.fileno(), _CHUNK) or None

    def _read_stderr(self, number: int) -> None:
        chunk = os.read(number, _CHUNK)
        if not chunk and self._process.stderr is not None:
            self._process.stderr.close()
        self._stderr += chunk[: _MOST_STDERR - len(self._stderr)]


class _Lines:
    """Chunks become lines; of a line that is too long nothing is kept."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0
        self.dropped = 0

    def of(self, chunk: bytes) -> Iterator[bytes]:
        first, *others = chunk.split(b"\n")
        self._add(first)
        for part in others:
            if self._length <= LONGEST_LINE:
                yield b"".join(self._parts)
            else:
                self.dropped += 1
            self._parts, self._length = [], 0
            self._add(part)

    def _add(self, part: bytes) -> None:
        self._length += len(part)
        if self._length <= LONGEST_LINE:
            self._parts.append(part)
        else:
            self._parts = []
