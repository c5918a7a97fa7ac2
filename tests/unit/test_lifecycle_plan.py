"""Plans: the whole state of the units in, all steps out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockerctl.health.model import Units
from dockerctl.lifecycle.plan import (
    JOB_TYPES,
    Action,
    Step,
    is_boot_done,
    plan_boot,
    plan_reload,
    plan_restart,
    plan_start,
    plan_stop,
    plan_try_restart,
)
from dockerctl.systemd.model import ActiveState, UnitFileState
from tests.fakes.snapshots import (
    CLOSED,
    FAILED,
    LISTENING,
    MASKED,
    NEVER_STARTED,
    RETRYING,
    RUNNING,
    SOCKET_FAILED,
    STARTING,
    STOPPED,
    STOPPING,
    TAKEN,
    both,
)

SERVICE, SOCKET = "docker.service", "docker.socket"
BOTH = (SERVICE, SOCKET)
ALONE = replace(STOPPED, triggered_by=(), requires=())
WITHOUT_REQUIRES = replace(STOPPED, requires=())

Row = tuple[Action, tuple[str, ...]]
RESET: Row = (Action.RESET_FAILED, BOTH)
START: Row = (Action.START, (SERVICE,))
START_SOCKET: Row = (Action.START, (SOCKET,))
RESTART: Row = (Action.RESTART, (SERVICE,))
STOP: Row = (Action.STOP, (SERVICE,))
STOP_SOCKET: Row = (Action.STOP, (SOCKET,))
PROVE: Row = (Action.PROVE, (SERVICE,))


def rows(steps: tuple[Step, ...]) -> list[Row]:
    assert all(step.note for step in steps)
    return [(step.action, step.units) for step in steps]


@pytest.mark.parametrize(
    ("units", "steps"),
    [
        (both(RUNNING, TAKEN), [PROVE]),
        (both(replace(RUNNING, active_state=ActiveState.RELOADING), TAKEN), [PROVE]),
        (both(NEVER_STARTED, CLOSED), [RESET, START, PROVE]),
        (both(STOPPED, LISTENING), [RESET, START, PROVE]),
        (both(STARTING, TAKEN), [RESET, START, PROVE]),
        (both(STOPPING, LISTENING), [RESET, START, PROVE]),
        (both(FAILED, SOCKET_FAILED), [RESET, START, PROVE]),
        (both(RETRYING, LISTENING), [RESET, RESTART, PROVE]),
        # Without a socket there is nothing of it to reset.
        (both(ALONE, None), [(Action.RESET_FAILED, (SERVICE,)), START, PROVE]),
        # Where the service does not require the socket, it is started for it, ...
        (both(WITHOUT_REQUIRES, CLOSED), [RESET, START_SOCKET, START, PROVE]),
        (both(WITHOUT_REQUIRES, LISTENING), [RESET, START, PROVE]),
        # ... unless an administrator has disabled or masked it.
        (
            both(WITHOUT_REQUIRES, replace(CLOSED, unit_file_state=UnitFileState.DISABLED)),
            [RESET, START, PROVE],
        ),
        (
            both(
                WITHOUT_REQUIRES,
                replace(CLOSED, unit_file_state=UnitFileState.MASKED, load_state=MASKED.load_state),
            ),
            [RESET, START, PROVE],
        ),
    ],
)
def test_start(units: Units, steps: list[Row]) -> None:
    assert rows(plan_start(units)) == steps


@pytest.mark.parametrize(
    ("units", "note"),
    [
        (both(NEVER_STARTED, CLOSED), "clear the start counter"),
        (both(FAILED, SOCKET_FAILED), "clear the failed state and the start limit"),
        (both(STOPPED, SOCKET_FAILED), "clear the failed state and the start limit"),
    ],
)
def test_start_says_what_the_reset_is_for(units: Units, note: str) -> None:
    assert plan_start(units)[0].note == note


@pytest.mark.parametrize(
    ("units", "stops_all", "keeps_socket"),
    [
        (both(RUNNING, TAKEN), [STOP_SOCKET, STOP, PROVE], [STOP, PROVE]),
        (both(STARTING, TAKEN), [STOP_SOCKET, STOP, PROVE], [STOP, PROVE]),
        (both(STOPPING, TAKEN), [STOP_SOCKET, STOP, PROVE], [STOP, PROVE]),
        (both(RETRYING, LISTENING), [STOP_SOCKET, STOP, PROVE], [STOP, PROVE]),
        (both(STOPPED, LISTENING), [STOP_SOCKET, PROVE], []),
        (both(STOPPED, CLOSED), [], []),
        (both(NEVER_STARTED, CLOSED), [], []),
        (both(FAILED, SOCKET_FAILED), [], []),
        (both(FAILED, LISTENING), [STOP_SOCKET, PROVE], []),
        # At rest, and a job is queued that will change this.
        (both(replace(STOPPED, job_id=7), CLOSED), [STOP, PROVE], [STOP, PROVE]),
        (both(replace(RUNNING, triggered_by=()), None), [STOP, PROVE], [STOP, PROVE]),
        (both(ALONE, None), [], []),
    ],
)
def test_stop(units: Units, stops_all: list[Row], keeps_socket: list[Row]) -> None:
    assert rows(plan_stop(units, keep_socket=False)) == stops_all
    assert rows(plan_stop(units, keep_socket=True)) == keeps_socket


@pytest.mark.parametrize(
    ("units", "steps"),
    [
        (both(RUNNING, TAKEN), [RESET, RESTART, PROVE]),
        (both(STOPPED, CLOSED), [RESET, RESTART, PROVE]),
        (both(FAILED, SOCKET_FAILED), [RESET, RESTART, PROVE]),
        (both(WITHOUT_REQUIRES, CLOSED), [RESET, START_SOCKET, RESTART, PROVE]),
        (both(ALONE, None), [(Action.RESET_FAILED, (SERVICE,)), RESTART, PROVE]),
    ],
)
def test_restart(units: Units, steps: list[Row]) -> None:
    assert rows(plan_restart(units)) == steps


@pytest.mark.parametrize(
    ("units", "steps"),
    [
        (both(RUNNING, TAKEN), [RESET, RESTART, PROVE]),
        (both(STARTING, TAKEN), [RESET, RESTART, PROVE]),
        (both(RETRYING, LISTENING), [RESET, RESTART, PROVE]),
        (both(STOPPED, LISTENING), []),
        (both(FAILED, SOCKET_FAILED), []),
        (both(STOPPING, LISTENING), []),
    ],
)
def test_try_restart(units: Units, steps: list[Row]) -> None:
    assert rows(plan_try_restart(units)) == steps


def test_reload() -> None:
    assert rows(plan_reload(both(RUNNING, TAKEN))) == [(Action.RELOAD, (SERVICE,)), PROVE]


# Each unit file state, and whether it needs nothing for enable, disable, mask, unmask.
BOOT_DONE = {
    UnitFileState.ENABLED: (True, False, False, True),
    UnitFileState.ENABLED_RUNTIME: (False, False, False, True),
    UnitFileState.LINKED: (False, False, False, True),
    UnitFileState.LINKED_RUNTIME: (False, False, False, True),
    UnitFileState.ALIAS: (True, True, False, True),
    UnitFileState.MASKED: (False, True, True, False),
    UnitFileState.MASKED_RUNTIME: (False, True, False, False),
    UnitFileState.STATIC: (True, True, False, True),
    UnitFileState.INDIRECT: (True, True, False, True),
    UnitFileState.DISABLED: (False, True, False, True),
    UnitFileState.GENERATED: (True, True, False, True),
    UnitFileState.TRANSIENT: (False, True, False, True),
    UnitFileState.BAD: (False, True, False, True),
    UnitFileState.NOT_FOUND: (False, True, False, True),
    UnitFileState.NONE: (False, True, False, True),
}
BOOT_ACTIONS = (Action.ENABLE, Action.DISABLE, Action.MASK, Action.UNMASK)


def test_every_unit_file_state_is_in_the_table() -> None:
    assert set(BOOT_DONE) == set(UnitFileState)


@pytest.mark.parametrize(("state", "done"), BOOT_DONE.items())
def test_what_is_done_already(state: UnitFileState, done: tuple[bool, ...]) -> None:
    assert tuple(is_boot_done(action, state) for action in BOOT_ACTIONS) == done


@pytest.mark.parametrize(
    ("action", "done", "not_done"),
    [
        (Action.ENABLE, UnitFileState.ENABLED, UnitFileState.DISABLED),
        (Action.DISABLE, UnitFileState.DISABLED, UnitFileState.ENABLED),
        (Action.MASK, UnitFileState.MASKED, UnitFileState.ENABLED),
        (Action.UNMASK, UnitFileState.ENABLED, UnitFileState.MASKED_RUNTIME),
    ],
)
def test_boot_changes_both_where_one_is_not_as_wanted(
    action: Action, done: UnitFileState, not_done: UnitFileState
) -> None:
    assert rows(plan_boot(action, {SERVICE: not_done, SOCKET: done}, now=())) == [
        (action, BOTH),
        (Action.DAEMON_RELOAD, ()),
        (Action.PROVE, BOTH),
    ]
    assert plan_boot(action, {SERVICE: done, SOCKET: done}, now=()) == ()


@pytest.mark.parametrize(
    ("action", "not_done"),
    [(Action.ENABLE, UnitFileState.DISABLED), (Action.DISABLE, UnitFileState.ENABLED)],
)
def test_boot_spares_what_has_no_install_section(action: Action, not_done: UnitFileState) -> None:
    states = {SERVICE: not_done, SOCKET: UnitFileState.STATIC}
    assert rows(plan_boot(action, states, now=()))[0] == (action, (SERVICE,))


def test_boot_of_both_and_now() -> None:
    now = plan_start(both(STOPPED, CLOSED))
    states = {SERVICE: UnitFileState.DISABLED, SOCKET: UnitFileState.DISABLED}
    assert rows(plan_boot(Action.ENABLE, states, now=now)) == [
        (Action.ENABLE, BOTH),
        (Action.DAEMON_RELOAD, ()),
        (Action.PROVE, BOTH),
        RESET,
        START,
        PROVE,
    ]


def test_boot_that_is_done_leaves_only_now() -> None:
    now = plan_start(both(STOPPED, CLOSED))
    states = {SERVICE: UnitFileState.ENABLED, SOCKET: UnitFileState.ENABLED}
    assert plan_boot(Action.ENABLE, states, now=now) == now
    assert plan_boot(Action.ENABLE, states, now=()) == ()


def test_a_step_as_json() -> None:
    assert Step(Action.STOP, (SOCKET,), "because").document() == {
        "action": "stop",
        "units": [SOCKET],
        "note": "because",
    }


def test_the_jobs_are_those_that_systemd_has() -> None:
    assert {action.value: job.value for action, job in JOB_TYPES.items()} == {
        "start": "StartUnit",
        "stop": "StopUnit",
        "restart": "RestartUnit",
        "reload": "ReloadUnit",
    }
