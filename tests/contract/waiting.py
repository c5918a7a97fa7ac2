"""The contract of ``Manager``: what ends a pause, and what does not.

Where a test says that something did not end it, an event that was under way has had its time.
"""

from __future__ import annotations

import pytest

from dockerctl.systemd.model import ActiveState, JobResult, JobType
from dockerctl.systemd.port import Manager
from tests.contract.steps import await_service, carry_out, drain, elapsed, finish
from tests.contract.units import LAZY, OK, OTHER, SLOW, STUCK
from tests.contract.world import World

LONG_S = 15.0


class Waiting:
    """``watch`` and ``wait_event``."""

    def test_nothing_happens(self, world: World, manager: Manager) -> None:
        manager.watch([OTHER.name])
        drain(world, manager)
        assert elapsed(world.clock, lambda: manager.wait_event(0.3)) >= 0.299

    def test_no_time_at_all(self, world: World, manager: Manager) -> None:
        manager.watch([OTHER.name])
        drain(world, manager)
        assert elapsed(world.clock, lambda: manager.wait_event(0.0)) < 0.1

    def test_the_end_of_our_job_ends_it(self, world: World, manager: Manager) -> None:
        job = manager.enqueue(JobType.START, SLOW.name)
        assert elapsed(world.clock, lambda: manager.wait_event(LONG_S)) < LONG_S - 1
        assert manager.job_result(job) is JobResult.DONE

    def test_a_job_that_ends_before_we_look(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, OTHER.name)
        drain(world, manager)
        job = manager.enqueue(JobType.START, OTHER.name)
        # Other calls in between must not swallow it.
        manager.service(OTHER.name)
        manager.reset_failed(OTHER.name)
        if manager.job_result(job) is None:
            assert elapsed(world.clock, lambda: manager.wait_event(LONG_S)) < LONG_S - 1
        assert manager.job_result(job) is JobResult.DONE

    def test_a_watch_loses_no_job(self, world: World, manager: Manager) -> None:
        job = manager.enqueue(JobType.START, SLOW.name)
        # Its end is told before the watch is changed, and nobody has listened by then.
        world.clock.sleep(1.5)
        manager.watch([OK.name])
        assert finish(manager, world.clock, job) is JobResult.DONE

    def test_a_change_of_a_watched_unit_ends_it(self, world: World, manager: Manager) -> None:
        manager.watch([OK.name, OTHER.name])
        drain(world, manager)
        with world.later(0.1, OTHER.name):
            assert elapsed(world.clock, lambda: manager.wait_event(LONG_S)) < LONG_S - 1
            await_service(world, manager, OTHER.name, lambda s: s.runs)

    def test_a_change_before_the_pause_ends_it(self, world: World, manager: Manager) -> None:
        manager.watch([OK.name])
        drain(world, manager)
        world.start(OK.name)
        assert elapsed(world.clock, lambda: manager.wait_event(LONG_S)) < LONG_S - 1

    def test_a_change_of_another_unit_does_not(self, world: World, manager: Manager) -> None:
        manager.watch([OK.name])
        drain(world, manager)
        world.start(OTHER.name)
        assert elapsed(world.clock, lambda: manager.wait_event(0.5)) >= 0.499
        assert manager.service(OTHER.name).active_state is ActiveState.ACTIVE

    def test_a_job_of_others_does_not(self, world: World, manager: Manager) -> None:
        # One job of ours, so that we hear of jobs at all.
        carry_out(world, manager, JobType.STOP, OTHER.name)
        drain(world, manager)
        world.start(OTHER.name)
        assert elapsed(world.clock, lambda: manager.wait_event(0.5)) >= 0.499

    def test_the_last_watch_counts(self, world: World, manager: Manager) -> None:
        manager.watch([OTHER.name])
        manager.watch([OK.name])
        drain(world, manager)
        world.start(OTHER.name)
        assert elapsed(world.clock, lambda: manager.wait_event(0.5)) >= 0.499
        world.start(OK.name)
        assert elapsed(world.clock, lambda: manager.wait_event(LONG_S)) < LONG_S - 1

    def test_each_change_is_told_once(self, world: World, manager: Manager) -> None:
        manager.watch([OK.name])
        world.start(OK.name)
        drain(world, manager)
        assert elapsed(world.clock, lambda: manager.wait_event(0.3)) >= 0.299

    def test_two_managers_hear_their_own(self, world: World, manager: Manager) -> None:
        other = world.connect()
        ours = manager.enqueue(JobType.START, SLOW.name)
        theirs = other.enqueue(JobType.START, OK.name)
        assert finish(other, world.clock, theirs) is JobResult.DONE
        assert finish(manager, world.clock, ours) is JobResult.DONE

    def test_the_deadline_ends_it(self, world: World) -> None:
        hurried = world.connect(deadline_s=0.4)
        hurried.watch([OTHER.name])
        assert elapsed(world.clock, lambda: hurried.wait_event(LONG_S)) < LONG_S - 1

    def test_past_the_deadline_the_truth_can_still_be_read(self, world: World) -> None:
        hurried = world.connect(deadline_s=0.2)
        job = hurried.enqueue(JobType.START, STUCK.name)
        world.clock.sleep(0.3)
        hurried.wait_event(0.1)
        assert hurried.job_result(job) is None
        assert hurried.service(STUCK.name).active_state is ActiveState.ACTIVATING

    def test_ctrl_c_ends_it(self, world: World, manager: Manager) -> None:
        job = manager.enqueue(JobType.START, STUCK.name)
        with world.interrupt_after(0.2), pytest.raises(KeyboardInterrupt):
            manager.wait_event(LONG_S)
        # It is of use afterwards.
        assert manager.service(STUCK.name).active_state is ActiveState.ACTIVATING
        manager.enqueue(JobType.STOP, STUCK.name)
        assert finish(manager, world.clock, job) is JobResult.CANCELED

    def test_systemd_executes_itself_anew_meanwhile(self, world: World, manager: Manager) -> None:
        carry_out(world, manager, JobType.START, LAZY.name)
        job = manager.enqueue(JobType.STOP, LAZY.name)
        world.reexec()
        manager.wait_event(0.1)
        assert finish(manager, world.clock, job) in (JobResult.DONE, JobResult.LOST)
        assert manager.service(LAZY.name).active_state is ActiveState.INACTIVE

    def test_a_watch_outlives_the_new_execution(self, world: World, manager: Manager) -> None:
        manager.watch([OK.name])
        world.reexec()
        manager.service(OK.name)
        drain(world, manager)
        world.start(OK.name)
        assert elapsed(world.clock, lambda: manager.wait_event(LONG_S)) < LONG_S - 1
        assert manager.service(OK.name).runs
