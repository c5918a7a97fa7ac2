"""The contract of ``Manager``: jobs, how they end, and what is refused."""

from __future__ import annotations

import pytest

from dockerctl.errors import (
    BadUnitSetting,
    InvalidRequest,
    JobNotApplicable,
    OnlyByDependency,
    SystemdError,
    UnitMasked,
    UnitNotFound,
)
from dockerctl.systemd.model import ActiveState, JobResult, JobType, LoadState
from dockerctl.systemd.port import Manager
from tests.contract.steps import await_service, carry_out, finish
from tests.contract.units import (
    ABSENT,
    ASSERT,
    BAD,
    BROKEN_SOCKET_SERVICE,
    CONDITION,
    FAIL,
    FLAKY,
    LAZY,
    LOOPS,
    MISSING_PROGRAM,
    NEEDS_FAIL,
    NEVER_READY,
    OK,
    OTHER,
    RELOADS,
    SHY,
    SLOW,
    SOCKET,
    SOCKET_LOOPS,
    SOCKET_LOOPS_SERVICE,
    SOCKET_SERVICE,
    STUBBORN,
    STUCK,
)
from tests.contract.world import World


class Jobs:
    """Every way in which a job ends, and every refusal."""

    @pytest.mark.parametrize(
        ("job", "unit", "result", "state"),
        [
            (JobType.START, OK.name, JobResult.DONE, ActiveState.ACTIVE),
            (JobType.START, SLOW.name, JobResult.DONE, ActiveState.ACTIVE),
            (JobType.RESTART, OK.name, JobResult.DONE, ActiveState.ACTIVE),
            (JobType.START, FAIL.name, JobResult.FAILED, ActiveState.FAILED),
            (JobType.START, MISSING_PROGRAM.name, JobResult.FAILED, ActiveState.FAILED),
            (JobType.START, NEVER_READY.name, JobResult.FAILED, ActiveState.FAILED),
            (JobType.START, CONDITION.name, JobResult.DONE, ActiveState.INACTIVE),
            (JobType.START, ASSERT.name, JobResult.ASSERT, ActiveState.INACTIVE),
            (JobType.START, NEEDS_FAIL.name, JobResult.DEPENDENCY, ActiveState.INACTIVE),
            (JobType.START, BROKEN_SOCKET_SERVICE.name, JobResult.DEPENDENCY, ActiveState.INACTIVE),
            (JobType.RELOAD, RELOADS.name, JobResult.INVALID, ActiveState.INACTIVE),
            (JobType.STOP, OK.name, JobResult.DONE, ActiveState.INACTIVE),
            (JobType.TRY_RESTART, OK.name, JobResult.DONE, ActiveState.INACTIVE),
        ],
    )
    def test_a_job_on_a_unit_at_rest(
        self,
        world: World,
        manager: Manager,
        job: JobType,
        unit: str,
        result: JobResult,
        state: ActiveState,
    ) -> None:
        assert carry_out(world, manager, job, unit) is result
        service = manager.service(unit)
        assert (service.active_state, service.job_id) == (state, 0)

    @pytest.mark.parametrize(
        ("job", "keeps_run"),
        [
            (JobType.START, True),
            (JobType.RELOAD, True),
            (JobType.RESTART, False),
            (JobType.TRY_RESTART, False),
        ],
    )
    def test_a_job_on_a_running_unit(
        self, world: World, manager: Manager, job: JobType, keeps_run: bool
    ) -> None:
        carry_out(world, manager, JobType.START, RELOADS.name)
        before = manager.service(RELOADS.name)
        assert carry_out(world, manager, job, RELOADS.name) is JobResult.DONE
        after = manager.service(RELOADS.name)
        assert after.active_state is ActiveState.ACTIVE
        assert (after.invocation_id == before.invocation_id) is keeps_run
        assert (after.main_pid == before.main_pid) is keeps_run

    def test_a_stop_takes_its_time(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, LAZY.name)
        job = manager.enqueue(JobType.STOP, LAZY.name)
        service = await_service(
            world, manager, LAZY.name, lambda s: s.active_state is not ActiveState.ACTIVE
        )
        assert (service.active_state, service.sub_state) == (
            ActiveState.DEACTIVATING,
            "stop-sigterm",
        )
        assert manager.job_queued(service.job_id)
        assert finish(manager, world.clock, job) is JobResult.DONE
        after = manager.service(LAZY.name)
        assert (after.active_state, after.result, after.down) == (
            ActiveState.INACTIVE,
            "success",
            True,
        )
        assert not manager.job_queued(service.job_id)

    def test_a_service_that_does_not_obey_is_killed(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, STUBBORN.name)
        assert carry_out(world, manager, JobType.STOP, STUBBORN.name) is JobResult.DONE
        service = manager.service(STUBBORN.name)
        assert (service.active_state, service.result) == (ActiveState.FAILED, "timeout")
        assert (service.exec_main_code, service.exec_main_status) == (2, 9)

    def test_a_stop_displaces_a_start(self, world: World, manager: Manager) -> None:
        start = manager.enqueue(JobType.START, STUCK.name)
        await_service(world, manager, STUCK.name, lambda s: s.main_pid != 0)
        stop = manager.enqueue(JobType.STOP, STUCK.name)
        assert finish(manager, world.clock, start) is JobResult.CANCELED
        assert finish(manager, world.clock, stop) is JobResult.DONE
        assert manager.service(STUCK.name).active_state is ActiveState.INACTIVE

    def test_two_starts_are_one_job(self, world: World, manager: Manager) -> None:
        first = manager.enqueue(JobType.START, SLOW.name)
        second = manager.enqueue(JobType.START, SLOW.name)
        assert second == first
        assert finish(manager, world.clock, second) is JobResult.DONE

    def test_two_jobs_at_once_keep_their_results(self, world: World, manager: Manager) -> None:
        good = manager.enqueue(JobType.START, SLOW.name)
        bad = manager.enqueue(JobType.START, FAIL.name)
        assert finish(manager, world.clock, bad) is JobResult.FAILED
        assert finish(manager, world.clock, good) is JobResult.DONE
        assert manager.job_result(bad) is JobResult.FAILED

    @pytest.mark.parametrize(
        ("job", "unit", "error"),
        [
            (JobType.START, ABSENT, UnitNotFound),
            (JobType.STOP, ABSENT, UnitNotFound),
            (JobType.RELOAD, ABSENT, UnitNotFound),
            (JobType.TRY_RESTART, ABSENT, UnitNotFound),
            (JobType.START, BAD.name, BadUnitSetting),
            (JobType.RELOAD, OK.name, JobNotApplicable),
            (JobType.START, SHY.name, OnlyByDependency),
            (JobType.START, "contract-ok", InvalidRequest),
            (JobType.START, "contract ok.service", InvalidRequest),
        ],
    )
    def test_a_job_that_is_refused(
        self, manager: Manager, job: JobType, unit: str, error: type[SystemdError]
    ) -> None:
        with pytest.raises(SystemdError) as caught:
            manager.enqueue(job, unit)
        assert type(caught.value) is error
        assert unit in caught.value.message
        # systemd's own words, without the address that D-Bus puts before them.
        assert "GDBus" not in caught.value.message
        assert "org.freedesktop" not in caught.value.message
        assert not manager.wrote

    @pytest.mark.parametrize("job", [JobType.START, JobType.RESTART, JobType.TRY_RESTART])
    def test_a_masked_unit_does_not_start(
        self, world: World, manager: Manager, job: JobType
    ) -> None:
        carry_out(world, manager, JobType.START, OK.name)
        manager.mask([OK.name])
        manager.daemon_reload()
        with pytest.raises(UnitMasked) as caught:
            manager.enqueue(job, OK.name)
        assert OK.name in caught.value.message

    def test_a_masked_unit_stops(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, OK.name)
        manager.mask([OK.name])
        manager.daemon_reload()
        assert carry_out(world, manager, JobType.STOP, OK.name) is JobResult.DONE
        assert manager.service(OK.name).down

    def test_a_running_unit_whose_file_is_gone_stops(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, OTHER.name)
        world.uninstall(OTHER.name)
        service = manager.service(OTHER.name)
        assert (service.load_state, service.active_state) == (
            LoadState.NOT_FOUND,
            ActiveState.ACTIVE,
        )
        with pytest.raises(UnitNotFound):
            manager.enqueue(JobType.RESTART, OTHER.name)
        assert carry_out(world, manager, JobType.STOP, OTHER.name) is JobResult.DONE
        assert not manager.service(OTHER.name).runs

    def test_a_job_makes_it_a_writer(self, manager: Manager) -> None:
        manager.enqueue(JobType.START, OTHER.name)
        assert manager.wrote

    def test_a_number_that_is_no_job(self, manager: Manager) -> None:
        assert not manager.job_queued(4_000_000_000)

    # --- systemd's own restarts, and its limit ------------------------------------------------

    def test_systemd_tries_again_and_it_comes_up(self, world: World, manager: Manager) -> None:
        assert carry_out(world, manager, JobType.START, FLAKY.name) is JobResult.FAILED
        between = manager.service(FLAKY.name)
        assert (between.active_state, between.result) == (ActiveState.ACTIVATING, "exit-code")
        assert between.auto_restarting
        after = await_service(world, manager, FLAKY.name, lambda s: s.runs and not s.job_id)
        assert (after.result, after.n_restarts) == ("success", 1)
        assert after.invocation_id != between.invocation_id

    def test_a_restart_job_does_not_wait_for_the_next_try(
        self, world: World, manager: Manager
    ) -> None:
        carry_out(world, manager, JobType.START, FLAKY.name)
        assert carry_out(world, manager, JobType.RESTART, FLAKY.name) is JobResult.DONE
        assert manager.service(FLAKY.name).n_restarts == 0

    def test_a_stop_ends_the_tries(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, FLAKY.name)
        assert carry_out(world, manager, JobType.STOP, FLAKY.name) is JobResult.DONE
        assert manager.service(FLAKY.name).down

    def test_systemd_gives_up(self, world: World, manager: Manager) -> None:
        assert carry_out(world, manager, JobType.START, LOOPS.name) is JobResult.FAILED
        service = await_service(world, manager, LOOPS.name, lambda s: s.down)
        assert service.active_state is ActiveState.FAILED
        assert service.n_restarts >= LOOPS.start_burst - 1

    def test_the_start_limit_refuses_until_it_is_reset(
        self, world: World, manager: Manager
    ) -> None:
        runs = set()
        for _ in range(FAIL.start_burst):
            assert carry_out(world, manager, JobType.START, FAIL.name) is JobResult.FAILED
            runs.add(manager.service(FAIL.name).invocation_id)
        assert len(runs) == FAIL.start_burst

        assert carry_out(world, manager, JobType.START, FAIL.name) is JobResult.FAILED
        assert manager.service(FAIL.name).invocation_id in runs

        manager.reset_failed(FAIL.name)
        service = manager.service(FAIL.name)
        assert (service.active_state, service.result) == (ActiveState.INACTIVE, "success")
        assert carry_out(world, manager, JobType.START, FAIL.name) is JobResult.FAILED
        assert manager.service(FAIL.name).invocation_id not in runs

    def test_a_start_limit_takes_the_socket_along(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, SOCKET_LOOPS_SERVICE.name)
        await_service(world, manager, SOCKET_LOOPS_SERVICE.name, lambda s: s.down)
        socket = manager.socket(SOCKET_LOOPS.name)
        assert (socket.active_state, socket.result) == (
            ActiveState.FAILED,
            "service-start-limit-hit",
        )

    @pytest.mark.parametrize("unit", [OK.name, ABSENT])
    def test_a_reset_where_nothing_failed(self, manager: Manager, unit: str) -> None:
        manager.reset_failed(unit)
        assert not manager.wrote

    # --- a service and its socket -------------------------------------------------------------

    def test_a_client_wakes_the_service(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, SOCKET.name)
        world.knock(SOCKET)
        service = await_service(world, manager, SOCKET_SERVICE.name, lambda s: s.runs)
        assert service.result == "success"

    def test_a_service_that_stops_leaves_its_socket_listening(
        self, world: World, manager: Manager
    ) -> None:
        carry_out(world, manager, JobType.START, SOCKET_SERVICE.name)
        carry_out(world, manager, JobType.STOP, SOCKET_SERVICE.name)
        assert manager.service(SOCKET_SERVICE.name).down
        assert manager.socket(SOCKET.name).sub_state == "listening"

    def test_a_required_socket_that_stops_takes_the_service_along(
        self, world: World, manager: Manager
    ) -> None:
        carry_out(world, manager, JobType.START, SOCKET_SERVICE.name)
        assert carry_out(world, manager, JobType.STOP, SOCKET.name) is JobResult.DONE
        assert manager.service(SOCKET_SERVICE.name).down
        assert manager.socket(SOCKET.name).down

    def test_the_stop_of_both_is_two_jobs(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, SOCKET_SERVICE.name)
        jobs = [
            manager.enqueue(JobType.STOP, SOCKET.name),
            manager.enqueue(JobType.STOP, SOCKET_SERVICE.name),
        ]
        results = [finish(manager, world.clock, job) for job in jobs]
        assert results == [JobResult.DONE, JobResult.DONE]
        assert manager.socket(SOCKET.name).down
