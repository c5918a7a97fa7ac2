"""What the ports promise, tested once: on the fakes in every run, and on real hosts."""

import pytest

# The tests live in modules that pytest does not collect by itself; failures shall read as well.
pytest.register_assert_rewrite(
    "tests.contract.bus",
    "tests.contract.jobs",
    "tests.contract.journal_contract",
    "tests.contract.reading",
    "tests.contract.steps",
    "tests.contract.unit_files",
    "tests.contract.unprivileged",
    "tests.contract.waiting",
)
