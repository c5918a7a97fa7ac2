"""The doctor's composition: ground to stand on, for a run of it and for a start that failed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from dockerctl.cli.compose import Wiring
from dockerctl.deadline import Deadline
from dockerctl.doctor.examining import Examination, examine
from dockerctl.doctor.facts.configuration import ConfigurationFacts, gather_configuration
from dockerctl.doctor.facts.units import gather_units
from dockerctl.doctor.gathering import gather
from dockerctl.doctor.ground import Ground
from dockerctl.doctor.model import Check, Facts
from dockerctl.errors import DeadlinePassed
from dockerctl.health.units import read_units
from dockerctl.host.programs import run_program
from dockerctl.override.order import Scope as FileScope
from dockerctl.systemd.journalctl import JournalctlJournal
from dockerctl.systemd.model import Scope

if TYPE_CHECKING:
    from dockerctl.docker.client import EngineClient
    from dockerctl.health.model import Units


def look(
    choose: Callable[[], Iterable[Check]], wiring: Wiring, *, ask: bool = True
) -> tuple[Facts, Examination]:
    """Gather what the chosen checks need, and examine it; with ``ask`` a daemon that runs may be
    asked.

    ``choose`` imports the checks, and does so while the engine's program tells its version.
    """
    units = read_units(wiring.manager, wiring.unit)
    reading = _ConfigurationReading(units, wiring)
    reading.start()
    unit_facts = gather_units(wiring.manager, wiring.unit)
    chosen = tuple(choose())
    kinds = dict.fromkeys(kind for check in chosen for kind in (*check.needs, *check.also))
    ground = Ground(
        unit=wiring.unit,
        units=unit_facts,
        configuration=reading.result(),
        environ=wiring.environ,
        deadline=wiring.deadline,
        run=run_program,
        journal=JournalctlJournal(run_program),
        ask=_asker(wiring, units) if ask and units.service.runs else None,
        now_s=wiring.deadline.clock.time(),
    )
    facts = gather(kinds, ground, ground.units, ground.configuration)
    return facts, examine(chosen, facts)


class _ConfigurationReading(threading.Thread):
    """Reads the configuration; one that hangs on a file is left behind."""

    def __init__(self, units: Units, wiring: Wiring) -> None:
        super().__init__(daemon=True)
        self._units = units
        self._wiring = wiring
        self._found: ConfigurationFacts | None = None
        self._defect: BaseException | None = None

    def run(self) -> None:
        user = self._wiring.scope is Scope.USER
        try:
            self._found = gather_configuration(
                self._units,
                run=run_program,
                scope=FileScope.USER if user else FileScope.SYSTEM,
                environ=self._wiring.environ,
            )
        except Exception as error:  # noqa: BLE001  (told by whoever waits for it)
            self._defect = error

    def result(self) -> ConfigurationFacts:
        """What was read; raises ``DeadlinePassed``."""
        self.join(self._wiring.deadline.remaining())
        if self._defect is not None:
            raise self._defect
        if self._found is None:
            raise DeadlinePassed(
                "The configuration of the daemon could not be read within "
                f"{self._wiring.deadline.total_s:g} s.",
                hint="One of its files does not answer: see 'findmnt -T /etc/docker'.",
            )
        return self._found


def _asker(wiring: Wiring, units: Units) -> Callable[[Deadline], EngineClient]:
    def ask(deadline: Deadline) -> EngineClient:
        return wiring.prober.client(units, deadline)

    return ask
