"""The list of hosts on this machine, and the tidying after runs that were killed.

``/run/dockerctl-lab/NAME/host.json`` describes a host. A supervisor process owns each host and
takes it down when its creator ends, so an entry outlives its host only when the supervisor itself
was killed. Such entries are *stale*; the next start, ``list`` and ``down`` clear them.
"""

import array
import contextlib
import errno
import fcntl
import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.lab import cgroups
from tests.lab.errors import LabError
from tests.lab.paths import RUN_ROOT
from tests.lab.processes import ProcessId

_FILE = "host.json"


@dataclass(frozen=True)
class Entry:
    """One host. ``owner`` is None for a host that stays until someone takes it down."""

    name: str
    suite: str
    cgroup: str
    folder: str
    lower: list[str]
    owner: ProcessId | None
    supervisor: ProcessId | None = None
    pid1: ProcessId | None = None

    @property
    def is_stale(self) -> bool:
        """Whether nobody will take this host down any more.

        Before there is a supervisor, the creator answers for the entry.
        """
        guard = self.supervisor or self.owner
        return guard is None or not guard.is_alive()

    def to_json(self) -> str:
        """The text of the entry's file."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Entry":
        """Raises LabError when the text is not an entry."""
        try:
            data = json.loads(text)
            for key in ("owner", "supervisor", "pid1"):
                data[key] = data[key] and ProcessId(**data[key])
            return cls(**data)
        except (ValueError, KeyError, TypeError) as error:
            raise LabError(f"not a host entry: {error!r}") from error


class Registry:
    """The entries below one folder."""

    def __init__(self, root: Path = RUN_ROOT) -> None:
        self.root = root

    def add(self, entry: Entry) -> None:
        """Add a host; raises LabError when the name is taken.

        The folder appears complete, by a rename, so that nobody meets an entry without its file.
        """
        self.root.mkdir(mode=0o755, parents=True, exist_ok=True)
        temporary = self.root / f".new-{secrets.token_hex(4)}"
        temporary.mkdir()
        try:
            (temporary / _FILE).write_text(entry.to_json(), encoding="utf-8")
            temporary.rename(self.root / entry.name)
        except OSError as error:
            shutil.rmtree(temporary)
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
                raise LabError(f"a host named {entry.name} exists already") from error
            raise

    def update(self, entry: Entry) -> None:
        """Replace the entry of a host in one step."""
        target = self.root / entry.name / _FILE
        temporary = target.with_name(f".{_FILE}-{os.getpid()}")
        temporary.write_text(entry.to_json(), encoding="utf-8")
        temporary.replace(target)

    def get(self, name: str) -> Entry | None:
        """The entry of a host, or None."""
        try:
            return Entry.from_json((self.root / name / _FILE).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def entries(self) -> Iterator[Entry]:
        """All hosts, by name."""
        if not self.root.is_dir():
            return
        for path in sorted(self.root.iterdir()):
            if path.name.startswith("."):
                continue
            try:
                entry = self.get(path.name)
            except LabError:
                # By another version of the lab, which alone knows what to do with it.
                continue
            if entry is not None:
                yield entry

    def remove(self, name: str) -> None:
        """Forget a host; fine when it is not there."""
        shutil.rmtree(self.root / name, ignore_errors=True)

    def clean_up(self, entry: Entry) -> None:
        """End whatever is left of a host: processes, control group, folder and, last, the entry.

        Mounts need nothing: they live in the host's own mount namespace and end with its processes.
        """
        with self._lock():
            self._clean_up(entry)

    def _clean_up(self, entry: Entry) -> None:
        cgroups.remove(Path(entry.cgroup))
        remove_tree(Path(entry.folder))
        self.remove(entry.name)

    def clear_stale(self) -> list[str]:
        """Clean up every stale host; returns their names."""
        # Under the lock, and looked at only there: else two runs could clean up the same host, and
        # the slower one meet a new host of the same name.
        with self._lock():
            stale = [entry for entry in self.entries() if entry.is_stale]
            for entry in stale:
                self._clean_up(entry)
        return [entry.name for entry in stale]

    def clear_forgotten(self, hosts: Path, boot_time: float | None = None) -> list[str]:
        """Remove folders of hosts from before this machine's boot, which has emptied /run.

        Only those: a host may be in the registry of a container that shares ``hosts`` with us.
        ``boot_time`` is in seconds since 1970.
        """
        if boot_time is None:
            boot_time = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
        forgotten = []
        with self._lock():
            for folder in hosts.iterdir() if hosts.is_dir() else ():
                if folder.stat().st_ctime < boot_time and not (self.root / folder.name).exists():
                    remove_tree(folder)
                    forgotten.append(folder.name)
        return forgotten

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        self.root.mkdir(mode=0o755, parents=True, exist_ok=True)
        with (self.root / ".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def end_supervisor(entry: Entry, timeout_s: float = 30) -> None:
    """Ask the supervisor of a host to take it down and wait; kill it when it does not."""
    guard = entry.supervisor
    if guard is None:
        return
    for sig, patience_s in ((signal.SIGTERM, timeout_s), (signal.SIGKILL, timeout_s)):
        deadline = time.monotonic() + patience_s
        if guard.is_alive():
            os.kill(guard.pid, sig)
        while guard.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)


def remove_tree(folder: Path) -> None:
    """Remove a host's folder, also files in it that a test made immutable (chattr +i)."""
    if not folder.exists():
        return
    mountinfo = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    if any(
        line.split(" ")[4].startswith(f"{folder.resolve()}/") for line in mountinfo.splitlines()
    ):
        # Never made by the lab; removing would reach into whatever is mounted.
        raise LabError(f"something is mounted below {folder}; unmount it first")
    try:
        shutil.rmtree(folder)
    except PermissionError:
        _clear_flags(folder)
        shutil.rmtree(folder)


def _clear_flags(folder: Path) -> None:
    """Clear the immutable and append-only flags below ``folder``: ioctl_iflags(2)."""
    get_flags, set_flags = 0x80086601, 0x40086602
    immutable_or_append = 0x10 | 0x20
    for parent, folders, files in os.walk(folder):
        for path in [parent, *(os.path.join(parent, name) for name in [*folders, *files])]:
            if os.path.islink(path) or not (os.path.isfile(path) or os.path.isdir(path)):
                continue
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                flags = array.array("l", [0])
                fcntl.ioctl(fd, get_flags, flags)
                if flags[0] & immutable_or_append:
                    flags[0] &= ~immutable_or_append
                    fcntl.ioctl(fd, set_flags, flags)
            except OSError:
                continue
            finally:
                os.close(fd)
