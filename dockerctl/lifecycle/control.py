"""The daemon's unit in the hands of a transaction: ``change.ports.Control`` over the lifecycle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dockerctl.change.ports import Daemon, LoadedUnit, Proven
from dockerctl.deadline import Deadline
from dockerctl.errors import (
    BootStateUnproven,
    DaemonHung,
    DiedAfterStart,
    EngineError,
    NotRunning,
    ReloadFailed,
)
from dockerctl.health.model import Units
from dockerctl.health.prober import Prober
from dockerctl.health.units import read_units
from dockerctl.health.verdict import last_run
from dockerctl.lifecycle.plan import Action, is_boot_done
from dockerctl.lifecycle.ports import Explainer, Reporter
from dockerctl.lifecycle.up import Riser
from dockerctl.lifecycle.verbs import Lifecycle, Outcome, Wish
from dockerctl.systemd.model import ActiveState, JobResult, JobType
from dockerctl.systemd.port import Manager

if TYPE_CHECKING:
    from dockerctl.docker.client import EngineClient

# dockerd tells of a reload within 50 ms; reference measurements of an overloaded host: seconds.
EVENT_S = 20.0
# A daemon that refuses a reload says nothing on its API: after this silence, with an answer to a
# ping in between, it has refused. The one case that takes longer ends with the daemon's death
# (an unknown authorization plugin: 15 s of retries), and that is an event of its own.
SILENCE_S = 3.0
TICK_S = 0.05
_ON_THE_WAY = (ActiveState.ACTIVATING, ActiveState.DEACTIVATING)

Ask = Callable[[Units, Deadline], "EngineClient"]


class UnitControl:
    """``change.ports.Control`` for one unit within one deadline."""

    def __init__(
        self,
        unit: str,
        manager: Manager,
        prober: Prober,
        explainer: Explainer,
        reporter: Reporter,
        deadline: Deadline,
        ask: Ask,
    ) -> None:
        self._unit = unit
        self._manager = manager
        self._reporter = reporter
        self._deadline = deadline
        self._ask = ask
        self._riser = Riser(manager, prober, explainer, reporter, deadline)
        self._lifecycle = Lifecycle(manager, prober, explainer, reporter, deadline)

    def daemon(self) -> Daemon:
        units = read_units(self._manager, self._unit)
        service = units.service
        return Daemon(
            unit=service.name,
            exists=service.exists,
            runs=service.runs,
            down=service.down,
            masked=service.masked,
            invocation_id=service.invocation_id if not service.down else "",
            main_pid=service.main_pid,
            socket_listens=units.socket is not None and units.socket.listening,
        )

    def loaded(self, unit: str) -> LoadedUnit:
        if unit.endswith(".socket"):
            socket = self._manager.socket(unit)
            return LoadedUnit(str(socket.load_state), socket.load_error, socket.drop_in_paths)
        service = self._manager.service(unit)
        return LoadedUnit(
            str(service.load_state),
            service.load_error,
            service.drop_in_paths,
            service.exec_start[0] if len(service.exec_start) == 1 else (),
            service.environment,
        )

    def daemon_reload(self) -> None:
        self._manager.daemon_reload()

    # --- reload ------------------------------------------------------------------------------

    def reload(self) -> Mapping[str, str]:
        units = read_units(self._manager, self._unit)
        if not units.service.runs:
            raise NotRunning(
                f"{self._unit} is {units.service.active_state}; only a running daemon can reload."
            )
        self._manager.watch([self._unit])
        since = self._deadline.clock.time()
        job = self._manager.enqueue(JobType.RELOAD, self._unit)
        self._await_delivery(job)
        return self._await_event(units, since)

    def _await_delivery(self, job: str) -> None:
        while (result := self._manager.job_result(job)) is None and not self._deadline.passed:
            self._reporter.waiting(f"{self._unit} to take the reload", self._deadline)
            self._manager.wait_event(min(1.0, self._deadline.remaining()))
        if result not in (JobResult.DONE, JobResult.LOST):
            raise ReloadFailed(
                f"The reload of {self._unit} ended with '{result or 'no result in time'}'.",
                details={"unit": self._unit},
            )

    def _await_event(self, before: Units, since: float) -> Mapping[str, str]:
        """The event's attributes. Raises ``ReloadFailed`` when the daemon stays silent or dies."""
        clock = self._deadline.clock
        patience = self._deadline.at_most(EVENT_S)
        silence = self._deadline.at_most(SILENCE_S)
        with self._ask(before, patience) as client:
            while not patience.passed:
                self._require_same_run(before)
                try:
                    events = client.reload_events(since, clock.time() + 0.001)
                except EngineError:
                    # It may be dying, or busy; the unit's state and the deadline decide.
                    events = ()
                if events:
                    return events[-1].attributes
                if silence.passed and self._is_settled():
                    break
                self._reporter.waiting("the daemon to tell that it has reloaded", patience)
                self._manager.wait_event(TICK_S)
        self._require_same_run(before)
        raise ReloadFailed(
            f"{self._unit} was asked to reload and has not taken the configuration: it told of no "
            "reload.",
            hint=f"Its reason is in 'journalctl -u {self._unit} -n 5'.",
            details={"unit": self._unit},
        )

    def _require_same_run(self, before: Units) -> None:
        service = self._manager.service(self._unit)
        same = service.invocation_id == before.service.invocation_id
        if service.runs and same and service.main_pid == before.service.main_pid:
            return
        raise ReloadFailed(
            f"{self._unit} did not survive the reload ({last_run(service)}).",
            hint=f"Its last words are in 'journalctl -u {self._unit} -n 20'.",
            details={"unit": self._unit, "active_state": str(service.active_state)},
        )

    def _is_settled(self) -> bool:
        return self._manager.service(self._unit).active_state is ActiveState.ACTIVE

    # --- runs --------------------------------------------------------------------------------

    def restart(self, *, renew_socket: bool, stable_s: float) -> Proven:
        began = self._deadline.clock.monotonic()
        if renew_socket:
            self._lifecycle.stop(self._wish())
            outcome = self._lifecycle.start(self._wish())
        else:
            outcome = self._lifecycle.restart(self._wish())
        down_s = self._deadline.clock.monotonic() - began
        return self._stable(outcome, down_s, stable_s)

    def start(self, *, stable_s: float) -> Proven:
        coming = read_units(self._manager, self._unit).service.active_state in _ON_THE_WAY
        # A run that is on its way has the old configuration; joined, it would be taken for ours.
        rise = self._lifecycle.restart if coming else self._lifecycle.start
        return self._stable(rise(self._wish()), 0.0, stable_s)

    def stop(self) -> None:
        self._lifecycle.stop(self._wish())
        for unit in self._pair():
            self._manager.reset_failed(unit)

    def listen(self) -> None:
        self.stop()
        for unit in self._pair():
            if unit.endswith(".socket"):
                job = self._manager.enqueue(JobType.START, unit)
                while self._manager.job_result(job) is None and not self._deadline.passed:
                    self._manager.wait_event(min(1.0, self._deadline.remaining()))

    def prove(self, *, stable_s: float) -> Proven:
        units = read_units(self._manager, self._unit)
        up = self._riser.prove_running(units)
        return self._watched(up.units, 0.0, stable_s)

    def _stable(self, outcome: Outcome, down_s: float, stable_s: float) -> Proven:
        return self._watched(outcome.units, down_s, stable_s)

    def _watched(self, units: Units, down_s: float, stable_s: float) -> Proven:
        """Watch a run for ``stable_s`` seconds, and ask its API once more at the end."""
        first = units.service
        window = self._deadline.at_most(stable_s)
        self._manager.watch([self._unit])
        while not window.passed:
            self._reporter.waiting(f"{self._unit} to prove stable", window)
            self._manager.wait_event(min(0.5, window.remaining()))
            self._require_stable(units)
        if stable_s > 0:
            self._riser.prove_running(read_units(self._manager, self._unit))
        return Proven(first.invocation_id, down_s)

    def _require_stable(self, before: Units) -> None:
        first, now = before.service, self._manager.service(self._unit)
        if now.runs and (now.invocation_id, now.n_restarts) == (
            first.invocation_id,
            first.n_restarts,
        ):
            return
        raise DiedAfterStart(
            f"{self._unit} came up and did not stay up ({last_run(now)}).",
            details={"unit": self._unit, "active_state": str(now.active_state)},
        )

    def info(self) -> Mapping[str, object]:
        units = read_units(self._manager, self._unit)
        try:
            with self._ask(units, self._deadline) as client:
                return client.settings_seen().document
        except EngineError as error:
            raise DaemonHung(
                f"{self._unit} runs, and cannot be asked for its configuration: {error.sentence}",
                details={"unit": self._unit, "cause": error.code},
            ) from error

    # --- the start at boot -------------------------------------------------------------------

    def set_boot(self, units: tuple[str, ...], *, enable: bool) -> None:
        action = Action.ENABLE if enable else Action.DISABLE
        if enable:
            self._manager.enable(units)
        else:
            self._manager.disable(units)
        self._manager.daemon_reload()
        wrong = [u for u in units if not is_boot_done(action, self._manager.unit_file_state(u))]
        if wrong:
            raise BootStateUnproven(
                f"systemd reported success, and {' and '.join(wrong)} is not {action.value}d."
            )

    def _wish(self) -> Wish:
        # The first failed run decides: it had the configuration that is on trial.
        return Wish(self._unit, fail_fast=True, trial=True)

    def _pair(self) -> tuple[str, ...]:
        units = read_units(self._manager, self._unit)
        names = (units.service.name, None if units.socket is None else units.socket.name)
        return tuple(name for name in names if name is not None)
