"""The doctor's table of codes against its checks and its pages, in both directions."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from dockerctl.doctor import checks as folder
from dockerctl.doctor.codes import code_table
from dockerctl.doctor.registry import all_checks
from generate.findings import TITLES, pages
from tests.unit.test_docs_pages import DOCS

PAGES = DOCS / "reference/findings"
MODULES = sorted(Path(folder.__file__).parent.glob("*.py"))
# Made by what runs the checks.
OF_THE_RUN = {"check-crashed"}


def test_every_code_of_the_table_is_found_by_a_check() -> None:
    found = {code for check in all_checks() for code in check.codes}
    assert set(code_table()) == found | OF_THE_RUN


def test_checks_have_names_of_their_own() -> None:
    names = [check.name for check in all_checks()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_no_check_finds_a_code_that_is_not_in_the_table(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
            continue
        first = node.args[0]
        if node.func.id in ("error", "warning", "info", "Finding") and isinstance(
            first, ast.Constant
        ):
            assert first.value in code_table(), f"{module.name}:{node.lineno}"


def test_the_pages_are_those_of_the_table() -> None:
    stored = {path.name: path.read_text("utf-8") for path in PAGES.glob("*.md")}
    wanted = pages()
    assert set(stored) == set(wanted), "run 'make docs'"
    for name, text in wanted.items():
        assert stored[name] == text, f"{name}: run 'make docs'"


def test_every_area_has_a_title() -> None:
    assert {code.area for code in code_table().values()} <= set(TITLES)


@pytest.mark.parametrize("code", code_table().values(), ids=lambda code: code.code)
def test_a_section_says_all_that_a_person_needs(code: object) -> None:
    row = code_table()[getattr(code, "code")]  # noqa: B009
    assert row.title == row.title.strip().rstrip(".")
    assert row.why.endswith(".")
    assert len(row.meaning.split()) >= 8
    assert row.repair
