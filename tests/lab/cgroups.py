"""The control group of a host: without one of its own, two systemds would manage the same tree."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.paths import CGROUP_PREFIX


def parse_cgroup2_mount(mountinfo: str) -> Path | None:
    """The first cgroup2 mount point in the text of /proc/PID/mountinfo, see proc(5)."""
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        if right.split(" ", 1)[0] == "cgroup2":
            return Path(left.split(" ")[4])
    return None


def cgroup2_mount() -> Path:
    """Where this machine has cgroup2: /sys/fs/cgroup, or /sys/fs/cgroup/unified on a hybrid one."""
    found = parse_cgroup2_mount(Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
    if found is None:
        raise LabError("no cgroup2 file system is mounted; the lab needs one for its hosts")
    return found


def host_cgroup(name: str) -> Path:
    """The control group for the host ``name``, made or not."""
    return cgroup2_mount() / f"{CGROUP_PREFIX}{name}"


def make(cgroup: Path) -> None:
    """Make the group with all controllers that the mount can give it."""
    parent = cgroup.parent
    for controller in (parent / "cgroup.controllers").read_text(encoding="ascii").split():
        try:
            (parent / "cgroup.subtree_control").write_text(f"+{controller}", encoding="ascii")
        except OSError:
            # Processes in the parent group forbid it when the parent is not the real root; then
            # without.
            continue
    cgroup.mkdir()


def _bottom_up(cgroup: Path) -> Iterator[Path]:
    for folder, _, _ in os.walk(cgroup, topdown=False):
        yield Path(folder)


def members(cgroup: Path) -> list[int]:
    """The processes in the group and in the groups below it."""
    pids: list[int] = []
    for folder in _bottom_up(cgroup):
        try:
            text = (folder / "cgroup.procs").read_text(encoding="ascii")
        except OSError:
            # The group went away between the walk and the read, or is threaded.
            continue
        pids.extend(int(word) for word in text.split())
    # A process of another pid namespace is shown as 0; we cannot signal that one.
    return [pid for pid in pids if pid > 0]


def kill_all(cgroup: Path, timeout_s: float = 10.0) -> None:
    """Kill all processes in the group and wait until none is left; else raises LabError."""
    deadline = time.monotonic() + timeout_s
    while pids := members(cgroup):
        if time.monotonic() > deadline:
            raise LabError(f"processes {pids} in {cgroup} survive SIGKILL")
        try:
            (cgroup / "cgroup.kill").write_text("1", encoding="ascii")
        except OSError:
            # Before Linux 5.14; new ones may be forked meanwhile, hence the loop.
            for pid in pids:
                kill(pid)
        # A frozen process dies only on newer kernels; thawing does no harm.
        _write_if_present(cgroup / "cgroup.freeze", "0")
        time.sleep(0.005)


def kill(pid: int) -> None:
    """Kill a process that may have ended already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _write_if_present(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="ascii")
    except OSError:
        return


def remove(cgroup: Path, timeout_s: float = 10.0) -> None:
    """Kill what is in the group and remove it; a group that is not there is fine."""
    if not cgroup.is_dir():
        return
    kill_all(cgroup, timeout_s)
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            for folder in _bottom_up(cgroup):
                folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            # The kernel lets go of a group a moment after its last process.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.005)
            continue
        return
