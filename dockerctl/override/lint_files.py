"""Names, modes and readability of drop-ins. Pure."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from dockerctl.override.lint_finding import LintFinding, warning
from dockerctl.override.store import DropIn

_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH
_EXECUTABLE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH


def lint_file(drop_in: DropIn) -> Iterator[LintFinding]:
    """What is wrong with the file, whatever is in it."""
    path = drop_in.path
    if not drop_in.in_effect:
        yield from _not_in_effect(drop_in)
        return
    if drop_in.uid != 0 and path.startswith(("/etc/", "/usr/", "/lib/", "/run/systemd/")):
        yield warning(
            "drop-in-not-roots",
            path,
            0,
            "The file does not belong to root: its owner can run commands as root with it.",
            f"Run 'chown root:root {path}'.",
        )
    if drop_in.mode & stat.S_IWOTH or (drop_in.mode & stat.S_IWGRP and drop_in.gid != 0):
        yield warning(
            "drop-in-writable",
            path,
            0,
            f"Others than its owner can write to the file (mode {drop_in.mode:04o}).",
            f"Run 'chmod 0644 {path}'.",
        )
    elif drop_in.mode & _EXECUTABLE:
        yield warning(
            "drop-in-executable",
            path,
            0,
            f"The file is executable (mode {drop_in.mode:04o}), which systemd complains about.",
            f"Run 'chmod 0644 {path}'.",
        )


def _not_in_effect(drop_in: DropIn) -> Iterator[LintFinding]:
    path = drop_in.path
    if drop_in.shadowed_by is not None:
        return
    if drop_in.data is None:
        yield warning(
            "drop-in-unreadable",
            path,
            0,
            f"systemd cannot use the file: {drop_in.reason}.",
            "Make it a readable file, or remove it.",
        )
    elif "end in .conf" in drop_in.reason and not _is_backup(drop_in.name):
        yield warning(
            "drop-in-name",
            path,
            0,
            "systemd does not read the file: its name does not end in .conf.",
            "Give it a name that ends in .conf, or remove it.",
        )


def _is_backup(name: str) -> bool:
    """Whether the name says that the file is not to be read (hidden_or_backup_file())."""
    return name.endswith(
        ("~", ".bak", ".old", ".orig", ".swp", ".rpmnew", ".rpmsave", ".rpmorig")
    ) or (".dpkg-" in name or ".ucf-" in name or ".ignore" in name)
