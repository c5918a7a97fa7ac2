"""First steps of a host: runs as process 1 of fresh namespaces, mounts the root, becomes systemd.

Also used without booting, to run one program in an overlay (see ``offline``). All mounts are made
in the private mount namespace, so the machine outside never sees them and they end with the last
process.

Reports on the file descriptor given as the second argument: ``pid N`` first (N as seen from
outside), then ``exec`` right before the program is executed, or ``error TEXT``.
"""

import json
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.lab.sysmount import (
    MS_NODEV,
    MS_NOEXEC,
    MS_NOSUID,
    MS_RDONLY,
    MS_REC,
    MS_SHARED,
    bind,
    detach,
    mount,
    remount_read_only,
)

_DEVICES = {"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9}
_API = MS_NOSUID | MS_NODEV | MS_NOEXEC

# dockerd raises these limits when it finds them lower, and warns when it may not. Reading what it
# wants to see keeps that warning, which no real host has, out of the journal.
_KEY_LIMITS = {"root_maxkeys": "1000000", "root_maxbytes": "25000000"}


@dataclass(frozen=True)
class Bind:
    """A folder of the machine outside, seen at ``target`` in the host."""

    source: str
    target: str
    read_only: bool = True


@dataclass(frozen=True)
class Setup:
    """Everything the first steps need to know."""

    root: str
    overlay: str
    hostname: str
    argv: list[str]
    env: dict[str, str]
    binds: list[Bind] = field(default_factory=list)
    runtime_masks: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        """The form that ``from_json`` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Setup":
        """Raises TypeError or ValueError when the text is not what ``to_json`` wrote."""
        data = json.loads(text)
        binds = [Bind(**entry) for entry in data.pop("binds")]
        return cls(binds=binds, **data)


def _mount_root(setup: Setup) -> Path:
    root = Path(setup.root)
    try:
        mount("overlay", root, "overlay", data=setup.overlay)
    except OSError:
        # Kernels before 5.10 do not know the option.
        mount("overlay", root, "overlay", data=setup.overlay.removesuffix(",volatile"))
    return root


def _mount_proc(root: Path) -> None:
    proc = root / "proc"
    mount("proc", proc, "proc", _API)
    # The settings below /proc/sys belong to the whole machine, except those of the network
    # namespace.
    bind(proc / "sys", proc / "sys")
    bind(proc / "sys/net", proc / "sys/net")
    remount_read_only(proc / "sys")
    # Only in kernels built with it.
    if (proc / "sysrq-trigger").exists():
        bind(proc / "sysrq-trigger", proc / "sysrq-trigger", read_only=True)
    # A boot of its own deserves a boot ID of its own: journalctl -b goes by it.
    boot_id = Path("/proc/sys/kernel/random/uuid").read_text(encoding="ascii")
    _cover(root, proc / "sys/kernel/random/boot_id", boot_id)
    for name, value in _KEY_LIMITS.items():
        limit = proc / "sys/kernel/keys" / name
        if limit.exists():
            _cover(root, limit, f"{value}\n")


def _cover(root: Path, target: Path, text: str) -> None:
    """Let the host read ``text`` at ``target``; the file behind it has no other name left."""
    cover = root / "run/.cover"
    cover.write_text(text, encoding="ascii")
    cover.chmod(0o444)
    bind(cover, target, read_only=True)
    cover.unlink()


def _mount_sys(root: Path) -> None:
    # Read-only as in other containers: it keeps udev and others from touching the machine's
    # hardware.
    mount("sysfs", root / "sys", "sysfs", _API | MS_RDONLY)
    mount("cgroup2", root / "sys/fs/cgroup", "cgroup2", _API)


def _mount_dev(root: Path) -> None:
    """A /dev with the devices every program expects.

    No kmsg: the kernel log of the machine outside is not the host's.
    """
    dev = root / "dev"
    mount("tmpfs", dev, "tmpfs", MS_NOSUID, "mode=755,size=4m")
    for name, minor in _DEVICES.items():
        _make_device(dev / name, 1, minor)
    _make_device(dev / "tty", 5, 0)
    for name in ("pts", "shm"):
        (dev / name).mkdir()
    mount(
        "devpts",
        dev / "pts",
        "devpts",
        MS_NOSUID | MS_NOEXEC,
        "newinstance,ptmxmode=0666,mode=620,gid=5",
    )
    mount("tmpfs", dev / "shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
    links = {"ptmx": "pts/ptmx", "fd": "/proc/self/fd"}
    links |= {name: f"/proc/self/fd/{fd}" for fd, name in enumerate(("stdin", "stdout", "stderr"))}
    for name, target in links.items():
        (dev / name).symlink_to(target)


def _make_device(path: Path, major: int, minor: int) -> None:
    """Make the node; where that is forbidden, as in some containers, borrow the machine's."""
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(major, minor))
    except PermissionError:
        path.touch()
        bind(Path("/dev") / path.name, path)
    else:
        path.chmod(0o666)


def _mount_binds(root: Path, binds: list[Bind]) -> None:
    for entry in binds:
        source = Path(entry.source)
        target = root / entry.target.lstrip("/")
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        bind(source, target, read_only=entry.read_only)


def _mask_at_runtime(root: Path, units: list[str]) -> None:
    folder = root / "run/systemd/system"
    if units:
        folder.mkdir(parents=True)
    for unit in units:
        (folder / unit).symlink_to("/dev/null")


def _pivot(root: Path) -> None:
    """Make ``root`` the root of this mount namespace and let go of the old one."""
    old = root / "run/.old-root"
    old.mkdir()
    # The program, because libc has no pivot_root and system call numbers differ between machines.
    # It moves the root of every process of the namespace that still has the old one, so ours too.
    subprocess.run(["pivot_root", str(root), str(old)], check=True)
    os.chdir("/")
    detach(Path("/run/.old-root"))
    Path("/run/.old-root").rmdir()
    # As on a real host, where process 1 does it; in what it takes for a container it leaves that
    # to us.
    mount("none", Path("/"), flags=MS_SHARED | MS_REC)


def _set_limits() -> None:
    """The limits that process 1 of a real host has; ours depend on what started us."""
    most = int(Path("/proc/sys/fs/nr_open").read_text(encoding="ascii"))
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, most))
    except ValueError:
        # Without CAP_SYS_RESOURCE, as in some containers, there is no more than we have.
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        )
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.RLIM_INFINITY))


def enter(setup: Setup) -> None:
    """Mount everything and make it the root."""
    root = _mount_root(setup)
    mount("tmpfs", root / "run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    _mount_proc(root)
    _mount_sys(root)
    _mount_dev(root)
    mount("tmpfs", root / "tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
    _mount_binds(root, setup.binds)
    _mask_at_runtime(root, setup.runtime_masks)
    os.umask(0o022)
    _pivot(root)
    socket.sethostname(setup.hostname)


def main() -> None:
    """``python -m tests.lab.init SETUP FD``."""
    report = os.fdopen(int(sys.argv[2]), "w", encoding="utf-8", buffering=1)
    os.set_inheritable(report.fileno(), False)
    # /proc is still the machine's, so this link names us by the number that the machine knows.
    report.write(f"pid {os.readlink('/proc/self')}\n")
    try:
        setup = Setup.from_json(sys.argv[1])
        enter(setup)
        _set_limits()
        # What we, or Python, ignore would stay ignored in the program executed.
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        report.write("exec\n")
        os.execve(setup.argv[0], setup.argv, setup.env)
    except Exception as error:  # noqa: BLE001 - whatever it is, the supervisor must hear of it
        report.write(f"error {type(error).__name__}: {error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
