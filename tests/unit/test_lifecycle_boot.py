"""enable, disable, mask, unmask: service and socket as a pair, proven."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockerctl.errors import BootStateUnproven, UnitMasked, UnitNotFound
from dockerctl.lifecycle.boot import BootOutcome
from dockerctl.lifecycle.plan import Action
from dockerctl.result import Level
from dockerctl.systemd.model import UnitFileState
from tests.fakes.docker_host import SERVICE, SOCKET, WISH, DockerHost
from tests.fakes.engine import info
from tests.fakes.unit_files import ServiceFile, SocketFile

BOTH = (SERVICE, SOCKET)


def change(host: DockerHost, action: Action, *, now: bool = False) -> BootOutcome:
    return host.boot().change(action, WISH, now=now)


def mask(host: DockerHost) -> None:
    host.systemd.disk.mask(BOTH)
    host.systemd.daemon_reload()


@pytest.mark.parametrize(
    ("action", "enabled", "state", "summary"),
    [
        (Action.ENABLE, (), "enabled", "docker.service and docker.socket are enabled."),
        (Action.ENABLE, (SERVICE,), "enabled", "docker.service and docker.socket are enabled."),
        (Action.DISABLE, BOTH, "disabled", "docker.service and docker.socket are disabled."),
        (Action.DISABLE, (SOCKET,), "disabled", "docker.service and docker.socket are disabled."),
        (Action.MASK, BOTH, "masked", "docker.service and docker.socket are masked."),
    ],
)
def test_a_change(action: Action, enabled: tuple[str, ...], state: str, summary: str) -> None:
    host = DockerHost(enabled=enabled)
    outcome = change(host, action)
    assert (outcome.changed, outcome.summary, outcome.now) == (True, summary, None)
    assert {unit: str(how) for unit, how in outcome.states.items()} == dict.fromkeys(BOTH, state)
    assert [step.action for step in outcome.steps] == [
        action,
        Action.DAEMON_RELOAD,
        Action.PROVE,
    ]
    assert outcome.changes
    # systemd has read it.
    assert str(host.service.unit_file_state) == state
    assert host.service.down
    assert host.reporter.said == []


@pytest.mark.parametrize(
    ("action", "enabled"), [(Action.ENABLE, BOTH), (Action.DISABLE, ()), (Action.UNMASK, BOTH)]
)
def test_what_is_done_already(action: Action, enabled: tuple[str, ...]) -> None:
    host = DockerHost(enabled=enabled)
    outcome = change(host, action)
    assert (outcome.changed, outcome.steps, outcome.changes) == (False, (), ())
    assert outcome.summary.endswith(" already.")
    assert not host.manager.wrote


def test_unmask() -> None:
    host = DockerHost()
    mask(host)
    outcome = change(host, Action.UNMASK)
    assert outcome.changed
    assert host.systemd.disk.state(SOCKET) is UnitFileState.ENABLED
    assert not host.service.masked


def test_a_service_without_a_socket() -> None:
    host = DockerHost(files=(ServiceFile("own.service"),), enabled=())
    outcome = host.boot().change(Action.ENABLE, replace(WISH, unit="own.service"), now=False)
    assert outcome.summary == "own.service is enabled."
    assert set(outcome.states) == {"own.service"}


@pytest.mark.parametrize("action", [Action.DISABLE, Action.MASK])
def test_a_daemon_that_still_runs_is_spoken_of(action: Action) -> None:
    host = DockerHost()
    host.bring_up()
    change(host, action)
    assert host.reporter.said == [
        (Level.INFO, "docker.service still runs; --now would stop it as well.")
    ]


@pytest.mark.parametrize("action", [Action.DISABLE, Action.MASK])
def test_a_socket_that_still_listens_is_spoken_of(action: Action) -> None:
    host = DockerHost()
    host.request("Start", SOCKET)
    host.clock.sleep(1.0)
    change(host, action)
    assert host.reporter.said == [
        (Level.INFO, "docker.socket still listens; --now would stop it as well.")
    ]


def test_enable_now() -> None:
    host = DockerHost(enabled=())
    outcome = change(host, Action.ENABLE, now=True)
    assert outcome.changed
    assert outcome.now is not None
    assert outcome.summary == (
        "docker.service and docker.socket are enabled. docker.service is up: Docker 28.5.2, API "
        "1.51."
    )
    assert host.service.runs


def test_enable_now_where_all_is_done() -> None:
    host = DockerHost()
    host.bring_up()
    outcome = change(host, Action.ENABLE, now=True)
    assert not outcome.changed
    assert outcome.summary.startswith("docker.service and docker.socket are enabled already.")


@pytest.mark.parametrize("action", [Action.DISABLE, Action.MASK])
def test_now_stops_both(action: Action) -> None:
    host = DockerHost(info=info())
    host.bring_up()
    outcome = change(host, action, now=True)
    assert outcome.changed
    assert (host.service.down, host.socket.down) == (True, True)
    assert outcome.summary.endswith("docker.service and docker.socket are down.")


def test_now_changes_something_even_where_the_files_are_as_wanted() -> None:
    host = DockerHost(enabled=(), info=info())
    host.bring_up()
    outcome = change(host, Action.DISABLE, now=True)
    assert outcome.changed
    assert outcome.summary.startswith("docker.service and docker.socket are disabled already.")


@pytest.mark.parametrize("action", [Action.ENABLE, Action.DISABLE, Action.MASK])
@pytest.mark.parametrize("now", [True, False])
def test_dry_run_does_nothing(action: Action, now: bool) -> None:
    host = DockerHost(enabled=(SOCKET,))
    host.bring_up()
    outcome = host.boot().change(action, replace(WISH, dry_run=True), now=now)
    assert not outcome.changed
    assert outcome.steps[0].action is action
    assert not host.manager.wrote
    assert host.service.runs


def test_enable_of_what_is_masked() -> None:
    host = DockerHost()
    mask(host)
    with pytest.raises(UnitMasked, match=r"docker\.service and docker\.socket cannot be enabled"):
        change(host, Action.ENABLE)
    assert not host.manager.wrote


@pytest.mark.parametrize("action", [Action.ENABLE, Action.DISABLE, Action.UNMASK])
def test_what_is_not_installed(action: Action) -> None:
    host = DockerHost(files=(), enabled=())
    with pytest.raises(UnitNotFound):
        change(host, action)
    assert not host.manager.wrote


def test_what_is_not_installed_can_be_masked_in_advance() -> None:
    host = DockerHost(files=(), enabled=())
    outcome = change(host, Action.MASK)
    assert outcome.changed
    assert set(outcome.states) == set(BOTH)
    assert host.reporter.said == [
        (Level.WARNING, "docker.service does not exist; masking it all the same.")
    ]
    # And be allowed again.
    assert change(host, Action.UNMASK).changed
    assert host.systemd.disk.state(SERVICE) is UnitFileState.NOT_FOUND


def test_a_success_that_is_none() -> None:
    host = DockerHost(enabled=())
    # Someone disables the socket again before the proof.

    def disable_again(_: str) -> None:
        host.systemd.disk.disable([SOCKET])

    host.systemd.on_change.append(disable_again)
    with pytest.raises(BootStateUnproven) as caught:
        change(host, Action.ENABLE)
    assert caught.value.message == "systemd reported success, and docker.socket is disabled."
    assert caught.value.details == {"states": {SERVICE: "enabled", SOCKET: "disabled"}}
    assert host.manager.wrote


def test_a_socket_that_is_static_is_spared() -> None:
    files = (
        ServiceFile(SERVICE, requires=(SOCKET,)),
        SocketFile(SOCKET, "/run/docker.sock", installable=False),
    )
    host = DockerHost(files=files, enabled=())
    outcome = change(host, Action.ENABLE)
    assert outcome.steps[0].units == (SERVICE,)
    assert outcome.states[SOCKET] is UnitFileState.STATIC
