"""One file as the doctor sees it: its kind, owner and mode, and the bytes of a small one."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from functools import cache

from dockerctl.config.look import HostLook, is_remote

# More than any file of settings or certificates; what is longer is not read at all.
MOST_BYTES = 1024 * 1024

_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KINDS = (
    (stat.S_ISREG, "file"),
    (stat.S_ISDIR, "folder"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISLNK, "link"),
)


@dataclass(frozen=True)
class SeenFile:
    """A path at one moment, links followed.

    ``kind`` is "file", "folder", "socket", "other", "absent", "link" for one that leads nowhere,
    or "unseen" where the system does not let us look; ``problem`` has the system's words then.
    """

    path: str
    kind: str = "absent"
    mode: int = 0
    uid: int = 0
    gid: int = 0
    size: int = 0
    data: bytes | None = None
    problem: str = ""

    @property
    def others_write(self) -> bool:
        """Whether anybody but its owner, root and root's group may change it."""
        return bool(self.mode & stat.S_IWOTH or (self.mode & stat.S_IWGRP and self.gid != 0))

    @property
    def stat_line(self) -> str:
        """Owner and mode, as evidence."""
        if self.kind in ("absent", "link", "unseen"):
            what = {"absent": "no such file", "link": "a link to nothing"}
            return f"stat: {self.path}: {what.get(self.kind, self.problem)}"
        return (
            f"stat: {self.path}: {self.kind}, mode {self.mode:04o}, uid {self.uid}, gid {self.gid}"
        )


def see_file(path: str, *, read: bool = False, most: int = MOST_BYTES) -> SeenFile:
    """Look at ``path``, and with ``read`` take the first ``most`` bytes of a regular file.

    What lies on a file system that can hang is not touched: a thread that waits there cannot even
    be killed, and keeps the process from its end.
    """
    kind = _look().filesystem(path) or ""
    if is_remote(kind):
        return SeenFile(path, "unseen", problem=f"it lies on a file system of kind {kind}")
    try:
        info = os.stat(path)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return SeenFile(path, "link" if os.path.lexists(path) else "absent")
    except (OSError, ValueError) as error:
        return SeenFile(path, "unseen", problem=_words(error))
    kind = next((name for test, name in _KINDS if test(info.st_mode)), "other")
    data, problem = _read(path, most) if read and kind == "file" else (None, "")
    return SeenFile(
        path,
        kind,
        stat.S_IMODE(info.st_mode),
        info.st_uid,
        info.st_gid,
        info.st_size,
        data,
        problem,
    )


@cache
def _look() -> HostLook:
    """With the mounts of the first use: a run of the doctor is short, and looks at many files."""
    return HostLook("/")


def _read(path: str, most: int) -> tuple[bytes | None, str]:
    try:
        handle = os.open(path, _READ)
    except OSError as error:
        return None, _words(error)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None, "it became something else meanwhile"
        chunks, left = [], most
        while left > 0 and (chunk := os.read(handle, left)):
            chunks.append(chunk)
            left -= len(chunk)
        return b"".join(chunks), ""
    except OSError as error:
        return None, _words(error)
    finally:
        os.close(handle)


def _words(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
