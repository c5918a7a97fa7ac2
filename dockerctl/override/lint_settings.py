"""Lines, sections, names and values of a drop-in. Pure.

systemd goes on where it does not understand a line, so what is found here is a warning: the daemon
starts, without the setting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerctl.errors import OverrideTextInvalid
from dockerctl.override.directives import (
    Directive,
    DirectiveTable,
    Kind,
    sections_of_unit,
    suggest_section,
)
from dockerctl.override.exec_lines import read_exec
from dockerctl.override.lint_finding import LintFinding, warning
from dockerctl.override.lint_values import TRAILING_COMMENT, judge_value
from dockerctl.override.merged import Layer
from dockerctl.override.model import Assignment
from dockerctl.override.words import expand_specifiers

# Judged elsewhere, in more detail.
_OWN_JUDGES = ("command", "environment", "environment-file")
# Comments behind the value of one of these would be part of what it means.
_COMMENT_IN = re.compile(r"\s#(?:\s|\Z)")


def lint_settings(
    layer: Layer, unit: str, table: DirectiveTable, release: int | None
) -> Iterator[LintFinding]:
    """What systemd would ignore in one file."""
    for problem in layer.text.problems:
        if problem.stops:
            yield warning(
                "file-cut-short",
                layer.path,
                problem.line,
                f"systemd reads nothing of the file from here on. {problem.what}",
                "Correct the line.",
            )
        else:
            yield warning(
                "line-ignored",
                layer.path,
                problem.line,
                f"systemd ignores the line. {problem.what}",
                "Correct the line, or make it a comment with '#'.",
            )
    sections = sections_of_unit(unit)
    told: set[str] = set()
    for assignment in layer.text.assignments:
        section = assignment.section
        if section.startswith("X-") or assignment.name.startswith("X-"):
            continue
        if section not in sections:
            if section not in told:
                told.add(section)
                yield _unknown_section(layer.path, assignment, unit)
            continue
        directive = table.get(section, assignment.name)
        if directive is None:
            yield _unknown_directive(layer.path, assignment, sections, table)
            continue
        yield from _lint_one(layer.path, assignment, directive, release)
    for assignment in layer.text.assignments:
        if assignment.section == "Install":
            yield warning(
                "install-in-drop-in",
                layer.path,
                assignment.line,
                "[Install] has no effect on the unit: it counts when the unit is enabled again.",
                f"Run 'systemctl reenable {unit}' to use it, or remove the section.",
            )
            break


def _unknown_section(path: str, assignment: Assignment, unit: str) -> LintFinding:
    meant = suggest_section(assignment.section, unit)
    return warning(
        "unknown-section",
        path,
        assignment.line,
        f"systemd ignores the section [{assignment.section}] and all that is in it.",
        f"Write [{meant}]." if meant else f"A drop-in of {unit} has [Unit] and its own section.",
    )


def _unknown_directive(
    path: str, assignment: Assignment, sections: tuple[str, ...], table: DirectiveTable
) -> LintFinding:
    section, name = assignment.section, assignment.name
    right = [other for other in table.sections_of(name) if other in sections]
    if right:
        return warning(
            "wrong-section",
            path,
            assignment.line,
            f"systemd ignores {name}= in [{section}].",
            f"It belongs in [{right[0]}].",
        )
    meant = table.suggest(section, name)
    return warning(
        "unknown-directive",
        path,
        assignment.line,
        f"systemd does not know {name}= in [{section}] and ignores it.",
        f"Did you mean {meant}=?" if meant else "See systemd.directives(7) for all names.",
    )


def _lint_one(
    path: str, assignment: Assignment, directive: Directive, release: int | None
) -> Iterator[LintFinding]:
    name, value, line = assignment.name, assignment.value, assignment.line
    if not directive.works(release):
        when = (
            f"needs systemd {directive.since}"
            if release is not None and release < directive.since
            else f"does nothing since systemd {directive.until}"
        )
        yield warning(
            "directive-without-effect",
            path,
            line,
            f"{name}= {when}.",
            "Remove the line, or see systemd.directives(7) for what to use.",
        )
        return
    if assignment.is_reset:
        if directive.kind is Kind.LIST:
            yield warning(
                "reset-without-effect",
                path,
                line,
                f"An empty {name}= clears nothing: what it lists can only grow.",
                "To take a dependency away, replace the whole unit file.",
            )
        elif directive.refuses_empty:
            yield warning(
                "bad-value",
                path,
                line,
                f"systemd ignores an empty {name}=: what was set before stays.",
                "Write the value that is wanted.",
            )
        return
    if directive.value == "command":
        yield from _lint_command_line(path, assignment)
    if directive.value in _OWN_JUDGES:
        return
    try:
        expand_specifiers(value)
    except OverrideTextInvalid as problem:
        yield warning(
            "bad-specifier", path, line, f"systemd ignores {name}=. {problem.message}", problem.hint
        )
        return
    wrong = judge_value(directive, value, release)
    if wrong is not None:
        yield warning(
            "bad-value",
            path,
            line,
            f"systemd ignores {name}={value}: it {wrong}.",
            _value_hint(value),
        )
    elif _COMMENT_IN.search(value):
        yield warning(
            "trailing-comment",
            path,
            line,
            f"What stands behind '#' is part of the value of {name}=.",
            "A comment is a line of its own.",
        )


def _lint_command_line(path: str, assignment: Assignment) -> Iterator[LintFinding]:
    """Whether systemd can read it; what it does is judged in ``lint_commands``."""
    read = read_exec(assignment.value)
    if read.problem:
        lost = "nothing of the file from here on" if read.stops else "nothing of the line"
        yield warning(
            "file-cut-short" if read.stops else "line-ignored",
            path,
            assignment.line,
            f"systemd cannot read {assignment.name}=, and takes {lost}. {read.problem}",
            read.hint,
        )


def _value_hint(value: str) -> str:
    if TRAILING_COMMENT.search(value):
        return "A comment is a line of its own: nothing may stand behind the value."
    if "$" in value:
        return "Variables are not replaced here: write the value itself."
    return "See systemd.directives(7) for what it takes."
