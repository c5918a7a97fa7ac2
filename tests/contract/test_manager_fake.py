"""The fake manager keeps the contract that the real one keeps."""

from __future__ import annotations

import pytest

from dockerctl.systemd.port import Manager
from tests.contract.bus import BusContract
from tests.contract.fake_world import FakeWorld
from tests.contract.manager_contract import ManagerContract, manager
from tests.contract.units import OK, SOCKET_LOOPS, SOCKET_LOOPS_SERVICE
from tests.contract.unprivileged import UnprivilegedContract

__all__ = ["manager"]


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld()


class TestManager(ManagerContract):
    """The whole contract."""


class TestBus(BusContract):
    """The bus comes and goes."""


class TestUnprivileged(UnprivilegedContract):
    """For a caller who may look and not touch."""

    @pytest.fixture
    def manager(self) -> Manager:
        world = FakeWorld(privileged=False)
        world.start(OK.name)
        world.start(SOCKET_LOOPS_SERVICE.name)
        world.clock.sleep(1.0)
        assert world.systemd.unit(SOCKET_LOOPS.name).result == "service-start-limit-hit"
        return world.connect()
