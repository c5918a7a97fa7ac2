"""Where a start stands, from the job and the unit. Pure.

A job result alone does not tell: ``done`` with a false condition leaves the unit inactive, and
after ``failed`` systemd may be trying again (systemd.service(5), Restart=).
"""

from __future__ import annotations

from enum import Enum

from dockerctl.systemd.model import ActiveState, JobResult, Service


class Standing(Enum):
    """What to do next about a start."""

    COMING = "wait: something is still going on"
    UP = "active as far as systemd knows: prove it"
    RETRYING = "a run failed and systemd tries again"
    FAILED = "at rest, and not up"
    CONDITION = "not started: a condition does not hold"
    ASSERT = "not started: an assertion does not hold"
    DEPENDENCY = "not started: a required unit failed"
    CANCELED = "displaced by another request"


_FINAL_RESULTS = {
    JobResult.ASSERT: Standing.ASSERT,
    JobResult.DEPENDENCY: Standing.DEPENDENCY,
    JobResult.CANCELED: Standing.CANCELED,
}


def decide_standing(service: Service, result: JobResult | None) -> Standing:
    """Where the start of ``service`` stands when our job has ``result`` (None: not ended yet)."""
    if result is None:
        return Standing.COMING
    if service.runs and service.job_id == 0:
        return Standing.UP
    if not service.down:
        return Standing.RETRYING if _one_run_failed(service, result) else Standing.COMING
    if result in (JobResult.DONE, JobResult.SKIPPED) and _unmet(service):
        return Standing.CONDITION
    if service.active_state is ActiveState.FAILED and result is not JobResult.CANCELED:
        # A stop that comes while a helper of the unit runs leaves it failed, too.
        return Standing.FAILED
    return _FINAL_RESULTS.get(result, Standing.FAILED)


def _one_run_failed(service: Service, result: JobResult) -> bool:
    return service.auto_restarting or (
        result is JobResult.FAILED and service.active_state is not ActiveState.DEACTIVATING
    )


def _unmet(service: Service) -> bool:
    return any(condition.outcome < 0 for condition in service.conditions)
