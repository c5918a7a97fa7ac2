"""What a person sees: on a terminal of 80 columns, on a tiny one, and through a pipe."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from tests.lab.host import Host
from tests.system.command import Dockerctl
from tests.system.terminal import on_terminal, plain, screen
from tests.system.underway import SLOW_START, SLOW_STOP, open_gate, until_state
from tests.system.units import active, drop_in

ESC = "\x1b"
LIVE = "Waiting for "


def stop_first(host: Host) -> None:
    host.run(["systemctl", "stop", "docker.socket", "docker.service"], check=True)


def start(host: Host) -> None:
    host.run(["systemctl", "start", "docker.service"], check=True)


def arm(host: Host) -> None:
    host.run(["systemctl", "start", "docker.socket"], check=True)


def start_slowly(host: Host) -> None:
    drop_in(host, "slow", SLOW_START)
    host.run(["systemctl", "start", "--no-block", "docker.service"], check=True)
    until_state(host, "activating")


def fail(host: Host) -> None:
    host.write("/etc/docker/daemon.json", "{ broken")
    host.run(["systemctl", "start", "docker.service"])
    until_state(host, "failed")


def freeze(host: Host) -> None:
    start(host)
    host.run(["pkill", "-STOP", "-x", "dockerd"], check=True)


def break_files(host: Host) -> None:
    """Everything that a status can warn about at once, with names that are not short."""
    start(host)
    name = "90-proxy-of-data-centre"
    host.write(f"/etc/systemd/system/docker.service.d/{name}.conf", "[Service]\nRestart=no\n")
    host.run(["systemctl", "disable", "docker.service"], check=True)
    host.write(f"/etc/systemd/system/docker.service.d/{name}-2.conf", "[Service]\nNice=1\n")
    host.write("/root/.docker/config.json", "{")


def mask(host: Host) -> None:
    host.run(["systemctl", "mask", "--now", "docker.service", "docker.socket"], check=True)


STATES: dict[str, tuple[Callable[[Host], None], str]] = {
    "stopped": (stop_first, "stopped"),
    "healthy": (start, "healthy"),
    "armed": (arm, "armed"),
    "starting": (start_slowly, "starting"),
    "failed": (fail, "failed"),
    "hung": (freeze, "hung"),
    "warnings": (break_files, "healthy"),
    "masked": (mask, "stopped"),
}


@pytest.mark.parametrize("state", list(STATES))
def test_status_fits(host: Host, ctl: Dockerctl, state: str) -> None:
    prepare, verdict = STATES[state]
    prepare(host)
    limit = ["--timeout", "2"] if state == "hung" else []
    command = ["dockerctl", "status", *limit]

    coloured = host.run(command, tty=True, env={"TERM": "xterm"})
    bare = host.run(command, tty=True, env={"TERM": "xterm", "NO_COLOR": "1"})
    told = host.run([*command, "--no-color"], tty=True, env={"TERM": "xterm"})
    dumb = host.run(command, tty=True, env={"TERM": "dumb"})
    piped = ctl.run("status", *limit)

    assert f"{ESC}[" in coloured.out
    for answer in (bare, told, dumb, piped):
        assert ESC not in answer.out + answer.err
    codes = {answer.returncode for answer in (coloured, bare, told, dumb, piped)}
    assert len(codes) == 1
    for answer in (coloured, bare, told, dumb, piped):
        lines = plain(answer.out).splitlines()
        assert lines[0] == f"● docker.service: {verdict}"
        assert max(len(line) for line in lines) <= 80
        # One screen, with the prompt below it.
        assert len(lines) <= 23
        assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize(("rows", "columns"), [(5, 20), (0, 0), (1, 1)])
def test_tiny_terminal(host: Host, rows: int, columns: int) -> None:
    drop_in(host, "slow", SLOW_START)
    with on_terminal(host, ["dockerctl", "start"], rows=rows, columns=columns) as terminal:
        until_state(host, "activating")
        open_gate(host)
        assert terminal.finish() == 0
    shown = "".join(screen(terminal.raw, columns or 80))
    assert shown.startswith("docker.service is up")
    for verb in ("status", "--help", "is-healthy"):
        with on_terminal(host, ["dockerctl", verb], rows=rows, columns=columns) as terminal:
            assert terminal.finish() == 0
            assert "Traceback" not in terminal.raw


@pytest.mark.core
def test_live_line(host: Host) -> None:
    drop_in(host, "slow", SLOW_START)
    with on_terminal(host, ["dockerctl", "start", "--timeout", "77"]) as terminal:
        terminal.expect("docker.service (activating/start-pre)")
        # How much is left: the line moves on without an event.
        terminal.expect("76 s left")
        terminal.expect("75 s left")
        (line,) = terminal.lines
        assert line.startswith(LIVE)
        assert line.endswith("s left")
        assert "\n" not in terminal.raw
        open_gate(host)
        assert terminal.finish() == 0
    up, end = terminal.lines
    assert up.startswith("docker.service is up")
    assert end == ""


def test_live_line_of_a_stop(host: Host) -> None:
    drop_in(host, "slow", SLOW_STOP)
    start(host)
    with on_terminal(host, ["dockerctl", "stop"]) as terminal:
        terminal.expect("docker.service to stop (stop")
        open_gate(host)
        assert terminal.finish() == 0
    assert terminal.lines == ["docker.service and docker.socket are down.", ""]


def test_live_line_beside_a_redirected_answer(host: Host) -> None:
    """The line is as wide as the terminal that it is on, whatever stdout or COLUMNS are."""
    drop_in(host, "slow", SLOW_START)
    with on_terminal(
        host,
        ["dockerctl", "start"],
        columns=30,
        env={"COLUMNS": "200"},
        stdout=subprocess.DEVNULL,
    ) as terminal:
        terminal.expect("docker.service (a")
        (line,) = terminal.lines
        assert line.startswith(LIVE)
        open_gate(host)
        assert terminal.finish() == 0
    assert terminal.lines == [""]


@pytest.mark.parametrize(
    ("options", "env"),
    [
        (["-q"], {}),
        (["-o", "json"], {}),
        ([], {"TERM": "dumb"}),
        ([], {"TERM": ""}),
        ([], {"DOCKERCTL_QUIET": "1"}),
    ],
    ids=["quiet", "json", "dumb", "no-term", "quiet-variable"],
)
def test_no_live_line(host: Host, options: list[str], env: dict[str, str]) -> None:
    drop_in(host, "slow", SLOW_START)
    with on_terminal(host, ["dockerctl", "start", *options], env=env) as terminal:
        until_state(host, "activating")
        open_gate(host)
        assert terminal.finish() == 0
    assert LIVE not in terminal.raw
    assert ESC not in terminal.raw
    assert "\r" not in terminal.raw.replace("\r\n", "")


def test_no_live_line_through_a_pipe(host: Host) -> None:
    drop_in(host, "slow", SLOW_START)
    with host.popen(
        ["dockerctl", "start"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"TERM": "xterm"},
    ) as process:
        until_state(host, "activating")
        open_gate(host)
        done = process.finish()
    assert done.returncode == 0
    assert done.out.startswith("docker.service is up")
    assert done.err == ""
    assert active(host) == "active"
