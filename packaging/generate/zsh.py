"""The zsh completion: one function per command, each a call of _arguments."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from generate.tree import Command, Option, Value, one_line

_TEMPLATE = r"""#compdef @PROGRAM@
# zsh completion for @PROGRAM@. Made from its command tree by packaging/generate.
# Everything it offers is written here: no program runs while you type.

@FUNCTIONS@

# Sourced by hand it only registers; run by the completion system it completes.
if [[ $funcstack[1] == _@PROGRAM@ ]]; then
    _@PROGRAM@ "$@"
else
    compdef _@PROGRAM@ @PROGRAM@
fi
"""


def render_zsh(root: Command, program: str) -> str:
    """The text of the completion file."""
    functions = "\n\n".join(_function(command, program) for command in root.walk())
    return _TEMPLATE.replace("@FUNCTIONS@", functions).replace("@PROGRAM@", program)


def _function_name(command: Command, program: str) -> str:
    return "_".join(["", program, *(word.replace("-", "_") for word in command.path)])


def _function(command: Command, program: str) -> str:
    specs = [spec for option in command.options for spec in _option_specs(option)]
    if command.commands:
        body = _group(command, specs, program)
    else:
        specs += [
            _argument_spec(i, a.value, a.required, a.repeatable)
            for i, a in enumerate(command.arguments, start=1)
        ]
        body = [_arguments_call("_arguments -s -S", specs)]
    return "\n".join([f"{_function_name(command, program)}() {{", *body, "}"])


def _group(command: Command, specs: list[str], program: str) -> list[str]:
    described = [
        "        " + shlex.quote(f"{child.path[-1].replace(':', chr(92) + ':')}:{child.summary}")
        for child in command.commands
    ]
    # With -A what follows the first word is left to the function of that command.
    rest = [*specs, "'1: :->command'", "'*:: :->rest'"]
    return [
        '    local curcontext="$curcontext" state line ret=1',
        "    typeset -A opt_args",
        "    local -a commands=(",
        *described,
        "    )",
        _arguments_call("_arguments -C -s -S -A '-*'", rest) + " && ret=0",
        "    case $state in",
        "    command) _describe -t commands command commands && ret=0 ;;",
        "    rest)",
        "        case $line[1] in",
        *(
            f"        {shlex.quote(child.path[-1])}) {_function_name(child, program)} && ret=0 ;;"
            for child in command.commands
        ),
        "        esac",
        "        ;;",
        "    esac",
        "    return ret",
    ]


def _arguments_call(call: str, specs: Iterable[str]) -> str:
    return " \\\n        ".join([f"    {call}", *specs])


def _escape(text: str) -> str:
    """Text inside a spec, where a closing bracket and a colon end something."""
    return "".join("\\" + c if c in "]:\\" else c for c in text)


def _action(value: Value) -> str:
    if value.choices:
        return "(" + " ".join(value.choices) + ")"
    if value.is_path:
        return "_files -/" if value.is_folder else "_files"
    # A value that nothing is known about: show its name, offer nothing.
    return " "


def _option_specs(option: Option) -> list[str]:
    # Any spelling excludes the others, unless the option may be given again.
    excluded = "" if option.repeatable else f"({' '.join(option.all_names)})"
    star = "*" if option.repeatable else ""
    value = f":{_escape(option.value.metavar)}:{_action(option.value)}" if option.value else ""
    description = f"[{_escape(one_line(option.help))}]"
    specs = []
    for name in option.all_names:
        suffix = ("=" if name.startswith("--") else "+") if option.value else ""
        specs.append(shlex.quote(f"{excluded}{star}{name}{suffix}{description}{value}"))
    return specs


def _argument_spec(index: int, value: Value, required: bool, repeatable: bool) -> str:
    position = "*" if repeatable else f"{index}" if required else f"{index}:"
    return shlex.quote(f"{position}:{_escape(value.metavar)}:{_action(value)}")
