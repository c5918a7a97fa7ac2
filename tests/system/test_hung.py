"""A frozen dockerd, containerd or message bus: every command ends in time, and with the truth."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lab.host import Host
from tests.system import states
from tests.system.command import Answer, Dockerctl
from tests.system.schemas import validate
from tests.system.states import freeze, properties, thaw, wait_for
from tests.system.units import active, drop_in, fingerprint, show


def bounded(ctl: Dockerctl, timeout_s: float, *words: str, user: str | None = None) -> Answer:
    """Run a command with --timeout; what takes three times as long and 10 s more is a hang."""
    limit_s = 3 * timeout_s + 10
    return ctl.json(*words, "--timeout", f"{timeout_s:g}", user=user, timeout=limit_s)


def side_by_side(
    ctl: Dockerctl, timeout_s: float, commands: list[list[str]], user: str | None = None
) -> list[Answer]:
    """Run commands at the same time: they spend theirs waiting."""
    with ThreadPoolExecutor(max_workers=6) as pool:
        runs = [pool.submit(bounded, ctl, timeout_s, *words, user=user) for words in commands]
        return [run.result() for run in runs]


# What is said of a frozen daemon: the words, exit code, and verdict or error code.
OF_FROZEN = [
    (["status"], 153, "hung"),
    (["status", "--wait"], 153, "hung"),
    (["is-healthy"], 153, "hung"),
    (["is-active"], 0, None),
    (["is-enabled"], 0, None),
    (["wait", "healthy"], 151, "deadline-passed"),
    (["wait", "stopped"], 151, "deadline-passed"),
    (["start"], 153, "daemon-hung"),
    (["start", "--no-wait"], 153, "daemon-hung"),
    (["enable", "--now"], 153, "daemon-hung"),
    (["reload"], 153, "daemon-hung"),
    (["restart", "--dry-run"], 0, None),
    (["stop", "--dry-run"], 0, None),
]


def told(answer: Answer) -> object:
    return answer.error_code or answer.document.get("verdict")


def test_frozen_daemon_is_told_in_time_by_every_command(host: Host, ctl: Dockerctl) -> None:
    states.hung(host)
    run = show(host, "InvocationID")
    answers = side_by_side(ctl, 2, [words for words, _, _ in OF_FROZEN])
    for (words, code, said), answer in zip(OF_FROZEN, answers, strict=True):
        assert (words, answer.exit_code, told(answer)) == (words, code, said)
    assert show(host, "InvocationID") == run


def test_default_deadlines_hold_for_a_frozen_daemon(host: Host, ctl: Dockerctl) -> None:
    states.hung(host)
    with ThreadPoolExecutor() as pool:
        looking = pool.submit(ctl.json, "status", timeout=40)
        starting = pool.submit(ctl.json, "start", timeout=60)
        status, started = looking.result(), starting.result()
    assert (status.exit_code, status.document["verdict"]) == (153, "hung")
    failed = status.document["probe"]["steps"][-1]
    assert (failed["name"], failed["error"]["code"]) == ("ping", "read-timeout")
    # A daemon that was up before we came gets 15 s, not the whole deadline of a start.
    assert (started.exit_code, started.document["changed"]) == (153, False)
    pid = status.document["service"]["main_pid"]
    assert f"kill -USR1 {pid}" in started.document["error"]["hint"]


def test_frozen_daemon_can_be_restarted_and_stopped(host: Host, ctl: Dockerctl) -> None:
    states.running(host)
    for verb, state in (("restart", "active"), ("stop", "inactive")):
        freeze(host, "dockerd")
        run = show(host, "InvocationID")
        done = bounded(ctl, 60, verb)
        assert (verb, done.exit_code, done.document["changed"]) == (verb, 0, True)
        assert done.texts[0].startswith("How many containers run could not be learnt: No answer")
        assert active(host) == state
        assert (show(host, "InvocationID") != run) is (state == "active")


def test_daemon_that_ignores_its_stop_is_waited_for_no_longer_than_told(
    host: Host, ctl: Dockerctl
) -> None:
    states.gate(host, "ExecStop")
    states.running(host)
    stopped = bounded(ctl, 1, "stop")
    assert (stopped.exit_code, stopped.error_code) == (151, "deadline-passed")
    assert active(host) == "deactivating"
    restarted = bounded(ctl, 1, "restart")
    assert (restarted.exit_code, restarted.error_code) == (151, "deadline-passed")
    states.open_gate(host)
    # The restart that we gave up waiting for was not cancelled.
    assert ctl.json("wait", "healthy").exit_code == 0


def test_daemon_that_freezes_while_it_starts(host: Host, ctl: Dockerctl) -> None:
    """Active and silent: that is told at the deadline, and the daemon is left alone."""
    drop_in(host, "50-freeze", "[Service]\nExecStartPost=/bin/sh -c 'kill -STOP $MAINPID'\n")
    started = bounded(ctl, 3, "start")
    assert (started.exit_code, started.error_code) == (153, "daemon-hung")
    assert started.document["changed"] is True
    assert active(host) == "active"
    thaw(host, "dockerd")
    assert ctl.json("start").exit_code == 0


def test_frozen_containerd_under_a_running_daemon(host: Host, ctl: Dockerctl) -> None:
    states.running(host)
    freeze(host, "containerd")
    looks = [["status"], ["is-healthy"], ["start"], ["is-active"]]
    *looked, started, alive = side_by_side(ctl, 2, looks)
    for look in looked:
        assert (look.exit_code, look.document["verdict"]) == (153, "hung")
        failed = look.document["probe"]["steps"][-1]
        # It answers, and cannot say what it is: that takes containerd.
        assert (failed["name"], failed["error"]["code"]) == ("version", "read-timeout")
    assert (started.exit_code, alive.exit_code) == (153, 0)
    stopped = bounded(ctl, 2, "stop")
    assert stopped.exit_code in (0, 151)
    thaw(host, "containerd")
    assert ctl.json("wait", "stopped").exit_code == 0


def test_frozen_containerd_keeps_the_daemon_from_starting(host: Host, ctl: Dockerctl) -> None:
    wait_for(host, "containerd.service", ActiveState="active")
    freeze(host, "containerd")
    started = bounded(ctl, 2, "start")
    assert (started.exit_code, started.error_code) == (151, "deadline-passed")
    assert bounded(ctl, 2, "status").document["verdict"] == "starting"
    thaw(host, "containerd")
    assert ctl.json("wait", "healthy").exit_code == 0


def test_frozen_bus_and_the_caller_is_root(host: Host, ctl: Dockerctl) -> None:
    states.running(host)
    freeze(host, "dbus-daemon")
    looks = [["status"], ["is-active"], ["wait", "healthy"], ["start"]]
    for words, looked in zip(looks, side_by_side(ctl, 4, looks), strict=True):
        assert (words, looked.exit_code) == (words, 0)
        assert "private socket" in looked.texts[0]
    for words in (["disable"], ["stop"]):
        done = bounded(ctl, 4, *words)
        assert (words, done.exit_code, done.document["changed"]) == (words, 0, True)
    # dockerd itself asks the bus for firewalld while it starts, and hangs.
    started = bounded(ctl, 2, "start")
    assert (started.exit_code, started.error_code) == (151, "deadline-passed")
    thaw(host, "dbus-daemon")
    assert ctl.json("wait", "healthy").exit_code == 0


def test_frozen_bus_and_the_caller_is_not_root(host: Host, ctl: Dockerctl) -> None:
    states.running(host)
    host.add_user("alice")
    before = fingerprint(host)
    freeze(host, "dbus-daemon")
    looks, others = [["status"], ["is-active"]], [["start"], ["enable"], ["wait", "stopped"]]
    answers = side_by_side(ctl, 1, looks + others, user="alice")
    assert [answer.error_code for answer in answers] == ["bus-timeout"] * 5
    assert [answer.exit_code for answer in answers] == [4, 4, 151, 151, 151]
    thaw(host, "dbus-daemon")
    assert fingerprint(host) == before


@pytest.mark.parametrize("words", [["wait", "stopped"], ["start"]], ids=" ".join)
def test_bus_that_freezes_during_a_wait(words: list[str], host: Host) -> None:
    if words == ["start"]:
        states.gate(host, "ExecStartPre")
    else:
        states.running(host)
    argv = ["dockerctl", *words, "--timeout", "4", "-o", "json"]
    with host.popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as waiting:
        # It waits once it has subscribed, which the bus knows.
        if words == ["start"]:
            wait_for(host, SubState="start-pre")
        else:
            wait_for_subscriber(host)
        freeze(host, "dbus-daemon")
        done = waiting.finish(timeout_s=3 * 4 + 10)
    document = json.loads(done.out)
    validate(document)
    assert done.returncode == 151
    assert document["error"]["code"] in ("bus-timeout", "deadline-passed")
    thaw(host, "dbus-daemon")


def wait_for_subscriber(host: Host) -> None:
    """Wait until a dockerctl is connected to the bus."""
    states.sh(host, "until busctl list --no-legend | grep -q dockerctl; do :; done")


def test_properties_of_a_frozen_daemon_are_those_of_a_running_one(host: Host) -> None:
    """Why a probe is needed: for systemd a frozen daemon is as good as any."""
    names = ("ActiveState", "SubState", "Result", "MainPID")
    states.running(host)
    before = properties(host, states.SERVICE, *names)
    freeze(host, "dockerd")
    assert properties(host, states.SERVICE, *names) == before
