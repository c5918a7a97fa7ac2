"""The command lines of one ``Exec...=`` setting, and what systemd does with a bad one. Pure.

Source: config_parse_exec() in src/core/load-fragment.c, systemd 252 to 262.
"""

from __future__ import annotations

from dataclasses import dataclass

from dockerctl.errors import OverrideCommandUnreadable, OverrideTextInvalid
from dockerctl.override.command import ExecLine, parse_exec
from dockerctl.override.words import WHITESPACE, expand_specifiers, extract_word


@dataclass(frozen=True)
class ExecValue:
    """The commands in one value, and what is wrong with it ("" when nothing is).

    ``stops`` tells that systemd reads nothing more of the file.
    """

    commands: tuple[ExecLine, ...] = ()
    problem: str = ""
    hint: str = ""
    stops: bool = False


def read_exec(value: str) -> ExecValue:
    """Read a value that is not empty. Never fails."""
    try:
        extract_word(value, 0, relaxed=True)
    except OverrideTextInvalid as error:
        return ExecValue(problem=error.message, hint=error.hint)
    try:
        commands = tuple(parse_exec(text) for text in _split(value))
        for word in (word for command in commands for word in command.words):
            expand_specifiers(word)
    except (OverrideCommandUnreadable, OverrideTextInvalid) as error:
        # A command that may fail is left out alone.
        lenient = value.lstrip("@:+!|").startswith("-")
        return ExecValue(problem=error.message, hint=error.hint, stops=not lenient)
    return ExecValue(commands)


def _split(value: str) -> list[str]:
    """The commands of a line, which ';' as a word of its own separates."""
    commands: list[str] = []
    begin = position = 0
    while (found := extract_word(value, position, relaxed=True)) is not None:
        if value[position : found[1]].strip(WHITESPACE) == ";":
            commands.append(value[begin:position])
            begin = found[1]
        position = found[1]
    return [command for command in (*commands, value[begin:]) if command.strip(WHITESPACE)]
