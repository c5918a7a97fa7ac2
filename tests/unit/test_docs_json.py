"""The page about JSON against the schemas, both ways: field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dockerctl.cli.app import VERBS
from tests.unit.test_docs_pages import DOCS, codes, rows, sections

PAGE = (DOCS / "reference/json.md").read_text("utf-8")
OF_CHANGES = (DOCS / "reference/json-configuration.md").read_text("utf-8")
PAGES = (PAGE, OF_CHANGES)
SCHEMAS = DOCS / "reference/schemas"
NAMES = [*VERBS, "error"]
TYPES = {
    "string": "string",
    "boolean": "boolean",
    "integer": "integer",
    "number": "number",
    "object": "object",
}


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema_file(name).read_text("utf-8"))
    return found


def schema_file(name: str) -> Path:
    """The schema of a verb's document, words joined by a dash."""
    return SCHEMAS / f"{name.replace(' ', '-')}-v1.schema.json"


def fields(node: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field below a node with its own node, such as ``process.pid`` or ``steps[].name``.

    What is defined once and referred to is described once, under its own heading.
    """
    for variant in node.get("anyOf", [node]):
        for name, child in variant.get("properties", {}).items():
            yield prefix + name, child
            yield from fields(child, f"{prefix}{name}.")
        if isinstance(variant.get("items"), dict):
            yield from fields(variant["items"], f"{prefix.removesuffix('.')}[].")


def documented(section: str) -> dict[str, str]:
    """Field to type, of the table in a section."""
    return {codes(row[0])[0]: row[1] for row in rows(section)}


def common() -> dict[str, str]:
    return documented(sections(PAGE, 2)["Common fields"])


def of_documents() -> dict[str, dict[str, str]]:
    """Verb to its table. A heading may name several verbs."""
    texts = [page.partition("\n## Documents\n")[2].partition("\n## ")[0] for page in PAGES]
    return {
        verb: documented(section)
        for text in texts
        for title, section in sections(text, 3).items()
        for verb in codes(title)
    }


def of_objects() -> dict[str, dict[str, str]]:
    texts = [page.partition("\n## Objects\n")[2] for page in PAGES]
    return {
        title: documented(section) for text in texts for title, section in sections(text, 3).items()
    }


def nullable(node: dict[str, Any]) -> bool:
    return {"type": "null"} in node.get("anyOf", [])


def kind(node: dict[str, Any]) -> str:
    """The type as the page has to begin with it."""
    first = next((v for v in node.get("anyOf", [node]) if v != {"type": "null"}), node)
    if "$ref" in first:
        name = first["$ref"].rpartition("/")[2]
        return f"[{name}](#{name})"
    if first.get("type") == "array":
        return "list"
    if "enum" in first or "const" in first:
        value = first.get("const", first.get("enum", [""])[0])
        return "integer" if isinstance(value, int) else "string"
    # A value that the file itself decides.
    return TYPES[first["type"]] if "type" in first else "any"


def check_types(table: dict[str, str], wanted: dict[str, dict[str, Any]]) -> None:
    assert list(table) == list(wanted)
    for name, node in wanted.items():
        # What both pages use is described on the first.
        assert table[name].replace("](json.md#", "](#").startswith(kind(node)), name
        assert table[name].endswith("or null") is nullable(node), name


@pytest.mark.parametrize("name", NAMES)
def test_a_document_has_exactly_its_fields(name: str) -> None:
    own = {k: v for k, v in fields(schema(name)) if k.partition(".")[0] not in common()}
    check_types(of_documents()[name], own)


@pytest.mark.parametrize("name", NAMES)
def test_a_document_has_the_common_fields(name: str) -> None:
    found = schema(name)
    assert set(found["required"]) >= set(common())
    check_types(common(), {k: found["properties"][k] for k in common()})


def test_the_page_has_exactly_the_documents() -> None:
    assert sorted(of_documents()) == sorted(NAMES)


def test_the_page_has_exactly_the_objects() -> None:
    used = {definition for name in NAMES for definition in schema(name)["$defs"]}
    assert set(of_objects()) == used


@pytest.mark.parametrize("name", NAMES)
def test_objects_have_exactly_their_fields(name: str) -> None:
    for definition, node in schema(name)["$defs"].items():
        check_types(of_objects()[definition], dict(fields(node)))


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_is_linked(name: str) -> None:
    link = f"](schemas/{schema_file(name).name})"
    assert any(link in page for page in PAGES)
