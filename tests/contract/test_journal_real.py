"""The real journal keeps the contract on each suite's journald."""

from __future__ import annotations

import pytest

from tests.contract.conftest import Inside

pytestmark = pytest.mark.core

# Guards against a run that finds fewer tests than it should.
LEAST = 7


def test_as_root(inside: Inside) -> None:
    assert inside.run_tests("tests/contract/inside_journal.py") >= LEAST
