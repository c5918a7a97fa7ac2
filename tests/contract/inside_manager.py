"""The manager's contract on a real systemd; run by ``test_manager_real`` inside a lab host.

It starts, masks and breaks units and restarts the bus: never run it elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract import real_world
from tests.contract.bus import BusContract
from tests.contract.manager_contract import ManagerContract, manager
from tests.contract.real_world import RealWorld

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
