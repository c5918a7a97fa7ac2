"""override set, unset, env, proxy, revert: our drop-ins, each in a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import typer

from dockerctl.change.current import Current
from dockerctl.change.propose import Wanted
from dockerctl.cli.change_host import ChangeHost
from dockerctl.cli.change_options import ChangeOptions
from dockerctl.cli.change_run import Request, run_change
from dockerctl.cli.session import Session
from dockerctl.errors import UsageError
from dockerctl.host.files import read_file
from dockerctl.override.model import Draft, EnvFile
from dockerctl.override.recipes import RECIPES, proxy, set_directive, set_env, unset_directive
from dockerctl.result import Level, Result

SETTINGS = typer.Argument(
    ..., metavar="SECTION.DIRECTIVE=VALUE...", help="Such as Service.LimitNOFILE=1048576.",
    show_default=False,
)  # fmt: skip
DIRECTIVES = typer.Argument(
    ..., metavar="SECTION.DIRECTIVE...", help="Such as Service.LimitNOFILE.", show_default=False
)
VARIABLES = typer.Argument(
    ..., metavar="NAME=VALUE...", help="NAME alone takes a variable out.", show_default=False
)
REVERTED = typer.Argument(
    None, metavar="NAME...", help="Of our drop-ins, as 'override list' names them.",
    show_default=False,
)  # fmt: skip
# No variable: one that is set for another verb must not remove anything here.
ALL = typer.Option(False, "--all", help="All of our drop-ins.", show_default=False)
FOR = typer.Option(
    None, "--for", metavar="UNIT", help="The daemon's service by default; its socket, containerd.",
    show_default=False,
)  # fmt: skip


def _proxy_option(name: str, what: str) -> Any:
    return typer.Option(
        None, name, metavar="URL" if what else "HOSTS", help=what or "Reached without a proxy.",
        show_default=False,
    )  # fmt: skip


HTTP = _proxy_option("--http", "The proxy for http.")
HTTPS = _proxy_option("--https", "The proxy for https, which registries need.")
NO_PROXY = _proxy_option("--no-proxy", "")


def override_set(
    session: Session,
    change: ChangeOptions,
    settings: list[str] = SETTINGS,
    of_unit: str | None = FOR,
) -> Result:
    """Set directives of a unit by a drop-in of ours."""

    def wanted(current: Current, host: ChangeHost) -> Wanted:
        name = chosen_unit(current, of_unit, settings)
        return drafted(host, set_directive(name, settings, host.own_text(name, "settings")))

    return run_change(session, Request("override-set", wanted), change)


def override_unset(
    session: Session,
    change: ChangeOptions,
    directives: list[str] = DIRECTIVES,
    of_unit: str | None = FOR,
) -> Result:
    """Take directives out of what 'override set' has set."""

    def wanted(current: Current, host: ChangeHost) -> Wanted:
        name = chosen_unit(current, of_unit, directives)
        return drafted(host, unset_directive(name, directives, host.own_text(name, "settings")))

    return run_change(session, Request("override-unset", wanted), change)


def override_env(
    session: Session,
    change: ChangeOptions,
    variables: list[str] = VARIABLES,
    of_unit: str | None = FOR,
) -> Result:
    """Set environment variables of the daemon."""
    pairs: dict[str, str | None] = {}
    for text in variables:
        name, equals, value = text.partition("=")
        pairs[name] = value if equals else None

    def wanted(current: Current, host: ChangeHost) -> Wanted:
        name = chosen_unit(current, of_unit, ())
        return drafted(host, set_env(name, pairs, host.own_text(name, "env")))

    return run_change(session, Request("override-env", wanted), change)


def override_proxy(
    session: Session,
    change: ChangeOptions,
    http: str | None = HTTP,
    https: str | None = HTTPS,
    no_proxy: str | None = NO_PROXY,
) -> Result:
    """Give the daemon an HTTP proxy; "" takes one away."""
    if http is None and https is None and no_proxy is None:
        raise UsageError("No proxy was given.", hint="Such as --https http://proxy.example:3128.")

    def wanted(current: Current, host: ChangeHost) -> Wanted:
        name = current.service.unit
        draft = proxy(
            name,
            http,
            https,
            no_proxy,
            before=host.own_text(name, "proxy"),
            env_before=read_file(host.proxy_file).data,
            env_path=host.proxy_file,
        )
        return drafted(host, draft)

    return run_change(session, Request("override-proxy", wanted), change)


def override_revert(
    session: Session,
    change: ChangeOptions,
    names: list[str] = REVERTED,
    all_of_them: bool = ALL,
) -> Result:
    """Remove drop-ins of ours; other people's stay."""
    if bool(names) == all_of_them:
        raise UsageError("Give the names of drop-ins, or --all.", hint="See 'override list'.")
    unknown = [name for name in names or () if name not in RECIPES]
    if unknown:
        raise UsageError(
            f"{unknown[0]!a} is no drop-in of ours.", hint=f"There are {', '.join(RECIPES)}."
        )

    def wanted(current: Current, host: ChangeHost) -> Wanted:
        drafts = []
        units = [files.unit for files in (current.service, current.socket) if files is not None]
        for name in names or RECIPES:
            for unit in units:
                if host.own_text(unit, name) is not None:
                    drafts.append(_gone(unit, name, host))
        return Wanted(drafts=tuple(drafts))

    return run_change(session, Request("override-revert", wanted), change)


def _gone(unit: str, recipe: str, host: ChangeHost) -> Draft:
    files = (EnvFile(host.proxy_file, None),) if recipe == "proxy" else ()
    return Draft(unit, recipe, (), files)


def chosen_unit(current: Current, unit: str | None, texts: Sequence[str]) -> str:
    """The unit that is meant: the one given, the socket for [Socket], else the service."""
    if unit is not None:
        return unit if "." in unit else f"{unit}.service"
    of_socket = bool(texts) and all(text.startswith("Socket.") for text in texts)
    if of_socket and current.socket is not None:
        return current.socket.unit
    return current.service.unit


def drafted(host: ChangeHost, draft: Draft) -> Wanted:
    """What a draft wants, its notes said."""
    for note in draft.notes:
        host.wiring.reporter.say(Level.INFO, note)
    return Wanted(drafts=(draft,))
