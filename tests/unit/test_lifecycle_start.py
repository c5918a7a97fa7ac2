"""start: every way in which it ends well, and what it says on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockerctl.errors import (
    ConnectionRefused,
    ConnectionReset,
    ReadTimeout,
    SocketForbidden,
    SocketMissing,
    StartFailed,
    UnitMasked,
    UnitNotFound,
)
from dockerctl.lifecycle.plan import Action
from dockerctl.result import Level
from dockerctl.systemd.model import ActiveState
from tests.fakes.docker_host import SERVICE, SOCKET, WISH, DockerHost
from tests.fakes.prober import ENGINE
from tests.fakes.unit_files import READY, Run, ServiceFile, dies, fails


def test_from_never_started_to_healthy() -> None:
    host = DockerHost(runs=(Run(ready_s=0.5),))
    outcome = host.lifecycle().start(WISH)
    assert (outcome.changed, outcome.failed_runs) == (True, 0)
    assert outcome.summary == "docker.service is up: Docker 28.5.2, API 1.51."
    assert [step.action for step in outcome.steps] == [
        Action.RESET_FAILED,
        Action.START,
        Action.PROVE,
    ]
    assert outcome.units.service == host.service
    assert outcome.units.socket == host.socket
    assert outcome.units.service.runs
    assert outcome.probe is not None
    assert outcome.probe.engine == ENGINE
    assert host.prober.prepared
    assert host.reporter.said == []
    assert host.reporter.waited_for[0].startswith("docker.service (")


def test_what_already_runs() -> None:
    host = DockerHost()
    host.bring_up()
    before = host.service
    outcome = host.lifecycle().start(WISH)
    assert not outcome.changed
    assert outcome.summary == "docker.service is already up: Docker 28.5.2, API 1.51."
    assert [step.action for step in outcome.steps] == [Action.PROVE]
    assert host.service == before
    assert not host.manager.wrote
    assert host.prober.climbs == 1


def test_an_api_that_is_late() -> None:
    refused = ConnectionRefused("Nobody listens.")
    host = DockerHost(answers=(refused, ReadTimeout("m."), ConnectionReset("m."), None))
    outcome = host.lifecycle().start(WISH)
    assert outcome.changed
    assert host.prober.climbs == 4
    assert "the Docker API to answer" in host.reporter.waited_for


def test_the_first_run_fails_and_the_second_holds() -> None:
    host = DockerHost(runs=(fails(1), READY))
    outcome = host.lifecycle().start(WISH)
    assert (outcome.changed, outcome.failed_runs) == (True, 1)
    assert outcome.summary.endswith(" (after 1 failed run).")
    (said,) = host.reporter.said
    assert said[0] is Level.WARNING
    assert "The first run of docker.service failed (Result exit-code)" in said[1]
    # Whether waiting for the next run makes sense.
    assert len(host.explainer.asked) == 1


def test_the_first_two_runs_fail() -> None:
    host = DockerHost(runs=(fails(1), fails(1), READY))
    outcome = host.lifecycle().start(WISH)
    assert outcome.failed_runs == 2
    assert outcome.summary.endswith(" (after 2 failed runs).")
    assert len(host.reporter.said) == 1


def test_it_dies_once_and_comes_back() -> None:
    # Ready, answers refused, dead, and up again: the second run is the proof.
    refused = ConnectionRefused("Nobody listens.")
    host = DockerHost(
        runs=(dies(2, after_s=0.1), READY), answers=(refused,) * 6 + (None,), cost_s=0.02
    )
    outcome = host.lifecycle().start(WISH)
    assert outcome.failed_runs == 1
    assert host.service.n_restarts == 1


def test_a_start_limit_is_cleared_and_said() -> None:
    host = DockerHost(runs=(fails(1), fails(1), fails(1), READY))
    host.request("Start")
    host.clock.sleep(2.0)
    assert host.service.active_state is ActiveState.FAILED
    assert host.socket.result == "service-start-limit-hit"

    outcome = host.lifecycle().start(WISH)
    assert outcome.changed
    assert outcome.units.service.runs
    assert host.reporter.said == [
        (
            Level.INFO,
            "Cleared the failed state and the start limit of docker.service (Result exit-code) "
            "and docker.socket (Result service-start-limit-hit).",
        )
    ]


def test_a_start_out_of_auto_restart_does_not_wait_for_it() -> None:
    host = DockerHost(runs=(fails(1), READY), restart_s=30.0)
    host.request("Start")
    host.clock.sleep(1.0)
    assert host.service.auto_restarting
    began = host.clock.monotonic()
    outcome = host.lifecycle().start(WISH)
    assert outcome.changed
    assert host.clock.monotonic() - began < 5.0


def test_a_start_that_joins_another() -> None:
    host = DockerHost(runs=(Run(ready_s=2.0),))
    host.request("Start")
    host.clock.sleep(0.5)
    run = host.service.invocation_id
    outcome = host.lifecycle().start(WISH)
    assert outcome.changed
    assert host.service.invocation_id == run


@pytest.mark.parametrize("fail_fast", [False, True])
def test_a_run_that_was_under_way_fails_and_is_not_judged_as_ours(fail_fast: bool) -> None:
    host = DockerHost(runs=(fails(1, after_s=1.0), READY))
    # Whatever the explainer said of it would be about a configuration that may be repaired.
    host.explainer.permanent = True
    host.request("Start")
    host.clock.sleep(0.5)
    outcome = host.lifecycle().start(replace(WISH, fail_fast=fail_fast))
    assert outcome.units.service.runs
    assert host.explainer.asked == []
    assert host.reporter.said == [
        (
            Level.WARNING,
            "A run of docker.service that was under way failed (Result exit-code); systemd tries "
            "again by itself.",
        )
    ]


def test_the_run_after_the_one_under_way_is_ours() -> None:
    host = DockerHost(runs=(fails(1, after_s=1.0), fails(1)))
    host.explainer.permanent = True
    host.request("Start")
    host.clock.sleep(0.5)
    with pytest.raises(StartFailed):
        host.lifecycle().start(WISH)
    assert host.service.n_restarts == 1


def test_a_start_out_of_a_stop() -> None:
    host = DockerHost(stop_s=1.0)
    host.bring_up()
    host.request("Stop")
    host.clock.sleep(0.5)
    assert host.service.active_state is ActiveState.DEACTIVATING
    assert host.lifecycle().start(WISH).units.service.runs


def test_someone_else_restarts_it_meanwhile() -> None:
    host = DockerHost(runs=(Run(ready_s=0.3), Run(ready_s=0.3)))
    host.after(0.31, lambda: host.request("Restart"))
    outcome = host.lifecycle().start(WISH)
    assert outcome.units.service.runs


def test_an_api_that_may_not_be_asked() -> None:
    host = DockerHost(answers=(SocketForbidden("Not for you."),))
    outcome = host.lifecycle().start(WISH)
    assert outcome.changed
    assert outcome.summary == "docker.service is up."
    assert host.reporter.said == [
        (
            Level.WARNING,
            "The API could not be asked: Not for you. systemd says active; the daemon told systemd "
            "that it is ready.",
        )
    ]


def test_a_socket_that_appears_late() -> None:
    host = DockerHost(answers=(SocketMissing("m."), SocketMissing("m."), None))
    assert host.lifecycle().start(WISH).changed


def test_no_wait_leaves_at_once() -> None:
    host = DockerHost(runs=(Run(ready_s=5.0),))
    began = host.clock.monotonic()
    outcome = host.lifecycle().start(replace(WISH, wait=False))
    assert host.clock.monotonic() == began
    assert outcome.changed
    assert outcome.summary == "systemd was asked to start docker.service; not waited for it."
    assert host.prober.climbs == 0
    host.clock.sleep(6.0)
    assert host.service.runs


def test_dry_run_does_nothing() -> None:
    host = DockerHost()
    outcome = host.lifecycle().start(replace(WISH, dry_run=True))
    assert not outcome.changed
    assert [step.action for step in outcome.steps] == [
        Action.RESET_FAILED,
        Action.START,
        Action.PROVE,
    ]
    assert outcome.summary == "Nothing was changed (--dry-run)."
    assert not host.manager.wrote
    assert host.systemd.jobs.numbers() == set()


def test_a_service_that_needs_no_socket() -> None:
    alone = ServiceFile("own.service", restart="always")
    host = DockerHost(files=(alone,), enabled=())
    outcome = host.lifecycle().start(replace(WISH, unit="own.service"))
    assert outcome.units.socket is None
    assert outcome.summary.startswith("own.service is up")


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_is_not_installed(dry_run: bool) -> None:
    host = DockerHost(files=(), enabled=())
    with pytest.raises(UnitNotFound, match="Docker is not installed"):
        host.lifecycle().start(replace(WISH, dry_run=dry_run))
    assert not host.manager.wrote


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_is_masked(dry_run: bool) -> None:
    host = DockerHost()
    host.systemd.disk.mask([SERVICE, SOCKET])
    host.systemd.daemon_reload()
    with pytest.raises(UnitMasked, match=r"docker\.service is masked") as caught:
        host.lifecycle().start(replace(WISH, dry_run=dry_run))
    assert caught.value.details == {"unit": SERVICE}
    assert not host.manager.wrote
