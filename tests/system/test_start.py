"""What start says when the daemon does not come up as it should, and in whose words."""

from __future__ import annotations

import pytest

from tests.lab.host import Host
from tests.system import states
from tests.system.command import Answer, Dockerctl
from tests.system.states import BROKEN, BROKEN_SAID, CONFIG, SERVICE, SOCKET, sh, wait_for
from tests.system.units import active, drop_in, show

# A daemon that fails otherwise each time: the runs are told apart by their words.
COUNTING = """#!/bin/sh
runs=$(cat /run/runs 2>/dev/null || echo 0)
echo $((runs + 1)) >/run/runs
echo "failed to start daemon: this is run $((runs + 1))" >&2
exit 1
"""
# A daemon that says that it is ready, and ends.
SHORT_LIVED = """#!/bin/sh
systemd-notify --ready
echo "failed to go on: %s" >&2
exit 1
"""


def daemon(host: Host, script: str, settings: str = "") -> None:
    """Put a script in the place of dockerd."""
    host.write("/opt/daemon", script, mode=0o755)
    lines = ["[Service]", "ExecStart=", "ExecStart=/opt/daemon", "NotifyAccess=all", settings]
    drop_in(host, "50-daemon", "\n".join(lines) + "\n")


def details(answer: Answer) -> dict[str, object]:
    found = answer.document["error"]["details"]
    assert isinstance(found, dict)
    return found


# --- a start limit that was hit before -------------------------------------------------------


@pytest.mark.core
def test_repaired_daemon_starts_though_the_start_limit_is_hit_and_that_is_said(
    host: Host, ctl: Dockerctl
) -> None:
    states.start_limit_hit(host)
    starts_again(host, ctl, "start")


@pytest.mark.parametrize(
    ("arrange", "verb"),
    [
        (states.start_limit_hit, "restart"),
        (states.started_too_often, "start"),
        (states.knocked_to_death, "start"),
    ],
)
def test_it_starts_whoever_hit_the_limit_and_whichever_verb_is_used(
    arrange: states.Arrange, verb: str, host: Host, ctl: Dockerctl
) -> None:
    arrange(host)
    starts_again(host, ctl, verb)


def starts_again(host: Host, ctl: Dockerctl, verb: str) -> None:
    host.write(CONFIG, "{}")
    # systemd itself goes on refusing.
    assert host.run(["systemctl", "start", SERVICE]).returncode == 1
    done = ctl.json(verb)
    assert (done.exit_code, done.document["changed"]) == (0, True)
    assert done.document["failed_runs"] == 0
    assert done.document["socket"]["active_state"] == "active"
    assert done.texts[0].startswith(
        "Cleared the failed state and the start limit of docker.service (Result "
    )
    assert "and docker.socket (Result service-start-limit-hit)." in done.texts[0]
    assert ctl.json("status").document["verdict"] == "healthy"


def test_six_restarts_in_a_row_never_hit_the_start_limit(ctl: Dockerctl) -> None:
    """systemd counts good starts too: three in a minute are the limit of the packaged unit."""
    assert ctl.run("start").returncode == 0
    for turn in range(6):
        assert (turn, ctl.run("restart").returncode) == (turn, 0)


# --- failed runs -----------------------------------------------------------------------------


def test_decisive_line_is_of_the_first_failed_run_of_this_start(host: Host, ctl: Dockerctl) -> None:
    daemon(host, COUNTING, "RestartSec=100ms")
    for first in (1, 4):
        started = ctl.json("start")
        assert (started.exit_code, started.error_code) == (152, "start-failed")
        assert details(started)["lines"] == [f"failed to start daemon: this is run {first}"]
        assert details(started)["failed_runs"] == 3
        assert "systemd has given up" in started.document["error"]["message"]
        assert "too quickly" not in started.document["error"]["message"]
        assert host.read("/run/runs") == f"{first + 2}\n"


def test_fail_fast_ends_at_the_first_failed_run_and_cancels_nothing(
    host: Host, ctl: Dockerctl
) -> None:
    daemon(host, COUNTING, "RestartSec=1h")
    started = ctl.json("start", "--fail-fast")
    assert (started.exit_code, started.error_code) == (152, "start-failed")
    assert details(started)["lines"] == ["failed to start daemon: this is run 1"]
    assert details(started)["still_trying"] is True
    assert (
        "systemd goes on trying; 'dockerctl stop' ends that."
        in (started.document["error"]["message"])
    )
    assert show(host, "SubState") == "auto-restart"
    assert ctl.json("stop").exit_code == 0
    assert active(host) in ("inactive", "failed")


def test_failed_run_is_told_at_the_deadline_and_systemd_goes_on(host: Host, ctl: Dockerctl) -> None:
    daemon(host, COUNTING, "RestartSec=1h")
    started = ctl.json("start", "--timeout", "2")
    assert (started.exit_code, started.error_code) == (152, "start-failed")
    assert (
        "1 run failed in 2 s, and systemd goes on trying." in (started.document["error"]["message"])
    )
    assert details(started)["lines"] == ["failed to start daemon: this is run 1"]
    assert show(host, "SubState") == "auto-restart"


def test_start_out_of_auto_restart_does_not_wait_for_restart_sec(
    host: Host, ctl: Dockerctl
) -> None:
    states.auto_restarting(host)
    host.write(CONFIG, "{}")
    started = ctl.json("start", timeout=60)
    assert (started.exit_code, started.document["changed"]) == (0, True)
    assert active(host) == "active"


def test_second_run_that_succeeds_makes_the_start_a_success(host: Host, ctl: Dockerctl) -> None:
    once = "/bin/sh -c 'test -e /run/second || { touch /run/second; echo not yet; exit 3; }'"
    drop_in(host, "50-once", f"[Service]\nExecStartPre={once}\n")
    started = ctl.json("start")
    assert (started.exit_code, started.document["failed_runs"]) == (0, 1)
    (text,) = started.texts
    # Without the Result where the next run has begun before it could be read.
    assert text.replace(" (Result exit-code)", "") == (
        "The first run of docker.service failed; systemd tries again by itself."
    )
    said = ctl.run("restart")
    assert said.returncode == 0
    sh(host, "rm /run/second && systemctl stop docker.socket docker.service")
    said = ctl.run("start")
    assert "(after 1 failed run)." in said.out


def test_group_of_the_socket_made_again_makes_the_next_start_a_success(
    host: Host, ctl: Dockerctl
) -> None:
    states.group_missing(host)
    started = ctl.json("start")
    assert (started.exit_code, started.error_code) == (152, "dependency-failed")
    assert "docker.socket failed (Result exit-code)" in started.document["error"]["message"]
    assert any("Failed to resolve group" in str(line) for line in [details(started)["lines"]])
    sh(host, "groupmod -n docker dockerx")
    again = ctl.json("start")
    assert (again.exit_code, again.document["changed"]) == (0, True)
    assert again.texts == [
        "Cleared the failed state and the start limit of docker.socket (Result exit-code)."
    ]


def test_dependency_that_is_not_the_socket(host: Host, ctl: Dockerctl) -> None:
    host.write("/etc/systemd/system/data-check.service", "[Service]\nType=oneshot\nExecStart=false")
    drop_in(host, "50-data", "[Unit]\nRequires=data-check.service\nAfter=data-check.service\n")
    started = ctl.json("start")
    assert (started.exit_code, started.error_code) == (152, "dependency-failed")
    assert "data-check.service" in started.document["error"]["message"]
    assert "systemctl status data-check.service" in started.document["error"]["hint"]


NEVER_RAN = {
    "ExecStart=\nExecStart=/opt/nothing": "Failed at step EXEC spawning /opt/nothing",
    "WorkingDirectory=/opt/nowhere": "Changing to the requested working directory failed",
    "EnvironmentFile=/opt/nothing": "Failed to load environment files",
    "ExecStartPre=/bin/sh -c 'echo the disk is missing; exit 4'": "the disk is missing",
}


def test_daemon_that_never_ran_is_explained_in_the_words_of_systemd(
    host: Host, ctl: Dockerctl
) -> None:
    for setting, said in NEVER_RAN.items():
        drop_in(host, "50-bad", f"[Service]\n{setting}\n")
        started = ctl.json("start")
        assert (setting, started.exit_code, started.error_code) == (setting, 152, "start-failed")
        assert said in str(details(started)["lines"])


def test_unit_that_systemd_refuses_is_an_invalid_configuration(host: Host, ctl: Dockerctl) -> None:
    drop_in(host, "50-second", "[Service]\nExecStart=/bin/true\n")
    status = ctl.json("status")
    assert (status.exit_code, status.document["verdict"]) == (3, "failed")
    codes = [finding["code"] for finding in status.document["findings"]]
    assert codes[:2] == ["second-exec-start", "unit-bad-setting"]
    started = ctl.json("start")
    assert (started.exit_code, started.error_code) == (6, "unit-bad-setting")
    assert started.document["changed"] is False


# --- came up, and then ------------------------------------------------------------------------


@pytest.mark.core
def test_daemon_that_was_ready_and_died_differs_from_one_that_never_came_up(
    host: Host, ctl: Dockerctl
) -> None:
    daemon(host, SHORT_LIVED % "out of luck", "Restart=no")
    died = ctl.json("start")
    assert (died.exit_code, died.error_code) == (152, "died-after-start")
    assert details(died)["came_up"] is True
    assert details(died)["lines"] == ["failed to go on: out of luck"]
    assert "docker.service came up and then ended" in died.document["error"]["message"]

    daemon(host, COUNTING, "Restart=no")
    never = ctl.json("start")
    assert (never.exit_code, never.error_code) == (152, "start-failed")
    assert details(never)["came_up"] is False
    assert "docker.service did not come up" in never.document["error"]["message"]


def test_daemon_that_dies_after_each_start_is_given_up_with_systemd(
    host: Host, ctl: Dockerctl
) -> None:
    daemon(host, SHORT_LIVED % "out of luck", "RestartSec=100ms")
    died = ctl.json("start")
    assert (died.exit_code, died.error_code) == (152, "died-after-start")
    assert "systemd has given up" in died.document["error"]["message"]
    assert active(host) == "failed"


def test_process_that_says_nothing_of_being_ready_has_not_come_up(
    host: Host, ctl: Dockerctl
) -> None:
    """With Type=simple the job is done before the program has even been executed."""
    daemon(host, COUNTING, "Type=simple\nRestart=no")
    started = ctl.json("start")
    assert (started.exit_code, started.error_code) == (152, "start-failed")
    assert details(started)["lines"] == ["failed to start daemon: this is run 1"]


def test_socket_file_that_was_removed_is_told_by_restart_and_made_anew_by_stop_and_start(
    host: Host, ctl: Dockerctl
) -> None:
    states.running(host)
    sh(host, "rm /run/docker.sock")
    status = ctl.json("status")
    assert (status.exit_code, status.document["verdict"]) == (153, "unreachable")
    assert status.document["findings"][0]["code"] == "socket-file-lost"
    # The socket goes on listening through a restart, and its file stays away.
    restarted = ctl.json("restart", timeout=60)
    assert (restarted.exit_code, restarted.error_code) == (153, "daemon-hung")
    assert "/run/docker.sock does not exist" in restarted.document["error"]["message"]
    assert "'dockerctl stop' and then 'dockerctl start'" in restarted.document["error"]["hint"]
    assert ctl.json("stop").exit_code == 0
    assert ctl.json("start").exit_code == 0


# --- conditions, deadlines, other people ------------------------------------------------------


CONDITIONS = {
    "ConditionPathIsMountPoint=!/proc": "done",
    "AssertPathExists=/srv/data": "assert",
    "ConditionPathExists=/srv/data": "done",
}


def test_condition_that_does_not_hold_is_named(host: Host, ctl: Dockerctl) -> None:
    for setting, result in CONDITIONS.items():
        drop_in(host, "50-data", f"[Unit]\n{setting}\n")
        started = ctl.json("start")
        assert (setting, started.exit_code, started.error_code) == (
            setting,
            152,
            "condition-failed",
        )
        assert f"{setting} does not hold" in started.document["error"]["message"]
        assert details(started)["job_result"] == result
        if result == "done":
            assert setting in ctl.json("status").document["reason"]
    sh(host, "mkdir -p /srv/data")
    assert ctl.json("start").exit_code == 0


def test_deadline_that_passes_cancels_nothing(host: Host, ctl: Dockerctl) -> None:
    states.gate(host, "ExecStartPre")
    started = ctl.json("start", "--timeout", "1")
    assert (started.exit_code, started.error_code) == (151, "deadline-passed")
    assert started.document["changed"] is True
    assert show(host, "Job") == str(details(started)["job_id"])
    states.open_gate(host)
    assert ctl.json("wait", "healthy").exit_code == 0


def test_slow_start_is_waited_for(host: Host) -> None:
    states.gate(host, "ExecStartPre")
    with host.popen(["dockerctl", "start"], stdout=-1, stderr=-1) as waiting:
        wait_for(host, SubState="start-pre")
        # One who comes later waits for the same start.
        with host.popen(["dockerctl", "status", "--wait"], stdout=-1, stderr=-1) as looking:
            states.open_gate(host)
            assert looking.finish(timeout_s=60).returncode == 0
        done = waiting.finish(timeout_s=60)
    assert (done.returncode, done.err) == (0, "")
    assert "docker.service is up: Docker " in done.out


def test_start_while_the_daemon_stops_waits_for_the_end_and_starts_it(
    host: Host, ctl: Dockerctl
) -> None:
    states.stopping(host)
    run = show(host, "InvocationID")
    with host.popen(["dockerctl", "start"], stdout=-1, stderr=-1) as waiting:
        wait_for(host, SubState="stop", Job=next_job(host))
        states.open_gate(host)
        assert waiting.finish(timeout_s=60).returncode == 0
    assert show(host, "InvocationID") != run
    assert ctl.json("status").document["verdict"] == "healthy"


def next_job(host: Host) -> str:
    """Wait until the queued job of the daemon is a start, and give its number."""
    jobs = f"systemctl list-jobs --no-legend {SERVICE}"
    sh(host, f"until {jobs} | grep -q start; do :; done")
    return sh(host, jobs).split()[0]


def test_stop_of_another_person_displaces_a_start_and_that_is_told(
    host: Host, ctl: Dockerctl
) -> None:
    states.gate(host, "ExecStartPre")
    with host.popen(["dockerctl", "start", "-o", "json"], stdout=-1, stderr=-1) as waiting:
        wait_for(host, SubState="start-pre")
        sh(host, f"systemctl stop {SOCKET} {SERVICE}")
        done = waiting.finish(timeout_s=60)
    assert done.returncode == 1
    assert '"code": "job-canceled"' in done.out
    assert ctl.json("status").document["socket"]["active_state"] == "inactive"


def test_broken_file_is_quoted_and_its_repair_starts(host: Host, ctl: Dockerctl) -> None:
    host.write(CONFIG, BROKEN)
    said = ctl.run("start")
    assert said.returncode == 152
    assert said.out == ""
    assert BROKEN_SAID in said.err
    assert "hint: dockerctl config edit && dockerctl start" in said.err
    host.write(CONFIG, "{}")
    assert ctl.run("start").returncode == 0
