"""The core of the faults: the doctor names the cause, and the repair that it names repairs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.case import Case, Hosts, cases
from tests.faults.driver import run
from tests.faults.recipe import faults, hanging, pairs

_CORE = [fault for fault in (*faults(), *pairs(), *hanging()) if fault.core]


@pytest.fixture(scope="module")
def fault_hosts(deb: Path) -> Iterator[Hosts]:
    hosts = Hosts(deb)
    yield hosts
    hosts.down()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        chosen = cases(_CORE, every_suite=lambda fault: fault.worded)
        metafunc.parametrize("case", chosen, ids=[str(case) for case in chosen])


def test_core_has_every_class() -> None:
    assert len(_CORE) >= 50
    assert {fault.area for fault in faults()} <= {fault.area for fault in _CORE}


def test_fault(case: Case, fault_hosts: Hosts) -> None:
    problem = fault_hosts.on(case.suite, lambda host: run(host, case.fault, quietness=False))
    assert not problem, problem
