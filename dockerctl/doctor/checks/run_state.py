"""A daemon that is down in order, on its way down, or that the caller may not start."""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.doctor.facts.unit_paths import UnitPathsFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, info, warning
from dockerctl.doctor.model import Check, Facts


def _stopped(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    unit, socket = units.service, units.socket
    if unit.load_state != "loaded" or unit.active_state != "inactive" or units.tried or unit.job:
        return
    if unit.text("Result") not in ("", "success"):
        return
    armed = socket is not None and socket.runs
    how = f", and {socket.name} starts it for the first client" if armed and socket else ""
    yield info(
        "daemon-stopped",
        f"{unit.name} is stopped in order{how}",
        unit.shown("ActiveState", "Result"),
        "dockerctl start",
    )


def _stopping(facts: Facts) -> Iterator[Finding]:
    unit = facts.of(UnitsFacts).service
    if unit.active_state != "deactivating":
        return
    limit = unit.seconds("TimeoutStopUSec")
    most = f", for {limit:g} s at most" if limit else ""
    yield warning(
        "daemon-stopping",
        f"{unit.name} is being stopped and waits for its containers{most}",
        unit.shown("ActiveState", "SubState"),
        "wait (dockerctl wait --for stopped); containers that ignore SIGTERM take 10 s each",
    )


def _rights(facts: Facts) -> Iterator[Finding]:
    units, paths = facts.of(UnitsFacts), facts.of(UnitPathsFacts)
    unit = units.service
    if paths.euid == 0 or unit.runs or not unit.exists:
        return
    yield info(
        "start-needs-root",
        f"{unit.name} is down, and user {paths.euid} may not start it without a password",
        (f"the doctor runs as user {paths.euid}",),
        "sudo dockerctl start",
    )


CHECKS: tuple[Check, ...] = (
    Check("a stopped daemon", (UnitsFacts,), ("daemon-stopped",), _stopped),
    Check("a daemon that stops", (UnitsFacts,), ("daemon-stopping",), _stopping),
    Check("who may start it", (UnitsFacts, UnitPathsFacts), ("start-needs-root",), _rights),
)
