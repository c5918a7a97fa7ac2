"""Waiting for a state and gathering a report, on a fake systemd. Neither changes anything."""

from __future__ import annotations

import pytest

from dockerctl.docker.context import CallerEndpoint
from dockerctl.errors import EngineError, ReadTimeout, SocketForbidden
from dockerctl.health.model import Verdict
from dockerctl.health.report import Observer
from dockerctl.health.waiting import Waiter
from dockerctl.host.processes import ProcessFigures
from dockerctl.systemd.model import ActiveState, Route, UnitFileState
from tests.fakes.docker_host import SERVICE, SOCKET, DockerHost
from tests.fakes.unit_files import READY, Run, ServiceFile, fails

CALLER = CallerEndpoint("default", None, "unix:///var/run/docker.sock")


def observer(host: DockerHost) -> Observer:
    def figures(pid: int) -> ProcessFigures:
        return ProcessFigures(pid, 1, 2, 3, 4.0)

    return Observer(host.manager, host.prober, figures, lambda: CALLER)


def waiter(host: DockerHost) -> Waiter:
    return Waiter(host.manager, observer(host), host.deadline)


def verdict_of(host: DockerHost, how: str) -> Verdict:
    """The verdict at which a wait ends."""
    told: list[str] = []
    conclusion = getattr(waiter(host), how)(SERVICE, told.append)
    assert not host.manager.wrote
    verdict = conclusion.verdict
    assert isinstance(verdict, Verdict)
    return verdict


@pytest.mark.parametrize("how", ["until_healthy", "until_settled"])
def test_a_daemon_that_is_starting_becomes_healthy(how: str) -> None:
    host = DockerHost(runs=(Run(ready_s=3.0),))
    host.request("Start")
    assert verdict_of(host, how) is Verdict.HEALTHY
    assert host.clock.monotonic() == pytest.approx(1003.0, abs=0.2)


@pytest.mark.parametrize("how", ["until_healthy", "until_settled"])
def test_a_daemon_that_systemd_tries_again_becomes_healthy(how: str) -> None:
    host = DockerHost(runs=(fails(1), READY), restart_s=5.0)
    host.request("Start")
    host.clock.sleep(1.0)
    assert host.service.auto_restarting
    assert verdict_of(host, how) is Verdict.HEALTHY


@pytest.mark.parametrize("how", ["until_healthy", "until_settled"])
def test_an_api_that_answers_again(how: str) -> None:
    answers: list[EngineError | None] = [ReadTimeout("m.")] * 5
    host = DockerHost(answers=[*answers, None], cost_s=2.0)
    host.bring_up()
    assert verdict_of(host, how) is Verdict.HEALTHY
    assert host.prober.climbs == 6


def test_a_start_that_is_only_queued_is_not_settled() -> None:
    host = DockerHost(runs=(Run(ready_s=2.0),))
    host.request("Start")
    # The job is queued, and the unit has not moved.
    assert host.service.active_state is ActiveState.INACTIVE
    assert verdict_of(host, "until_settled") is Verdict.HEALTHY


def test_what_is_at_rest_is_settled_at_once() -> None:
    host = DockerHost()
    began = host.clock.monotonic()
    assert verdict_of(host, "until_settled") is Verdict.STOPPED
    host.request("Start", SOCKET)
    host.clock.sleep(1.0)
    assert verdict_of(host, "until_settled") is Verdict.ARMED
    assert host.clock.monotonic() == began + 1.0
    assert host.service.active_state is ActiveState.INACTIVE


def test_a_daemon_that_has_failed_is_settled() -> None:
    host = DockerHost(runs=(fails(1),))
    host.request("Start")
    assert verdict_of(host, "until_settled") is Verdict.FAILED
    assert host.service.active_state is ActiveState.FAILED


@pytest.mark.parametrize("how", ["until_healthy", "until_settled"])
def test_what_is_not_installed_ends_at_once(how: str) -> None:
    host = DockerHost(files=(), enabled=())
    began = host.clock.monotonic()
    assert verdict_of(host, how) is Verdict.NOT_INSTALLED
    assert host.clock.monotonic() == began


def test_someone_starts_it_while_we_wait() -> None:
    host = DockerHost()
    host.after(4.0, lambda: host.request("Start"))
    assert verdict_of(host, "until_healthy") is Verdict.HEALTHY
    assert host.clock.monotonic() == pytest.approx(1004.0, abs=0.2)


def test_nobody_starts_it() -> None:
    host = DockerHost(deadline_s=7.0)
    assert verdict_of(host, "until_healthy") is Verdict.STOPPED
    assert host.clock.monotonic() == pytest.approx(1007.0)
    assert host.prober.climbs == 0


def test_an_api_that_never_answers() -> None:
    host = DockerHost(answers=(ReadTimeout("m."),), cost_s=2.0, deadline_s=10.0)
    host.bring_up()
    assert verdict_of(host, "until_healthy") is Verdict.HUNG
    assert host.clock.monotonic() <= 1011.0


def test_a_caller_who_may_not_ask() -> None:
    host = DockerHost(answers=(SocketForbidden("Not for you."),))
    host.bring_up()
    assert verdict_of(host, "until_settled") is Verdict.UNREACHABLE
    with pytest.raises(SocketForbidden):
        waiter(host).until_healthy(SERVICE, lambda _: None)


# --- wait stopped -------------------------------------------------------------------------------


def test_a_stop_is_waited_for() -> None:
    host = DockerHost(stop_s=5.0)
    host.bring_up()
    host.request("Stop")
    told: list[str] = []
    units = waiter(host).until_stopped(SERVICE, told.append)
    assert units.service.down
    assert told[-1] == "docker.service to stop (deactivating/stop-sigterm)"
    assert host.prober.climbs == 0


def test_what_is_down_is_stopped_at_once() -> None:
    host = DockerHost()
    began = host.clock.monotonic()
    assert waiter(host).until_stopped(SERVICE, lambda _: None).service.down
    assert host.clock.monotonic() == began


def test_a_daemon_that_goes_on_running() -> None:
    host = DockerHost(deadline_s=3.0)
    host.bring_up()
    units = waiter(host).until_stopped(SERVICE, lambda _: None)
    assert units.service.runs
    assert host.clock.monotonic() == pytest.approx(1003.0)


def test_ctrl_c_passes_through() -> None:
    host = DockerHost()
    host.bring_up()
    host.manager.interrupt_after(1.0)
    with pytest.raises(KeyboardInterrupt):
        waiter(host).until_stopped(SERVICE, lambda _: None)


# --- reports ------------------------------------------------------------------------------------


def test_the_report_of_a_healthy_daemon() -> None:
    host = DockerHost()
    host.bring_up()
    report = observer(host).report(SERVICE, host.deadline)
    assert report.conclusion.verdict is Verdict.HEALTHY
    assert (report.units.service, report.units.socket) == (host.service, host.socket)
    assert report.process == ProcessFigures(host.service.main_pid, 1, 2, 3, 4.0)
    assert (report.boot_service, report.boot_socket) == (
        UnitFileState.ENABLED,
        UnitFileState.ENABLED,
    )
    assert (report.route, report.caller) == (Route.BUS, CALLER)


@pytest.mark.parametrize("armed", [True, False])
def test_the_report_of_a_daemon_at_rest_wakes_nobody(armed: bool) -> None:
    host = DockerHost()
    if armed:
        host.request("Start", SOCKET)
        host.clock.sleep(1.0)
    report = observer(host).report(SERVICE, host.deadline)
    assert report.conclusion.verdict is (Verdict.ARMED if armed else Verdict.STOPPED)
    assert (host.prober.climbs, report.process) == (0, None)


def test_a_daemon_that_ends_under_the_probe_is_not_hung() -> None:
    host = DockerHost(answers=(ReadTimeout("m."),))
    host.bring_up()
    host.prober = type(host.prober)(
        host.clock, (ReadTimeout("m."),), during=lambda: host.systemd.exit(SERVICE, 0)
    )
    report = observer(host).report(SERVICE, host.deadline)
    assert report.conclusion.verdict is Verdict.ARMED
    assert report.process is None


def test_a_daemon_that_is_restarted_under_the_probe_is_asked_again() -> None:
    file = ServiceFile(SERVICE, restart="always", restart_s=0.0)
    host = DockerHost(files=(file,), enabled=())
    host.bring_up()

    def restart() -> None:
        host.systemd.kill(SERVICE)
        host.clock.sleep(1.0)

    host.prober = type(host.prober)(host.clock, (ReadTimeout("m."), None), during=restart)
    report = observer(host).report(SERVICE, host.deadline)
    assert report.conclusion.verdict is Verdict.HEALTHY
    assert host.prober.climbs == 2


def test_the_report_of_a_unit_without_a_socket() -> None:
    host = DockerHost(files=(ServiceFile(SERVICE),), enabled=())
    report = observer(host).report(SERVICE, host.deadline)
    assert (report.units.socket, report.boot_socket) == (None, None)
