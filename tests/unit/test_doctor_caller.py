"""Findings about the person who asks and their docker command."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import replace
from typing import Any, cast

import pytest

from dockerctl.docker.context import CallerEndpoint, Source
from dockerctl.doctor.checks import caller_endpoint, caller_rights
from dockerctl.doctor.examining import examine
from dockerctl.doctor.facts.caller import CallerFacts
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.network import Link, NetworkFacts
from dockerctl.doctor.facts.sockets import SocketFile, SocketsFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, Severity
from dockerctl.doctor.ground import Ground
from dockerctl.doctor.model import Facts
from dockerctl.host.routes import Interface
from tests.unit.test_doctor_sockets import GOOD, HEALTHY, LISTENS, UP

CHECKS = (*caller_endpoint.CHECKS, *caller_rights.CHECKS)
ROOT = CallerFacts(program="/usr/bin/docker", session_groups=frozenset({0}))
ALICE = replace(
    ROOT, uid=1000, user="alice", session_groups=frozenset({1000}),
    database_groups=frozenset({1000}),
)  # fmt: skip
CLOSED = replace(HEALTHY, files={"/run/docker.sock": replace(GOOD, allowed=False)})


def found(
    caller: CallerFacts = ROOT,
    sockets: SocketsFacts = HEALTHY,
    *,
    version: dict[str, object] | None = None,
    network: NetworkFacts | None = None,
) -> tuple[Finding, ...]:
    engine = EngineFacts(version=version or {"MinAPIVersion": "1.24", "ApiVersion": "1.51"})
    units = UnitsFacts(with_load(UP), LISTENS)
    parts = (caller, sockets, engine, units, network or NetworkFacts())
    return examine(CHECKS, Facts.of_parts(*parts)).findings


def with_load(unit: UnitFacts) -> UnitFacts:
    return replace(unit, properties={**unit.properties, "LoadState": "loaded"})


def codes(findings: tuple[Finding, ...]) -> list[str]:
    assert all(f.severity in (Severity.WARNING, Severity.INFO) for f in findings)
    return [f.code for f in findings]


def at(
    address: str | None, source: Source = "DOCKER_HOST", name: str | None = None, **more: Any
) -> CallerFacts:
    problem = more.pop("problem", None)
    return replace(ROOT, endpoint=CallerEndpoint(source, name, address, problem), **more)


def test_root_on_a_healthy_host() -> None:
    assert found() == ()


@pytest.mark.parametrize(
    ("caller", "wanted"),
    [
        (ALICE, ["caller-not-in-group"]),
        (replace(ALICE, database_groups=frozenset({1000, 101})), ["caller-session-old"]),
        (replace(ALICE, session_groups=frozenset({1000, 101})), []),
        (replace(ALICE, session_groups=None), []),
        # Through sudo it does not matter, unless the person believes to be in the group.
        (replace(ALICE, uid=0, through_sudo=True), []),
        (
            replace(ALICE, uid=0, through_sudo=True, database_groups=frozenset({1000, 101})),
            ["caller-session-old"],
        ),
    ],
)
def test_rights(caller: CallerFacts, wanted: list[str]) -> None:
    assert codes(found(caller, CLOSED)) == wanted


def test_a_socket_of_root_alone_is_no_matter_of_groups() -> None:
    file = replace(GOOD, gid=0, group="root", allowed=False)
    assert found(ALICE, replace(HEALTHY, files={"/run/docker.sock": file})) == ()


MISSING = SocketFile("absent")


@pytest.mark.parametrize(
    ("caller", "wanted"),
    [
        (at("unix:///run/docker.sock", socket=GOOD), []),
        (at("unix:///var/run/docker.sock", "context", "default", socket=GOOD), []),
        (at("unix:///home/a/docker.sock", socket=MISSING), ["caller-socket-missing"]),
        (at("unix:///home/a/docker.sock", socket=GOOD), ["caller-elsewhere"]),
        (at("unix:///run/gone", "context", "gone", socket=MISSING), ["caller-socket-missing"]),
        (at("tcp://127.0.0.1:2375", resolved=("127.0.0.1",)), ["caller-elsewhere"]),
        (at("tcp://other:2376", resolved=None), ["caller-elsewhere"]),
        (at("ssh://root@other"), ["caller-elsewhere"]),
        (at("tcp://nosuch:2375", resolved=(), lookup_problem="no"), ["caller-host-unknown"]),
        (at("/run/docker.sock", address_problem="It is none."), ["caller-address-bad"]),
        (at(None, "DOCKER_CONTEXT", "x", problem="there is no x"), ["caller-context-broken"]),
        (
            at("unix:///var/run/docker.sock", "default", problem="config.json is not JSON"),
            ["caller-config-broken"],
        ),
    ],
)
def test_endpoints(caller: CallerFacts, wanted: list[str]) -> None:
    assert codes(found(caller)) == wanted


def test_the_fix_names_what_decided() -> None:
    assert found(at("ssh://other"))[0].fix == "unset DOCKER_HOST"
    assert found(at("ssh://other", "context", "o"))[0].fix == "docker context use default"


def test_a_password_in_the_address_is_not_shown() -> None:
    text = str(found(at("tcp://me:secret@other:2375"))[0].evidence)
    assert "secret" not in text


def test_a_name_of_this_host_is_this_daemon() -> None:
    sockets = replace(HEALTHY, hosts=("fd://", "tcp://0.0.0.0:2376"))
    caller = at("tcp://docker.example:2376", resolved=("192.0.2.7",))
    own = NetworkFacts(links={"eth0": Link("eth0", addresses=(interface("192.0.2.7/24"),))})
    assert codes(found(caller, sockets, network=own)) == []
    assert codes(found(caller, sockets)) == ["caller-elsewhere"]


def interface(text: str) -> Interface:
    return ipaddress.ip_interface(text)


@pytest.mark.parametrize(
    ("caller", "wanted"),
    [
        (replace(ROOT, missing_tls_files=("/root/.docker/ca.pem",)), ["caller-tls-files-missing"]),
        (replace(ROOT, program=""), ["client-missing"]),
        (replace(ROOT, api_version="1.10"), ["caller-api-version"]),
        (replace(ROOT, api_version="1.99"), ["caller-api-version"]),
        (replace(ROOT, api_version="1.41", program_api="1.10"), []),
        (replace(ROOT, api_version="nonsense"), ["caller-api-version"]),
        (replace(ROOT, program_api="1.12"), ["client-too-old"]),
        (replace(ROOT, program_api="1.51"), []),
    ],
)
def test_the_docker_command(caller: CallerFacts, wanted: list[str]) -> None:
    assert codes(found(caller)) == wanted


def test_a_daemon_that_does_not_tell_its_versions() -> None:
    assert found(replace(ROOT, api_version="1.10"), version={"ApiVersion": 7}) == ()


# --- gathering ---------------------------------------------------------------------------------


def ground(environ: dict[str, str]) -> Ground:
    nothing = cast(Any, None)
    return Ground(
        unit="docker.service", units=UnitsFacts(UP), configuration=ConfigurationFacts(),
        environ=environ, deadline=nothing, run=nothing, journal=nothing, ask=None, now_s=0.0,
    )  # fmt: skip


def test_the_caller_is_read_from_the_environment() -> None:
    caller = CallerFacts.gather(ground({"HOME": "/nowhere"}))
    assert caller.uid == os.getuid()
    assert caller.endpoint.source == "default"
    assert caller.resolved is None
    assert caller.missing_tls_files == ()
    assert caller.program_api == ""


def test_certificates_are_missed_where_the_environment_wants_them() -> None:
    environ = {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/nowhere"}
    environ["DOCKER_HOST"] = "tcp://[::1]:2376"
    caller = CallerFacts.gather(ground(environ))
    assert caller.missing_tls_files == tuple(f"/nowhere/{n}.pem" for n in ("ca", "cert", "key"))
    assert caller.resolved == ("::1",)


@pytest.mark.parametrize(
    ("host", "bad"), [("/run/docker.sock", True), ("ssh://h", False), ("localhost:2375", False)]
)
def test_addresses_that_the_command_reads(host: str, bad: bool) -> None:
    caller = CallerFacts.gather(ground({"DOCKER_HOST": host}))
    assert bool(caller.address_problem) is bad
