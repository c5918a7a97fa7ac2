"""Taking the daemon down and proving it, while clients may go on knocking at its socket."""

from __future__ import annotations

from dockerctl.deadline import Deadline
from dockerctl.errors import DeadlinePassed, StopFailed
from dockerctl.health.model import Units
from dockerctl.health.units import read_units
from dockerctl.lifecycle.ports import Reporter
from dockerctl.lifecycle.up import TICK_S
from dockerctl.result import Level
from dockerctl.systemd.model import ActiveState, JobResult, Service
from dockerctl.systemd.port import Manager


class Sinker:
    """Waits until a service, and its socket where that was asked for, are down."""

    def __init__(self, manager: Manager, reporter: Reporter, deadline: Deadline) -> None:
        self._manager = manager
        self._reporter = reporter
        self._deadline = deadline

    def await_down(self, unit: str, jobs: tuple[str, ...], *, keep_socket: bool) -> Units:
        """Wait for the stop ``jobs`` and prove the end state.

        Raises ``StopFailed`` when something started the daemon again, ``DeadlinePassed`` when it
        is still stopping.
        """
        while True:
            results = [self._manager.job_result(job) for job in jobs]
            units = read_units(self._manager, unit)
            if all(result is not None for result in results):
                if _is_down(units, keep_socket=keep_socket):
                    self._say_killed(units.service)
                    return units
                if _comes_again(units.service):
                    raise _woken(units, results)
            if self._deadline.passed:
                raise _still_up(units, self._deadline)
            self._reporter.waiting(_waits_for(units), self._deadline)
            self._manager.wait_event(min(TICK_S, self._deadline.remaining()))

    def _say_killed(self, service: Service) -> None:
        if service.result == "timeout":
            self._reporter.say(
                Level.WARNING,
                f"{service.name} did not stop by itself; systemd killed it after "
                "TimeoutStopSec= (Result timeout).",
            )


def _is_down(units: Units, *, keep_socket: bool) -> bool:
    if not units.service.down:
        return False
    return keep_socket or units.socket is None or units.socket.down


def _comes_again(service: Service) -> bool:
    """Whether a service that was stopped has been started anew, and not stopped once more."""
    if service.active_state is ActiveState.ACTIVATING:
        return True
    return service.runs and service.job_id == 0


def _waits_for(units: Units) -> str:
    service = units.service
    if service.down and units.socket is not None:
        return f"{units.socket.name} to stop"
    return f"{service.name} to stop ({service.sub_state})"


def _woken(units: Units, results: list[JobResult | None]) -> StopFailed:
    service, socket = units.service, units.socket
    names = [service.name] if socket is None else [service.name, socket.name]
    return StopFailed(
        f"{service.name} was stopped and is {service.active_state} again: a client of its "
        "socket, another unit or another administrator started it.",
        hint=f"See which with 'journalctl -u {' -u '.join(names)} -n 20'. To keep it "
        "down whoever knocks, stop the socket too (without --keep-socket) or use "
        "'dockerctl mask --now'.",
        details={"unit": service.name, "job_results": [str(result) for result in results]},
    )


def _still_up(units: Units, deadline: Deadline) -> DeadlinePassed:
    service = units.service
    return DeadlinePassed(
        f"{service.name} is not down after {deadline.total_s:g} s: it is {service.active_state} "
        f"({service.sub_state}). systemd goes on stopping it; nothing was cancelled.",
        hint="Wait on with 'dockerctl wait stopped'. systemd kills it after TimeoutStopSec= "
        f"({_seconds(service.timeout_stop_usec)}).",
        details={
            "unit": service.name,
            "active_state": str(service.active_state),
            "sub_state": service.sub_state,
            "job_id": service.job_id,
        },
    )


def _seconds(usec: int | None) -> str:
    return "infinity" if usec is None else f"{usec / 1_000_000:g} s"
