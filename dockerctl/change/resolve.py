"""Flags of the command line that stand in the way of keys in daemon.json, and the way out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dockerctl.change.current import Current
from dockerctl.config.document import Document
from dockerctl.config.edit import set_value
from dockerctl.config.flags import Flags
from dockerctl.config.keys import KeyTable
from dockerctl.config.types import Kind
from dockerctl.errors import FlagConflict
from dockerctl.override.command import variables
from dockerctl.override.model import Draft, UnitText
from dockerctl.override.recipe_command import change_flags
from dockerctl.override.recipe_flags import FlagTable

# Where docker.socket listens; for the daemon that address is fd://.
_LOCAL = ("unix:///run/docker.sock", "unix:///var/run/docker.sock", "unix://")
_FD = "fd://"


@dataclass(frozen=True)
class Resolution:
    """The drop-in that takes the flags away, and what to say of it."""

    draft: Draft
    note: str


def flag_table(table: KeyTable) -> FlagTable:
    """What the editing of command lines has to know of dockerd's flags."""
    keys = table.keys
    names = {flag: owners[0].partition(".")[0] for flag, owners in table.by_flag().items()}
    long = {flag: owner for flag, owner in names.items() if len(flag) > 1}
    others = table.flags.values()
    return FlagTable(
        takes_value=frozenset(
            [flag for flag, owner in long.items() if keys[owner].kind is not Kind.BOOL]
            + [other.name for other in others if not other.switch]
        ),
        repeatable=frozenset(flag for flag, owner in long.items() if keys[owner].is_list),
        shorts={
            **{key.short: key.flag for key in keys.values() if key.short},
            **{other.short: other.name for other in others if other.short},
        },
    )


def conflicting(document: Document, flags: Flags) -> tuple[str, ...]:
    """Keys that stand in the file and on the command line; ``runtimes`` may (moby,
    daemon/config/config.go, findConfigurationConflicts). Members as ``proxies.http-proxy``."""
    found = [name for name in document.values if name in flags.values and name != "runtimes"]
    proxies = document.values.get("proxies")
    if isinstance(proxies, dict):
        found += [f"proxies.{name}" for name in proxies if f"proxies.{name}" in flags.values]
    return tuple(found)


def resolve(
    document: Document, current: Current, table: KeyTable, before: UnitText | None
) -> Resolution:
    """Take the flags of the conflicting keys out of ExecStart=, so that the file decides.

    ``before`` is what our drop-in of the command line says now. Raises ``FlagConflict`` where they
    come from a variable, which is set in a file of others.
    """
    names = conflicting(document, current.flags)
    value = current.service.merged.last("Service", "ExecStart") or ""
    _refuse_variables(names, current)
    draft = change_flags(
        current.units.service.name,
        value,
        flag_table(table),
        remove=[_flag_of(name, table) for name in names],
        before=before,
    )
    return Resolution(
        draft, f"{' and '.join(names)}: the flag goes out of ExecStart=, and the file decides."
    )


def conflict_error(document: Document, current: Current) -> FlagConflict:
    """What to tell who sets a key that is also a flag."""
    names = conflicting(document, current.flags)
    first = names[0]
    typed = " ".join(current.flags.written.get(first, ()))
    return FlagConflict(
        f"{first} is set by the flag {typed} of {current.units.service.name}, and dockerd does not "
        "start with both.",
        hint="With --resolve the flag is taken out by a drop-in in the same transaction. Or change "
        "the flag itself with 'dockerctl override flags'.",
        details={"keys": list(names)},
    )


def _flag_of(name: str, table: KeyTable) -> str:
    return next(
        flag for flag, owners in table.by_flag().items() if name in owners and len(flag) > 1
    )


def _refuse_variables(names: tuple[str, ...], current: Current) -> None:
    line = current.line
    if line is None:
        return
    for name in names:
        spelled = [word for word in current.flags.written.get(name, ()) if word in line.words]
        if not spelled and variables(line):
            raise FlagConflict(
                f"{name} is set by a flag in ${', $'.join(variables(line))}, which the unit takes "
                "from an environment file.",
                hint="Take it out of that file; 'dockerctl config effective' names it.",
                details={"keys": [name]},
            )


def with_fd(document: Document) -> tuple[Document, str]:
    """The file with fd:// for the address on which docker.socket listens, and what to say of it.

    A daemon that does not take the socket over leaves every client of it waiting.
    """
    hosts = document.values.get("hosts")
    if not isinstance(hosts, list) or any(str(host).startswith(_FD) for host in hosts):
        return document, ""
    others = [host for host in hosts if host not in _LOCAL]
    changed = set_value(document, ("hosts",), [_FD, *others])
    return changed, "hosts: fd:// stands for the local socket, which docker.socket passes on."
