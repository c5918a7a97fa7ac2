"""The command tree."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import typer

from dockerctl.cli.options import VERSION, common_options
from dockerctl.cli.session import Session
from dockerctl.cli.verb import Verb, option_parameter, with_common_options
from dockerctl.settings import Typed

# Where the function of each verb is found below dockerctl.cli. Only that of the typed verb is
# loaded: the modules of the others would cost is-active 10 ms. A verb of two words belongs to the
# group that the first names.
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
    "config show": "config_look.config_show",
    "config get": "config_look.config_get",
    "config effective": "config_look.config_effective",
    "config schema": "config_look.config_schema",
    "config validate": "config_check.config_validate",
    "config diff": "config_check.config_diff",
    "config set": "config_verbs.config_set",
    "config unset": "config_verbs.config_unset",
    "config add": "config_verbs.config_add",
    "config remove": "config_verbs.config_remove",
    "config edit": "config_edit.config_edit",
    "override list": "override_look.override_list",
    "override show": "override_look.override_show",
    "override lint": "override_look.override_lint",
    "override set": "override_verbs.override_set",
    "override unset": "override_verbs.override_unset",
    "override env": "override_verbs.override_env",
    "override proxy": "override_verbs.override_proxy",
    "override hosts": "override_recipes.override_hosts",
    "override flags": "override_recipes.override_flags",
    "override limits": "override_recipes.override_limits",
    "override restart-policy": "override_recipes.override_restart_policy",
    "override socket": "override_recipes.override_socket",
    "override requires-mount": "override_recipes.override_requires_mount",
    "override revert": "override_verbs.override_revert",
    "doctor": "doctor_verb.doctor",
    "logs": "logs_verb.logs",
    "apply": "apply_verb.apply",
    "history": "history_verbs.history",
    "rollback": "history_verbs.rollback",
    "checkpoint": "history_verbs.checkpoint",
    "confirm": "history_verbs.confirm",
    "recover": "history_verbs.recover",
}

GROUPS: dict[str, str] = {
    "config": "Look at daemon.json, check it, and change it as a transaction.",
    "override": "Look at the drop-ins of Docker's units, check them, and change ours.",
}

# Verbs that never change anything, whatever their options.
LOOKS = frozenset(
    {
        "status", "is-active", "is-enabled", "is-healthy", "wait", "config-show", "config-get",
        "config-effective", "config-schema", "config-validate", "config-diff", "override-list",
        "override-show", "override-lint", "history", "doctor", "logs",
    }
)  # fmt: skip

_CHANGES = ("apply", "rollback", "checkpoint", "confirm")
# Verbs whose document tells of one transaction.
TRANSACTIONS = frozenset(
    word
    for name in VERBS
    if (word := name.replace(" ", "-")) not in LOOKS
    and (word.startswith(("config-", "override-")) or word in _CHANGES)
)

_CONTEXT = {"help_option_names": ["--help", "-h"], "max_content_width": 100}


def build_app(typed: Sequence[str] = ()) -> typer.Typer:
    """The whole tree, or, to save time, its branch of the verb that ``typed`` begins with."""
    app = typer.Typer(
        name="dockerctl",
        help="Start, stop, watch and configure the Docker daemon through systemd, and say the "
        "truth about it.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings=_CONTEXT,
    )
    app.callback()(_common_before_the_verb())
    groups: dict[str, typer.Typer] = {}
    for name in _chosen(typed):
        verb = with_common_options(_load(VERBS[name]))
        group, _, word = name.rpartition(" ")
        if not group:
            app.command(word, context_settings=_CONTEXT)(verb)
            continue
        if group not in groups:
            groups[group] = typer.Typer(rich_markup_mode=None, context_settings=_CONTEXT)
            # One verb alone would be taken for the group itself.
            groups[group].callback()(_nothing)
            app.add_typer(groups[group], name=group, help=GROUPS[group])
        groups[group].command(word, context_settings=_CONTEXT)(verb)
    return app


def typed_verb(words: Sequence[str]) -> str:
    """The verb that stands in ``words``, options in between or not; "" when there is none."""
    for index, word in enumerate(words):
        if word in VERBS:
            return word
        if word in GROUPS:
            return next((v for rest in words[index + 1 :] if (v := f"{word} {rest}") in VERBS), "")
    return ""


def _chosen(typed: Sequence[str]) -> list[str]:
    first, second = ([*typed, "", ""])[:2]
    if first in VERBS:
        return [first]
    if f"{first} {second}" in VERBS:
        return [f"{first} {second}"]
    if first in GROUPS:
        return [name for name in VERBS if name.startswith(f"{first} ")]
    return list(VERBS)


def _nothing() -> None:
    """A group has no options of its own."""


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
