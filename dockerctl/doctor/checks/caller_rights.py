"""Whether the person who asks may use the daemon's socket."""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.doctor.facts.caller import CallerFacts
from dockerctl.doctor.facts.sockets import SocketFile, SocketsFacts
from dockerctl.doctor.finding import Finding, warning
from dockerctl.doctor.model import Check, Facts

_GROUP_MAY_USE = 0o060
_ROOT = 0


def _rights(facts: Facts) -> Iterator[Finding]:
    caller, sockets = facts.of(CallerFacts), facts.of(SocketsFacts)
    if caller.uid == _ROOT and not caller.through_sudo:
        return
    for path, file in sockets.files.items():
        # The first is enough: all of them have one owner.
        if file.kind == "socket" and file.mode & 0o006 != 0o006:
            yield from _judge(caller, path, file)
            return


def _judge(caller: CallerFacts, path: str, file: SocketFile) -> Iterator[Finding]:
    session, database = caller.session_groups, caller.database_groups
    if session is None or file.gid in session or (file.allowed and not caller.through_sudo):
        return
    # A socket that is closed to its group is another finding.
    if file.mode & _GROUP_MAY_USE != _GROUP_MAY_USE or file.gid == _ROOT:
        return
    shown = f"stat: {path} is of the group {file.group}, mode {file.mode:04o}"
    if database is not None and file.gid in database:
        yield warning(
            "caller-session-old",
            f"{caller.user} is in the group {file.group}, and this session is older than that",
            (shown, f"getgroups: {_listed(session)} without {file.gid}"),
            f"log out and in again, or: newgrp {file.group}",
        )
    elif not caller.through_sudo:
        yield warning(
            "caller-not-in-group",
            f"{caller.user} may not use {path}: only root and the group {file.group} may",
            (shown, f"getgroups: {_listed(session)} without {file.gid}"),
            f"let root run: usermod -aG {file.group} {caller.user}, and log in again (members "
            "can become root), "
            "or use sudo",
        )


def _listed(groups: frozenset[int]) -> str:
    return ", ".join(str(number) for number in sorted(groups))


CHECKS: tuple[Check, ...] = (
    Check(
        "rights of the caller",
        (CallerFacts, SocketsFacts),
        ("caller-not-in-group", "caller-session-old"),
        _rights,
    ),
)
