"""What the daemon listens on, against what systemd's socket hands over and what is free."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace

from dockerctl.docker.address import TcpAddress
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.network import NetworkFacts
from dockerctl.doctor.facts.processes import ProcessesFacts
from dockerctl.doctor.facts.sockets import (
    Port,
    SocketsFacts,
    parse_host,
    paths_of,
    takes_over,
    tcp_addresses,
    unix_paths,
)
from dockerctl.doctor.facts.units import NEEDS, UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error, info, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.own_run import own_processes
from dockerctl.doctor.said import said

# The ways to listen that dockerd has on Linux (moby, opts/hosts.go).
_SCHEMES = ("unix", "tcp", "fd")
# The first that systemd hands over (sd_listen_fds(3)).
_FIRST_FD = 3


def _handed_over(facts: Facts) -> Iterator[Finding]:
    units, sockets = facts.of(UnitsFacts), facts.of(SocketsFacts)
    hosts = sockets.hosts if sockets.hosts is not None else sockets.next_hosts
    if hosts is None:
        return
    now = sockets.hosts is not None
    if takes_over(hosts):
        if not now:
            yield from _nothing_to_take(facts, units)
        return
    socket = units.socket
    if socket is None or not (socket.runs or (not now and _is_pulled(units.service, socket))):
        return
    for path in paths_of(sockets.listen):
        yield from _left_alone(sockets, socket, path, hosts, now)


def _nothing_to_take(facts: Facts, units: UnitsFacts) -> Iterator[Finding]:
    socket, service = units.socket, units.service
    if socket is not None and (socket.runs or _is_pulled(service, socket)):
        return
    name = "docker.socket" if socket is None else socket.name
    state = () if socket is None else socket.shown("ActiveState")
    yield replace(
        error(
            "no-socket-activation",
            f"the daemon is to take its socket from systemd (fd://), and {name} is not there",
            (
                *service.shown("Requires", "Wants"),
                *state,
                *said(facts, "no sockets found via socket activation"),
            ),
            f"systemctl enable --now {name} && dockerctl start",
        ),
        when=units.when,
    )


def _is_pulled(service: UnitFacts, socket: UnitFacts) -> bool:
    """Whether a start of the service starts the socket as well."""
    return any(socket.name in service.words(relation) for relation in (*NEEDS, "Wants"))


def _left_alone(
    sockets: SocketsFacts, socket: UnitFacts, path: str, hosts: tuple[str, ...], now: bool
) -> Iterator[Finding]:
    seen = sockets.at(path)
    shown = (f"command line: hosts {_listed(hosts)}", f"{socket.name}: ListenStream={path}")
    when = When.NOW if now else When.NEXT_START
    if os.path.normpath(path) in {_short(own) for own in unix_paths(hosts)}:
        yield replace(
            warning(
                "socket-taken",
                f"the daemon makes {path} anew, on which {socket.name} listens: after a stop no "
                "client reaches either",
                shown,
                "dockerctl override hosts fd:// --start",
            ),
            when=when,
        )
        return
    waiting = 0 if seen is None else seen.waiting
    queue = (f"sock_diag: {waiting} clients of {path} wait",) if waiting else ()
    yield replace(
        error(
            "socket-not-served",
            f"systemd listens on {path} and the daemon does not take it over: local clients hang",
            (*shown, *queue),
            f"dockerctl override hosts fd:// {_listed(hosts)} --start",
        ),
        when=when,
    )


def _short(path: str) -> str:
    # /var/run is a link to /run; where it is not, that is a finding of its own.
    path = os.path.normpath(path)
    return path.removeprefix("/var") if path.startswith("/var/run/") else path


def _listed(hosts: tuple[str, ...]) -> str:
    return " ".join(host or "(default)" for host in hosts)


def _addresses(facts: Facts) -> Iterator[Finding]:
    units, sockets = facts.of(UnitsFacts), facts.of(SocketsFacts)
    for host in sockets.by_flag:
        if not _can_be_read(host.strip()):
            yield replace(
                error(
                    "bad-host",
                    f"the daemon cannot listen on {host!r}",
                    (
                        f"command line: -H {host}",
                        *said(facts, r"Invalid bind addr|invalid bind", "failed to load listeners"),
                    ),
                    _without(sockets, host),
                ),
                when=units.when,
            )
    network = facts.maybe(NetworkFacts)
    for host in sockets.by_flag:
        address = parse_host(host)
        if isinstance(address, TcpAddress):
            yield from _unknown_name(facts, sockets, host, address)
            if network is not None and network.is_elsewhere(address.host):
                yield replace(
                    error(
                        "address-not-here",
                        f"the daemon is to listen on {address.host}, which is no address of this "
                        "host",
                        (f"command line: -H {host}", *said(facts, "cannot assign requested addr")),
                        _without(sockets, host),
                    ),
                    when=units.when,
                )


def _can_be_read(host: str) -> bool:
    scheme, separator, rest = host.partition("://")
    if separator and scheme == "fd":
        # A number as systemd counts them, or all (moby, daemon/listeners).
        return rest in ("", "*") or (rest.isdecimal() and int(rest) >= _FIRST_FD)
    # An empty one stands for the default.
    return not host or ((not separator or scheme in _SCHEMES) and parse_host(host) is not None)


def _without(sockets: SocketsFacts, bad: str) -> str:
    """All hosts of the command line but one."""
    good = [host for host in sockets.by_flag if host != bad and host and _can_be_read(host.strip())]
    words = " ".join(dict.fromkeys(shlex.quote(host) for host in good))
    # Whatever begins with fd:// stays otherwise.
    option = "--without-fd " if bad.strip().startswith("fd:") else ""
    return f"dockerctl override hosts {option}{words or 'fd://'} --start"


def _unknown_name(
    facts: Facts, sockets: SocketsFacts, host: str, address: TcpAddress
) -> Iterator[Finding]:
    # Whether the name is known now does not tell whether it was then: the daemon says so.
    units = facts.of(UnitsFacts)
    # As moby 20.10 words it, and as later releases do.
    name = re.escape(address.host)
    lines = said(facts, rf"listen tcp: lookup {name}\b", rf"failed to lookup {name}\b")
    if lines and not units.service.runs:
        yield replace(
            error(
                "listen-name-unknown",
                f"the daemon is to listen on {address.host}, a name that cannot be looked up",
                (f"command line: -H {host}", *lines),
                _without(sockets, host),
            ),
            when=units.when,
        )


def _ports(facts: Facts) -> Iterator[Finding]:
    units, sockets = facts.of(UnitsFacts), facts.of(SocketsFacts)
    configuration = facts.of(ConfigurationFacts)
    taken = r"address already in use"
    for address in tcp_addresses(sockets.next_hosts or ()):
        port = _foreign(facts, address.host, address.port)
        if port is not None:
            yield replace(
                error(
                    "port-in-use",
                    f"the daemon is to listen on {address}, and {_who(port)} has that port",
                    (_evidence(port), *said(facts, taken)),
                    f"stop {_who(port)} or use another port, then: dockerctl start",
                ),
                when=units.when,
            )
    metrics = configuration.value("metrics-addr")
    host, _, number = metrics.rpartition(":") if isinstance(metrics, str) else ("", "", "")
    port = _foreign(facts, host.strip("[]"), int(number)) if number.isdecimal() else None
    if port is not None:
        yield replace(
            error(
                "metrics-port-taken",
                f"the daemon is to show its metrics on {metrics}, and {_who(port)} has that port",
                (_evidence(port), *said(facts, taken)),
                f"stop {_who(port)}, or: dockerctl config unset metrics-addr && dockerctl start",
            ),
            when=units.when,
        )


def _foreign(facts: Facts, host: str, number: int) -> Port | None:
    """Who else than the daemon has a port; nobody where it may be the daemon itself."""
    sockets, processes = facts.of(SocketsFacts), facts.maybe(ProcessesFacts)
    host = "127.0.0.1" if host == "localhost" else host
    port = sockets.holder(host, number)
    if port is None or port.pid == sockets.main_pid != 0:
        return None
    if processes is not None and port.program == "dockerd":
        own = own_processes(facts.of(UnitsFacts), processes)
        if port.pid in own or processes.by_pid(port.pid) is None:
            # A run that began after the look at the units, and may be over.
            return None
    # Without rights one does not see whose it is; of a daemon that runs it will be its own.
    return port if port.pid or sockets.hosts is None else None


def _who(port: Port) -> str:
    if not port.pid:
        return "another process"
    return f"{port.program or 'process'} (PID {port.pid})"


def _evidence(port: Port) -> str:
    return f"/proc/net/tcp: {_who(port)} listens on {port.address}:{port.port}"


def _armed(facts: Facts) -> Iterator[Finding]:
    units, sockets = facts.of(UnitsFacts), facts.of(SocketsFacts)
    socket, service = units.socket, units.service
    if socket is None or not socket.runs or service.active_state != "inactive":
        return
    files = [sockets.at(path) for path in paths_of(sockets.listen)]
    if any(file is None or file.kind != "socket" for file in files):
        # Nobody can connect.
        return
    paths = ", ".join(address for _, address in sockets.listen)
    yield info(
        "socket-armed",
        f"{service.name} is stopped, and the next client of {paths} starts it",
        (*service.shown("ActiveState"), *socket.shown("ActiveState", "SubState")),
        "dockerctl start",
    )


CHECKS: tuple[Check, ...] = (
    Check(
        "socket that systemd hands over",
        (UnitsFacts, SocketsFacts),
        ("no-socket-activation", "socket-taken", "socket-not-served"),
        _handed_over,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check(
        "addresses to listen on",
        (UnitsFacts, SocketsFacts),
        ("bad-host", "address-not-here", "listen-name-unknown"),
        _addresses,
        also=(JournalFacts, NetworkFacts),
        explains_start=True,
    ),
    Check(
        "ports to listen on",
        (UnitsFacts, SocketsFacts, ConfigurationFacts),
        ("port-in-use", "metrics-port-taken"),
        _ports,
        also=(JournalFacts, ProcessesFacts),
        explains_start=True,
    ),
    Check("stopped behind its socket", (UnitsFacts, SocketsFacts), ("socket-armed",), _armed),
)
