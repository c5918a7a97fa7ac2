"""The unit tests also pass on each suite's own Python, Typer, psutil and tenacity."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.contract.conftest import Inside
from tests.lab.paths import PROJECT_ROOT

pytestmark = pytest.mark.core

FOLDER = PROJECT_ROOT / "tests" / "unit"
# Libraries of the development environment that a lab host does not have.
NOT_INSIDE = {"hypothesis", "jsonschema", "pexpect"}
# Subjects that belong to the checkout and its machine rather than to the program.
NOT_OURS = ("test_docs_", "test_lab_", "test_packaging_")


def test_the_unit_tests(inside: Inside) -> None:
    files = [
        str(path.relative_to(PROJECT_ROOT))
        for path in sorted(FOLDER.glob("test_*.py"))
        if not path.name.startswith(NOT_OURS) and not imported(path) & NOT_INSIDE
    ]
    # The smallest number of tests that this selection may have: none may get lost unseen.
    least = sum(len(re.findall(r"^ *def test_", Path(file).read_text(), re.M)) for file in files)
    assert len(files) > 25
    assert inside.run_tests(*files, conftest="tests/unit") >= least


def imported(path: Path) -> set[str]:
    """The top-level packages that a file imports, and those that files of ours it imports do."""
    found: set[str] = set()
    seen: set[Path] = set()
    todo = [path]
    while todo:
        file = todo.pop()
        if file in seen or not file.is_file():
            continue
        seen.add(file)
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules = [node.module]
            else:
                continue
            found |= {module.partition(".")[0] for module in modules}
            todo += [
                PROJECT_ROOT / f"{module.replace('.', '/')}.py"
                for module in modules
                if module.startswith("tests.")
            ]
    return found
