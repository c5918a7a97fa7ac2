"""Reads the command tree of a Typer program, whatever Typer's version.

Hidden commands and options are left out, and so are Typer's own options to install completions.
The tree is walked by attribute: up to Typer 0.2x the parameters are those of click, whose ``type``
knows choices and paths; later they carry a ``type_descriptor`` that does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from pathlib import PurePath
from typing import get_args

from generate.tree import Argument, Command, Option, Value

_TYPER_OWN = {"install_completion", "show_completion"}
_FOLDER_TYPES = {"directory", "dir"}
_PATH_TYPES = {"path", "file", "filename"} | _FOLDER_TYPES
# A metavar such as "text|json" or "[healthy|stopped]" names all that may be typed.
_CHOICES_METAVAR = re.compile(r"[\[{<]?([a-z0-9][a-z0-9_-]*(?:\|[a-z0-9][a-z0-9_-]*)+)[\]}>]?")


def read_tree(command: object, path: tuple[str, ...] = ()) -> Command:
    """The tree below a command object, such as ``typer.main.get_command(app)``."""
    parameters = [p for p in getattr(command, "params", ()) if not _is_hidden(p)]
    children: dict[str, object] = dict(getattr(command, "commands", None) or {})
    options = [_read_option(p) for p in parameters if _kind(p) == "option"]
    options += _help_option(command, options)
    return Command(
        path=path,
        help=_command_help(command),
        options=tuple(options),
        arguments=tuple(_read_argument(p) for p in parameters if _kind(p) == "argument"),
        commands=tuple(
            read_tree(child, (*path, name))
            for name, child in children.items()
            if not getattr(child, "hidden", False)
        ),
    )


def _help_option(command: object, options: list[Option]) -> list[Option]:
    # click makes this option when it parses, so it is not among the parameters.
    settings = getattr(command, "context_settings", None) or {}
    names = tuple(settings.get("help_option_names", ("--help",)))
    taken = {name for option in options for name in option.all_names}
    if not getattr(command, "add_help_option", True) or taken & set(names):
        return []
    return [Option(names, "Show this help and exit.")]


def _kind(parameter: object) -> str:
    return str(getattr(parameter, "param_type_name", ""))


def _is_hidden(parameter: object) -> bool:
    own = getattr(parameter, "name", None) in _TYPER_OWN
    return own or bool(getattr(parameter, "hidden", False))


def _command_help(command: object) -> str:
    # click cuts the help at a form feed: what follows is for readers of the code.
    text = str(getattr(command, "help", None) or getattr(command, "short_help", None) or "")
    return text.split("\f", maxsplit=1)[0].strip()


def _parameter_help(parameter: object) -> str:
    return " ".join(str(getattr(parameter, "help", None) or "").split())


def _read_option(parameter: object) -> Option:
    counts = bool(getattr(parameter, "count", False))
    is_flag = counts or bool(getattr(parameter, "is_flag", False))
    return Option(
        names=_strings(getattr(parameter, "opts", ())),
        negations=_strings(getattr(parameter, "secondary_opts", ())),
        help=_parameter_help(parameter),
        value=None if is_flag else _read_value(parameter),
        environment=_environment(parameter),
        repeatable=counts or bool(getattr(parameter, "multiple", False)),
    )


def _read_argument(parameter: object) -> Argument:
    value = _read_value(parameter)
    if not value.choices:
        # A help text takes "[FILE]" and "KEY..." as they stand; here that is said by fields.
        plain = value.metavar.removeprefix("[").removesuffix("]").removesuffix("...")
        value = replace(value, metavar=plain)
    return Argument(
        value=value,
        help=_parameter_help(parameter),
        required=bool(getattr(parameter, "required", False)),
        repeatable=getattr(parameter, "nargs", 1) == -1,
        environment=_environment(parameter),
    )


def _read_value(parameter: object) -> Value:
    metavar = str(getattr(parameter, "metavar", None) or "")
    choices = _choices(parameter)
    if not choices and (spelled := _CHOICES_METAVAR.fullmatch(metavar)):
        choices = tuple(spelled.group(1).split("|"))
    type_name = _type_name(parameter)
    is_path = type_name in _PATH_TYPES
    if choices:
        metavar = "|".join(choices)
    elif not metavar:
        metavar = _default_metavar(parameter, type_name)
    return Value(metavar, choices, is_path=is_path, is_folder=type_name in _FOLDER_TYPES)


def _choices(parameter: object) -> tuple[str, ...]:
    kind = getattr(parameter, "type_descriptor", None) or getattr(parameter, "type", None)
    return tuple(
        str(choice.value if isinstance(choice, Enum) else choice)
        for choice in getattr(kind, "choices", None) or ()
    )


def _type_name(parameter: object) -> str:
    described = getattr(parameter, "type_descriptor", None)
    if described is None:
        return str(getattr(getattr(parameter, "type", None), "name", "")).lower()
    annotation = getattr(described, "annotation", None)
    if getattr(described, "is_list", False):
        (annotation,) = get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, PurePath):
        return str(getattr(described, "path_type", "path")).lower()
    if getattr(described, "is_file", False):
        return "file"
    return str(getattr(annotation, "__name__", "")).lower()


def _default_metavar(parameter: object, type_name: str) -> str:
    if _kind(parameter) == "argument":
        return str(getattr(parameter, "name", "")).upper()
    if type_name in _PATH_TYPES:
        return "PATH"
    return "NUMBER" if type_name.startswith(("int", "float")) else "TEXT"


def _environment(parameter: object) -> tuple[str, ...]:
    names = getattr(parameter, "envvar", None)
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else _strings(names)


def _strings(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)
