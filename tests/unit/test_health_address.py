"""Where the daemon listens: from its unit and its process, never from the caller."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dockerctl.health.address import Defaults, Whereabouts
from dockerctl.health.model import Units
from dockerctl.systemd.model import LoadState
from tests.fakes.snapshots import MASKED, NEVER_STARTED, RUNNING, TAKEN, both

USUAL = ("/usr/sbin/dockerd", "-H", "fd://")
ALONE = replace(RUNNING, triggered_by=(), requires=())


def found(
    units: Units, argv: tuple[str, ...] = (), environ: dict[str, str] | None = None
) -> str | None:
    """The address when the process with the units' PID has ``argv``."""

    def command_line(pid: int) -> tuple[str, ...]:
        assert pid == units.service.main_pid != 0
        return argv

    address = Whereabouts(command_line, environ or {}).address(units)
    return None if address is None else str(address)


def test_the_usual_unit() -> None:
    assert found(both(RUNNING, TAKEN), USUAL) == "unix:///run/docker.sock"


def test_the_process_counts_more_than_the_unit() -> None:
    argv = ("/usr/sbin/dockerd", "-H", "unix:///run/other.sock")
    assert found(both(RUNNING, TAKEN), argv) == "unix:///run/other.sock"


def test_a_process_that_cannot_be_read_leaves_the_unit() -> None:
    assert found(both(RUNNING, TAKEN)) == "unix:///run/docker.sock"


def test_a_daemon_that_does_not_run_has_its_unit() -> None:
    assert found(both(NEVER_STARTED, TAKEN)) == "unix:///run/docker.sock"


def test_the_caller_does_not_decide() -> None:
    environ = {"DOCKER_HOST": "tcp://elsewhere:2375", "DOCKER_CONTEXT": "other"}
    assert found(both(RUNNING, TAKEN), USUAL, environ) == "unix:///run/docker.sock"


def test_a_masked_unit_without_a_process_tells_nothing() -> None:
    assert found(both(MASKED, None)) is None


def test_a_masked_socket_listens_where_packaged_ones_do() -> None:
    # systemd forgets what a masked unit says.
    masked = replace(TAKEN, load_state=LoadState.MASKED, listen=())
    assert found(both(RUNNING, masked), USUAL) == "unix:///run/docker.sock"
    assert found(both(RUNNING, replace(TAKEN, listen=())), USUAL) is None


def test_a_daemon_of_a_user_has_other_defaults(tmp_path: Path) -> None:
    environ = {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": "/home/me"}
    defaults = Defaults.of_user(environ)
    assert (defaults.socket, defaults.config) == (
        f"{tmp_path}/docker.sock",
        "/home/me/.config/docker/daemon.json",
    )
    elsewhere = Defaults.of_user({**environ, "XDG_CONFIG_HOME": "/conf"})
    assert elsewhere.config == "/conf/docker/daemon.json"
    units = both(replace(ALONE, main_pid=0, exec_start=(("/usr/bin/dockerd-rootless.sh",),)), None)
    address = Whereabouts(lambda _: (), environ, defaults).address(units)
    assert str(address) == f"unix://{tmp_path}/docker.sock"


def test_a_user_without_a_runtime_folder() -> None:
    assert Defaults.of_user({}).socket == f"/run/user/{os.getuid()}/docker.sock"


def test_a_daemon_without_a_socket_unit_has_its_default() -> None:
    assert found(both(ALONE, None), ("/usr/bin/dockerd",)) == "unix:///var/run/docker.sock"


def test_a_program_that_is_no_dockerd_has_none() -> None:
    # Its default would be the socket of another daemon.
    assert found(both(ALONE, None), ("/usr/bin/other",)) is None


def test_sockets_come_before_ports() -> None:
    argv = ("/usr/bin/dockerd", "-H", "tcp://0.0.0.0:2375", "-H", "fd://")
    assert found(both(RUNNING, TAKEN), argv) == "unix:///run/docker.sock"
    assert found(both(ALONE, None), argv[:3]) == "tcp://127.0.0.1:2375"


Write = Callable[[object], str]


@pytest.fixture
def config(tmp_path: Path) -> Write:
    """Write a daemon.json; its path."""

    def write(content: object) -> str:
        path = tmp_path / "daemon.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


@pytest.mark.parametrize(
    ("content", "address"),
    [
        ({"hosts": ["unix:///run/conf.sock"]}, "unix:///run/conf.sock"),
        ({"hosts": ["tcp://127.0.0.1:2376"], "tls": True}, "tcp://127.0.0.1:2376"),
        # dockerd's own default port, with TLS too (moby, opts/hosts.go).
        ({"hosts": ["tcp://0.0.0.0"], "tlsverify": True}, "tcp://127.0.0.1:2375"),
        ({}, "unix:///var/run/docker.sock"),
        # What dockerd would refuse decides nothing.
        ({"hosts": "unix:///run/x.sock"}, "unix:///var/run/docker.sock"),
        ({"hosts": [1, None]}, "unix:///var/run/docker.sock"),
        ([], "unix:///var/run/docker.sock"),
        ("{broken", "unix:///var/run/docker.sock"),
        ("", "unix:///var/run/docker.sock"),
        ("[" * 100_000, "unix:///var/run/docker.sock"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_hosts_of_the_configuration(config: Write, content: object, address: str) -> None:
    argv = ("/usr/bin/dockerd", "--config-file", config(content))
    assert found(both(ALONE, None), argv) == address


def test_flags_leave_the_configuration_unread(config: Write) -> None:
    path = config({"hosts": ["unix:///run/conf.sock"]})
    argv = ("/usr/bin/dockerd", "-H", "unix:///run/flag.sock", "--config-file", path)
    assert found(both(ALONE, None), argv) == "unix:///run/flag.sock"


def test_a_configuration_that_is_missing(tmp_path: Path) -> None:
    argv = ("/usr/bin/dockerd", f"--config-file={tmp_path / 'none.json'}")
    assert found(both(ALONE, None), argv) == "unix:///var/run/docker.sock"
