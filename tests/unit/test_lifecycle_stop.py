"""stop: the daemon down, its socket with it, and what is in the way of that."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from dockerctl.docker.answers import EngineInfo
from dockerctl.errors import (
    DeadlinePassed,
    Interrupted,
    ReadTimeout,
    StopFailed,
    UnitNotFound,
)
from dockerctl.exits import ExitCode
from dockerctl.lifecycle.plan import Action
from dockerctl.lifecycle.verbs import Outcome
from dockerctl.result import Level
from dockerctl.systemd.model import ActiveState
from tests.fakes.docker_host import SERVICE, SOCKET, WISH, DockerHost
from tests.fakes.engine import info
from tests.fakes.unit_files import Run, ServiceFile, SocketFile, fails

KEEP = replace(WISH, keep_socket=True)


def running(**how: object) -> DockerHost:
    """A host whose daemon runs."""
    host = DockerHost(**{"info": info(), **how})  # type: ignore[arg-type]
    host.bring_up()
    return host


def actions(outcome: Outcome) -> list[tuple[Action, tuple[str, ...]]]:
    return [(step.action, step.units) for step in outcome.steps]


def test_service_and_socket_go_down() -> None:
    host = running(stop_s=2.0)
    outcome = host.lifecycle().stop(WISH)
    assert outcome.changed
    assert outcome.summary == "docker.service and docker.socket are down."
    assert actions(outcome) == [
        (Action.STOP, (SOCKET,)),
        (Action.STOP, (SERVICE,)),
        (Action.PROVE, (SERVICE,)),
    ]
    assert (host.service.down, host.socket.down) == (True, True)
    assert outcome.units.socket == host.socket
    assert host.reporter.said == []
    assert host.reporter.waited_for[-1] == "docker.service to stop (stop-sigterm)"
    assert host.explainer.asked == []


def test_clients_that_knock_wake_nobody() -> None:
    host = running(stop_s=1.0)
    for tenth in range(30):
        host.after(tenth / 10, host.knock)
    host.lifecycle().stop(WISH)
    host.clock.sleep(5.0)
    assert (host.service.down, host.socket.down) == (True, True)


def test_what_is_down_already() -> None:
    host = DockerHost()
    outcome = host.lifecycle().stop(WISH)
    assert not outcome.changed
    assert outcome.steps == ()
    assert outcome.summary == "docker.service and docker.socket are down already."
    assert not host.manager.wrote


def test_an_armed_socket_is_stopped() -> None:
    host = DockerHost()
    host.request("Start", SOCKET)
    host.clock.sleep(1.0)
    outcome = host.lifecycle().stop(WISH)
    assert outcome.changed
    assert host.socket.active_state is ActiveState.INACTIVE
    assert outcome.summary == "docker.service and docker.socket are down."


def test_keep_socket_leaves_it_armed_and_says_so() -> None:
    host = running()
    outcome = host.lifecycle().stop(KEEP)
    assert outcome.summary == "docker.service is down."
    assert host.service.down
    assert host.socket.sub_state == "listening"
    assert host.reporter.said == [
        (
            Level.WARNING,
            "docker.socket still listens: the next client starts docker.service again.",
        )
    ]


def test_keep_socket_where_a_client_wakes_it() -> None:
    host = running(stop_s=0.5)
    host.once(lambda service: service.active_state is ActiveState.INACTIVE, host.knock)
    with pytest.raises(StopFailed) as caught:
        host.lifecycle().stop(KEEP)
    assert "was stopped and is active again" in caught.value.message
    assert caught.value.details == {"unit": SERVICE, "job_results": ["done"]}
    assert "journalctl -u docker.service -u docker.socket -n 20" in caught.value.hint
    assert "--keep-socket" in caught.value.hint


def test_keep_socket_where_the_socket_does_not_survive() -> None:
    host = running()
    host.once(
        lambda service: service.active_state is ActiveState.INACTIVE,
        lambda: host.systemd.fail_socket(SOCKET, "trigger-limit-hit"),
    )
    with pytest.raises(StopFailed) as caught:
        host.lifecycle().stop(KEEP)
    assert caught.value.message == (
        "docker.service is down, and docker.socket does not listen any more: it is failed (Result "
        "trigger-limit-hit)."
    )
    assert caught.value.details["socket_result"] == "trigger-limit-hit"


def test_keep_socket_where_it_never_listened() -> None:
    alone = ServiceFile(SERVICE)
    host = running(files=(alone, SocketFile(SOCKET, "/run/docker.sock")))
    assert host.socket.active_state is ActiveState.INACTIVE
    assert host.lifecycle().stop(KEEP).changed
    assert host.reporter.said == []


def test_a_stop_ends_the_tries_of_systemd() -> None:
    host = DockerHost(runs=(fails(1),), restart_s=30.0)
    host.request("Start")
    host.clock.sleep(1.0)
    assert host.service.auto_restarting
    outcome = host.lifecycle().stop(WISH)
    assert outcome.changed
    assert host.service.down


def test_a_daemon_that_has_to_be_killed() -> None:
    stubborn = ServiceFile(SERVICE, stop_s=math.inf, stop_timeout_s=3.0, requires=(SOCKET,))
    host = running(files=(stubborn, SocketFile(SOCKET, "/run/docker.sock")))
    outcome = host.lifecycle().stop(WISH)
    assert outcome.changed
    assert host.reporter.said == [
        (
            Level.WARNING,
            "docker.service did not stop by itself; systemd killed it after TimeoutStopSec= "
            "(Result timeout).",
        )
    ]


def test_a_stop_that_takes_too_long() -> None:
    host = running(stop_s=50.0)
    host.give(2.0)
    with pytest.raises(DeadlinePassed) as caught:
        host.lifecycle().stop(WISH)
    assert caught.value.exit_code is ExitCode.DEADLINE_PASSED
    assert caught.value.message == (
        "docker.service is not down after 2 s: it is deactivating (stop-sigterm). systemd goes on "
        "stopping it; nothing was cancelled."
    )
    assert "TimeoutStopSec= (90 s)" in caught.value.hint
    assert caught.value.details["job_id"] == host.service.job_id != 0


def test_no_wait_leaves_at_once() -> None:
    host = running(stop_s=5.0)
    outcome = host.lifecycle().stop(replace(WISH, wait=False))
    assert outcome.summary == "systemd was asked to stop docker.service; not waited for it."
    assert host.service.active_state is not ActiveState.INACTIVE
    host.clock.sleep(6.0)
    assert (host.service.down, host.socket.down) == (True, True)


def test_dry_run_does_nothing() -> None:
    host = running()
    outcome = host.lifecycle().stop(replace(WISH, dry_run=True))
    assert (outcome.changed, len(outcome.steps)) == (False, 3)
    assert not host.manager.wrote
    assert host.service.runs


def test_what_is_not_installed() -> None:
    with pytest.raises(UnitNotFound):
        DockerHost(files=(), enabled=()).lifecycle().stop(WISH)


def test_a_daemon_that_was_uninstalled_while_it_ran() -> None:
    host = running()
    for unit in (SERVICE, SOCKET):
        host.systemd.disk.remove(unit)
    host.systemd.daemon_reload()
    outcome = host.lifecycle().stop(WISH)
    assert outcome.changed
    assert host.service.down


def test_ctrl_c() -> None:
    host = running(stop_s=10.0)
    host.manager.interrupt_after(1.0)
    with pytest.raises(Interrupted) as caught:
        host.lifecycle().stop(WISH)
    assert "docker.service is deactivating (stop-sigterm)" in caught.value.message
    host.clock.sleep(20.0)
    assert (host.service.down, host.socket.down) == (True, True)


# --- containers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "level", "text"),
    [
        (info(running=1), Level.WARNING, "1 running container will stop (live-restore is off)."),
        (info(running=3), Level.WARNING, "3 running containers will stop (live-restore is off)."),
        (
            info(running=1, live_restore=True),
            Level.INFO,
            "1 running container keeps running (live-restore is on).",
        ),
        (
            info(running=2, live_restore=True),
            Level.INFO,
            "2 running containers keep running (live-restore is on).",
        ),
        (
            ReadTimeout("No answer in 2 s"),
            Level.WARNING,
            "How many containers run could not be learnt: No answer in 2 s.",
        ),
    ],
)
@pytest.mark.parametrize("verb", ["stop", "restart", "try_restart"])
def test_containers_are_spoken_of_before_they_stop(
    verb: str, answer: EngineInfo | ReadTimeout, level: Level, text: str
) -> None:
    host = running(info=answer)
    getattr(host.lifecycle(), verb)(WISH)
    assert host.reporter.said[0] == (level, text)


@pytest.mark.parametrize("verb", ["stop", "restart"])
def test_a_daemon_that_does_not_run_is_not_asked(verb: str) -> None:
    # The prober fails the test when it is asked for what nobody prepared.
    host = DockerHost(runs=(Run(),))
    host.request("Start", SOCKET)
    host.clock.sleep(1.0)
    getattr(host.lifecycle(), verb)(WISH)
    assert host.reporter.said == []
