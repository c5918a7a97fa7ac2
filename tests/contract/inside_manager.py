"""The manager's contract on a real systemd; run by ``test_manager_real`` inside a lab host.

It starts, masks and breaks units and restarts the bus: never run it elsewhere.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dockerctl.deadline import Deadline
from dockerctl.systemd.dbus import DbusManager
from dockerctl.systemd.model import JobType, Scope
from tests.contract import real_world
from tests.contract.bus import BusContract
from tests.contract.manager_contract import ManagerContract, manager
from tests.contract.real_world import RealWorld
from tests.contract.units import OK

__all__ = ["manager"]


@pytest.fixture(scope="module", autouse=True)
def _units() -> None:
    first = Path("/proc/1/environ").read_bytes().split(b"\0")
    assert b"container=dockerctl-lab" in first, "this is not a lab host"
    real_world.installed()


@pytest.fixture
def world() -> Iterator[RealWorld]:
    with RealWorld() as real:
        yield real


class TestBus(BusContract):
    """The bus comes and goes."""


class TestManager(ManagerContract):
    """The whole contract, on the road that DBUS_SYSTEM_BUS_ADDRESS leaves open."""


def test_a_closed_manager_leaves_nothing_behind(world: RealWorld) -> None:
    def look() -> None:
        looker = DbusManager(Scope.SYSTEM, Deadline.after(10))
        looker.watch([OK.name])
        looker.enqueue(JobType.STOP, OK.name)
        looker.wait_event(1.0)
        looker.close()

    # GLib's own thread and its descriptors stay for good.
    look()
    limit = world.clock.monotonic() + 10
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        look()
    assert threading.active_count() == 1
    # GLib closes a connection's socket in that thread, a moment later.
    while len(os.listdir("/proc/self/fd")) > before:
        assert world.clock.monotonic() < limit
        world.clock.sleep(0.05)
