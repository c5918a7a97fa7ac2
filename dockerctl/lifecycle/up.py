"""Bringing the daemon up and proving it: the job first, then the API.

The truth has three parts: the job's result, the unit's state and the API's answer. A start has
succeeded when a run is active, answers, and is still the same run afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dockerctl.deadline import Deadline
from dockerctl.errors import (
    AddressUnsupported,
    ConnectionRefused,
    DaemonHung,
    DockerctlError,
    EngineError,
    NotRunning,
    SocketMissing,
)
from dockerctl.health.model import ProbeReport, Units
from dockerctl.health.prober import Prober
from dockerctl.health.units import read_units
from dockerctl.health.verdict import is_forbidden
from dockerctl.lifecycle.failure import Failure, explain_failure, failure_error
from dockerctl.lifecycle.ports import Explainer, Reporter
from dockerctl.lifecycle.standing import Standing, decide_standing
from dockerctl.result import Level
from dockerctl.retry import Operation, retry_call
from dockerctl.systemd.model import JobResult, Service
from dockerctl.systemd.port import Manager

# A daemon that was up before we came gets this long to answer; one that we start, the deadline.
ALREADY_UP_S = 15.0
# A daemon that has told systemd that it is ready listens already: where nobody does after this
# time, nobody will.
LISTENS_S = 5.0
# Events end a pause early; this is how often the live line moves on without one.
TICK_S = 1.0


class LeftActive(Exception):
    """The unit stopped being active while its API was asked."""


@dataclass
class Watch:
    """What has been seen of one start so far."""

    since_s: float
    # The run that was there before ours, whose journal lines are not of this start.
    old_run: str
    came_up: bool = False
    # The caller ends systemd's own tries.
    trial: bool = False
    # The job of a notify service ended well: either the daemon said that it is ready, however soon
    # it ended after that, or a condition kept it from being run at all.
    said_ready: bool = False
    first_failure: Service | None = None
    # Whether ``old_run`` was on its way when we came, and its job is ours; and whether it failed.
    joins: bool = False
    joined_failed: bool = False


@dataclass(frozen=True)
class Up:
    """A proven start."""

    units: Units
    probe: ProbeReport
    failed_runs: int


class Riser:
    """Waits until a service is up and proves it, or says why it is not."""

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
        self._explainer = explainer
        self._reporter = reporter
        self._deadline = deadline

    def prove_running(self, units: Units) -> Up:
        """Prove that a daemon that already runs answers; raises ``DaemonHung`` when not."""
        deadline = self._deadline.at_most(ALREADY_UP_S)
        watch = Watch(deadline.clock.time(), units.service.invocation_id, came_up=True)
        up = self._prove(units, watch, deadline)
        if up is None:
            raise failure_error(
                Failure(
                    Standing.FAILED,
                    read_units(self._manager, units.service.name),
                    watch.since_s,
                    old_run="",
                    came_up=True,
                    failed_runs=1,
                    deadline=None,
                ),
                self._explainer,
            )
        return up

    def await_up(
        self,
        units: Units,
        job: str,
        since_s: float,
        *,
        fail_fast: bool,
        trial: bool = False,
        joins: bool = False,
    ) -> Up:
        """Wait for ``job`` of ``units.service``, then for the API.

        Goes on while systemd restarts the daemon by itself, unless ``fail_fast`` or bound to fail.
        Raises the error that says why the daemon is not up, or ``DeadlinePassed``. ``trial``: the
        caller ends systemd's own tries. ``joins``: the job was there before, with a run of its own.
        """
        name = units.service.name
        watch = Watch(since_s, units.service.invocation_id, trial=trial, joins=joins)
        self._prober.prepare()
        while not self._deadline.passed:
            result = self._manager.job_result(job)
            if result is JobResult.DONE and units.service.type.startswith("notify"):
                watch.said_ready = True
            if result is JobResult.DONE and units.service.main_pid:
                # The shortest way to the answer: ask the API first, and systemd after it.
                up = self._prove(units, watch, self._deadline)
                if up is not None:
                    return up
            units = read_units(self._manager, name)
            standing = decide_standing(units.service, result)
            if standing is Standing.RETRYING and watch.joins and not _is_own(units, watch):
                # It began before we came, and so perhaps before its cause was repaired.
                self._note_joined_run(watch, units)
                standing = Standing.COMING
            if result is JobResult.DONE and standing in (Standing.RETRYING, Standing.FAILED):
                # The run ended before we could look at it; without one a condition did not hold.
                new_run = units.service.invocation_id not in ("", watch.old_run)
                watch.came_up = watch.came_up or (new_run and units.service.tells_ready)
            if standing is Standing.UP:
                up = self._prove(units, watch, self._deadline)
                if up is not None:
                    return up
                continue
            hopeless = fail_fast
            if standing is Standing.RETRYING:
                hopeless = self._note_failed_run(watch, units) or fail_fast
            ends = standing not in (Standing.COMING, Standing.RETRYING)
            if ends or (standing is Standing.RETRYING and hopeless):
                raise self._failure(standing, units, watch)
            self._reporter.waiting(_waits_for(units.service, watch), self._deadline)
            self._manager.wait_event(min(TICK_S, self._deadline.remaining()))
        raise self._failure(Standing.COMING, read_units(self._manager, name), watch)

    def _prove(self, units: Units, watch: Watch, deadline: Deadline) -> Up | None:
        """Climb the ladder until it holds; None when the unit leaves the active state meanwhile."""
        name = units.service.name
        current = units
        listens = deadline.at_most(LISTENS_S)

        def attempt() -> ProbeReport:
            nonlocal current
            report = self._prober.climb(current, deadline, starting=True)
            error = None if report.failed_step is None else report.failed_step.error
            current = read_units(self._manager, name)
            if not current.service.runs:
                raise LeftActive
            watch.came_up = watch.came_up or report.ok or current.service.tells_ready
            if error is None or is_forbidden(error):
                return report
            if _is_lasting(error, current.service, listens):
                raise self._hung(current, error)
            raise error

        def pause(seconds: float) -> None:
            self._reporter.waiting("the Docker API to answer", deadline)
            self._manager.wait_event(seconds)

        try:
            report = retry_call(
                Operation.READINESS,
                attempt,
                deadline=deadline,
                retry_on=(EngineError, NotRunning),
                sleep=pause,
            )
        except LeftActive:
            return None
        except (EngineError, NotRunning) as error:
            raise self._hung(current, error) from error
        if current.service.invocation_id == watch.old_run and not watch.came_up:
            return None
        failed = report.failed_step
        if failed is not None and failed.error is not None:
            self._reporter.say(Level.WARNING, _unproven(current.service, failed.error))
        return Up(current, report, _failed_runs(current.service, watch))

    def _note_joined_run(self, watch: Watch, units: Units) -> None:
        if watch.joined_failed:
            return
        watch.joined_failed = True
        service = units.service
        self._reporter.say(
            Level.WARNING,
            f"A run of {service.name} that was under way failed{_result(service)}; systemd tries "
            "again by itself.",
        )

    def _note_failed_run(self, watch: Watch, units: Units) -> bool:
        """Whether the first failure, just seen, is bound to come again with every try."""
        if watch.first_failure is not None:
            return False
        service = watch.first_failure = units.service
        if watch.trial:
            return False
        failure = Failure(
            Standing.RETRYING, units, watch.since_s, watch.old_run, watch.came_up, 1, deadline=None
        )
        if explain_failure(failure, self._explainer).permanent:
            return True
        self._reporter.say(
            Level.WARNING,
            f"The first run of {service.name} failed{_result(service)}; systemd tries again by "
            "itself.",
        )
        return False

    def _hung(self, units: Units, error: DockerctlError) -> DockerctlError:
        service = units.service
        return DaemonHung(
            f"{service.name} is active, and its API does not answer: {error.sentence}",
            hint=_way_out(units, error),
            details={"cause": error.code, "unit": service.name, **error.details},
        )

    def _failure(self, standing: Standing, units: Units, watch: Watch) -> DockerctlError:
        overdue = self._deadline if standing is Standing.COMING else None
        service = units.service
        if watch.first_failure is not None and service.result == "success":
            # The counters of a run are reset when the next begins; the first failure is kept.
            first = watch.first_failure
            service = replace(
                service,
                result=first.result,
                exec_main_code=first.exec_main_code,
                exec_main_status=first.exec_main_status,
            )
        failure = Failure(
            standing,
            Units(service, units.socket),
            watch.since_s,
            # A run that we joined is the one to explain when no other came after it.
            "" if watch.joins and service.invocation_id == watch.old_run else watch.old_run,
            came_up=watch.came_up or (watch.said_ready and service.exec_main_code != 0),
            failed_runs=_failed_runs(units.service, watch),
            deadline=overdue,
            trial=watch.trial,
        )
        return failure_error(failure, self._explainer)


def _is_own(units: Units, watch: Watch) -> bool:
    """Whether the run that failed is not the one that was under way when we came."""
    return units.service.auto_restarting and units.service.invocation_id != watch.old_run


def _is_lasting(error: DockerctlError, service: Service, listens: Deadline) -> bool:
    if isinstance(error, AddressUnsupported):
        return True
    return isinstance(error, _NOBODY_THERE) and service.tells_ready and listens.passed


_NOBODY_THERE = (SocketMissing, ConnectionRefused)


def _way_out(units: Units, error: DockerctlError) -> str:
    if isinstance(error, _NOBODY_THERE) and units.socket is not None and units.socket.listening:
        return (
            f"{units.socket.name} listens, and its file was removed or replaced: 'dockerctl stop' "
            "and then 'dockerctl start' make it anew."
        )
    if isinstance(error, AddressUnsupported | SocketMissing | ConnectionRefused):
        return error.hint
    return (
        f"See its threads with 'kill -USR1 {units.service.main_pid}' and the journal, or restart "
        "it."
    )


def _waits_for(service: Service, watch: Watch) -> str:
    failed = _failed_runs(service, watch)
    if failed:
        return f"{service.name} ({service.sub_state}; runs that failed: {failed})"
    return f"{service.name} ({service.active_state}/{service.sub_state})"


def _failed_runs(service: Service, watch: Watch) -> int:
    # NRestarts counts the automatic restarts since the last manual start, of which each follows
    # a failed run.
    return max(1, service.n_restarts) if watch.first_failure is not None else service.n_restarts


def _result(service: Service) -> str:
    # With the next run, which may have begun by now, the Result of the first is gone.
    return "" if service.result == "success" else f" (Result {service.result})"


def _unproven(service: Service, error: DockerctlError) -> str:
    ready = (
        "the daemon told systemd that it is ready"
        if service.tells_ready
        else (f"Type={service.type} proves only that the process was started")
    )
    said = f"systemd says {service.active_state}; {ready}."
    return f"The API could not be asked: {error.sentence} {said}"
