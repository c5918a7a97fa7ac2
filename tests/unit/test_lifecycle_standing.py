"""Where a start stands: every pair of a job's result and a unit's state that systemd produces."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockerctl.lifecycle.standing import Standing, decide_standing
from dockerctl.systemd.model import ActiveState, JobResult, LoadState, Service
from tests.fakes.snapshots import (
    FAILED,
    MASKED,
    NEVER_STARTED,
    RETRYING,
    RUNNING,
    STARTING,
    STOPPED,
    STOPPING,
    UNMET,
    UNMET_ASSERT,
)

RELOADING = replace(RUNNING, active_state=ActiveState.RELOADING, sub_state="reload")
REFRESHING = replace(RUNNING, active_state=ActiveState.REFRESHING, sub_state="running")
ACTIVE_WITH_JOB = replace(RUNNING, job_id=80)
CONDITION_FALSE = replace(NEVER_STARTED, conditions=(UNMET,))
ASSERT_FALSE = replace(NEVER_STARTED, asserts=(UNMET_ASSERT,))
LIMIT_HIT = replace(FAILED, result="start-limit-hit")
AUTO_START = replace(RETRYING, sub_state="start", job_id=81)
# Automatic restarts have more sub-states on systemd 254 and later.
QUEUED = replace(RETRYING, sub_state="auto-restart-queued")
MASKED_RUNNING = replace(RUNNING, load_state=LoadState.MASKED)
NEW_WORD = replace(RUNNING, active_state=ActiveState("hibernating"), sub_state="odd")

# The rows of "Jobs and signals" in the reference, in its order, then those between them.
TABLE: list[tuple[str, JobResult | None, Service, Standing]] = [
    ("start ok", JobResult.DONE, RUNNING, Standing.UP),
    ("start while running", JobResult.DONE, RUNNING, Standing.UP),
    ("bad daemon.json, systemd tries again", JobResult.FAILED, RETRYING, Standing.RETRYING),
    ("bad daemon.json, after the limit", JobResult.FAILED, FAILED, Standing.FAILED),
    (
        "program missing",
        JobResult.FAILED,
        replace(FAILED, exec_main_status=203),
        Standing.FAILED,
    ),
    (
        "TimeoutStartSec elapsed",
        JobResult.FAILED,
        replace(FAILED, result="timeout"),
        Standing.FAILED,
    ),
    ("JobTimeoutSec elapsed", JobResult.TIMEOUT, replace(STARTING, job_id=0), Standing.COMING),
    ("condition false", JobResult.DONE, CONDITION_FALSE, Standing.CONDITION),
    (
        "ExecCondition false",
        JobResult.DONE,
        replace(STOPPED, result="exec-condition"),
        Standing.FAILED,
    ),
    ("assert false", JobResult.ASSERT, ASSERT_FALSE, Standing.ASSERT),
    ("required docker.socket fails", JobResult.DEPENDENCY, NEVER_STARTED, Standing.DEPENDENCY),
    ("stop arrives while starting", JobResult.CANCELED, STOPPING, Standing.COMING),
    ("stop has arrived", JobResult.CANCELED, STOPPED, Standing.CANCELED),
    ("start limit reached", JobResult.FAILED, LIMIT_HIT, Standing.FAILED),
    ("masked while running", JobResult.DONE, MASKED_RUNNING, Standing.UP),
    # In between.
    ("not ended, at rest", None, NEVER_STARTED, Standing.COMING),
    ("not ended, starting", None, STARTING, Standing.COMING),
    ("not ended, active already", None, RUNNING, Standing.COMING),
    ("not ended, failed before", None, FAILED, Standing.COMING),
    ("done, starting", JobResult.DONE, replace(STARTING, job_id=0), Standing.COMING),
    ("done, another job queued", JobResult.DONE, ACTIVE_WITH_JOB, Standing.COMING),
    ("done, reloading", JobResult.DONE, RELOADING, Standing.UP),
    ("done, refreshing", JobResult.DONE, REFRESHING, Standing.UP),
    ("done, stopping again", JobResult.DONE, STOPPING, Standing.COMING),
    ("done, then failed", JobResult.DONE, FAILED, Standing.FAILED),
    ("done, then ended well", JobResult.DONE, STOPPED, Standing.FAILED),
    ("done, then in auto-restart", JobResult.DONE, RETRYING, Standing.RETRYING),
    ("done, at rest with a job", JobResult.DONE, replace(STOPPED, job_id=9), Standing.COMING),
    ("done, in a new state", JobResult.DONE, NEW_WORD, Standing.COMING),
    ("skipped, condition", JobResult.SKIPPED, CONDITION_FALSE, Standing.CONDITION),
    ("failed, next try runs", JobResult.FAILED, AUTO_START, Standing.RETRYING),
    ("failed, next try queued", JobResult.FAILED, QUEUED, Standing.RETRYING),
    ("failed, next try is up", JobResult.FAILED, RUNNING, Standing.UP),
    ("failed, next try is being stopped", JobResult.FAILED, STOPPING, Standing.COMING),
    ("failed, stopped by someone", JobResult.FAILED, STOPPED, Standing.FAILED),
    ("failed, masked meanwhile", JobResult.FAILED, MASKED, Standing.FAILED),
    ("canceled, failed by the stop", JobResult.CANCELED, FAILED, Standing.CANCELED),
    ("canceled by a restart, up", JobResult.CANCELED, RUNNING, Standing.UP),
    ("dependency, failed long ago", JobResult.DEPENDENCY, FAILED, Standing.FAILED),
    ("lost, up", JobResult.LOST, RUNNING, Standing.UP),
    ("lost, starting", JobResult.LOST, STARTING, Standing.COMING),
    ("lost, in auto-restart", JobResult.LOST, RETRYING, Standing.RETRYING),
    ("lost, failed", JobResult.LOST, FAILED, Standing.FAILED),
    ("lost, at rest", JobResult.LOST, STOPPED, Standing.FAILED),
    ("a new result, at rest", JobResult("evaporated"), STOPPED, Standing.FAILED),
    ("unsupported", JobResult.UNSUPPORTED, STOPPED, Standing.FAILED),
    ("collected", JobResult.COLLECTED, STOPPED, Standing.FAILED),
    ("once", JobResult.ONCE, STOPPED, Standing.FAILED),
    ("frozen", JobResult.FROZEN, STOPPED, Standing.FAILED),
    ("invalid", JobResult.INVALID, STOPPED, Standing.FAILED),
]


@pytest.mark.parametrize(
    ("result", "service", "standing"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_where_a_start_stands(
    result: JobResult | None, service: Service, standing: Standing
) -> None:
    assert decide_standing(service, result) is standing


def test_every_result_is_in_the_table() -> None:
    assert {row[1] for row in TABLE} >= set(JobResult)


def test_every_standing_is_in_the_table() -> None:
    assert {row[3] for row in TABLE} == set(Standing)
