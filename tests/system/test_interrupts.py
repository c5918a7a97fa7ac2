"""Ctrl-C, SIGTERM and SIGKILL: dockerctl goes, what systemd was asked to do goes on."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.lab.host import Host
from tests.system.command import Dockerctl
from tests.system.terminal import on_terminal, plain
from tests.system.underway import (
    SLOW_START,
    SLOW_STOP,
    answer_of,
    open_gate,
    running,
    until_connected,
    until_state,
)
from tests.system.units import active, drop_in, show

# Far more than a moment, and far less than any of the waits that are interrupted.
SOON_S = 20
HARDEST = 200


@pytest.mark.core
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_start_goes_on(host: Host, ctl: Dockerctl, number: int, code: int) -> None:
    drop_in(host, "slow", SLOW_START)
    with running(host, "start") as process:
        until_state(host, "activating")
        process.send_signal(number)
        answer = answer_of(process, SOON_S)
    assert (answer["exit_code"], answer["error"]["code"]) == (code, "interrupted")
    assert answer["changed"] is True
    job = show(host, "Job")
    assert answer["error"]["details"]["job_id"] == int(job)
    assert f"job {job}" in answer["error"]["message"]
    assert "Nothing was cancelled" in answer["error"]["message"]
    assert active(host) == "activating"
    open_gate(host)
    assert ctl.json("wait", "healthy").exit_code == 0


def test_stop_goes_on(host: Host, ctl: Dockerctl) -> None:
    drop_in(host, "slow", SLOW_STOP)
    assert ctl.run("start").returncode == 0
    with running(host, "stop") as process:
        until_state(host, "deactivating")
        process.send_signal(signal.SIGINT)
        answer = answer_of(process, SOON_S)
    assert (answer["exit_code"], answer["error"]["code"]) == (130, "interrupted")
    assert answer["error"]["details"]["active_state"] == "deactivating"
    assert active(host) == "deactivating"
    open_gate(host)
    assert ctl.json("wait", "stopped").exit_code == 0
    assert active(host, "docker.socket") == "inactive"


@pytest.mark.parametrize("verb", [("wait", "healthy"), ("status", "--wait")], ids=" ".join)
def test_looking_ends(host: Host, verb: tuple[str, ...]) -> None:
    drop_in(host, "slow", SLOW_START)
    host.run(["systemctl", "start", "--no-block", "docker.service"], check=True)
    with running(host, *verb) as process:
        until_connected(host)
        process.send_signal(signal.SIGINT)
        answer = answer_of(process, SOON_S)
    assert (answer["exit_code"], answer["error"]["code"]) == (130, "interrupted")
    assert active(host) == "activating"


def test_ctrl_c_on_a_terminal(host: Host) -> None:
    drop_in(host, "slow", SLOW_START)
    with on_terminal(host, ["dockerctl", "start"]) as terminal:
        terminal.expect("docker.service (activating/start-pre)")
        terminal.type("\x03")
        assert terminal.finish() == 130
        # The live line is gone; the terminal itself shows ^C.
        assert "Waiting" not in "\n".join(terminal.lines)
        assert "systemd goes on: job" in plain(terminal.raw)
    assert active(host) == "activating"


def test_systemd_that_does_not_answer(host: Host) -> None:
    """A wait in C code ends as well."""
    with host.popen(["kill", "-STOP", "1"]):
        pass
    subprocess.run(["kill", "-STOP", str(host.pid)], check=True)
    try:
        with running(host, "is-active") as process:
            until_connected(host)
            process.send_signal(signal.SIGINT)
            answer = answer_of(process, 3)
    finally:
        subprocess.run(["kill", "-CONT", str(host.pid)], check=True)
    assert (answer["exit_code"], answer["error"]["code"]) == (130, "interrupted")


@pytest.mark.parametrize("name", ["INT", "TERM"])
def test_interrupted_at_any_moment(host: Host, name: str) -> None:
    """Also while Python starts, before anything of ours has run."""
    script = f"""
    ms=10
    while [ $ms -le {HARDEST} ]; do
        timeout -s {name} 0.$(printf %03d $ms) dockerctl status >/dev/null
        echo "$ms ms: $?"
        ms=$((ms + 10))
    done
    """
    done = host.run(["sh", "-c", script], timeout=60, check=True)
    assert "defect" not in done.err
    # Python itself has no words for a signal in its first milliseconds but these.
    assert "dockerctl/" not in done.err, done.err
    # 124 is timeout's own; 3 is that of a status that was faster.
    assert {line.split(": ")[1] for line in done.out.splitlines()} <= {"124", "3"}, done.out


def test_killed_in_the_middle(host: Host, ctl: Dockerctl) -> None:
    drop_in(host, "slow", SLOW_START)
    with running(host, "start") as process:
        until_state(host, "activating")
        process.send_signal(signal.SIGKILL)
        assert process.wait(SOON_S) == -signal.SIGKILL
    assert ctl.json("status").document["verdict"] == "starting"
    with running(host, "start") as process:
        until_connected(host)
        open_gate(host)
        answer = answer_of(process)
    assert answer["exit_code"] == 0
    assert ctl.json("status").document["verdict"] == "healthy"
