"""All that can be said about the drop-ins of a unit before systemd sees them. Pure.

What would stop a daemon that runs is judged in ``danger``, and what systemd itself says in
``verify``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dockerctl.override.directives import directive_table
from dockerctl.override.lint_commands import lint_commands
from dockerctl.override.lint_environment import lint_environment_files, lint_environment_lines
from dockerctl.override.lint_facts import PATH_CHECKS, LintFacts
from dockerctl.override.lint_files import lint_file
from dockerctl.override.lint_finding import LintFinding, Severity, error
from dockerctl.override.lint_paths import lint_paths
from dockerctl.override.lint_settings import lint_settings
from dockerctl.override.lint_values import condition_path
from dockerctl.override.merged import Layer, MergedUnit, merge
from dockerctl.override.store import DropIn
from dockerctl.override.text import parse_text

_SECTIONS = {"service": "Service", "socket": "Socket"}


def lint(
    unit: str, drop_ins: Sequence[DropIn], fragment: Layer | None, facts: LintFacts
) -> tuple[LintFinding, ...]:
    """What is wrong with the drop-ins of a unit, errors first, then by file and line.

    ``drop_ins`` are all of the unit, in their order, with the planned ones in their place; the
    unit's own file is not judged. Raises ValueError for a unit that is no service or socket.
    """
    section = _SECTIONS.get(unit.rpartition(".")[2])
    if section is None:
        raise ValueError(f"not a service or socket: {unit}")
    layers = tuple(
        Layer(drop_in.path, parse_text(drop_in.data))
        for drop_in in drop_ins
        if drop_in.in_effect and drop_in.data is not None
    )
    merged = merge((*((fragment,) if fragment else ()), *layers), release=facts.release)
    fragment_path = fragment.path if fragment else ""
    table = directive_table()
    found: list[LintFinding] = []
    for drop_in in drop_ins:
        found += lint_file(drop_in)
    for layer in layers:
        found += lint_settings(layer, unit, table, facts.release)
        found += lint_environment_lines(layer, section)
    found += lint_commands(section, merged, fragment, facts)
    found += lint_environment_files(section, merged, fragment_path, facts)
    found += _lint_conditions(merged, fragment_path, facts)
    found += lint_paths(section, merged, fragment_path, facts)
    found += _lint_accounts(section, merged, fragment_path, facts)
    if section == "Socket":
        found += _lint_listeners(merged)
    order = {drop_in.path: at for at, drop_in in enumerate(drop_ins)}
    return tuple(
        sorted(
            dict.fromkeys(found),
            key=lambda f: (f.severity is not Severity.ERROR, order.get(f.path, -1), f.line),
        )
    )


def _lint_conditions(
    merged: MergedUnit, fragment_path: str, facts: LintFacts
) -> Iterator[LintFinding]:
    """Conditions about paths that do not hold now.

    The start does nothing and succeeds; where it is an assertion, it fails.
    """
    for kind, consequence in (
        ("Condition", "systemd would skip the start, and call that a success"),
        ("Assert", "the start would fail"),
    ):
        for at, what in enumerate(PATH_CHECKS):
            for value in merged.values("Unit", kind + what):
                path = condition_path(value.value)
                # One of several that are marked with "|" is enough.
                if value.path == fragment_path or value.value.startswith("|"):
                    continue
                if path not in facts.paths:
                    continue
                if facts.paths[path][at] is value.value.startswith("!"):
                    yield error(
                        "condition-false",
                        value.path,
                        value.line,
                        f"{kind}{what}={value.value} does not hold now: {consequence}.",
                        "Correct the path, or remove the line.",
                    )


def _lint_accounts(
    section: str, merged: MergedUnit, fragment_path: str, facts: LintFacts
) -> Iterator[LintFinding]:
    """Users and groups that do not exist: neither service nor socket starts."""
    for name in ("SocketUser", "SocketGroup", "User", "Group"):
        for value in merged.values(section, name):
            if value.path == fragment_path or facts.accounts.get((name, value.value), True):
                continue
            what = "group" if name.endswith("Group") else "user"
            yield error(
                "account-missing",
                value.path,
                value.line,
                f"{name}={value.value}: there is no such {what}, and the unit would not start.",
                f"Make the {what}, or correct the name.",
            )


def _lint_listeners(merged: MergedUnit) -> Iterator[LintFinding]:
    """A socket unit needs something to listen on (socket_verify(), src/core/socket.c)."""
    listeners = [key for key in merged.settings if key[0] == "Socket" and key[1] in _LISTENERS]
    cleared = [merged.resets[key] for key in listeners if key in merged.resets]
    if cleared and not any(merged.settings[key] for key in listeners):
        path, line = cleared[-1]
        yield error(
            "no-listener",
            path,
            line,
            "The socket would listen on nothing, and systemd refuses to start it.",
            "Put the new ListenStream= behind the empty one.",
        )


_LISTENERS = frozenset(
    f"Listen{what}"
    for what in (
        "Stream", "Datagram", "SequentialPacket", "FIFO", "Netlink", "Special", "MessageQueue",
        "USBFunction",
    )
)  # fmt: skip
