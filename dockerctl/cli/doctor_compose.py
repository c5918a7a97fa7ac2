"""The doctor's composition: ground to stand on, for a run of it and for a start that failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from dockerctl.cli.compose import Wiring
from dockerctl.deadline import Deadline
from dockerctl.doctor.examining import Examination, examine
from dockerctl.doctor.facts.configuration import gather_configuration
from dockerctl.doctor.facts.units import gather_units
from dockerctl.doctor.gathering import gather
from dockerctl.doctor.ground import Ground
from dockerctl.doctor.model import Check, Facts
from dockerctl.health.units import read_units
from dockerctl.host.programs import run_program
from dockerctl.override.order import Scope as FileScope
from dockerctl.systemd.journalctl import JournalctlJournal
from dockerctl.systemd.model import Scope

if TYPE_CHECKING:
    from dockerctl.docker.client import EngineClient
    from dockerctl.health.model import Units


def ground_of(wiring: Wiring, *, ask: bool = True) -> Ground:
    """Read units and configuration; with ``ask`` a daemon that runs may be asked later."""
    units = read_units(wiring.manager, wiring.unit)
    scope = FileScope.USER if wiring.scope is Scope.USER else FileScope.SYSTEM
    return Ground(
        unit=wiring.unit,
        units=gather_units(wiring.manager, wiring.unit),
        configuration=gather_configuration(
            units, run=run_program, scope=scope, environ=wiring.environ
        ),
        environ=wiring.environ,
        deadline=wiring.deadline,
        run=run_program,
        journal=JournalctlJournal(run_program),
        ask=_asker(wiring, units) if ask and units.service.runs else None,
        now_s=wiring.deadline.clock.time(),
    )


def look(checks: Iterable[Check], ground: Ground) -> tuple[Facts, Examination]:
    """Gather what ``checks`` need, and examine it."""
    chosen = tuple(checks)
    kinds = dict.fromkeys(kind for check in chosen for kind in (*check.needs, *check.also))
    facts = gather(kinds, ground, ground.units, ground.configuration)
    return facts, examine(chosen, facts)


def _asker(wiring: Wiring, units: Units) -> Callable[[Deadline], EngineClient]:
    def ask(deadline: Deadline) -> EngineClient:
        return wiring.prober.client(units, deadline)

    return ask
