"""What a change does to containers: said first, allowed by whoever asks for it, and then so."""

from __future__ import annotations

import pytest

from tests.lab.host import Host
from tests.system.command import Dockerctl
from tests.system.states import sh
from tests.system.transactions import QUICK, config, look, require_well
from tests.system.underway import until

IMPORT = "docker import /opt/bb/bb.tar bb:1 >/dev/null"
POLICIES = {"plain": "no", "wanted": "unless-stopped", "always": "always"}
RESTART = ("config", "set", "log-level=warn", *QUICK)
NEEDS_CONFIRMATION, ROLLED_BACK = 156, 150


def run_containers(host: Host) -> None:
    sh(host, IMPORT)
    for name, policy in POLICIES.items():
        sh(host, f"docker run -d --name {name} --restart {policy} --stop-timeout 1 bb:1 sleep 9999")


def pids(host: Host) -> dict[str, str]:
    """Main process of each container; "0" of one that does not run."""
    names = " ".join(POLICIES)
    shown = sh(host, f"docker inspect --format '{{{{.Name}}}} {{{{.State.Pid}}}}' {names}")
    return dict(line.lstrip("/").split() for line in shown.splitlines())


@pytest.mark.core
def test_live_restore(host: Host, ctl: Dockerctl) -> None:
    """They survive a change that needs a restart, and one that is undone."""
    config(host, '{"live-restore": true}\n')
    run_containers(host)
    before, first = pids(host), look(host)
    assert "0" not in before.values()
    changed = ctl.json(*RESTART)
    assert changed.exit_code == 0, changed
    assert any("3 running containers will go on running" in text for text in changed.texts)
    assert look(host).run != first.run
    assert pids(host) == before
    take_port(host)
    undone = ctl.json("config", "set", "metrics-addr=127.0.0.1:9323", *QUICK)
    assert undone.exit_code == ROLLED_BACK
    assert pids(host) == before
    require_well(look(host))


@pytest.mark.core
def test_without_live_restore(host: Host, ctl: Dockerctl) -> None:
    config(host, "{}\n")
    run_containers(host)
    before, running = look(host), pids(host)
    refused = ctl.json(*RESTART)
    assert (refused.exit_code, refused.error_code) == (NEEDS_CONFIRMATION, "needs-confirmation")
    error = refused.document["error"]
    assert "3 running containers will stop" in error["message"]
    assert "policy that brings them back: plain." in error["message"]
    assert "--yes" in error["hint"]
    assert (look(host), pids(host)) == (before, running)
    # A reload stops nothing, and needs no leave.
    assert ctl.json("config", "set", "debug=true").exit_code == 0
    assert pids(host) == running
    changed = ctl.json(*RESTART, "--yes")
    assert changed.exit_code == 0, changed
    until(host, "[ $(docker ps -q | wc -l) = 2 ]")
    found = pids(host)
    assert found["plain"] == "0"
    assert "0" not in (found["wanted"], found["always"])
    assert found["wanted"] != running["wanted"]
    require_well(look(host))


def test_data_that_would_be_hidden(host: Host, ctl: Dockerctl) -> None:
    """Another data-root shows none of the images and containers; that has to be allowed."""
    config(host, '{"live-restore": true}\n')
    sh(host, f"{IMPORT}; mkdir /srv/data")
    before = look(host)
    words = ("config", "set", "data-root=/srv/data", *QUICK)
    refused = ctl.json(*words)
    assert (refused.exit_code, refused.error_code) == (NEEDS_CONFIRMATION, "needs-confirmation")
    assert "data-root" in refused.document["error"]["message"]
    assert "--allow-data-move" in refused.document["error"]["hint"]
    # --yes is about containers alone.
    assert ctl.json(*words, "--yes").exit_code == NEEDS_CONFIRMATION
    assert look(host) == before
    assert ctl.json(*words, "--allow-data-move").exit_code == 0
    assert sh(host, "docker images -q") == ""
    back = ctl.json("rollback", "--allow-data-move", *QUICK)
    assert back.exit_code == 0, back
    assert sh(host, "docker images -q") != ""


def take_port(host: Host) -> None:
    """Let something else listen where the daemon is to show its metrics."""
    server = ["/usr/bin/python3", "-m", "http.server", "9323", "--bind", "127.0.0.1"]
    host.run(["systemd-run", "-q", "--unit=taken", *server], check=True)
    until(host, "ss -tln | grep -q :9323")
