"""One lock for all changes to a host, so that two of them cannot interleave.

The lock is flock(2)'s on an open file, and ends with the process however that ends. The file
stays behind; what stands in it says who holds the lock, and means nothing without the lock.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from dockerctl.deadline import Clock, Deadline
from dockerctl.errors import Busy, FolderUnsafe, LinkRefused, WrongFileKind
from dockerctl.host.file_errors import explained
from dockerctl.host.folders import make_folder
from dockerctl.host.links import Spot, absolute, kind_of, locate, shown, written_by_others

LOCK_PATH = "/run/dockerctl/lock"

# There is no event for a lock that is dropped, other than a wait without an end.
_POLL_S = 0.05
_MOST_NOTE_BYTES = 4096
_MOST_COMMAND_CHARACTERS = 200
_OPEN = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


@dataclass(frozen=True)
class Holder:
    """Who holds the lock, by its own note; ``since`` in seconds since the epoch."""

    pid: int
    command: str
    since: float


@contextmanager
def change_lock(path: str, deadline: Deadline, owner_note: str) -> Iterator[None]:
    """Hold the lock inside, after waiting for it until ``deadline`` at most.

    ``owner_note`` is the command as others are told of it: no secrets. The lock's folder is made
    for its owner alone. Raises Busy, FolderUnsafe when others can write in the folder,
    LinkRefused, WrongFileKind, and what the system makes of it.
    """
    with explained(path, "locked"):
        fd = _take(path, deadline)
    try:
        _write_note(fd, owner_note, deadline.clock)
        yield
    finally:
        # For a forked child that still has the file open, closing alone would not drop the lock.
        with suppress(OSError):
            os.ftruncate(fd, 0)
            fcntl.flock(fd, fcntl.LOCK_UN)
        os.close(fd)


def _take(path: str, deadline: Deadline) -> int:
    """The locked file's descriptor. Raises Busy."""
    make_folder(os.path.dirname(absolute(path)), 0o700)  # noqa: PTH120
    with locate(path) as spot:
        if spot.by_link:
            raise LinkRefused(f"The lock {shown(path)} is a symbolic link.")
        if written_by_others(os.fstat(spot.folder)):
            raise FolderUnsafe(
                f"The folder {shown(spot.folder_path)} of the lock can be written by others.",
                details={"path": spot.folder_path},
            )
        while True:
            fd = _open(path, spot)
            try:
                locked = _try_lock(fd)
                if locked and _is_in_place(fd, spot):
                    return fd
                holder = None if locked else _read_note(fd)
            except BaseException:
                os.close(fd)
                raise
            os.close(fd)
            if locked:
                # The file was removed before it was locked; there is another one to try.
                continue
            if deadline.passed:
                raise _busy(holder)
            deadline.clock.sleep(min(_POLL_S, deadline.remaining()))


def _open(path: str, spot: Spot) -> int:
    if spot.found is not None and not stat.S_ISREG(spot.found.st_mode):
        raise WrongFileKind(f"{shown(path)} is {kind_of(spot.found)}, not a regular file.")
    return os.open(spot.name, _OPEN, 0o600, dir_fd=spot.folder)


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_in_place(fd: int, spot: Spot) -> bool:
    """Whether the locked file is still the one that others open; someone may have removed it."""
    try:
        there = os.stat(spot.name, dir_fd=spot.folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    mine = os.fstat(fd)
    return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)


def _write_note(fd: int, command: str, clock: Clock) -> None:
    note = {
        "pid": os.getpid(),
        "command": command[:_MOST_COMMAND_CHARACTERS],
        "since": clock.time(),
    }
    # The lock holds without its note: a full /run must not stand in the way of a repair.
    with suppress(OSError):
        os.ftruncate(fd, 0)
        os.pwrite(fd, json.dumps(note).encode(), 0)


def _read_note(fd: int) -> Holder | None:
    """Who holds the lock, or None when the note is not written yet, or is none."""
    try:
        note = json.loads(os.pread(fd, _MOST_NOTE_BYTES, 0))
        return Holder(int(note["pid"]), str(note["command"]), float(note["since"]))
    except (ValueError, TypeError, LookupError, RecursionError, OverflowError):
        return None


def _busy(holder: Holder | None) -> Busy:
    if holder is None:
        return Busy("Another dockerctl is at work.")
    command = shown(holder.command)
    return Busy(
        f"Another dockerctl is at work: process {holder.pid}, '{command}'.",
        details={"pid": holder.pid, "command": command, "since": holder.since},
    )
