"""Docker's subnets against those of the host, and how many are left."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.network import KernelRoute, Network, NetworkFacts
from dockerctl.doctor.finding import Finding, info, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.networks import DockerNetwork, docker_networks

# The pools of a dockerd without default-address-pools (moby, libnetwork/ipamutils).
_BUILT_IN = (
    ("172.17.0.0/16", 16), ("172.18.0.0/16", 16), ("172.19.0.0/16", 16), ("172.20.0.0/14", 16),
    ("172.24.0.0/14", 16), ("172.28.0.0/14", 16), ("192.168.0.0/16", 20),
)  # fmt: skip
# Of so many subnets some are free.
_MOST_SUBNETS = 4096
# Up to this release every route counts as taken, later only those of the host's own networks.
_ALL_ROUTES_BEFORE = 23


def _overlaps(facts: Facts) -> Iterator[Finding]:
    network, engine = facts.of(NetworkFacts), facts.of(EngineFacts)
    if network.shared is not True or engine.networks is None:
        return
    configuration = facts.maybe(ConfigurationFacts)
    told = configuration is not None and any(
        finding.code == "network-overlap" for finding in configuration.findings
    )
    for one in docker_networks(engine.networks):
        # Of the default bridge's key there is a finding with its place in the file.
        if one.bridge and not (told and one.name == "bridge"):
            yield from _one_overlap(one, network, docker_networks(engine.networks))


def _one_overlap(
    one: DockerNetwork, network: NetworkFacts, all_networks: Sequence[DockerNetwork]
) -> Iterator[Finding]:
    own = {other.bridge for other in all_networks}
    for subnet in one.subnets:
        for route in _routes_of_host(network, own):
            if route.network.version == subnet.version and route.network.overlaps(subnet):
                make = info if route.gateway else warning
                yield make(
                    "network-overlap",
                    f"the subnet {subnet} of the network {one.name} overlaps {route.network}, "
                    f"which the host reaches over {route.device}",
                    (f"route: {route.network} dev {route.device}", f"{one.bridge}: {subnet}"),
                    _give_another_subnet(one),
                )
                break
        for server in network.nameservers or ():
            address = _address(server)
            if address is not None and address in subnet and address.version == subnet.version:
                yield warning(
                    "network-overlap",
                    f"the name server {server} lies within the subnet {subnet} of the network "
                    f"{one.name}, and cannot be reached",
                    (f"/etc/resolv.conf: nameserver {server}", f"{one.bridge}: {subnet}"),
                    _give_another_subnet(one),
                )


def _give_another_subnet(one: DockerNetwork) -> str:
    if one.name == "bridge":
        return "dockerctl config set bip=10.200.0.1/24 && dockerctl restart"
    return f"make the network anew with another --subnet: docker network rm {one.name}"


def _routes_of_host(network: NetworkFacts, own: set[str]) -> Iterator[KernelRoute]:
    for route in network.routes or ():
        # Half of all addresses is the default route of a VPN.
        if route.device not in own and route.network.prefixlen > 1:
            yield route


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _room(facts: Facts) -> Iterator[Finding]:
    network, engine = facts.of(NetworkFacts), facts.of(EngineFacts)
    configuration = facts.of(ConfigurationFacts)
    if network.shared is not True or engine.networks is None or network.routes is None:
        return
    pools = _pools(configuration)
    total = sum(1 << (size - base.prefixlen) for base, size in pools)
    if not pools or total > _MOST_SUBNETS:
        return
    networks = docker_networks(engine.networks)
    taken = [subnet for one in networks for subnet in one.subnets]
    taken += _taken_by_host(configuration, network, {one.bridge for one in networks})
    free = sum(
        not any(other.version == subnet.version and other.overlaps(subnet) for other in taken)
        for base, size in pools
        for subnet in base.subnets(new_prefix=size)
    )
    if free == 0:
        yield warning(
            "address-pools-used-up",
            f"all {total} subnets of the address pools are taken: no network can be created any "
            "more",
            (
                f"GET /networks: {len(networks)} networks",
                "pools: " + ", ".join(f"{base} in /{size}" for base, size in pools),
            ),
            "docker network prune --force",
        )


def _taken_by_host(
    configuration: ConfigurationFacts, network: NetworkFacts, own: set[str]
) -> list[Network]:
    release = configuration.release
    every = release is not None and release.major < _ALL_ROUTES_BEFORE
    return [
        route.network
        for route in network.routes or ()
        if route.device not in own and route.network.prefixlen and (every or not route.gateway)
    ]


def _pools(configuration: ConfigurationFacts) -> list[tuple[ipaddress.IPv4Network, int]]:
    """The IPv4 pools; none where they cannot be told."""
    given = configuration.value("default-address-pools")
    rows: list[tuple[object, object]] = list(_BUILT_IN)
    if isinstance(given, list) and given:
        rows = [(row.get("base"), row.get("size")) for row in given if isinstance(row, Mapping)]
    elif given:
        rows = [_of_flag(text) for text in ((given,) if isinstance(given, str) else _texts(given))]
    found: list[tuple[ipaddress.IPv4Network, int]] = []
    for base, size in rows:
        try:
            network = ipaddress.ip_network(str(base), strict=False)
            prefix = int(str(size))
        except ValueError:
            return []
        if isinstance(network, ipaddress.IPv4Network) and network.prefixlen <= prefix <= 32:
            found.append((network, prefix))
    return found


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, tuple) else ()


def _of_flag(text: str) -> tuple[object, object]:
    """``base=10.0.0.0/16,size=24``."""
    members = dict(part.partition("=")[::2] for part in text.split(","))
    return members.get("base"), members.get("size")


CHECKS: tuple[Check, ...] = (
    Check(
        "subnets of Docker",
        (NetworkFacts, EngineFacts),
        ("network-overlap",),
        _overlaps,
        also=(ConfigurationFacts,),
    ),
    Check(
        "address pools",
        (NetworkFacts, EngineFacts, ConfigurationFacts),
        ("address-pools-used-up",),
        _room,
    ),
)
