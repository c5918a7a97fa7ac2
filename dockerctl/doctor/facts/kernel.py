"""What the kernel offers, and how much of it is left."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from dockerctl.config.look import HostLook
from dockerctl.doctor.facts.mounts import mounts

if TYPE_CHECKING:
    from dockerctl.doctor.ground import Ground


@dataclass(frozen=True)
class KernelFacts:
    """None is "not known"."""

    release: str = ""
    # Whether /lib/modules has those of the kernel that runs; None where it has none at all.
    has_modules: bool | None = None
    # Kernels that /lib/modules has modules for.
    installed: tuple[str, ...] = ()
    # Whether a file system of control groups is mounted at or below /sys/fs/cgroup.
    cgroups: bool | None = None
    cgroup_v2: bool = True
    # Whether overlay can be mounted, perhaps with a module.
    overlay: bool | None = None
    # Namespaces of which none may be made, such as "net" (namespaces(7)).
    forbidden: tuple[str, ...] = ()
    # Whether AppArmor is on, and the program that loads its profiles.
    apparmor: bool = False
    apparmor_parser: bool | None = None
    # Percent of the last ten seconds in which something waited for "cpu", "memory" or "io".
    pressure: Mapping[str, float] = field(default_factory=dict)
    # In KiB, as MemTotal and MemAvailable of proc_meminfo(5).
    memory: int = 0
    available: int = 0
    # Files that are open on the host, and how many may be; 0 where not known.
    open_files: int = 0
    most_files: int = 0
    # When the newest program of the engine was made, and the clock now; seconds since the epoch.
    program_s: float = 0.0
    now_s: float = 0.0

    LIMIT_S: ClassVar[float] = 2.0

    @classmethod
    def gather(cls, ground: Ground) -> KernelFacts:
        """Read /proc and /lib/modules."""
        table = mounts()
        groups = [m for m in table if m.kind in ("cgroup", "cgroup2")]
        release = os.uname().release
        installed = _folders(Path("/lib/modules"))
        memory = dict(_memory())
        files = [int(n) for n in _text("/proc/sys/fs/file-nr").split()] or [0, 0, 0]
        return cls(
            release=release,
            has_modules=(release in installed) if installed else None,
            installed=installed,
            cgroups=bool(groups) if table else None,
            cgroup_v2=any(m.point == "/sys/fs/cgroup" and m.kind == "cgroup2" for m in groups),
            overlay=HostLook().kernel_filesystem("overlay"),
            forbidden=tuple(_forbidden()),
            apparmor=_text("/sys/module/apparmor/parameters/enabled").strip() == "Y",
            apparmor_parser=HostLook().find_program("apparmor_parser"),
            pressure=dict(_pressure()),
            memory=memory.get("MemTotal", 0),
            available=memory.get("MemAvailable", 0),
            open_files=files[0],
            most_files=files[2],
            program_s=_made_s(ground.units.service.program),
            now_s=ground.now_s,
        )


def _folders(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_dir()))
    except OSError:
        return ()


def _forbidden() -> Iterator[str]:
    for name in ("mnt", "net", "pid", "ipc", "uts", "cgroup"):
        most = _text(f"/proc/sys/user/max_{name}_namespaces").strip()
        # A kernel that does not have them at all has no link either.
        if most == "0" or not Path(f"/proc/self/ns/{name}").is_symlink():
            yield name


def _pressure() -> Iterator[tuple[str, float]]:
    for name in ("cpu", "memory", "io"):
        found = re.search(r"^some avg10=([0-9.]+)", _text(f"/proc/pressure/{name}"))
        if found is not None:
            yield name, float(found[1])


def _memory() -> Iterator[tuple[str, int]]:
    for line in _text("/proc/meminfo").splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if words and words[0].isdecimal():
            yield name, int(words[0])


def _made_s(program: str) -> float:
    """When a package was built: the time of its files."""
    try:
        return Path(program).stat().st_mtime if program.startswith("/") else 0.0
    except OSError:
        return 0.0


def _text(path: str) -> str:
    try:
        return Path(path).read_bytes().decode("ascii", "replace")
    except OSError:
        return ""
