"""What a check may ask of the host: paths, users, interfaces, kernel. Reads only.

Every answer may be None, which means "not known"; a check then says nothing. ``BlindLook`` knows
nothing at all and is what ``Facts`` has when nobody looked.
"""

from __future__ import annotations

import grp
import os
import pwd
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

# The search path that systemd gives to a service of the system (systemd.exec(5), PATH).
_SERVICE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# The most that is read of a file below /proc, /sys or /etc, in bytes.
_MOST = 1024 * 1024


class Look(Protocol):
    """Questions about the host. None is "not known"."""

    def exists(self, path: str) -> bool | None:
        """Whether there is anything at ``path``, links followed."""

    def is_folder(self, path: str) -> bool | None:
        """Whether ``path`` is a folder, links followed."""

    def is_file(self, path: str) -> bool | None:
        """Whether ``path`` is a regular file, links followed."""

    def is_executable(self, path: str) -> bool | None:
        """Whether ``path`` is a regular file that someone may execute."""

    def readable(self, path: str) -> bool | None:
        """Whether root could read ``path``: it is there and no folder."""

    def find_program(self, name: str) -> bool | None:
        """Whether the daemon finds the program ``name``: by path, or by name in its PATH."""

    def user_exists(self, name_or_id: str) -> bool | None:
        """Whether there is such a user."""

    def group_exists(self, name_or_id: str) -> bool | None:
        """Whether there is such a group."""

    def subid_ranges(self, user: str) -> bool | None:
        """Whether the user (or group) has ranges in both /etc/subuid and /etc/subgid."""

    def interface_exists(self, name: str) -> bool | None:
        """Whether there is such a network interface."""

    def addresses(self) -> frozenset[str] | None:
        """The addresses that a service can bind; None also when it could bind any other."""

    def nameservers(self) -> tuple[str, ...]:
        """The name servers of the host, whose networks dockerd keeps clear of."""

    def filesystem(self, path: str) -> str | None:
        """The kind of file system (``ext4``) that ``path`` lies on, or will lie on."""

    def kernel_filesystem(self, name: str) -> bool | None:
        """Whether the kernel can mount file systems of this kind, perhaps with a module."""

    def device_mapper(self) -> bool | None:
        """Whether the kernel has the device mapper, perhaps as a module."""

    def home(self) -> str:
        """The home folder of root, below which dockerd looks for certificates by default."""


class BlindLook:
    """Knows nothing."""

    def exists(self, path: str) -> bool | None:  # noqa: ARG002
        return None

    is_folder = is_file = is_executable = readable = find_program = exists
    user_exists = group_exists = subid_ranges = interface_exists = kernel_filesystem = exists

    def addresses(self) -> frozenset[str] | None:
        return None

    def nameservers(self) -> tuple[str, ...]:
        return ()

    def filesystem(self, path: str) -> str | None:  # noqa: ARG002
        return None

    def device_mapper(self) -> bool | None:
        return None

    def home(self) -> str:
        return "/root"


class HostLook:
    """Looks at the host, or at a copy of one below ``root``. Waits for nothing.

    stat(2) on a network mount whose server is gone hangs, so nothing is asked of a path whose name
    lies below one: that is "not known".
    """

    def __init__(self, root: str = "/") -> None:
        self._root = root
        self._mounts = tuple(_mounts(self._read("/proc/self/mountinfo") or ""))

    def exists(self, path: str) -> bool | None:
        return self._judge(path, lambda _: True)

    def is_folder(self, path: str) -> bool | None:
        return self._judge(path, stat.S_ISDIR)

    def is_file(self, path: str) -> bool | None:
        return self._judge(path, stat.S_ISREG)

    def is_executable(self, path: str) -> bool | None:
        return self._judge(path, lambda mode: stat.S_ISREG(mode) and bool(mode & 0o111))

    def readable(self, path: str) -> bool | None:
        return self._judge(path, lambda mode: not stat.S_ISDIR(mode))

    def find_program(self, name: str) -> bool | None:
        if "/" in name:
            return self.is_executable(name)
        answers = [self.is_executable(f"{folder}/{name}") for folder in _SERVICE_PATH.split(":")]
        return True if True in answers else None if None in answers else False

    def user_exists(self, name_or_id: str) -> bool | None:
        if name_or_id.isascii() and name_or_id.isdecimal():
            return _is_known(lambda: pwd.getpwuid(int(name_or_id)))
        return _is_known(lambda: pwd.getpwnam(name_or_id))

    def group_exists(self, name_or_id: str) -> bool | None:
        if name_or_id.isascii() and name_or_id.isdecimal():
            return _is_known(lambda: grp.getgrgid(int(name_or_id)))
        return _is_known(lambda: grp.getgrnam(name_or_id))

    def subid_ranges(self, user: str) -> bool | None:
        names = {user}
        with suppress(KeyError, ValueError):
            names.add(str(pwd.getpwnam(user).pw_uid))
        texts = [self._read(path) for path in ("/etc/subuid", "/etc/subgid")]
        return all(
            any(line.split(":")[0].strip() in names for line in (text or "").splitlines())
            for text in texts
        )

    def interface_exists(self, name: str) -> bool | None:
        if not name or "/" in name or name in (".", ".."):
            return False
        return self.exists(f"/sys/class/net/{name}")

    def addresses(self) -> frozenset[str] | None:
        # With this switch of the kernel a service binds addresses that the host does not have.
        for family in ("ipv4", "ipv6"):
            if (self._read(f"/proc/sys/net/{family}/ip_nonlocal_bind") or "").strip() == "1":
                return None
        found = set(_addresses_v4(self._read("/proc/net/fib_trie") or ""))
        found |= set(_addresses_v6(self._read("/proc/net/if_inet6") or ""))
        return frozenset(found) or None

    def nameservers(self) -> tuple[str, ...]:
        words = [line.split() for line in (self._read("/etc/resolv.conf") or "").splitlines()]
        return tuple(parts[1] for parts in words if len(parts) > 1 and parts[0] == "nameserver")

    def filesystem(self, path: str) -> str | None:
        mount = self._mount_of(path)
        return None if mount is None else mount[1]

    def kernel_filesystem(self, name: str) -> bool | None:
        known = self._read("/proc/filesystems")
        if known is None:
            return None
        return name in known.split() or self._has_module(name)

    def device_mapper(self) -> bool | None:
        devices = self._read("/proc/misc")
        if devices is None:
            return None
        return "device-mapper" in devices.split() or self._has_module("dm-mod")

    def _has_module(self, name: str) -> bool | None:
        """Whether there is such a module for the kernel that runs, in it or to be loaded."""
        folder = f"/lib/modules/{os.uname().release}"
        if self.exists(folder) is False:
            return False
        lists = [self._read(f"{folder}/{file}") for file in ("modules.dep", "modules.builtin")]
        if None in lists:
            return None
        return any(f"/{name}.ko" in (text or "") for text in lists)

    def home(self) -> str:
        try:
            return pwd.getpwuid(0).pw_dir
        except KeyError:
            return "/root"

    def _judge(self, path: str, wanted: Callable[[int], bool]) -> bool | None:
        if not path.startswith("/") or "\0" in path:
            return None
        mount = self._mount_of(path)
        if mount is not None and is_remote(mount[1]):
            return None
        try:
            return wanted(Path(self._below_root(path)).stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except (OSError, ValueError):
            return None

    def _mount_of(self, path: str) -> tuple[str, str] | None:
        """The mount point that ``path`` lies below by its name, and the kind of file system."""
        best: tuple[str, str] | None = None
        for point, kind in self._mounts:
            below = point in ("/", path) or path.startswith(f"{point}/")
            if below and (best is None or len(point) >= len(best[0])):
                best = (point, kind)
        return best

    def _below_root(self, path: str) -> str:
        return path if self._root == "/" else f"{self._root}{path}"

    def _read(self, path: str) -> str | None:
        """The text of a small file; None when it cannot be read or is not a plain file."""
        real = Path(self._below_root(path))
        try:
            # Opening a pipe would wait for a writer.
            if not stat.S_ISREG(real.stat().st_mode):
                return None
            with real.open("rb") as file:
                return file.read(_MOST).decode("utf-8", "replace")
        except OSError:
            return None


# File systems that another machine or process serves, and that can leave a call hanging.
REMOTE_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "fuse.sshfs", "fuse.glusterfs"}
    | {"afs", "ncpfs", "autofs", "fuse.s3fs", "fuse.rclone", "lustre", "virtiofs"}
)


def is_remote(kind: str) -> bool:
    """Whether touching a file system of this kind can hang: of another machine, or of a program."""
    return kind in REMOTE_FILE_SYSTEMS or kind == "fuse" or kind.startswith("fuse.")


def _is_known(ask: Callable[[], object]) -> bool | None:
    try:
        ask()
    except (KeyError, ValueError, OverflowError):
        return False
    except OSError:
        return None
    return True


def _mounts(mountinfo: str) -> Iterator[tuple[str, str]]:
    """Mount point and kind of file system, in the order of /proc/self/mountinfo (proc(5))."""
    for line in mountinfo.splitlines():
        before, separator, after = line.partition(" - ")
        fields, kinds = before.split(), after.split()
        if separator and len(fields) > 4 and kinds:
            point = fields[4].encode().decode("unicode_escape") if "\\" in fields[4] else fields[4]
            yield point, kinds[0]


def _addresses_v4(fib_trie: str) -> Iterator[str]:
    """The host's own addresses: leaves of the routing table with "/32 host LOCAL"."""
    leaf = ""
    for line in fib_trie.splitlines():
        words = line.split()
        if len(words) == 2 and words[0] == "|--":
            leaf = words[1]
        elif words[:3] == ["/32", "host", "LOCAL"]:
            yield leaf


def _addresses_v6(if_inet6: str) -> Iterator[str]:
    for line in if_inet6.splitlines():
        digits = line.split(" ", 1)[0]
        try:
            yield socket.inet_ntop(socket.AF_INET6, bytes.fromhex(digits))
        except (ValueError, OSError):
            continue
