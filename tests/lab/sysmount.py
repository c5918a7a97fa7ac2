"""mount(2) and umount2(2), which the standard library does not offer.

The mount(8) program would do, but a host needs some thirty mounts and its boot time is dear.
"""

import ctypes
import os
from pathlib import Path

# include/uapi/linux/mount.h
MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_SHARED = 1 << 20
MNT_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)


def mount(source: str, target: Path, fstype: str = "", flags: int = 0, data: str = "") -> None:
    """Mount; raises OSError naming the target."""
    result = _libc.mount(
        source.encode(),
        os.fsencode(target),
        fstype.encode() or None,
        ctypes.c_ulong(flags),
        data.encode() or None,
    )
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(
            number, f"{os.strerror(number)} (mount {fstype or 'bind'} {data})", str(target)
        )


def bind(source: Path, target: Path, *, read_only: bool = False) -> None:
    """Bind ``source`` at ``target``; read-only is a second step, a bind ignores other flags."""
    mount(str(source), target, flags=MS_BIND)
    if read_only:
        remount_read_only(target)


def remount_read_only(target: Path) -> None:
    """Make this one mount read-only, not the file system and not the mounts below it."""
    mount("none", target, flags=MS_BIND | MS_REMOUNT | MS_RDONLY)


def detach(target: Path) -> None:
    """Unmount lazily: the mount disappears now and ends when its last user does."""
    if _libc.umount2(os.fsencode(target), MNT_DETACH) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))
