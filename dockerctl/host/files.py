"""Reading, replacing and removing one file so that it is wholly old or wholly new at any moment.

A new file is written beside the old one, dressed in its owner, mode and attributes, flushed, and
renamed over it. A process that is killed in between leaves the old file and a temporary one,
which ``sweep_folder`` removes. What the system makes impossible is told by the errors of
``dockerctl.errors.files``; after any of them the old file is as it was.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass

from dockerctl.errors import (
    FileChanged,
    FileHasHardLinks,
    FileTooLarge,
    LinkRefused,
    WrongFileKind,
)
from dockerctl.host.attributes import dress, read_attributes
from dockerctl.host.file_errors import explained, file_error, immutable_error
from dockerctl.host.interrupts import INTERRUPTS
from dockerctl.host.links import Spot, absolute, inside, kind_of, locate, shown

READ_LIMIT = 1024 * 1024
ABSENT = "absent"

# Larger files are never ours: they are not read to be compared.
_TAG_LIMIT = 16 * 1024 * 1024
# The dot hides it from programs that read every file of a folder, as does the ending: systemd
# reads *.conf, and sysctl, modprobe and others *.conf or names without a dot.
_TEMPORARY = re.compile(r"\.dockerctl-[0-9a-f]{16}\.tmp")
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


@dataclass(frozen=True)
class FileState:
    """A file at one moment, or its absence (``data`` is None, and mode and owner mean nothing).

    ``path`` is how it was asked for, from the root; ``real`` is where that led, without links.
    ``mode`` holds the permission bits only.
    """

    path: str
    real: str
    data: bytes | None
    mode: int
    uid: int
    gid: int
    xattrs: tuple[tuple[str, bytes], ...]

    @property
    def exists(self) -> bool:
        """Whether there was a file."""
        return self.data is not None

    @property
    def tag(self) -> str:
        """What stands for the bytes: "absent" or "sha256:HEX"."""
        return ABSENT if self.data is None else tag_of(self.data)


def tag_of(data: bytes) -> str:
    """The tag of a file that holds ``data``."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def read_file(path: str, *, limit: int = READ_LIMIT) -> FileState:
    """The file that ``path`` leads to, at most ``limit`` bytes of it, or its absence.

    Raises LinkRefused, WrongFileKind, FileTooLarge, FileForbidden, FileFailed.
    """
    with explained(path, "read"), locate(path) as spot:
        return _state(path, spot, limit)


def write_file(
    path: str, data: bytes, *, like: FileState, mode: int = 0o644, expect: str | None = None
) -> FileState:
    """Put ``data`` in place of the file that ``path`` leads to, through a link into its target.

    Owner, mode, access list and extended attributes are those of ``like``; where that is absent,
    ``mode``, and root or the caller. With ``expect`` the file has to have this tag until right
    before it is replaced. Returns what lies there now, on disk. Signals wait until it is done.
    Raises FileChanged, FileHasHardLinks, and what the system makes of it.
    """
    return _replace(path, data, like, mode, expect, keep_hard_links=True)


def remove_file(path: str, *, expect: str | None = None) -> None:
    """Remove the file, with ``expect`` only if it has this tag; one that is absent may be so.

    A symbolic link in its place is refused: without its target it would dangle.
    Raises FileChanged, LinkRefused, WrongFileKind, and what the system makes of it.
    """
    with INTERRUPTS.held(), explained(path, "removed"), locate(path) as spot:
        if spot.by_link and spot.found is not None:
            raise LinkRefused(
                f"{shown(path)} is a symbolic link, and is not removed.",
                hint="Remove the link by hand, if nobody needs it.",
            )
        if spot.found is not None:
            _require_regular(path, spot.found)
        if expect is not None:
            _check_unchanged(path, spot, expect)
        if spot.below:
            return
        folder = spot.open_folder()
        try:
            if spot.found is not None:
                _unlink(spot, folder)
            _flush_folder(folder, spot.folder_path)
        finally:
            os.close(folder)


def restore_file(state: FileState) -> None:
    """Bring back the bytes, owner, mode and attributes of ``state``, or its absence.

    Does not write when all is so already. Unlike a change it goes on when the file has got
    further names (hard links), which then keep what was written last.
    Raises what ``write_file`` and ``remove_file`` raise.
    """
    if state.data is None:
        remove_file(state.path)
    elif not _is_already(state):
        _replace(state.path, state.data, state, state.mode, None, keep_hard_links=False)


def sweep_folder(folder: str) -> tuple[str, ...]:
    """Remove the temporary files that a killed run left in ``folder``; the paths of these.

    To be called under the lock: those of a run at work look the same. For a file behind a link
    the folder is that of ``FileState.real``. A missing folder is an empty one.
    """
    removed: list[str] = []
    with INTERRUPTS.held(), explained(folder, "read"), locate(inside(folder)) as spot:
        if spot.below:
            return ()
        fd = spot.open_folder()
        try:
            for name in sorted(filter(_TEMPORARY.fullmatch, os.listdir(fd))):  # noqa: PTH208
                if not stat.S_ISREG(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode):
                    continue
                os.unlink(name, dir_fd=fd)
                removed.append(f"{spot.folder_path.rstrip('/')}/{name}")
            if removed:
                _flush_folder(fd, spot.folder_path)
        finally:
            os.close(fd)
    return tuple(removed)


def _replace(
    path: str,
    data: bytes,
    like: FileState,
    mode: int,
    expect: str | None,
    *,
    keep_hard_links: bool,
) -> FileState:
    with INTERRUPTS.held(), explained(path, "written"), locate(path) as spot:
        if spot.found is not None:
            _require_regular(path, spot.found)
            if keep_hard_links and spot.found.st_nlink > 1:
                others = spot.found.st_nlink - 1
                raise FileHasHardLinks(
                    f"{shown(spot.real)} has {others} further name{'s' if others > 1 else ''} "
                    "(hard links), which would keep the old content."
                )
        if expect is not None and like.path == absolute(path) and like.real != spot.real:
            raise _changed(path, "now leads to another file")
        folder = spot.open_folder()
        try:
            return _put(path, spot, folder, data, like, mode, expect)
        finally:
            os.close(folder)


def _put(
    path: str, spot: Spot, folder: int, data: bytes, like: FileState, mode: int, expect: str | None
) -> FileState:
    temporary = _any_name()
    try:
        fd = os.open(temporary, _CREATE, 0o600, dir_fd=folder)
    except OSError as error:
        raise immutable_error(error, folder, spot.name, spot.real) or error from error
    try:
        try:
            _write_all(fd, data)
            kept = (like.mode, like.uid, like.gid, like.xattrs) if like.exists else None
            dress(fd, path, kept, mode)
            os.fsync(fd)
            info = os.fstat(fd)
            state = FileState(
                absolute(path),
                spot.real,
                data,
                stat.S_IMODE(info.st_mode),
                info.st_uid,
                info.st_gid,
                read_attributes(fd),
            )
        finally:
            os.close(fd)
        if expect is not None:
            _check_unchanged(path, spot, expect)
        try:
            os.rename(temporary, spot.name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError as error:
            raise immutable_error(error, folder, spot.name, spot.real) or error from error
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    _flush_folder(folder, spot.folder_path)
    return state


def _unlink(spot: Spot, folder: int) -> None:
    try:
        os.unlink(spot.name, dir_fd=folder)
    except FileNotFoundError:
        # Someone else was faster; it is gone, as it was to be.
        return
    except OSError as error:
        raise immutable_error(error, folder, spot.name, spot.real) or error from error


def _state(path: str, spot: Spot, limit: int) -> FileState:
    """What lies at ``spot``. Raises WrongFileKind, FileTooLarge, OSError."""
    where = (absolute(path), spot.real)
    if spot.found is None:
        return FileState(*where, None, 0, 0, 0, ())
    # Looked at before it is opened: opening a device can have effects.
    _require_regular(path, spot.found)
    try:
        fd = os.open(spot.name, _READ, dir_fd=spot.folder)
    except FileNotFoundError:
        return FileState(*where, None, 0, 0, 0, ())
    try:
        info = os.fstat(fd)
        _require_regular(path, info)
        data = _read_all(fd, limit)
        if len(data) > limit:
            raise FileTooLarge(
                f"{shown(path)} has more than {limit} bytes.", details={"path": path}
            )
        mode = stat.S_IMODE(info.st_mode)
        return FileState(*where, data, mode, info.st_uid, info.st_gid, read_attributes(fd))
    finally:
        os.close(fd)


def _is_already(state: FileState) -> bool:
    """Whether all is as ``state`` has it, and on disk."""
    path = state.path
    with explained(path, "read"), locate(path) as spot:
        if spot.found is None:
            return False
        try:
            now = _state(path, spot, len(state.data or b""))
        except FileTooLarge:
            return False
        if (now.data, now.mode, now.uid, now.gid) != (state.data, state.mode, state.uid, state.gid):
            return False
        if dict(now.xattrs) != dict(state.xattrs):
            return False
        # A killed run may have written it and not come to the flush of the folder.
        folder = spot.open_folder()
        try:
            _flush_folder(folder, spot.folder_path)
        finally:
            os.close(folder)
        return True


def _check_unchanged(path: str, spot: Spot, expect: str) -> None:
    """Raises FileChanged unless the file has the tag ``expect`` at this moment."""
    try:
        info = os.stat(spot.name, dir_fd=spot.folder, follow_symlinks=False)
        if not stat.S_ISREG(info.st_mode):
            raise _changed(path, f"was replaced with {kind_of(info)}")
        fd = os.open(spot.name, _READ, dir_fd=spot.folder)
    except FileNotFoundError:
        tag = ABSENT
    else:
        try:
            data = _read_all(fd, _TAG_LIMIT)
        finally:
            os.close(fd)
        tag = tag_of(data) if len(data) <= _TAG_LIMIT else ""
    if tag == expect:
        return
    if tag == ABSENT:
        raise _changed(path, "was removed")
    raise _changed(path, "was made" if expect == ABSENT else "was changed")


def _changed(path: str, what: str) -> FileChanged:
    return FileChanged(
        f"{shown(path)} {what} by someone else in the meantime.", details={"path": path}
    )


def _require_regular(path: str, info: os.stat_result) -> None:
    if not stat.S_ISREG(info.st_mode):
        raise WrongFileKind(
            f"{shown(path)} is {kind_of(info)}, not a regular file.", details={"path": path}
        )


def _read_all(fd: int, limit: int) -> bytes:
    """The file's bytes, and one more than ``limit`` when it has more."""
    pieces: list[bytes] = []
    left = limit + 1
    while left > 0 and (piece := os.read(fd, left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def _flush_folder(folder: int, path: str) -> None:
    """Have the folder's entries on disk."""
    try:
        os.fsync(folder)
    except OSError as error:
        # Some file systems cannot flush a folder, and one that is read-only has nothing to flush.
        if error.errno in (errno.EINVAL, errno.ENOTSUP, errno.EROFS):
            return
        raise file_error(error, path, "written") from error


def _any_name() -> str:
    return f".dockerctl-{secrets.token_hex(8)}.tmp"
