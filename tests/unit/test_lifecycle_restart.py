"""restart, try-restart and reload."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dockerctl.errors import (
    DaemonHung,
    DeadlinePassed,
    DiedAfterStart,
    DockerctlError,
    Interrupted,
    JobNotApplicable,
    NotRunning,
    ReadTimeout,
    ReloadFailed,
    StartFailed,
    UnitMasked,
)
from dockerctl.exits import ExitCode
from dockerctl.lifecycle.plan import Action
from dockerctl.result import Level
from dockerctl.systemd.model import ActiveState
from tests.fakes.docker_host import SERVICE, SOCKET, WISH, DockerHost
from tests.fakes.engine import info
from tests.fakes.unit_files import READY, Run, ServiceFile, SocketFile, dies, fails

UNITS_WITHOUT_RELOAD = (
    ServiceFile(SERVICE, requires=(SOCKET,)),
    SocketFile(SOCKET, "/run/docker.sock"),
)


def running(**how: object) -> DockerHost:
    """A host whose daemon runs."""
    host = DockerHost(**{"info": info(), **how})  # type: ignore[arg-type]
    host.bring_up()
    return host


# --- restart ------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["restart", "try_restart"])
def test_a_new_run_takes_over(verb: str) -> None:
    host = running(runs=(READY, Run(ready_s=2.0)), stop_s=1.0)
    old = host.service.invocation_id
    outcome = getattr(host.lifecycle(), verb)(WISH)
    assert outcome.changed
    assert outcome.summary == "docker.service is up: Docker 28.5.2, API 1.51."
    assert outcome.units.service.invocation_id not in ("", old)
    assert outcome.units.service == host.service


def test_a_restart_of_what_is_down_starts_it() -> None:
    host = DockerHost()
    outcome = host.lifecycle().restart(WISH)
    assert outcome.changed
    assert host.service.runs


def test_a_try_restart_of_what_is_down_leaves_it() -> None:
    host = DockerHost()
    outcome = host.lifecycle().try_restart(WISH)
    assert (outcome.changed, outcome.steps) == (False, ())
    assert outcome.summary == "docker.service is not running; nothing to restart."
    assert not host.manager.wrote


def test_a_try_restart_lets_a_stop_have_its_way() -> None:
    host = running(stop_s=10.0)
    host.request("Stop")
    host.clock.sleep(1.0)
    outcome = host.lifecycle().try_restart(WISH)
    assert (outcome.changed, outcome.steps) == (False, ())
    assert outcome.summary == "docker.service is being stopped; nothing to restart."
    assert not host.manager.wrote
    host.clock.sleep(10.0)
    assert host.service.down


def test_the_old_run_is_no_proof() -> None:
    # The old daemon answers until it ends; the new one fails.
    host = running(runs=(READY, fails(1)), restart="no", stop_s=1.0)
    old = host.service.invocation_id
    with pytest.raises(StartFailed) as caught:
        host.lifecycle().restart(WISH)
    assert caught.value.details["came_up"] is False
    assert [asked.not_run for asked in host.explainer.asked] == [old]


def test_the_new_run_fails_and_the_next_holds() -> None:
    host = running(runs=(READY, fails(1), READY))
    outcome = host.lifecycle().restart(WISH)
    assert outcome.failed_runs == 1
    assert outcome.summary.endswith("(after 1 failed run).")


def test_the_new_run_dies_after_it_was_ready() -> None:
    host = running(runs=(READY, dies(2, after_s=0.2)), restart="no", answers=(ReadTimeout("m."),))
    with pytest.raises(DiedAfterStart):
        host.lifecycle().restart(WISH)


def test_a_restart_of_a_masked_service() -> None:
    host = running()
    host.systemd.disk.mask([SERVICE])
    host.systemd.daemon_reload()
    before = host.service
    with pytest.raises(UnitMasked):
        host.lifecycle().restart(WISH)
    assert host.service == before


def test_a_restart_in_the_dry() -> None:
    host = running()
    before = host.service
    outcome = host.lifecycle().restart(replace(WISH, dry_run=True))
    assert [step.action for step in outcome.steps] == [
        Action.RESET_FAILED,
        Action.RESTART,
        Action.PROVE,
    ]
    assert host.service == before


def test_a_restart_that_is_not_waited_for() -> None:
    host = running()
    outcome = host.lifecycle().restart(replace(WISH, wait=False))
    assert outcome.summary == "systemd was asked to restart docker.service; not waited for it."


# --- reload -------------------------------------------------------------------------------------


def test_a_reload_is_delivered() -> None:
    host = running()
    before = host.service
    outcome = host.lifecycle().reload(WISH)
    assert outcome.changed
    assert outcome.summary == "docker.service took the reload signal."
    assert [step.action for step in outcome.steps] == [Action.RELOAD, Action.PROVE]
    assert host.service.main_pid == before.main_pid
    ((level, text),) = host.reporter.said
    assert level is Level.INFO
    assert text.startswith("The reload was delivered. dockerd reports success even when")


@pytest.mark.parametrize(
    ("prepare", "word"),
    [
        (lambda _: None, "inactive"),
        (lambda host: host.request("Start", SOCKET), "inactive"),
    ],
)
def test_a_reload_of_what_is_down(prepare: Callable[[DockerHost], None], word: str) -> None:
    host = DockerHost()
    prepare(host)
    host.clock.sleep(1.0)
    with pytest.raises(NotRunning) as caught:
        host.lifecycle().reload(WISH)
    assert caught.value.exit_code is ExitCode.NOT_RUNNING
    assert f"is {word}; only a running daemon can reload" in caught.value.message
    assert not host.manager.wrote


def test_a_reload_where_the_unit_has_none() -> None:
    host = running(files=UNITS_WITHOUT_RELOAD)
    with pytest.raises(JobNotApplicable, match="has no ExecReload="):
        host.lifecycle().reload(WISH)
    assert not host.manager.wrote


def test_a_reload_in_the_dry() -> None:
    host = running()
    outcome = host.lifecycle().reload(replace(WISH, dry_run=True))
    assert (outcome.changed, len(outcome.steps)) == (False, 2)
    assert not host.manager.wrote


def test_a_reload_that_is_not_waited_for() -> None:
    host = running()
    outcome = host.lifecycle().reload(replace(WISH, wait=False))
    assert outcome.summary == "systemd was asked to reload docker.service; not waited for it."


def test_a_reload_that_kills_the_daemon() -> None:
    host = running(restart="no")
    host.once(
        lambda service: service.active_state is ActiveState.ACTIVE,
        lambda: host.systemd.exit(SERVICE, 1),
    )
    with pytest.raises(ReloadFailed) as caught:
        host.lifecycle().reload(WISH)
    assert caught.value.message == "docker.service did not survive the reload: it is failed."


def test_a_reload_during_which_the_daemon_dies() -> None:
    host = running(restart="no")
    host.once(
        lambda service: service.active_state is ActiveState.RELOADING,
        lambda: host.systemd.kill(SERVICE),
    )
    with pytest.raises(DockerctlError) as caught:
        host.lifecycle().reload(WISH)
    assert type(caught.value) is ReloadFailed
    assert caught.value.message == "The reload of docker.service ended with 'failed'."


def test_a_reload_after_which_a_new_run_has_the_place() -> None:
    host = running(runs=(READY, Run(ready_s=0.1)), restart="always", restart_s=0.0)
    host.once(
        lambda service: service.active_state is ActiveState.ACTIVE,
        lambda: host.systemd.kill(SERVICE),
    )
    with pytest.raises(ReloadFailed, match="did not survive"):
        host.lifecycle().reload(WISH)


def test_a_new_run_does_not_answer_for_the_one_that_was_reloaded() -> None:
    def die() -> None:
        host.systemd.kill(SERVICE)
        host.clock.sleep(1.0)

    host = running(runs=(READY, Run(ready_s=0.1)), restart="always", restart_s=0.0, during=die)
    with pytest.raises(ReloadFailed) as caught:
        host.lifecycle().reload(WISH)
    assert caught.value.message == (
        "docker.service did not survive the reload: a new run has its place."
    )
    assert host.service.runs


def test_a_reload_after_which_the_api_is_hung() -> None:
    host = running(answers=(ReadTimeout("m."),), cost_s=2.0)
    began = host.clock.monotonic()
    with pytest.raises(DaemonHung):
        host.lifecycle().reload(WISH)
    assert host.clock.monotonic() - began <= 16.0


def test_a_reload_that_takes_too_long() -> None:
    host = running()
    host.give(0.005)
    with pytest.raises(DeadlinePassed, match="has not taken the reload after"):
        host.lifecycle().reload(WISH)


def test_ctrl_c_during_a_reload() -> None:
    host = running()
    host.manager.interrupt_after(0.005)
    with pytest.raises(Interrupted, match=r"docker\.service is reloading \(reload\)"):
        host.lifecycle().reload(WISH)
