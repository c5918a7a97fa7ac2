"""The table of all codes that the doctor can find, with what ``doctor explain`` says of them.

One TOML file for each area lies beside this module; docs/reference/findings is made of them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# From what must work first to what only matters when all the rest does.
LAYERS = (
    "reach", "units", "program", "needs", "storage", "configuration", "containerd", "kernel",
    "network", "tls", "listening", "running", "containers", "registry", "caller", "boot",
    "security",
)  # fmt: skip

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


@cache
def code_table() -> Mapping[str, Code]:
    """All codes by name."""
    table: dict[str, Code] = {}
    for file in sorted(files(__name__).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            area = file.name.removesuffix(".toml")
            for name, row in tomllib.loads(file.read_text("utf-8")).items():
                table[name] = Code(
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
    return table


def codes_of(area: str) -> tuple[str, ...]:
    """The codes of one file of the table."""
    return tuple(code.code for code in code_table().values() if code.area == area)
