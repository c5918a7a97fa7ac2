"""The real manager keeps the contract, on each suite's systemd and on every road to it."""

from __future__ import annotations

import pytest

from tests.contract.conftest import Inside

pytestmark = pytest.mark.core

MANAGER = "tests/contract/inside_manager.py"
UNPRIVILEGED = "tests/contract/inside_unprivileged.py"
NO_BUS = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/run/contract-no-bus"}

# Guards against a run that finds fewer tests than it should.
LEAST_CONTRACT, LEAST_BUS, LEAST_UNPRIVILEGED = 110, 9, 12


def test_over_the_bus(inside: Inside) -> None:
    assert inside.run_tests(MANAGER) >= LEAST_CONTRACT + LEAST_BUS


def test_over_the_private_socket(inside: Inside) -> None:
    passed = inside.run_tests(f"{MANAGER}::TestManager", env=NO_BUS)
    assert passed >= LEAST_CONTRACT


def test_as_an_ordinary_user(inside: Inside) -> None:
    inside.host.add_user("contract")
    inside.run_python("-m", "tests.contract.prepare").check()
    assert inside.run_tests(UNPRIVILEGED, user="contract") >= LEAST_UNPRIVILEGED
