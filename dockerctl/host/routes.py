"""Addresses and routes of the host, from the kernel (rtnetlink(7))."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from dockerctl.host.netlink import attributes, dump

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Interface: TypeAlias = ipaddress.IPv4Interface | ipaddress.IPv6Interface

# linux/rtnetlink.h, linux/if_addr.h
_ROUTE = 0
_GET_ADDRESS, _GET_ROUTE = 22, 26
_LOCAL, _ADDRESS = 2, 1
_TARGET, _DEVICE, _GATEWAY, _TABLE, _METRIC, _PATHS, _VIA = 1, 4, 5, 15, 6, 9, 18
_UNICAST, _MAIN = 1, 254
_ADDRESS_HEAD = struct.Struct("=BBBBI")
_ROUTE_HEAD = struct.Struct("=BBBBBBBBI")
_NEXT_HOP = struct.Struct("=HBBi")
_VERSIONS = {socket.AF_INET: 4, socket.AF_INET6: 6}


@dataclass(frozen=True)
class KernelRoute:
    """A route of the main table; the default route has a network of prefix length 0."""

    network: Network
    device: str
    # Whether the next hop is another host.
    gateway: bool = False
    metric: int = 0


def host_addresses() -> tuple[tuple[str, Interface], ...]:
    """Name of the interface and address, of all addresses that the host has. Raises OSError."""
    names = _names()
    found: list[tuple[str, Interface]] = []
    for answer in dump(_ROUTE, _GET_ADDRESS, _ADDRESS_HEAD.pack(socket.AF_UNSPEC, 0, 0, 0, 0)):
        if len(answer) < _ADDRESS_HEAD.size:
            continue
        family, prefix, _, _, index = _ADDRESS_HEAD.unpack_from(answer)
        known = attributes(answer[_ADDRESS_HEAD.size :])
        # On a link between two hosts the other attribute is the address of the peer.
        address = known.get(_LOCAL) or known.get(_ADDRESS)
        if family in _VERSIONS and address:
            interface = ipaddress.ip_interface((address, prefix))
            found.append((names.get(index, str(index)), interface))
    return tuple(found)


def host_routes() -> tuple[KernelRoute, ...]:
    """The unicast routes of the main table. Raises OSError."""
    names = _names()
    body = _ROUTE_HEAD.pack(socket.AF_UNSPEC, 0, 0, 0, 0, 0, 0, 0, 0)
    return tuple(
        route
        for answer in dump(_ROUTE, _GET_ROUTE, body)
        if len(answer) >= _ROUTE_HEAD.size
        for route in _routes(answer, names)
    )


def _routes(answer: bytes, names: dict[int, str]) -> Iterator[KernelRoute]:
    family, prefix, _, _, table, _, _, kind, _ = _ROUTE_HEAD.unpack_from(answer)
    known = attributes(answer[_ROUTE_HEAD.size :])
    table = _number(known.get(_TABLE), table)
    if family not in _VERSIONS or kind != _UNICAST or table != _MAIN:
        return
    size = 4 if _VERSIONS[family] == 4 else 16
    network = ipaddress.ip_network((known.get(_TARGET, bytes(size)), prefix), strict=False)
    metric = _number(known.get(_METRIC), 0)
    gateway = _GATEWAY in known or _VIA in known
    hops = known.get(_PATHS, b"")
    if hops:
        for index, over in _hops(hops):
            yield KernelRoute(network, names.get(index, str(index)), over, metric)
        return
    index = _number(known.get(_DEVICE), 0)
    yield KernelRoute(network, names.get(index, str(index)), gateway, metric)


def _hops(data: bytes) -> Iterator[tuple[int, bool]]:
    """Interface and whether there is a gateway, of each next hop of one route."""
    while len(data) >= _NEXT_HOP.size:
        length, _, _, index = _NEXT_HOP.unpack_from(data)
        if not _NEXT_HOP.size <= length <= len(data):
            return
        known = attributes(data[_NEXT_HOP.size : length])
        yield index, _GATEWAY in known or _VIA in known
        data = data[(length + 3) & ~3 :]


def _number(data: bytes | None, default: int) -> int:
    return default if data is None or len(data) < 4 else int(struct.unpack_from("=I", data)[0])


def _names() -> dict[int, str]:
    return dict(socket.if_nameindex())
