"""Docker's rules in the packet filter, and others who write there."""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.firewall import FirewallFacts, Table
from dockerctl.doctor.facts.network import NetworkFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, error, info, warning
from dockerctl.doctor.model import Check, Facts, NotKnownError
from dockerctl.doctor.networks import docker_networks

_OFF = (False, "false", "False", "0", "f")
_CHAIN = "DOCKER"
_ENDS = ("DROP", "REJECT")


def _lost(facts: Facts) -> Iterator[Finding]:
    units, firewall = facts.of(UnitsFacts), facts.of(FirewallFacts)
    configuration, network = facts.of(ConfigurationFacts), facts.of(NetworkFacts)
    # A daemon of another network namespace, as a rootless one, has its rules there.
    if not units.service.runs or configuration.value("iptables") in _OFF or network.shared is False:
        return
    by_nft = configuration.value("firewall-backend") == "nftables"
    if by_nft:
        missing = ["nft list tables: there is no docker-bridges"]
        missing = missing if firewall.nft_table is False else []
    else:
        if firewall.unseen:
            raise NotKnownError("FirewallFacts", firewall.unseen)
        missing = [
            *_missing_nat(facts, firewall.nat),
            *_missing_filter(firewall.filter),
            *_missing_filter(firewall.filter6, "ip6tables"),
        ]
    if missing:
        yield error(
            "firewall-rules-lost",
            "Docker's rules in the packet filter are gone: ports of containers are not reached, "
            "and containers with ports do not start",
            (*missing, *_later(firewall)),
            "dockerctl restart",
        )


def _missing_nat(facts: Facts, table: Table | None) -> Iterator[str]:
    if table is None:
        return
    if _CHAIN not in table.chains:
        yield "iptables -t nat -S: there is no chain DOCKER"
        return
    if not table.jumps("PREROUTING", _CHAIN):
        yield "iptables -t nat -S: PREROUTING does not lead to DOCKER"
    engine, configuration = facts.maybe(EngineFacts), facts.of(ConfigurationFacts)
    if configuration.value("ip-masq") in _OFF or engine is None or engine.networks is None:
        return
    rules = {word for rule in table.rules if rule[0] == "POSTROUTING" for word in rule}
    for one in docker_networks(engine.networks):
        for subnet in one.subnets:
            if one.bridge and one.masquerade and subnet.version == 4 and str(subnet) not in rules:
                yield f"iptables -t nat -S: POSTROUTING has nothing for {subnet} of {one.name}"


def _missing_filter(table: Table | None, program: str = "iptables") -> Iterator[str]:
    if table is None:
        return
    if _CHAIN not in table.chains:
        yield f"{program} -t filter -S: there is no chain DOCKER"
    elif not table.jumps("FORWARD", _CHAIN):
        yield f"{program} -t filter -S: FORWARD does not lead to Docker's chains"


def _dropping(facts: Facts) -> Iterator[Finding]:
    """A rule without a condition before Docker's own: nothing behind it is ever reached."""
    firewall, network = facts.of(FirewallFacts), facts.of(NetworkFacts)
    if network.shared is False or firewall.filter is None:
        return
    for chain in ("FORWARD", "DOCKER-USER"):
        for rule in (rule for rule in firewall.filter.rules if rule[0] == chain):
            if rule[1:2] == ("-j",) and rule[2] in _ENDS:
                yield warning(
                    "firewall-drops-all",
                    f"a rule in {chain} drops every packet of containers before Docker's rules see "
                    "it: they reach nothing outside, and nobody reaches their ports",
                    (f"iptables -S {chain}: -A {' '.join(rule)}",),
                    f"iptables -D {' '.join(rule)}",
                )
                break
            # A list of what may pass, with a drop at its end, is somebody's intent.
            if not any(word in (*_ENDS, "DOCKER-USER", "LOG") for word in rule[1:]):
                break


def _later(firewall: FirewallFacts) -> Iterator[str]:
    """Who may have done it: what came up after the daemon."""
    for name, manager in firewall.managers.items():
        if manager.since_usec > firewall.daemon_since_usec > 0:
            yield f"{name}: it was started after the daemon"


def _others(facts: Facts) -> Iterator[Finding]:
    firewall = facts.of(FirewallFacts)
    if firewall.other_chains:
        yield warning(
            "firewall-two-backends",
            f"rules of an earlier Docker lie in iptables-{firewall.other_backend}, beside those of "
            f"{firewall.backend}: both filter",
            (f"iptables-legacy -t nat -S: {', '.join(sorted(firewall.other_chains))}",),
            "reboot, or take the old rules away with iptables-legacy",
        )
    nftables = firewall.managers.get("nftables.service")
    if nftables is not None and nftables.active and firewall.flushes:
        yield info(
            "firewall-flushes",
            "a reload or restart of nftables.service throws Docker's rules away",
            ("/etc/nftables.conf: flush ruleset",),
            "flush one's own tables alone in /etc/nftables.conf; dockerctl restart brings Docker's "
            "rules back",
        )
    engine = facts.maybe(EngineFacts)
    published = [] if engine is None else sorted(_published(engine))
    if firewall.ufw_enabled and published:
        yield info(
            "firewall-bypassed",
            "published ports are reached past the rules of ufw: "
            + ", ".join(str(port) for port in published[:5]),
            ("/etc/ufw/ufw.conf: ENABLED=yes",),
            "publish on 127.0.0.1 alone, or filter in the chain DOCKER-USER",
        )


def _published(engine: EngineFacts) -> set[int]:
    found: set[int] = set()
    for container in engine.containers or ():
        rows = container.get("Ports")
        for row in rows if isinstance(rows, (list, tuple)) else ():
            port = row.get("PublicPort") if isinstance(row, dict) else None
            if isinstance(port, int) and row.get("IP") in ("0.0.0.0", "::"):  # noqa: S104
                found.add(port)
    return found


def _off(facts: Facts) -> Iterator[Finding]:
    configuration = facts.of(ConfigurationFacts)
    flags = configuration.flags
    given = () if flags is None else flags.values.get("iptables", ())
    if given and given[-1] in _OFF:
        # daemon.json's has a check of its own.
        yield warning(
            "no-packet-filter",
            "with iptables off, containers reach nothing outside and no port is published, unless "
            "other rules see to that",
            (f"command line: --iptables={given[-1]}",),
            "take the flag away, unless you write the rules yourself: dockerctl override show",
        )


CHECKS: tuple[Check, ...] = (
    Check(
        "rules of the packet filter",
        (UnitsFacts, FirewallFacts, ConfigurationFacts, NetworkFacts),
        ("firewall-rules-lost",),
        _lost,
        also=(EngineFacts,),
    ),
    Check(
        "rules before those of Docker",
        (FirewallFacts, NetworkFacts),
        ("firewall-drops-all",),
        _dropping,
    ),
    Check(
        "other writers of the packet filter",
        (FirewallFacts,),
        ("firewall-two-backends", "firewall-flushes", "firewall-bypassed"),
        _others,
        also=(EngineFacts,),
    ),
    Check("packet filter", (ConfigurationFacts,), ("no-packet-filter",), _off),
)
