"""Turning a function into a verb that also takes the common options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

import typer

from dockerctl.cli.change_options import change_options, read_change_options
from dockerctl.cli.options import VERSION, common_options
from dockerctl.cli.session import Session
from dockerctl.errors import Interrupted, UsageError
from dockerctl.result import Result
from dockerctl.settings import Output, Typed, resolve_settings

# A verb: its own options become keyword arguments, whatever they are.
Verb = Callable[..., Result]

# The verbs whose answer is lines that others have written.
_CAN_CAT = ("logs",)


def with_common_options(verb: Verb) -> Callable[..., None]:
    """A Typer command: the options of ``verb`` and the common ones.

    ``verb`` takes the session and its own options by name, and returns the result; the command
    leaves it in the session. Typer reads the signature, so that is where the options are added.
    """
    common = common_options(environment=False)
    hints = get_type_hints(verb)
    parameters_of_verb = inspect.signature(verb).parameters
    own = [p for p in parameters_of_verb.values() if p.name not in ("session", "change")]
    # A verb that changes the configuration takes the options of all changes as one value.
    changing = change_options() if "change" in parameters_of_verb else {}

    def command(ctx: typer.Context, version: bool, **values: Any) -> None:  # noqa: ARG001
        session: Session = ctx.obj
        session.verb = verb.__name__.replace("_", "-")
        after = Typed(**{name: values.pop(name) for name in common})
        session.settings = resolve_settings(session.before, after)
        if session.settings.output is Output.CAT and session.verb not in _CAN_CAT:
            raise UsageError(
                f"{session.verb} has no output form 'cat'.", hint="Use 'text' or 'json'."
            )
        if changing:
            values["change"] = read_change_options({name: values.pop(name) for name in changing})
        try:
            session.result = verb(session, **values)
        except KeyboardInterrupt:
            # Each version of click and Typer makes something else of it.
            raise Interrupted("Interrupted.") from None

    context = inspect.Parameter(
        "ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    parameters = [context, option_parameter("version", bool, VERSION)]
    parameters += [option_parameter(p.name, _without_none(hints[p.name]), p.default) for p in own]
    for name, (kind, option) in {**changing, **common}.items():
        parameters.append(option_parameter(name, kind, option))
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    command.__doc__ = verb.__doc__
    command.__name__ = verb.__name__
    return command


def option_parameter(name: str, kind: Any, default: Any) -> inspect.Parameter:
    """A parameter as Typer reads it: the declaration of an option is its default value."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)


def _without_none(kind: Any) -> Any:
    """``str`` for ``str | None``, which Typer before 0.9 does not know: an option that is not
    typed is None without that."""
    if isinstance(kind, UnionType):
        (kind,) = (member for member in get_args(kind) if member is not NoneType)
    return kind
