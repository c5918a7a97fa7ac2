"""What a file has beside its bytes: owner, mode, access list, extended attributes, label."""

from __future__ import annotations

import errno
import os

from dockerctl.errors import AttributesNotKept, FileForbidden
from dockerctl.host.links import shown

Xattrs = tuple[tuple[str, bytes], ...]
# Mode, user, group, extended attributes.
Dress = tuple[int, int, int, Xattrs]

_ACCESS_LIST = "system.posix_acl_access"
# Sums over the content, which the kernel makes itself; those of other bytes would be wrong.
_OF_THE_CONTENT = frozenset({"security.ima", "security.evm"})

_NONE_THERE = (errno.ENOTSUP, errno.ENODATA)
_REFUSED = (errno.ENOTSUP, errno.EPERM, errno.EACCES)


def read_attributes(fd: int) -> Xattrs:
    """The extended attributes that the caller may see, by name. Raises OSError."""
    try:
        names = os.listxattr(fd)
    except OSError as error:
        if error.errno in _NONE_THERE:
            return ()
        raise
    found: list[tuple[str, bytes]] = []
    for name in sorted(names):
        if name in _OF_THE_CONTENT:
            continue
        try:
            found.append((name, os.getxattr(fd, name)))
        except OSError as error:
            gone = error.errno in _NONE_THERE
            if not gone and not (name.startswith("security.") and error.errno in _REFUSED):
                raise
    return tuple(found)


def dress(fd: int, path: str, kept: Dress | None, mode: int) -> None:
    """Give a new file what an old one had, or without one only ``mode``.

    A label (``security.*``) that may not be set stays as the folder gave it. Raises
    FileForbidden when the owner cannot be kept, AttributesNotKept for an attribute, OSError.
    """
    if kept is None:
        os.fchmod(fd, mode)
        return
    old_mode, uid, gid, xattrs = kept
    # The owner first: a change of owner takes bits of the mode away.
    now = os.fstat(fd)
    if (now.st_uid, now.st_gid) != (uid, gid):
        try:
            os.fchown(fd, uid, gid)
        except PermissionError as error:
            raise FileForbidden(
                f"The owner of {shown(path)}, user {uid} and group {gid}, cannot be kept.",
                details={"path": path},
            ) from error
    os.fchmod(fd, old_mode)
    if _ACCESS_LIST not in dict(xattrs):
        _drop_access_list(fd)
    for name, value in xattrs:
        _set(fd, path, name, value)


def _drop_access_list(fd: int) -> None:
    """The folder's default list is on every new file; the old one did without."""
    try:
        os.removexattr(fd, _ACCESS_LIST)
    except OSError as error:
        if error.errno not in _NONE_THERE:
            raise


def _set(fd: int, path: str, name: str, value: bytes) -> None:
    try:
        os.setxattr(fd, name, value)
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
        if not name.startswith("security."):
            raise AttributesNotKept(
                f"The attribute {name} of {shown(path)} cannot be kept: "
                f"{(error.strerror or 'it is refused').lower()}.",
                details={"path": path, "attribute": name},
            ) from error
