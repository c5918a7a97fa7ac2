"""The page of findings against the calls in the code that make them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.test_docs_pages import DOCS, ROOT, codes, rows, sections

PAGE = (DOCS / "reference/findings.md").read_text("utf-8")
# What makes a finding, and at which place of its arguments the code stands.
MAKERS = {
    "refuse": 0, "warn": 0, "judge": 1, "_error": 0, "_warning": 0, "error": 0, "warning": 0,
    "Finding": 0, "LintFinding": 0, "Drift": 0,
}  # fmt: skip
SOURCES = {
    "Of daemon.json": sorted((ROOT / "dockerctl/config").glob("*.py")),
    "Of drop-ins": sorted((ROOT / "dockerctl/override").glob("*.py")),
    "Drift": [ROOT / "dockerctl/change/drift.py"],
}
# Severity by maker; what two makers or a changing one make has no entry of its own.
SEVERITIES = {
    "refuse": "error", "_error": "error", "error": "error", "warn": "warning",
    "_warning": "warning", "warning": "warning",
}  # fmt: skip


def made(source: Path) -> Iterator[tuple[str, str]]:
    """The codes that a module gives to its makers, each with the maker's name."""
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        at = MAKERS.get(node.func.id)
        if at is None or len(node.args) <= at:
            continue
        given = node.args[at]
        for code in (given.body, given.orelse) if isinstance(given, ast.IfExp) else (given,):
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield code.value, node.func.id


def documented(title: str) -> dict[str, str]:
    table = rows(sections(PAGE, 2)[title])
    found = {codes(row[0])[0]: row[1] for row in table}
    assert len(found) == len(table)
    assert all(all(row) for row in table)
    return found


@pytest.mark.parametrize("title", SOURCES)
def test_the_page_has_exactly_the_codes(title: str) -> None:
    in_the_code = {code for source in SOURCES[title] for code, _ in made(source)}
    assert set(documented(title)) == in_the_code


@pytest.mark.parametrize("title", ["Of daemon.json", "Of drop-ins"])
def test_what_is_always_or_never_an_error_is_told_so(title: str) -> None:
    makers: dict[str, set[str]] = {}
    for source in SOURCES[title]:
        for code, maker in made(source):
            makers.setdefault(code, set()).add(maker)
    for code, severity in documented(title).items():
        made_as = {SEVERITIES.get(maker, "both") for maker in makers[code]}
        if severity != "both":
            assert made_as <= {severity, "both"}, code
        else:
            assert len(made_as) > 1 or made_as == {"both"} or made_as == {"warning"}, code
