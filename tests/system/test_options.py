"""--dry-run, --no-wait, and saying whether anything was changed: the same for every verb."""

from __future__ import annotations

import pytest

from tests.lab.host import Host
from tests.system import states
from tests.system.command import Dockerctl
from tests.system.states import SOCKET, wait_for
from tests.system.underway import until
from tests.system.units import active, fingerprint, show

# For each state what the plan of a verb does; a plan that only proves changes nothing.
START = ["reset-failed", "start", "prove"]
RESTART = ["reset-failed", "restart", "prove"]
PLANS: dict[states.Arrange, dict[str, list[str]]] = {
    states.stopped: {"start": START, "stop": [], "restart": RESTART, "try-restart": []},
    states.armed: {"start": START, "stop": ["stop", "prove"], "try-restart": []},
    states.running: {
        "start": ["prove"],
        "stop": ["stop", "stop", "prove"],
        "restart": RESTART,
        "try-restart": RESTART,
    },
    states.start_limit_hit: {"start": START, "stop": [], "try-restart": []},
    states.auto_restarting: {
        "start": RESTART,
        "stop": ["stop", "stop", "prove"],
        "restart": RESTART,
        "try-restart": RESTART,
    },
    states.stopping: {"start": START, "try-restart": []},
}


@pytest.mark.parametrize("arrange", PLANS)
def test_plans_and_verbs_that_have_nothing_to_do_change_nothing(
    arrange: states.Arrange, host: Host, ctl: Dockerctl
) -> None:
    arrange(host)
    before = fingerprint(host)
    for verb, actions in PLANS[arrange].items():
        plan = ctl.json(verb, "--dry-run")
        assert (verb, plan.exit_code, plan.document["changed"]) == (verb, 0, False)
        assert [step["action"] for step in plan.document["steps"]] == actions
        if actions in ([], ["prove"]):
            done = ctl.json(verb)
            assert (verb, done.exit_code, done.document["changed"]) == (verb, 0, False)
    if arrange is not states.running:
        refused = ctl.json("reload")
        assert (refused.exit_code, refused.error_code) == (7, "not-running")
        assert refused.document["changed"] is False
        assert "dockerctl start" in refused.document["error"]["hint"]
    assert fingerprint(host) == before


def test_plan_in_words(host: Host, ctl: Dockerctl) -> None:
    states.armed(host)
    assert ctl.run("start", "--dry-run").out.splitlines() == [
        "would reset-failed docker.service docker.socket: clear the start counter",
        "would start docker.service: start the daemon",
        "would prove docker.service: the unit is active and the API answers",
        "Nothing was changed (--dry-run).",
    ]


def test_start_that_is_not_waited_for(host: Host, ctl: Dockerctl) -> None:
    states.gate(host, "ExecStartPre")
    started = ctl.json("start", "--no-wait")
    assert (started.exit_code, started.document["changed"]) == (0, True)
    wait_for(host, SubState="start-pre")
    # Asking again finds the same job.
    assert ctl.json("start", "--no-wait").exit_code == 0
    states.open_gate(host)
    assert ctl.json("wait", "healthy").exit_code == 0


def test_stop_that_is_not_waited_for(host: Host, ctl: Dockerctl) -> None:
    states.gate(host, "ExecStop")
    states.running(host)
    stopped = ctl.json("stop", "--no-wait")
    assert (stopped.exit_code, stopped.document["changed"]) == (0, True)
    wait_for(host, SubState="stop")
    states.open_gate(host)
    assert ctl.json("wait", "stopped").exit_code == 0
    assert active(host, SOCKET) == "inactive"


def test_restart_that_is_not_waited_for(host: Host, ctl: Dockerctl) -> None:
    states.running(host)
    run = show(host, "InvocationID")
    restarted = ctl.run("restart", "--no-wait")
    assert restarted.returncode == 0
    assert restarted.out == "systemd was asked to restart docker.service; not waited for it.\n"
    # The old run is healthy too, until it ends.
    until(host, f'[ "$(systemctl show --value -p InvocationID docker.service)" != "{run}" ]')
    assert ctl.json("wait", "healthy").exit_code == 0


def test_no_wait_still_refuses_what_cannot_be(host: Host, ctl: Dockerctl) -> None:
    states.masked(host)
    refused = ctl.json("start", "--no-wait")
    assert (refused.exit_code, refused.error_code) == (1, "unit-masked")


def test_try_restart_lets_a_daemon_that_stops_stop(host: Host, ctl: Dockerctl) -> None:
    states.stopping(host)
    done = ctl.json("try-restart")
    assert (done.exit_code, done.document["changed"]) == (0, False)
    states.open_gate(host)
    assert ctl.json("wait", "stopped").exit_code == 0
    assert active(host) == "inactive"


def test_options_come_from_the_environment_too(host: Host, ctl: Dockerctl) -> None:
    states.gate(host, "ExecStartPre")
    plan = ctl.json("start", env={"DOCKERCTL_DRY_RUN": "1"})
    assert (plan.exit_code, plan.document["changed"]) == (0, False)
    late = ctl.json("start", env={"DOCKERCTL_TIMEOUT": "1"})
    assert (late.exit_code, late.error_code) == (151, "deadline-passed")
    soon = ctl.json("start", env={"DOCKERCTL_NO_WAIT": "1"})
    assert soon.exit_code == 0
    other = ctl.json("is-active", env={"DOCKERCTL_UNIT": "containerd"})
    assert other.document["unit"] == "containerd.service"
