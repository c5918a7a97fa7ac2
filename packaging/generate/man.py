"""The manual page: a hand-written frame, filled with what the code knows."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping

from generate.tree import Argument, Command, Option, Value, own_options, shared_options


def render_man(
    root: Command,
    frame: str,
    *,
    program: str,
    exit_texts: Mapping[int, str],
    words: Mapping[str, str],
) -> str:
    """The page.

    ``frame`` has a line ``@NAME@`` for each part that is made here; ``words`` fills in what stands
    inside its lines, such as ``@VERSION@``. Raises ValueError when a part or a word has no place.
    """
    parts = {
        "SYNOPSIS": _synopsis(root, program),
        "COMMANDS": _commands(root),
        "OPTIONS": _options(root),
        "EXIT_STATUS": _exit_status(exit_texts),
        "ENVIRONMENT": _environment(root),
    }
    page = frame
    for name, lines in parts.items():
        if page.count(f"\n@{name}@\n") != 1:
            raise ValueError(f"the frame needs exactly one line @{name}@")
        page = page.replace(f"\n@{name}@\n", "\n" + "\n".join(lines) + "\n")
    for name, word in words.items():
        if f"@{name}@" not in page:
            raise ValueError(f"the frame has no place for @{name}@")
        page = page.replace(f"@{name}@", word)
    return page


def prose(text: str) -> list[str]:
    """Running text for roff: one sentence a line, short lines, no accidental request."""
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z])", text.strip())
    return [
        # A line that begins with one of these two would be a request.
        "\\&" + line if line.startswith((".", "'")) else line
        for sentence in sentences
        for line in textwrap.wrap(
            _escape(sentence), width=78, break_long_words=False, break_on_hyphens=False
        )
    ]


def _escape(text: str) -> str:
    """Keep backslashes, and make those hyphens real ones that belong to an option."""
    text = text.replace("\\", "\\e")
    return re.sub(r"(?<![\w-])--?[a-z0-9][a-z0-9-]*", lambda m: _literal(m.group()), text)


def _literal(text: str) -> str:
    """Text that is typed as it stands, so each hyphen is a minus."""
    return text.replace("\\", "\\e").replace("-", "\\-")


def _bold(text: str) -> str:
    return f"\\fB{_literal(text)}\\fR"


def _italic(text: str) -> str:
    return f"\\fI{_literal(text)}\\fR"


def _value(value: Value) -> str:
    if value.choices:
        return "|".join(_bold(choice) for choice in value.choices)
    return _italic(value.metavar)


def _argument(argument: Argument) -> str:
    text = _value(argument.value) + ("..." if argument.repeatable else "")
    return text if argument.required else f"[{text}]"


def _synopsis(root: Command, program: str) -> list[str]:
    lines = [f"{_bold(program)} [{_italic('options')}] {_italic('command')} [{_italic('...')}]"]
    if any("--version" in option.names for option in root.options):
        lines += [".br", f"{_bold(program)} {_bold('--version')}"]
    return lines


def _commands(root: Command) -> list[str]:
    lines: list[str] = []
    shared = shared_options(root)
    for command in root.walk():
        if command.path and not command.commands:
            lines += _command(root, command, shared)
    return lines


def _command(root: Command, command: Command, shared: tuple[Option, ...]) -> list[str]:
    usage = " ".join([_bold(" ".join(command.path)), *map(_argument, command.arguments)])
    lines = [".TP", usage]
    paragraphs = [" ".join(p.split()) for p in command.help.split("\n\n")]
    lines += _separated(p for p in paragraphs if p)
    described = [a for a in command.arguments if a.help]
    options = own_options(root, command)
    if shared and set(shared) <= set(options):
        options = tuple(option for option in options if option not in shared)
        lines.append("It takes the options of every change as well.")
    if described or options:
        lines.append(".RS")
        for argument in described:
            lines += [".TP", _value(argument.value), *prose(argument.help)]
        for option in options:
            lines += _option(option)
        lines.append(".RE")
    return lines


def _separated(paragraphs: Iterable[str]) -> list[str]:
    lines: list[str] = []
    for paragraph in paragraphs:
        # .IP without arguments keeps the indentation of the .TP before.
        lines += [".IP", *prose(paragraph)] if lines else prose(paragraph)
    return lines


def _options(root: Command) -> list[str]:
    leaves = [command for command in root.walk() if not command.commands]
    lines = [
        line
        for option in root.options
        for line in [
            *_option(option),
            *([] if all(leaf.takes(option) for leaf in leaves) else ["Only before the command."]),
        ]
    ]
    shared = shared_options(root)
    if shared:
        lines.append(".SS Options of every change")
        lines += [line for option in shared for line in _option(option)]
    return lines


def _option(option: Option) -> list[str]:
    names = ", ".join(_bold(name) for name in option.all_names)
    if option.value:
        names += " " + _value(option.value)
    text = f"{option.help} May be given more than once." if option.repeatable else option.help
    return [".TP", names, *(prose(text) or ["\\&"])]


def _exit_status(exit_texts: Mapping[int, str]) -> list[str]:
    return [
        line
        for number, text in sorted(exit_texts.items())
        for line in (".TP", _bold(str(number)), *prose(text))
    ]


def _environment(root: Command) -> list[str]:
    # Variable → what it is the default of → the commands that have it; none for a global option.
    users: dict[str, dict[str, list[str]]] = {}
    for command in root.walk():
        path = " ".join(command.path)
        for option in own_options(root, command) if path else command.options:
            what = _bold(max(option.names, key=len))
            for name in option.environment:
                users.setdefault(name, {}).setdefault(what, []).append(path)
        for argument in command.arguments:
            for name in argument.environment:
                users.setdefault(name, {}).setdefault(_value(argument.value), []).append(path)
    lines = []
    for name, places in sorted(users.items()):
        lines += [".TP", _bold(name), "The default of"]
        lines += [_place(what, paths) for what, paths in places.items()]
        lines[-1] += "."
    return lines


def _place(what: str, paths: list[str]) -> str:
    named = [path for path in paths if path]
    return f"{what} ({', '.join(map(_bold, named))})" if named else what
