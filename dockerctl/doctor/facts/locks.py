"""Who holds a lock on a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from dockerctl.doctor.facts.seen_file import see_file


def holders(path: str, locks: str | None = None) -> Iterator[int]:
    """Processes that hold the lock of flock(2) on ``path``, by proc_locks(5)."""
    if locks is None:
        seen = see_file("/proc/locks", read=True)
        locks = (seen.data or b"").decode("ascii", "replace")
    if "FLOCK" not in locks:
        return
    try:
        inode = Path(path).stat().st_ino
    except OSError:
        return
    for line in locks.splitlines():
        # 1: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF; one that waits has "->" in front.
        fields = line.split()
        if len(fields) < 6 or fields[1] != "FLOCK" or not fields[4].isdecimal():
            continue
        # The device differs from that of stat(2) on overlay and btrfs, so the process must show
        # the file.
        if fields[5].rpartition(":")[2] == str(inode) and _has_open(int(fields[4]), path):
            yield int(fields[4])


def _has_open(pid: int, path: str) -> bool:
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)  # noqa: PTH208  (names alone are wanted)
    except OSError:
        return False
    return any(_link(f"{folder}/{name}") == path for name in names)


def _link(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except OSError:
        return ""
