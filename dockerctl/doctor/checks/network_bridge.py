"""The bridges that containers hang on: of the right kind, there, up, with their addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.network import Link, NetworkFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, error, info
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.networks import DockerNetwork, docker_networks
from dockerctl.doctor.said import said

_DEFAULT = "docker0"


def _before_start(facts: Facts) -> Iterator[Finding]:
    units, network = facts.of(UnitsFacts), facts.of(NetworkFacts)
    configuration = facts.of(ConfigurationFacts)
    given = configuration.value("bridge")
    name = given if isinstance(given, str) and given else _DEFAULT
    if network.shared is False or not network.links or name == "none":
        return
    link = network.links.get(name)
    if link is not None and not link.bridge:
        yield replace(
            error(
                "bridge-is-no-bridge",
                f"there is an interface {name} that is no bridge, and the daemon wants its bridge "
                "there",
                (f"/sys/class/net/{name}: no bridge", *said(facts, "is not a bridge")),
                f"ip link delete {name} && dockerctl start",
            ),
            when=units.when,
        )
    flags = configuration.flags
    # daemon.json's has a check of its own.
    by_flag = flags is not None and flags.values.get("bridge")
    if link is None and name != _DEFAULT and by_flag:
        yield replace(
            error(
                "no-such-bridge",
                f"there is no bridge {name}, and the daemon makes only {_DEFAULT} itself",
                (f"command line: --bridge {name}", *said(facts, "must be created manually")),
                f"ip link add {name} type bridge && ip link set {name} up && dockerctl start",
            ),
            when=units.when,
        )


def _running(facts: Facts) -> Iterator[Finding]:
    network, engine = facts.of(NetworkFacts), facts.of(EngineFacts)
    if network.shared is not True or not network.links or engine.networks is None:
        return
    for one in docker_networks(engine.networks):
        problem = _problem(one, network.links.get(one.bridge)) if one.bridge else ""
        if problem:
            yield error(
                "bridge-lost",
                f"{one.bridge}, the bridge of the network {one.name}, {problem}",
                (f"/sys/class/net: {one.bridge} {problem}",),
                "dockerctl restart",
            )


def _problem(one: DockerNetwork, link: Link | None) -> str:
    if link is None:
        return "is gone"
    if not link.up:
        return "is switched off"
    v4 = [subnet for subnet in one.subnets if subnet.version == 4]
    addresses = [address.ip for address in link.addresses]
    if one.has_address and v4 and not any(ip in subnet for ip in addresses for subnet in v4):
        return "has lost its address"
    return ""


def _packet_size(facts: Facts) -> Iterator[Finding]:
    network, engine = facts.of(NetworkFacts), facts.of(EngineFacts)
    out = [network.links.get(route.device) for route in network.default_routes]
    smallest = min((link.mtu for link in out if link is not None and link.mtu), default=0)
    if not smallest or network.shared is not True or engine.networks is None:
        return
    for one in docker_networks(engine.networks):
        link = network.links.get(one.bridge)
        if link is not None and link.mtu > smallest:
            yield info(
                "mtu-too-large",
                f"containers of {one.name} send packets of up to {link.mtu} bytes, and the way out "
                f"takes {smallest}",
                (f"/sys/class/net/{link.name}/mtu: {link.mtu}",),
                f"dockerctl config set mtu={smallest} && dockerctl restart",
            )


CHECKS: tuple[Check, ...] = (
    Check(
        "default bridge",
        (UnitsFacts, NetworkFacts, ConfigurationFacts),
        ("bridge-is-no-bridge", "no-such-bridge"),
        _before_start,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check("bridges", (NetworkFacts, EngineFacts), ("bridge-lost",), _running),
    Check("size of packets", (NetworkFacts, EngineFacts), ("mtu-too-large",), _packet_size),
)
