"""Settings of the units that let the daemon start and harm it later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error, info, warning
from dockerctl.doctor.model import Check, Facts

_IN_JOURNAL = ("", "journal", "journal+console", "inherit")
_SMALL_MEMORY = 256 * 1024 * 1024
_ROOT = ("", "root", "0")


def _settings(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    service = units.service
    if service.load_state == "loaded" and not service.from_script:
        yield from _service(units)
        yield from _user(units)
    for unit in units.all:
        if unit.load_state == "loaded" and not unit.from_script and unit.name.endswith(".service"):
            yield from _groups(unit)


def _service(units: UnitsFacts) -> Iterator[Finding]:
    unit = units.service
    if unit.text("Restart") == "no":
        yield warning(
            "restart-off",
            f"{unit.name} is not started again when it ends by itself",
            unit.shown("Restart"),
            "dockerctl override set Service.Restart=on-failure",
        )
    if unit.truth("RefuseManualStart"):
        yield replace(
            error(
                "refuses-to-be-managed",
                f"{unit.name} refuses to be started by hand (RefuseManualStart=)",
                unit.shown("RefuseManualStart"),
                "dockerctl override set Unit.RefuseManualStart=no",
            ),
            when=When.NEXT_START,
        )
    if unit.truth("StopWhenUnneeded"):
        yield warning(
            "stops-when-unneeded",
            f"{unit.name} is stopped when no other unit needs it (StopWhenUnneeded=)",
            unit.shown("StopWhenUnneeded"),
            "dockerctl override set Unit.StopWhenUnneeded=no",
        )
    memory = unit.properties.get("MemoryMax")
    if isinstance(memory, int) and memory < _SMALL_MEMORY:
        yield warning(
            "memory-limit-small",
            f"{unit.name} may use no more than {memory // 1024 // 1024} MB of memory",
            unit.shown("MemoryMax"),
            "dockerctl override limits --memory infinity && dockerctl restart",
        )
    if unit.text("StandardOutput") not in _IN_JOURNAL:
        yield info(
            "output-elsewhere",
            f"what {unit.name} writes does not go to the journal, so that its last words are "
            "not known here",
            unit.shown("StandardOutput", "StandardError"),
            "dockerctl override set Service.StandardOutput=journal && dockerctl restart",
        )


def _user(units: UnitsFacts) -> Iterator[Finding]:
    unit = units.service
    dynamic = unit.truth("DynamicUser")
    if unit.text("User") in _ROOT and not dynamic:
        return
    yield replace(
        error(
            "daemon-not-root",
            f"{unit.name} runs dockerd as another user than root",
            unit.shown("DynamicUser" if dynamic else "User"),
            "dockerctl override set Service.User=root && dockerctl start",
        ),
        when=units.when,
    )


def _groups(unit: UnitFacts) -> Iterator[Finding]:
    # Shims and containers may be in the unit's own control group (containerd: docs/ops.md,
    # "KillMode", "Delegate").
    if unit.text("KillMode") in ("control-group", "mixed", "none"):
        yield warning(
            "kill-mode",
            f"KillMode={unit.text('KillMode')}: a stop of {unit.name} kills what is to live on, "
            "or leaves what is to end",
            unit.shown("KillMode"),
            "dockerctl override set Service.KillMode=process",
        )
    if "Delegate" in unit.properties and not unit.truth("Delegate"):
        yield warning(
            "delegate-off",
            f"systemd keeps the control groups below {unit.name} to itself (Delegate=no)",
            unit.shown("Delegate"),
            "dockerctl override set Service.Delegate=yes && dockerctl restart",
        )


def _ignored(facts: Facts) -> Iterator[Finding]:
    """Lines in files of variables that systemd passed over when it started the last run."""
    journal = facts.of(JournalFacts)
    run = journal.failed or journal.last
    lines = [
        entry.message
        for entry in (() if run is None else run.entries)
        if entry.from_manager and "gnoring invalid environment assignment" in entry.message
    ]
    for path in dict.fromkeys(line.rpartition(": ")[2] for line in lines):
        yield warning(
            "environment-file-ignored",
            f"systemd passed over a line of {path}, which is no shell script",
            # The line is not quoted: its value may be a secret.
            (f"journal: Ignoring invalid environment assignment: {path}",),
            f"write NAME=value without 'export' in {path}, then: dockerctl restart",
        )


CHECKS: tuple[Check, ...] = (
    Check(
        "settings of the units",
        (UnitsFacts,),
        (
            "restart-off",
            "refuses-to-be-managed",
            "stops-when-unneeded",
            "memory-limit-small",
            "output-elsewhere",
            "daemon-not-root",
            "kill-mode",
            "delegate-off",
        ),
        _settings,
        explains_start=True,
    ),
    Check(
        "variables that were passed over",
        (JournalFacts,),
        ("environment-file-ignored",),
        _ignored,
    ),
)
