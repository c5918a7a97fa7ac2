"""Time limits of the unit, and those that were hit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import JournalFacts, Run
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error, warning
from dockerctl.doctor.model import Check, Facts

# dockerd waits this long for containerd alone (cmd/dockerd and libcontainerd/remote, 60 s).
_SHORTEST_START_S = 60.0
# What dockerd gives its containers to end when it is stopped (daemon.json, shutdown-timeout).
_SHUTDOWN_S = 15.0


def _limits(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    unit = units.service
    if unit.load_state != "loaded":
        return
    start, stop = unit.seconds("TimeoutStartUSec"), unit.seconds("TimeoutStopUSec")
    if start is not None and 0 < start < _SHORTEST_START_S:
        yield replace(
            warning(
                "start-limit-short",
                f"{unit.name} is given {start:g} s to start, and a start may take longer",
                (f"{unit.name}: TimeoutStartSec={start:g}s",),
                "dockerctl override set Service.TimeoutStartSec=infinity",
            ),
            when=When.NEXT_START,
        )
    shutdown = _shutdown_s(facts)
    if stop is not None and 0 < stop <= shutdown:
        yield replace(
            warning(
                "stop-limit-short",
                f"{unit.name} is given {stop:g} s to stop, and dockerd needs up to "
                f"{shutdown:g} s for its containers",
                (f"{unit.name}: TimeoutStopSec={stop:g}s",),
                "dockerctl override set Service.TimeoutStopSec=90s",
            ),
            when=When.NEXT_START,
        )
    yield from _watched(unit)


def _watched(unit: UnitFacts) -> Iterator[Finding]:
    watchdog, runtime = unit.seconds("WatchdogUSec"), unit.seconds("RuntimeMaxUSec")
    if watchdog:
        yield error(
            "watchdog-unanswered",
            f"{unit.name} is killed after {watchdog:g} s, because dockerd answers no watchdog",
            (f"{unit.name}: WatchdogSec={watchdog:g}s", *unit.shown("Result")),
            "dockerctl override set Service.WatchdogSec=0 && dockerctl restart",
        )
    if runtime:
        yield warning(
            "run-time-limited",
            f"{unit.name} is stopped after it ran for {runtime:g} s",
            (f"{unit.name}: RuntimeMaxSec={runtime:g}s",),
            "dockerctl override set Service.RuntimeMaxSec=infinity && dockerctl restart",
        )


def _shutdown_s(facts: Facts) -> float:
    configuration = facts.maybe(ConfigurationFacts)
    value = None if configuration is None else configuration.value("shutdown-timeout")
    return float(value) if isinstance(value, int) and value > 0 else _SHUTDOWN_S


def _hit(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    unit = units.service
    journal = facts.maybe(JournalFacts)
    run = None if journal is None else journal.failed
    if unit.runs or unit.text("Result") != "timeout":
        return
    if (run is not None and run.came_up) or (run is None and _stopped(unit)):
        yield _stop_hit(unit, run)
    else:
        # A type that dockerd does not fit runs into every limit.
        unfit = unit.text("Type") in ("forking", "oneshot", "dbus")
        yield replace(_start_hit(unit, run), because_of="type-does-not-fit" if unfit else "")


def _stopped(unit: UnitFacts) -> bool:
    return unit.number("ActiveEnterTimestamp") > unit.number("ExecMainStartTimestamp") > 0


def _stop_hit(unit: UnitFacts, run: Run | None) -> Finding:
    stop = unit.seconds("TimeoutStopUSec") or 0
    return warning(
        "stop-timed-out",
        f"{unit.name} did not stop within {stop:g} s and was killed; containers may go on "
        "without it",
        (f"{unit.name}: Result=timeout, TimeoutStopSec={stop:g}s", *_said(run, "timed out")),
        "dockerctl start",
    )


def _start_hit(unit: UnitFacts, run: Run | None) -> Finding:
    limit = unit.seconds("TimeoutStartUSec")
    length = "its time limit" if not limit else f"{limit:g} s"
    return error(
        "start-timed-out",
        f"{unit.name} was not ready within {length}, and systemd ended it",
        (
            f"{unit.name}: Result=timeout, TimeoutStartSec={limit or 0:g}s",
            *_said(run, "timed out"),
        ),
        "dockerctl override set Service.TimeoutStartSec=infinity && dockerctl start",
    )


def _said(run: Run | None, words: str) -> tuple[str, ...]:
    entries = () if run is None else run.entries
    lines = [e.message for e in entries if e.from_manager and words in e.message]
    return tuple(f"journal: {line}" for line in lines[:1])


CHECKS: tuple[Check, ...] = (
    Check(
        "time limits of the unit",
        (UnitsFacts,),
        ("start-limit-short", "stop-limit-short", "watchdog-unanswered", "run-time-limited"),
        _limits,
        also=(ConfigurationFacts,),
    ),
    Check(
        "time limits that were hit",
        (UnitsFacts,),
        ("start-timed-out", "stop-timed-out"),
        _hit,
        also=(JournalFacts,),
        explains_start=True,
    ),
)
