"""The architecture page against the tree of modules."""

from __future__ import annotations

from pathlib import Path

from tests.unit.test_docs_pages import DOCS, ROOT, codes, rows, sections

PACKAGE = ROOT / "dockerctl"
PAGE = (DOCS / "architecture.md").read_text("utf-8")
MODULES = [(DOCS / name).read_text("utf-8") for name in ("modules.md", "modules-doctor.md")]


def documented() -> dict[str, list[str]]:
    return {
        codes(title)[0].rstrip("/"): [codes(row[0])[0] for row in rows(section)]
        for page in MODULES
        for title, section in sections(page, 3).items()
    }


def in_the_tree() -> dict[str, list[str]]:
    folders = [PACKAGE, *(path.parent for path in PACKAGE.glob("*/**/__init__.py"))]
    return {str(folder.relative_to(ROOT)): modules(folder) for folder in folders}


def modules(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def test_the_page_has_exactly_the_packages_and_modules() -> None:
    assert documented() == in_the_tree()


def test_packages_are_not_nested_deeper_than_the_page_shows() -> None:
    assert list(PACKAGE.glob("*/*/*/*.py")) == []


def test_ports_exist_where_the_page_says() -> None:
    for row in rows(sections(PAGE, 2)["The ports"]):
        port, file = codes(row[0])[0], PACKAGE / codes(row[1])[0]
        assert f"class {port}(Protocol):" in file.read_text("utf-8"), port
        adapter = codes(row[2])[0]
        sources = [path.read_text("utf-8") for path in PACKAGE.rglob("*.py")]
        assert any(f"class {adapter}" in source for source in sources), adapter


def test_every_folder_that_the_page_names_exists() -> None:
    for row in rows(sections(PAGE, 2)["The rest of the tree"]):
        for name in codes(row[0]):
            assert (ROOT / name).is_dir(), name
