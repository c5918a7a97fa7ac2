"""containerd: down, masked, broken, frozen, unreachable, or dockerd's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dockerctl.doctor.checks import (
    containerd_answer,
    containerd_own,
    containerd_parts,
    containerd_unit,
    engine_packages,
    engine_programs,
)
from dockerctl.doctor.codes import code_table
from dockerctl.doctor.examining import examine
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.containerd import ContainerdFacts, parse_config
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.installation import InstallationFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.program import Program, find, what_is_wrong
from dockerctl.doctor.facts.seen_file import SeenFile, see_file
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import When
from dockerctl.doctor.model import Facts

CHECKS = (
    *containerd_answer.CHECKS,
    *containerd_own.CHECKS,
    *containerd_parts.CHECKS,
    *containerd_unit.CHECKS,
    *engine_packages.CHECKS,
    *engine_programs.CHECKS,
)
SOCKET = "/run/containerd/containerd.sock"
HEALTHY = ContainerdFacts(named=True, listening=True, listeners=(SOCKET,), state="S", pid=7)
GONE = replace(HEALTHY, socket=SeenFile(SOCKET, "absent"), listening=False, listeners=())
LEFT = replace(HEALTHY, socket=SeenFile(SOCKET, "socket"), listening=False, listeners=())
ENGINE = EngineFacts(asked=True, ping="ok")
ALL = ("containerd", "containerd-shim-runc-v2", "runc", "docker-proxy", "docker-init")
PROGRAMS = InstallationFacts({n: Program(n, f"/usr/bin/{n}") for n in ALL}, packages=frozenset())


def broken(seen: ContainerdFacts) -> ContainerdFacts:
    return replace(seen, config_problem="Illegal character", config_place="1:15")


def unit(name: str, **properties: object) -> UnitFacts:
    return UnitFacts(name, {"LoadState": "loaded", "Result": "success"} | properties)


def units(docker: str = "active", containerd: str = "active", **properties: object) -> UnitsFacts:
    result = "exit-code" if docker == "failed" else "success"
    service = unit(
        "docker.service", ActiveState=docker, Result=result, Wants=("containerd.service",)
    )
    return UnitsFacts(
        service, containerd=unit("containerd.service", ActiveState=containerd, **properties)
    )


def judge(*parts: object) -> list[tuple[str, When]]:
    given = {type(part): part for part in parts}
    defaults = (units(), HEALTHY, ENGINE, PROGRAMS, ConfigurationFacts(), JournalFacts())
    facts = Facts({type(part): part for part in defaults} | given)
    examination = examine(CHECKS, facts)
    assert not examination.unseen
    for finding in examination.findings:
        assert finding.code in code_table()
        assert finding.evidence
        assert finding.fix
        assert "\n" not in finding.fix
    return [(finding.code, finding.when) for finding in examination.findings]


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (units("inactive", "inactive"), LEFT),
        (units("inactive", "active"),),
        # Starting for the first time.
        (units("activating", "activating"), GONE),
        # The containerd of something else, by its own socket.
        (
            units("active", "inactive"),
            replace(HEALTHY, address="/run/k3s/containerd/containerd.sock"),
        ),
        # One that was started by hand.
        (units("active", "inactive"), HEALTHY),
        # dockerd was not told, and there is no unit: it has its own.
        (
            UnitsFacts(
                unit("docker.service", ActiveState="active"),
                containerd=UnitFacts("containerd.service", {"LoadState": "not-found"}),
            ),
            replace(GONE, named=False, own_children=(9,)),
        ),
        # A config that only root may read.
        (replace(HEALTHY, config_problem="permission denied"),),
        # Busy for a moment.
        (replace(HEALTHY, state="D"),),
    ],
)
def test_nothing_is_found_on_a_healthy_host(parts: tuple[object, ...]) -> None:
    assert judge(*parts) == []


NOW, NEXT = When.NOW, When.NEXT_START
MASKED = {"LoadState": "masked", "FragmentPath": "/etc/systemd/system/containerd.service"}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((units("active", "inactive"), LEFT), ("containerd-down", NOW)),
        ((units("activating", "inactive"), GONE), ("containerd-down", NOW)),
        ((units("failed", "inactive"), GONE), ("containerd-down", NOW)),
        ((units("active", "inactive", **MASKED), LEFT), ("containerd-masked", NOW)),
        ((units("inactive", "inactive", **MASKED), LEFT), ("containerd-masked", NEXT)),
        ((units("active", "active", **MASKED),), ("containerd-masked", NEXT)),
        ((broken(HEALTHY),), ("containerd-config-invalid", NEXT)),
        (
            (units("activating", "activating", NRestarts=4), broken(GONE)),
            ("containerd-config-invalid", NOW),
        ),
        (
            (units("activating", "activating", ExecMainStatus=203, NRestarts=2), GONE),
            ("containerd-program-missing", NOW),
        ),
        (
            (replace(HEALTHY, program="/usr/bin/containerd", program_problem="it is empty"),),
            ("containerd-program-missing", NEXT),
        ),
        (
            (units("active", "failed", Result="exit-code"), LEFT),
            ("containerd-failed", NOW),
        ),
        ((units("failed"), GONE), ("containerd-socket-missing", NOW)),
        ((units("active"), replace(GONE, listening=True)), ("containerd-socket-missing", NEXT)),
        ((units("active"), LEFT), ("containerd-socket-missing", NEXT)),
        (
            (units("activating"), replace(GONE, address="/run/other.sock")),
            ("containerd-address-differs", NOW),
        ),
        (
            (units("activating"), replace(GONE, config={"grpc": {"address": "/run/c.sock"}})),
            ("containerd-address-differs", NOW),
        ),
        ((replace(HEALTHY, state="T"),), ("containerd-frozen", NOW)),
        ((units(FreezerState="frozen"),), ("containerd-frozen", NOW)),
        (
            (replace(HEALTHY, named=False, own_children=(9,)),),
            ("containerd-second", NOW),
        ),
        (
            (
                units("activating", "inactive"),
                replace(GONE, named=False, own_pid=37, own_name="dbus-daemon"),
            ),
            ("containerd-pid-file-stale", NOW),
        ),
    ],
)
def test_what_is_wrong_is_found(parts: tuple[object, ...], expected: tuple[str, When]) -> None:
    assert judge(*parts) == [expected]


def test_no_unit_and_nobody_listens() -> None:
    missing = UnitsFacts(
        unit("docker.service", ActiveState="failed", Result="exit-code"),
        containerd=UnitFacts("containerd.service", {"LoadState": "not-found"}),
    )
    assert judge(missing, GONE) == [("containerd-not-installed", NOW)]


def test_a_containerd_that_hangs_shows_in_two_calls_and_not_in_the_list() -> None:
    late = {"/info": "No answer in time.", "/version": "No answer in time."}
    hung = replace(ENGINE, problems=late, codes=dict.fromkeys(late, "read-timeout"))
    assert judge(hung) == [("containerd-hung", NOW)]
    assert judge(hung, replace(HEALTHY, state="D")) == [("containerd-frozen", NOW)]
    # With the list hanging too, it is the daemon.
    all_late = late | {"/containers/json?all=1": "No answer in time."}
    codes = dict.fromkeys(all_late, "read-timeout")
    assert judge(replace(ENGINE, problems=all_late, codes=codes)) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("runc", "runc-missing"),
        ("containerd-shim-runc-v2", "shim-missing"),
        ("docker-proxy", "docker-proxy-missing"),
    ],
)
@pytest.mark.parametrize("docker", ["active", "failed"])
def test_a_program_that_cannot_be_run(name: str, code: str, docker: str) -> None:
    bad = Program(name, f"/usr/bin/{name}", "it is not executable")
    seen = replace(PROGRAMS, programs={**PROGRAMS.programs, name: bad})
    assert [found for found, _ in judge(units(docker), seen)] == [code]


def test_docker_init_matters_only_where_it_is_wanted() -> None:
    bad = Program("docker-init", "", "it is not there")
    seen = replace(PROGRAMS, programs={**PROGRAMS.programs, "docker-init": bad})
    assert judge(seen) == []
    wants = replace(ENGINE, inspected={"a": {"HostConfig": {"Init": True}}})
    assert judge(seen, wants) == [("init-missing", NOW)]


def test_two_dockers() -> None:
    both = replace(PROGRAMS, packages=frozenset({"docker.io", "docker-ce", "containerd"}))
    assert judge(both) == [("two-dockers", NOW)]
    snap = replace(PROGRAMS, packages=frozenset({"docker.io"}), snap="/snap/docker/current")
    assert judge(snap) == [("two-dockers", NOW)]


def test_the_place_in_a_broken_configuration() -> None:
    config, problem, place = parse_config(b'version = "two\n')
    assert config is None
    assert problem == "Illegal character '\\n'"
    assert place == "1:15"
    assert parse_config(b"\xff")[1] == "it is not UTF-8"
    assert parse_config(b"version = 2\n") == ({"version": 2}, "", "")


def test_programs_are_found_as_the_daemon_finds_them(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    (one / "runc").write_text("#!/bin/sh\n")
    assert find("runc", [str(one), str(two)]).problem == "it is not executable"
    (two / "runc").write_text("#!/bin/sh\n")
    (two / "runc").chmod(0o755)
    assert find("runc", [str(one), str(two)]) == Program("runc", str(two / "runc"))
    assert find("crun", [str(one)]) == Program("crun", "", "it is not there")
    (two / "runc").write_text("")
    assert what_is_wrong(str(two / "runc")) == "it is empty"
    (two / "runc").write_text("hello")
    assert what_is_wrong(str(two / "runc")) == "it is no program"
    (one / "link").symlink_to(one / "nothing")
    assert what_is_wrong(str(one / "link")) == "it is a link to nothing"


def test_a_file_is_seen_without_waiting(tmp_path: Path) -> None:
    import os

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert see_file(str(pipe), read=True).kind == "other"
    assert see_file(str(tmp_path), read=True) == replace(see_file(str(tmp_path)), data=None)
    plain = tmp_path / "plain"
    plain.write_bytes(b"x" * 100)
    assert see_file(str(plain), read=True, most=10).data == b"x" * 10
    assert see_file(str(tmp_path / "none")).kind == "absent"
    assert see_file("/etc\0").problem


META = "/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db"


def test_a_database_that_is_damaged() -> None:
    damaged = replace(HEALTHY, database=META, database_problem="it is no database")
    assert judge(damaged) == [("containerd-database-unusable", When.NEXT_START)]
    assert judge(units("failed"), damaged) == [("containerd-database-unusable", When.NOW)]


def test_a_database_that_another_process_holds() -> None:
    held = replace(GONE, database=META, database_holder=99)
    found = judge(units("failed", "activating"), held)
    assert found[0] == ("containerd-database-unusable", When.NOW)
    # The one that runs may hold it by a process of another number.
    assert judge(replace(HEALTHY, database=META, database_holder=99)) == []


def test_a_part_that_is_turned_off() -> None:
    names = ["io.containerd.metadata.v1.bolt", "io.containerd.grpc.v1.cri"]
    off = replace(HEALTHY, config={"disabled_plugins": names})
    assert judge(off) == [("containerd-part-off", When.NOW)]
    assert judge(replace(HEALTHY, config={"disabled_plugins": ["cri", *names[1:]]})) == []


def test_restarts_of_long_ago_are_no_failure() -> None:
    stopped = units("inactive", "inactive", NRestarts=11)
    assert judge(stopped, GONE) == []


def test_an_address_of_the_command_line() -> None:
    moved = replace(GONE, flag_address="/run/ctr.sock", listeners=())
    assert judge(units("failed"), moved) == [("containerd-address-differs", When.NOW)]
    assert moved.own_address == "/run/ctr.sock"
    # A flag counts before the file.
    both = replace(HEALTHY, flag_address=SOCKET, config={"grpc": {"address": "/run/x.sock"}})
    assert judge(both) == []
