"""Every fault, every pair and every healthy variant; 'make faults'."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.case import Case, Hosts, cases, suites
from tests.faults.driver import quiet_about, run
from tests.faults.recipe import Variant, faults, hanging, healthy, pairs


@pytest.fixture(scope="module")
def fault_hosts(deb: Path) -> Iterator[Hosts]:
    hosts = Hosts(deb)
    yield hosts
    hosts.down()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        every = cases([*faults(), *pairs(), *hanging()], every_suite=lambda fault: fault.worded)
        metafunc.parametrize("case", every, ids=[str(case) for case in every])
    if "variant" in metafunc.fixturenames:
        chosen = [(s, v) for s, _ in suites() for v in healthy() if s in v.suites]
        metafunc.parametrize(
            ("fault_suite", "variant"), chosen, ids=[f"{s}-{v.id}" for s, v in chosen]
        )


def test_fault(case: Case, fault_hosts: Hosts) -> None:
    problem = fault_hosts.on(case.suite, lambda host: run(host, case.fault))
    assert not problem, problem


def test_healthy(fault_suite: str, variant: Variant, fault_hosts: Hosts) -> None:
    problem = fault_hosts.on(fault_suite, lambda host: quiet_about(host, variant))
    assert not problem, problem
