"""The recipe ``command``: the daemon's command line, with other addresses or other flags.

Addresses and flags share one drop-in: a later ExecStart= replaces an earlier one as a whole, so
that of two files only one could count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

from dockerctl.errors import (
    OverrideCommandUnreadable,
    OverrideSettingRefused,
    OverrideValueInvalid,
)
from dockerctl.override.command import ExecLine, expand, parse_exec, render_exec, variables
from dockerctl.override.model import Draft, UnitText
from dockerctl.override.recipe_flags import FlagTable, add_flags, read_flags, remove_flags
from dockerctl.override.recipe_merge import draft, merge, values_with_reset
from dockerctl.override.recipe_values import is_socket_path

RECIPE = "command"

_HOST = "host"
_HOST_TABLE = FlagTable(frozenset({_HOST}), frozenset({_HOST}), {"H": _HOST})
_EXEC_START = ("Service", "ExecStart")
# Programs whose arguments are not the daemon's.
_WRAPPERS = frozenset(
    {
        "ash", "bash", "chrt", "dash", "env", "flock", "ionice", "nice", "nohup", "runuser",
        "setpriv", "sh", "su", "sudo", "taskset", "zsh",
    }
)  # fmt: skip
_PORT = r"(?P<port>[0-9]{1,5})"
_TCP = re.compile(rf"tcp://(?P<host>[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::{_PORT})?/?\Z")
_FD = re.compile(r"fd://(?:\*|[A-Za-z0-9:_.-]*)\Z")


def hosts(
    unit: str,
    addresses: Sequence[str],
    current: str,
    *,
    keep_fd: bool = True,
    base: str | None = None,
    environment: Mapping[str, str] | None = None,
    before: UnitText | None = None,
    table: FlagTable = _HOST_TABLE,
) -> Draft:
    """Let the daemon listen on ``addresses`` and no others; no address at all leaves it to
    daemon.json.

    ``current`` is the value of ExecStart= in effect, ``base`` the one without this recipe's own
    drop-in: when the result is the same, the drop-in goes. An ``fd://`` that is there stays, unless
    ``keep_fd`` is False; with no address and without it no ``-H`` is left. ``environment`` are the
    unit's variables: one that brings a ``-H`` of its own is refused, as it cannot be edited here.
    ``table`` tells values from flags.

    Raises OverrideValueInvalid for a bad address, OverrideSettingRefused for such a variable and
    OverrideCommandUnreadable for a command line that is not the daemon's own.
    """
    for address in addresses:
        check_address(address)
    table = _with_hosts(table)
    line = _daemon_line(current)
    _refuse_hosts_in_variables(line, environment or {}, table)
    present = [flag.value or "" for flag in read_flags(line.arguments, table) if flag.name == _HOST]
    wanted = list(dict.fromkeys(addresses))
    notes: list[str] = []
    if keep_fd:
        kept = [value for value in present if value.startswith("fd://")]
        wanted = list(dict.fromkeys([*kept, *wanted]))
    elif any(value.startswith("fd://") for value in present):
        notes.append(
            "Without fd:// the daemon opens its sockets itself; docker.socket has to be disabled, "
            "or both claim the same path."
        )
    if any(address.startswith("tcp://") for address in wanted):
        notes.append("Whoever reaches a TCP port of the daemon without TLS is root on this host.")
    line = remove_flags(line, [_HOST], table)
    new = [word for address in wanted for word in ("-H", line.literal(address))]
    line = line.with_arguments((*new, *line.arguments))
    return _command_draft(unit, line, base, before, notes)


def change_flags(
    unit: str,
    current: str,
    table: FlagTable,
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    base: str | None = None,
    before: UnitText | None = None,
) -> Draft:
    """Remove flags from the daemon's command line, then add some; see ``recipe_flags``.

    ``current`` and ``base`` are as in ``hosts``. Raises OverrideValueInvalid for what is no flag
    and OverrideCommandUnreadable for a command line that is not the daemon's own.
    """
    line = _daemon_line(current)
    there = {flag.name for flag in read_flags(line.arguments, table)}
    changed = remove_flags(line, remove, table)
    notes = []
    if remove and changed == line:
        notes.append("None of the flags to be removed is in the command line of the unit.")
        if variables(line):
            notes.append(f"It also takes flags from ${', $'.join(variables(line))}.")
    added = add_flags(changed, add, table)
    replaced = there.intersection(flag.name for flag in read_flags(add, table)) - table.repeatable
    notes += [f"--{name} was there already, and is replaced." for name in sorted(replaced)]
    return _command_draft(unit, added, base, before, notes)


def check_address(address: str) -> None:
    """Raise OverrideValueInvalid for an address on which dockerd cannot listen."""
    scheme, separator, rest = address.partition("://")
    checks: dict[str, Callable[[], bool]] = {
        "unix": lambda: rest == "" or is_socket_path(rest),
        "tcp": lambda: _is_tcp(address),
        "fd": lambda: _FD.match(address) is not None,
    }
    if not separator or scheme not in checks:
        raise OverrideValueInvalid(
            f"{address!a} is no address on which dockerd can listen.",
            hint="Write fd://, unix:///run/docker.sock or tcp://127.0.0.1:2376.",
        )
    if not checks[scheme]():
        raise OverrideValueInvalid(
            f"{address!a} is not a valid {scheme}:// address.",
            hint="Write fd://, unix:///run/docker.sock or tcp://127.0.0.1:2376.",
        )


def _is_tcp(address: str) -> bool:
    match = _TCP.match(address)
    return match is not None and (match["port"] is None or 0 < int(match["port"]) < 65536)


def _with_hosts(table: FlagTable) -> FlagTable:
    return FlagTable(
        table.takes_value | _HOST_TABLE.takes_value,
        table.repeatable | _HOST_TABLE.repeatable,
        {**table.shorts, **_HOST_TABLE.shorts},
    )


def _daemon_line(current: str) -> ExecLine:
    line = parse_exec(current)
    if PurePosixPath(line.program).name in _WRAPPERS or "|" in line.prefixes:
        raise OverrideCommandUnreadable(
            f"The unit starts the daemon through {line.program!a}, so its flags are not known.",
            hint="Set the whole line with 'dockerctl override set Service.ExecStart=...'.",
        )
    return line


def _refuse_hosts_in_variables(
    line: ExecLine, environment: Mapping[str, str], table: FlagTable
) -> None:
    if not line.expands:
        return
    for name in variables(line):
        words = expand(ExecLine("", ("/", f"${name}")), environment)[1:]
        if any(flag.name == _HOST for flag in read_flags(words, table)):
            raise OverrideSettingRefused(
                f"The variable {name} of the unit holds -H or --host.",
                hint=f"Take it out of {name} first; see 'dockerctl config effective' for the file.",
            )


def _command_draft(
    unit: str, line: ExecLine, base: str | None, before: UnitText | None, notes: Sequence[str]
) -> Draft:
    values: tuple[str, ...] = ()
    if base is None or parse_exec(base) != line:
        values = values_with_reset(_EXEC_START, [render_exec(line)])
    return draft(unit, RECIPE, merge(before, {_EXEC_START: values}), notes=notes)
