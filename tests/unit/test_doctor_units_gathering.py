"""Facts of units, of their runs in the journal, and of the paths that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockerctl.deadline import Deadline
from dockerctl.doctor.facts import unit_paths
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import (
    PROCESS_EXIT,
    RESTART,
    RESULT,
    STARTED,
    STARTING,
    STOPPING,
    JournalFacts,
    facts_of,
)
from dockerctl.doctor.facts.unit_paths import UnitPathsFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts, gather_units
from dockerctl.doctor.ground import Ground
from dockerctl.errors import DockerctlError, ProgramFailed
from dockerctl.systemd.journal import JournalEntry
from dockerctl.systemd.model import JobType
from tests.fakes.clock import FakeClock
from tests.fakes.docker_host import DockerHost
from tests.fakes.journal import FakeJournal
from tests.fakes.unit_files import READY, fails

S, K = "docker.service", "docker.socket"
BROKEN = "unable to configure the Docker daemon"


def pid1(
    message: str, run: str, message_id: str = "", at: int = 1, unit: str = S, **told: str
) -> JournalEntry:
    return JournalEntry(at, message, 6, run, True, unit, message_id, "systemd", told)


def said(message: str, run: str, at: int = 1) -> JournalEntry:
    return JournalEntry(at, message, 6, run, False, S, "", "dockerd")


def failing(run: str, words: str = BROKEN, *, restarts: bool = False) -> list[JournalEntry]:
    return [
        pid1("Starting", run, STARTING),
        said(words, run),
        pid1("exited", run, PROCESS_EXIT, COMMAND="ExecStart", EXIT_CODE="exited", EXIT_STATUS="1"),
        pid1("Failed with result", run, RESULT, UNIT_RESULT="exit-code"),
        *([pid1("Scheduled restart job", run, RESTART, N_RESTARTS="1")] if restarts else []),
    ]


def upcoming(run: str, *, killed: bool = False, stopped: bool = False) -> list[JournalEntry]:
    lines = [pid1("Starting", run, STARTING), pid1("Started", run, STARTED)]
    if killed:
        lines += [
            pid1("x", run, PROCESS_EXIT, COMMAND="ExecStart", EXIT_CODE="killed", EXIT_STATUS="9"),
            pid1("x", run, RESULT, UNIT_RESULT="signal"),
            pid1("Scheduled restart job", run, RESTART),
        ]
    if stopped:
        lines.append(pid1("Stopping", run, STOPPING))
    return lines


def failed_of(*entries: JournalEntry, up: bool = False) -> str:
    run = facts_of(entries, S, K, up=up).failed
    return "" if run is None else run.invocation_id


def test_the_first_of_a_chain_of_restarts_has_the_cause() -> None:
    entries = [
        *upcoming("a", stopped=True),
        *failing("b", restarts=True),
        *failing("c", "pid file found", restarts=True),
        *failing("d", "pid file found"),
    ]
    facts = facts_of(entries, S, K, up=False)
    assert facts.failed is not None
    assert (facts.failed.invocation_id, facts.failed.exit_status) == ("b", 1)
    assert (facts.failed.exit_code, facts.failed.result) == ("exited", "exit-code")
    assert facts.words == (BROKEN,)
    assert [run.automatic for run in facts.runs] == [False, False, True, True]
    assert facts.last is not None
    assert facts.last.invocation_id == "d"


def test_a_start_that_was_asked_for_anew_counts_and_not_an_older_one() -> None:
    assert failed_of(*failing("a", restarts=True), *failing("b"), *failing("c")) == "c"


def test_a_restart_that_the_limit_refused_does_not_make_the_next_start_automatic() -> None:
    refused = pid1("Failed with result", "a", RESULT, UNIT_RESULT="exit-code")
    assert failed_of(*failing("a", restarts=True), refused, *failing("b")) == "b"


def test_a_daemon_that_was_killed_after_it_came_up() -> None:
    assert failed_of(*upcoming("a", killed=True)) == "a"


def test_a_run_that_failed_after_the_kill_counts_more() -> None:
    assert failed_of(*upcoming("a", killed=True), *failing("b")) == "b"


def test_nothing_failed_while_the_daemon_runs_or_after_a_stop() -> None:
    assert failed_of(*failing("a"), *upcoming("b"), up=True) == ""
    assert failed_of(*upcoming("a", stopped=True)) == ""
    assert failed_of() == ""


def test_a_line_without_a_run_belongs_to_the_one_spoken_of_last() -> None:
    start, words, *end = failing("a")
    lost = JournalEntry(1, words.message, 6, "", False, S)
    assert facts_of([start, lost, *end], S, K, up=False).words == (BROKEN,)


def test_the_command_before_the_daemon_is_told_apart() -> None:
    entries = [
        pid1("Starting", "a", STARTING),
        pid1("x", "a", PROCESS_EXIT, COMMAND="ExecStartPre", EXIT_CODE="exited", EXIT_STATUS="3"),
        pid1("x", "a", PROCESS_EXIT, COMMAND="ExecStopPost", EXIT_CODE="exited", EXIT_STATUS="4"),
        pid1("x", "a", RESULT, UNIT_RESULT="exit-code"),
    ]
    (run,) = facts_of(entries, S, K, up=False).runs
    assert (run.command, run.exit_status) == ("ExecStartPre", 3)


@pytest.mark.parametrize("status", ["", "x", "9" * 5000])
def test_a_strange_status_is_no_crash(status: str) -> None:
    entries = [pid1("x", "a", PROCESS_EXIT, COMMAND="ExecStart", EXIT_STATUS=status)]
    assert facts_of(entries, S, K, up=False).runs[0].exit_status is None


# --- gathering ------------------------------------------------------------------------------


def ground(units: UnitsFacts, journal: FakeJournal | None = None) -> Ground:
    clock = FakeClock()
    return Ground(
        unit=S,
        units=units,
        configuration=ConfigurationFacts(),
        environ={},
        deadline=Deadline.after(10, clock),
        run=lambda *_: pytest.fail("no program is needed"),
        journal=journal or FakeJournal(),
        ask=None,
        now_s=clock.time(),
    )


def of(**properties: object) -> UnitsFacts:
    values: dict[str, object] = {"LoadState": "loaded", "ActiveState": "failed"}
    return UnitsFacts(
        UnitFacts(S, values | properties),
        socket=UnitFacts(K, {"LoadState": "loaded"}),
        containerd=UnitFacts("containerd.service", {"LoadState": "loaded"}),
    )


def test_units_as_systemd_has_them() -> None:
    host = DockerHost(runs=(fails(1),), restart="no", enabled=(K,))
    facts = gather_units(host.manager, S)
    assert (facts.service.load_state, facts.service.active_state) == ("loaded", "inactive")
    assert facts.socket is not None
    assert facts.socket.name == K
    assert facts.containerd is not None
    assert not facts.containerd.exists
    assert facts.at_boot == {S: "disabled", K: "enabled", "containerd.service": "not-found"}
    assert not facts.tried
    assert UnitsFacts.gather(ground(facts)) is facts


def test_a_failed_service_and_its_job() -> None:
    host = DockerHost(runs=(fails(1),), restart="no")
    host.manager.enqueue(JobType.START, S)
    assert {job.unit for job in gather_units(host.manager, S).jobs} >= {S}
    host.manager.wait_event(5)
    host.clock.advance_to(host.clock.monotonic() + 5)
    facts = gather_units(host.manager, S)
    assert (facts.service.active_state, facts.tried) == ("failed", True)


def test_units_that_do_not_exist_and_a_mask() -> None:
    host = DockerHost(files=(), enabled=())
    facts = gather_units(host.manager, S)
    assert not facts.service.exists
    assert facts.socket is None
    host = DockerHost(runs=(READY,))
    host.manager.mask([S])
    host.manager.daemon_reload()
    masked = gather_units(host.manager, S)
    assert (masked.service.load_state, masked.socket is not None) == ("masked", True)


def test_properties_of_any_type_read_as_what_they_should_be() -> None:
    strange = UnitFacts(S, {"A": 1, "B": "x", "C": ["y"], "D": True, "ExecStart": [[]], "Job": ()})
    assert (strange.text("A"), strange.number("B"), strange.number("D")) == ("", 0, 0)
    assert (strange.words("B"), strange.rows("C"), strange.truth("A")) == ((), (), False)
    assert (strange.program, strange.argv, strange.job, strange.seconds("B")) == ("", (), 0, None)


def test_the_journal_is_read_in_three_parts() -> None:
    containerd = pid1("x", "c", unit="containerd.service")
    killed = pid1("Out of memory: Killed process 3 (dockerd)", "", unit="")
    silent = pid1("ACPI error", "", unit="")
    journal = FakeJournal((*failing("a"), containerd), kernel=(killed, silent))
    facts = JournalFacts.gather(ground(of(), journal))
    assert facts.words == (BROKEN,)
    assert (facts.containerd, facts.kernel, facts.problem) == ((containerd,), (killed,), "")
    assert containerd in facts.manager


def test_a_journal_that_cannot_be_read_is_no_silence() -> None:
    journal = FakeJournal(error=ProgramFailed("journalctl ended with 1: no."))
    with pytest.raises(ProgramFailed):
        JournalFacts.gather(ground(of(), journal))


def test_an_ordinary_user_who_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(DockerctlError, match="systemd-journal"):
        JournalFacts.gather(ground(of(InvocationID=[1, 2])))
    # Of a unit that never ran there is nothing to see.
    assert JournalFacts.gather(ground(of(InvocationID=[]))).runs == ()


def test_a_long_dump_is_read_from_its_beginning() -> None:
    start, words, *end = failing("a", "panic: boom")
    dump = [said(f"goroutine {n}", "a") for n in range(2000)]
    facts = JournalFacts.gather(ground(of(), FakeJournal((start, words, *dump, *end))))
    assert facts.words[0] == "panic: boom"


def test_paths_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "etc"
    drop_ins = folder / f"{S}.d"
    drop_ins.mkdir(parents=True)
    for name in ("a.conf", ".hidden.conf", "note.txt"):
        (drop_ins / name).write_text("")
    (drop_ins / "off.conf").symlink_to("/dev/null")
    program = tmp_path / "dockerd"
    program.write_text("")
    monkeypatch.setattr(unit_paths, "OWN", (str(folder),))
    monkeypatch.setattr(unit_paths, "PACKAGED", ())
    units = of(
        ExecStart=[(str(program), [], False)],
        WorkingDirectory=str(tmp_path),
        ReadWritePaths=["-/optional", "+/needed"],
        BindPaths=[("/source", "/target", False, 0), ("/may", "/target", True, 0)],
        EnvironmentFiles=[("/etc/*.env", False), ("/etc/none.env", False), ("/etc/opt", True)],
        Conditions=[("ConditionPathExists", False, False, "/nowhere", -1)],
        User="no-such-user",
    )
    facts = UnitPathsFacts.gather(ground(units))
    assert facts.paths == {
        str(program): "file",
        str(tmp_path): "folder",
        "/needed": "absent",
        "/source": "absent",
        "/etc/none.env": "absent",
        "/nowhere": "absent",
    }
    program.chmod(0o755)
    assert UnitPathsFacts.gather(ground(units)).paths[str(program)] == "program"
    assert facts.no_accounts == {"User=no-such-user"}
    assert facts.drop_ins[S] == (str(drop_ins / "a.conf"),)
    assert facts.absent("/nowhere")
    assert not facts.absent("/never/asked")
