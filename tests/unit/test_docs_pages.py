"""The documentation as pages: links, terminal sessions, decisions. The other test_docs_* use it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])

_FENCE = re.compile(r"^```(\w*)$")
# [text](target); the text may be broken over two lines.
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_SPAN = re.compile(r"`([^`]+)`")
# The bar between two cells, and not one that is part of a cell's text.
_BAR = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Block:
    """A fenced block: the word after the fence, and the lines inside."""

    language: str
    lines: tuple[str, ...]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page."""
    language: str | None = None
    lines: list[str] = []
    for line in text.splitlines():
        fence = _FENCE.match(line)
        if fence is None:
            lines.append(line)
        elif language is None:
            language, lines = fence.group(1), []
        else:
            yield Block(language, tuple(lines))
            language = None


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        if _FENCE.match(line):
            inside = not inside
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def spans(text: str) -> list[str]:
    """What stands between single backticks, on one line each."""
    return [" ".join(span.split()) for span in _SPAN.findall(prose(text))]


def sections(text: str, level: int) -> dict[str, str]:
    """Heading to text for the headings of one level; the text goes on to the next such heading or
    one above it."""
    found: dict[str, str] = {}
    title: str | None = None
    for line in prose(text).splitlines():
        heading = re.match(r"(#+) (.*)", line)
        if heading is not None and len(heading.group(1)) <= level:
            title = heading.group(2) if len(heading.group(1)) == level else None
            if title is not None:
                assert title not in found, f"two headings {title!r}"
                found[title] = ""
        elif title is not None:
            found[title] += line + "\n"
    return found


def rows(text: str) -> list[list[str]]:
    """The cells of all table rows, without heads and rules."""
    found: list[list[str]] = []
    lines = text.splitlines()
    for index, line in enumerate(lines):
        is_head = index + 1 < len(lines) and lines[index + 1].startswith("|---")
        if line.startswith("|") and not line.startswith("|---") and not is_head:
            found.append([cell.strip() for cell in _BAR.split(line)[1:-1]])
    return found


def codes(cell: str) -> list[str]:
    """What stands between backticks in a cell."""
    return _SPAN.findall(cell)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for line in prose(page.read_text("utf-8")).splitlines():
        if line.startswith("#"):
            words = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower())
            slug = words.replace(" ", "-")
            assert slug not in found, f"{name_of(page)} has two headings {slug!r}"
            found.add(slug)
    return found


def links(page: Path) -> list[str]:
    return _LINK.findall(prose(page.read_text("utf-8")))


def target(page: Path, link: str) -> Path:
    path = link.partition("#")[0]
    return (page.parent / path).resolve() if path else page


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_inside_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith("https://"):
            continue
        there, anchor = target(page, link), link.partition("#")[2]
        assert there.exists(), link
        assert there.is_relative_to(ROOT), link
        if anchor:
            assert anchor in anchors(there), link


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    pending = [ROOT / "README.md"]
    while pending:
        page = pending.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        pending.extend(target(page, link) for link in links(page) if not link.startswith("https:"))
    assert sorted(map(name_of, seen)) == sorted(map(name_of, PAGES))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_terminal_sessions_fit_a_terminal(page: Path) -> None:
    for block in blocks(page.read_text("utf-8")):
        if block.language == "console":
            assert block.lines, "an empty session"
            assert re.match(r"[#$] \S", block.lines[0]), block.lines[0]
            assert [line for line in block.lines if len(line) > 100] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_pages_are_of_a_size_that_is_read(page: Path) -> None:
    if "findings" in page.parts:
        # Sections to look one code up in; nobody reads them through.
        return
    assert len(page.read_text("utf-8").splitlines()) < 400


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_make_targets_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z][a-z -]*):", makefile, re.M))
    known = {word for group in targets for word in group.split()}
    text = page.read_text("utf-8")
    shown = [line[2:] for b in blocks(text) if b.language == "console" for line in b.lines]
    for code in [*spans(text), *shown]:
        if made := re.match(r"make ((?:[a-z]+ ?)+)", code):
            assert set(made.group(1).split()) <= known, code


def test_the_readme_names_the_two_commands_of_a_developer() -> None:
    section = (ROOT / "README.md").read_text("utf-8").partition("\n## For developers\n")[2]
    first = next(blocks(section))
    assert first.lines == ("# make demo", "# make test")


def test_decisions_are_numbered_short_and_of_one_form() -> None:
    records = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    numbers = [record.name[:4] for record in records]
    assert numbers == [f"{number:04}" for number in range(1, len(records) + 1)]
    for record in records:
        text = record.read_text("utf-8")
        assert text.startswith(f"# {record.name[:4]}: "), record.name
        assert len(text.splitlines()) <= 40, record.name
        assert list(sections(text, 2)) == ["Context", "Decision", "Consequences"], record.name


def test_the_changelog_has_the_current_version_and_fixed_headings() -> None:
    from dockerctl import __version__

    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = [title for title in sections(text, 2) if title != "Compatibility"]
    assert versions[0].startswith(f"{__version__} ")
    fixed = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Known limits"}
    headings = re.findall(r"^### (.*)$", text, re.M)
    assert set(headings) <= fixed
