"""The socket's file: whether it can be made, is still there, and lies where clients look."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace

from dockerctl.docker.address import DEFAULT_SOCKET
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.sockets import (
    SYSTEM_SOCKET,
    SocketFile,
    SocketsFacts,
    paths_of,
    takes_over,
    unix_paths,
)
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.said import said

# sizeof(sockaddr_un.sun_path) (unix(7)), with the NUL at its end.
_LONGEST = 107
_NOT_MADE = r"Failed to create listening socket|can't create unix socket"


def _can_be_made(facts: Facts) -> Iterator[Finding]:
    units, sockets = facts.of(UnitsFacts), facts.of(SocketsFacts)
    socket = units.socket
    for path in paths_of(sockets.listen):
        if socket is not None and not socket.runs:
            yield from _blocked(facts, path, _when_socket(socket), socket.shown("Result"))
    if sockets.hosts is None and sockets.next_hosts is not None:
        for path in unix_paths(sockets.next_hosts):
            yield from _blocked(facts, path, units.when, ())
            yield from _unmakeable(facts, path)


def _blocked(facts: Facts, path: str, when: When, shown: tuple[str, ...]) -> Iterator[Finding]:
    # systemd and dockerd both remove whatever else is there; only a folder they cannot remove.
    seen = facts.of(SocketsFacts).at(path)
    if seen is None or seen.kind != "folder":
        return
    yield replace(
        error(
            "socket-path-blocked",
            f"there is a folder at {path}, where the socket belongs",
            (f"stat: {path} is a folder", *shown, *said(facts, _NOT_MADE)),
            f"mv -T --backup=numbered {path} {path}.old && dockerctl start",
        ),
        when=when,
    )


def _unmakeable(facts: Facts, path: str) -> Iterator[Finding]:
    units, seen = facts.of(UnitsFacts), facts.of(SocketsFacts).at(path)
    if seen is not None and seen.kind == "no-folder":
        folder = path.rpartition("/")[0]
        yield replace(
            error(
                "socket-folder-missing",
                f"the daemon is to make its socket {path}, and there is no folder {folder}",
                (f"stat: {folder} is not there", *said(facts, _NOT_MADE)),
                f"mkdir -p {folder} && dockerctl start",
            ),
            when=units.when,
        )
    if len(path.encode("utf-8", "surrogateescape")) > _LONGEST:
        yield replace(
            error(
                "socket-path-too-long",
                f"the path of the socket is longer than the {_LONGEST} bytes that the kernel takes",
                (f"command line: -H unix://{path}",),
                _without(facts.of(SocketsFacts), path),
            ),
            when=units.when,
        )


def _without(sockets: SocketsFacts, path: str) -> str:
    """The other hosts of the command line; a sentence where the path is not of it."""
    good = [host for host in sockets.by_flag if not host.endswith(path)]
    if len(good) == len(sockets.by_flag):
        return "use a shorter path"
    words = " ".join(shlex.quote(host) for host in good)
    return f"dockerctl override hosts {words or 'fd://'} --start"


def _when_socket(socket: UnitFacts) -> When:
    return When.NOW if socket.active_state == "failed" else When.NEXT_START


def _lost(facts: Facts) -> Iterator[Finding]:
    units, sockets = facts.of(UnitsFacts), facts.of(SocketsFacts)
    socket = units.socket
    own = unix_paths(sockets.hosts or ())
    for path in dict.fromkeys((*paths_of(sockets.listen), *own)):
        seen = sockets.at(path)
        by_systemd = socket is not None and socket.runs and path not in own
        if seen is None or not (by_systemd or path in own):
            continue
        gone = _gone(seen)
        if gone:
            who = socket.name if by_systemd and socket is not None else "the daemon"
            yield error(
                "socket-file-lost",
                f"{who} listens, and nobody can reach it: its file {path} was removed or replaced",
                (f"stat: {path}: {gone}", f"sock_diag: {seen.listeners} sockets listen on it"),
                f"mv -T --backup=numbered {path} {path}.old && dockerctl stop && dockerctl start"
                if seen.kind == "folder"
                else "dockerctl stop && dockerctl start",
            )


def _gone(seen: SocketFile) -> str:
    if seen.kind in ("absent", "no-folder"):
        return "no such file"
    if seen.kind in ("folder", "file", "other"):
        return f"a {seen.kind} lies there" if seen.kind != "other" else "it is no socket"
    if seen.kind == "socket" and seen.served is False and seen.listeners:
        return "the file is not that of the socket which listens"
    return ""


def _where_clients_look(facts: Facts) -> Iterator[Finding]:
    units, sockets = facts.of(UnitsFacts), facts.of(SocketsFacts)
    if sockets.var_run != "folder" or SYSTEM_SOCKET not in _all_paths(sockets):
        return
    there = sockets.at(DEFAULT_SOCKET)
    reached = there is not None and there.kind == "socket"
    listens = units.service.runs or (units.socket is not None and units.socket.runs)
    make = warning if reached else error
    yield replace(
        make(
            "var-run-is-no-link",
            f"/var/run is a folder of its own: clients look for {DEFAULT_SOCKET}, and the daemon "
            f"listens on {SYSTEM_SOCKET}",
            (
                "stat: /var/run is a folder, not a link to /run",
                f"stat: {DEFAULT_SOCKET}: {'a socket' if reached else 'no such file'}",
            ),
            "mv /var/run /var/run.old && ln -s /run /var/run, then restart what keeps files there",
        ),
        when=When.NOW if listens else When.NEXT_START,
    )


def _all_paths(sockets: SocketsFacts) -> tuple[str, ...]:
    hosts = sockets.hosts or sockets.next_hosts or ()
    listen = paths_of(sockets.listen) if takes_over(hosts) else ()
    return (*listen, *unix_paths(hosts))


CHECKS: tuple[Check, ...] = (
    Check(
        "place of the socket",
        (UnitsFacts, SocketsFacts),
        ("socket-path-blocked", "socket-folder-missing", "socket-path-too-long"),
        _can_be_made,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check("file of the socket", (UnitsFacts, SocketsFacts), ("socket-file-lost",), _lost),
    Check(
        "folder of the socket",
        (UnitsFacts, SocketsFacts),
        ("var-run-is-no-link",),
        _where_clients_look,
    ),
)
