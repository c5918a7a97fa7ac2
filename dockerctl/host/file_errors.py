"""What the system says about a file, as one of our errors; one table."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from dockerctl.errors import (
    DockerctlError,
    FileFailed,
    FileForbidden,
    FileImmutable,
    FileIsMount,
    FileSystemReadOnly,
    LinkRefused,
    NoSpace,
    WrongFileKind,
)
from dockerctl.host.links import shown

Done = Literal["read", "written", "removed", "made", "locked"]

# ioctl_iflags(2): FS_IOC_GETFLAGS is _IOR('f', 1, long); FS_IMMUTABLE_FL and FS_APPEND_FL.
_GET_FLAGS = 0x80006601 | struct.calcsize("l") << 16
_HELD_FLAGS = 0x10 | 0x20

_FORBIDDEN = (errno.EACCES, errno.EPERM)

_WORDS: dict[int, tuple[type[DockerctlError], str]] = {
    errno.ENOSPC: (NoSpace, "no space is left on its file system"),
    errno.EDQUOT: (NoSpace, "the disk quota is used up"),
    errno.EROFS: (FileSystemReadOnly, "its file system is read-only"),
    errno.EACCES: (FileForbidden, "permission denied"),
    errno.EPERM: (FileForbidden, "operation not permitted"),
    errno.EBUSY: (FileIsMount, "it is a mount point"),
    errno.EISDIR: (WrongFileKind, "it is a folder"),
    errno.ELOOP: (LinkRefused, "a symbolic link was put in its place"),
}


@contextmanager
def explained(path: str, done: Done) -> Iterator[None]:
    """Inside, an OSError becomes the error that fits; ``done`` is what ``path`` was to be."""
    try:
        yield
    except OSError as error:
        raise file_error(error, path, done) from error


def file_error(error: OSError, path: str, done: Done) -> DockerctlError:
    """The error for what the system said when ``path`` was to be ``done``."""
    number = error.errno or 0
    kind, why = _WORDS.get(number, (FileFailed, (error.strerror or "unknown error").lower()))
    return kind(
        f"{shown(path)} cannot be {done}: {why}.",
        details={"path": path, "errno": errno.errorcode.get(number)},
    )


def immutable_error(error: OSError, folder: int, name: str, path: str) -> FileImmutable | None:
    """FileImmutable when ``error`` comes from such an attribute of the file or its folder.

    The system has no error number for it: it says the same as for a lack of rights.
    """
    if error.errno not in _FORBIDDEN:
        return None
    for entry, what in ((name, path), (".", os.path.dirname(path))):  # noqa: PTH120
        if _is_held(folder, entry):
            return FileImmutable(
                f"{shown(what)} has the immutable or append-only attribute.",
                details={"path": what},
            )
    return None


def _is_held(folder: int, name: str) -> bool:
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        return False
    try:
        answer = fcntl.ioctl(fd, _GET_FLAGS, bytes(struct.calcsize("l")))
    except OSError:
        # Not every file system has such attributes.
        return False
    finally:
        os.close(fd)
    # The kernel fills in an int, whatever the size in the request says.
    flags: int = struct.unpack_from("i", answer)[0]
    return bool(flags & _HELD_FLAGS)
