"""The directives of service and socket units: which there are, where, since when, of which kind."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

# What these sections share is in the table once, under this name.
_CONTEXT = "Context"
_WITH_CONTEXT = ("Service", "Socket")
# The sections that a unit of a type may have, by the end of its name.
_SECTIONS = {
    ".service": ("Unit", "Service", "Install"),
    ".socket": ("Unit", "Socket", "Install"),
}


class Kind(StrEnum):
    """What a further assignment does to those before it."""

    SCALAR = "scalar"
    LIST = "list"
    RESETTABLE = "resettable"


@dataclass(frozen=True)
class Directive:
    """One setting of one section.

    ``value`` names how it is written ("text" where dockerctl does not judge it); ``choices`` are
    the words allowed, each with the systemd release that brought it (0: all that we know).
    ``since`` and ``until`` are releases of systemd: it works in ``since <= release < until``.
    """

    section: str
    name: str
    kind: Kind
    value: str = "text"
    choices: Mapping[str, int] | None = None
    since: int = 0
    until: int | None = None
    refuses_empty: bool = False

    @property
    def resets(self) -> bool:
        """Whether an empty value takes back what was set before."""
        return self.kind is not Kind.LIST and not self.refuses_empty

    def works(self, release: int | None) -> bool:
        """Whether a release of systemd acts on it; an unknown release is taken as the newest."""
        if release is None:
            return self.until is None
        return self.since <= release and (self.until is None or release < self.until)


@dataclass(frozen=True)
class DirectiveTable:
    """All directives, by section and name."""

    directives: Mapping[tuple[str, str], Directive]
    aliases: Mapping[str, str]

    def get(self, section: str, name: str) -> Directive | None:
        """The directive, also under a name of before; None for one that systemd does not know."""
        return self.directives.get((section, name))

    def right_name(self, name: str) -> str:
        """Today's name for one of before; any other comes back as it is."""
        return self.aliases.get(name, name)

    def sections_of(self, name: str) -> tuple[str, ...]:
        """The sections that have a directive of this name."""
        return tuple(section for section, other in self.directives if other == name)

    def suggest(self, section: str, name: str) -> str | None:
        """The directive of ``section`` that was probably meant by ``name``, or None."""
        names = [other for where, other in self.directives if where == section]
        return _closest(name, names)


def sections_of_unit(unit: str) -> tuple[str, ...]:
    """The sections that systemd reads in a unit; raises ValueError for other types of unit."""
    for suffix, sections in _SECTIONS.items():
        if unit.endswith(suffix):
            return sections
    raise ValueError(f"not a service or socket: {unit}")


def suggest_section(section: str, unit: str) -> str | None:
    """The section that was probably meant by ``section``, or None."""
    return _closest(section, sections_of_unit(unit))


@cache
def directive_table() -> DirectiveTable:
    """The table that comes with the program (directives.toml)."""
    # It takes 10 ms: only who asks pays for it.
    import tomllib  # noqa: PLC0415

    raw = tomllib.loads(Path(__file__).with_name("directives.toml").read_text("utf-8"))
    choices = {
        name: {word: raw["choices_since"].get(f"{name}.{word}", 0) for word in words}
        for name, words in raw["choices"].items()
    }
    directives: dict[tuple[str, str], Directive] = {}
    for section in ("Unit", "Service", "Socket", "Install", _CONTEXT):
        for name, row in raw[section].items():
            for where in _WITH_CONTEXT if section == _CONTEXT else (section,):
                directives[where, name] = Directive(
                    where,
                    name,
                    Kind(row["kind"]),
                    row.get("value", "text"),
                    choices[row["choice"]] if "choice" in row else None,
                    row.get("since", 0),
                    row.get("until"),
                    row.get("refuses_empty", False),
                )
    return DirectiveTable(directives, raw["aliases"])


def _closest(word: str, names: list[str] | tuple[str, ...]) -> str | None:
    by_lower = {name.lower(): name for name in names}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.75)
    return by_lower[found[0]] if found else None
