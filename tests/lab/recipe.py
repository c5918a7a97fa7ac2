"""What an image of each suite is made of, as plain data with a hash."""

import hashlib
import json
from dataclasses import dataclass

from tests.lab.errors import LabError

# Raise it when the build does something else with the same data.
RECIPE_VERSION = 1

_PACKAGES = (
    "busybox-static",
    "dbus",
    "docker.io",
    "e2fsprogs",
    "iproute2",
    "iptables",
    "libpam-systemd",
    "openssl",
    "polkitd",
    "procps",
    "python3-cryptography",
    "python3-gi",
    "python3-psutil",
    "python3-pydbus",
    "python3-tenacity",
    "python3-typer",
    # Ends a program at a chosen system call, for the tests of what a kill leaves behind.
    "strace",
    "systemd",
    "systemd-sysv",
)

# What only costs boot time here, or works on the hardware of the machine outside.
_MASKED = (
    "apt-daily-upgrade.timer",
    "apt-daily.timer",
    "dev-hugepages.mount",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "sys-fs-fuse-connections.mount",
    "sys-kernel-config.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-modules-load.service",
    "systemd-pstore.service",
)

# Debian split the client off after bookworm, and docker.io only recommends it.
_EXTRA_PACKAGES: dict[str, tuple[str, ...]] = {
    "bookworm": (),
    "trixie": ("docker-cli",),
    "forky": ("docker-cli",),
}

SUITES = tuple(_EXTRA_PACKAGES)


@dataclass(frozen=True)
class Recipe:
    """The data an image is built from; two equal recipes make the same image."""

    suite: str
    packages: tuple[str, ...]
    masked: tuple[str, ...]
    version: int = RECIPE_VERSION

    @property
    def image_name(self) -> str:
        """The suite and a hash of the recipe: a changed recipe has another image."""
        data = json.dumps([self.suite, self.packages, self.masked, self.version])
        return f"{self.suite}-{hashlib.sha256(data.encode()).hexdigest()[:12]}"


def recipe_for(suite: str) -> Recipe:
    """The recipe of a suite; raises LabError when the lab does not know it."""
    if suite not in _EXTRA_PACKAGES:
        raise LabError(f"unknown suite {suite}; the lab knows {', '.join(SUITES)}")
    return Recipe(suite, tuple(sorted(_PACKAGES + _EXTRA_PACKAGES[suite])), _MASKED)
