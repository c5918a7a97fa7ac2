"""The programs that Docker is made of, and the packages that they come from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.program import DEFAULT_PATH, Program, find, what_is_wrong
from dockerctl.doctor.ground import Ground

# Where dockerd looks before PATH for what only it uses, from 25.0 on (moby:
# daemon/config/config_linux.go, lookupBinPath).
_PRIVATE = (
    "/usr/local/libexec/docker", "/usr/libexec/docker",
    "/usr/local/lib/docker", "/usr/lib/docker",
)  # fmt: skip
_NAMES = ("containerd", "containerd-shim-runc-v2", "runc", "docker-proxy", "docker-init")
_PACKAGES = (
    "docker.io", "docker-ce", "moby-engine", "docker-engine", "docker-ee",
    "containerd", "containerd.io", "moby-containerd", "podman-docker",
)  # fmt: skip
_DPKG = Path("/var/lib/dpkg/info")
_SNAP = ("/snap/docker/current", "/var/snap/docker/current")


@dataclass(frozen=True)
class InstallationFacts:
    """Programs by name, packages by name, and other Dockers of this host."""

    programs: Mapping[str, Program] = field(default_factory=dict)
    # The PATH that was searched: the service's.
    path: str = DEFAULT_PATH
    # Debian packages whose files are there; None where the host has no dpkg.
    packages: frozenset[str] | None = None
    # A folder of Docker as a snap; "" without one.
    snap: str = ""

    LIMIT_S: ClassVar[float] = 2.0

    @classmethod
    def gather(cls, ground: Ground) -> InstallationFacts:
        """Look for each program, read no more than its first bytes."""
        path = search_path(ground.configuration)
        folders = [folder for folder in path.split(":") if folder.startswith("/")]
        private = [*_PRIVATE, *folders]
        programs = {
            name: find(name, private if name in ("docker-proxy", "docker-init") else folders)
            for name in _NAMES
        }
        for key, name in (("userland-proxy-path", "docker-proxy"), ("init-path", "docker-init")):
            given = ground.configuration.value(key)
            if isinstance(given, str) and given.startswith("/"):
                programs[name] = Program(name, given, what_is_wrong(given))
        return cls(programs, path, _packages(), next(filter(os.path.isdir, _SNAP), ""))


def search_path(configuration: ConfigurationFacts) -> str:
    """The PATH of the daemon."""
    return configuration.environment.get("PATH") or DEFAULT_PATH


def _packages() -> frozenset[str] | None:
    if not _DPKG.is_dir():
        return None
    return frozenset(
        name
        for name in _PACKAGES
        # Of a package that was removed, but not purged, only the configuration is listed.
        if _has_files(_DPKG / f"{name}.list")
    )


def _has_files(listing: Path) -> bool:
    try:
        with listing.open("rb") as file:
            return b"/bin/" in (data := file.read(65536)) or b"/sbin/" in data
    except OSError:
        return False
