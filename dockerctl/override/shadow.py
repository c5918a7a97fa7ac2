"""What each file of a unit changes, and which later file takes that back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from dockerctl.override.directives import DirectiveTable, Kind, directive_table
from dockerctl.override.exec_lines import read_exec
from dockerctl.override.lint_values import judge_value
from dockerctl.override.merged import Layer, cleared_by
from dockerctl.override.words import parse_environment


@dataclass(frozen=True)
class Change:
    """One assignment, or one variable of an ``Environment=`` line.

    ``read`` is False for what systemd ignores: an unknown setting, a value that it cannot read.
    ``resets`` marks an empty assignment. ``shadowed_by`` is the path of the file whose later line
    takes it back or replaces it, which may be the same file; None while it counts. ``value`` is
    the variable's where there is one.
    """

    section: str
    name: str
    value: str
    line: int
    variable: str = ""
    read: bool = True
    resets: bool = False
    shadowed_by: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it has an effect in the end."""
        return self.read and self.shadowed_by is None


def changes(
    files: Iterable[Layer], table: DirectiveTable | None = None, *, release: int | None = None
) -> Mapping[str, tuple[Change, ...]]:
    """By path, what each file changes, in the order of its lines; ``release`` is systemd's."""
    reading = _Pass(table or directive_table(), release)
    for layer in files:
        reading.take(layer)
    return {path: tuple(found) for path, found in reading.by_path.items()}


# Where a change is: the path of its file and its place in the list of that file.
_Where = tuple[str, int]


class _Pass:
    """One pass over all files, which remembers what still counts."""

    def __init__(self, table: DirectiveTable, release: int | None) -> None:
        self.by_path: dict[str, list[Change]] = {}
        self._table = table
        self._release = release
        self._alive: dict[tuple[str, str], list[_Where]] = {}

    def take(self, layer: Layer) -> None:
        found = self.by_path.setdefault(layer.path, [])
        cut_short = False
        for assignment in layer.text.assignments:
            directive = self._table.get(assignment.section, assignment.name)
            change = Change(
                assignment.section,
                assignment.name,
                assignment.value,
                assignment.line,
                resets=assignment.is_reset,
            )
            if directive is None or cut_short:
                found.append(replace(change, read=False))
                continue
            if directive.value == "command" and assignment.value:
                command = read_exec(assignment.value)
                if command.problem:
                    found.append(replace(change, read=False))
                    cut_short = cut_short or command.stops
                    continue
            key = (assignment.section, self._table.right_name(assignment.name))
            if assignment.is_reset:
                if directive.resets:
                    for cleared in cleared_by(key, self._alive):
                        self._bury(cleared, layer.path)
                found.append(replace(change, read=directive.resets))
            elif directive.kind is Kind.SCALAR:
                if judge_value(directive, assignment.value, self._release) is not None:
                    found.append(replace(change, read=False))
                    continue
                self._bury(key, layer.path)
                self._add(key, layer.path, change)
            elif directive.value == "environment":
                for name, value in parse_environment(assignment.value).pairs:
                    self._bury(key, layer.path, variable=name)
                    self._add(key, layer.path, replace(change, value=value, variable=name))
            else:
                self._add(key, layer.path, change)

    def _add(self, key: tuple[str, str], path: str, change: Change) -> None:
        self._alive.setdefault(key, []).append((path, len(self.by_path[path])))
        self.by_path[path].append(change)

    def _bury(self, key: tuple[str, str], by: str, *, variable: str | None = None) -> None:
        """Mark what counts of a setting, or of one variable in it, as shadowed."""
        left = []
        for path, index in self._alive.get(key, []):
            change = self.by_path[path][index]
            if variable is not None and change.variable != variable:
                left.append((path, index))
                continue
            self.by_path[path][index] = replace(change, shadowed_by=by)
        self._alive[key] = left
