"""What happens under a waiting dockerctl: killed daemons, a restarted bus, PID 1 executed anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.lab.host import Host
from tests.system.command import Dockerctl
from tests.system.underway import (
    LONG_S,
    SLOW_START,
    SLOW_STOP,
    answer_of,
    open_gate,
    running,
    shell,
    until_connected,
    until_state,
)
from tests.system.units import active, drop_in, show

DISTURBANCES = {
    "bus-restarted": "systemctl restart dbus.service",
    "bus-killed": "pkill -KILL -x dbus-daemon; while ! busctl status >/dev/null; do :; done",
    "reexec": "systemctl daemon-reexec",
    "reload": "systemctl daemon-reload",
    "all": "systemctl daemon-reexec; pkill -KILL -x dbus-daemon; systemctl daemon-reload;"
    " systemctl restart dbus.service; systemctl daemon-reexec",
}


@pytest.mark.parametrize("disturbance", list(DISTURBANCES))
def test_start_outlives_it(host: Host, ctl: Dockerctl, disturbance: str) -> None:
    drop_in(host, "slow", SLOW_START)
    with running(host, "start") as process:
        until_state(host, "activating")
        shell(host, DISTURBANCES[disturbance])
        open_gate(host)
        started = answer_of(process)
    assert (started["exit_code"], started["changed"]) == (0, True)
    assert ctl.json("status").document["verdict"] == "healthy"


@pytest.mark.parametrize("disturbance", ["bus-killed", "reexec"])
@pytest.mark.parametrize("verb", [("status", "--wait"), ("wait", "healthy")], ids=" ".join)
def test_waiting_for_health_outlives_it(
    host: Host, verb: tuple[str, ...], disturbance: str
) -> None:
    drop_in(host, "slow", SLOW_START)
    host.run(["systemctl", "start", "--no-block", "docker.service"], check=True)
    with running(host, *verb) as process:
        until_connected(host)
        shell(host, DISTURBANCES[disturbance])
        assert process.poll() is None
        open_gate(host)
        answer = answer_of(process)
    assert (answer["exit_code"], answer["error"]) == (0, None)
    assert answer["verdict"] == "healthy"


@pytest.mark.parametrize("disturbance", ["bus-killed", "reexec"])
def test_waiting_for_the_stop_outlives_it(host: Host, ctl: Dockerctl, disturbance: str) -> None:
    drop_in(host, "slow", SLOW_STOP)
    assert ctl.run("start").returncode == 0
    with running(host, "stop") as stopping, running(host, "wait", "stopped") as waiting:
        until_connected(host)
        until_state(host, "deactivating")
        shell(host, DISTURBANCES[disturbance])
        open_gate(host)
        stopped, waited = answer_of(stopping), answer_of(waiting)
    assert (stopped["exit_code"], stopped["changed"]) == (0, True)
    assert (waited["exit_code"], waited["verdict"]) == (0, "stopped")
    assert (active(host), active(host, "docker.socket")) == ("inactive", "inactive")


def test_ordinary_user_waits_on_while_the_bus_restarts(host: Host) -> None:
    """Without root there is no private socket to go to: only patience."""
    host.add_user("alice", groups=["docker"])
    drop_in(host, "slow", SLOW_START)
    host.run(["systemctl", "start", "--no-block", "docker.service"], check=True)
    with running(host, "wait", "healthy", user="alice") as process:
        until_connected(host)
        shell(host, DISTURBANCES["all"])
        open_gate(host)
        answer = answer_of(process)
    assert (answer["exit_code"], answer["verdict"]) == (0, "healthy")


def test_commands_while_pid_1_is_executed_anew(host: Host, ctl: Dockerctl) -> None:
    """The moment in which systemd is not on the bus is short, and someone will hit it."""
    with host.popen(["sh", "-c", "while :; do systemctl daemon-reexec; sleep 0.3; done"]):
        for verb, code in (("start", 0), ("status", 0), ("restart", 0), ("stop", 0)) * 3:
            answer = ctl.json(verb, timeout=LONG_S)
            if verb == "restart" and answer.error_code == "bus-unavailable":
                # A restart whose answer was lost is not asked for twice, and this is said.
                assert "is not known" in answer.document["error"]["message"]
                continue
            assert answer.exit_code == code, answer


@pytest.mark.parametrize("kills", [1, 2])
def test_daemon_is_killed_while_it_starts(host: Host, ctl: Dockerctl, kills: int) -> None:
    with killer(host, kills), running(host, "start") as process:
        started = answer_of(process)
    assert (started["exit_code"], started["failed_runs"]) == (0, kills)
    assert any("first run" in message["text"] for message in started["messages"])
    assert ctl.json("status").document["verdict"] == "healthy"


def test_daemon_is_killed_whenever_it_starts(host: Host, ctl: Dockerctl) -> None:
    with killer(host, 99), running(host, "start") as process:
        failed = answer_of(process)
        assert failed["exit_code"] == 152
        assert failed["error"]["code"] in ("start-failed", "died-after-start")
        assert active(host) == "failed"
        assert "given up" in failed["error"]["message"]
    assert ctl.json("status").document["verdict"] == "failed"
    assert ctl.json("start").exit_code == 0


@contextmanager
def killer(host: Host, kills: int) -> Iterator[None]:
    """Kill each new dockerd as soon as it appears, ``kills`` times."""
    script = f"""
    while [ ${{n:-0}} -lt {kills} ]; do
        for pid in $(pgrep -x dockerd); do
            case "$seen" in *" $pid "*) continue ;; esac
            kill -KILL "$pid" && seen="$seen $pid " n=$((${{n:-0}} + 1))
        done
    done
    """
    with host.popen(["sh", "-c", script]):
        yield


@pytest.mark.parametrize(
    "death",
    ["systemctl stop dbus.socket dbus.service", "rm /run/dbus/system_bus_socket"],
    ids=["dead", "socket-gone"],
)
def test_root_needs_no_bus(host: Host, ctl: Dockerctl, death: str) -> None:
    shell(host, death)
    drop_in(host, "slow", SLOW_START)
    with running(host, "start") as process:
        until_state(host, "activating")
        shell(host, "systemctl daemon-reexec; systemctl daemon-reload")
        open_gate(host)
        started = answer_of(process)
    assert (started["exit_code"], started["changed"]) == (0, True)
    assert "private socket" in started["messages"][0]["text"]

    status = ctl.json("status")
    assert (status.document["verdict"], status.document["route"]) == ("healthy", "private-socket")
    for verb, state in (("disable", "disabled"), ("enable", "enabled")):
        assert ctl.json(verb).exit_code == 0
        assert show(host, "UnitFileState") == state
    assert ctl.json("stop").exit_code == 0
    assert ctl.json("wait", "stopped").exit_code == 0
    assert ctl.run("is-active").out == "inactive\n"

    host.add_user("alice")
    for verb, code in (("status", 4), ("is-active", 4), ("start", 1)):
        answer = ctl.json(verb, user="alice", timeout=LONG_S)
        assert (answer.exit_code, answer.error_code) == (code, "bus-unavailable"), verb
