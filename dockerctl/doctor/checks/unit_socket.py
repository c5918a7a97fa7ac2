"""The socket unit, which the service needs and which gives up when the service does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, error, warning
from dockerctl.doctor.model import Check, Facts

_LIMITS = {
    "service-start-limit-hit": "its service failed too often",
    "trigger-limit-hit": "clients asked for a service that did not come up",
}
_TELLING = re.compile("[Ff]ailed to|limit hit|already in use")


def _socket(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    socket = units.socket
    if socket is None or socket.load_state != "loaded":
        return
    result = socket.text("Result")
    evidence = (*socket.shown("ActiveState", "Result"), *_said(facts, socket))
    if socket.active_state == "failed" and result in _LIMITS:
        make = warning if units.service.runs else error
        # The limit of the service closes the socket, and its reset opens it.
        limit = units.service.active_state == "failed" and result == "service-start-limit-hit"
        yield replace(
            make(
                "socket-gave-up",
                f"{socket.name} does not listen any more, because {_LIMITS[result]}",
                evidence,
                "dockerctl start",
            ),
            because_of="start-limit-hit" if limit else "",
        )
    elif socket.active_state == "failed":
        yield error(
            "socket-failed",
            f"{socket.name} could not be started, and the service needs it",
            evidence,
            "repair what the evidence names, then: dockerctl start",
        )
    elif units.service.runs and not socket.runs and socket.name in units.service.words("Requires"):
        yield warning(
            "socket-gave-up",
            f"{socket.name} is down while the daemon runs: clients that use its path reach nobody",
            evidence,
            "dockerctl restart",
        )


def _said(facts: Facts, socket: UnitFacts) -> tuple[str, ...]:
    """What PID 1 and its children said since the socket was last started."""
    journal = facts.maybe(JournalFacts)
    if journal is None:
        return ()
    since = socket.number("InactiveExitTimestamp")
    lines = [
        entry.message
        for entry in journal.manager
        if entry.unit == socket.name
        and entry.time_usec >= since
        and _TELLING.search(entry.message)
        # What systemd goes on without, and what only says that it failed.
        and ", ignoring" not in entry.message
        and not entry.message.startswith("Failed to listen on")
    ]
    return tuple(f"journal: {line}" for line in dict.fromkeys(lines[-2:]))


CHECKS: tuple[Check, ...] = (
    Check(
        "the socket unit",
        (UnitsFacts,),
        ("socket-gave-up", "socket-failed"),
        _socket,
        also=(JournalFacts,),
        explains_start=True,
    ),
)
