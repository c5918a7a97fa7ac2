"""Why systemd cannot listen on what docker.socket names: TCP ports, addresses, paths."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.network import NetworkFacts
from dockerctl.doctor.facts.sockets import SYSTEM_SOCKET, SocketsFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, error
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.said import said

_NOT_MADE = r"Failed to (?:create|receive) listening socket"


def _failed(facts: Facts) -> Iterator[Finding]:
    """Of a socket unit that has failed: systemd's words name no cause where the socket is of TCP
    ("Input/output error"), as a child of its own binds it."""
    units, sockets = facts.of(UnitsFacts), facts.of(SocketsFacts)
    socket, network = units.socket, facts.maybe(NetworkFacts)
    if socket is None or socket.active_state != "failed":
        return
    for kind, address in sockets.listen:
        if kind != "Stream":
            continue
        shown = (f"{socket.name}: ListenStream={address}", *said(facts, _NOT_MADE))
        fix = _without(sockets, address)
        if address.startswith("/"):
            yield from _of_path(sockets, socket, address, shown, fix)
            continue
        host, _, number = address.rpartition(":")
        host = host.strip("[]")
        holder = sockets.holder(host, int(number)) if number.isdecimal() else None
        if holder is not None:
            who = f"{holder.program or 'process'} (PID {holder.pid})" if holder.pid else "another"
            yield error(
                "port-in-use",
                f"{socket.name} is to listen on {address}, and {who} has that port",
                (f"/proc/net/tcp: {who} listens on {holder.address}:{holder.port}", *shown),
                fix,
            )
        elif network is not None and network.is_elsewhere(host):
            yield error(
                "address-not-here",
                f"{socket.name} is to listen on {host}, which is no address of this host",
                shown,
                fix,
            )


def _of_path(
    sockets: SocketsFacts, socket: UnitFacts, path: str, shown: tuple[str, ...], fix: str
) -> Iterator[Finding]:
    seen = sockets.at(path)
    # systemd makes folders; where one cannot be, a file stands in its way.
    if seen is not None and seen.kind == "no-folder":
        yield error(
            "socket-path-blocked",
            f"{socket.name} is to make {path}, and no folder can be made there",
            (f"stat: {path.rpartition('/')[0]} is no folder", *shown),
            fix,
        )


def _without(sockets: SocketsFacts, bad: str) -> str:
    good = [address for kind, address in sockets.listen if kind == "Stream" and address != bad]
    words = " ".join(f"--listen {shlex.quote(one)}" for one in dict.fromkeys(good))
    return f"dockerctl override socket {words or f'--listen {SYSTEM_SOCKET}'} --start"


CHECKS: tuple[Check, ...] = (
    Check(
        "what the socket unit listens on",
        (UnitsFacts, SocketsFacts),
        ("port-in-use", "address-not-here", "socket-path-blocked"),
        _failed,
        also=(JournalFacts, NetworkFacts),
        explains_start=True,
    ),
)
