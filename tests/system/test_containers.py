"""What a stop or restart does to running containers is said before it happens, and is true."""

from __future__ import annotations

import json

import pytest

from tests.lab.host import Host
from tests.system.command import Dockerctl
from tests.system.states import CONFIG, sh
from tests.system.units import show

WILL_STOP = "2 running containers will stop (live-restore is off)."
KEEP = "2 running containers keep running (live-restore is on)."


def two_containers(host: Host, ctl: Dockerctl, *, live_restore: bool) -> None:
    host.write(CONFIG, json.dumps({"live-restore": live_restore}))
    assert ctl.run("start").returncode == 0
    sh(host, "docker import /opt/bb/bb.tar bb:1")
    for name in ("one", "two"):
        # As process 1 it would not end by SIGTERM, and each stop would take ten seconds.
        sh(host, f"docker run -d --init --net none --name {name} bb:1 sleep 1000")


def running(host: Host) -> list[str]:
    """The containers' own processes, as the kernel has them."""
    return sh(host, "pgrep -x sleep || true").split()


@pytest.mark.core
@pytest.mark.parametrize("verb", ["restart", "stop"])
def test_containers_that_will_stop_are_counted_before_they_do(
    verb: str, host: Host, ctl: Dockerctl
) -> None:
    two_containers(host, ctl, live_restore=False)
    assert len(running(host)) == 2
    done = ctl.json(verb)
    assert (done.exit_code, done.document["changed"]) == (0, True)
    assert done.document["messages"] == [{"level": "warning", "text": WILL_STOP}]
    assert running(host) == []


@pytest.mark.parametrize("verb", ["restart", "try-restart", "stop"])
def test_containers_that_live_restore_keeps_are_counted_and_go_on(
    verb: str, host: Host, ctl: Dockerctl
) -> None:
    two_containers(host, ctl, live_restore=True)
    before, run = running(host), show(host, "InvocationID")
    done = ctl.json(verb)
    assert (done.exit_code, done.document["changed"]) == (0, True)
    assert done.document["messages"] == [{"level": "info", "text": KEEP}]
    assert running(host) == before
    if verb == "stop":
        assert ctl.run("start").returncode == 0
    assert show(host, "InvocationID") != run
    assert sh(host, "docker ps -q").count("\n") == 2
    assert running(host) == before


def test_one_container_is_not_two_and_none_is_not_mentioned(host: Host, ctl: Dockerctl) -> None:
    two_containers(host, ctl, live_restore=False)
    sh(host, "docker rm -f one")
    assert ctl.json("restart").texts == ["1 running container will stop (live-restore is off)."]
    assert ctl.json("restart").texts == []


def test_a_plan_does_not_warn_and_a_quiet_verb_says_it_in_the_document_only(
    host: Host, ctl: Dockerctl
) -> None:
    two_containers(host, ctl, live_restore=False)
    assert ctl.json("stop", "--dry-run").texts == []
    assert len(running(host)) == 2
    said = ctl.json("stop", "-q")
    assert (said.texts, said.stderr) == ([WILL_STOP], "")
