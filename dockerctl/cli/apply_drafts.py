"""The drop-ins that a declaration wants: each recipe's drop-in exactly as declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from dockerctl.change.current import Current
from dockerctl.change.declaration import Declaration, Managed
from dockerctl.change.resolve import flag_table
from dockerctl.cli.change_host import ChangeHost
from dockerctl.cli.override_recipes import exec_start_base
from dockerctl.config.keys import key_table
from dockerctl.errors import OverrideSettingRefused
from dockerctl.host.files import read_file
from dockerctl.override.model import Draft, EnvFile
from dockerctl.override.recipes import (
    RECIPES,
    change_flags,
    hosts,
    limits,
    proxy,
    requires_mount,
    restart_policy,
    set_directive,
    set_env,
    socket,
)


def declared_drafts(
    declaration: Declaration, current: Current, host: ChangeHost
) -> tuple[Draft, ...]:
    """A draft of each recipe that is declared; with "exact" also empty ones of all others.

    A declared recipe is made from nothing, so that what an earlier declaration had is gone.
    """
    service = current.service.unit
    wanted = declaration.override
    makers: dict[str, Callable[[], Draft] | None] = {
        "settings": (lambda: set_directive(service, wanted.settings)) if wanted.settings else None,
        "env": (lambda: set_env(service, dict(wanted.env))) if wanted.env else None,
        "proxy": (lambda: _proxy(service, wanted.proxy or {}, host)) if wanted.proxy else None,
        "command": _command(declaration, current, host),
        "limits": (lambda: _limits(service, _named(wanted.limits))) if wanted.limits else None,
        "restart-policy": (lambda: _restart(service, _named(wanted.restart_policy)))
        if wanted.restart_policy
        else None,
        "requires-mount": (lambda: requires_mount(service, wanted.requires_mount or ()))
        if wanted.requires_mount
        else None,
    }
    drafts = []
    for recipe in RECIPES:
        if recipe == "socket":
            drafts += _socket(declaration, current, host)
            continue
        maker = makers[recipe]
        if maker is not None:
            drafts.append(maker())
        elif declaration.managed is Managed.EXACT:
            drafts += _gone(service, recipe, host)
    return tuple(drafts)


def _command(
    declaration: Declaration, current: Current, host: ChangeHost
) -> Callable[[], Draft] | None:
    wanted = declaration.override
    if wanted.hosts is None and not wanted.flags:
        return None
    base = exec_start_base(current, host)
    if base is None:
        raise OverrideSettingRefused(
            f"The command line of {current.service.unit} cannot be read.",
            hint="See it with 'systemctl cat'.",
        )
    table = flag_table(key_table())

    def make() -> Draft:
        line = base
        draft = None
        if wanted.hosts is not None:
            draft = hosts(
                current.service.unit,
                wanted.hosts,
                line,
                base=base,
                environment=current.environment,
                table=table,
            )
            line = _exec_start_of(draft) or line
        if wanted.flags:
            return change_flags(current.service.unit, line, table, add=wanted.flags, base=base)
        assert draft is not None  # noqa: S101  (one of the two is declared)
        return draft

    return make


def _exec_start_of(draft: Draft) -> str | None:
    values = [a.value for a in draft.assignments if a.name == "ExecStart" and a.value]
    return values[-1] if values else None


def _proxy(unit: str, wanted: Mapping[str, str], host: ChangeHost) -> Draft:
    draft = proxy(
        unit,
        wanted.get("http"),
        wanted.get("https"),
        wanted.get("no-proxy"),
        env_path=host.proxy_file,
    )
    mine = {file.path for file in draft.env_files}
    if host.proxy_file not in mine and read_file(host.proxy_file).exists:
        # A password that was there before is not to stay behind.
        return replace(draft, env_files=(*draft.env_files, EnvFile(host.proxy_file, None)))
    return draft


def _socket(declaration: Declaration, current: Current, host: ChangeHost) -> list[Draft]:
    wanted = declaration.override.socket
    if current.socket is None:
        if wanted:
            raise OverrideSettingRefused(f"{current.service.unit} has no socket unit.")
        return []
    unit = current.socket.unit
    if not wanted:
        return _gone(unit, "socket", host) if declaration.managed is Managed.EXACT else []
    listen = wanted.get("listen")
    return [
        socket(
            unit,
            group=_text(wanted.get("group")),
            mode=_text(wanted.get("mode")),
            listen=[str(item) for item in listen] if isinstance(listen, list) else None,
        )
    ]


def _gone(unit: str, recipe: str, host: ChangeHost) -> list[Draft]:
    if host.own_text(unit, recipe) is None:
        return []
    files = (EnvFile(host.proxy_file, None),) if recipe == "proxy" else ()
    return [Draft(unit, recipe, (), files)]


def _limits(unit: str, wanted: Mapping[str, str]) -> Draft:
    return limits(
        unit,
        memory=wanted.get("memory"),
        cpu=wanted.get("cpu"),
        tasks=wanted.get("tasks"),
        files=wanted.get("files"),
        oom_score=wanted.get("oom_score"),
    )


def _restart(unit: str, wanted: Mapping[str, str]) -> Draft:
    return restart_policy(
        unit,
        policy=wanted.get("policy"),
        delay=wanted.get("delay"),
        burst=wanted.get("burst"),
        interval=wanted.get("interval"),
    )


def _named(table: Mapping[str, str] | None) -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in (table or {}).items()}


def _text(value: object) -> str | None:
    return None if value is None else str(value)
