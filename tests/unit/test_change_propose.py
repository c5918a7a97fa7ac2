"""From what is wanted to a plan."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from dockerctl.change.current import Current
from dockerctl.change.model import BootWish, Effect, Expectation, Target
from dockerctl.change.propose import Proposal, Wanted, plan_of, propose, takes_socket
from dockerctl.config.document import Document
from dockerctl.config.edit import set_value, unset
from dockerctl.config.release import Release
from dockerctl.errors import ConfigurationError
from dockerctl.host.files import read_file
from dockerctl.override.model import Assignment, Draft, EnvFile
from dockerctl.override.recipes import set_env
from dockerctl.override.store import Owner, judge_seal
from tests.changing import FOLDER, FOLDERS, SERVICE, SOCKET, host
from tests.fakes.snapshots import STOPPED

ENV = f"{FOLDER}/{SERVICE}.d/90-dockerctl-env.conf"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "daemon.json"
    path.write_bytes(b'{\n  "debug": true\n}\n')
    return path


def proposed(current: Current, wanted: Wanted) -> Proposal:
    return propose(current, wanted, FOLDERS, cgroup_v2=True)


def with_values(current: Current, **values: object) -> Wanted:
    document = current.document
    for name, value in values.items():
        document = set_value(document, (name.replace("_", "-"),), value)
    return Wanted(document)


def test_nothing_wanted(config: Path) -> None:
    current = host(config)
    proposal = proposed(current, Wanted())
    assert not proposal.changes
    assert (proposal.targets, proposal.effect, proposal.reasons) == ((), Effect.NONE, ())
    assert proposal.document == current.document
    assert proposal.argv == ("/usr/bin/dockerd", "-H", "fd://")
    assert proposal.expectation == Expectation()


def test_the_same_again_changes_nothing(config: Path) -> None:
    current = host(config)
    proposal = proposed(current, with_values(current, debug=True))
    assert not proposal.changes
    assert proposal.decision.effect is Effect.NONE


def test_a_key_that_a_reload_takes(config: Path) -> None:
    current = host(config)
    proposal = proposed(current, with_values(current, labels=["a=1"]))
    (target,) = proposal.targets
    assert proposal.changes
    assert proposal.effect is Effect.RELOAD
    assert json.loads(target.after or b"") == {"debug": True, "labels": ["a=1"]}
    # On the way back the key is gone, and a daemon keeps what it has unless it is told.
    assert json.loads(target.interim_back or b"") == {"debug": True, "labels": []}
    assert target.interim is None
    assert proposal.expectation == Expectation(
        reloaded={"labels": ["a=1"]}, info={"labels": ["a=1"]}
    )


def test_a_key_that_is_removed_is_spelt_out_for_the_reload(config: Path) -> None:
    current = host(config)
    proposal = proposed(current, Wanted(unset(current.document, ("debug",))))
    (target,) = proposal.targets
    assert json.loads(target.after or b"x") == {}
    assert json.loads(target.interim or b"x") == {"debug": False}
    assert target.interim_back is None
    assert proposal.expectation.reloaded == {"debug": False}


def test_a_restart_needs_nothing_spelt_out(config: Path) -> None:
    current = host(config)
    document = set_value(unset(current.document, ("debug",)), ("mtu",), 1400)
    proposal = proposed(current, Wanted(document))
    (target,) = proposal.targets
    assert proposal.effect is Effect.RESTART
    assert (target.interim, target.interim_back) == (None, None)
    assert proposal.reasons == ("mtu is read at the start of the daemon only.",)
    assert proposal.expectation.reloaded == {}


def test_a_reload_beside_a_drop_in_becomes_a_restart(config: Path) -> None:
    current = host(config)
    wanted = replace(
        Wanted(unset(current.document, ("debug",))), drafts=(set_env(SERVICE, {"A": "1"}),)
    )
    proposal = proposed(current, wanted)
    assert proposal.decision.effect is Effect.RELOAD
    assert proposal.effect is Effect.RESTART
    assert [target.interim for target in proposal.targets] == [None, None]
    assert proposal.expectation.reloaded == {}


@pytest.mark.parametrize("text", [b"", b"   \n", None])
def test_a_file_without_keys(config: Path, text: bytes | None) -> None:
    if text is None:
        config.unlink()
    else:
        config.write_bytes(text)
    current = host(config)
    proposal = proposed(current, with_values(current, debug=True))
    (target,) = proposal.targets
    assert proposal.effect is Effect.RELOAD
    assert json.loads(target.after or b"") == {"debug": True}
    assert json.loads(target.interim_back or b"") == {"debug": False}


def test_the_file_is_to_go(config: Path) -> None:
    current = host(config)
    proposal = proposed(current, Wanted(Document.parse(None, current.config_path)))
    (target,) = proposal.targets
    assert target.after is None
    assert target.changes
    assert json.loads(target.interim or b"") == {"debug": False}


def test_a_file_that_does_not_parse_is_only_gone_back_on(config: Path) -> None:
    config.write_bytes(b'{"debug": ')
    current = host(config)
    with pytest.raises(ConfigurationError):
        proposed(current, Wanted())
    proposal = proposed(current, Wanted(Document.parse(b'{"debug": true}', current.config_path)))
    assert proposal.effect is Effect.RESTART
    assert [target.interim_back for target in proposal.targets] == [None]


@pytest.mark.parametrize(("name", "mode"), [("proxies", 0o600), ("labels", 0o644)])
def test_a_new_file_that_may_name_a_password_is_for_root_alone(
    config: Path, name: str, mode: int
) -> None:
    value: object = {"http-proxy": "http://proxy"} if name == "proxies" else ["a=1"]
    current = host(config)
    (target,) = proposed(current, with_values(current, **{name: value})).targets
    assert target.mode == mode


def test_a_drop_in_of_ours(config: Path) -> None:
    current = host(config)
    proposal = proposed(current, Wanted(drafts=(set_env(SERVICE, {"A": "1", "B": "x y"}),)))
    (target,) = proposal.targets
    assert (target.path, target.unit, target.mode) == (ENV, SERVICE, 0o644)
    assert target.before.data is None
    assert judge_seal(target.after or b"") == "ours"
    assert proposal.effect is Effect.RESTART
    assert proposal.reasons == (f"{SERVICE} takes Environment when it is started.",)
    assert not proposal.renews_socket
    (drop_in,) = proposal.service.drop_ins
    assert (drop_in.path, drop_in.owner, drop_in.in_effect) == (ENV, Owner.DOCKERCTL, True)
    assert proposal.expectation == Expectation(
        arguments=("/usr/bin/dockerd", "-H", "fd://"), environment={"A": "1", "B": "x y"}
    )


def test_a_variable_that_the_command_line_takes(config: Path) -> None:
    current = host(config, "/usr/bin/dockerd $DOCKER_OPTS")
    draft = set_env(SERVICE, {"DOCKER_OPTS": "--debug -H fd://"})
    proposal = proposed(current, Wanted(drafts=(draft,)))
    assert proposal.argv == ("/usr/bin/dockerd", "--debug", "-H", "fd://")
    # systemd holds the variable, not its value.
    assert proposal.expectation.arguments == ("/usr/bin/dockerd", "$DOCKER_OPTS")


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("/usr/bin/dockerd --label a=100%%", ("/usr/bin/dockerd", "--label", "a=100%")),
        ("/usr/bin/dockerd --label a=%i", None),
        ("@/usr/bin/dockerd docker --debug", None),
    ],
)
def test_a_command_line_that_only_systemd_can_tell(
    config: Path, command: str, arguments: tuple[str, ...] | None
) -> None:
    wanted = Wanted(drafts=(set_env(SERVICE, {"A": "1"}),))
    assert proposed(host(config, command), wanted).expectation.arguments == arguments


def test_what_needs_nothing(config: Path) -> None:
    draft = Draft(SERVICE, "limits", (Assignment("Service", "MemoryMax", "4G"),))
    proposal = proposed(host(config), Wanted(drafts=(draft,)))
    assert (proposal.changes, proposal.effect, proposal.reasons) == (True, Effect.NONE, ())
    assert proposal.expectation.info == {}


def test_a_socket_is_made_anew(config: Path) -> None:
    draft = Draft(SOCKET, "socket", (Assignment("Socket", "SocketMode", "0600"),))
    proposal = proposed(host(config), Wanted(drafts=(draft,)))
    assert proposal.effect is Effect.RESTART
    assert proposal.renews_socket
    assert proposal.socket is not None
    assert proposal.socket.merged.last("Socket", "SocketMode") == "0600"
    # The service's own files stay as they are, so its command line is not looked for.
    assert proposal.expectation.arguments is None


def test_a_drop_in_of_another_unit_leaves_the_daemon_alone(config: Path) -> None:
    other = "dockerctl-of-tests-containerd.service"
    draft = set_env(other, {"A": "1"})
    proposal = propose(
        host(config), Wanted(drafts=(draft,)), {**FOLDERS, other: FOLDER}, cgroup_v2=True
    )
    assert (proposal.changes, proposal.effect) == (True, Effect.NONE)


def test_an_environment_file(config: Path, tmp_path: Path) -> None:
    draft = Draft(SERVICE, "proxy", (), (EnvFile(f"{tmp_path}/proxy.env", b"A=s3cr3t\n"),))
    proposal = proposed(host(config), Wanted(drafts=(draft,)))
    drop_in, env = proposal.targets
    assert (drop_in.after, drop_in.changes) == (None, False)
    assert (env.after, env.mode, env.unit) == (b"A=s3cr3t\n", 0o600, "")
    assert proposal.effect is Effect.RESTART
    assert "s3cr3t" not in repr(proposal.reasons)


def test_files_to_go_back_to(config: Path, tmp_path: Path) -> None:
    target = Target(read_file(f"{tmp_path}/x.env"), b"A=1\n")
    boot = BootWish(enable=True, units=(SERVICE,))
    proposal = proposed(host(config), Wanted(files=(target,), boot=boot))
    assert proposal.targets == (target,)
    assert (proposal.boot, proposal.effect) == (boot, Effect.RESTART)


def test_enablement_alone_is_a_change(config: Path) -> None:
    proposal = proposed(host(config), Wanted(boot=BootWish(enable=False, units=(SERVICE,))))
    assert (proposal.changes, proposal.effect) == (True, Effect.NONE)


@pytest.mark.parametrize(
    ("values", "argv", "takes"),
    [
        ({}, ("dockerd", "-H", "fd://"), True),
        ({"hosts": ["tcp://[::1]:2375", "fd://"]}, ("dockerd",), True),
        ({"hosts": ["unix:///run/docker.sock"]}, ("dockerd",), False),
        ({"hosts": "fd://"}, ("dockerd",), False),
        ({}, ("dockerd",), False),
        ({}, (), False),
    ],
)  # fmt: skip
def test_whether_the_daemon_takes_the_socket(
    values: dict[str, object], argv: tuple[str, ...], takes: bool
) -> None:
    assert takes_socket(values, argv) is takes


def test_the_plan(config: Path) -> None:
    current = host(config)
    proposal = proposed(current, with_values(current, mtu=1400))
    plan = plan_of(proposal, current, stable_s=1.0, message="why", kind="apply")
    assert (plan.unit, plan.targets, plan.effect) == (SERVICE, proposal.targets, Effect.RESTART)
    assert (plan.running, plan.listening, plan.reload_is_atomic) == (True, True, True)
    assert (plan.stable_s, plan.message, plan.kind, plan.start) == (1.0, "why", "apply", False)
    assert plan.changed == proposal.targets
    assert not plan.touches_units


def test_the_plan_for_a_daemon_that_is_down(config: Path) -> None:
    current = host(config, service=STOPPED, socket=False, release=Release(20, 10, 24))
    plan = plan_of(proposed(current, with_values(current, mtu=1400)), current, start=True)
    assert (plan.running, plan.start, plan.listening) == (False, True, False)
    assert not plan.reload_is_atomic
