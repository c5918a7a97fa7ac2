"""Whether systemd has usable unit files: found, not masked, valid, and those of the package."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.unit_paths import OWN, PACKAGED, UnitPathsFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error, warning
from dockerctl.doctor.model import Check, Facts

# The last lines of PID 1 about a unit that can say what it did not take.
_LAST = 6


def _loaded(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    service, socket = units.service, units.socket
    yield from _not_found(units)
    for unit in (service, socket):
        if unit is not None:
            # A daemon that runs is not stopped by its file; the next start is refused.
            when = When.NEXT_START if unit.runs else When.NOW
            found = (*_masked(unit), *_refused(unit, facts))
            yield from (replace(finding, when=when) for finding in found)
    containerd = units.containerd
    if containerd is not None and containerd.runs:
        # It runs on; one that is down is looked at beside what else may be wrong with it.
        for finding in _refused(containerd, facts):
            fix = f"correct the file: systemd-analyze verify {containerd.name} names its line"
            yield replace(finding, when=When.NEXT_BOOT, fix=fix)


def _not_found(units: UnitsFacts) -> Iterator[Finding]:
    service = units.service
    if service.load_state != "not-found":
        return
    if service.runs:
        yield replace(
            error(
                "unit-not-found",
                f"the file of {service.name} is gone while the daemon runs",
                service.shown("LoadState", "FragmentPath", "ActiveState"),
                "install the package again, such as: apt-get install --reinstall docker.io",
            ),
            when=When.NEXT_START,
        )
        return
    yield error(
        "unit-not-found",
        f"there is no {service.name}: Docker is not installed, or its unit has another name",
        service.shown("LoadState"),
        "install the engine (apt-get install docker.io, or docker-ce of Docker's own packages), "
        "or name its unit with --unit",
    )


def _masked(unit: UnitFacts) -> Iterator[Finding]:
    if unit.load_state != "masked":
        return
    what = "service" if unit.name.endswith(".service") else "socket"
    runtime = unit.text("UnitFileState") == "masked-runtime"
    until = " until the next boot" if runtime else ""
    now = ", and cannot be started again once it stops" if unit.runs else ""
    yield error(
        "unit-masked" if what == "service" else "socket-masked",
        f"{unit.name} is masked{until}{now}",
        unit.shown("LoadState", "UnitFileState", "FragmentPath"),
        "dockerctl unmask",
    )


def _refused(unit: UnitFacts, facts: Facts) -> Iterator[Finding]:
    if unit.load_state not in ("bad-setting", "error"):
        return
    problem = unit.words("LoadError")
    said = problem[1] if len(problem) > 1 else unit.load_state
    found = error(
        "unit-refused",
        f"systemd does not take the files of {unit.name} as they are: {said}",
        (*unit.shown("LoadState"), *_lines_about(unit, facts)),
        f"correct the file that the evidence names (dockerctl override lint --unit {unit.name}), "
        "then: systemctl daemon-reload",
    )
    configuration = facts.maybe(ConfigurationFacts)
    lint = () if configuration is None else configuration.lint.get(unit.name, ())
    cause = next((f.code for f in lint if f.severity.value == "error"), "")
    yield replace(found, because_of=cause)


def _lines_about(unit: UnitFacts, facts: Facts) -> tuple[str, ...]:
    journal = facts.maybe(JournalFacts)
    if journal is None:
        return ()
    lines = [
        entry.message
        for entry in journal.manager
        if entry.unit == unit.name and entry.message.rstrip().endswith("Refusing.")
    ]
    return tuple(dict.fromkeys(f"journal: {line}" for line in lines[-_LAST:][-1:]))


def _origin(facts: Facts) -> Iterator[Finding]:
    units, paths = facts.of(UnitsFacts), facts.of(UnitPathsFacts)
    for unit in units.all:
        fragment = unit.text("FragmentPath")
        if unit.from_script:
            yield _from_script(unit, unit.text("SourcePath"))
        if unit.load_state != "masked" and fragment.startswith(tuple(f"{f}/" for f in OWN)):
            packaged = [
                path
                for folder in PACKAGED
                if paths.paths.get(path := f"{folder}/{unit.name}", "absent") != "absent"
            ]
            if packaged:
                yield _shadowed(unit, fragment, packaged[0])


def _from_script(unit: UnitFacts, source: str) -> Finding:
    make = warning if unit.runs else error
    return make(
        "unit-from-init-script",
        f"{unit.name} has no unit file, and systemd made one of the old script {source}",
        unit.shown("FragmentPath", "SourcePath"),
        "install the package again, such as: apt-get install --reinstall docker.io",
    )


def _shadowed(unit: UnitFacts, fragment: str, packaged: str) -> Finding:
    return warning(
        "unit-shadowed",
        f"{fragment} is used in place of the {unit.name} of the package",
        (*unit.shown("FragmentPath"), f"stat: {packaged} is there and not used"),
        f"keep what differs in a drop-in (dockerctl override set), then: rm {fragment} && "
        "systemctl daemon-reload",
    )


CHECKS: tuple[Check, ...] = (
    Check(
        "unit files",
        (UnitsFacts,),
        ("unit-not-found", "unit-masked", "socket-masked", "unit-refused"),
        _loaded,
        also=(JournalFacts, ConfigurationFacts),
        explains_start=True,
    ),
    Check(
        "origin of unit files",
        (UnitsFacts, UnitPathsFacts),
        ("unit-from-init-script", "unit-shadowed"),
        _origin,
        explains_start=True,
    ),
)
