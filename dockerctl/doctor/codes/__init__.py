"""The table of all codes that the doctor can find, with what ``doctor explain`` says of them.

One TOML file for each area lies beside this module; docs/reference/findings is made of them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

# From what must work first to what only matters when all the rest does.
LAYERS = (
    "reach", "units", "program", "needs", "storage", "configuration", "containerd", "kernel",
    "network", "tls", "listening", "running", "containers", "registry", "caller", "boot",
    "security",
)  # fmt: skip

_HEADING = re.compile(r"^\[([a-z0-9-]+)\]$", re.MULTILINE)
# What lies in files does not change by itself.
_PERMANENT = ("units", "program", "configuration", "tls")


@dataclass(frozen=True)
class Code:
    """One code: a title without a host, why it matters, what it means and how it is repaired."""

    code: str
    area: str
    layer: int
    title: str
    why: str
    meaning: str
    repair: str
    # It follows from something else, and is folded below that when the other is found too.
    consequence: bool
    # A start that failed by it fails again in the same way until somebody repairs it.
    permanent: bool


class _Table(Mapping[str, Code]):
    """The codes by name. A file is parsed when one of its codes is asked for: all of them take
    longer than it takes to find the cause of a failed start."""

    def __init__(self) -> None:
        self._texts = {
            file.name.removesuffix(".toml"): file.read_text("utf-8")
            for file in sorted(files(__name__).iterdir(), key=lambda entry: entry.name)
            if file.name.endswith(".toml")
        }
        self._areas = {
            name: area for area, text in self._texts.items() for name in _HEADING.findall(text)
        }
        self._rows: dict[str, Code] = {}

    def __getitem__(self, name: str) -> Code:
        area = self._areas[name]
        if name not in self._rows:
            table = tomllib.loads(self._texts[area])
            self._rows |= {name: _code(name, area, row) for name, row in table.items()}
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._areas)

    def __len__(self) -> int:
        return len(self._areas)

    def of(self, area: str) -> tuple[str, ...]:
        """The names of the codes of one file."""
        return tuple(name for name, of in self._areas.items() if of == area)


@cache
def _table() -> _Table:
    return _Table()


def code_table() -> Mapping[str, Code]:
    """All codes by name."""
    return _table()


def codes_of(area: str) -> tuple[str, ...]:
    """The codes of one file of the table."""
    return _table().of(area)


def _code(name: str, area: str, row: Mapping[str, Any]) -> Code:
    return Code(
        code=name,
        area=area,
        layer=LAYERS.index(row["layer"]),
        title=row["title"],
        why=row["why"],
        meaning=row["meaning"].strip(),
        repair=row["repair"].strip(),
        consequence=row.get("consequence", False),
        permanent=row.get("permanent", row["layer"] in _PERMANENT),
    )
