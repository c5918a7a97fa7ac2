"""The pages about daemon.json, drop-ins and declarations against the tables and parsers."""

from __future__ import annotations

import re

import pytest

from dockerctl.change.declaration import parse_declaration
from dockerctl.config.keys import Key, Span, key_table
from dockerctl.config.path import format_path, parse_path
from dockerctl.config.release import Release
from dockerctl.errors import DeclarationInvalid
from dockerctl.override.recipes import RECIPES
from dockerctl.override.store import Owner, Seal, judge_seal, owned_path
from tests.unit.test_docs_pages import DOCS, blocks, codes, rows, sections

KEYS = (DOCS / "reference/daemon-json.md").read_text("utf-8")
DROP_INS = (DOCS / "reference/drop-ins.md").read_text("utf-8")
APPLY = (DOCS / "reference/apply.md").read_text("utf-8")


def shown(release: Release | None) -> str:
    if release is None:
        return ""
    return f"{release.major}.{release.minor}" + (f".{release.patch}" if release.patch else "")


def effect_of(span: Span | None) -> str:
    if span is None:
        return "restart"
    since = f" from {shown(span.since)} on" if span.since else ""
    until = f" before {shown(span.until)}" if span.until else ""
    return f"reload{since}{until}"


def remarks(key: Key) -> str:
    parts = ["new"] if key.new_containers_only else []
    return ", ".join([*parts, *(["hides data"] if key.hides_data else [])])


def row_of(key: Key) -> list[str]:
    """The cells of a key as the page has to show them."""
    flags = [f"`--{key.flag}`"] if key.flag else []
    flags += [f"`-{key.short}`"] if key.short else []
    last = min((each for each in (key.until, key.refused) if each), default=None)
    return [
        f"`{key.name}`",
        shown(key.since),
        shown(last),
        effect_of(key.reload),
        ", ".join(flags),
        remarks(key),
    ]


def test_the_table_of_keys() -> None:
    assert rows(sections(KEYS, 2)["Keys"]) == [row_of(key) for key in key_table().keys.values()]


def test_paths_are_typed_as_the_page_says() -> None:
    typed = [codes(row[0])[0] for row in rows(sections(KEYS, 2)["How keys are typed"])]
    assert [format_path(parse_path(text)) for text in typed] == typed


def test_our_drop_ins() -> None:
    table = rows(sections(DROP_INS, 2)["Ours"])
    assert sorted(codes(row[0])[0] for row in table) == sorted(RECIPES)
    path = owned_path("UNIT.service", "NAME".lower()).replace("name", "NAME")
    assert f"`{path.replace('UNIT.service', 'UNIT')}`" in DROP_INS


def test_the_header_is_one() -> None:
    (block,) = [b for b in blocks(DROP_INS) if not b.language]
    assert judge_seal("\n".join([*block.lines, ""]).encode()) is Seal.OURS


def test_owners() -> None:
    table = rows(sections(DROP_INS, 2)["Who owns what"])
    assert {codes(row[0])[0] for row in table} == {str(owner) for owner in Owner}


def accepted(prefix: str) -> set[str]:
    """The fields that a table of a declaration takes, as its reader names them."""
    text = f"[{prefix}]\nnot-a-field = 1\n" if prefix else "not-a-field = 1\n"
    with pytest.raises(DeclarationInvalid) as caught:
        parse_declaration(text.encode(), "x")
    found = re.search(r"there are (.*?)\.?$", caught.value.message)
    assert found is not None
    return set(found.group(1).split(", "))


@pytest.mark.parametrize(
    ("prefix", "level", "title"),
    [
        ("", 2, "Fields"),
        ("service", 2, "`service`"),
        ("override", 2, "`override`"),
        ("override.proxy", 3, "`override.proxy`"),
        ("override.limits", 3, "`override.limits`"),
        ("override.restart-policy", 3, "`override.restart-policy`"),
        ("override.socket", 3, "`override.socket`"),
    ],
)
def test_fields_of_a_declaration(prefix: str, level: int, title: str) -> None:
    text = sections(APPLY, level)[title].partition("\n### ")[0]
    table = rows(text)
    if prefix == "override":
        # The section goes on with those of its tables.
        table = table[: len(accepted(prefix))]
    assert {codes(row[0])[0] for row in table} == accepted(prefix)
    assert all(all(row) for row in table)


def test_the_examples_are_declarations() -> None:
    examples = [b for b in blocks(APPLY) if b.language == "toml"]
    assert len(examples) == 3
    for example in examples:
        declaration = parse_declaration("\n".join(example.lines).encode(), "x")
        assert declaration.config or declaration.override.proxy
