"""What systemd says about Docker's units and those that they depend on."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import ClassVar

from dockerctl.doctor.finding import When
from dockerctl.doctor.ground import Ground
from dockerctl.errors import SystemdError
from dockerctl.systemd.model import UNSET
from dockerctl.systemd.port import Manager

# Relations whose other end must be there for a start (systemd.unit(5)).
NEEDS = ("Requires", "Requisite", "BindsTo")
# States of such a unit with which no start is accepted.
_UNUSABLE = ("not-found", "masked", "bad-setting", "error")


@dataclass(frozen=True)
class UnitFacts:
    """One unit: its properties as D-Bus has them (org.freedesktop.systemd1(5)), in plain values."""

    name: str
    properties: Mapping[str, object] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A property that is a text; "" where it is absent."""
        value = self.properties.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """A property that is a number; 0 where it is absent."""
        value = self.properties.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def truth(self, name: str) -> bool:
        """A property that is true or false."""
        return self.properties.get(name) is True

    def words(self, name: str) -> tuple[str, ...]:
        """A property that is a list of texts."""
        value = self.properties.get(name)
        return tuple(str(item) for item in value) if isinstance(value, (list, tuple)) else ()

    @property
    def load_state(self) -> str:
        """Such as "loaded", "masked", "not-found"."""
        return self.text("LoadState")

    @property
    def active_state(self) -> str:
        """Such as "active", "failed"."""
        return self.text("ActiveState")

    def rows(self, name: str) -> tuple[tuple[object, ...], ...]:
        """A property that is a list of structures."""
        value = self.properties.get(name)
        rows = value if isinstance(value, (list, tuple)) else ()
        return tuple(tuple(row) for row in rows if isinstance(row, (list, tuple)))

    def seconds(self, name: str) -> float | None:
        """A property that is a span of time, such as TimeoutStartUSec; None where it is absent or
        infinity."""
        value = self.properties.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value >= UNSET:
            return None
        return value / 1e6

    def shown(self, *names: str) -> tuple[str, ...]:
        """Properties as evidence, such as "docker.service: Result=exit-code"."""
        return tuple(f"{self.name}: {name}={self.properties.get(name, '')}" for name in names)

    @property
    def job(self) -> int:
        """The number of its job; 0 where it has none."""
        value = self.properties.get("Job")
        first = value[0] if isinstance(value, (list, tuple)) and value else 0
        return first if isinstance(first, int) else 0

    @property
    def from_script(self) -> bool:
        """Whether systemd made it of an init script, which knows none of its settings."""
        return self.text("SourcePath").startswith("/etc/init.d/")

    @property
    def program(self) -> str:
        """The program that the service runs, from the last ExecStart=; "" where there is none."""
        rows = self.rows("ExecStart")
        return str(rows[-1][0]) if rows and rows[-1] else ""

    @property
    def argv(self) -> tuple[str, ...]:
        """Its command line as it is written, variables not expanded."""
        rows = self.rows("ExecStart")
        argv = rows[-1][1] if rows and len(rows[-1]) > 1 else ()
        return tuple(str(word) for word in argv) if isinstance(argv, (list, tuple)) else ()

    @property
    def runs(self) -> bool:
        """Whether it counts as up, also while it reloads."""
        return self.active_state in ("active", "reloading", "refreshing")

    @property
    def exists(self) -> bool:
        """Whether systemd found a file of this name."""
        return self.load_state not in ("", "not-found")


@dataclass(frozen=True)
class JobRow:
    """A job of systemd that is queued or runs: ``type`` such as "start", ``state`` such as
    "waiting"."""

    id: int
    unit: str
    type: str
    state: str


@dataclass(frozen=True)
class UnitsFacts:
    """Docker's units; gathered by ``gather_units`` on the connection of the command."""

    service: UnitFacts
    # None where the service has none.
    socket: UnitFacts | None = None
    containerd: UnitFacts | None = None
    # Others that the service needs or orders itself after: mounts, devices, network units.
    others: Mapping[str, UnitFacts] = field(default_factory=dict)
    jobs: tuple[JobRow, ...] = ()
    # What the files on disk say about the start at boot, such as "enabled"; by unit.
    at_boot: Mapping[str, str] = field(default_factory=dict)
    default_target: str = ""
    # Whether the default target pulls a unit in, however indirectly, as systemd has the units in
    # its memory; a unit is missing where that cannot be told.
    pulled_at_boot: Mapping[str, bool] = field(default_factory=dict)
    # Failures to look at one of ``others``.
    problem: str = ""
    # When the service was looked at, in seconds since the epoch; 0 where that is not known.
    seen_s: float = 0.0

    LIMIT_S: ClassVar[float] = 3.0

    @classmethod
    def gather(cls, ground: Ground) -> UnitsFacts:
        """What was gathered when the ground was made: D-Bus is for one thread."""
        return ground.units

    @property
    def tried(self) -> bool:
        """Whether the service is down, or on its way up, and not because somebody stopped it."""
        service, socket = self.service, self.socket
        if service.runs:
            return False
        return (
            service.active_state not in ("", "inactive")
            or service.text("Result") not in ("", "success")
            or self._refused
            or (socket is not None and socket.text("Result") not in ("", "success"))
        )

    @property
    def _refused(self) -> bool:
        """Whether a start was refused, which leaves the service as if it had been stopped."""
        service = self.service
        unmet = any(
            len(row) == 5 and row[4] == -1
            for row in (*service.rows("Conditions"), *service.rows("Asserts"))
        )
        needed = (
            self.others[name]
            for relation in NEEDS
            for name in service.words(relation)
            if name in self.others
        )
        failed = any(
            unit.active_state == "failed" or (unit.load_state in _UNUSABLE and not unit.runs)
            for unit in needed
        )
        socket = self.socket
        closed = (
            socket is not None
            and socket.load_state in _UNUSABLE
            and socket.name in service.words("Requires")
        )
        return service.load_state in ("bad-setting", "error") or unmet or failed or closed

    @property
    def when(self) -> When:
        """When something that keeps the daemon from starting does harm."""
        return When.NOW if self.tried else When.NEXT_START

    @property
    def all(self) -> tuple[UnitFacts, ...]:
        """Docker's own units: the service, its socket, containerd."""
        own = (self.service, self.socket, self.containerd)
        return tuple(unit for unit in own if unit is not None)


# What is looked at besides; each is one call of about a millisecond.
_MOST_OTHERS = 40
# Upwards from a unit to the targets that pull it in.
_PULLS = ("WantedBy", "RequiredBy", "RequisiteOf", "BoundBy", "UpheldBy")
_MOST_TARGETS = 30
_AT_REST = ("emergency.target", "rescue.target")
CONTAINERD = "containerd.service"


def gather_units(manager: Manager, unit: str) -> UnitsFacts:
    """The units as systemd has them now; what does not exist has ``LoadState`` not-found.

    Raises ``SystemdError`` where systemd cannot be asked.
    """
    seen_s = time.time()
    service = UnitFacts(unit, manager.properties(unit))
    socket = _socket(manager, service)
    containerd = UnitFacts(CONTAINERD, manager.properties(CONTAINERD))
    jobs = tuple(JobRow(j.id, j.unit, j.type, j.state) for j in manager.jobs())
    own = [u for u in (service, socket, containerd) if u is not None]
    default = UnitFacts("default.target", manager.properties("default.target"))
    others, problem = _others(manager, _related(own, jobs))
    return UnitsFacts(
        service=service,
        socket=socket,
        containerd=containerd,
        others=others,
        jobs=jobs,
        at_boot=dict(_at_boot(manager, own)),
        default_target=default.text("Id"),
        pulled_at_boot=_pulled(manager, own, default.text("Id")),
        problem=problem,
        seen_s=seen_s,
    )


def _at_boot(manager: Manager, own: Iterable[UnitFacts]) -> Iterator[tuple[str, str]]:
    for unit in own:
        # systemd refuses to say, such as with a folder in the place of the file.
        with suppress(SystemdError):
            yield unit.name, manager.unit_file_state(unit.name).value


def _socket(manager: Manager, service: UnitFacts) -> UnitFacts | None:
    triggers = (u for u in service.words("TriggeredBy") if u.endswith(".socket"))
    named = next(triggers, None)
    if named is not None:
        return UnitFacts(named, manager.properties(named))
    # A masked, missing or generated unit has no relations; its socket is known by the name alone
    # (systemd.socket(5): without Service= the service of the same name is started).
    name = service.name.removesuffix(".service") + ".socket"
    socket = UnitFacts(name, manager.properties(name))
    return socket if socket.exists else None


def _related(own: Iterable[UnitFacts], jobs: Iterable[JobRow]) -> list[str]:
    names: list[str] = []
    for unit in own:
        for relation in NEEDS:
            names += unit.words(relation)
        names += [u for u in unit.words("Wants") if not u.endswith(".slice")]
        names += [u for u in unit.words("After") if u.endswith((".mount", ".device", ".automount"))]
        names += [u for u in unit.words("Conflicts") if u != "shutdown.target"]
    # Those that a start waits for.
    names += [job.unit for job in jobs]
    names += _AT_REST
    known = {unit.name for unit in own}
    return [name for name in dict.fromkeys(names) if name not in known][:_MOST_OTHERS]


def _others(manager: Manager, names: Iterable[str]) -> tuple[dict[str, UnitFacts], str]:
    found: dict[str, UnitFacts] = {}
    for name in names:
        try:
            found[name] = UnitFacts(name, manager.properties(name))
        except SystemdError as error:
            return found, f"{name}: {error.sentence}"
    return found, ""


def _pulled(manager: Manager, own: Iterable[UnitFacts], default: str) -> dict[str, bool]:
    known: dict[str, UnitFacts] = {}
    return {
        unit.name: _reaches(manager, unit, default, known)
        for unit in own
        if default and unit.exists
    }


def _reaches(manager: Manager, unit: UnitFacts, default: str, known: dict[str, UnitFacts]) -> bool:
    pending, seen = _above(unit), {unit.name}
    while pending and len(seen) < _MOST_TARGETS:
        name = pending.pop(0)
        if name == default:
            return True
        if name in seen or not name.endswith(".target"):
            continue
        seen.add(name)
        if name not in known:
            known[name] = UnitFacts(name, manager.properties(name))
        pending += _above(known[name])
    return False


def _above(unit: UnitFacts) -> list[str]:
    return [name for relation in _PULLS for name in unit.words(relation)]
