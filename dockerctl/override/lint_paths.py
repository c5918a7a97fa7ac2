"""Folders and files that a process is to run in, or to see, and which are not there. Pure.

The process fails before it begins (CHDIR, NAMESPACE or CHROOT; systemd.exec(5), "Process exit
codes").
"""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.override.lint_facts import LintFacts
from dockerctl.override.lint_finding import LintFinding, error
from dockerctl.override.merged import MergedUnit
from dockerctl.override.path_settings import PATH_SETTINGS, required_paths


def lint_paths(
    section: str, merged: MergedUnit, fragment_path: str, facts: LintFacts
) -> Iterator[LintFinding]:
    """Paths without a '-' before them that do not exist."""
    # With a tree of its own the other paths are in there, which is not looked at.
    other_tree = any(merged.values(section, name) for name in ("RootDirectory", "RootImage"))
    for name in PATH_SETTINGS:
        if other_tree and not name.startswith("Root"):
            continue
        for value in merged.values(section, name):
            if value.path == fragment_path:
                continue
            for path in required_paths(name, value.value):
                if path in facts.paths and not facts.paths[path][0]:
                    yield error(
                        "path-missing",
                        value.path,
                        value.line,
                        f"{name}=: {path} does not exist, and the service would not start.",
                        _hint(name),
                    )


def _hint(name: str) -> str:
    if name.startswith("Root"):
        return "Correct the path, or remove the line."
    return "Put '-' before the path if it may be missing, or correct it."
