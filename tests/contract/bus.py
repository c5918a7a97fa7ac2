"""The contract of ``Manager`` on a message bus that does not hold still."""

from __future__ import annotations

import pytest

from dockerctl.errors import BusTimeout, BusUnavailable
from dockerctl.systemd.model import ActiveState, JobResult, JobType, Route
from dockerctl.systemd.port import Manager
from tests.contract.steps import carry_out, drain, elapsed, finish
from tests.contract.units import LAZY, OK, SLOW
from tests.contract.world import World


class BusContract:
    """For managers of root, which were reached over the bus."""

    def test_the_route_is_the_bus(self, manager: Manager) -> None:
        assert manager.route is Route.BUS

    def test_the_bus_is_restarted_during_a_job(self, world: World, manager: Manager) -> None:
        job = manager.enqueue(JobType.START, SLOW.name)
        world.restart_bus()
        assert finish(manager, world.clock, job) in (JobResult.DONE, JobResult.LOST)
        service = manager.service(SLOW.name)
        assert (service.active_state, service.sub_state) == (ActiveState.ACTIVE, "running")

    def test_a_job_ends_while_the_bus_is_restarted(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, LAZY.name)
        job = manager.enqueue(JobType.STOP, LAZY.name)
        world.restart_bus()
        # By now the job has ended, and nobody has told us.
        world.stop(LAZY.name)
        assert finish(manager, world.clock, job) is JobResult.LOST
        assert manager.service(LAZY.name).down

    def test_a_watch_outlives_the_restart(self, world: World, manager: Manager) -> None:
        manager.watch([OK.name])
        world.restart_bus()
        manager.service(OK.name)
        drain(world, manager)
        world.start(OK.name)
        assert elapsed(world.clock, lambda: manager.wait_event(15.0)) < 14.0
        assert manager.service(OK.name).runs

    def test_a_write_after_the_restart_arrives_or_says_that_it_did_not(
        self, world: World, manager: Manager
    ) -> None:
        manager.service(OK.name)
        world.restart_bus()
        try:
            job = manager.enqueue(JobType.START, OK.name)
        except BusUnavailable:
            assert manager.service(OK.name).active_state is ActiveState.INACTIVE
        else:
            assert finish(manager, world.clock, job) is JobResult.DONE

    def test_without_a_bus_root_takes_the_private_socket(
        self, world: World, manager: Manager
    ) -> None:
        world.stop_bus()
        assert manager.service(OK.name).active_state is ActiveState.INACTIVE
        assert manager.route is Route.PRIVATE_SOCKET
        assert carry_out(world, manager, JobType.START, OK.name) is JobResult.DONE

    def test_a_first_connection_without_a_bus(self, world: World) -> None:
        world.stop_bus()
        manager = world.connect()
        assert manager.route is Route.PRIVATE_SOCKET
        assert carry_out(world, manager, JobType.START, OK.name) is JobResult.DONE

    def test_a_bus_that_hangs_costs_no_more_than_the_deadline(self, world: World) -> None:
        manager = world.connect(deadline_s=1.0)
        with world.hang_bus():
            assert elapsed(world.clock, lambda: _times_out(manager)) < 3.0

    def test_a_first_connection_to_a_bus_that_hangs(self, world: World) -> None:
        with world.hang_bus():
            manager = world.connect(deadline_s=20.0)
            assert manager.route is Route.PRIVATE_SOCKET
            assert manager.service(OK.name).exists


def _times_out(manager: Manager) -> None:
    with pytest.raises(BusTimeout):
        manager.service(OK.name)
