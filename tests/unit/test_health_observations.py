"""What status notices beside the verdict: one report in, its findings out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockerctl.docker.context import CallerEndpoint, Source
from dockerctl.errors import ConnectionRefused, ReadTimeout, SocketMissing
from dockerctl.health.model import Rung, StatusReport
from dockerctl.health.observations import Finding, observe
from dockerctl.systemd.model import LoadState, UnitFileState
from tests.fakes.reports import HEALTHY, REPORT, failed_at, report
from tests.fakes.snapshots import (
    BAD_SETTING,
    CLOSED,
    LISTENING,
    MASKED,
    RUNNING,
    STOPPED,
    TAKEN,
    both,
)

STALE = replace(RUNNING, need_daemon_reload=True)
STALE_SOCKET = replace(TAKEN, need_daemon_reload=True)
NOBODY = ConnectionRefused("Nobody listens on /run/docker.sock.")


def boot(service: str, socket: str | None) -> StatusReport:
    return replace(
        REPORT,
        boot_service=UnitFileState(service),
        boot_socket=None if socket is None else UnitFileState(socket),
    )


def caller(
    source: Source, name: str | None, address: str | None, problem: str | None = None
) -> StatusReport:
    return replace(REPORT, caller=CallerEndpoint(source, name, address, problem))


FOUND: list[tuple[StatusReport, list[Finding]]] = [
    (REPORT, []),
    (report(both(STOPPED, CLOSED)), []),
    (replace(REPORT, caller=None), []),
    (
        report(both(BAD_SETTING, CLOSED)),
        [
            Finding(
                "unit-bad-setting",
                "error",
                "systemd refuses docker.service: it cannot be started or restarted",
                "Unit docker.service has a bad unit file setting",
                "systemd-analyze verify docker.service",
            )
        ],
    ),
    (
        report(both(replace(BAD_SETTING, load_state=LoadState.ERROR, load_error=""), CLOSED)),
        [
            Finding(
                "unit-bad-setting",
                "error",
                "systemd refuses docker.service: it cannot be started or restarted",
                "LoadState is error",
                "systemd-analyze verify docker.service",
            )
        ],
    ),
    (
        report(both(RUNNING, TAKEN), failed_at(Rung.CONNECT, NOBODY)),
        [
            Finding(
                "socket-file-lost",
                "error",
                "docker.socket listens, and nobody can reach it: its file was removed or replaced",
                "Nobody listens on /run/docker.sock",
                "dockerctl stop, then dockerctl start",
            )
        ],
    ),
    (
        report(both(replace(RUNNING, load_state=LoadState.MASKED), TAKEN), HEALTHY),
        [
            Finding(
                "masked-while-active",
                "warning",
                "docker.service runs and is masked: once it stops it cannot be started",
                "LoadState masked, ActiveState active",
                "dockerctl unmask",
            )
        ],
    ),
    (
        report(both(STALE, STALE_SOCKET), HEALTHY),
        [
            Finding(
                "daemon-reload-needed",
                "warning",
                "the files of docker.service and docker.socket changed after systemd read them",
                "NeedDaemonReload is yes",
                "systemctl daemon-reload",
            )
        ],
    ),
    (
        boot("disabled", "enabled"),
        [
            Finding(
                "boot-socket-only",
                "info",
                "after a boot docker.service starts only with the first client of docker.socket",
                "docker.service is disabled, docker.socket is enabled",
                "dockerctl enable (start at boot) or dockerctl disable (never by itself)",
            )
        ],
    ),
    (
        caller("DOCKER_HOST", None, "tcp://other:2375"),
        [
            Finding(
                "caller-elsewhere",
                "warning",
                "your docker command would reach another daemon than this one",
                "DOCKER_HOST points to tcp://other:2375, this daemon listens on "
                "unix:///run/docker.sock",
                "unset DOCKER_HOST DOCKER_CONTEXT, or docker context use default",
            )
        ],
    ),
    (
        caller("DOCKER_CONTEXT", "gone", None, "there is no context of that name"),
        [
            Finding(
                "caller-context-broken",
                "warning",
                "which daemon your docker command would reach cannot be told",
                "DOCKER_CONTEXT gone: there is no context of that name",
                "docker context ls",
            )
        ],
    ),
    (
        caller("default", None, "unix:///var/run/docker.sock", "config.json is not JSON"),
        [
            Finding(
                "caller-config-broken",
                "warning",
                "your docker command passes over its own configuration",
                "config.json is not JSON",
                "repair or remove that file",
            )
        ],
    ),
]


@pytest.mark.parametrize(("seen", "findings"), FOUND)
def test_what_is_found(seen: StatusReport, findings: list[Finding]) -> None:
    assert list(observe(seen)) == findings


@pytest.mark.parametrize(
    "seen",
    [
        boot("enabled", "enabled"),
        boot("enabled", "disabled"),
        boot("disabled", "disabled"),
        boot("static", "static"),
        boot("disabled", None),
        report(both(MASKED, replace(LISTENING, unit_file_state=UnitFileState.ENABLED))),
        # The same daemon by another name.
        caller("DOCKER_HOST", None, "unix:///run/docker.sock"),
        caller("context", "mine", "unix:///run/docker.sock"),
        replace(
            caller("DOCKER_HOST", None, "tcp://other:2375"), probe=report(both(STOPPED, None)).probe
        ),
        # A socket that a failing ping says nothing about, and one that does not listen.
        report(both(RUNNING, TAKEN), failed_at(Rung.PING, ReadTimeout("m."))),
        report(both(RUNNING, CLOSED), failed_at(Rung.CONNECT, NOBODY)),
        report(both(RUNNING, None), failed_at(Rung.SOCKET, SocketMissing("m."))),
        report(
            both(RUNNING, TAKEN), failed_at(Rung.CONNECT, NOBODY, address="tcp://127.0.0.1:2375")
        ),
    ],
)
def test_what_is_no_finding(seen: StatusReport) -> None:
    assert observe(seen) == ()


@pytest.mark.parametrize("address", ["ssh://host", "npipe:////./pipe/docker", "nonsense"])
def test_an_address_that_dockerctl_does_not_speak_is_elsewhere(address: str) -> None:
    (finding,) = observe(caller("DOCKER_HOST", None, address))
    assert finding.code == "caller-elsewhere"
    assert address in finding.evidence


def test_the_most_urgent_comes_first() -> None:
    seen = replace(
        report(both(replace(STALE, load_state=LoadState.BAD_SETTING), TAKEN), HEALTHY),
        boot_service=UnitFileState.DISABLED,
        caller=CallerEndpoint("DOCKER_HOST", None, "tcp://other:2375"),
    )
    assert [finding.severity for finding in observe(seen)] == [
        "error",
        "warning",
        "info",
        "warning",
    ]


def test_a_finding_as_json() -> None:
    assert Finding("c", "info", "t", "e", "f").document() == {
        "code": "c",
        "severity": "info",
        "title": "t",
        "evidence": "e",
        "fix": "f",
    }
