"""The registry of checks and the table of codes are whole, although they are read in parts."""

from __future__ import annotations

import tomllib
from importlib import resources
from importlib.resources.abc import Traversable

import pytest

from dockerctl.doctor import codes
from dockerctl.doctor.codes import code_table, codes_of
from dockerctl.doctor.registry import all_checks, start_checks

FILES = sorted(
    (file for file in resources.files(codes).iterdir() if file.name.endswith(".toml")),
    key=lambda file: file.name,
)


def test_a_failed_start_is_judged_by_each_check_that_can_explain_it() -> None:
    assert start_checks() == tuple(check for check in all_checks() if check.explains_start)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))
def test_the_headings_of_a_file_are_its_codes(file: Traversable) -> None:
    written = tuple(tomllib.loads(file.read_text("utf-8")))
    area = file.name.removesuffix(".toml")
    assert codes_of(area) == written
    assert {code_table()[name].area for name in written} == {area}


def test_no_code_is_in_two_files() -> None:
    written = [name for file in FILES for name in tomllib.loads(file.read_text("utf-8"))]
    assert len(written) == len(set(written)) == len(code_table())


def test_a_code_that_is_not_there() -> None:
    assert "no-such-code" not in code_table()
    with pytest.raises(KeyError):
        code_table()["no-such-code"]
