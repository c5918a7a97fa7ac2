"""Terminals of a host: for tests of what programs do on one, and for ``shell``."""

import contextlib
import fcntl
import os
import select
import struct
import sys
import termios
import time
import tty
from collections.abc import Iterator, Mapping, Sequence

from tests.lab.commands import Completed, Guest, HostProcess
from tests.lab.errors import HostError

# asm-generic/ioctls.h; the termios module does not have them.
_TIOCSPTLCK = 0x40045431
_TIOCGPTPEER = 0x5441


@contextlib.contextmanager
def open_terminal(guest: Guest, rows: int = 24, columns: int = 80) -> Iterator[tuple[int, int]]:
    """A new terminal of the host: our end and the program's end.

    It comes from the host's own devpts, so that ttyname(3) finds it there; one of ours would have
    no name inside.
    """
    ours = os.open(guest.root / "dev/pts/ptmx", os.O_RDWR | os.O_NOCTTY)
    try:
        fcntl.ioctl(ours, _TIOCSPTLCK, struct.pack("i", 0))
        theirs = fcntl.ioctl(ours, _TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY)
        try:
            fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            yield ours, theirs
        finally:
            os.close(theirs)
    finally:
        os.close(ours)


def _read(fd: int) -> bytes:
    """Read what is there; b"" at the end, which a terminal reports as an input/output error."""
    try:
        return os.read(fd, 65536)
    except OSError:
        return b""


def run_in_terminal(
    guest: Guest,
    argv: Sequence[str],
    *,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    stdin: bytes = b"",
    timeout_s: float = 60,
) -> Completed:
    """Run a program on a terminal, type ``stdin`` into it, and return all that was shown."""
    shown = b""
    deadline = time.monotonic() + timeout_s
    with open_terminal(guest) as (ours, theirs):
        process = HostProcess(
            guest,
            argv,
            user=user,
            env=env,
            cwd=cwd,
            new_terminal=True,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        try:
            os.write(ours, stdin)
            while True:
                ended = process.poll() is not None
                # We hold the program's end open too, so its end shows only in the process.
                if select.select([ours], [], [], 0 if ended else 0.05)[0]:
                    shown += _read(ours)
                elif ended:
                    break
                if time.monotonic() > deadline:
                    text = shown.decode(errors="replace")
                    raise HostError(f"{argv[0]} still ran after {timeout_s} s; shown:\n{text}")
        finally:
            if process.poll() is None:
                process.kill_group()
            process.release()
        return Completed(tuple(argv), process.returncode, shown, b"")


def interact(guest: Guest, argv: Sequence[str], *, user: str | None = None) -> int:
    """Connect our own terminal to a program in the host until it ends; returns its exit code."""
    size = os.get_terminal_size(sys.stdin.fileno())
    env = {"TERM": os.environ.get("TERM", "xterm")}
    with open_terminal(guest, size.lines, size.columns) as (ours, theirs):
        process = HostProcess(
            guest,
            argv,
            user=user,
            env=env,
            new_terminal=True,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        saved = termios.tcgetattr(sys.stdin.fileno())
        # Not the default, which throws away what was typed ahead.
        tty.setraw(sys.stdin.fileno(), termios.TCSADRAIN)
        try:
            while process.poll() is None:
                for fd in select.select([ours, sys.stdin.fileno()], [], [], 0.1)[0]:
                    if fd == ours:
                        os.write(sys.stdout.fileno(), _read(ours))
                    else:
                        os.write(ours, _read(fd))
            while select.select([ours], [], [], 0)[0]:
                os.write(sys.stdout.fileno(), _read(ours))
        finally:
            termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, saved)
            if process.poll() is None:
                process.kill_group()
            process.release()
        return process.returncode
