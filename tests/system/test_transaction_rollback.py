"""The way back: after every kind of failure the daemon is as before, and the history says so."""

from __future__ import annotations

import signal

import pytest

from tests.lab.host import Host
from tests.system import states
from tests.system.command import Answer, Dockerctl
from tests.system.states import CONFIG, SERVICE, SOCKET, sh, wait_for
from tests.system.transactions import QUICK, RECORDS, config, history, look, require_well
from tests.system.underway import open_gate, running, until
from tests.system.units import active, drop_in, show

GOOD = '{\n  "labels": ["site=one"]\n}\n'
# For "picky", which no check can see through.
FATAL = ("config", "set", 'labels=["site=fatal"]', "log-level=warn")
ROLLED_BACK, BUSY, UNDO_FAILED = 150, 155, 157


def picky(host: Host, test: str, more: str = "") -> None:
    """The daemon starts only where a shell test holds."""
    command = test.replace("%", "%%").replace("$", "$$")
    drop_in(host, "picky", f"[Service]\nExecStartPre=/bin/sh -c '{command}'\n{more}")


def without_fatal(host: Host, more: str = "") -> None:
    picky(host, f"! grep -q fatal {CONFIG}", more)


@pytest.fixture
def up(host: Host) -> Host:
    """A daemon that runs with ``GOOD``."""
    config(host, GOOD)
    return host


def result_of(answer: Answer) -> tuple[int, str | None]:
    return answer.exit_code, answer.error_code


def require_undone(answer: Answer) -> None:
    assert result_of(answer) == (ROLLED_BACK, "rolled-back"), answer
    assert answer.document["transaction"]["state"] == "rolled-back"
    assert answer.document["changed"] is False


@pytest.mark.core
def test_removal_and_absence(up: Host, ctl: Dockerctl) -> None:
    sh(up, f"chmod 640 {CONFIG}; chgrp docker {CONFIG}")
    assert ctl.json("override", "env", "A=b", *QUICK).exit_code == 0
    # The daemon needs what is about to be removed.
    picky(up, f'test "$A" = b && grep -q site {CONFIG}')
    before = look(up)
    require_undone(ctl.json("override", "revert", "env", *QUICK))
    assert look(up).standing == before.standing
    up.write("/root/other", '{"log-level": "warn"}')
    require_undone(ctl.json("config", "set", "--from", "/root/other", *QUICK))
    assert look(up).standing == before.standing
    # What was not there is not there again.
    sh(up, f"rm {CONFIG}")
    picky(up, f"test ! -e {CONFIG}")
    sh(up, f"systemctl restart {SERVICE}")
    before = look(up)
    require_undone(ctl.json("config", "set", "log-level=warn", *QUICK))
    found = look(up)
    assert found.standing == before.standing
    require_well(found)
    assert [row["state"] for row in history(ctl)] == ["rolled-back"] * 3 + ["committed"]


@pytest.mark.core
def test_socket_latched(up: Host, ctl: Dockerctl) -> None:
    """The run is killed, the daemon fails until the limit is hit, and the socket fails too."""
    hold = "while [ ! -e /run/gate-is-open ]; do sleep 0.02; done"
    without_fatal(up, "RestartSec=100ms\n")
    sh(up, ": >/run/gate-is-open")
    drop_in(up, "gate", f"[Service]\nExecStartPre=/bin/sh -c '{hold}'\n")
    before = look(up)
    sh(up, "rm /run/gate-is-open")
    with running(up, *FATAL, *QUICK) as change:
        wait_for(up, SubState="start-pre")
        change.send_signal(signal.SIGKILL)
    open_gate(up)
    wait_for(up, SOCKET, Result="service-start-limit-hit")
    recovered = ctl.json("recover")
    assert recovered.exit_code == 0, recovered
    found = look(up)
    require_well(found)
    assert found.standing == before.standing
    assert [row["state"] for row in history(ctl)] == ["rolled-back"]
    # No start limit is near: the plain tool can restart it as often as on any other day.
    sh(up, f"systemctl restart {SERVICE} && systemctl restart {SERVICE}")


@pytest.mark.core
def test_way_back_fails(up: Host, ctl: Dockerctl) -> None:
    """Loud, with the backup kept; ``recover`` mends it once the cause is gone."""
    picky(up, "test ! -e /run/trap")
    before = look(up)
    sh(up, ": >/run/trap")
    failed = ctl.json("config", "set", "log-level=warn", *QUICK)
    assert result_of(failed) == (UNDO_FAILED, "rollback-failed")
    assert failed.document["changed"] is True
    error = failed.document["error"]
    assert "Going back failed as well" in error["message"]
    folder = f"{RECORDS}/{error['details']['id']}"
    assert folder in error["hint"]
    assert up.read(f"{folder}/0.before") == GOOD
    assert up.read(CONFIG) == GOOD
    (row,) = history(ctl)
    assert row["state"] == "undo-failed"
    assert row["undo_error"]
    # As long as the cause is there, it fails again, as loud.
    assert result_of(ctl.json("recover")) == (UNDO_FAILED, "rollback-failed")
    sh(up, "rm /run/trap")
    assert ctl.json("recover").exit_code == 0
    found = look(up)
    require_well(found)
    assert found.standing == before.standing
    assert [row["state"] for row in history(ctl)] == ["rolled-back"]


def test_dies_while_watched(up: Host, ctl: Dockerctl) -> None:
    late = f"grep -q fatal {CONFIG} && (sleep 1; kill -KILL $$MAINPID) & :"
    drop_in(up, "late", f"[Service]\nExecStartPost=/bin/sh -c '{late}'\n")
    before = look(up)
    undone = ctl.json(*FATAL, "--stable-for", "10")
    require_undone(undone)
    assert undone.document["error"]["details"]["cause"] == "died-after-start"
    found = look(up)
    require_well(found)
    assert found.standing == before.standing


@pytest.mark.core
def test_reload_refused(up: Host, ctl: Dockerctl) -> None:
    """The daemon that runs has a flag of which the unit on disk knows nothing any more."""
    start = show(up, "ExecStart").partition("argv[]=")[2].partition(" ;")[0]
    flags = start.replace("$DOCKER_OPTS", "")
    drop_in(up, "flag", f"[Service]\nExecStart=\nExecStart={flags} --max-concurrent-downloads=4\n")
    sh(up, f"systemctl restart {SERVICE}; rm -r /etc/systemd/system/docker.service.d")
    sh(up, "systemctl daemon-reload")
    before = look(up)
    undone = ctl.json("config", "set", "max-concurrent-downloads=5")
    require_undone(undone)
    assert undone.document["error"]["details"]["cause"] == "reload-failed"
    found = look(up)
    assert (found.run, found.standing) == (before.run, before.standing)


def test_reload_that_cannot_be_delivered(up: Host, ctl: Dockerctl) -> None:
    drop_in(up, "deaf", "[Service]\nExecReload=\nExecReload=/bin/false\n")
    before = look(up)
    undone = ctl.json("config", "set", "debug=true", *QUICK)
    require_undone(undone)
    found = look(up)
    require_well(found)
    assert found.standing == before.standing


@pytest.mark.core
def test_changes_and_checkpoints(up: Host, ctl: Dockerctl) -> None:
    first = look(up)
    assert ctl.json("checkpoint", "quiet", "-m", "before the move").exit_code == 0
    again = ctl.json("checkpoint", "quiet")
    assert (again.exit_code, "quiet" in again.document["error"]["message"]) == (2, True)
    one = ctl.json("config", "set", "debug=true", *QUICK).document["transaction"]["id"]
    middle = up.read(CONFIG)
    assert ctl.json("override", "env", "A=b", "-m", "for the proxy", *QUICK).exit_code == 0
    last = ctl.json("config", "set", "log-level=warn", *QUICK)
    assert last.document["transaction"]["effect"] == "restart"
    # The last one, then all since the first, then to the name.
    assert ctl.json("rollback", *QUICK).exit_code == 0
    assert up.read(CONFIG) == middle
    assert ctl.json("rollback", one, *QUICK).exit_code == 0
    assert look(up).standing == first.standing
    assert ctl.json("config", "set", "shutdown-timeout=20", *QUICK).exit_code == 0
    back = ctl.json("rollback", "quiet", "-m", "as it was", *QUICK)
    assert back.exit_code == 0, back
    found = look(up)
    assert found.standing == first.standing
    require_well(found)
    newest = history(ctl)[0]
    assert (newest["kind"], newest["message"], newest["who"]) == ("rollback", "as it was", "root")
    assert ctl.json("rollback", "nothing-of-that-name").exit_code == 2
    shown = ctl.json("history", "show", one).document["transactions"][0]
    assert '+  "debug": true' in shown["diff"]


@pytest.mark.core
def test_nobody_confirms(up: Host, ctl: Dockerctl) -> None:
    """The timer of systemd undoes it; whoever asked for the change is long gone."""
    before = look(up)
    waiting = ctl.json("config", "set", 'labels=["site=two"]', "--confirm-within", "8", *QUICK)
    assert (waiting.exit_code, waiting.document["transaction"]["state"]) == (0, "waiting")
    assert "two" in up.read(CONFIG)
    assert result_of(ctl.json("config", "set", "debug=true")) == (BUSY, "awaiting-confirmation")
    until(up, f"grep -q one {CONFIG}")
    until(up, "! systemctl is-active -q 'dockerctl-revert-*'")
    found = look(up)
    assert (found.run, found.standing) == (before.run, before.standing)
    require_well(found)
    assert "site=one" in sh(up, "docker info --format '{{.Labels}}'")
    (row,) = history(ctl)
    assert row["state"] == "rolled-back"
    assert "not confirmed" in row["error"]
    assert result_of(ctl.json("confirm")) == (1, "nothing-to-confirm")


@pytest.mark.core
def test_confirmed_or_taken_back(up: Host, ctl: Dockerctl) -> None:
    words = ("config", "set", "log-level=warn", "--confirm-within", "60", *QUICK)
    assert ctl.json(*words).document["transaction"]["state"] == "waiting"
    assert ctl.json("confirm").document["transaction"]["state"] == "committed"
    after = look(up)
    assert ctl.json("config", "set", "debug=true", "--confirm-within", "60").exit_code == 0
    assert ctl.json("rollback").document["transaction"]["state"] == "rolled-back"
    found = look(up)
    assert found.standing == after.standing
    assert not sh(up, "systemctl list-units --all --no-legend 'dockerctl-revert-*'")
    assert [row["state"] for row in history(ctl)] == ["rolled-back", "committed"]


@pytest.mark.parametrize("state", ["stopped", "armed"])
def test_daemon_that_is_down(host: Host, ctl: Dockerctl, state: str) -> None:
    getattr(states, state)(host)
    host.write(CONFIG, GOOD)
    without_fatal(host)
    sockets = active(host, SOCKET)
    kept = ctl.json("config", "set", "log-level=warn")
    assert kept.document["transaction"]["state"] == "committed"
    assert (active(host), active(host, SOCKET)) == ("inactive", sockets)
    before = look(host)
    undone = ctl.json("config", "set", 'labels=["site=fatal"]', "--start", *QUICK)
    require_undone(undone)
    assert look(host).standing == before.standing
    assert (active(host), active(host, SOCKET)) == ("inactive", sockets)
    good = ctl.json("config", "set", 'labels=["site=two"]', "--start", *QUICK)
    assert good.exit_code == 0, good
    require_well(look(host))
    assert "site=two" in sh(host, "docker info --format '{{.Labels}}'")


@pytest.mark.core
def test_hosts_with_resolve(up: Host, ctl: Dockerctl) -> None:
    hosts = 'hosts=["fd://", "tcp://127.0.0.1:2375"]'
    ping = "docker -H tcp://127.0.0.1:2375 version"
    without_fatal(up)
    before = look(up)
    undone = ctl.json("config", "set", hosts, 'labels=["site=fatal"]', "--resolve", *QUICK)
    require_undone(undone)
    found = look(up)
    assert found.standing == before.standing
    require_well(found)
    done = ctl.json("config", "set", hosts, "--resolve", *QUICK)
    assert done.exit_code == 0, done
    sh(up, ping)
    require_well(look(up))
    assert ctl.json("rollback", *QUICK).exit_code == 0
    found = look(up)
    assert found.standing == before.standing
    require_well(found)
    assert up.run(["sh", "-c", ping]).returncode != 0
