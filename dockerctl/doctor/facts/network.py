"""Interfaces, routes, and the switches of the kernel that containers' networks need."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from dockerctl.doctor.ground import Ground
from dockerctl.host.routes import Interface as Address
from dockerctl.host.routes import KernelRoute, Network, host_addresses, host_routes

__all__ = ["Address", "KernelRoute", "Link", "Network", "NetworkFacts"]

_CLASS = "/sys/class/net"
_SWITCHES = (
    "net.ipv4.ip_forward",
    "net.ipv4.ip_nonlocal_bind",
    "net.ipv6.ip_nonlocal_bind",
    "net.ipv6.conf.all.forwarding",
    "net.bridge.bridge-nf-call-iptables",
    "net.netfilter.nf_conntrack_count",
    "net.netfilter.nf_conntrack_max",
)
_MOST = 64 * 1024
# Flag of an interface that is switched on (linux/if.h).
_UP = 0x1
# A question to a name server (RFC 1035): the name servers of the root.
_QUESTION = b"\0\0\1\0\0\1\0\0\0\0\0\0\0\0\2\0\1"
_REFUSED_WITHIN_S = 0.05
_RESOLVED = "/usr/lib/systemd/systemd-resolved"


@dataclass(frozen=True)
class Link:
    """One network interface."""

    name: str
    bridge: bool = False
    up: bool = True
    mtu: int = 1500
    addresses: tuple[Address, ...] = ()


@dataclass(frozen=True)
class NetworkFacts:
    """The network of the host, as the doctor's own network namespace has it."""

    links: Mapping[str, Link] = field(default_factory=dict)
    # Of the main table; None where the kernel did not tell.
    routes: tuple[KernelRoute, ...] | None = None
    # Numbers of sysctl(8), by name; one that is missing is not there or may not be read.
    switches: Mapping[str, int] = field(default_factory=dict)
    # Of /etc/resolv.conf; None where it cannot be read.
    nameservers: tuple[str, ...] | None = ()
    resolver_problem: str = ""
    # Name servers on this host that nobody has started.
    deaf_servers: tuple[str, ...] = ()
    # Whether systemd-resolved is installed.
    has_resolved: bool = False
    # Whether the daemon that runs has this network namespace; None: not known.
    shared: bool | None = None
    problem: str = ""
    # Seconds since the epoch, of the look.
    now_s: float = 0.0

    LIMIT_S: ClassVar[float] = 3.0

    @classmethod
    def gather(cls, ground: Ground) -> NetworkFacts:
        """Read the kernel's tables."""
        problem = ""
        addresses: tuple[tuple[str, Address], ...] = ()
        routes: tuple[KernelRoute, ...] | None = None
        try:
            addresses, routes = host_addresses(), host_routes()
        except OSError as error:
            problem = f"the kernel does not list its routes: {error.strerror}"
        nameservers, resolver_problem = read_nameservers("/etc/resolv.conf")
        return cls(
            links=_links(addresses),
            routes=routes,
            switches={name: value for name in _SWITCHES if (value := _switch(name)) is not None},
            nameservers=nameservers,
            resolver_problem=resolver_problem,
            deaf_servers=tuple(one for one in nameservers or () if _is_deaf(one)),
            has_resolved=Path(_RESOLVED).exists(),
            shared=_shared(ground.units.service.number("MainPID")),
            problem=problem,
            now_s=ground.now_s,
        )

    def has_address(self, text: str) -> bool:
        """Whether an interface has this address."""
        return any(
            str(address.ip) == text.partition("%")[0]
            for link in self.links.values()
            for address in link.addresses
        )

    def is_elsewhere(self, host: str) -> bool:
        """Whether nobody can listen on ``host`` here: an address, and of no interface."""
        try:
            literal = ipaddress.ip_address(host)
        except ValueError:
            return False
        anywhere = literal.is_unspecified or literal.is_loopback or literal.is_link_local
        if anywhere or not self.links or self.has_address(str(literal)):
            return False
        return not any(self.switches.get(f"net.ipv{v}.ip_nonlocal_bind") for v in (4, 6))

    @property
    def default_routes(self) -> tuple[KernelRoute, ...]:
        """The ways out of the host."""
        return tuple(r for r in self.routes or () if r.network.prefixlen == 0)


def _links(addresses: tuple[tuple[str, Address], ...]) -> dict[str, Link]:
    try:
        names = sorted(os.listdir(_CLASS))  # noqa: PTH208 - names only
    except OSError:
        names = sorted({name for name, _ in addresses})
    found: dict[str, Link] = {}
    for name in names:
        flags = _number(f"{_CLASS}/{name}/flags")
        if flags is None and not any(owner == name for owner, _ in addresses):
            # A file that belongs to the bonding driver, or an interface that is gone.
            continue
        found[name] = Link(
            name,
            bridge=Path(_CLASS, name, "bridge").is_dir(),
            up=flags is None or bool(flags & _UP),
            mtu=_number(f"{_CLASS}/{name}/mtu") or 0,
            addresses=tuple(address for owner, address in addresses if owner == name),
        )
    return found


def read_nameservers(path: str) -> tuple[tuple[str, ...] | None, str]:
    """The name servers of a resolv.conf(5), and why there are none."""
    try:
        with Path(path).open("rb") as file:
            text = file.read(_MOST).decode("utf-8", "replace")
    except FileNotFoundError:
        dangling = Path(path).is_symlink()
        if dangling:
            return (), f"{path} is a link to {os.readlink(path)}, and there is nothing"  # noqa: PTH115
        return (), f"there is no {path}"
    except OSError as error:
        return None, f"{path}: {error.strerror}"
    words = [line.split() for line in text.splitlines()]
    found = tuple(line[1] for line in words if len(line) > 1 and line[0] == "nameserver")
    return found, "" if found else f"{path} names no name server"


def _is_deaf(server: str) -> bool:
    """Whether an address of this host refuses questions. Others are not asked: that takes time, and
    a host that is cut off on purpose is well."""
    try:
        if not ipaddress.ip_address(server).is_loopback:
            return False
        family = socket.AF_INET6 if ":" in server else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as asker:
            asker.settimeout(_REFUSED_WITHIN_S)
            asker.connect((server, 53))
            asker.send(_QUESTION)
            asker.recv(512)
    except ConnectionRefusedError:
        return True
    except (OSError, ValueError):
        return False
    return False


def _shared(pid: int) -> bool | None:
    try:
        return os.readlink(f"/proc/{pid}/ns/net") == os.readlink("/proc/self/ns/net")  # noqa: PTH115
    except OSError:
        return None


def _switch(name: str) -> int | None:
    return _number(f"/proc/sys/{name.replace('.', '/')}")


def _number(path: str) -> int | None:
    try:
        return int(Path(path).read_text("ascii").strip(), 0)
    except (OSError, ValueError):
        return None
