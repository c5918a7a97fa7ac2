"""Docker's own networks as the API tells of them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dockerctl.host.routes import Network

_BRIDGE_NAME = "com.docker.network.bridge.name"
_MASQUERADE = "com.docker.network.bridge.enable_ip_masquerade"
# With one of these the bridge has no address, or another one than its network's.
_WITHOUT_ADDRESS = (
    "com.docker.network.bridge.inhibit_ipv4",
    "com.docker.network.bridge.gateway_mode_ipv4",
    "com.docker.network.bridge.gateway_mode_ipv6",
)


@dataclass(frozen=True)
class DockerNetwork:
    """One network of the driver bridge, or the subnets of one of another driver."""

    name: str
    # The interface; "" where the driver has none of its own.
    bridge: str
    subnets: tuple[Network, ...]
    masquerade: bool
    has_address: bool


def docker_networks(documents: Iterable[Mapping[str, object]]) -> tuple[DockerNetwork, ...]:
    """The networks of GET /networks; what has another form than expected is passed over."""
    return tuple(_network(document) for document in documents)


def _network(document: Mapping[str, object]) -> DockerNetwork:
    options = document.get("Options")
    given = options if isinstance(options, Mapping) else {}
    name = str(document.get("Name") or "")
    # libnetwork, drivers/bridge: "br-" and the first twelve digits of the ID.
    bridge = str(given.get(_BRIDGE_NAME) or f"br-{str(document.get('Id') or '')[:12]}")
    internal = document.get("Internal") is True
    return DockerNetwork(
        name=name,
        bridge=bridge if document.get("Driver") == "bridge" else "",
        subnets=tuple(_subnets(document)),
        masquerade=not internal
        and str(given.get(_MASQUERADE, "true")) == "true"
        and not any(option in given for option in _WITHOUT_ADDRESS),
        has_address=not any(option in given for option in _WITHOUT_ADDRESS),
    )


def _subnets(document: Mapping[str, object]) -> Iterator[Network]:
    ipam = document.get("IPAM")
    rows = ipam.get("Config") if isinstance(ipam, Mapping) else None
    for row in rows if isinstance(rows, (list, tuple)) else ():
        subnet = row.get("Subnet") if isinstance(row, Mapping) else None
        try:
            yield ipaddress.ip_network(str(subnet), strict=False)
        except ValueError:
            continue
