"""The lifecycle verbs: read the units, plan, carry the steps out, prove the end state."""

from __future__ import annotations

from dataclasses import dataclass

from dockerctl.deadline import Deadline
from dockerctl.errors import (
    DeadlinePassed,
    Interrupted,
    JobNotApplicable,
    NotRunning,
    ReloadFailed,
    StopFailed,
    SystemdError,
    UnitMasked,
    UnitNotFound,
)
from dockerctl.health.model import ProbeReport, Units
from dockerctl.health.prober import Prober
from dockerctl.health.units import read_units
from dockerctl.lifecycle.containers import container_notice
from dockerctl.lifecycle.down import Sinker
from dockerctl.lifecycle.plan import (
    JOB_TYPES,
    Action,
    Step,
    plan_reload,
    plan_restart,
    plan_start,
    plan_stop,
    plan_try_restart,
)
from dockerctl.lifecycle.ports import Explainer, Reporter
from dockerctl.lifecycle.up import Riser, Up
from dockerctl.result import Level
from dockerctl.systemd.model import ActiveState, JobResult
from dockerctl.systemd.port import Manager


@dataclass(frozen=True)
class Outcome:
    """What a lifecycle verb did."""

    steps: tuple[Step, ...]
    changed: bool
    # The units at the end; before the steps for a plan that was not carried out.
    units: Units
    probe: ProbeReport | None
    # A sentence for a person.
    summary: str
    # Automatic restarts of systemd that were needed on the way up.
    failed_runs: int = 0


@dataclass(frozen=True)
class Wish:
    """How a verb is to be carried out."""

    unit: str
    wait: bool = True
    dry_run: bool = False
    fail_fast: bool = False
    keep_socket: bool = False
    # Part of a change, which has told of the containers, and which takes back what it has changed
    # when the first run fails: then there is no use in saying that systemd goes on trying.
    trial: bool = False


class Lifecycle:
    """Carries out one verb within one deadline."""

    def __init__(
        self,
        manager: Manager,
        prober: Prober,
        explainer: Explainer,
        reporter: Reporter,
        deadline: Deadline,
    ) -> None:
        self._manager = manager
        self._prober = prober
        self._reporter = reporter
        self._deadline = deadline
        self._riser = Riser(manager, prober, explainer, reporter, deadline)
        self._sinker = Sinker(manager, reporter, deadline)

    def start(self, wish: Wish) -> Outcome:
        """End with an active service whose API answers."""
        units = self._known(wish.unit, startable=True)
        return self._rise(wish, units, plan_start(units))

    def restart(self, wish: Wish) -> Outcome:
        """End with a new run of the daemon whose API answers."""
        units = self._known(wish.unit, startable=True)
        return self._rise(wish, units, plan_restart(units))

    def try_restart(self, wish: Wish) -> Outcome:
        """As ``restart``; a daemon that does not run is left as it is."""
        units = self._known(wish.unit, startable=False)
        steps = plan_try_restart(units)
        if not steps:
            how = "not running" if units.service.down else "being stopped"
            text = f"{units.service.name} is {how}; nothing to restart."
            return Outcome((), False, units, None, text)
        return self._rise(wish, units, steps)

    def stop(self, wish: Wish) -> Outcome:
        """End with the service down, and its socket too unless the wish keeps it."""
        units = self._known(wish.unit, startable=False)
        steps = plan_stop(units, keep_socket=wish.keep_socket)
        if wish.dry_run:
            return self._planned(units, steps)
        if not steps:
            return Outcome((), False, units, None, f"{_down_text(units)} already.")
        try:
            if not wish.trial:
                self._warn_containers(units)
            jobs = tuple(self._enqueue(step) for step in steps if step.action is Action.STOP)
            if not wish.wait:
                return self._left(units, steps)
            after = self._sinker.await_down(wish.unit, jobs, keep_socket=wish.keep_socket)
        except KeyboardInterrupt:
            raise self._interrupted(wish.unit) from None
        if wish.keep_socket:
            self._tell_of_socket(units, after)
        return Outcome(steps, True, after, None, f"{_down_text(after)}.")

    def _tell_of_socket(self, before: Units, after: Units) -> None:
        service, socket = after.service, after.socket
        if socket is None or before.socket is None or not before.socket.listening:
            return
        if not socket.listening:
            raise StopFailed(
                f"{service.name} is down, and {socket.name} does not listen any more: it is "
                f"{socket.active_state} (Result {socket.result}).",
                hint="Clients that find the daemon stopped run systemd into its start limit. "
                "'dockerctl start' clears that.",
                details={"unit": service.name, "socket_result": socket.result},
            )
        self._reporter.say(
            Level.WARNING,
            f"{socket.name} still listens: the next client starts {service.name} again.",
        )

    def reload(self, wish: Wish) -> Outcome:
        """Deliver a reload to the running daemon and see that it survives it."""
        units = self._known(wish.unit, startable=False)
        service = units.service
        if not service.runs:
            raise NotRunning(
                f"{service.name} is {service.active_state}; only a running daemon can reload."
            )
        steps = plan_reload(units)
        if wish.dry_run:
            return self._planned(units, steps)
        if not service.can_reload:
            raise JobNotApplicable(f"{service.name} has no ExecReload=, so it cannot reload.")
        try:
            job = self._enqueue(steps[0])
            if not wish.wait:
                return self._left(units, steps)
            return self._reloaded(units, steps, self._await_job(job, service.name))
        except KeyboardInterrupt:
            raise self._interrupted(wish.unit) from None

    # --- the ways through a verb -----------------------------------------------------------

    def _rise(self, wish: Wish, units: Units, steps: tuple[Step, ...]) -> Outcome:
        if wish.dry_run:
            return self._planned(units, steps)
        try:
            if all(step.action is Action.PROVE for step in steps):
                up = self._riser.prove_running(units)
                return Outcome(steps, False, up.units, up.probe, _up_text(up, "is already up"))
            if units.service.runs and not wish.trial:
                self._warn_containers(units)
            self._manager.watch([u.name for u in (units.service, units.socket) if u is not None])
            since_s = self._deadline.clock.time()
            job = self._carry_out(units, steps)
            if not wish.wait:
                return self._left(units, steps)
            up = self._riser.await_up(
                units,
                job,
                since_s,
                fail_fast=wish.fail_fast,
                trial=wish.trial,
                joins=_joins(units, steps),
            )
        except KeyboardInterrupt:
            raise self._interrupted(wish.unit) from None
        return Outcome(
            steps, True, up.units, up.probe, _up_text(up, "is up"), failed_runs=up.failed_runs
        )

    def _carry_out(self, units: Units, steps: tuple[Step, ...]) -> str:
        job = ""
        for step in steps:
            if step.action is Action.RESET_FAILED:
                self._reset(units, step)
            elif step.action in JOB_TYPES:
                job = self._enqueue(step)
        return job

    def _reset(self, units: Units, step: Step) -> None:
        for name in step.units:
            self._manager.reset_failed(name)
        failed = _failed(units)
        if not failed:
            return
        # Without privilege a reset that is not strictly needed is not insisted on: look.
        left = _failed(read_units(self._manager, units.service.name))
        cleared = [text for name, text in failed.items() if name not in left]
        if cleared:
            self._reporter.say(
                Level.INFO,
                f"Cleared the failed state and the start limit of {' and '.join(cleared)}.",
            )

    def _enqueue(self, step: Step) -> str:
        return self._manager.enqueue(JOB_TYPES[step.action], step.units[0])

    def _await_job(self, job: str, unit: str) -> JobResult | None:
        while (result := self._manager.job_result(job)) is None and not self._deadline.passed:
            self._reporter.waiting(f"{unit} to take the reload", self._deadline)
            self._manager.wait_event(min(1.0, self._deadline.remaining()))
        return result

    def _reloaded(
        self, before: Units, steps: tuple[Step, ...], result: JobResult | None
    ) -> Outcome:
        name = before.service.name
        if result is JobResult.INVALID:
            raise NotRunning(f"systemd refused to reload {name}: it is not running.")
        if result is None:
            raise DeadlinePassed(
                f"{name} has not taken the reload after {self._deadline.total_s:g} s. systemd "
                "goes on with it; nothing was cancelled.",
                details={"unit": name},
            )
        if result not in (JobResult.DONE, JobResult.LOST):
            raise ReloadFailed(
                f"The reload of {name} ended with '{result}'.",
                details={"unit": name, "job_result": str(result)},
            )
        after = read_units(self._manager, name)
        _require_survival(before, after)
        up = self._riser.prove_running(after)
        # Killed, it may be back already: the next run has answered the question put to this one.
        _require_survival(before, up.units)
        self._reporter.say(
            Level.INFO,
            "The reload was delivered. dockerd reports success even when it refuses the file: "
            f"see 'journalctl -u {name} -n 5'.",
        )
        return Outcome(steps, True, up.units, up.probe, f"{name} took the reload signal.")

    # --- the edges -------------------------------------------------------------------------

    def _known(self, unit: str, *, startable: bool) -> Units:
        units = read_units(self._manager, unit)
        service = units.service
        if not service.exists and service.down:
            raise UnitNotFound(
                f"systemd knows no {unit}: Docker is not installed, or its unit has another name.",
                details={"unit": unit},
            )
        if startable and service.masked:
            raise UnitMasked(
                f"{unit} is masked, which forbids every start.", details={"unit": unit}
            )
        return units

    def _planned(self, units: Units, steps: tuple[Step, ...]) -> Outcome:
        return Outcome(steps, False, units, None, "Nothing was changed (--dry-run).")

    def _left(self, units: Units, steps: tuple[Step, ...]) -> Outcome:
        verb = next(s.action.value for s in reversed(steps) if s.action in JOB_TYPES)
        name = units.service.name
        return Outcome(
            steps, True, units, None, f"systemd was asked to {verb} {name}; not waited for it."
        )

    def _warn_containers(self, units: Units) -> None:
        if not units.service.runs:
            return
        notice = container_notice(self._prober, units, self._deadline)
        if notice is not None:
            self._reporter.say(notice.level, notice.text)

    def _interrupted(self, unit: str) -> Interrupted:
        self._reporter.settled()
        try:
            service = self._manager.service(unit)
        except SystemdError:
            return Interrupted("Interrupted; what systemd is doing now could not be read.")
        doing = (
            f"systemd goes on: job {service.job_id} of {unit} is still queued or running"
            if service.job_id
            else "systemd has no job left to do"
        )
        return Interrupted(
            f"Interrupted. {doing}; {unit} is {service.active_state} ({service.sub_state}). "
            "Nothing was cancelled.",
            details={
                "unit": unit,
                "job_id": service.job_id,
                "active_state": str(service.active_state),
                "sub_state": service.sub_state,
            },
        )


def _joins(units: Units, steps: tuple[Step, ...]) -> bool:
    """Whether the start only waits for a run that is on its way already."""
    service = units.service
    starts = any(s.action is Action.START and service.name in s.units for s in steps)
    return starts and service.active_state is ActiveState.ACTIVATING


def _failed(units: Units) -> dict[str, str]:
    return {
        unit.name: f"{unit.name} (Result {unit.result})"
        for unit in (units.service, units.socket)
        if unit is not None and unit.active_state is ActiveState.FAILED
    }


def _require_survival(before: Units, after: Units) -> None:
    service = after.service
    if service.runs and service.main_pid == before.service.main_pid:
        return
    name = service.name
    now = "a new run has its place" if service.runs else f"it is {service.active_state}"
    raise ReloadFailed(
        f"{name} did not survive the reload: {now}.",
        hint=f"See the daemon's last words with 'journalctl -u {name} -n 20'.",
        details={"unit": name, "active_state": str(service.active_state)},
    )


def _up_text(up: Up, how: str) -> str:
    engine = up.probe.engine
    what = "" if engine is None else f": Docker {engine.version}, API {engine.api_version}"
    after = (
        f" (after {up.failed_runs} failed run{'s' if up.failed_runs > 1 else ''})"
        if up.failed_runs
        else ""
    )
    return f"{up.units.service.name} {how}{what}{after}."


def _down_text(units: Units) -> str:
    socket = units.socket
    if socket is None or socket.listening:
        return f"{units.service.name} is down"
    return f"{units.service.name} and {socket.name} are down"
