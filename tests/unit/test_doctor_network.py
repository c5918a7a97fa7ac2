"""Findings about bridges, addresses, the way out, the packet filter and published ports."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from dockerctl.config.document import Document
from dockerctl.config.flags import Flags
from dockerctl.config.release import Release
from dockerctl.doctor.checks import (
    firewall_rules,
    firewall_tools,
    network_addresses,
    network_bridge,
    network_outside,
    network_ports,
)
from dockerctl.doctor.examining import Examination, examine
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.firewall import FirewallFacts, Manager, Table, parse_rules
from dockerctl.doctor.facts.journal import JournalFacts, Run
from dockerctl.doctor.facts.network import KernelRoute, Link, NetworkFacts, read_nameservers
from dockerctl.doctor.facts.ports import PortsFacts
from dockerctl.doctor.facts.sockets import Port
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, Severity, When
from dockerctl.doctor.model import Facts
from dockerctl.systemd.journal import JournalEntry

CHECKS = (
    *firewall_rules.CHECKS, *firewall_tools.CHECKS, *network_addresses.CHECKS,
    *network_bridge.CHECKS, *network_outside.CHECKS, *network_ports.CHECKS,
)  # fmt: skip
NOW = 1_000_000.0
UP = UnitFacts("docker.service", {"ActiveState": "active", "Result": "success"})
FAILED = UnitFacts("docker.service", {"ActiveState": "failed", "Result": "exit-code"})


def bridge(name: str, subnet: str, device: str, **more: object) -> dict[str, object]:
    return {
        "Name": name, "Id": "0" * 64, "Driver": "bridge", "Internal": False,
        "IPAM": {"Config": [{"Subnet": subnet}]},
        "Options": {"com.docker.network.bridge.name": device}, **more,
    }  # fmt: skip


NETWORKS: tuple[dict[str, object], ...] = (
    bridge("bridge", "172.17.0.0/16", "docker0"),
    {"Name": "host", "Id": "1" * 64, "Driver": "host", "IPAM": {"Config": []}, "Options": {}},
    {"Name": "none", "Id": "2" * 64, "Driver": "null", "IPAM": {"Config": None}, "Options": None},
)


def link(name: str, address: str, **more: Any) -> Link:
    return Link(name, addresses=(ipaddress.ip_interface(address),), **more)


def route(network: str, device: str, *, gateway: bool = False) -> KernelRoute:
    return KernelRoute(ipaddress.ip_network(network), device, gateway)


NETWORK = NetworkFacts(
    links={
        "lo": link("lo", "127.0.0.1/8"),
        "eth0": link("eth0", "192.0.2.5/24"),
        "docker0": link("docker0", "172.17.0.1/16", bridge=True),
    },
    routes=(
        route("0.0.0.0/0", "eth0", gateway=True), route("192.0.2.0/24", "eth0"),
        route("172.17.0.0/16", "docker0"),
    ),
    switches={"net.ipv4.ip_forward": 1},
    nameservers=("192.0.2.1",),
    shared=True,
    now_s=NOW,
)  # fmt: skip
NAT = parse_rules(
    "-P PREROUTING ACCEPT\n-N DOCKER\n"
    "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n"
    "-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE\n"
)
FILTER = parse_rules("-P FORWARD DROP\n-N DOCKER\n-N DOCKER-USER\n-A FORWARD -j DOCKER-USER\n")
FIREWALL = FirewallFacts(
    iptables="/usr/sbin/iptables", backend="nf_tables", nat=NAT, filter=FILTER,
    daemon_since_usec=100,
)  # fmt: skip
ENGINE = EngineFacts(asked=True, networks=NETWORKS, containers=())


def look(
    *,
    service: UnitFacts = UP,
    network: NetworkFacts = NETWORK,
    firewall: FirewallFacts = FIREWALL,
    engine: EngineFacts = ENGINE,
    ports: tuple[Port, ...] = (),
    settings: Mapping[str, object] | None = None,
    flags: Mapping[str, tuple[str, ...]] | None = None,
    release: Release | None = None,
    said: str = "",
    said_at: float = NOW,
) -> Examination:
    text = json.dumps(settings or {}).encode()
    configuration = ConfigurationFacts(
        document=Document.parse(text, "daemon.json"), flags=Flags(values=flags or {}),
        release=release,
    )  # fmt: skip
    entry = JournalEntry(int(said_at * 1e6), said, 6, "0" * 32, False, "docker.service")
    run = Run("0" * 32, (entry,))
    return examine(
        CHECKS,
        Facts.of_parts(
            UnitsFacts(service), network, firewall, engine, configuration,
            PortsFacts(ports, NOW), JournalFacts(runs=(run,), last=run),
        ),
    )  # fmt: skip


def found(**given: Any) -> tuple[Finding, ...]:
    return look(**given).findings


def only(**given: Any) -> Finding:
    findings = found(**given)
    assert len(findings) == 1, [(f.code, f.title) for f in findings]
    return findings[0]


def with_link(name: str, new: Link | None) -> NetworkFacts:
    links = {k: v for k, v in NETWORK.links.items() if k != name}
    return replace(NETWORK, links=links if new is None else {**links, name: new})


def with_networks(*more: dict[str, object]) -> EngineFacts:
    return replace(ENGINE, networks=(*NETWORKS, *more))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"settings": {"bridge": "none"}, "engine": replace(ENGINE, networks=NETWORKS[1:])},
        {"settings": {"iptables": False}, "firewall": FirewallFacts()},
        {"firewall": replace(FIREWALL, nat=None, filter=None, unseen="only root may")},
        {"network": replace(NETWORK, shared=False), "firewall": replace(FIREWALL, nat=Table())},
        {"network": replace(NETWORK, shared=None)},
        {"engine": EngineFacts()},
        {"engine": with_networks({"Name": 5, "IPAM": {"Config": [{"Subnet": "x"}, 7]}})},
        {"said": "dial tcp: lookup x on y: no such host", "said_at": NOW - 7200},
        {"service": UnitFacts("docker.service"), "engine": EngineFacts(),
         "firewall": replace(FIREWALL, nat=None, filter=None)},
        {"network": replace(NETWORK, routes=(*(NETWORK.routes or ()), route("0.0.0.0/1", "tun0")))},
    ],
)  # fmt: skip
def test_nothing_is_found_on_a_healthy_host(given: dict[str, Any]) -> None:
    assert found(**given) == ()


def test_what_may_not_be_seen_is_told() -> None:
    unseen = look(firewall=replace(FIREWALL, nat=None, filter=None, unseen="only root may")).unseen
    assert unseen == (("rules of the packet filter", "only root may"),)


# --- bridges -----------------------------------------------------------------------------------


def test_an_interface_that_is_no_bridge() -> None:
    said = 'Error creating default "bridge" network: existing interface docker0 is not a bridge'
    network = with_link("docker0", Link("docker0"))
    one = only(network=network, service=FAILED, engine=EngineFacts(), said=said)
    assert (one.code, one.severity, one.when) == ("bridge-is-no-bridge", Severity.ERROR, When.NOW)
    assert one.evidence[-1] == f"journal: {said}"


def test_a_bridge_of_a_flag_that_is_missing() -> None:
    one = only(service=FAILED, engine=EngineFacts(), flags={"bridge": ("br7",)})
    assert (one.code, one.when) == ("no-such-bridge", When.NOW)


@pytest.mark.parametrize(
    "new",
    [None, link("docker0", "172.17.0.1/16", bridge=True, up=False), Link("docker0", bridge=True)],
)
def test_a_bridge_that_is_lost(new: Link | None) -> None:
    one = only(network=with_link("docker0", new))
    assert (one.code, one.severity, one.when) == ("bridge-lost", Severity.ERROR, When.NOW)


def test_a_bridge_without_an_address_on_purpose() -> None:
    options = {
        "com.docker.network.bridge.name": "br9",
        "com.docker.network.bridge.inhibit_ipv4": "1",
    }
    engine = with_networks(bridge("own", "10.9.0.0/24", "br9", Options=options))
    assert found(network=with_link("br9", Link("br9", bridge=True)), engine=engine) == ()


def test_packets_that_are_too_large() -> None:
    one = only(network=with_link("eth0", link("eth0", "192.0.2.5/24", mtu=1400)))
    assert (one.code, one.severity) == ("mtu-too-large", Severity.INFO)


# --- addresses ---------------------------------------------------------------------------------


def test_a_subnet_that_the_host_uses() -> None:
    beside = replace(NETWORK, routes=(*(NETWORK.routes or ()), route("172.17.3.0/24", "eth1")))
    one = only(network=beside)
    assert (one.code, one.severity) == ("network-overlap", Severity.WARNING)
    behind = replace(
        NETWORK, routes=(*(NETWORK.routes or ()), route("172.16.0.0/12", "eth1", gateway=True))
    )
    assert only(network=behind).severity is Severity.INFO


def test_a_name_server_within_a_subnet() -> None:
    one = only(network=replace(NETWORK, nameservers=("172.17.0.53", "fe80::1%eth0", "x")))
    assert one.code == "network-overlap"
    assert "172.17.0.53" in one.title


POOLS = {"default-address-pools": [{"base": "10.210.0.0/23", "size": 24}]}


def test_pools_that_are_used_up() -> None:
    own = with_link("br1", link("br1", "10.210.0.1/24", bridge=True))
    rules = replace(
        FIREWALL, nat=replace(NAT, rules=(*NAT.rules, ("POSTROUTING", "-s", "10.210.0.0/24")))
    )
    engine = with_networks(bridge("one", "10.210.0.0/24", "br1"))
    assert found(network=own, engine=engine, firewall=rules, settings=POOLS) == ()
    taken = replace(own, routes=(*(own.routes or ()), route("10.210.1.0/24", "eth1")))
    one = only(network=taken, engine=engine, firewall=rules, settings=POOLS)
    assert (one.code, one.severity) == ("address-pools-used-up", Severity.WARNING)
    behind = replace(own, routes=(*(own.routes or ()), route("10.0.0.0/8", "eth1", gateway=True)))
    given = {"network": behind, "engine": engine, "firewall": rules, "settings": POOLS}
    early, late = found(**given, release=Release(20, 10)), found(**given, release=Release(28))
    assert "address-pools-used-up" in [f.code for f in early]
    assert "address-pools-used-up" not in [f.code for f in late]


@pytest.mark.parametrize(
    "flag", [("base=10.210.0.0/24,size=24",), ("base=172.17.0.0/16,size=16",), ("nonsense",)]
)
def test_pools_of_flags(flag: tuple[str, ...]) -> None:
    wanted = ["address-pools-used-up"] if "172" in flag[0] else []
    assert [f.code for f in found(flags={"default-address-pools": flag})] == wanted


# --- the way out -------------------------------------------------------------------------------


def test_no_forwarding() -> None:
    off = replace(NETWORK, switches={"net.ipv4.ip_forward": 0})
    assert (only(network=off).code, only(network=off).severity) == (
        "ip-forward-off",
        Severity.ERROR,
    )
    meant = only(network=off, settings={"ip-forward": False})
    assert meant.severity is Severity.WARNING
    assert meant.fix == "dockerctl config unset ip-forward && dockerctl restart"
    assert found(network=off, settings={"bridge": "none"}) == ()


def test_no_way_out() -> None:
    alone = replace(NETWORK, routes=(route("172.17.0.0/16", "docker0"),))
    assert found(network=alone) == ()
    said = "dial udp 192.0.2.1:53: connect: network is unreachable"
    assert (only(network=alone, said=said).code, only(network=alone, said=said).severity) == (
        "no-default-route", Severity.WARNING,
    )  # fmt: skip
    assert found(network=alone, said=said, said_at=NOW - 7200) == ()


def test_no_names() -> None:
    said = "Get https://r/v2/: dial tcp: lookup r on 192.0.2.1:53: i/o timeout"
    assert (only(said=said).code, only(said=said).severity) == (
        "names-not-resolved", Severity.WARNING,
    )  # fmt: skip
    none = replace(NETWORK, nameservers=(), resolver_problem="there is no /etc/resolv.conf")
    assert only(network=none).severity is Severity.WARNING
    assert "there is no /etc/resolv.conf" in only(network=none).title
    # A host that is cut off on purpose needs none.
    assert found(network=replace(none, routes=())) == ()
    dangling = replace(
        none,
        routes=(),
        resolver_problem="/etc/resolv.conf is a link to /run/systemd/resolve/x, and there is "
        "nothing",
        has_resolved=True,
    )
    assert only(network=dangling).fix == "systemctl enable --now systemd-resolved.service"


def test_name_servers_that_nobody_started() -> None:
    deaf = replace(NETWORK, nameservers=("127.0.0.53",), deaf_servers=("127.0.0.53",))
    assert (only(network=deaf).code, only(network=deaf).severity) == (
        "names-not-resolved", Severity.WARNING,
    )  # fmt: skip
    assert "127.0.0.53" in only(network=deaf).title
    assert found(network=replace(deaf, nameservers=("127.0.0.53", "192.0.2.1"))) == ()


def test_a_full_table_of_connections() -> None:
    names = ("net.netfilter.nf_conntrack_count", "net.netfilter.nf_conntrack_max")
    switches = dict(zip(names, (99, 100), strict=True))
    assert only(network=replace(NETWORK, switches=switches)).code == "connection-table-full"


# --- the packet filter -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"nat": Table(frozenset({"PREROUTING"}))},
        {"nat": replace(NAT, rules=())},
        {"nat": replace(NAT, rules=NAT.rules[:1])},
        {"filter": Table(frozenset({"FORWARD"}))},
        {"filter": replace(FILTER, rules=())},
    ],
)
def test_rules_that_are_lost(changes: dict[str, Any]) -> None:
    managers = {"nftables.service": Manager(active=True, since_usec=200)}
    one = only(firewall=replace(FIREWALL, managers=managers, **changes))
    assert (one.code, one.severity, one.when) == ("firewall-rules-lost", Severity.ERROR, When.NOW)
    assert "nftables.service" in one.evidence[-1]


def test_rules_of_ipv6_that_are_lost() -> None:
    one = only(firewall=replace(FIREWALL, filter6=Table(frozenset({"FORWARD"}))))
    assert one.code == "firewall-rules-lost"
    assert one.evidence == ("ip6tables -t filter -S: there is no chain DOCKER",)
    assert found(firewall=replace(FIREWALL, filter6=FILTER)) == ()


@pytest.mark.parametrize(
    ("rules", "dropped"),
    [
        ("-A FORWARD -j DROP\n-A FORWARD -j DOCKER-USER", "FORWARD -j DROP"),
        ("-A FORWARD -j DOCKER-USER\n-A FORWARD -j REJECT", "FORWARD -j REJECT"),
        ("-A DOCKER-USER -s 192.0.2.1/32 -j DROP\n-A DOCKER-USER -j DROP", "DOCKER-USER -j DROP"),
        ("-A FORWARD -j DOCKER-FORWARD\n-A FORWARD -j DROP", ""),
        ("-A DOCKER-USER -i eth0 -j RETURN\n-A DOCKER-USER -j DROP", ""),
        ("-A FORWARD -j ufw-before-forward\n-A FORWARD -j DROP", ""),
    ],
)
def test_a_rule_that_drops_all(rules: str, dropped: str) -> None:
    more = parse_rules(rules).rules
    seen = replace(FIREWALL, filter=replace(FILTER, rules=(*more, *FILTER.rules)))
    fixes = [one.fix for one in found(firewall=seen) if one.code == "firewall-drops-all"]
    assert fixes == ([f"iptables -D {dropped}"] if dropped else [])


def test_masquerading_that_is_off_on_purpose() -> None:
    bare = replace(FIREWALL, nat=replace(NAT, rules=NAT.rules[:1]))
    assert found(firewall=bare, settings={"ip-masq": False}) == ()


def test_a_table_of_nftables_that_is_lost() -> None:
    settings = {"firewall-backend": "nftables"}
    firewall = FirewallFacts(nft="/usr/sbin/nft", nft_table=True)
    assert found(firewall=firewall, settings=settings) == ()
    lost = replace(firewall, nft_table=False)
    assert only(firewall=lost, settings=settings).code == "firewall-rules-lost"
    assert only(firewall=FirewallFacts(), settings=settings).code == "firewall-tool-missing"


def test_no_iptables() -> None:
    one = only(service=FAILED, firewall=FirewallFacts(), engine=EngineFacts())
    assert (one.code, one.severity, one.when) == ("firewall-tool-missing", Severity.ERROR, When.NOW)
    later = only(firewall=FirewallFacts())
    assert later.when is When.NEXT_START


def test_iptables_that_does_not_work() -> None:
    words = "iptables v1.8.9 (legacy): can't initialize iptables table `nat'\nPerhaps upgrade."
    broken = FirewallFacts(iptables="/sbin/iptables", failed={"nat": (3, words)}, has_modules=True)
    one = only(service=FAILED, firewall=broken, engine=EngineFacts())
    assert (one.code, one.when) == ("firewall-refused", When.NOW)
    assert one.evidence[0] == f"iptables -t nat -S: {words.splitlines()[0]}"
    gone = only(firewall=replace(broken, has_modules=False), engine=EngineFacts())
    assert gone.fix.startswith("reboot")
    locked = FirewallFacts(iptables="/i", failed={"nat": (4, "holding the xtables lock")})
    assert only(firewall=locked).code == "firewall-lock"


def test_other_writers() -> None:
    two = replace(FIREWALL, other_backend="legacy", other_chains=frozenset({"DOCKER"}))
    assert only(firewall=two).code == "firewall-two-backends"
    managers = {"nftables.service": Manager(active=True, since_usec=1)}
    assert (
        only(firewall=replace(FIREWALL, managers=managers, flushes=True)).severity is Severity.INFO
    )
    containers = (
        {"Ports": [{"PublicPort": 80, "IP": "0.0.0.0"}, {"PublicPort": 81, "IP": "::1"}]},
    )
    one = only(
        firewall=replace(FIREWALL, ufw_enabled=True), engine=replace(ENGINE, containers=containers)
    )
    assert (one.code, one.severity) == ("firewall-bypassed", Severity.INFO)


def test_iptables_off_by_a_flag() -> None:
    one = only(flags={"iptables": ("false",)}, firewall=FirewallFacts())
    assert (one.code, one.severity) == ("no-packet-filter", Severity.WARNING)


def test_rules_are_read_whatever_they_are() -> None:
    table = parse_rules("-N DOCKER\n-A X -m comment --comment \"it's -j DOCKER\" -j LOG\n'\n-A\n")
    assert table.chains == {"DOCKER"}
    assert not table.jumps("X", "DOCKER")


# --- ports -------------------------------------------------------------------------------------

TAKEN = "Error starting userland proxy: listen tcp4 0.0.0.0:8081: bind: address already in use"


def test_a_port_of_a_container_that_is_taken() -> None:
    engine = replace(
        ENGINE, inspected={"a": {"Name": "/web", "State": {"Error": TAKEN, "Running": False}}}
    )
    other = (Port("0.0.0.0", 8081, 9, "nginx"),)
    one = only(engine=engine, ports=other, said=TAKEN)
    assert (one.code, one.severity) == ("container-port-taken", Severity.WARNING)
    assert "web" in one.title
    assert "nginx (PID 9)" in one.fix
    assert only(engine=engine).fix == "docker start web"


def test_a_port_that_only_the_journal_tells_of() -> None:
    other = (Port("0.0.0.0", 8081, 9, "nginx"),)
    assert only(ports=other, said=TAKEN).code == "container-port-taken"
    assert found(said=TAKEN) == ()
    assert found(ports=other, said=TAKEN, said_at=NOW - 7200) == ()
    assert found(ports=other, said="listen tcp 0.0.0.0:8081: bind: address already in use") == ()


def test_a_proxy_that_was_left() -> None:
    ports = (Port("0.0.0.0", 8082, 9, "docker-proxy"), Port("::", 8082, 9, "docker-proxy"))
    one = only(ports=ports)
    assert (one.code, one.fix) == ("port-proxy-left-over", "kill 9")
    used = replace(ENGINE, containers=({"Ports": [{"PublicPort": 8082}]},))
    assert found(ports=ports, engine=used) == ()


# --- gathering ---------------------------------------------------------------------------------


def test_name_servers(tmp_path: Any) -> None:
    file = tmp_path / "resolv.conf"
    assert read_nameservers(str(file))[0] == ()
    file.write_text("# x\nnameserver 192.0.2.1\nnameserver\noptions edns0\n")
    assert read_nameservers(str(file)) == (("192.0.2.1",), "")
    file.unlink()
    file.symlink_to(tmp_path / "gone")
    assert "is a link to" in read_nameservers(str(file))[1]
