"""Overlay mounts: their options, and a place that can hold their upper folders."""

import functools
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.lab.errors import LabError


def _escape(path: Path) -> str:
    """Overlayfs splits its options at commas and lower folders at colons; both can be escaped."""
    return str(path).replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")


def overlay_options(
    lower: Sequence[Path], upper: Path, work: Path, *, volatile: bool = True
) -> str:
    """The mount data of an overlay; the first of ``lower`` lies topmost.

    ``volatile`` leaves fsync out. A cut of the host's power kills its processes, not this
    machine's kernel, so nothing written is lost by it; and dockerd and journald sync a lot.
    """
    folders = ":".join(map(_escape, lower))
    options = f"lowerdir={folders},upperdir={_escape(upper)},workdir={_escape(work)}"
    return f"{options},volatile" if volatile else options


def can_be_upper(folder: Path) -> bool:
    """Whether the file system under ``folder`` can hold an overlay's upper folder, by trying it.

    Not all can: an overlay itself cannot, nor can most network file systems.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".probe-", dir=folder) as name:
        top = Path(name)
        for part in ("lower", "upper", "work", "root"):
            (top / part).mkdir()
        data = overlay_options([top / "lower"], top / "upper", top / "work", volatile=False)
        # A mount namespace of its own: the mount ends with the process, whatever happens.
        command = ["unshare", "--mount", "--propagation", "private", "--"]
        command += ["mount", "-t", "overlay", "-o", data, "overlay", str(top / "root")]
        return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0


@functools.cache
def upper_root(cache: Path, fallback: Path = Path("/dev/shm/dockerctl-lab")) -> Path:
    """The folder for upper folders: the cache, or a tmpfs where the cache cannot hold them.

    The second case is a machine that is itself a container with an overlay as its root.
    """
    for folder in (cache, fallback):
        if can_be_upper(folder):
            return folder
    raise LabError(
        f"neither {cache} nor {fallback} can hold the upper folder of an overlay mount; "
        "set DOCKERCTL_LAB_CACHE to a folder on ext4, xfs, btrfs or tmpfs"
    )
