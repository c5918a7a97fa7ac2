"""The recipes: what to break, what the doctor must say, and how a person repairs it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.recipe import SUITES

_FOLDER = Path(__file__).parent / "recipes"

RESTART = "systemctl restart docker.service"


@dataclass(frozen=True)
class Fault:
    """One thing that can be wrong with a host. Scripts are of bash, with ``prelude.sh``."""

    id: str
    title: str
    # Breaks a healthy host, on which the daemon runs.
    do: str
    # Codes that must stand first, in this order.
    expect: tuple[str, ...]
    area: str = ""
    # A regular expression that the evidence of the first of them must match.
    evidence: str = "."
    severity: str = "error"
    # How the fault comes to light; its exit status does not matter.
    trigger: str = RESTART
    # A condition to wait for; without it, until the service has stopped changing its state.
    until: str = ""
    # Beyond what every fault is taken back by.
    undo: str = ""
    # Whether the repair that the finding names is a command that makes the daemon healthy.
    repair: bool = False
    # The codes of other findings that may stay after the repair.
    left: tuple[str, ...] = ()
    suites: tuple[str, ...] = SUITES
    core: bool = False
    # The engine's releases word it differently: in the core of every suite.
    worded: bool = False
    # Who runs the doctor, and with which variables.
    user: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Variant:
    """An ordinary host, about which the doctor has nothing to say above "info"."""

    id: str
    title: str
    do: str
    trigger: str = RESTART
    until: str = ""
    undo: str = ""
    suites: tuple[str, ...] = SUITES
    user: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


def faults() -> tuple[Fault, ...]:
    """All single faults."""
    return tuple(
        _faults(path for path in sorted(_FOLDER.glob("*.toml")) if path.stem not in _OTHER)
    )


def pairs() -> tuple[Fault, ...]:
    """Two faults at once; both codes are expected, in the order of repair."""
    return tuple(_faults([_FOLDER / "pairs.toml"]))


def hanging() -> tuple[Fault, ...]:
    """Something that never answers."""
    return tuple(_faults([_FOLDER / "hanging.toml"]))


def healthy() -> tuple[Variant, ...]:
    """Hosts without a fault."""
    table = tomllib.loads((_FOLDER / "healthy.toml").read_text(encoding="utf-8"))
    return tuple(Variant(**_tuples(entry)) for entry in table["variant"])


_OTHER = ("pairs", "hanging", "healthy")


def _faults(paths: Iterable[Path]) -> Iterable[Fault]:
    for path in paths:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for entry in table["fault"]:
            yield Fault(area=path.stem, **_tuples(entry))


def _tuples(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in entry.items()}
