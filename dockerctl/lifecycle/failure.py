"""Why a start did not end well, as one error: what happened, the daemon's words, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from dockerctl.deadline import Deadline
from dockerctl.errors import (
    ConditionFailed,
    DeadlinePassed,
    DiedAfterStart,
    DockerctlError,
    JobCanceled,
    StartDependencyFailed,
    StartFailed,
)
from dockerctl.health.model import Units
from dockerctl.health.verdict import last_run
from dockerctl.lifecycle.ports import Explainer, Explanation
from dockerctl.lifecycle.standing import Standing
from dockerctl.systemd.model import ActiveState, Condition, Service, Socket

EXPLAIN_LIMIT_S = 5.0
_MOST_EVIDENCE = 4


@dataclass(frozen=True)
class Failure:
    """A start that did not end well."""

    standing: Standing
    units: Units
    since_s: float
    old_run: str
    came_up: bool
    failed_runs: int
    # The deadline that passed, or None when the start ended by itself.
    deadline: Deadline | None
    # The caller ends systemd's own tries.
    trial: bool = False


def explain_failure(failure: Failure, explainer: Explainer) -> Explanation:
    """What ``explainer`` knows about the first failed run."""
    units = failure.units
    return explainer.explain(
        units.service.name,
        None if units.socket is None else units.socket.name,
        since_s=failure.since_s,
        not_run=failure.old_run,
        limit_s=EXPLAIN_LIMIT_S,
    )


def failure_error(failure: Failure, explainer: Explainer) -> DockerctlError:
    """The error for ``failure``, with what ``explainer`` knows about the first failed run."""
    service = failure.units.service
    if failure.standing is Standing.CONDITION:
        return ConditionFailed(
            f"systemd did not start {service.name}: {_unmet(service.conditions)} does not hold.",
            details={"unit": service.name, "job_result": "done"},
        )
    if failure.standing is Standing.ASSERT:
        return ConditionFailed(
            f"systemd did not start {service.name}: {_unmet(service.asserts)} does not hold.",
            details={"unit": service.name, "job_result": "assert"},
        )
    if failure.standing is Standing.CANCELED:
        return JobCanceled(
            f"Another request displaced the start of {service.name}, which is now "
            f"{service.active_state}.",
            details={"unit": service.name, "job_result": "canceled"},
        )
    if failure.deadline is not None and not failure.failed_runs:
        return _too_slow(service, failure.deadline)
    return _explained(failure, explainer)


def _explained(failure: Failure, explainer: Explainer) -> DockerctlError:
    units = failure.units
    service = units.service
    explanation = explain_failure(failure, explainer)
    details = _details(failure, explanation)
    if failure.standing is Standing.DEPENDENCY:
        return StartDependencyFailed(
            f"{service.name} was not started: {_failed_dependency(units)}.{_quoted(explanation)}",
            hint=_dependency_hint(units, explanation),
            details=details,
        )
    retries = _retries(failure, explanation)
    if failure.came_up:
        stopped = service.result == "success" and explanation.finding is None
        return DiedAfterStart(
            f"{service.name} came up and then ended ({last_run(service)}).{retries}"
            f"{_quoted(explanation)}",
            hint=_stopped_hint(service) if stopped else _hint(service, explanation),
            details=details,
        )
    return StartFailed(
        f"{service.name} did not come up ({last_run(service)}).{retries}{_quoted(explanation)}",
        hint=_hint(service, explanation),
        details=details,
    )


def _details(failure: Failure, explanation: Explanation) -> dict[str, object]:
    service = failure.units.service
    return {
        "unit": service.name,
        "result": service.result,
        "exec_main_code": service.exec_main_code,
        "exec_main_status": service.exec_main_status,
        "failed_runs": max(1, failure.failed_runs),
        "came_up": failure.came_up,
        "invocation_id": explanation.invocation_id,
        "lines": list(explanation.lines),
        "problem": explanation.problem,
        "finding": None if explanation.finding is None else dict(explanation.finding),
        "still_trying": failure.deadline is not None or not service.down,
    }


def _too_slow(service: Service, deadline: Deadline) -> DockerctlError:
    return DeadlinePassed(
        f"{service.name} is not up after {deadline.total_s:g} s: it is {service.active_state} "
        f"({service.sub_state}). systemd goes on with it; nothing was cancelled.",
        hint="Wait on with 'dockerctl wait healthy', or give up with 'dockerctl stop'.",
        details={
            "unit": service.name,
            "active_state": str(service.active_state),
            "sub_state": service.sub_state,
            "job_id": service.job_id,
        },
    )


def _retries(failure: Failure, explanation: Explanation) -> str:
    service = failure.units.service
    if failure.deadline is not None:
        runs = "1 run" if failure.failed_runs == 1 else f"{failure.failed_runs} runs"
        return f" {runs} failed in {failure.deadline.total_s:g} s, and systemd goes on trying."
    if failure.trial:
        return ""
    if not service.down and explanation.permanent:
        return " Each further try of systemd fails in the same way until that is repaired."
    if not service.down:
        return " systemd goes on trying; 'dockerctl stop' ends that."
    gave_up = service.active_state is ActiveState.FAILED and failure.failed_runs
    return " systemd has given up." if gave_up else ""


def _quoted(explanation: Explanation) -> str:
    finding = explanation.finding
    cause = "" if finding is None else f"\n  cause: {finding['title']} [{finding['code']}]"
    if not explanation.lines:
        problem = f" {explanation.problem}" if explanation.problem and not cause else ""
        return problem + cause + _evidence(explanation)
    return cause + "".join(f"\n  {line}" for line in explanation.lines)


def _evidence(explanation: Explanation) -> str:
    """What proves the cause where the journal has nothing."""
    if explanation.finding is None:
        return ""
    lines = str(explanation.finding["evidence"]).splitlines()
    return "".join(f"\n  {line}" for line in lines[:_MOST_EVIDENCE])


def _failed_dependency(units: Units) -> str:
    socket = _failed_socket(units)
    if socket is not None:
        return f"{socket.name} failed (Result {socket.result})"
    needed = ", ".join(u for u in (*units.service.requires, *units.service.binds_to))
    return f"a unit that it requires did not start (it requires {needed})"


def _dependency_hint(units: Units, explanation: Explanation) -> str | None:
    if explanation.finding is not None and explanation.finding["fix"]:
        return _hint(units.service, explanation)
    return None if _failed_socket(units) else "See which with 'systemctl --failed'."


def _failed_socket(units: Units) -> Socket | None:
    socket = units.socket
    return socket if socket is not None and socket.active_state is ActiveState.FAILED else None


def _unmet(conditions: tuple[Condition, ...]) -> str:
    unmet = [str(condition) for condition in conditions if condition.outcome < 0]
    return " and ".join(unmet) or "a condition"


def _stopped_hint(service: Service) -> str:
    return (
        "It ended without an error, as when someone else stops it: see "
        f"'journalctl -u {service.name} -n 20'."
    )


def _hint(service: Service, explanation: Explanation) -> str:
    finding = explanation.finding
    if finding is None or not finding["fix"]:
        return f"See the whole run with 'journalctl -u {service.name} -n 50'."
    return f"{finding['fix']} (more: dockerctl doctor explain {finding['code']})"
