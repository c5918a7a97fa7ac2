"""Starts that are repeated: without end, or until systemd refuses them."""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, error, info
from dockerctl.doctor.model import Check, Facts

_REFUSED = "Start request repeated too quickly"


def _limit(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    unit, socket = units.service, units.socket
    if unit.active_state != "failed":
        return
    journal = facts.maybe(JournalFacts)
    refused = (
        ()
        if journal is None
        else [
            e.message
            for e in journal.manager
            if e.unit == unit.name and _REFUSED in e.message and _is_last(journal, e.time_usec)
        ]
    )
    latched = socket is not None and socket.text("Result") == "service-start-limit-hit"
    if not refused and not latched and unit.text("Result") != "start-limit-hit":
        return
    yield error(
        "start-limit-hit",
        f"systemd refuses to start {unit.name} again, because it failed too often",
        (
            *unit.shown("Result", "NRestarts"),
            *(f"journal: {line}" for line in refused[-1:]),
        ),
        "dockerctl start",
    )


def _is_last(journal: JournalFacts, time_usec: int) -> bool:
    """Whether no run has begun since."""
    last = journal.last
    return last is None or not last.entries or last.entries[0].time_usec < time_usec


def _loop(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    unit = units.service
    count = unit.number("NRestarts")
    if unit.active_state == "activating" and count > 0:
        times = "once" if count == 1 else f"{count} times"
        yield error(
            "restart-loop",
            f"{unit.name} ends and is started again, {times} so far",
            unit.shown("ActiveState", "SubState", "NRestarts", "Result"),
            "dockerctl stop && dockerctl start",
        )


def _restarted(facts: Facts) -> Iterator[Finding]:
    unit = facts.of(UnitsFacts).service
    count = unit.number("NRestarts")
    if unit.runs and count > 0:
        times = "once" if count == 1 else f"{count} times"
        yield info(
            "daemon-restarted",
            f"{unit.name} ended by itself and was started again {times}",
            unit.shown("NRestarts"),
            "see the end of the run before: dockerctl logs --run last",
        )


CHECKS: tuple[Check, ...] = (
    Check(
        "the start limit",
        (UnitsFacts,),
        ("start-limit-hit",),
        _limit,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check("a loop of starts", (UnitsFacts,), ("restart-loop",), _loop, explains_start=True),
    Check("restarts by systemd", (UnitsFacts,), ("daemon-restarted",), _restarted),
)
