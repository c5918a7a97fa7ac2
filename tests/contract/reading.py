"""The contract of ``Manager``: what a snapshot says in each state of a unit."""

from __future__ import annotations

from dataclasses import replace

from dockerctl.systemd.model import (
    ActiveState,
    Condition,
    JobType,
    LoadState,
    QueuedJob,
    UnitFileState,
)
from dockerctl.systemd.port import Manager
from dockerctl.systemd.snapshot import service_from, socket_from
from tests.contract.steps import await_service, carry_out, drain
from tests.contract.units import (
    ABSENT,
    ABSENT_SOCKET,
    ASSERT,
    ASSERT_SOCKET,
    BAD,
    BROKEN_SOCKET,
    CONDITION,
    CONDITION_SOCKET,
    DIES,
    FAIL,
    MISSING_PROGRAM,
    NEVER_READY,
    NOWHERE,
    OK,
    OTHER,
    RELOADS,
    SOCKET,
    SOCKET_SERVICE,
    STUCK,
)
from tests.contract.world import World


class Reading:
    """Snapshots. Those of a service that never ran, and of what does not exist, are complete."""

    def test_a_service_that_does_not_exist_is_a_snapshot_and_no_error(
        self, manager: Manager
    ) -> None:
        service = manager.service(ABSENT)
        assert (service.name, service.load_state) == (ABSENT, LoadState.NOT_FOUND)
        assert not service.exists
        assert service.down
        assert (service.active_state, service.sub_state) == (ActiveState.INACTIVE, "dead")
        assert service.load_error == f"Unit {ABSENT} not found."
        assert service.unit_file_state is UnitFileState.NONE
        assert (service.fragment_path, service.exec_start, service.type) == ("", (), "")
        assert (service.requires, service.triggered_by) == ((), ())
        assert (service.result, service.main_pid, service.invocation_id) == ("success", 0, "")

    def test_a_socket_that_does_not_exist_is_a_snapshot_and_no_error(
        self, manager: Manager
    ) -> None:
        socket = manager.socket(ABSENT_SOCKET)
        assert (socket.name, socket.load_state) == (ABSENT_SOCKET, LoadState.NOT_FOUND)
        assert socket.down
        assert not socket.listening
        assert (socket.result, socket.listen) == ("success", ())

    def test_a_service_that_never_ran(self, manager: Manager) -> None:
        service = manager.service(OK.name)
        assert (service.load_state, service.load_error) == (LoadState.LOADED, "")
        assert (service.active_state, service.sub_state) == (ActiveState.INACTIVE, "dead")
        assert service.unit_file_state is UnitFileState.DISABLED
        assert service.description == OK.name
        assert service.fragment_path.endswith(f"/systemd/system/{OK.name}")
        assert (service.drop_in_paths, service.need_daemon_reload) == ((), False)
        assert (service.can_reload, service.job_id, service.invocation_id) == (False, 0, "")
        assert (service.conditions, service.asserts) == ((), ())
        assert (service.result, service.n_restarts, service.restart) == ("success", 0, "no")
        assert (service.main_pid, service.exec_main_code, service.exec_main_status) == (0, 0, 0)
        assert len(service.exec_start) == 1
        assert service.exec_start[0][-1].endswith(OK.name)
        assert service.type == "notify"

    def test_what_is_not_set_is_none(self, manager: Manager) -> None:
        service = manager.service(OK.name)
        assert service.timeout_stop_usec is None
        assert (service.timeout_start_usec, service.restart_usec) == (90_000_000, 100_000)
        assert (service.memory_bytes, service.memory_peak_bytes, service.tasks) == (
            None,
            None,
            None,
        )
        assert service.state_change_usec is None
        assert service.active_enter_usec is None
        assert service.inactive_enter_usec is None

    def test_a_running_service(self, world: World, manager: Manager) -> None:
        before_usec = int(world.clock.time() * 1e6)
        carry_out(world, manager, JobType.START, OK.name)
        service = manager.service(OK.name)
        assert (service.active_state, service.sub_state) == (ActiveState.ACTIVE, "running")
        assert service.runs
        assert not service.down
        assert (service.result, service.job_id) == ("success", 0)
        assert service.main_pid > 1
        assert len(bytes.fromhex(service.invocation_id)) == 16
        assert service.active_enter_usec is not None
        assert service.state_change_usec == service.active_enter_usec
        assert before_usec <= service.active_enter_usec <= int(world.clock.time() * 1e6)

    def test_a_starting_service_has_its_job(self, world: World, manager: Manager) -> None:
        job = manager.enqueue(JobType.START, STUCK.name)
        service = await_service(world, manager, STUCK.name, lambda s: s.main_pid != 0)
        assert (service.active_state, service.sub_state) == (ActiveState.ACTIVATING, "start")
        assert job.endswith(f"/job/{service.job_id}")
        assert not service.down
        assert not service.runs

    def test_a_service_that_failed_to_start(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, FAIL.name)
        service = manager.service(FAIL.name)
        assert (service.active_state, service.sub_state) == (ActiveState.FAILED, "failed")
        assert service.down
        assert (service.result, service.main_pid) == ("exit-code", 0)
        assert (service.exec_main_code, service.exec_main_status) == (1, 7)
        assert service.inactive_enter_usec is not None
        assert len(service.invocation_id) == 32

    def test_a_service_whose_program_is_missing(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, MISSING_PROGRAM.name)
        service = manager.service(MISSING_PROGRAM.name)
        assert service.active_state is ActiveState.FAILED
        assert service.result == "exit-code"
        assert (service.exec_main_code, service.exec_main_status) == (1, 203)

    def test_a_service_that_was_too_slow(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, NEVER_READY.name)
        service = manager.service(NEVER_READY.name)
        assert (service.active_state, service.result) == (ActiveState.FAILED, "timeout")
        assert (service.exec_main_code, service.exec_main_status) == (2, 15)

    def test_a_service_that_ended_by_itself(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, DIES.name)
        service = await_service(world, manager, DIES.name, lambda s: s.down)
        assert (service.active_state, service.result) == (ActiveState.FAILED, "exit-code")
        assert (service.exec_main_code, service.exec_main_status) == (1, 9)

    def test_a_service_that_was_killed(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, OK.name)
        world.kill(OK.name)
        service = await_service(world, manager, OK.name, lambda s: s.down)
        assert (service.active_state, service.result) == (ActiveState.FAILED, "signal")
        assert (service.exec_main_code, service.exec_main_status) == (2, 9)

    def test_a_masked_service(self, manager: Manager) -> None:
        manager.mask([OK.name])
        manager.daemon_reload()
        service = manager.service(OK.name)
        assert (service.load_state, service.masked, service.exists) == (
            LoadState.MASKED,
            True,
            True,
        )
        assert service.load_error == f"Unit {OK.name} is masked."
        assert service.unit_file_state is UnitFileState.MASKED
        assert (service.exec_start, service.requires) == ((), ())

    def test_a_service_that_was_masked_while_it_ran(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, OK.name)
        manager.mask([OK.name])
        manager.daemon_reload()
        service = manager.service(OK.name)
        assert (service.load_state, service.active_state) == (
            LoadState.MASKED,
            ActiveState.ACTIVE,
        )

    def test_a_service_with_a_bad_setting(self, manager: Manager) -> None:
        service = manager.service(BAD.name)
        assert service.load_state is LoadState.BAD_SETTING
        assert "bad unit file setting" in service.load_error
        assert (service.active_state, service.exists) == (ActiveState.INACTIVE, True)
        assert len(service.exec_start) == 2

    def test_a_condition_is_untested_until_the_start(self, manager: Manager) -> None:
        assert manager.service(CONDITION.name).conditions == (
            Condition("ConditionPathExists", False, False, NOWHERE, 0),
        )

    def test_a_condition_that_does_not_hold(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, CONDITION_SOCKET.name)
        carry_out(world, manager, JobType.START, CONDITION.name)
        service = manager.service(CONDITION.name)
        assert (service.active_state, service.result) == (ActiveState.INACTIVE, "success")
        assert service.invocation_id == ""
        assert service.conditions == (Condition("ConditionPathExists", False, False, NOWHERE, -1),)

    def test_an_assertion_that_does_not_hold(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, ASSERT_SOCKET.name)
        carry_out(world, manager, JobType.START, ASSERT.name)
        service = manager.service(ASSERT.name)
        assert service.active_state is ActiveState.INACTIVE
        assert service.asserts == (Condition("AssertPathExists", False, False, NOWHERE, -1),)

    def test_systemd_forgets_a_unit_at_rest_that_nobody_needs(
        self, world: World, manager: Manager
    ) -> None:
        carry_out(world, manager, JobType.START, OK.name)
        carry_out(world, manager, JobType.STOP, OK.name)
        service = await_service(world, manager, OK.name, lambda s: s.invocation_id == "")
        assert (service.inactive_enter_usec, service.exec_main_code) == (None, 0)

    def test_systemd_remembers_a_unit_at_rest_whose_socket_listens(
        self, world: World, manager: Manager
    ) -> None:
        carry_out(world, manager, JobType.START, SOCKET_SERVICE.name)
        run = manager.service(SOCKET_SERVICE.name).invocation_id
        carry_out(world, manager, JobType.STOP, SOCKET_SERVICE.name)
        drain(world, manager)
        service = manager.service(SOCKET_SERVICE.name)
        assert (service.active_state, service.invocation_id) == (ActiveState.INACTIVE, run)
        assert service.inactive_enter_usec is not None

    def test_a_service_that_can_reload(self, manager: Manager) -> None:
        assert manager.service(RELOADS.name).can_reload

    def test_a_service_and_its_socket_know_each_other(self, manager: Manager) -> None:
        service = manager.service(SOCKET_SERVICE.name)
        assert service.triggered_by == (SOCKET.name,)
        assert SOCKET.name in service.requires
        socket = manager.socket(SOCKET.name)
        assert socket.triggers == (SOCKET_SERVICE.name,)
        assert socket.listen == (("Stream", SOCKET.listen),)
        assert not socket.listening

    def test_a_listening_socket(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, SOCKET.name)
        socket = manager.socket(SOCKET.name)
        assert socket.listening
        assert (socket.active_state, socket.sub_state) == (ActiveState.ACTIVE, "listening")
        assert manager.service(SOCKET_SERVICE.name).active_state is ActiveState.INACTIVE

    def test_the_socket_of_a_running_service(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, SOCKET_SERVICE.name)
        socket = manager.socket(SOCKET.name)
        assert (socket.active_state, socket.sub_state) == (ActiveState.ACTIVE, "running")
        assert socket.listening

    def test_a_socket_that_cannot_be_made(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, BROKEN_SOCKET.name)
        socket = manager.socket(BROKEN_SOCKET.name)
        assert (socket.active_state, socket.result) == (ActiveState.FAILED, "exit-code")
        assert socket.down

    def test_a_drop_in_shows_after_a_daemon_reload(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, OTHER.name)
        path = world.drop_in(OTHER.name)
        assert manager.service(OTHER.name).drop_in_paths == ()
        manager.daemon_reload()
        assert manager.service(OTHER.name).drop_in_paths == (path,)

    def test_a_unit_file_that_changed_needs_a_daemon_reload(
        self, world: World, manager: Manager
    ) -> None:
        carry_out(world, manager, JobType.START, OTHER.name)
        world.touch(OTHER.name)
        assert manager.service(OTHER.name).need_daemon_reload
        manager.daemon_reload()
        assert not manager.service(OTHER.name).need_daemon_reload

    def test_properties_are_those_of_the_snapshot(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, OK.name)
        carry_out(world, manager, JobType.START, FAIL.name)
        for name in (OK.name, FAIL.name, BAD.name, CONDITION.name, SOCKET_SERVICE.name, ABSENT):
            read = service_from(name, manager.properties(name)), manager.service(name)
            # systemd has the names of other units in no order that lasts.
            one, other = (replace(s, requires=tuple(sorted(s.requires))) for s in read)
            assert one == other
        for name in (SOCKET.name, ABSENT_SOCKET):
            pair = socket_from(name, manager.properties(name)), manager.socket(name)
            first, second = (replace(s, requires=tuple(sorted(s.requires))) for s in pair)
            assert first == second

    def test_properties_of_what_does_not_exist(self, manager: Manager) -> None:
        assert manager.properties(ABSENT)["LoadState"] == "not-found"
        assert "NoSuchProperty" not in manager.properties(ABSENT)

    def test_a_job_is_listed_while_it_runs(self, world: World, manager: Manager) -> None:
        job = manager.enqueue(JobType.START, STUCK.name)
        service = await_service(world, manager, STUCK.name, lambda s: s.main_pid != 0)
        assert job.endswith(f"/{service.job_id}")
        assert QueuedJob(service.job_id, STUCK.name, "start", "running") in manager.jobs()

    def test_no_job_is_listed_that_has_ended(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, OK.name)
        assert OK.name not in {job.unit for job in manager.jobs()}

    def test_reading_changes_nothing(self, manager: Manager) -> None:
        manager.service(OK.name)
        manager.properties(OK.name)
        manager.jobs()
        manager.socket(SOCKET.name)
        manager.unit_file_state(OK.name)
        manager.job_queued(1)
        assert not manager.wrote
