"""A change that is killed at a chosen system call, and what a host looks like afterwards."""

from __future__ import annotations

import re
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.lab.host import Host
from tests.system.command import Dockerctl

# What changes files, flushes them, or wakes the thread that talks to the bus (an eventfd).
CALLS = (
    "write,pwrite64,ftruncate,fsync,fchmod,fchown,rename,renameat,renameat2,unlink,unlinkat,"
    "mkdir,mkdirat,rmdir,flock"
)
TRACE = "/run/trace"
STABLE = ("--stable-for", "0.2")
STATE = "/var/lib/dockerctl/transactions"

_CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+)")
_PHASE = re.compile(r'\\"phase\\": \\"([a-z-]+)\\"')

# No unit failed or has a start limit left, nothing temporary lies about, nobody holds the lock.
_LOOK = f"""
systemctl list-units --failed --plain --no-legend
systemctl show --value -p Id -p ActiveState -p Result docker.service docker.socket
find /etc {STATE} /run/dockerctl -name '.dockerctl-*' -o -name '.new-*'
if [ -e /run/dockerctl/lock ]; then flock --nonblock /run/dockerctl/lock true; fi
"""
_CLEAN = ["success", "docker.service", "active", "success", "docker.socket", "active"]

# What the running daemon has of the changes below.
_SEEN = """
docker info --format '{{.Debug}} {{.LoggingDriver}}'
tr '\\0' '\\n' </proc/$(pidof dockerd)/environ | grep ^KILLED= || :
"""


@dataclass(frozen=True)
class Call:
    """The ``number``-th call of its name in the main thread; ``phase`` is the last one on disk."""

    name: str
    number: int
    text: str
    phase: str

    def __str__(self) -> str:
        return f"{self.name} {self.number} [{self.phase or 'before'}] {self.text[:150]}"

    @property
    def wakes_bus(self) -> bool:
        """Whether it is a message to systemd that is about to be sent."""
        return "eventfd" in self.text

    @property
    def of_checkpoint(self) -> bool:
        """Whether it belongs to a transaction that is being put together."""
        return f"{STATE}/.new-" in self.text

    @property
    def of_record(self) -> bool:
        """Whether it belongs to a phase's record."""
        return f"{STATE}/2" in self.text

    @property
    def of_file(self) -> bool:
        """Whether it handles one of the files that are changed."""
        return "</etc/" in self.text


@dataclass(frozen=True)
class Change:
    """A transaction that is tried again and again; ``back`` is the one that undoes it."""

    name: str
    command: tuple[str, ...]
    back: tuple[str, ...]
    files: tuple[str, ...]
    # What makes a host ready for it: commands of dockerctl, and files.
    before: tuple[tuple[str, ...], ...] = ()
    written: Mapping[str, str] = field(default_factory=dict)
    # What may also lie in a file until the change has ended: what is read for a reload.
    interim: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sight:
    """The files of a change, and what the daemon has of them."""

    files: tuple[str | None, ...]
    daemon: tuple[str, ...]


class Trial:
    """One change on one host: its calls, and what the host has before and after it."""

    def __init__(self, host: Host, change: Change) -> None:
        self.host = host
        self.change = change
        self.ctl = Dockerctl(host)
        for path, text in change.written.items():
            host.write(path, text)
        for command in change.before:
            self.done(command)
        self.old = self.look()
        self.calls = traced(host, (*change.command, *STABLE))
        self.new = self.look()
        assert self.old.files != self.new.files
        assert self.old.daemon != self.new.daemon
        self.done(change.back)
        now = self.look()
        assert now == self.old, (now, self.old)

    def done(self, command: Sequence[str]) -> None:
        """Run a change that has to succeed."""
        answer = self.ctl.json(*command, "--stable-for", "0")
        assert answer.exit_code == 0, answer

    def look(self) -> Sight:
        """The host as it is."""
        seen = self.host.run(["sh", "-euc", _SEEN], check=True).out
        return Sight(self.files(), tuple(seen.splitlines()))

    def files(self) -> tuple[str | None, ...]:
        """The content of each file of the change; None for one that is absent."""
        read, exists = self.host.read, self.host.exists
        return tuple(read(path) if exists(path) else None for path in self.change.files)

    def ids(self) -> list[str]:
        """All transactions, the newest first."""
        return [row["id"] for row in self._history()]

    def kill(self, call: Call) -> None:
        """Carry the change out as far as ``call``, which does not happen any more."""
        kill(self.host, (*self.change.command, *STABLE), call)
        allowed = zip(self.files(), self.old.files, self.new.files, strict=True)
        for now, old, new in allowed:
            assert now in (old, new, *self.change.interim), f"{call}: {now}"

    def require_one_of_two_ends(self, call: Call, known: Sequence[str], told: str) -> str:
        """All is old, or all is new, and the history says which; returns its state.

        ``known`` are the transactions from before the kill; ``told`` is said of one undone.
        """
        rows = [row for row in self._history() if row["id"] not in known]
        state = rows[0]["state"] if rows else "never-begun"
        assert len(rows) <= 1, f"{call}: {rows}"
        assert state in ("committed", "rolled-back", "never-begun"), f"{call}: {rows}"
        assert self.look() == (self.new if state == "committed" else self.old), f"{call}: {state}"
        if state == "rolled-back":
            assert told in rows[0]["error"], f"{call}: {rows}"
        self.require_clean(str(call))
        if state == "committed":
            self.done(self.change.back)
        return str(state)

    def require_clean(self, where: str) -> None:
        """Nothing is left of a run that was killed, and the daemon is healthy."""
        done = self.host.run(["sh", "-euc", _LOOK])
        assert done.returncode == 0, f"{where}: {done}"
        assert sorted(done.out.split()) == sorted(_CLEAN), f"{where}: {done.out}"

    def _history(self) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = self.ctl.json("history").document["transactions"]
        return rows


def traced(host: Host, command: Sequence[str]) -> list[Call]:
    """Run a change to its end; its calls from the lock on."""
    strace = ["strace", "-y", "-s", "80", "-o", TRACE, "-e", f"trace={CALLS}"]
    host.run([*strace, "dockerctl", *command], timeout=120, check=True)
    calls: list[Call] = []
    numbers: dict[str, int] = {}
    phase = coming = ""
    for line in host.read(TRACE).splitlines():
        found = _CALL.match(line)
        if found is None:
            continue
        name, text, result = found.groups()
        numbers[name] = numbers.get(name, 0) + 1
        if result != "-1":
            calls.append(Call(name, numbers[name], text, phase))
        record = _PHASE.search(text)
        if record is not None:
            coming = record[1]
        if name.startswith("rename") and ("record.json" in text or name == "rename"):
            phase = coming if STATE + "/.new-" not in text or name == "rename" else phase
    first = next(number for number, call in enumerate(calls) if call.name == "flock")
    return calls[first:]


def kill(host: Host, command: Sequence[str], call: Call) -> None:
    """Run dockerctl until it is about to make ``call``: SIGKILL comes before the call does."""
    inject = f"inject={call.name}:signal=SIGKILL:when={call.number}"
    strace = ["strace", "-o", TRACE, "-e", f"trace={call.name}", "-e", inject]
    done = host.run([*strace, "dockerctl", *command], timeout=120)
    # strace ends as what it traces has ended.
    assert done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), f"{call}: {done}"


def points(calls: Sequence[Call]) -> list[Call]:
    """The calls before which a kill can make a difference: around each phase and in each write."""
    chosen: list[Call] = []
    last_phase = None
    for number, call in enumerate(calls):
        if call.of_file or call.name in ("flock", "mkdirat", "rename"):
            chosen.append(call)
        elif call.wakes_bus:
            # The first message of each phase; how many there are differs from run to run.
            if call.phase != last_phase:
                chosen.append(call)
                last_phase = call.phase
        elif call.of_record or (call.of_checkpoint and "record.json" in call.text):
            # Before the new phase is on disk, and right after.
            if call.name == "renameat":
                chosen += calls[number : number + 2]
        elif call.of_checkpoint and not any(other.of_checkpoint for other in chosen[-6:]):
            chosen.append(call)
    return list(dict.fromkeys(chosen))


def begins(calls: Sequence[Call]) -> list[Call]:
    """The first call after each phase has come to disk, in order."""
    return list({call.phase: call for call in reversed(calls)}.values())[::-1]


def thinned(calls: Sequence[Call], most: int) -> list[Call]:
    """At most ``most`` of them: the first of each phase, and others spread evenly."""
    kept = set(begins(calls))
    others = [call for call in calls if call not in kept]
    wanted = min(len(others), most - len(kept))
    for number in range(wanted):
        kept.add(others[number * len(others) // wanted])
    return [call for call in calls if call in kept]


def require_flushed(calls: Sequence[Call]) -> None:
    """Each file is on disk before it takes its place, and its place before anything follows."""
    quiet = [call for call in calls if not call.wakes_bus]
    for before, call, after in zip(quiet, quiet[1:], quiet[2:], strict=False):
        if call.name.startswith("rename"):
            assert before.name == "fsync", f"{before}\n{call}"
        if call.name.startswith("rename") or (call.of_file and call.name == "unlinkat"):
            assert after.name == "fsync", f"{call}\n{after}"
