"""Reload: delivered to a daemon that runs and can take it, refused else, and never believed."""

from __future__ import annotations

import json

import pytest

from tests.lab.host import Host
from tests.system import states
from tests.system.command import Dockerctl
from tests.system.states import BROKEN, CONFIG, sh
from tests.system.units import active, drop_in, fingerprint, show


def test_reload_is_delivered_and_its_limits_are_said(host: Host, ctl: Dockerctl) -> None:
    states.running(host)
    pid = show(host, "MainPID")
    host.write(CONFIG, json.dumps({"labels": ["taken=yes"]}))
    done = ctl.json("reload")
    assert (done.exit_code, done.document["changed"]) == (0, True)
    assert "dockerd reports success even when it refuses the file" in done.texts[0]
    assert show(host, "MainPID") == pid
    assert "taken=yes" in sh(host, "docker info --format '{{.Labels}}'")


def test_daemon_outlives_the_reload_of_a_broken_file(host: Host, ctl: Dockerctl) -> None:
    states.running(host)
    pid = show(host, "MainPID")
    host.write(CONFIG, BROKEN)
    done = ctl.json("reload")
    # Delivery is all that is claimed, and so it is worded.
    assert done.exit_code == 0
    assert "The reload was delivered." in done.texts[0]
    assert show(host, "MainPID") == pid
    assert ctl.json("status").document["verdict"] == "healthy"


def test_unit_without_exec_reload_cannot_reload(host: Host, ctl: Dockerctl) -> None:
    states.running(host)
    drop_in(host, "50-reload", "[Service]\nExecReload=\n")
    before = fingerprint(host)
    for unit in ("docker", "containerd"):
        done = ctl.json("reload", "--unit", unit)
        assert (unit, done.exit_code, done.error_code) == (unit, 1, "job-not-applicable")
        assert done.document["changed"] is False
        assert "dockerctl restart" in done.document["error"]["hint"]
    assert fingerprint(host) == before


def test_reload_that_takes_longer_than_told_goes_on(host: Host, ctl: Dockerctl) -> None:
    states.running(host)
    states.gate(host, "ExecReload=\nExecReload")
    done = ctl.json("reload", "--timeout", "1")
    assert (done.exit_code, done.error_code) == (151, "deadline-passed")
    assert "nothing was cancelled" in done.document["error"]["message"]
    assert active(host) == "reloading"
    # A reloading daemon is up, and is asked.
    status = ctl.json("status")
    assert (status.exit_code, status.document["verdict"]) == (0, "healthy")
    assert ctl.json("is-active").exit_code == 0
    states.open_gate(host)
    states.wait_for(host, ActiveState="active")


@pytest.mark.parametrize(
    ("command", "codes"),
    [("/bin/false", {"reload-failed": 1}), ("/bin/kill -KILL $MAINPID", states.DIED)],
    ids=["refused", "deadly"],
)
def test_reload_that_fails_or_kills_is_a_failure(
    command: str, codes: dict[str, int], host: Host, ctl: Dockerctl
) -> None:
    states.running(host)
    drop_in(host, "50-reload", f"[Service]\nExecReload=\nExecReload={command}\n")
    done = ctl.json("reload")
    assert done.error_code in codes
    assert done.exit_code == codes[done.error_code]


def test_hint_names_the_unit_that_was_asked_for(host: Host, ctl: Dockerctl) -> None:
    sh(host, "systemctl start containerd.service")
    drop_in(host, "50-reload", "[Service]\nExecReload=/bin/false\n", "containerd.service")
    done = ctl.json("reload", "--unit", "containerd")
    assert (done.exit_code, done.error_code) == (1, "reload-failed")
    assert "'journalctl -u containerd.service -n 20'" in done.document["error"]["hint"]


def test_reload_that_is_not_waited_for(host: Host, ctl: Dockerctl) -> None:
    states.running(host)
    done = ctl.json("reload", "--no-wait")
    assert (done.exit_code, done.document["changed"]) == (0, True)
    plan = ctl.json("reload", "--dry-run")
    assert [step["action"] for step in plan.document["steps"]] == ["reload", "prove"]
    assert plan.document["changed"] is False
