"""Turning a function into a verb that also takes the common options."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import typer

from dockerctl.cli.options import VERSION, common_options
from dockerctl.cli.session import Session
from dockerctl.errors import Interrupted
from dockerctl.result import Result
from dockerctl.settings import Typed, resolve_settings

# A verb: its own options become keyword arguments, whatever they are.
Verb = Callable[..., Result]


def with_common_options(verb: Verb) -> Callable[..., None]:
    """A Typer command: the options of ``verb`` and the common ones.

    ``verb`` takes the session and its own options by name, and returns the result; the command
    leaves it in the session. Typer reads the signature, so that is where the options are added.
    """
    common = common_options(environment=False)
    hints = get_type_hints(verb)
    own = [p for p in inspect.signature(verb).parameters.values() if p.name != "session"]

    def command(ctx: typer.Context, version: bool, **values: Any) -> None:  # noqa: ARG001
        session: Session = ctx.obj
        session.verb = verb.__name__.replace("_", "-")
        after = Typed(**{name: values.pop(name) for name in common})
        session.settings = resolve_settings(session.before, after)
        try:
            session.result = verb(session, **values)
        except KeyboardInterrupt:
            # Each version of click and Typer makes something else of it.
            raise Interrupted("Interrupted.") from None

    context = inspect.Parameter(
        "ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
    )
    parameters = [context, option_parameter("version", bool, VERSION)]
    parameters += [option_parameter(p.name, hints[p.name], p.default) for p in own]
    parameters += [option_parameter(name, kind, option) for name, (kind, option) in common.items()]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    command.__doc__ = verb.__doc__
    command.__name__ = verb.__name__
    return command


def option_parameter(name: str, kind: Any, default: Any) -> inspect.Parameter:
    """A parameter as Typer reads it: the declaration of an option is its default value."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
