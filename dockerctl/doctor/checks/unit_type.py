"""Whether systemd can learn that the daemon is ready: Type=, wrappers, time limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error, warning
from dockerctl.doctor.model import Check, Facts

_SHELLS = ("sh", "bash", "dash", "ash", "zsh", "ksh")
# dockerd tells systemd that it is ready (sd_notify(3)) and does nothing else of these protocols.
_NEVER_READY = ("forking", "oneshot", "dbus")
_NOT_AWAITED = ("simple", "exec", "idle")
_SET_TYPE = "dockerctl override set Service.Type=notify && dockerctl restart"


def _type(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    unit = units.service
    kind = unit.text("Type")
    if unit.load_state != "loaded" or unit.from_script:
        return
    if kind in _NEVER_READY:
        if not _linted(facts, unit, "type-does-not-fit"):
            found = error(
                "type-does-not-fit",
                f"Type={kind} of {unit.name} does not fit dockerd, so that no start of it ends",
                (*unit.shown("Type", "Result"), *_notices(facts)),
                _SET_TYPE,
            )
            yield replace(found, when=units.when)
    elif kind in _NOT_AWAITED and not _linted(facts, unit, "type-does-not-wait"):
        yield warning(
            "type-does-not-wait",
            f"Type={kind} of {unit.name} calls the daemon started before it is",
            unit.shown("Type"),
            _SET_TYPE,
        )


def _wrapper(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    unit = units.service
    if unit.load_state != "loaded" or unit.program.rpartition("/")[2] not in _SHELLS:
        return
    if unit.from_script or _replaced(unit.argv):
        return
    works = unit.runs and not _notices(facts)
    make = warning if works else error
    found = make(
        "wrapped-in-shell",
        f"ExecStart= of {unit.name} runs dockerd inside a shell, which takes its sockets and "
        "hides that it is ready",
        (f"{unit.name}: ExecStart={' '.join(unit.argv)}", *_notices(facts)),
        "run dockerd itself in ExecStart=, or put 'exec' before it (dockerctl override list)",
    )
    # Where no run has failed of it yet it is found at the next start.
    waits = unit.active_state == "activating"
    yield replace(found, when=When.NOW if waits or works else units.when)


def _replaced(argv: tuple[str, ...]) -> bool:
    # "exec" makes the daemon of the shell's own process: all is well.
    return any("exec " in word for word in argv[1:])


def _linted(facts: Facts, unit: UnitFacts, code: str) -> bool:
    configuration = facts.maybe(ConfigurationFacts)
    lint = () if configuration is None else configuration.lint.get(unit.name, ())
    return any(f.code == code for f in lint)


def _notices(facts: Facts) -> tuple[str, ...]:
    """What systemd says where somebody tells it that the daemon is ready and may not."""
    journal = facts.maybe(JournalFacts)
    run = None if journal is None else journal.failed or journal.last
    if run is None:
        return ()
    return tuple(
        f"journal: {entry.message}"
        for entry in run.entries
        if entry.from_manager and "Got notification message from PID" in entry.message
    )[:1]


CHECKS: tuple[Check, ...] = (
    Check(
        "type of the unit",
        (UnitsFacts,),
        ("type-does-not-fit", "type-does-not-wait"),
        _type,
        also=(JournalFacts, ConfigurationFacts),
        explains_start=True,
    ),
    Check(
        "a shell around the daemon",
        (UnitsFacts,),
        ("wrapped-in-shell",),
        _wrapper,
        also=(JournalFacts,),
        explains_start=True,
    ),
)
