"""The units that must be there, and active, before the daemon can be started."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import NEEDS, JobRow, UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error, warning
from dockerctl.doctor.model import Check, Facts

# MESSAGE_ID= and JOB_RESULT= of a job that ended because of another unit (src/core/job.c).
_DEPENDENCY = "dependency"
# Relations that keep the daemon from running while the other unit is not active.
_BOUND = ("Requisite", "BindsTo")


def _needs(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    by_name = {**units.others, **{unit.name: unit for unit in units.all}}
    for unit in (units.service, units.socket):
        if unit is None or unit.load_state != "loaded":
            continue
        for relation in NEEDS:
            for name in unit.words(relation):
                other = by_name.get(name)
                if other is units.socket:
                    # Why that one failed has checks of its own.
                    continue
                if other is not None and not (other.runs and other.load_state == "loaded"):
                    yield from _unmet(units, unit, relation, other, facts)


def _unmet(
    units: UnitsFacts, unit: UnitFacts, relation: str, other: UnitFacts, facts: Facts
) -> Iterator[Finding]:
    when = When.NEXT_START if unit.runs else When.NOW
    fix = f"repair or start {other.name}, or remove it from {relation}= of {unit.name}"
    evidence = (f"{unit.name}: {relation}={other.name}",)
    if other.load_state == "not-found":
        if other.runs or other.name.endswith((".device", ".mount", ".slice")):
            return
        yield replace(
            error(
                "required-unit-missing",
                f"{unit.name} needs {other.name}, which does not exist",
                (*evidence, *other.shown("LoadState")),
                f"correct the name in {relation}= of {unit.name}, or install what brings "
                f"{other.name}",
            ),
            when=when,
        )
    elif other.load_state == "masked" and other.name not in _own_names(units):
        yield replace(
            error(
                "required-unit-masked",
                f"{unit.name} needs {other.name}, which is masked",
                (*evidence, *other.shown("LoadState", "FragmentPath")),
                f"systemctl unmask {other.name}",
            ),
            when=when,
        )
    elif other.active_state == "failed" and not _is_latched(other):
        yield from _failed(unit, other, (*evidence, *_why(other, facts)), fix)
    elif relation in _BOUND and not other.runs and not unit.runs and units.tried:
        yield error(
            "required-unit-down",
            f"{unit.name} runs only while {other.name} does, and that is not active",
            (*evidence, *other.shown("ActiveState")),
            f"systemctl start {other.name}",
        )


def _failed(
    unit: UnitFacts, other: UnitFacts, evidence: tuple[str, ...], fix: str
) -> Iterator[Finding]:
    if unit.runs:
        # It went down later, or is needed without an order: a start would try it again.
        yield replace(
            warning(
                "required-unit-failed",
                f"{other.name}, which {unit.name} needs, has failed",
                (*evidence, *other.shown("ActiveState", "Result")),
                fix,
            ),
            when=When.NEXT_START,
        )
        return
    yield error(
        "required-unit-failed",
        f"{unit.name} needs {other.name}, and that has failed",
        (*evidence, *other.shown("ActiveState", "Result")),
        f"see why: systemctl status {other.name}; then: dockerctl start",
    )


def _why(other: UnitFacts, facts: Facts) -> tuple[str, ...]:
    """What the journal has of a start that was given up for another unit."""
    journal = facts.maybe(JournalFacts)
    if journal is None:
        return ()
    lines = [e for e in journal.manager if e.told.get("JOB_RESULT") == _DEPENDENCY]
    about = [e for e in journal.manager if e.unit == other.name and e.told.get("UNIT_RESULT")]
    return tuple(f"journal: {entry.message}" for entry in (*lines[-1:], *about[-1:]))


def _own_names(units: UnitsFacts) -> set[str]:
    return {unit.name for unit in units.all}


def _is_latched(unit: UnitFacts) -> bool:
    # A socket that gave up because its service failed is no cause of that.
    return unit.name.endswith(".socket") and unit.text("Result").endswith("limit-hit")


def _waits(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    mine = next((j for j in units.jobs if j.unit == units.service.name), None)
    if mine is None or mine.type not in ("start", "restart") or mine.state != "waiting":
        return
    behind = [job for job in units.jobs if job.state == "running" and job.id != mine.id]
    # What it is itself doing, such as its own stop before a start, is no foreign hold-up.
    reasons = [job for job in behind if _holds_up(units, job)]
    if not reasons:
        return
    names = ", ".join(job.unit for job in reasons)
    yield error(
        "start-waits",
        f"the start of {units.service.name} waits for {names}",
        tuple(f"job {job.id}: {job.unit} {job.type} {job.state}" for job in (mine, *reasons)),
        f"make {reasons[0].unit} available, or give up: systemctl cancel {mine.id}",
    )


def _holds_up(units: UnitsFacts, job: JobRow) -> bool:
    return job.type in ("start", "restart", "verify-active") and job.unit not in (
        units.service.name,
    )


def _conflicts(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    service = units.service
    for name in service.words("Conflicts"):
        other = units.others.get(name)
        if name == "shutdown.target" or other is None or not other.runs:
            continue
        yield warning(
            "conflicts-with-running",
            f"{name} runs, and of it and {service.name} only one can",
            (f"{service.name}: Conflicts={name}", *other.shown("ActiveState")),
            f"stop the one that is not wanted: systemctl disable --now {name}",
        )


CHECKS: tuple[Check, ...] = (
    Check(
        "units that the daemon needs",
        (UnitsFacts,),
        (
            "required-unit-missing",
            "required-unit-masked",
            "required-unit-failed",
            "required-unit-down",
        ),
        _needs,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check("a start that waits", (UnitsFacts,), ("start-waits",), _waits, explains_start=True),
    Check(
        "units in conflict",
        (UnitsFacts,),
        ("conflicts-with-running",),
        _conflicts,
        explains_start=True,
    ),
)
