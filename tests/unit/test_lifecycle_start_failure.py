"""start: every way in which it ends badly, and what the error says."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from dockerctl.errors import (
    BadUnitSetting,
    ConditionFailed,
    ConnectionRefused,
    DaemonHung,
    DeadlinePassed,
    DiedAfterStart,
    DockerctlError,
    EngineError,
    Interrupted,
    JobCanceled,
    ReadTimeout,
    StartDependencyFailed,
    StartFailed,
)
from dockerctl.exits import ExitCode
from dockerctl.systemd.model import ActiveState
from tests.fakes.docker_host import SERVICE, SOCKET, WISH, DockerHost
from tests.fakes.unit_files import READY, Run, ServiceFile, SocketFile, dies, fails

NEVER = Run(ready_s=math.inf)
SOCKET_FILE = SocketFile(SOCKET, "/run/docker.sock")


def failure(host: DockerHost, *, fail_fast: bool = False) -> DockerctlError:
    """The error with which a start ends; nothing of ours is left waiting."""
    with pytest.raises(DockerctlError) as caught:
        host.lifecycle().start(replace(WISH, fail_fast=fail_fast))
    return caught.value


def test_every_run_fails_until_systemd_gives_up() -> None:
    host = DockerHost(runs=(fails(1),))
    began = host.clock.time()
    error = failure(host)
    assert type(error) is StartFailed
    assert error.exit_code is ExitCode.START_FAILED
    assert error.message == (
        "docker.service did not come up (Result exit-code: the daemon exited with status 1). "
        "systemd has given up.\n  failed to start daemon: because"
    )
    assert "journalctl -u docker.service" in error.hint
    assert error.details == {
        "unit": SERVICE,
        "result": "exit-code",
        "exec_main_code": 1,
        "exec_main_status": 1,
        "failed_runs": 3,
        "came_up": False,
        "invocation_id": "e" * 32,
        "lines": ["failed to start daemon: because"],
        "problem": "",
        "finding": None,
        "still_trying": False,
    }
    # The explainer was asked about this start, after the first run and at the end, and about no
    # older run.
    asked, again = host.explainer.asked
    assert again == asked
    assert (asked.service, asked.socket, asked.not_run) == (SERVICE, SOCKET, "")
    assert asked.since_s == began
    assert host.prober.climbs == 0
    assert host.manager.wrote


def test_without_an_automatic_restart_it_ends_at_once() -> None:
    host = DockerHost(runs=(fails(7),), restart="no")
    error = failure(host)
    assert type(error) is StartFailed
    assert (error.details["failed_runs"], error.details["exec_main_status"]) == (1, 7)
    assert "systemd" not in error.message.partition("\n")[0]


def test_fail_fast_ends_at_the_first_run() -> None:
    host = DockerHost(runs=(fails(1),), restart_s=20.0)
    error = failure(host, fail_fast=True)
    assert type(error) is StartFailed
    assert (error.details["failed_runs"], error.details["still_trying"]) == (1, True)
    assert "systemd goes on trying; 'dockerctl stop' ends that." in error.message
    assert host.service.auto_restarting


FINDING: dict[str, object] = {
    "code": "config-trailing-comma",
    "title": "daemon.json has a comma too many",
    "evidence": "/etc/docker/daemon.json:3:1: a comma\nmore",
    "fix": "dockerctl config edit",
}


def test_a_permanent_cause_ends_the_wait_at_the_first_run() -> None:
    host = DockerHost(runs=(fails(1), READY), restart_s=20.0)
    host.explainer.permanent, host.explainer.finding = True, FINDING
    began = host.clock.time()
    error = failure(host)
    assert type(error) is StartFailed
    assert host.clock.time() - began < 20
    assert host.service.auto_restarting
    assert error.message == (
        "docker.service did not come up (Result exit-code: the daemon exited with status 1). Each "
        "further try of systemd fails in the same way until that is repaired.\n"
        "  cause: daemon.json has a comma too many [config-trailing-comma]\n"
        "  failed to start daemon: because"
    )
    assert error.hint == (
        "dockerctl config edit (more: dockerctl doctor explain config-trailing-comma)"
    )
    assert error.details["finding"] == FINDING
    # Nothing was said of tries that may succeed.
    assert host.reporter.said == []


def test_without_lines_of_the_journal_the_evidence_is_shown() -> None:
    host = DockerHost(runs=(fails(1),), restart="no")
    host.explainer.lines, host.explainer.finding = (), {**FINDING, "fix": ""}
    error = failure(host)
    assert error.message.endswith(
        "\n  cause: daemon.json has a comma too many [config-trailing-comma]"
        "\n  /etc/docker/daemon.json:3:1: a comma\n  more"
    )
    assert "journalctl" in error.hint


def test_an_older_run_is_named_to_the_explainer() -> None:
    host = DockerHost(runs=(READY, fails(1)), restart="no")
    host.bring_up()
    old = host.service.invocation_id
    host.request("Stop")
    host.clock.sleep(1.0)
    failure(host)
    assert [asked.not_run for asked in host.explainer.asked] == [old]


def test_the_daemon_that_was_killed_at_once() -> None:
    host = DockerHost(runs=(Run(ready_s=math.inf, ends_s=0.0, code=2, status=9),), restart="no")
    error = failure(host)
    assert "(Result signal: the daemon was ended by SIGKILL)" in error.message


def test_a_program_that_is_missing() -> None:
    file = ServiceFile(SERVICE, has_program=False, requires=(SOCKET,))
    error = failure(DockerHost(files=(file, SOCKET_FILE)))
    assert "(Result exit-code: the daemon exited with status 203)" in error.message


def test_a_silent_journal_is_said() -> None:
    host = DockerHost(runs=(fails(1),), restart="no")
    host.explainer.lines = ()
    error = failure(host)
    assert error.message.endswith(" The journal is silent.")
    assert error.details["problem"] == "The journal is silent."


# --- it came up, and then ended -----------------------------------------------------------------


@pytest.mark.parametrize("restart", ["no", "on-failure"])
def test_it_dies_before_the_api_answers(restart: str) -> None:
    refused = ConnectionRefused("Nobody listens.")
    host = DockerHost(runs=(dies(2, after_s=0.3),), restart=restart, answers=(refused,))
    error = failure(host)
    assert type(error) is DiedAfterStart
    assert error.exit_code is ExitCode.START_FAILED
    assert error.message.startswith(
        "docker.service came up and then ended (Result exit-code: the daemon exited with status 2)."
    )
    assert error.details["came_up"] is True


def test_it_dies_while_the_api_is_asked() -> None:
    host = DockerHost(restart="no")
    host.prober = type(host.prober)(host.clock, during=lambda: host.systemd.kill(SERVICE))
    error = failure(host)
    assert type(error) is DiedAfterStart
    assert "SIGKILL" in error.message


def test_it_dies_before_anyone_can_look() -> None:
    host = DockerHost(restart="no")
    host.once(lambda service: service.runs, lambda: host.systemd.kill(SERVICE))
    assert type(failure(host)) is DiedAfterStart


def test_someone_stops_it_once_it_is_up() -> None:
    host = DockerHost(stop_s=0.0, answers=(ReadTimeout("m."),), cost_s=0.2)
    host.after(0.3, lambda: host.request("Stop"))
    error = failure(host)
    assert type(error) is DiedAfterStart
    assert "It ended without an error, as when someone else stops it" in error.hint


# --- systemd does not start it ------------------------------------------------------------------


def test_a_condition_that_does_not_hold() -> None:
    file = ServiceFile(SERVICE, condition="/nonexistent", requires=(SOCKET,))
    error = failure(DockerHost(files=(file, SOCKET_FILE)))
    assert type(error) is ConditionFailed
    assert error.message == (
        "systemd did not start docker.service: ConditionPathExists=/nonexistent does not hold."
    )
    assert error.details == {"unit": SERVICE, "job_result": "done"}


def test_a_condition_that_systemd_has_forgotten() -> None:
    # Nothing refers to the unit, so it is unloaded at once, and its conditions with it.
    file = ServiceFile("own.service", condition="/nonexistent")
    host = DockerHost(files=(file,), enabled=())
    with pytest.raises(DockerctlError) as caught:
        host.lifecycle().start(replace(WISH, unit="own.service"))
    assert type(caught.value) is StartFailed
    assert caught.value.message.startswith(
        "own.service did not come up (Result success: the daemon was not run)."
    )


def test_an_assertion_that_does_not_hold() -> None:
    file = ServiceFile(SERVICE, assertion="/nonexistent", requires=(SOCKET,))
    error = failure(DockerHost(files=(file, SOCKET_FILE)))
    assert type(error) is ConditionFailed
    assert "AssertPathExists=/nonexistent does not hold" in error.message
    assert error.details["job_result"] == "assert"


def test_a_socket_that_cannot_be_made() -> None:
    file = ServiceFile(SERVICE, requires=(SOCKET,))
    error = failure(DockerHost(files=(file, replace(SOCKET_FILE, broken=True))))
    assert type(error) is StartDependencyFailed
    assert error.message == (
        "docker.service was not started: docker.socket failed (Result exit-code)."
        "\n  failed to start daemon: because"
    )


def test_another_unit_that_is_needed() -> None:
    needed = ServiceFile("needed.service", runs=(fails(1),), start_burst=3)
    file = ServiceFile(SERVICE, requires=(SOCKET, "needed.service"))
    error = failure(DockerHost(files=(file, SOCKET_FILE, needed)))
    assert type(error) is StartDependencyFailed
    assert "it requires docker.socket, needed.service" in error.message


def test_a_bad_setting() -> None:
    file = ServiceFile(SERVICE, bad_setting=True, requires=(SOCKET,))
    host = DockerHost(files=(file, SOCKET_FILE))
    error = failure(host)
    assert type(error) is BadUnitSetting
    assert error.exit_code is ExitCode.CONFIG_INVALID
    assert not host.manager.wrote


def test_a_stop_of_someone_else_displaces_it() -> None:
    host = DockerHost(runs=(Run(ready_s=5.0),))
    host.after(1.0, lambda: host.request("Stop"))
    error = failure(host)
    assert type(error) is JobCanceled
    assert error.message == (
        "Another request displaced the start of docker.service, which is now inactive."
    )


# --- time ---------------------------------------------------------------------------------------


def test_it_is_too_slow() -> None:
    host = DockerHost(runs=(NEVER,), deadline_s=3.0)
    began = host.clock.monotonic()
    error = failure(host)
    assert type(error) is DeadlinePassed
    assert error.exit_code is ExitCode.DEADLINE_PASSED
    assert error.message.startswith(
        "docker.service is not up after 3 s: it is activating (start). systemd goes on with it"
    )
    assert error.details["job_id"] == host.service.job_id != 0
    assert host.clock.monotonic() - began == pytest.approx(3.0)
    # Nothing was cancelled.
    assert host.service.active_state is ActiveState.ACTIVATING


@pytest.mark.parametrize(("deadline_s", "runs"), [(1.0, "1 run"), (2.5, "2 runs")])
def test_runs_fail_until_the_deadline(deadline_s: float, runs: str) -> None:
    host = DockerHost(runs=(fails(1, after_s=0.2),), restart_s=1.0, deadline_s=deadline_s)
    error = failure(host)
    assert type(error) is StartFailed
    assert f" {runs} failed in {deadline_s:g} s, and systemd goes on trying." in error.message
    assert error.details["still_trying"] is True
    # The counters of a run are reset when the next begins; the first failure is kept.
    assert (error.details["result"], error.details["exec_main_status"]) == ("exit-code", 1)


@pytest.mark.parametrize("answer", [ReadTimeout("No answer in 2 s."), ConnectionRefused("m.")])
def test_an_api_that_never_answers(answer: EngineError) -> None:
    host = DockerHost(answers=(answer,), cost_s=2.0, deadline_s=20.0)
    began = host.clock.monotonic()
    error = failure(host)
    assert type(error) is DaemonHung
    assert error.exit_code is ExitCode.HUNG
    assert error.message.startswith("docker.service is active, and its API does not answer: ")
    assert error.details["cause"] == answer.code
    assert host.clock.monotonic() - began <= 20.0 + 1.0
    assert host.service.runs


# --- interruptions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs", "answer", "seconds", "state"),
    [
        ((NEVER,), None, 1.0, "activating (start)"),
        ((READY,), ReadTimeout("m."), 1.0, "active (running)"),
        ((fails(1),), None, 0.05, "activating (auto-restart)"),
    ],
)
def test_ctrl_c(
    runs: tuple[Run, ...], answer: ReadTimeout | None, seconds: float, state: str
) -> None:
    host = DockerHost(runs=runs, answers=(answer,), restart_s=10.0)
    host.manager.interrupt_after(seconds)
    error = failure(host)
    assert type(error) is Interrupted
    assert error.exit_code is ExitCode.INTERRUPTED
    assert f"docker.service is {state}. Nothing was cancelled." in error.message
    queued = host.service.job_id
    assert error.details["job_id"] == queued
    assert (f"job {queued} of docker.service" in error.message) is bool(queued)
