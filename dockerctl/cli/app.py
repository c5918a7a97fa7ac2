"""The command tree."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any

import typer

from dockerctl.cli.options import VERSION, common_options
from dockerctl.cli.session import Session
from dockerctl.cli.verb import Verb, option_parameter, with_common_options
from dockerctl.settings import Typed

# Where the function of each verb is found below dockerctl.cli. Only that of the typed verb is
# loaded: the modules of the others would cost is-active 10 ms.
VERBS: dict[str, str] = {
    "start": "lifecycle_verbs.start",
    "stop": "lifecycle_verbs.stop",
    "restart": "lifecycle_verbs.restart",
    "try-restart": "lifecycle_verbs.try_restart",
    "reload": "lifecycle_verbs.reload",
    "enable": "boot_verbs.enable",
    "disable": "boot_verbs.disable",
    "mask": "boot_verbs.mask",
    "unmask": "boot_verbs.unmask",
    "status": "status_verbs.status",
    "is-active": "status_verbs.is_active",
    "is-enabled": "status_verbs.is_enabled",
    "is-healthy": "status_verbs.is_healthy",
    "wait": "status_verbs.wait",
}

_CONTEXT = {"help_option_names": ["--help", "-h"], "max_content_width": 100}


def build_app(only: str | None = None) -> typer.Typer:
    """The whole tree, or, to save time, its branch of the verb ``only``."""
    app = typer.Typer(
        name="dockerctl",
        help="Start, stop and watch the Docker daemon through systemd, and say the truth about it.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings=_CONTEXT,
    )
    app.callback()(_common_before_the_verb())
    chosen = {only: VERBS[only]} if only in VERBS else VERBS
    for name, place in chosen.items():
        app.command(name, context_settings=_CONTEXT)(with_common_options(_load(place)))
    return app


def _load(place: str) -> Verb:
    module, _, function = place.partition(".")
    verb: Verb = getattr(import_module(f"dockerctl.cli.{module}"), function)
    return verb


def _common_before_the_verb() -> Callable[..., None]:
    common = common_options(environment=True)

    def before(ctx: typer.Context, version: bool, **values: Any) -> None:  # noqa: ARG001
        session: Session = ctx.obj
        session.before = Typed(**values)

    parameters = [
        inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context),
        option_parameter("version", bool, VERSION),
        *(option_parameter(name, kind, option) for name, (kind, option) in common.items()),
    ]
    before.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    before.__annotations__ = {p.name: p.annotation for p in parameters}
    return before
