"""Gathering a status report. Nothing here changes anything, or wakes a stopped daemon."""

from __future__ import annotations

from collections.abc import Callable

from dockerctl.deadline import Deadline
from dockerctl.docker.context import CallerEndpoint
from dockerctl.health.model import ProbeReport, StatusReport, Units
from dockerctl.health.prober import Prober
from dockerctl.health.units import read_units
from dockerctl.health.verdict import decide_verdict
from dockerctl.host.processes import ProcessFigures
from dockerctl.systemd.model import Service
from dockerctl.systemd.port import Manager

# The probe may not use up what the rest of a report needs.
PROBE_SHARE = 0.8
# At the deadline one last look is still allowed this long: a probe without any time finds nothing
# out, and would call a daemon hung that it has not asked.
LAST_LOOK_S = 0.25


class Observer:
    """Looks at the daemon from all sides."""

    def __init__(
        self,
        manager: Manager,
        prober: Prober,
        figures: Callable[[int], ProcessFigures | None],
        caller: Callable[[], CallerEndpoint | None],
    ) -> None:
        self._manager = manager
        self._prober = prober
        self._figures = figures
        self._caller = caller

    def probe(self, unit: str, deadline: Deadline) -> tuple[Units, ProbeReport]:
        """The units, and the ladder as far as it may be climbed.

        The API socket is opened only when systemd says that the service runs: connecting to the
        socket of a stopped service would start it.
        """
        units = read_units(self._manager, unit)
        return units, self._prober.climb_patiently(units, _share(deadline))

    def report(self, unit: str, deadline: Deadline) -> StatusReport:
        """Everything that ``status`` shows."""
        units, probe = self.probe(unit, deadline)
        units, probe = self._settled(units, probe, deadline)
        service = units.service
        return StatusReport(
            units=units,
            conclusion=decide_verdict(units, probe),
            probe=probe,
            process=self._figures(service.main_pid) if service.main_pid else None,
            boot_service=self._manager.unit_file_state(service.name),
            boot_socket=(
                None if units.socket is None else self._manager.unit_file_state(units.socket.name)
            ),
            route=self._manager.route,
            caller=self._caller(),
        )

    def _settled(
        self, units: Units, probe: ProbeReport, deadline: Deadline
    ) -> tuple[Units, ProbeReport]:
        """Look once more when the probe failed: the daemon may have ended under it."""
        if probe.ok or not units.service.runs:
            return units, probe
        again = read_units(self._manager, units.service.name)
        if _same_run(units.service, again.service):
            return again, probe
        if not again.service.runs:
            return again, self._prober.climb(again, deadline)
        return again, self._prober.climb_patiently(again, _share(deadline))


def _share(deadline: Deadline) -> Deadline:
    seconds = max(deadline.remaining() * PROBE_SHARE, LAST_LOOK_S)
    return Deadline.after(seconds, deadline.clock)


def _same_run(before: Service, after: Service) -> bool:
    return after.runs and after.invocation_id == before.invocation_id
