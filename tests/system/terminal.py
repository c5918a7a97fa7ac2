"""Programs on a real terminal of a lab host: what they show, and what is typed into them."""

from __future__ import annotations

import os
import re
import select
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from tests.lab.commands import HostProcess
from tests.lab.host import Host
from tests.lab.terminal import open_terminal

# What only a hang exceeds.
LONG_S = 60.0

_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


class Terminal:
    """A program that runs on a terminal of a host."""

    def __init__(self, process: HostProcess, ours: int, columns: int) -> None:
        self.process = process
        self.raw = ""
        self._ours = ours
        self._columns = columns

    def expect(self, text: str, *, times: int = 1) -> None:
        """Wait until ``text`` was shown ``times`` times."""
        limit = time.monotonic() + LONG_S
        while self.raw.count(text) < times:
            assert time.monotonic() < limit, f"no {text!r} in {self.raw!r}"
            assert self._read() or self.process.poll() is None or self._read(), self.raw

    def expect_secret(self, prompt: str, *, times: int = 1) -> None:
        """Wait for a prompt and for the moment from which on nothing typed is shown."""
        self.expect(prompt, times=times)
        limit = time.monotonic() + LONG_S
        while self.echoes:
            assert time.monotonic() < limit, f"the terminal still echoes after {self.raw!r}"
            self._read(0.005)

    def type(self, text: str) -> None:
        """Type ``text``; control characters act as on a keyboard."""
        os.write(self._ours, text.encode())

    def finish(self) -> int:
        """Wait for the end of the program and give its exit code."""
        limit = time.monotonic() + LONG_S
        while self.process.poll() is None:
            assert time.monotonic() < limit, f"still runs: {self.raw!r}"
            self._read()
        while self._read(0):
            pass
        return self.process.returncode

    @property
    def echoes(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._ours)[3] & termios.ECHO)

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, as far as lines have been begun."""
        return screen(self.raw, self._columns)

    def _read(self, wait_s: float = 0.05) -> bool:
        if not select.select([self._ours], [], [], wait_s)[0]:
            return False
        self.raw += os.read(self._ours, 65536).decode("utf-8", "replace")
        return True


@contextmanager
def on_terminal(
    host: Host,
    argv: Sequence[str],
    *,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    rows: int = 24,
    columns: int = 80,
    stdout: int | None = None,
) -> Iterator[Terminal]:
    """Start ``argv`` on a terminal of its own; it is killed at the end if it still runs.

    ``stdout`` takes its standard output off the terminal.
    """
    with open_terminal(host.guest, rows, columns) as (ours, theirs):
        process = HostProcess(
            host.guest,
            argv,
            user=user,
            env={"TERM": "xterm", **(env or {})},
            new_terminal=True,
            stdin=theirs,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
        )
        with process:
            yield Terminal(process, ours, columns)


def plain(raw: str) -> str:
    """``raw`` without escape sequences."""
    return _SEQUENCE.sub("", raw)


def screen(raw: str, columns: int) -> list[str]:
    """The lines that ``raw`` leaves on a terminal that is ``columns`` wide and high enough.

    It knows what ECMA-48 calls CR, LF, EL (erase to the end of the line) and SGR; a line that is
    too long goes on in the next row, as on any terminal.
    """
    rows = [""]
    column = 0
    for part in re.split(rf"({_SEQUENCE.pattern}|\r|\n)", raw):
        if part == "\r":
            column = 0
        elif part == "\n":
            rows.append("")
            column = 0
        elif part in ("\x1b[K", "\x1b[0K"):
            rows[-1] = rows[-1][:column]
        elif not part.startswith("\x1b"):
            for char in part:
                if column == columns:
                    rows.append("")
                    column = 0
                rows[-1] = rows[-1][:column].ljust(column) + char + rows[-1][column + 1 :]
                column += 1
    return rows
