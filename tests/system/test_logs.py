"""The daemon's log: parsed, followed, cut to a run; and a journal that is not to be had."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Sequence

import pytest

from tests.lab.commands import HostProcess
from tests.lab.host import Host
from tests.system.command import Dockerctl
from tests.system.terminal import on_terminal, plain
from tests.system.underway import LONG_S, until
from tests.system.units import active, drop_in

# What only a hang exceeds.
AT_ONCE_S = 20
LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d "
    r"(trace|debug|info|warning|error|fatal|-) +\S+: .*"
)


def start(host: Host) -> None:
    host.run(["systemctl", "start", "docker.service"], check=True)


def fail(host: Host) -> None:
    """Let starts fail until systemd gives up."""
    host.write("/etc/docker/daemon.json", '{"nosuchkey": 1}')
    host.run(["systemctl", "restart", "docker.service"])
    host.run(
        ["sh", "-c", "until systemctl is-failed --quiet docker.service; do sleep 0.05; done"],
        timeout=LONG_S,
        check=True,
    )


@pytest.mark.core
def test_a_good_start(host: Host, ctl: Dockerctl) -> None:
    start(host)
    text = ctl.run("logs")
    assert (text.returncode, text.err) == (0, "")
    lines = text.out.splitlines()
    assert all(LINE.fullmatch(line) for line in lines), lines
    assert any(re.search(r" info +dockerd: Docker daemon .*version=", line) for line in lines)
    assert any(re.search(r" info +systemd: Started docker\.service", line) for line in lines)

    answer = ctl.json("logs", "-n", "all")
    assert answer.document["units"] == ["docker.service"]
    assert answer.document["complete"] is True
    assert len(answer.document["lines"]) == len(lines)
    (listening,) = [e for e in answer.document["lines"] if e["message"].startswith("API listen on")]
    assert listening["identifier"] == "dockerd"
    assert listening["own_time"] in listening["raw"]
    (daemon,) = [e for e in answer.document["lines"] if e["message"] == "Docker daemon"]
    assert daemon["fields"]["version"]

    raw = ctl.run("logs", "-o", "cat").out.splitlines()
    assert raw == [entry["raw"] for entry in answer.document["lines"]]
    assert ctl.run("logs", "-n", "1").out.splitlines() == lines[-1:]
    assert ctl.run("logs", "--grep", "api LISTEN".lower()).out.count("\n") == 1
    assert ctl.run("logs", "--grep", "api LISTEN").out == ""
    levels = {e["level"] for e in ctl.json("logs", "--level", "warning").document["lines"]}
    assert levels <= {"warning", "error", "fatal", None}

    assert "containerd" in ctl.run("logs", "-u", "containerd", "-n", "all").out
    assert "Listening on docker.socket" in ctl.run("logs", "-u", "docker.socket").out
    both = ctl.json("logs", "-u", "docker", "-u", "containerd", "--since", "1h").document["lines"]
    assert {entry["unit"] for entry in both} == {"docker.service", "containerd.service"}
    assert [entry["time"] for entry in both] == sorted(entry["time"] for entry in both)
    assert (
        ctl.run("logs", "--since", daemon["time"], "--grep", "Docker daemon").out.count("\n") == 1
    )
    assert ctl.run("logs", "--until", "1h").out == ""


@pytest.mark.core
def test_runs(host: Host, ctl: Dockerctl) -> None:
    assert ctl.json("logs", "--run", "failed").document["lines"] == []
    start(host)
    good = ctl.json("logs", "--run", "current").document
    assert good["invocation_id"]
    fail(host)

    down = ctl.json("logs", "--run", "current")
    assert (down.exit_code, down.error_code) == (7, "not-running")
    failed = ctl.json("logs", "--run", "failed").document
    last = ctl.json("logs", "--run", "last").document
    assert len({d["invocation_id"] for d in (good, failed, last)}) == 3
    for document in (failed, last):
        said = [e for e in document["lines"] if "nosuchkey" in e["message"]]
        assert [entry["level"] for entry in said] == [None]
    assert not any("repeated too quickly" in e["message"] for e in failed["lines"])
    # Last words have no level, and pass for all of them.
    assert "nosuchkey" in ctl.run("logs", "--run", "failed", "--level", "fatal").out

    host.run(["rm", "/etc/docker/daemon.json"], check=True)
    host.run(["systemctl", "reset-failed", "docker.service", "docker.socket"], check=True)
    start(host)
    assert ctl.json("logs", "--run", "failed").document["lines"] == failed["lines"]
    assert ctl.json("logs", "--run", "last").document["invocation_id"] not in (
        failed["invocation_id"],
        last["invocation_id"],
    )


FOLLOWED = "/run/followed"


def followed(host: Host, *options: str) -> HostProcess:
    """``dockerctl logs --follow`` under way; what it says goes to a file of the host."""
    command = shlex.join(["dockerctl", "logs", "--follow", *options])
    return host.popen(
        ["sh", "-c", f"exec {command} >{FOLLOWED}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def until_followed(host: Host) -> None:
    # The bracket keeps this shell itself from being found.
    until(host, "pgrep -f '[j]ournalctl.*--follow' >/dev/null")


def until_listening(host: Host, times: int) -> None:
    """Wait until so many lines of a daemon that listens were written."""
    until(host, f'[ "$(grep -c "API listen on" {FOLLOWED})" = {times} ]')


def until_nothing_is_left(host: Host) -> None:
    script = "while pgrep -x 'journalctl|dockerctl' >/dev/null; do sleep 0.02; done"
    host.run(["sh", "-c", script], timeout=AT_ONCE_S, check=True)


@pytest.mark.core
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_follow(host: Host, ctl: Dockerctl, number: int, code: int) -> None:
    start(host)
    before = ctl.json("logs", "-n", "all").document["lines"]
    with followed(host, "-n", "all", "-o", "json") as process:
        until_followed(host)
        host.run(["systemctl", "restart", "docker.service"], check=True)
        until_listening(host, 2)
        process.send_signal(number)
        done = process.finish(timeout_s=AT_ONCE_S)
    assert (done.returncode, done.err) == (code, "")
    seen = [json.loads(line) for line in host.read(FOLLOWED).splitlines()]
    # Nothing is lost or doubled between what was stored and what came.
    assert seen[: len(before)] == before
    assert seen == ctl.json("logs", "-n", "all").document["lines"][: len(seen)]
    until_nothing_is_left(host)


def test_follow_ends_by_itself(host: Host, ctl: Dockerctl) -> None:
    start(host)
    done = host.run(["sh", "-c", "dockerctl logs -f | head -n 1"], timeout=AT_ONCE_S)
    assert (done.returncode, done.out.count("\n"), done.err) == (0, 1, "")
    until_nothing_is_left(host)
    limited = ctl.run("logs", "-f", "-n", "1", "--timeout", "1", timeout=AT_ONCE_S)
    assert (limited.returncode, limited.out.count("\n"), limited.err) == (0, 1, "")
    full = host.run(["sh", "-c", "dockerctl logs -f >/dev/full"], timeout=AT_ONCE_S)
    assert full.returncode == 1
    assert "No space left" in full.err


def test_follow_before_the_first_line(host: Host) -> None:
    with followed(host, "--grep", "API listen") as process:
        until_followed(host)
        start(host)
        until_listening(host, 1)
        process.send_signal(signal.SIGTERM)
        done = process.finish(timeout_s=AT_ONCE_S)
    assert (done.returncode, done.err) == (143, "")


EVIL = r"""[Service]
ExecStartPre=/bin/sh -c 'printf "\\033]0;title\\007\\033[31mred \\000 \\377 \\342\\200\\256\\n"'
ExecStartPre=/bin/sh -c 'head -c 3000000 /dev/zero | tr "\\0" x; echo'
"""


@pytest.mark.core
def test_nothing_raw_reaches_a_terminal(host: Host, ctl: Dockerctl) -> None:
    drop_in(host, "evil", EVIL)
    start(host)
    for form in ("text", "cat"):
        out = ctl.run("logs", "-n", "all", "-o", form).out
        assert "title" in out
        assert all(char.isprintable() or char == "\n" for char in out)
        with on_terminal(host, ["dockerctl", "logs", "-n", "all", "-o", form]) as terminal:
            assert terminal.finish() == 0
        shown = plain(terminal.raw).replace("\r\n", "\n")
        assert all(char.isprintable() or char == "\n" for char in shown)
        assert "\x1b]" not in terminal.raw
    with on_terminal(host, ["dockerctl", "logs", "--follow"]) as terminal:
        terminal.expect("API listen on")
        terminal.type("\x03")
        assert terminal.finish() == 130


def test_an_ordinary_user(host: Host, ctl: Dockerctl) -> None:
    host.add_user("alice")
    start(host)
    for words in ([], ["-f"], ["--run", "last"], ["--level", "error"]):
        refused = ctl.json("logs", *words, user="alice", timeout=AT_ONCE_S)
        assert (refused.exit_code, refused.error_code) == (4, "journal-forbidden")
    host.run(["usermod", "-aG", "systemd-journal", "alice"], check=True)
    allowed = ctl.run("logs", user="alice")
    assert allowed.out == ctl.run("logs").out


def replace_journalctl(host: Host, script: str) -> None:
    host.write("/usr/bin/journalctl.new", f"#!/bin/sh\n{script}\n")
    host.run(["chmod", "755", "/usr/bin/journalctl.new"], check=True)
    host.run(["mv", "/usr/bin/journalctl.new", "/usr/bin/journalctl"], check=True)


@pytest.mark.parametrize("words", [[], ["-f"], ["--run", "failed"]], ids=" ".join)
def test_a_journal_that_hangs(host: Host, ctl: Dockerctl, words: Sequence[str]) -> None:
    replace_journalctl(host, "sleep 300")
    began = time.monotonic()
    answer = ctl.json("logs", *words, "--timeout", "1", timeout=AT_ONCE_S)
    assert (answer.exit_code, answer.error_code) == (151, "deadline-passed")
    assert time.monotonic() - began < 10
    assert host.run(["pgrep", "-x", "sleep"]).returncode == 1


def test_a_journal_that_is_not_there(host: Host, ctl: Dockerctl) -> None:
    unknown = ctl.json("logs", "--source", "nosuch")
    assert (unknown.exit_code, unknown.error_code) == (5, "unit-not-found")
    host.run(["mv", "/var/log/journal", "/var/log/elsewhere"], check=True)
    host.run(["sh", "-c", "rm -rf /run/log/journal"], check=True)
    assert ctl.json("logs").error_code == "journal-missing"
    host.run(["mv", "/usr/bin/journalctl", "/usr/bin/elsewhere"], check=True)
    assert ctl.json("logs").error_code == "program-missing"


def test_the_bus_is_not_needed(host: Host, ctl: Dockerctl) -> None:
    start(host)
    host.run(["systemctl", "stop", "dbus.socket", "dbus.service"])
    assert "API listen on" in ctl.run("logs").out
    assert ctl.json("logs", "--run", "failed").exit_code == 0


def test_it_wakes_nobody(host: Host, ctl: Dockerctl) -> None:
    host.run(["systemctl", "start", "docker.socket"], check=True)
    for words in ([], ["--run", "last"], ["--run", "current"], ["-u", "docker.socket"]):
        ctl.json("logs", *words)
    assert active(host) == "inactive"
