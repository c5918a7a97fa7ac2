"""The processes of the host that matter to Docker."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from dockerctl.doctor.ground import Ground


@dataclass(frozen=True)
class Proc:
    """One process (proc(5)); what may not be read is empty."""

    pid: int
    parent: int = 0
    name: str = ""
    argv: tuple[str, ...] = ()
    executable: str = ""
    # R, S, D, T, Z and so on.
    state: str = ""
    # Seconds since the epoch.
    started_s: float = 0.0
    cgroup: str = ""
    uid: int = -1
    # Link targets such as "mnt:[4026531841]", by name; of dockerd and containerd only.
    namespaces: Mapping[str, str] = field(default_factory=dict)
    # Of dockerd only; None where it may not be read.
    environment: Mapping[str, str] | None = None
    # Of dockerd only: files that it has open, and how many it may; None where not known.
    open_files: int | None = None
    most_files: int | None = None


@dataclass(frozen=True)
class ProcessesFacts:
    """All processes of interest: dockerd, containerd, their shims, proxies, kubelet, and so on."""

    processes: tuple[Proc, ...] = ()
    # The namespaces of PID 1 (or of ourselves where it may not be read), by name.
    of_host: Mapping[str, str] = field(default_factory=dict)

    LIMIT_S: ClassVar[float] = 3.0

    @classmethod
    def gather(cls, ground: Ground) -> ProcessesFacts:
        """All processes of interest, and those that the units name as theirs."""
        service = ground.units.service
        containerd = ground.units.containerd
        wanted = {service.number("MainPID"), service.number("ControlPID")}
        if containerd is not None:
            wanted.add(containerd.number("MainPID"))
        found = tuple(_processes(wanted, Path("/proc")))
        return cls(found, _namespaces(Path("/proc/1")) or _namespaces(Path("/proc/self")))

    def named(self, name: str) -> tuple[Proc, ...]:
        """Those whose program is called ``name``."""
        return tuple(p for p in self.processes if p.name == name[:15] or _base(p) == name)

    def by_pid(self, pid: int) -> Proc | None:
        """The process of this number, if it is of interest."""
        return next((p for p in self.processes if p.pid == pid), None)


def _base(process: Proc) -> str:
    return process.executable.rpartition("/")[2].removesuffix(" (deleted)")


# By the first 15 letters, as the kernel keeps a name (proc(5), comm).
_NAMES = frozenset(
    name[:15]
    for name in (
        "dockerd", "docker", "containerd", "containerd-shim", "containerd-shim-runc-v2",
        "docker-proxy", "docker-init", "rootlesskit", "kubelet", "cri-dockerd", "k3s", "podman",
        "firewalld", "snapd", "crio",
    )
)  # fmt: skip
_DAEMONS = ("dockerd", "containerd")
_SPACES = ("mnt", "net", "pid", "ipc", "user", "cgroup")


def _processes(wanted: set[int], proc: Path) -> Iterator[Proc]:
    with os.scandir(proc) as entries:
        numbers = [int(entry.name) for entry in entries if entry.name.isdecimal()]
    for pid in sorted(numbers):
        name = _comm(f"{proc}/{pid}/comm")
        if name in _NAMES or pid in wanted:
            process = _process(pid, name, proc / str(pid))
            if process is not None:
                yield process


def _comm(path: str) -> str:
    """Read for every process of the host: without a Path, and without a buffer."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(file, 64).decode("utf-8", "replace").strip()
    except OSError:
        return ""
    finally:
        os.close(file)


def _process(pid: int, name: str, folder: Path) -> Proc | None:
    # proc(5), stat: the name in brackets may have blanks and brackets of its own.
    fields = _text(folder / "stat").rpartition(")")[2].split()
    if len(fields) < 20:
        return None
    is_daemon = name in _DAEMONS
    argv = _text(folder / "cmdline").split("\0")[:-1]
    return Proc(
        pid=pid,
        parent=int(fields[1]),
        name=name,
        argv=tuple(argv),
        executable=_link(folder / "exe"),
        state=fields[0],
        started_s=_boot_s() + int(fields[19]) / os.sysconf("SC_CLK_TCK"),
        cgroup=cgroup_of(_text(folder / "cgroup")),
        uid=_owner(folder),
        namespaces=_namespaces(folder) if is_daemon else {},
        environment=_environment(folder) if name == "dockerd" else None,
        open_files=_count(folder / "fd") if name == "dockerd" else None,
        most_files=_most_files(folder) if name == "dockerd" else None,
    )


@cache
def _boot_s() -> float:
    """When the host was booted, in seconds since the epoch; btime of /proc/stat has whole ones."""
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)


def cgroup_of(text: str) -> str:
    """The path in the tree that systemd manages (cgroups(7)): the unified one or its own, of which
    the other may be there and say nothing but the root."""
    rows = [line.split(":", 2) for line in text.splitlines() if line.count(":") >= 2]
    managed = [path for number, name, path in rows if number == "0" or name == "name=systemd"]
    return max(managed, key=len, default=rows[0][2] if rows else "")


def _namespaces(folder: Path) -> dict[str, str]:
    links = {name: _link(folder / "ns" / name) for name in _SPACES}
    return {name: link for name, link in links.items() if link}


def _environment(folder: Path) -> dict[str, str] | None:
    try:
        words = (folder / "environ").read_bytes().split(b"\0")
    except OSError:
        return None
    pairs = (word.decode("utf-8", "surrogateescape").partition("=") for word in words if word)
    return {name: value for name, _, value in pairs}


def _count(folder: Path) -> int | None:
    try:
        return len(os.listdir(folder))  # noqa: PTH208  (names alone are wanted)
    except OSError:
        return None


def _most_files(folder: Path) -> int | None:
    """The soft limit (proc_pid_limits(5)); None where there is none, or it may not be read."""
    for line in _text(folder / "limits").splitlines():
        words = line.removeprefix("Max open files").split()
        if line.startswith("Max open files") and words[0].isdecimal():
            return int(words[0])
    return None


def _owner(folder: Path) -> int:
    try:
        return folder.stat().st_uid
    except OSError:
        return -1


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
