"""Waiting for a state without changing anything."""

from __future__ import annotations

from collections.abc import Callable

from dockerctl.deadline import Deadline
from dockerctl.errors import DockerctlError
from dockerctl.health.model import Conclusion, ProbeReport, Units, Verdict
from dockerctl.health.report import Observer
from dockerctl.health.units import read_units
from dockerctl.health.verdict import decide_verdict, is_forbidden
from dockerctl.systemd.port import Manager

# Verdicts that will not change by themselves; ``status --wait`` ends at them.
SETTLED = (
    Verdict.HEALTHY,
    Verdict.STOPPED,
    Verdict.ARMED,
    Verdict.NOT_INSTALLED,
)
# An API has no event for "answers again": it must be asked. A unit has one, and ends the pause.
ASK_AGAIN_S = 0.5

Waiting = Callable[[str], None]


class Waiter:
    """Watches a unit until something holds."""

    def __init__(self, manager: Manager, observer: Observer, deadline: Deadline) -> None:
        self._manager = manager
        self._observer = observer
        self._deadline = deadline

    def until_healthy(self, unit: str, waiting: Waiting) -> Conclusion:
        """The last conclusion: healthy, not installed, or what it was when the deadline passed.

        Raises ``SocketForbidden`` when the daemon runs and the caller may not ask it.
        """

        def holds(conclusion: Conclusion, _: Units, probe: ProbeReport) -> bool:
            forbidden = _forbidden(probe)
            if forbidden is not None:
                raise forbidden
            return conclusion.verdict in (Verdict.HEALTHY, Verdict.NOT_INSTALLED)

        return self._until(unit, waiting, holds)

    def until_settled(self, unit: str, waiting: Waiting) -> Conclusion:
        """As ``until_healthy``, and also ends at a verdict that will not change by itself."""
        return self._until(unit, waiting, _is_settled)

    def until_stopped(self, unit: str, waiting: Waiting) -> Units:
        """The units when the service is down, or at the deadline. Never touches the API."""
        self._watch(unit)
        while True:
            units = read_units(self._manager, unit)
            # A socket that is on its way down with the service would still count as armed.
            settled = units.socket is None or units.socket.job_id == 0
            if (units.service.down and settled) or self._deadline.passed:
                return units
            waiting(f"{unit} to stop ({units.service.active_state}/{units.service.sub_state})")
            self._manager.wait_event(min(1.0, self._deadline.remaining()))

    def _until(
        self, unit: str, waiting: Waiting, holds: Callable[[Conclusion, Units, ProbeReport], bool]
    ) -> Conclusion:
        self._watch(unit)
        while True:
            units, probe = self._observer.probe(unit, self._deadline)
            conclusion = decide_verdict(units, probe)
            if holds(conclusion, units, probe) or self._deadline.passed:
                return conclusion
            waiting(f"{unit} to be healthy; it is {conclusion.verdict.value}")
            self._manager.wait_event(min(_pause(units, probe), self._deadline.remaining()))

    def _watch(self, unit: str) -> None:
        units = read_units(self._manager, unit)
        self._manager.watch([u.name for u in (units.service, units.socket) if u is not None])


def _is_settled(conclusion: Conclusion, units: Units, probe: ProbeReport) -> bool:
    if units.service.job_id:
        # At rest for the moment, as after 'start --no-wait': the job will change it.
        return False
    if conclusion.verdict is Verdict.FAILED:
        return not units.service.auto_restarting
    return conclusion.verdict in SETTLED or _forbidden(probe) is not None


def _forbidden(probe: ProbeReport) -> DockerctlError | None:
    failed = probe.failed_step
    return failed.error if failed is not None and is_forbidden(failed.error) else None


def _pause(units: Units, probe: ProbeReport) -> float:
    return ASK_AGAIN_S if units.service.runs and not probe.ok else 1.0
