"""Conditions and assertions of the units: what does not hold keeps the daemon from starting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.unit_paths import UnitPathsFacts, condition_paths
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error
from dockerctl.doctor.model import Check, Facts

_UNMET = -1
_EXISTS = {"PathExists": None, "PathIsDirectory": "folder", "FileIsExecutable": "program"}


def _conditions(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    paths = facts.maybe(UnitPathsFacts)
    for unit in (units.service, units.socket):
        if unit is None or unit.load_state != "loaded":
            continue
        if _is_linted(facts, unit):
            # That finding has the file and the line.
            continue
        lines = [*unit.rows("Conditions"), *unit.rows("Asserts")]
        for row in lines:
            if len(row) == 5 and row[1] is not True and _fails(unit, row, paths):
                yield _finding(unit, row)
        # Of those with "|" one is enough.
        for kind in ("Condition", "Assert"):
            either = [r for r in lines if len(r) == 5 and r[1] and str(r[0]).startswith(kind)]
            if either and all(_fails(unit, row, paths) for row in either):
                yield _finding(unit, either[0])


def _is_linted(facts: Facts, unit: UnitFacts) -> bool:
    configuration = facts.maybe(ConfigurationFacts)
    lint = () if configuration is None else configuration.lint.get(unit.name, ())
    return any(finding.code == "condition-false" for finding in lint)


def _fails(unit: UnitFacts, row: tuple[object, ...], paths: UnitPathsFacts | None) -> bool:
    now = _holds_now(unit, row, paths)
    if now is not None:
        return not now
    return row[4] == _UNMET and not unit.runs


def _holds_now(
    unit: UnitFacts, row: tuple[object, ...], paths: UnitPathsFacts | None
) -> bool | None:
    """Whether a condition on a path holds at this moment; None where that cannot be told."""
    if paths is None or (row, str(row[3])) not in list(condition_paths(unit)):
        return None
    kind = str(row[0]).removeprefix("Condition").removeprefix("Assert")
    found = paths.paths.get(str(row[3]))
    if found is None or kind not in _EXISTS:
        return None
    wanted = _EXISTS[kind]
    holds = found != "absent" if wanted is None else found == wanted
    return holds is not bool(row[2])


def _finding(unit: UnitFacts, row: tuple[object, ...]) -> Finding:
    name = f"{row[0]}={'!' if row[2] else ''}{row[3]}"
    skipped = "is skipped, and that counts as a success" if "Condition" in name else "is refused"
    found = error(
        "condition-false",
        f"{name} does not hold, so that the start of {unit.name} {skipped}",
        (f"{unit.name}: {name}", *unit.shown("ActiveState")),
        "make it hold, or remove it (dockerctl override list), then: dockerctl start",
    )
    when = When.NEXT_START if unit.runs or row[4] != _UNMET else When.NOW
    return replace(found, when=when)


CHECKS: tuple[Check, ...] = (
    Check(
        "conditions of the units",
        (UnitsFacts,),
        ("condition-false",),
        _conditions,
        also=(UnitPathsFacts, ConfigurationFacts),
        explains_start=True,
    ),
)
