"""The layering of the program, held to by reading its imports.

Imports point inwards: cli, then lifecycle, change and doctor, then health, config and override,
then systemd and docker, then host, then what everyone may use.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import dockerctl

PACKAGE = Path(dockerctl.__file__).parent
MOST_LINES = 400

# Modules at the top of the package, which everyone may use; among themselves in this order.
COMMON = ("presentable", "exits", "errors", "deadline", "result", "retry", "settings")

# A part and the parts that it may use, besides itself and what is common.
MAY_USE = {
    "cli": {
        "lifecycle", "change", "doctor", "health", "config", "override", "systemd", "docker",
        "host",
    },
    # The lifecycle is the hand of a transaction: it knows the port of the change, and not the other
    # way round.
    "lifecycle": {"change", "health", "config", "override", "systemd", "docker", "host"},
    "change": {"health", "config", "override", "systemd", "docker", "host"},
    # The doctor reads the configuration as a change does.
    "doctor": {"change", "health", "config", "override", "systemd", "docker", "host"},
    "health": {"systemd", "docker", "host"},
    "config": {"systemd", "docker", "host"},
    "override": {"systemd", "docker", "host"},
    # The two adapters do not know each other. Both may use the host, which knows neither.
    "systemd": {"host"},
    "docker": {"host"},
    "host": set(),
}  # fmt: skip

# A library and the only place that may import it.
CONFINED = {
    "gi": "systemd/",
    "pydbus": "systemd/",
    "psutil": "host/",
    "subprocess": "host/",
    "tenacity": "retry.py",
    "typer": "cli/",
    "rich": "cli/",
    "http": "docker/",
    "ssl": "docker/",
}
# Typer may bring its own copy of click, so click is not to be relied on at all.
FORBIDDEN = ("click",)


@dataclass(frozen=True)
class Import:
    """One import statement."""

    module: str
    line: int
    # Whether only a type checker sees it.
    for_types: bool


@dataclass(frozen=True)
class Module:
    """One file of the package."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(PACKAGE).as_posix()

    @property
    def part(self) -> str:
        """The folder, or the module's own name at the top."""
        return self.name.partition("/")[0].removesuffix(".py")

    def imports(self) -> Iterator[Import]:
        tree = ast.parse(self.path.read_text())
        typing_only = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for inner in ast.walk(node)
        }
        for node in ast.walk(tree):
            for_types = id(node) in typing_only
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(alias.name, node.lineno, for_types)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name}:{node.lineno}: a relative import"
                # "from dockerctl.cli import verb" imports the module dockerctl.cli.verb.
                for alias in node.names:
                    yield Import(f"{node.module}.{alias.name}", node.lineno, for_types)


MODULES = [Module(path) for path in sorted(PACKAGE.rglob("*.py"))]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_imports_point_inwards(module: Module) -> None:
    if module.part == "__init__":
        assert list(module.imports()) == []
        return
    for used in module.imports():
        top, _, rest = used.module.partition(".")
        if top != "dockerctl":
            continue
        part = rest.partition(".")[0]
        where = f"{module.name}:{used.line} imports {used.module}"
        if module.part in COMMON:
            assert part in COMMON[: COMMON.index(module.part)] or part == module.part, where
        elif part not in COMMON and part != module.part and part != "__version__":
            assert part in MAY_USE[module.part], where


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_libraries_stay_where_they_belong(module: Module) -> None:
    for used in module.imports():
        top = used.module.partition(".")[0]
        where = f"{module.name}:{used.line} imports {used.module}"
        assert top not in FORBIDDEN, where
        assert module.name.startswith(CONFINED.get(top, "")), where


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_no_module_is_too_long(module: Module) -> None:
    assert len(module.path.read_text().splitlines()) <= MOST_LINES


def test_every_part_is_in_the_table() -> None:
    assert {module.part for module in MODULES} <= {*MAY_USE, *COMMON, "__init__"}


def test_the_parts_are_no_circle() -> None:
    for part, used in MAY_USE.items():
        assert all(part not in MAY_USE[other] for other in used)


def test_no_two_modules_import_each_other() -> None:
    names = {f"dockerctl.{m.name.removesuffix('.py').replace('/', '.')}": m for m in MODULES}
    uses = {
        name: {
            target
            for used in module.imports()
            for target in (used.module, used.module.rpartition(".")[0])
            if target in names and target != name and not used.for_types
        }
        for name, module in names.items()
    }
    for name in uses:
        assert name not in reachable(uses, name), name


def reachable(uses: dict[str, set[str]], start: str) -> set[str]:
    """All modules that ``start`` imports, directly or not."""
    seen: set[str] = set()
    todo = list(uses[start])
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(uses[name])
    return seen


# A command pays for what it uses: none of these for a help text or a usage error.
HEAVY = (
    "gi", "pydbus", "psutil", "tenacity", "http.client", "subprocess", "ssl", "json", "asyncio",
)  # fmt: skip


@pytest.mark.parametrize("module", ["dockerctl.cli.main", "dockerctl.cli.app"])
def test_the_start_loads_nothing_heavy(module: str) -> None:
    before = "import sys, typer.main; before = set(sys.modules); " if module.endswith("app") else ""
    script = (
        f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); before = set(); {before}"
        f"import {module}; print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.split()
    assert module in loaded
    assert [name for name in HEAVY if name in loaded] == []
