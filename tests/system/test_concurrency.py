"""Two at once: every answer is true, and the host ends as one of them wanted."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest

from tests.lab.host import Host
from tests.system.command import Dockerctl
from tests.system.underway import (
    SLOW_START,
    SLOW_STOP,
    answer_of,
    open_gate,
    running,
    until,
    until_state,
)
from tests.system.units import active, drop_in, show

UP = ("active", "active")
DOWN = ("inactive", "inactive")


def at_once(host: Host, *verbs: str) -> list[dict[str, Any]]:
    """Run several verbs at the same time; their documents."""
    with ExitStack() as stack:
        processes = [stack.enter_context(running(host, *verb.split())) for verb in verbs]
        return [answer_of(process) for process in processes]


def states(host: Host) -> tuple[str, str]:
    return active(host), active(host, "docker.socket")


def code_of(answer: dict[str, Any]) -> str | None:
    error = answer["error"]
    return None if error is None else error["code"]


@pytest.mark.core
def test_same_verb_twice(host: Host, ctl: Dockerctl) -> None:
    for verb, end in (("start", UP), ("restart", UP), ("stop", DOWN), ("stop", DOWN)):
        both = at_once(host, verb, verb)
        assert [answer["error"] for answer in both] == [None, None], verb
        assert states(host) == end, verb
    assert show(host, "Result") == "success"
    assert show(host, "NRestarts") == "0"
    for verb, state in (("disable", "disabled"), ("enable", "enabled"), ("mask", "masked")):
        both = at_once(host, verb, verb)
        assert [answer["error"] for answer in both] == [None, None], verb
        for unit in ("docker.service", "docker.socket"):
            assert show(host, "UnitFileState", unit) == state, verb
    assert ctl.json("status").document["verdict"] == "stopped"


@pytest.mark.core
def test_start_and_stop_race(host: Host) -> None:
    for _ in range(3):
        start, stop, status = at_once(host, "start", "stop", "status")
        assert status["error"] is None
        end = states(host)
        assert end in (UP, DOWN)
        # Whoever came last has won, and may not say that it failed.
        winner, loser = (start, stop) if end == UP else (stop, start)
        assert winner["exit_code"] == 0, (winner, loser)
        told = (None, "job-canceled", "stop-failed", "died-after-start")
        assert code_of(loser) in told, loser
        if code_of(loser) == "died-after-start":
            assert "someone else stops it" in loser["error"]["hint"]


def test_start_that_is_stopped(host: Host, ctl: Dockerctl) -> None:
    drop_in(host, "slow", SLOW_START)
    for verb in ("start", "restart"):
        with running(host, verb) as starting:
            until_state(host, "activating")
            assert ctl.json("status").document["verdict"] == "starting"
            assert ctl.json("stop").exit_code == 0
            canceled = answer_of(starting)
        assert (canceled["exit_code"], code_of(canceled)) == (1, "job-canceled")
        # A control process that is killed leaves the unit failed.
        assert active(host) in ("inactive", "failed")


def test_stop_that_is_overruled(host: Host, ctl: Dockerctl) -> None:
    drop_in(host, "slow", SLOW_STOP)
    assert ctl.run("start").returncode == 0
    with running(host, "stop") as stopping:
        until_state(host, "deactivating")
        assert ctl.json("status").document["verdict"] == "stopping"
        with running(host, "start") as starting:
            # Its job is queued behind the stop that is under way.
            until_job(host, "start")
            open_gate(host)
            started = answer_of(starting)
        stopped = answer_of(stopping)
    assert (started["exit_code"], started["changed"]) == (0, True)
    assert states(host) == UP
    assert (stopped["exit_code"], code_of(stopped)) == (1, "stop-failed")
    assert "another administrator" in stopped["error"]["message"]


def test_second_start_joins_the_first(host: Host, ctl: Dockerctl) -> None:
    drop_in(host, "slow", SLOW_START)
    with running(host, "start") as first:
        until_state(host, "activating")
        with running(host, "start") as second, running(host, "restart") as third:
            # systemd merges their jobs into the first.
            until(host, "[ $(busctl list --no-legend | grep -c ' dockerctl ') = 3 ]")
            open_gate(host)
            answers = [answer_of(process) for process in (first, second, third)]
    assert [answer["exit_code"] for answer in answers] == [0, 0, 0], answers
    assert ctl.json("status").document["verdict"] == "healthy"


@pytest.mark.core
def test_enable_and_disable_race(host: Host) -> None:
    for _ in range(4):
        for answer in at_once(host, "enable", "disable", "is-enabled"):
            assert code_of(answer) in (None, "boot-state-unproven"), answer
        found = {show(host, "UnitFileState", unit) for unit in ("docker.service", "docker.socket")}
        assert found in ({"enabled"}, {"disabled"})


def test_looking_while_all_that_goes_on(host: Host) -> None:
    verbs = ("start", "stop", "restart", "disable --now", "enable --now", "mask", "unmask")
    looks = ("status", "is-active", "is-enabled", "is-healthy")
    for answer in at_once(host, *verbs, *looks):
        assert code_of(answer) not in ("internal-error", "bus-call-failed"), answer
    for answer in at_once(host, *looks):
        assert answer["error"] is None, answer


def until_job(host: Host, kind: str) -> None:
    """Wait until systemd has a job of this kind for the service."""
    until(host, f"systemctl list-jobs --no-legend | grep -q 'docker.service *{kind}'")
