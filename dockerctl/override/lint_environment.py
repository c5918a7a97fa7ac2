"""``Environment=`` and ``EnvironmentFile=`` of a unit. Pure.

No message quotes a value: proxies have passwords in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerctl.override.lint_facts import LintFacts
from dockerctl.override.lint_finding import LintFinding, error, warning
from dockerctl.override.merged import Layer, MergedUnit
from dockerctl.override.words import LONGEST_VARIABLE, parse_environment

_PASSWORD = re.compile(r"://[^/@\s:]*:[^/@\s]+@")


def lint_environment_lines(layer: Layer, section: str) -> Iterator[LintFinding]:
    """What systemd would ignore in the Environment= lines of one file, and what it shows."""
    for assignment in layer.text.assignments:
        if (assignment.section, assignment.name) != (section, "Environment"):
            continue
        read = parse_environment(assignment.value)
        for problem in read.problems:
            yield warning(
                "environment-ignored",
                layer.path,
                assignment.line,
                problem,
                'Write Environment="NAME=value", with %% for a percent sign and \\" for a quote.',
            )
        for name, value in read.pairs:
            if len(name) + len(value.encode("utf-8", "surrogateescape")) + 2 > LONGEST_VARIABLE:
                yield error(
                    "variable-too-long",
                    layer.path,
                    assignment.line,
                    f"{name} is longer than the kernel passes on (128 KiB): nothing can start.",
                    "Shorten it.",
                )
            if _PASSWORD.search(value):
                yield warning(
                    "secret-in-environment",
                    layer.path,
                    assignment.line,
                    f"{name} has a password in it, which every local user can read from systemd.",
                    "Use an EnvironmentFile= of mode 0600, as 'dockerctl override proxy' does.",
                )


def lint_environment_files(
    section: str, merged: MergedUnit, fragment_path: str, facts: LintFacts
) -> Iterator[LintFinding]:
    """What is wrong with the environment files that count."""
    for value in merged.values(section, "EnvironmentFile"):
        path = value.value.removeprefix("-")
        if value.path == fragment_path:
            continue
        if not path.startswith(("/", "%")):
            yield warning(
                "environment-file-ignored",
                value.path,
                value.line,
                "systemd ignores an EnvironmentFile= that is no absolute path.",
                "Write the whole path.",
            )
        elif path in facts.env_files and facts.env_files[path] is None:
            if value.value.startswith("-"):
                continue
            yield error(
                "environment-file-missing",
                value.path,
                value.line,
                f"{path} does not exist: the service does not start.",
                "Make the file, or put '-' before the path if it may be missing.",
            )


def variables_set_to(merged: MergedUnit) -> dict[str, str]:
    """The variables that ``Environment=`` lines of a service set, with their values."""
    pairs: dict[str, str] = {}
    for value in merged.values("Service", "Environment"):
        pairs.update(parse_environment(value.value).pairs)
    return pairs


def set_variables(section: str, merged: MergedUnit, facts: LintFacts) -> frozenset[str] | None:
    """The names of all variables that the unit sets; None when there may be more."""
    names: set[str] = set()
    for value in merged.values(section, "Environment"):
        names.update(name for name, _ in parse_environment(value.value).pairs)
    for value in merged.values(section, "EnvironmentFile"):
        found = facts.env_files.get(value.value.removeprefix("-"))
        if found is None:
            # It may be there at the next start.
            return None
        names |= found
    for value in merged.values(section, "PassEnvironment"):
        names.update(value.value.split())
    return frozenset(names)
