"""What the types promise to Python code that uses dockerctl; mypy reads this, nothing runs it."""

from __future__ import annotations

from typing import assert_type

from dockerctl.deadline import SYSTEM_CLOCK, Clock, Deadline, SystemClock
from dockerctl.health.model import ProbeReport, StatusReport, Units
from dockerctl.health.prober import EngineProber, Prober
from dockerctl.host.programs import run_program
from dockerctl.lifecycle.ports import Explainer, Reporter
from dockerctl.lifecycle.quoter import JournalQuoter
from dockerctl.lifecycle.verbs import Lifecycle, Outcome, Wish
from dockerctl.result import Result
from dockerctl.systemd.dbus import DbusManager
from dockerctl.systemd.journal import Journal, JournalEntry
from dockerctl.systemd.journalctl import JournalctlJournal
from dockerctl.systemd.model import ActiveState, JobResult, JobType, Scope, Service, UnitFileState
from dockerctl.systemd.port import Manager
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal
from tests.fakes.lifecycle import FakeExplainer, FakeReporter
from tests.fakes.manager import FakeManager
from tests.fakes.prober import FakeProber


def adapters_and_fakes_keep_to_the_ports(
    dbus: DbusManager,
    fake_manager: FakeManager,
    engine: EngineProber,
    fake_prober: FakeProber,
    quoter: JournalQuoter,
    fake_explainer: FakeExplainer,
    fake_reporter: FakeReporter,
    fake_journal: FakeJournal,
) -> tuple[object, ...]:
    managers: list[Manager] = [dbus, fake_manager]
    probers: list[Prober] = [engine, fake_prober]
    explainers: list[Explainer] = [quoter, fake_explainer]
    reporters: list[Reporter] = [fake_reporter]
    journals: list[Journal] = [JournalctlJournal(run_program), fake_journal]
    clocks: list[Clock] = [SystemClock(), SYSTEM_CLOCK, FakeClock()]
    return managers, probers, explainers, reporters, journals, clocks


def the_manager(manager: Manager) -> None:
    service = manager.service("docker.service")
    assert_type(service, Service)
    assert_type(service.active_state, ActiveState)
    assert_type(service.memory_bytes, int | None)
    assert_type(service.exec_start, tuple[tuple[str, ...], ...])
    assert_type(manager.unit_file_state("docker.service"), UnitFileState)
    job = manager.enqueue(JobType.START, "docker.service")
    assert_type(job, str)
    assert_type(manager.job_result(job), JobResult | None)


def the_lifecycle(lifecycle: Lifecycle, report: StatusReport) -> None:
    outcome = lifecycle.start(Wish("docker.service"))
    assert_type(outcome, Outcome)
    assert_type(outcome.units, Units)
    assert_type(outcome.probe, ProbeReport | None)
    assert_type(report.boot_socket, UnitFileState | None)


def the_rest(journal: Journal, result: Result, deadline: Deadline) -> None:
    entries = journal.entries(["docker.service"], since_s=0.0, limit_s=1.0)
    assert_type(entries, tuple[JournalEntry, ...])
    assert_type(result.document(), dict[str, object])
    assert_type(deadline.at_most(1.0), Deadline)
    assert_type(DbusManager(Scope.SYSTEM, deadline), DbusManager)
