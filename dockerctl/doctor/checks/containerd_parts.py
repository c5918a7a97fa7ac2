"""Parts of containerd without which dockerd refuses it: its database, and what was turned off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.containerd import ContainerdFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.said import said

# What dockerd calls (moby, libcontainerd/remote), and what these are made of (containerd,
# services/*/service.go).
_SERVICES = (
    "containers", "content", "diff", "events", "images", "introspection", "leases", "namespaces",
    "tasks", "version",
)  # fmt: skip
_NEEDED = {
    *(f"io.containerd.grpc.v1.{name}" for name in _SERVICES),
    *(f"io.containerd.service.v1.{name}-service" for name in _SERVICES),
    "io.containerd.content.v1.content",
    "io.containerd.metadata.v1.bolt",
    "io.containerd.runtime.v2.task",
    "io.containerd.runtime.v2.shim",
    "io.containerd.shim.v1.manager",
}
_REFUSED = r"unknown service containerd\.|server preface|containerd"


def _database(facts: Facts) -> Iterator[Finding]:
    units, seen = facts.of(UnitsFacts), facts.of(ContainerdFacts)
    unit = units.containerd
    if unit is None or not unit.exists:
        return
    path, lines = seen.database, said(facts, _REFUSED)
    if seen.database_problem:
        yield replace(
            error(
                "containerd-database-unusable",
                f"containerd's database {path} is damaged: {seen.database_problem}",
                (f"file: {path}: {seen.database_problem}", *lines),
                f"systemctl stop {unit.name} && mv {path} {path}.damaged && systemctl start "
                f"{unit.name} && dockerctl start",
            ),
            when=_when(units),
        )
    # One that runs has the lock, by whatever process.
    elif seen.database_holder and unit.active_state in ("activating", "failed", "inactive"):
        holder = seen.database_holder
        yield replace(
            error(
                "containerd-database-unusable",
                f"process {holder} holds containerd's database: containerd waits for it",
                (f"/proc/locks: {path}: FLOCK of {holder}", *_state(unit)),
                f"kill {holder} && systemctl start {unit.name} && dockerctl start",
            ),
            when=_when(units),
        )


def _turned_off(facts: Facts) -> Iterator[Finding]:
    units, seen = facts.of(UnitsFacts), facts.of(ContainerdFacts)
    disabled = seen.setting("disabled_plugins")
    off = [name for name in disabled if name in _NEEDED] if isinstance(disabled, list) else []
    if off and units.containerd is not None and units.containerd.exists:
        yield replace(
            error(
                "containerd-part-off",
                f"{seen.config_path} turns off what dockerd needs of containerd: {', '.join(off)}",
                (
                    f"{seen.config_path}: disabled_plugins has {', '.join(off)}",
                    *said(facts, _REFUSED),
                ),
                f"take {off[0]} out of disabled_plugins in {seen.config_path}, then: systemctl "
                "restart containerd && dockerctl restart",
            ),
            when=When.NOW if units.service.runs else _when(units),
        )


def _state(unit: UnitFacts) -> tuple[str, ...]:
    return (f"{unit.name}: ActiveState={unit.active_state}",)


def _when(units: UnitsFacts) -> When:
    """A daemon that runs keeps to the containerd that has its database open."""
    return When.NEXT_START if units.service.runs else units.when


CHECKS = (
    Check(
        name="containerd-database",
        needs=(UnitsFacts, ContainerdFacts),
        codes=("containerd-database-unusable",),
        judge=_database,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check(
        name="containerd-parts",
        needs=(UnitsFacts, ContainerdFacts),
        codes=("containerd-part-off",),
        judge=_turned_off,
        also=(JournalFacts,),
        explains_start=True,
    ),
)
