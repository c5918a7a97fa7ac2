"""Who may use the daemon: group and mode of its socket, ports without TLS."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace

from dockerctl.docker.address import TcpAddress
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.sockets import (
    DEFAULT_GROUP,
    SocketFile,
    SocketsFacts,
    parse_host,
    paths_of,
    takes_over,
    unix_paths,
)
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error, info, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.said import said

_GROUP_MAY_USE, _ALL_MAY_USE = 0o060, 0o002


def _group_exists(facts: Facts) -> Iterator[Finding]:
    units, sockets = facts.of(UnitsFacts), facts.of(SocketsFacts)
    socket = units.socket
    name = "" if socket is None else socket.text("SocketGroup")
    # Lines of an earlier failure prove nothing.
    failed = socket is not None and socket.active_state == "failed"
    if socket is not None and name in sockets.groups and sockets.groups[name] is None:
        yield replace(
            error(
                "socket-group-missing",
                f"there is no group {name}, to which {socket.name} is to give its socket",
                (
                    *socket.shown("SocketGroup", "Result"),
                    *(said(facts, "Failed to resolve group", "status=216/GROUP") if failed else ()),
                ),
                f"groupadd --system {name} && dockerctl start",
            ),
            when=When.NOW if failed else When.NEXT_START,
        )
    # Any other group that is missing the daemon refuses (moby, daemon/listeners).
    own = unix_paths(sockets.hosts if sockets.hosts is not None else sockets.next_hosts or ())
    if own and sockets.own_group == DEFAULT_GROUP and sockets.groups.get(DEFAULT_GROUP, ()) is None:
        yield replace(
            warning(
                "socket-group-missing",
                f"there is no group {DEFAULT_GROUP}: only root can use the socket {own[0]}",
                (
                    f"command line: -H unix://{own[0]}",
                    *said(facts, "could not change group .* to docker"),
                ),
                f"groupadd --system {DEFAULT_GROUP} && dockerctl restart",
            ),
            when=When.NOW if sockets.hosts is not None else When.NEXT_START,
        )


def _rights(facts: Facts) -> Iterator[Finding]:
    units, sockets = facts.of(UnitsFacts), facts.of(SocketsFacts)
    seen: set[str] = set()
    for path in (*paths_of(sockets.listen), *unix_paths(sockets.hosts or ())):
        file = sockets.at(path)
        if file is None or file.kind != "socket" or file.real in seen:
            continue
        seen.add(file.real)
        yield from _open_to_users(units.socket, path, file)
        yield from _closed_to_group(units.socket, sockets, path, file)


def _open_to_users(socket: UnitFacts | None, path: str, file: SocketFile) -> Iterator[Finding]:
    if not file.mode & _ALL_MAY_USE:
        return
    meant = _mode_of(socket)
    by_unit = meant is not None and bool(meant & _ALL_MAY_USE)
    shown = socket.shown("SocketMode") if by_unit and socket is not None else ()
    yield warning(
        "socket-world-writable",
        f"every user of this host may use {path}, and so become root",
        (f"stat: {path} has mode {file.mode:04o}", *_octal(shown, meant)),
        "dockerctl override socket --mode 0660"
        if by_unit and socket is not None
        else f"chmod 660 {path}",
    )


def _closed_to_group(
    socket: UnitFacts | None, sockets: SocketsFacts, path: str, file: SocketFile
) -> Iterator[Finding]:
    members = sockets.groups.get(DEFAULT_GROUP) or ()
    if not members or file.mode & _ALL_MAY_USE:
        return
    # A group of another name is somebody's intent; the one of root is nobody's.
    of_root = file.group == "root"
    no_rights = file.mode & _GROUP_MAY_USE != _GROUP_MAY_USE
    if not (of_root or no_rights):
        return
    why = "belongs to the group root" if of_root else f"has mode {file.mode:04o}"
    meant = "" if socket is None else socket.text("SocketGroup")
    by_unit = of_root and meant == "root"
    shown = socket.shown("SocketGroup") if socket is not None else ()
    by_hand = f"chgrp {DEFAULT_GROUP} {path} && chmod 660 {path}"
    yield warning(
        "socket-group-refused",
        f"{path} {why}: the members of the group {DEFAULT_GROUP} ({_few(members)}) cannot use it",
        (f"stat: {path} is of {file.group}, mode {file.mode:04o}", *shown),
        f"dockerctl override socket --group {DEFAULT_GROUP}"
        if by_unit and socket is not None
        else by_hand,
    )


def _octal(shown: tuple[str, ...], mode: int | None) -> tuple[str, ...]:
    return tuple(f"{line.partition('=')[0]}={mode or 0:04o}" for line in shown)


def _mode_of(socket: UnitFacts | None) -> int | None:
    return None if socket is None else socket.number("SocketMode") or None


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")


def _plain_ports(facts: Facts) -> Iterator[Finding]:
    sockets = facts.of(SocketsFacts)
    now = sockets.hosts is not None
    hosts = sockets.hosts if sockets.hosts is not None else sockets.next_hosts or ()
    if sockets.tls if now else sockets.next_tls:
        return
    for host, source in _plain(facts, sockets, hosts):
        address = parse_host(host)
        if not isinstance(address, TcpAddress):
            continue
        when = When.NOW if now else When.NEXT_START
        if _is_loopback(address.host):
            yield replace(
                info(
                    "open-to-local-users",
                    f"every user of this host who reaches {address} becomes root: the port has no "
                    "TLS",
                    (source,),
                    "dockerctl override hosts fd://",
                ),
                when=when,
            )
            continue
        yield replace(
            warning(
                "open-to-all",
                f"everyone who reaches {address} over the network becomes root of this host: the "
                "port has no TLS",
                (source, *said(facts, "intentionally being slowed down|API is accessible on http")),
                "reach the host by SSH (dockerctl override hosts fd://), or turn on tlsverify",
            ),
            when=when,
        )


def _plain(
    facts: Facts, sockets: SocketsFacts, hosts: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """Hosts that the command line or the socket unit has; those of daemon.json have a check of
    their own."""
    configuration = facts.of(ConfigurationFacts)
    document = configuration.document
    given = document.values.get("hosts") if document is not None else None
    of_file = given if isinstance(given, list) else []
    for host in hosts:
        if host not in of_file:
            yield host, f"command line: -H {host}"
    socket = facts.of(UnitsFacts).socket
    if takes_over(hosts) and socket is not None:
        for kind, address in sockets.listen:
            if kind == "Stream" and not address.startswith("/"):
                yield f"tcp://{address}", f"{socket.name}: ListenStream={address}"


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


CHECKS: tuple[Check, ...] = (
    Check(
        "group of the socket",
        (UnitsFacts, SocketsFacts),
        ("socket-group-missing",),
        _group_exists,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check(
        "rights of the socket",
        (UnitsFacts, SocketsFacts),
        ("socket-world-writable", "socket-group-refused"),
        _rights,
    ),
    Check(
        "ports without TLS",
        (UnitsFacts, SocketsFacts, ConfigurationFacts),
        ("open-to-all", "open-to-local-users"),
        _plain_ports,
        also=(JournalFacts,),
    ),
)
