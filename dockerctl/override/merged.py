"""What a unit's files together say: every setting with its values, and where each comes from. Pure.

The order is systemd's: the unit's own file, then the drop-ins as ``store.list_drop_ins`` has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dockerctl.override.directives import DirectiveTable, Kind, directive_table
from dockerctl.override.exec_lines import read_exec
from dockerctl.override.lint_values import FALSE, TRUE, judge_value
from dockerctl.override.model import UnitText
from dockerctl.override.store import DropIn
from dockerctl.override.text import parse_text

# An empty value of one of these clears all of them, whatever its own name
# (config_parse_unit_condition_path() and config_parse_socket_listen(), src/core/load-fragment.c).
_GROUPS = (("Unit", "Condition"), ("Unit", "Assert"), ("Socket", "Listen"))


@dataclass(frozen=True)
class Layer:
    """One file of a unit: its path and what it says."""

    path: str
    text: UnitText


@dataclass(frozen=True)
class Value:
    """One value that counts, and the file and line that it comes from."""

    value: str
    path: str
    line: int


@dataclass(frozen=True)
class MergedUnit:
    """All settings of a unit, by section and today's name, each with the values that count.

    A setting that is reset and not set again is there with no values. A scalar has one value.
    ``resets`` has the file and line of the last reset of a setting.
    """

    settings: Mapping[tuple[str, str], tuple[Value, ...]]
    resets: Mapping[tuple[str, str], tuple[str, int]]

    def values(self, section: str, name: str) -> tuple[Value, ...]:
        """The values that count; none for a setting that nobody sets."""
        return self.settings.get((section, name), ())

    def last(self, section: str, name: str) -> str | None:
        """The value of a scalar, or the last of a list; None when it is not set."""
        values = self.values(section, name)
        return values[-1].value if values else None

    def truth(self, section: str, name: str, *, default: bool) -> bool:
        """The value of a boolean, as systemd reads it."""
        value = (self.last(section, name) or "").lower()
        return value in TRUE if value in TRUE | FALSE else default


def layers(
    fragment_path: str, fragment: bytes | None, drop_ins: Iterable[DropIn]
) -> tuple[Layer, ...]:
    """The files of a unit that count, read, in the order of their effect."""
    found = [] if fragment is None else [Layer(fragment_path, parse_text(fragment))]
    found += [
        Layer(drop_in.path, parse_text(drop_in.data))
        for drop_in in drop_ins
        if drop_in.in_effect and drop_in.data is not None
    ]
    return tuple(found)


def merge(
    files: Iterable[Layer], table: DirectiveTable | None = None, *, release: int | None = None
) -> MergedUnit:
    """What the files say together, for a release of systemd.

    Left out is what systemd ignores: settings that it does not know, values that it cannot read,
    and the rest of a file after a command line that it cannot read.
    """
    known = table or directive_table()
    settings: dict[tuple[str, str], tuple[Value, ...]] = {}
    resets: dict[tuple[str, str], tuple[str, int]] = {}
    for layer in files:
        for assignment in layer.text.assignments:
            directive = known.get(assignment.section, assignment.name)
            if directive is None:
                continue
            key = (assignment.section, known.right_name(assignment.name))
            value = Value(assignment.value, layer.path, assignment.line)
            if directive.value == "command" and assignment.value:
                read = read_exec(assignment.value)
                if read.stops:
                    break
                if read.problem:
                    continue
            if assignment.is_reset:
                if directive.resets:
                    for cleared in cleared_by(key, settings):
                        settings[cleared] = ()
                        resets[cleared] = (layer.path, assignment.line)
            elif directive.kind is Kind.SCALAR:
                if judge_value(directive, assignment.value, release) is None:
                    settings[key] = (value,)
            else:
                settings[key] = (*settings.get(key, ()), value)
    return MergedUnit(settings, resets)


def cleared_by(
    key: tuple[str, str], settings: Mapping[tuple[str, str], object]
) -> list[tuple[str, str]]:
    """The settings that an empty assignment of ``key`` clears."""
    for section, prefix in _GROUPS:
        if key[0] == section and key[1].startswith(prefix):
            return [key, *(k for k in settings if k[0] == section and k[1].startswith(prefix))]
    return [key]
