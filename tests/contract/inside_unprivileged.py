"""The manager's contract for an ordinary user; run by ``test_manager_real`` inside a lab host.

``tests.contract.prepare`` has made the units and started those that shall run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from dockerctl.deadline import Deadline
from dockerctl.systemd.dbus import DbusManager
from dockerctl.systemd.model import Scope
from dockerctl.systemd.port import Manager
from tests.contract.unprivileged import UnprivilegedContract


class TestUnprivileged(UnprivilegedContract):
    """Over the bus, and with nobody whom polkit could ask."""

    @pytest.fixture
    def manager(self) -> Iterator[Manager]:
        assert os.geteuid() != 0
        real = DbusManager(Scope.SYSTEM, Deadline.after(60))
        yield real
        real.close()
