"""All checks, by the modules below ``checks`` that hold them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from dockerctl.doctor import checks as folder
from dockerctl.doctor.model import Check


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check, in the order of the modules' names."""
    found: list[Check] = []
    for entry in iter_modules(folder.__path__):
        module = import_module(f"{folder.__name__}.{entry.name}")
        found += module.CHECKS
    return tuple(found)
