"""The pages about errors, exit codes and verdicts against the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dockerctl.cli.app import VERBS
from dockerctl.errors import error_classes
from dockerctl.exits import ExitCode
from dockerctl.health.model import ProbeReport, Rung, Verdict
from dockerctl.health.verdict import exit_code_of
from tests.unit.test_docs_pages import DOCS, ROOT, codes, rows, sections

REFERENCE = DOCS / "reference"
SCHEMAS = REFERENCE / "schemas"


def page(name: str) -> str:
    return (REFERENCE / f"{name}.md").read_text("utf-8")


def exits_of(schema: str) -> list[int]:
    """The exit codes that a verb's document may have."""
    name = schema.replace(" ", "-")
    document = json.loads((SCHEMAS / f"{name}-v1.schema.json").read_text("utf-8"))
    found: list[int] = document["properties"]["exit_code"]["enum"]
    return found


def test_errors_and_their_exit_codes() -> None:
    documented = [(codes(row[0])[0], int(row[1])) for row in rows(page("errors"))]
    assert len(dict(documented)) == len(documented)
    assert dict(documented) == {cls.code: int(cls.exit_code) for cls in error_classes()}


def test_every_error_says_what_happened_and_what_to_do() -> None:
    for row in rows(page("errors")):
        assert len(row) == 4
        assert all(row)


def test_exit_codes() -> None:
    table = page("exit-codes").partition("\n## ")[0]
    documented = [int(row[0]) for row in rows(table)]
    assert documented == sorted({int(code) for code in ExitCode})


def test_reserved_exit_codes_are_those_that_no_verb_has() -> None:
    table = page("exit-codes").partition("\n## ")[0]
    reserved = {int(row[0]) for row in rows(table) if row[1].startswith("Reserved: ")}
    used = {code for verb in [*VERBS, "error"] for code in exits_of(verb)}
    assert reserved == {int(code) for code in ExitCode} - used


def test_exit_codes_of_each_verb() -> None:
    documented = {
        verb: [int(code) for code in row[1].split(", ")]
        for row in rows(sections(page("exit-codes"), 2)["Which verb ends with which code"])
        for verb in codes(row[0])
    }
    assert documented == {verb: exits_of(verb) for verb in VERBS}


def test_each_verb_has_a_schema_and_no_schema_is_of_nothing() -> None:
    names = {path.name.removesuffix("-v1.schema.json") for path in SCHEMAS.iterdir()}
    assert names == {*(verb.replace(" ", "-") for verb in VERBS), "error"}


@pytest.mark.parametrize("path", sorted(SCHEMAS.iterdir()), ids=lambda path: path.name)
def test_a_schema_names_its_document(path: Path) -> None:
    name = path.name.removesuffix("-v1.schema.json")
    document = json.loads(path.read_text("utf-8"))
    assert document["properties"]["schema"] == {"const": f"dockerctl/{name}/v1"}


def test_verdicts_and_their_exit_codes() -> None:
    table = rows(sections(page("verdicts"), 2)["Verdicts"])
    documented = {codes(row[0])[0]: int(row[2].partition(",")[0]) for row in table}
    nothing = ProbeReport(None, (), None)
    assert documented == {v.value: int(exit_code_of(v, nothing)) for v in Verdict}


def test_rungs_in_their_order() -> None:
    table = rows(sections(page("verdicts"), 2)["Rungs"])
    assert [codes(row[0])[0] for row in table] == [rung.value for rung in Rung]


def test_findings_and_their_severity() -> None:
    source = (ROOT / "dockerctl/health/observations.py").read_text("utf-8")
    made = re.findall(r'Finding\(\s*"([a-z-]+)",\s*"([a-z]+)",', source)
    assert len(made) == source.count("return Finding(")
    table = rows(sections(page("verdicts"), 2)["Findings"])
    assert {codes(row[0])[0]: row[1] for row in table} == dict(made)
