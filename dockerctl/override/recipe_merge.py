"""What a recipe does with the text that its own drop-in has already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dockerctl.override.directives import Kind, directive_table
from dockerctl.override.model import Assignment, Draft, EnvFile, UnitText
from dockerctl.override.text import check_assignment

# A setting, by section and name.
Setting = tuple[str, str]

# Lists of which a unit's own value is not to be kept beside ours: an empty line goes first.
REPLACED_LISTS: frozenset[Setting] = frozenset(
    {("Service", "ExecStart"), ("Service", "ExecReload"), ("Socket", "ListenStream")}
)


def is_list(setting: Setting) -> bool:
    """Whether values of a setting add up."""
    directive = directive_table().get(*setting)
    return directive is not None and directive.kind is not Kind.SCALAR


def is_resettable(setting: Setting) -> bool:
    """Whether an empty value takes back what a list has so far."""
    directive = directive_table().get(*setting)
    return directive is not None and directive.kind is Kind.RESETTABLE


def values_with_reset(setting: Setting, values: Sequence[str]) -> tuple[str, ...]:
    """The values of a setting as a drop-in has to give them: some lists begin with a reset."""
    if values and setting in REPLACED_LISTS and values[0]:
        return ("", *values)
    return tuple(values)


def merge(
    before: UnitText | None, wanted: Mapping[Setting, Sequence[str] | None]
) -> tuple[Assignment, ...]:
    """The assignments of ``before`` with some settings replaced.

    A setting keeps its place; a new one goes to the end of its section. ``None`` leaves a setting
    as it is, an empty sequence takes it out.
    """
    changes = {setting: values for setting, values in wanted.items() if values is not None}
    kept = before.assignments if before else ()
    sections: dict[str, list[Assignment]] = {}
    done: set[Setting] = set()
    for assignment in kept:
        setting = (assignment.section, assignment.name)
        group = sections.setdefault(assignment.section, [])
        if setting not in changes:
            group.append(Assignment(*setting, assignment.value))
        elif setting not in done:
            done.add(setting)
            group += _assignments(setting, changes[setting])
    for setting, values in changes.items():
        if setting not in done:
            sections.setdefault(setting[0], []).extend(_assignments(setting, values))
    return tuple(assignment for group in sections.values() for assignment in group)


def _assignments(setting: Setting, values: Iterable[str]) -> list[Assignment]:
    return [Assignment(*setting, value) for value in values]


def draft(
    unit: str,
    recipe: str,
    assignments: Sequence[Assignment],
    *,
    env_files: Sequence[EnvFile] = (),
    notes: Sequence[str] = (),
) -> Draft:
    """A draft whose assignments can all be written; raises OverrideTextInvalid otherwise."""
    for assignment in assignments:
        check_assignment(assignment)
    return Draft(unit, recipe, tuple(assignments), tuple(env_files), tuple(notes))
