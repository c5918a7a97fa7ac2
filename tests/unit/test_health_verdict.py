"""Verdicts: the units and the probe in, one word, its reason and the exit code of status out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockerctl.errors import (
    AddressUnsupported,
    AnswerGarbled,
    AnswerUnexpected,
    ConnectionRefused,
    ConnectionReset,
    ConnectTimeout,
    DockerctlError,
    EngineFault,
    EngineRefused,
    ReadTimeout,
    SocketForbidden,
    SocketMissing,
    TlsFailed,
)
from dockerctl.exits import ExitCode
from dockerctl.health.model import ProbeReport, ProbeStep, Rung, Units, Verdict
from dockerctl.health.verdict import decide_verdict, exit_code_of, is_forbidden, last_run
from dockerctl.systemd.model import ActiveState, LoadState, Service
from tests.fakes.snapshots import (
    ABSENT,
    BAD_SETTING,
    CLOSED,
    FAILED,
    LISTENING,
    MASKED,
    NEVER_STARTED,
    RETRYING,
    RUNNING,
    SOCKET_FAILED,
    STARTING,
    STOPPED,
    STOPPING,
    TAKEN,
    UNMET,
    both,
)

NOT_ASKED = ProbeReport(None, (), None)
WELL = ProbeReport("unix:///run/docker.sock", (ProbeStep(Rung.UNIT, True, 0.1, None),), None)
MAINTENANCE = replace(STOPPED, active_state=ActiveState.MAINTENANCE, sub_state="maintenance")
UNNEEDED = replace(STOPPED, requires=())


def probe_failed(rung: Rung, error: DockerctlError | None) -> ProbeReport:
    return ProbeReport("unix:///run/docker.sock", (ProbeStep(rung, False, 1.0, error),), None)


# The units, the verdict, and what the reason must say.
AT_REST_AND_BETWEEN: list[tuple[Units, Verdict, str]] = [
    (both(ABSENT, None), Verdict.NOT_INSTALLED, "systemd knows no docker.service."),
    (both(NEVER_STARTED, CLOSED), Verdict.STOPPED, "docker.service is stopped."),
    (both(STOPPED, CLOSED), Verdict.STOPPED, "docker.service is stopped."),
    (both(STOPPED, None), Verdict.STOPPED, "docker.service is stopped."),
    (
        both(STOPPED, LISTENING),
        Verdict.ARMED,
        "docker.service is stopped and docker.socket listens: the next client starts it.",
    ),
    (
        both(MASKED, LISTENING),
        Verdict.ARMED,
        "docker.service is stopped and masked and docker.socket listens: the next client fails, "
        "and the socket with it.",
    ),
    (both(MASKED, CLOSED), Verdict.STOPPED, "docker.service is stopped and masked."),
    (
        both(replace(STOPPED, conditions=(UNMET,)), CLOSED),
        Verdict.STOPPED,
        "A condition does not hold: ConditionPathExists=/nonexistent.",
    ),
    (
        both(replace(STOPPED, conditions=(UNMET,)), LISTENING),
        Verdict.ARMED,
        "A condition does not hold: ConditionPathExists=/nonexistent.",
    ),
    (both(STARTING, TAKEN), Verdict.STARTING, "docker.service is starting (start)."),
    (both(STOPPING, TAKEN), Verdict.STOPPING, "docker.service is stopping (stop-sigterm)."),
    (
        both(FAILED, CLOSED),
        Verdict.FAILED,
        "Result exit-code: the daemon exited with status 1.",
    ),
    (
        both(FAILED, SOCKET_FAILED),
        Verdict.FAILED,
        "Result exit-code: the daemon exited with status 1. The start limit is hit: systemd "
        "refuses further starts until it is reset.",
    ),
    (
        both(replace(FAILED, result="start-limit-hit", exec_main_code=0), None),
        Verdict.FAILED,
        "Result start-limit-hit: the daemon was not run. The start limit is hit: systemd refuses "
        "further starts until it is reset.",
    ),
    (
        both(RETRYING, LISTENING),
        Verdict.FAILED,
        "Result exit-code: the daemon exited with status 1; systemd is about to try again "
        "(auto-restart).",
    ),
    (
        both(BAD_SETTING, CLOSED),
        Verdict.FAILED,
        "systemd cannot load docker.service: Unit docker.service has a bad unit file setting.",
    ),
    (
        both(STOPPED, replace(SOCKET_FAILED, result="exit-code")),
        Verdict.FAILED,
        "docker.socket failed (Result exit-code), and docker.service needs it.",
    ),
    (
        both(UNNEEDED, replace(SOCKET_FAILED, result="resources")),
        Verdict.FAILED,
        "docker.socket failed (Result resources).",
    ),
    # A state that this version of the program has no opinion on.
    (
        both(MAINTENANCE, CLOSED),
        Verdict.STOPPED,
        "docker.service is maintenance (maintenance).",
    ),
]


@pytest.mark.parametrize(("units", "verdict", "reason"), AT_REST_AND_BETWEEN)
def test_a_service_that_does_not_run(units: Units, verdict: Verdict, reason: str) -> None:
    conclusion = decide_verdict(units, NOT_ASKED)
    assert (conclusion.verdict, conclusion.reason) == (verdict, reason)
    # What a probe would say of it counts for nothing.
    odd = probe_failed(Rung.PING, ReadTimeout("no answer."))
    assert decide_verdict(units, odd) == conclusion
    assert decide_verdict(units, WELL) == conclusion


@pytest.mark.parametrize(
    "state", [ActiveState.ACTIVE, ActiveState.RELOADING, ActiveState.REFRESHING]
)
def test_a_service_that_answers(state: ActiveState) -> None:
    service = replace(RUNNING, active_state=state)
    conclusion = decide_verdict(both(service, TAKEN), WELL)
    assert (conclusion.verdict, conclusion.reason) == (Verdict.HEALTHY, "The API answers.")


def test_a_masked_service_that_answers() -> None:
    service = replace(RUNNING, load_state=LoadState.MASKED)
    assert decide_verdict(both(service, TAKEN), WELL).verdict is Verdict.HEALTHY


PROBE_FAILURES: list[tuple[DockerctlError, Verdict, ExitCode]] = [
    (ReadTimeout("m."), Verdict.HUNG, ExitCode.HUNG),
    (ConnectTimeout("m."), Verdict.HUNG, ExitCode.HUNG),
    (EngineFault("m."), Verdict.HUNG, ExitCode.HUNG),
    (AnswerGarbled("m."), Verdict.HUNG, ExitCode.HUNG),
    (AnswerUnexpected("m."), Verdict.HUNG, ExitCode.HUNG),
    (ConnectionRefused("m."), Verdict.UNREACHABLE, ExitCode.HUNG),
    (ConnectionReset("m."), Verdict.UNREACHABLE, ExitCode.HUNG),
    (SocketMissing("m."), Verdict.UNREACHABLE, ExitCode.HUNG),
    (EngineRefused("m."), Verdict.UNREACHABLE, ExitCode.HUNG),
    (TlsFailed("m."), Verdict.UNREACHABLE, ExitCode.HUNG),
    (AddressUnsupported("m."), Verdict.UNREACHABLE, ExitCode.HUNG),
    # The daemon may be well; the caller may not know it.
    (SocketForbidden("m."), Verdict.UNREACHABLE, ExitCode.UNKNOWN),
]


@pytest.mark.parametrize(("error", "verdict", "code"), PROBE_FAILURES)
def test_a_service_that_runs_and_cannot_be_asked(
    error: DockerctlError, verdict: Verdict, code: ExitCode
) -> None:
    probe = probe_failed(Rung.PING, error)
    conclusion = decide_verdict(both(RUNNING, TAKEN), probe)
    assert conclusion.verdict is verdict
    assert conclusion.reason == "docker.service is active, and 'ping' fails: m."
    assert exit_code_of(conclusion.verdict, probe) is code
    assert is_forbidden(error) is (code is ExitCode.UNKNOWN)


def test_a_rung_that_failed_without_a_reason() -> None:
    conclusion = decide_verdict(both(RUNNING, TAKEN), probe_failed(Rung.LIST, None))
    assert conclusion.verdict is Verdict.UNREACHABLE
    assert conclusion.reason.endswith("'list' fails: no reason is known")


# docs/reference/exit-codes.md
EXIT_CODES = {
    Verdict.HEALTHY: 0,
    Verdict.HUNG: 153,
    Verdict.UNREACHABLE: 153,
    Verdict.STARTING: 3,
    Verdict.STOPPING: 3,
    Verdict.STOPPED: 3,
    Verdict.ARMED: 3,
    Verdict.FAILED: 3,
    Verdict.NOT_INSTALLED: 4,
}


def test_the_exit_code_of_every_verdict() -> None:
    assert {verdict: int(exit_code_of(verdict, NOT_ASKED)) for verdict in Verdict} == EXIT_CODES


@pytest.mark.parametrize(
    ("service", "text"),
    [
        (FAILED, "Result exit-code: the daemon exited with status 1"),
        (
            replace(FAILED, result="signal", exec_main_code=2, exec_main_status=9),
            "Result signal: the daemon was ended by SIGKILL",
        ),
        (
            replace(FAILED, result="core-dump", exec_main_code=3, exec_main_status=31),
            "Result core-dump: the daemon was ended by SIGSYS",
        ),
        (
            replace(FAILED, result="signal", exec_main_code=2, exec_main_status=99),
            "Result signal: the daemon was ended by signal 99",
        ),
        (
            replace(FAILED, result="resources", exec_main_code=0, exec_main_status=0),
            "Result resources: the daemon was not run",
        ),
    ],
)
def test_how_the_last_run_ended(service: Service, text: str) -> None:
    assert last_run(service) == text
