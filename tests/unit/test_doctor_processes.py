"""Findings about processes, the pid file and the kernel."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from dockerctl.config.flags import parse_flags
from dockerctl.config.keys import key_table
from dockerctl.doctor.checks import kernel_support, process_others, process_state
from dockerctl.doctor.examining import examine
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.journal import JournalFacts, Run
from dockerctl.doctor.facts.kernel import KernelFacts
from dockerctl.doctor.facts.pidfile import PidFileFacts
from dockerctl.doctor.facts.processes import Proc, ProcessesFacts, cgroup_of
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding
from dockerctl.doctor.model import Facts
from dockerctl.systemd.journal import JournalEntry
from dockerctl.systemd.model import UNSET

PID = 7


def units(**properties: object) -> UnitsFacts:
    given = {"ActiveState": "active", "Result": "success", "MainPID": PID, **properties}
    return UnitsFacts(UnitFacts("docker.service", given))


UP = units()
DOWN = units(ActiveState="failed", Result="exit-code", MainPID=0)
HOST = {"net": "net:[1]", "mnt": "mnt:[1]"}
DAEMON = Proc(
    PID, name="dockerd", argv=("/usr/sbin/dockerd",), executable="/usr/sbin/dockerd", state="S",
    cgroup="/system.slice/docker.service", uid=0, namespaces=HOST,
)  # fmt: skip
WELL = ProcessesFacts((DAEMON,), HOST)
ANSWERS = EngineFacts(asked=True, ping="ok", address="unix:///run/docker.sock")
HANGS = replace(ANSWERS, ping="read-timeout", ping_problem="No answer in time")
CHECKS = (*process_state.CHECKS, *process_others.CHECKS, *kernel_support.CHECKS)


def found(*parts: object) -> tuple[Finding, ...]:
    return examine(CHECKS, Facts.of_parts(ConfigurationFacts(), *parts)).findings


def codes(*parts: object) -> list[tuple[str, str]]:
    return [(f.code, f.severity.value) for f in found(*parts)]


def processes(**changes: Any) -> ProcessesFacts:
    return ProcessesFacts((replace(DAEMON, **changes),), HOST)


NONE = ProcessesFacts((), HOST)
STRANGER = PidFileFacts(kind="file", pid=1, alive=True, name="systemd")
ANSWERS_LATE = replace(ANSWERS, took_s={"/_ping": 1.8})
OTHER = replace(DAEMON, pid=99, cgroup="/user.slice/user-0.slice/session-1.scope")


@pytest.mark.parametrize(
    ("parts", "code", "severity"),
    [
        ((UP, processes(state="T")), "daemon-frozen", "error"),
        ((UP, processes(state="Z")), "daemon-dead", "error"),
        ((UP, WELL, HANGS), "daemon-hung", "error"),
        ((UP, processes(state="T"), HANGS), "daemon-frozen", "error"),
        ((UP, ANSWERS_LATE), "daemon-slow", "warning"),
        ((DOWN, ProcessesFacts((OTHER,), HOST)), "second-daemon", "error"),
        ((UP, ProcessesFacts((DAEMON, OTHER), HOST)), "second-daemon", "warning"),
        ((DOWN, NONE, STRANGER), "pid-file-taken", "error"),
        ((DOWN, NONE, PidFileFacts(kind="folder")), "pid-file-unusable", "error"),
        # One that the unit's own command line did not start, with its cgroup all the same.
        ((DOWN, ProcessesFacts((replace(DAEMON, pid=99),), HOST)), "second-daemon", "error"),
        ((units(FreezerState="frozen"), WELL, HANGS), "daemon-frozen", "error"),
        ((units(CPUQuotaPerSecUSec=20_000),), "daemon-throttled", "warning"),
        ((UP, processes(open_files=1020, most_files=1024)), "open-files-used-up", "error"),
        ((units(TasksCurrent=995, TasksMax=1000), WELL), "tasks-used-up", "error"),
        ((UP, KernelFacts(forbidden=("net",))), "namespaces-forbidden", "error"),
        ((UP, KernelFacts(overlay=False)), "overlay-missing", "warning"),
        (
            (UP, KernelFacts(apparmor=True, apparmor_parser=False)),
            "apparmor-parser-missing",
            "warning",
        ),
        ((UP, KernelFacts(memory=4_000_000, available=10_000)), "memory-short", "warning"),
        ((UP, KernelFacts(open_files=990, most_files=1000)), "host-out-of-files", "error"),
        ((UP, KernelFacts(program_s=1.7e9, now_s=1e9)), "clock-behind", "warning"),
        (
            (UP, ANSWERS_LATE, KernelFacts(pressure={"cpu": 99.0, "io": 0.1})),
            "daemon-slow",
            "info",
        ),
        (
            (UP, processes(namespaces={"net": "net:[2]", "mnt": "mnt:[1]"})),
            "daemon-network-apart",
            "error",
        ),
        (
            (UP, processes(namespaces={"net": "net:[1]", "mnt": "mnt:[2]"})),
            "daemon-mounts-apart",
            "warning",
        ),
        ((UP, KernelFacts(cgroups=False)), "cgroup-not-mounted", "error"),
        ((units(LimitNOFILE=64),), "too-many-open-files", "error"),
        ((units(LimitAS=1024**3),), "address-space-limited", "error"),
        ((units(TasksMax=20),), "too-few-tasks", "error"),
    ],
)
def test_what_is_wrong_is_found(parts: tuple[object, ...], code: str, severity: str) -> None:
    assert codes(*parts) == [(code, severity)]
    (one,) = found(*parts)
    assert one.evidence
    assert one.fix


@pytest.mark.parametrize(
    "parts",
    [
        (UP, WELL, ANSWERS, KernelFacts(cgroups=True, has_modules=None), JournalFacts()),
        (DOWN, NONE, PidFileFacts(kind="file", pid=4000, alive=False)),
        (UP, WELL, PidFileFacts(kind="file", pid=PID, alive=True, name="dockerd")),
        # Of a user's own, of a container, a child, with a data folder or a file of its own.
        (UP, ProcessesFacts((DAEMON, replace(OTHER, uid=1000)), HOST)),
        (UP, ProcessesFacts((DAEMON, replace(OTHER, namespaces={"mnt": "mnt:[9]"})), HOST)),
        (UP, ProcessesFacts((DAEMON, replace(OTHER, parent=PID)), HOST)),
        (
            UP,
            ProcessesFacts((DAEMON, replace(OTHER, argv=("dockerd", "--config-file", "x"))), HOST),
        ),
        (
            UP,
            ProcessesFacts((DAEMON, replace(OTHER, argv=("dockerd", "--data-root=/srv"))), HOST),
        ),
        (UP, processes(open_files=90, most_files=1024)),
        (units(TasksCurrent=UNSET, TasksMax=UNSET, CPUQuotaPerSecUSec=UNSET), WELL),
        (units(LimitNOFILE=2**64 - 1, LimitAS=2**64 - 1, TasksMax=2**64 - 1),),
        (UP, replace(ANSWERS, ping="socket-forbidden")),
        (UP, replace(ANSWERS, took_s={"/_ping": 0.01, "/info": 2.0})),
    ],
)
def test_nothing_is_found_on_a_healthy_host(parts: tuple[object, ...]) -> None:
    assert codes(*parts) == []


def test_a_daemon_that_waits_for_the_kernel() -> None:
    assert "waits for the kernel" in found(UP, processes(state="D"), HANGS)[0].title


def test_modules_of_the_kernel_that_runs() -> None:
    line = "iptables v1.8.9: can't initialize iptables table `nat': Table does not exist"
    entry = JournalEntry(1, line, 6, "a" * 32, False, "docker.service")
    run = Run("a" * 32, (entry,), result="exit-code")
    failed = JournalFacts(runs=(run,), failed=run, last=run, words=(line,))
    kernel = KernelFacts(release="6.1", has_modules=False, installed=("6.2",))
    assert codes(DOWN, kernel, failed) == [("kernel-modules-missing", "error")]
    assert codes(UP, kernel, JournalFacts()) == [("kernel-modules-missing", "info")]


def test_the_processes_of_this_host_are_seen() -> None:
    me = UnitFacts("docker.service", {"MainPID": os.getpid()})

    class Ground:
        units = UnitsFacts(me)

    facts = ProcessesFacts.gather(cast(Any, Ground()))
    mine = facts.by_pid(os.getpid())
    assert mine is not None
    assert (mine.parent, mine.uid) == (os.getppid(), os.geteuid())
    assert mine.argv
    assert mine.started_s > 1e9
    assert facts.of_host


def test_a_second_daemon_is_the_cause_of_a_pid_file_that_is_taken() -> None:
    file = PidFileFacts(kind="file", pid=OTHER.pid, alive=True, name="dockerd")
    (one,) = found(DOWN, ProcessesFacts((OTHER,), HOST), file)
    assert one.code == "second-daemon"
    assert one.fix.startswith(f"kill {OTHER.pid} &&")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("0::/system.slice/docker.service\n", "/system.slice/docker.service"),
        ("1:name=systemd:/\n0::/system.slice/docker.service\n", "/system.slice/docker.service"),
        ("4:memory:/m\n1:name=systemd:/system.slice/a.service\n0::/\n", "/system.slice/a.service"),
        ("2:memory:/\n1:name=systemd:/\n0::/\n", "/"),
        ("3:memory:/m\n", "/m"),
        ("", ""),
    ],
)
def test_the_control_group_is_that_of_the_tree_that_systemd_manages(text: str, path: str) -> None:
    assert cgroup_of(text) == path


@pytest.mark.parametrize(("started_s", "stranger"), [(50.0, True), (100.3, False)])
def test_a_run_that_began_while_we_looked_is_the_daemons_own(
    started_s: float, stranger: bool
) -> None:
    looked = replace(units(ActiveState="activating", MainPID=0), seen_s=100.0)
    later = processes(pid=9, started_s=started_s)
    file = PidFileFacts(kind="file", pid=9, alive=True, name="dockerd")
    assert codes(looked, later, file) == ([("second-daemon", "error")] if stranger else [])


def test_a_run_of_another_unit_that_began_while_we_looked_is_not() -> None:
    looked = replace(DOWN, seen_s=100.0)
    other = processes(pid=9, started_s=100.3, cgroup="/system.slice/other.service")
    assert codes(looked, other) == [("second-daemon", "error")]


def test_mounts_that_containerd_does_not_see() -> None:
    apart = replace(DAEMON, namespaces={"net": "net:[1]", "mnt": "mnt:[2]"})
    containerd = Proc(8, name="containerd", namespaces=HOST)
    (one,) = found(UP, ProcessesFacts((apart, containerd), HOST))
    assert (one.code, one.severity.value) == ("daemon-mounts-apart", "error")
    own = replace(containerd, namespaces=apart.namespaces)
    (one,) = found(UP, ProcessesFacts((apart, own), HOST))
    assert one.severity.value == "warning"


def test_the_pid_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "docker.pid"

    class Ground:
        configuration = ConfigurationFacts(
            flags=parse_flags(("dockerd", f"--pidfile={path}"), key_table())
        )

    def gathered() -> PidFileFacts:
        return PidFileFacts.gather(cast(Any, Ground()))

    assert gathered() == PidFileFacts(str(path))
    path.write_text(f"{os.getpid()}\n")
    facts = gathered()
    assert (facts.kind, facts.pid, facts.alive, bool(facts.argv)) == (
        "file",
        os.getpid(),
        True,
        True,
    )
    path.write_text("not a number")
    assert gathered() == PidFileFacts(str(path), "file")


def test_the_kernel_of_this_host_is_seen() -> None:
    class Ground:
        units = UP
        now_s = 1.0

    facts = KernelFacts.gather(cast(Any, Ground()))
    assert facts.release == os.uname().release
    assert facts.memory > facts.available > 0
    assert facts.most_files > facts.open_files > 0
    assert facts.forbidden == ()
