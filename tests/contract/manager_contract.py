"""The contract of ``dockerctl.systemd.port.Manager``, whoever implements it.

A test class inherits it and provides the fixture ``world``; every test starts with the units of
``tests.contract.units`` at rest and a systemd that remembers nothing of them.
"""

from __future__ import annotations

import pytest

from dockerctl.systemd.port import Manager
from tests.contract.jobs import Jobs
from tests.contract.reading import Reading
from tests.contract.unit_files import UnitFiles
from tests.contract.waiting import Waiting
from tests.contract.world import World


@pytest.fixture
def manager(world: World) -> Manager:
    """A manager with time enough."""
    return world.connect()


class ManagerContract(Reading, Jobs, Waiting, UnitFiles):
    """What every manager of a privileged caller does, on whatever road it was reached."""
