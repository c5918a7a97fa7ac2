"""The programs that the lab calls, and where Debian has them."""

import os
import shutil

from tests.lab.errors import LabError

# program: package
_FOR_HOSTS = {
    "chroot": "coreutils",
    "mount": "mount",
    "nsenter": "util-linux",
    "pivot_root": "util-linux",
    "setpriv": "util-linux",
    "unshare": "util-linux",
}
_FOR_BUILDS = {"mmdebstrap": "mmdebstrap", "apt-get": "apt"}


def require(*, building: bool = False) -> None:
    """Raise LabError, naming the packages, unless we are root and have all the programs."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root: it makes namespaces, mounts and control groups")
    wanted = _FOR_HOSTS | (_FOR_BUILDS if building else {})
    missing = {program: package for program, package in wanted.items() if not shutil.which(program)}
    if missing:
        raise LabError(
            f"missing programs: {', '.join(sorted(missing))}; "
            f"install them: apt-get install {' '.join(sorted(set(missing.values())))}"
        )
