"""What is meant by a name that is no key of daemon.json."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dockerctl.config.keys import KeyTable

# How alike a name must be to be suggested; 1 is the same.
_ALIKE = 0.75
_INNER_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def right_name(table: KeyTable, name: str) -> str | None:
    """The right name, where it is certain; a dotted one for what stands inside a key.

    Certain are flags (``label``), other capitals (``Debug``), underscores (``registry_mirrors``),
    words run together (``registryMirrors``), a missing or added plural, and the table's aliases.
    """
    # A key is right, unless another has taken its place.
    for each in (name,) if name in table.keys else _spellings(name):
        if each != name and each in table.keys:
            return each
        if each in table.aliases:
            return table.aliases[each]
        names = table.by_flag().get(each, ()) if len(each) > 1 else ()
        # The newest key of the flag: host-gateway-ips, not host-gateway-ip.
        if names and names[-1] != name:
            return names[-1]
    return None


def suggest(table: KeyTable, name: str) -> str | None:
    """The right name, else the one that looks most like ``name``; None where none does."""
    right = right_name(table, name)
    if right is not None:
        return right
    plain = _dashed(name)
    known = [*table.keys, *(flag for flag in table.by_flag() if len(flag) > 1)]
    near = difflib.get_close_matches(plain, known, n=1, cutoff=_ALIKE)
    if not near:
        return None
    found = near[0]
    return found if found in table.keys else right_name(table, found)


def _spellings(name: str) -> Iterator[str]:
    yield name
    dashed = _dashed(name)
    for each in (dashed, name.strip().lower()):
        yield each
        yield f"{each}s"
        if each.endswith("s"):
            yield each[:-1]
    if dashed.endswith("y"):
        yield f"{dashed[:-1]}ies"
    yield dashed.replace("-", "")


def _dashed(name: str) -> str:
    return re.sub(r"[_\s.]+", "-", _INNER_CAPITAL.sub("-", name.strip())).strip("-").lower()
