"""Unit files, what units need, what systemd does before the daemon, runs and boots."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pytest

from dockerctl.doctor.checks import (
    boot_start,
    run_end,
    run_limit,
    run_state,
    unit_changed,
    unit_conditions,
    unit_load,
    unit_needs,
    unit_sandbox,
    unit_settings,
    unit_setup,
    unit_socket,
    unit_time,
    unit_type,
)
from dockerctl.doctor.codes import code_table
from dockerctl.doctor.examining import examine
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.exec_steps import STEPS
from dockerctl.doctor.facts.journal import (
    OUT_OF_MEMORY,
    PROCESS_EXIT,
    RESULT,
    STARTED,
    STARTING,
    JournalFacts,
    facts_of,
)
from dockerctl.doctor.facts.unit_paths import UnitPathsFacts
from dockerctl.doctor.facts.units import JobRow, UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, Severity, When
from dockerctl.doctor.model import Facts
from dockerctl.override.lint_finding import error as lint_error
from dockerctl.systemd.journal import JournalEntry
from dockerctl.systemd.model import UNSET

MODULES = (
    boot_start, run_end, run_limit, run_state, unit_changed, unit_conditions, unit_load, unit_needs,
    unit_sandbox, unit_settings, unit_setup, unit_socket, unit_time, unit_type,
)  # fmt: skip
CHECKS = tuple(check for module in MODULES for check in module.CHECKS)
S, K, C = "docker.service", "docker.socket", "containerd.service"
DOCKERD = "/usr/sbin/dockerd"
ROW = (DOCKERD, [DOCKERD, "-H", "fd://"], False, 1, 1, 0, 0, 12, 0, 0)
SERVICE: dict[str, object] = {
    "LoadState": "loaded",
    "ActiveState": "active",
    "SubState": "running",
    "Result": "success",
    "UnitFileState": "enabled",
    "FragmentPath": f"/usr/lib/systemd/system/{S}",
    "SourcePath": "",
    "DropInPaths": [],
    "NeedDaemonReload": False,
    "Job": (0, "/"),
    "Type": "notify",
    "Restart": "always",
    "NRestarts": 0,
    "KillMode": "process",
    "Delegate": True,
    "StandardOutput": "journal",
    "ExecStart": [ROW],
    "Requires": [K, "sysinit.target"],
    "Wants": [C, "network-online.target"],
    "Conflicts": ["shutdown.target"],
    "TriggeredBy": [K],
    "TimeoutStartUSec": UNSET,
    "TimeoutStopUSec": 90_000_000,
    "WatchdogUSec": 0,
    "RuntimeMaxUSec": UNSET,
    "MemoryMax": UNSET,
    "CapabilityBoundingSet": 2**41 - 1,
    "RestrictNamespaces": 0x7E020000,
    "SystemCallFilter": (False, []),
    "RestrictAddressFamilies": (False, []),
    "ProtectSystem": "no",
    "ProtectHome": "no",
    "ProcSubset": "all",
    "MountFlags": 0,
    "RootDirectory": "",
    "User": "",
}
DOWN: dict[str, object] = {"ActiveState": "inactive", "SubState": "dead"}
FAILED: dict[str, object] = {
    "ActiveState": "failed",
    "SubState": "failed",
    "Result": "exit-code",
    "ExecMainCode": 1,
    "ExecMainStatus": 1,
}
LATCHED: dict[str, object] = {"ActiveState": "failed", "Result": "service-start-limit-hit"}
AT_BOOT = {S: "enabled", K: "enabled", C: "enabled"}
PULLED = {S: True, K: True, C: True}
PATHS = UnitPathsFacts(
    paths={DOCKERD: "program", f"/usr/lib/systemd/system/{S}": "file"}, drop_ins={S: ()}
)


def service(*changes: dict[str, object], **more: object) -> UnitFacts:
    values = dict(SERVICE)
    for change in changes:
        values |= change
    return UnitFacts(S, values | more)


def socket(**changes: object) -> UnitFacts:
    values: dict[str, object] = {
        "LoadState": "loaded", "ActiveState": "active", "SubState": "running",
        "Result": "success", "FragmentPath": f"/usr/lib/systemd/system/{K}",
    }  # fmt: skip
    return UnitFacts(K, values | changes)


def containerd(**changes: object) -> UnitFacts:
    values: dict[str, object] = {
        "LoadState": "loaded", "ActiveState": "active", "Result": "success",
        "KillMode": "process", "Delegate": True,
    }  # fmt: skip
    return UnitFacts(C, values | changes)


def other(name: str, active: str = "active", load: str = "loaded", **more: object) -> UnitFacts:
    return UnitFacts(name, {"LoadState": load, "ActiveState": active, "Result": "success"} | more)


def units(
    unit: UnitFacts | None = None,
    sock: UnitFacts | None = None,
    *,
    others: Iterable[UnitFacts] = (),
    jobs: tuple[JobRow, ...] = (),
    **more: object,
) -> UnitsFacts:
    made = UnitsFacts(
        service=unit or service(),
        socket=sock or socket(),
        containerd=containerd(),
        others={u.name: u for u in (other("sysinit.target"), *others)},
        jobs=jobs,
        at_boot=AT_BOOT,
        default_target="graphical.target",
        pulled_at_boot=PULLED,
    )
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]


def line(
    message: str, run: str = "r1", message_id: str = "", at: int = 1, unit: str = S, **told: str
) -> JournalEntry:
    return JournalEntry(at, message, 6, run, True, unit, message_id, "systemd", told)


def own(message: str, run: str = "r1", at: int = 1, identifier: str = "dockerd") -> JournalEntry:
    child = identifier.startswith("(")
    return JournalEntry(at, message, 6, run, child, S, "", identifier)


def ended(code: str, status: str, result: str, run: str = "r1", at: int = 3) -> list[JournalEntry]:
    return [
        line(
            f"{S}: Main process exited, code={code}", run, PROCESS_EXIT, at,
            COMMAND="ExecStart", EXIT_CODE=code, EXIT_STATUS=status,
        ),
        line(f"{S}: Failed with result '{result}'.", run, RESULT, at, UNIT_RESULT=result),
    ]  # fmt: skip


def journal(*entries: JournalEntry, up: bool = False, **more: object) -> JournalFacts:
    made = facts_of(entries, S, K, up=up)
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]


STARTS = line("Starting", "r1", STARTING)
CHILD = own(f"{S}: Failed at step EXEC spawning", identifier="(dockerd)")
REFUSED = line(f"{S}: Start request repeated too quickly.", at=9)
LINTED = ConfigurationFacts(
    lint={
        S: tuple(
            lint_error(code, "/etc/x.conf", 2, f"{code} /data", "")
            for code in ("second-exec-start", "condition-false", "path-missing")
        )
    }
)


def found(*parts: object) -> tuple[Finding, ...]:
    examination = examine(CHECKS, Facts.of_parts(*parts))
    return examination.findings


def codes(*parts: object) -> set[str]:
    return {finding.code for finding in found(*parts)}


def command(name: str, *, ignore: bool = False, status: int = 1) -> dict[str, object]:
    return {name: [("/bin/test", ["/bin/test", "-d", "/x"], ignore, 1, 1, 1, 1, 9, 1, status)]}


# What must be found from which facts.
FOUND: dict[str, tuple[tuple[object, ...], When, Severity]] = {}


def case(
    code: str,
    *parts: object,
    when: When = When.NOW,
    severity: Severity = Severity.ERROR,
    name: str = "",
) -> None:
    FOUND[f"{code} {name}".strip()] = (parts, when, severity)


W, INFO = Severity.WARNING, Severity.INFO
NEXT, BOOT = When.NEXT_START, When.NEXT_BOOT

case("unit-not-found", units(service(DOWN, LoadState="not-found")))
case("unit-not-found", units(service(LoadState="not-found")), when=NEXT, name="running")
case("unit-masked", units(service(DOWN, LoadState="masked")))
case("unit-masked", units(service(LoadState="masked")), when=NEXT, name="running")
case("socket-masked", units(service(DOWN), socket(**DOWN, LoadState="masked")))
case("unit-refused", units(service(DOWN, LoadState="bad-setting", LoadError=("e", "bad"))))
case("unit-refused", units(service(LoadState="error")), when=NEXT, name="running")
case(
    "unit-refused",
    dataclasses.replace(units(), containerd=containerd(LoadState="bad-setting")),
    when=BOOT,
    name="containerd",
)
case(
    "unit-from-init-script",
    units(service(FAILED, SourcePath="/etc/init.d/docker")),
    PATHS,
)
case(
    "unit-shadowed",
    units(service(FragmentPath=f"/etc/systemd/system/{S}")),
    PATHS,
    severity=W,
)
case("unit-changed", units(service(NeedDaemonReload=True)), severity=W)
case(
    "drop-in-name",
    units(),
    UnitPathsFacts(
        unread={"/etc/systemd/system/docker.d": (S, ("/etc/systemd/system/docker.d/a.conf",))}
    ),
    severity=W,
)
case(
    "unit-changed",
    units(),
    dataclasses.replace(PATHS, drop_ins={S: (f"/etc/systemd/system/{S}.d/a.conf",)}),
    severity=W,
    name="new file",
)
case(
    "unit-changed",
    units(service(DropInPaths=[f"/etc/systemd/system/{S}.d/a.conf"])),
    PATHS,
    severity=W,
    name="file that is gone",
)
NEEDY = service(DOWN, Requires=["x.service"])
case("required-unit-missing", units(NEEDY, others=[other("x.service", "inactive", "not-found")]))
case("required-unit-masked", units(NEEDY, others=[other("x.service", "inactive", "masked")]))
case("required-unit-failed", units(NEEDY, others=[other("x.service", "failed")]))
case(
    "required-unit-failed",
    units(service(Requires=["x.service"]), others=[other("x.service", "failed")]),
    when=NEXT,
    severity=W,
    name="running",
)
case(
    "required-unit-down",
    units(service(FAILED, BindsTo=["x.service"]), others=[other("x.service", "inactive")]),
)
case(
    "start-waits",
    units(
        service(DOWN, Job=(7, "/j")),
        jobs=(
            JobRow(7, S, "start", "waiting"),
            JobRow(8, "dev-sdb.device", "start", "running"),
        ),
    ),
)
case(
    "conflicts-with-running",
    units(service(Conflicts=["podman.service"]), others=[other("podman.service")]),
    severity=W,
)
UNMET = ("ConditionPathExists", False, False, "/data", -1)
case("condition-false", units(service(DOWN, Conditions=[UNMET])))
case(
    "condition-false",
    units(service(DOWN, Asserts=[("AssertPathExists", False, True, "/data", 1)])),
    dataclasses.replace(PATHS, paths={**PATHS.paths, "/data": "folder"}),
    when=NEXT,
    name="that will not hold",
)
case(
    "condition-false",
    units(
        service(
            DOWN,
            Conditions=[
                ("ConditionHost", True, False, "a", -1),
                ("ConditionHost", True, False, "b", -1),
            ],
        )
    ),
    name="none of several",
)
for _status, _step in STEPS.items():
    case(
        "unit-setup-failed",
        units(service(FAILED, ExecMainStatus=_status)),
        journal(STARTS, CHILD, *ended("exited", str(_status), "exit-code")),
        name=_step.name,
    )
case("unit-setup-failed", units(service(FAILED, Result="resources")), name="resources")
case("output-not-to-be-opened", units(service(FAILED, ExecMainStatus=209)))
case(
    "program-missing",
    units(service(FAILED)),
    dataclasses.replace(PATHS, paths={DOCKERD: "absent"}),
)
case(
    "program-missing",
    units(),
    dataclasses.replace(PATHS, paths={DOCKERD: "file"}),
    when=NEXT,
    name="not executable",
)
case(
    "path-missing",
    units(service(ReadWritePaths=["/data"])),
    dataclasses.replace(PATHS, paths={**PATHS.paths, "/data": "absent"}),
    when=NEXT,
)
case(
    "environment-file-missing",
    units(service(EnvironmentFiles=[("/etc/e", False)])),
    dataclasses.replace(PATHS, paths={**PATHS.paths, "/etc/e": "absent"}),
    when=NEXT,
)
case(
    "account-missing",
    units(service(User="nobody-here")),
    dataclasses.replace(PATHS, no_accounts=frozenset({"User=nobody-here"})),
    when=NEXT,
)
for _name in ("ExecCondition", "ExecStartPre", "ExecStartPost"):
    case("start-command-failed", units(service(FAILED, command(_name))), name=_name)
case("type-does-not-fit", units(service(FAILED, Type="forking")))
case("type-does-not-fit", units(service(Type="oneshot")), when=NEXT, name="running")
case("type-does-not-wait", units(service(Type="simple")), severity=W)
SHELL: dict[str, object] = {
    "ExecStart": [("/bin/sh", ["/bin/sh", "-c", "dockerd; true"], False, 1, 1, 0, 0, 1, 0, 0)]
}
case("wrapped-in-shell", units(service(FAILED, SHELL)))
case("wrapped-in-shell", units(service(SHELL, ActiveState="activating")), name="starting")
case("wrapped-in-shell", units(service(SHELL)), severity=W, name="running")
case("start-limit-short", units(service(TimeoutStartUSec=5_000_000)), when=NEXT, severity=W)
case("stop-limit-short", units(service(TimeoutStopUSec=5_000_000)), when=NEXT, severity=W)
case("watchdog-unanswered", units(service(WatchdogUSec=5_000_000)))
case("run-time-limited", units(service(RuntimeMaxUSec=5_000_000)), severity=W)
case("start-timed-out", units(service(FAILED, Result="timeout", TimeoutStartUSec=4_000_000)))
case(
    "stop-timed-out",
    units(service(FAILED, Result="timeout")),
    journal(STARTS, line("Started", "r1", STARTED), *ended("killed", "9", "timeout")),
    severity=W,
)
for _setting, _value in (
    ("ProtectSystem", "strict"), ("ProtectHome", "yes"), ("MountFlags", 1 << 18),
    ("MountFlags", 1 << 19), ("CapabilityBoundingSet", 2**41 - 1 - (1 << 12)),
    ("SystemCallFilter", (False, ["mount"])), ("SystemCallFilter", (True, ["read"])),
    ("RestrictAddressFamilies", (True, ["AF_UNIX"])), ("RestrictNamespaces", 0),
    ("PrivateNetwork", True), ("NetworkNamespacePath", "/run/netns/a"), ("PrivateUsers", True),
    ("ProcSubset", "pid"), ("RestrictSUIDSGID", True), ("PrivateMounts", True),
    ("PrivateTmp", True), ("PrivateDevices", True), ("ProtectKernelTunables", True),
    ("ProtectControlGroups", True), ("ProtectKernelModules", True), ("ProtectKernelLogs", True),
    ("ReadOnlyPaths", ["/etc"]), ("InaccessiblePaths", ["/boot"]), ("RootDirectory", "/srv"),
    ("TemporaryFileSystem", [("/x", "")]), ("BindPaths", [("/a", "/b", False, 0)]),
    ("RootImage", "/srv/image"), ("BindReadOnlyPaths", [("/a", "/b", False, 0)]),
    ("ReadWritePaths", ["/srv"]),
):  # fmt: skip
    _starts = _setting not in (
        "CapabilityBoundingSet", "RestrictAddressFamilies", "PrivateUsers", "ProcSubset",
        "RootDirectory", "RootImage",
    )  # fmt: skip
    case(
        "unit-sandboxed",
        units(service({_setting: _value})),
        when=When.NOW if _starts else NEXT,
        name=f"{_setting} {_value}",
    )
case(
    "unit-sandboxed",
    units(service(FAILED, ProtectSystem="strict")),
    journal(
        STARTS, own("chmod /var/lib/docker: read-only file system"),
        *ended("exited", "1", "exit-code"),
    ),
    name="proven",
)  # fmt: skip
case(
    "unit-sandboxed",
    units(service(FAILED, Result="core-dump", ExecMainStatus=31, SystemCallFilter=(True, []))),
    name="SIGSYS",
)
case(
    "unit-sandboxed",
    units(service(FAILED, ProtectHome="yes")),
    ConfigurationFacts(),
    when=NEXT,
    name="not proven",
)
case("restart-off", units(service(Restart="no")), severity=W)
case("refuses-to-be-managed", units(service(RefuseManualStart=True)), when=NEXT)
case("stops-when-unneeded", units(service(StopWhenUnneeded=True)), severity=W)
case("memory-limit-small", units(service(MemoryMax=50 << 20)), severity=W)
case("output-elsewhere", units(service(StandardOutput="append")), severity=INFO)
case("daemon-not-root", units(service(FAILED, User="dockerd")))
case("kill-mode", units(service(KillMode="control-group")), severity=W)
case("delegate-off", units(service(Delegate=False)), severity=W)
case(
    "environment-file-ignored",
    units(),
    journal(
        STARTS,
        line(f"{S}: Ignoring invalid environment assignment 'export A=b': /etc/default/docker"),
    ),
    severity=W,
)
case("socket-gave-up", units(service(FAILED), socket(**LATCHED)))
case("socket-gave-up", units(service(), socket(**DOWN)), severity=W, name="stopped")
case("socket-failed", units(service(DOWN), socket(ActiveState="failed", Result="exit-code")))
case(
    "killed-for-memory",
    units(service(FAILED, Result="oom-kill")),
    journal(STARTS, *ended("killed", "9", "oom-kill")),
)
case(
    "killed-for-memory",
    units(service(FAILED, Result="signal")),
    journal(
        STARTS,
        *ended("killed", "9", "signal"),
        kernel=(
            line("Out of memory: Killed process 12 (dockerd) total-vm:1kB", "", unit="", at=3),
        ),
    ),
    name="by the kernel",
)
case(
    "killed-for-memory",
    units(service(FAILED, Result="signal")),
    journal(STARTS, line("oom", message_id=OUT_OF_MEMORY), *ended("killed", "9", "signal")),
    name="by systemd",
)
case(
    "daemon-killed",
    units(service(FAILED, Result="signal")),
    journal(STARTS, line("Started", "r1", STARTED), *ended("killed", "9", "signal")),
)
case(
    "daemon-killed",
    units(service(NRestarts=1)),
    journal(STARTS, *ended("killed", "9", "signal"), line("Starting", "r2", STARTING, 5), up=True),
    severity=INFO,
    name="once",
)
case("start-limit-hit", units(service(FAILED), socket(**LATCHED)))
case(
    "start-limit-hit",
    units(service(FAILED)),
    journal(STARTS, *ended("exited", "1", "exit-code"), REFUSED),
    name="by its words",
)
case("restart-loop", units(service(ActiveState="activating", NRestarts=3)))
case("daemon-restarted", units(service(NRestarts=1)), severity=INFO)
case("daemon-stopped", units(service(DOWN), socket(**DOWN)), severity=INFO)
case("daemon-stopping", units(service(ActiveState="deactivating")), severity=W)
case(
    "start-needs-root",
    units(service(DOWN)),
    dataclasses.replace(PATHS, euid=1000),
    severity=INFO,
)
OFF = {S: "disabled", K: "disabled", C: "enabled"}
case("not-at-boot", units(at_boot=OFF), when=BOOT, severity=W)
case("not-at-boot", units(at_boot={**OFF, S: "enabled-runtime"}), when=BOOT, severity=W, name="run")
case("socket-only-at-boot", units(at_boot={**OFF, K: "enabled"}), when=BOOT, severity=INFO)
case(
    "target-without-docker",
    units(default_target="rescue.target", pulled_at_boot={S: False, K: False}),
    when=BOOT,
    severity=W,
)
case(
    "containerd-not-at-boot",
    units(
        service(
            Wants=[],
            ExecStart=[(DOCKERD, [DOCKERD, "--containerd=/run/containerd/containerd.sock"])],
        ),
        at_boot={**AT_BOOT, C: "disabled"},
    ),
    when=BOOT,
    severity=W,
)
case("rescue-mode", units(service(DOWN), others=[other("emergency.target")]))


@pytest.mark.parametrize("name", FOUND)
def test_a_fault_is_found(name: str) -> None:
    parts, when, severity = FOUND[name]
    code = name.partition(" ")[0]
    findings = [finding for finding in found(*parts) if finding.code == code]
    assert findings, codes(*parts)
    assert (findings[0].when, findings[0].severity) == (when, severity)
    assert all(f.evidence and all(f.evidence) and f.title and f.fix for f in findings)


def test_every_code_is_found_somewhere() -> None:
    promised = {code for check in CHECKS for code in check.codes}
    assert promised == {name.partition(" ")[0] for name in FOUND}
    assert promised <= code_table().keys()


@pytest.mark.parametrize("area", ["units", "runs", "boot"])
def test_every_code_of_the_tables_is_promised_by_a_check(area: str) -> None:
    promised = {code for check in CHECKS for code in check.codes}
    assert {row.code for row in code_table().values() if row.area == area} <= promised


HEALTHY: dict[str, tuple[object, ...]] = {
    "as packaged": (units(), PATHS, journal(STARTS, up=True)),
    "without the journal": (units(), PATHS),
    "without paths": (units(),),
    "of docker-ce": (units(service(ExecStart=[("/usr/bin/dockerd", ["/usr/bin/dockerd"])])),),
    "drop-ins that were read": (
        units(service(DropInPaths=["/usr/lib/systemd/system/service.d/10.conf"])),
        PATHS,
    ),
    "an optional file": (
        units(service(EnvironmentFiles=[("/etc/default/docker", True)])),
        dataclasses.replace(PATHS, paths={**PATHS.paths, "/etc/default/docker": "absent"}),
    ),
    "a command that may fail": (units(service(command("ExecStartPre", ignore=True))),),
    "a command that worked": (units(service(FAILED, command("ExecStartPre", status=0))),),
    "exec in a shell": (
        units(
            service(
                ExecStart=[
                    ("/bin/sh", ["/bin/sh", "-c", "exec dockerd"], False, 1, 1, 0, 0, 1, 0, 0)
                ]
            )
        ),
    ),
    "shared mounts": (units(service(MountFlags=1 << 20)),),
    "a condition that holds": (
        units(service(Conditions=[("ConditionPathExists", False, False, "/data", 1)])),
        dataclasses.replace(PATHS, paths={**PATHS.paths, "/data": "folder"}),
    ),
    "a condition that was repaired": (
        units(service(Conditions=[UNMET])),
        dataclasses.replace(PATHS, paths={**PATHS.paths, "/data": "folder"}),
    ),
    "a wanted unit that failed": (units(others=[other("network-online.target", "failed")]),),
    "a job of another unit": (units(jobs=(JobRow(8, "x.service", "start", "running"),)),),
    "an ended daemon, long ago": (
        units(),
        journal(*ended("killed", "9", "signal"), line("Starting", "r2", STARTING, 5), up=True),
    ),
    "a user without an own systemd": (units(), dataclasses.replace(PATHS, euid=1000)),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_found_on_a_healthy_host(name: str) -> None:
    worth = [f for f in found(*HEALTHY[name]) if f.severity is not Severity.INFO]
    if name == "a command that worked":
        # It failed of something else.
        worth = [f for f in worth if f.code == "start-command-failed"]
    assert not worth


def test_stopped_on_purpose_is_worth_knowing_and_no_more() -> None:
    assert codes(units(service(DOWN), socket(**DOWN)), PATHS) == {"daemon-stopped"}


def test_what_the_drop_in_says_is_not_said_twice() -> None:
    absent = dataclasses.replace(PATHS, paths={**PATHS.paths, "/data": "absent"})
    unit = service(FAILED, WorkingDirectory="/data", Conditions=[UNMET])
    assert codes(units(unit), absent, LINTED).isdisjoint({"path-missing", "condition-false"})


def test_a_refused_unit_follows_from_the_line_in_the_drop_in() -> None:
    refused = [
        f
        for f in found(units(service(DOWN, LoadState="bad-setting")), LINTED)
        if f.code == "unit-refused"
    ]
    assert refused[0].because_of == "second-exec-start"


def test_the_limit_of_a_type_that_does_not_fit_is_no_cause() -> None:
    findings = found(units(service(FAILED, Result="timeout", Type="forking")))
    assert findings[0].code == "type-does-not-fit"
    assert {f.code: f.because_of for f in findings}["start-timed-out"] == "type-does-not-fit"


def test_a_daemon_that_ends_with_the_status_of_a_step_is_not_mistaken() -> None:
    said = journal(STARTS, own("I end"), *ended("exited", "203", "exit-code"))
    assert "unit-setup-failed" not in codes(units(service(FAILED, ExecMainStatus=203)), said)


def test_values_of_variables_are_not_quoted() -> None:
    said = f"{S}: Ignoring invalid environment assignment 'export PASSWORD=secret': /etc/e"
    findings = found(units(), journal(STARTS, line(said)))
    assert "secret" not in str(findings)
