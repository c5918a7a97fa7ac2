"""What contract tests do again and again with a manager."""

from __future__ import annotations

from collections.abc import Callable

from dockerctl.deadline import Clock
from dockerctl.systemd.model import JobResult, JobType, Service
from dockerctl.systemd.port import Manager
from tests.contract.world import World

# Far more than any of the contract's units takes on a busy machine.
PATIENCE_S = 20.0


def finish(manager: Manager, clock: Clock, job: str) -> JobResult:
    """Wait for the end of a job; its result."""
    limit = clock.monotonic() + PATIENCE_S
    while (result := manager.job_result(job)) is None:
        assert clock.monotonic() < limit, f"{job} does not end"
        manager.wait_event(1.0)
    return result


def carry_out(world: World, manager: Manager, job: JobType, unit: str) -> JobResult:
    """Ask for a job and wait for its end."""
    return finish(manager, world.clock, manager.enqueue(job, unit))


def await_service(
    world: World, manager: Manager, unit: str, holds: Callable[[Service], bool]
) -> Service:
    """Wait until something holds of a service; its state then."""
    manager.watch([unit])
    limit = world.clock.monotonic() + PATIENCE_S
    while not holds(service := manager.service(unit)):
        assert world.clock.monotonic() < limit, service
        manager.wait_event(1.0)
    return service


def drain(world: World, manager: Manager) -> None:
    """Let every event that is already under way arrive, until one pause passes undisturbed."""
    limit = world.clock.monotonic() + PATIENCE_S
    while elapsed(world.clock, lambda: manager.wait_event(0.1)) < 0.099:
        assert world.clock.monotonic() < limit, "there is always another event"


def elapsed(clock: Clock, do: Callable[[], object]) -> float:
    """How many seconds something took."""
    began = clock.monotonic()
    do()
    return clock.monotonic() - began
