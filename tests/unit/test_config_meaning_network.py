"""The default bridge, its addresses, and the address pools."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

import pytest

from dockerctl.config.facts import DockerNetwork, Route
from dockerctl.config.release import Release
from tests.fakes.look import FakeLook
from tests.meaning import RELEASES, V20, V23, V24, V25, V26, V27, V28, V29, facts, verdicts

POOL = "default-address-pools"


def pools(*items: tuple[object, object]) -> dict[str, object]:
    return {POOL: [{"base": base, "size": size} for base, size in items]}


def route(network: str, device: str = "eth0", on_link: bool = True) -> Route:
    return Route(ipaddress.ip_network(network), device, on_link)


GOOD: list[dict[str, object]] = [
    {}, {"bip": "172.26.0.1/16"}, {"bip": "10.1.2.3/8"}, {"bip": ""}, {"bridge": "none"},
    {"bip": "172.26.0.1/16", "fixed-cidr": "172.26.1.0/24", "default-gateway": "172.26.0.2"},
    {"bip": "172.26.0.1/16", "fixed-cidr": "172.26.0.0/16"}, {"mtu": 0}, {"mtu": 9000},
    {"ipv6": True, "fixed-cidr-v6": "fd00:dead::/64"}, {"ip": "10.0.0.1"}, {"ip": "::"},
    {"icc": False}, {"icc": True}, {"ip-forward": False}, {"ip-masq": False},
    {"dns": ["1.1.1.1", "2606:4700::1"], "dns-search": ["example.com", ".", "a.b."]},
    {"default-gateway": "172.17.0.9"}, {"default-gateway-v6": "fd00::1"},
    {"host-gateway-ip": "10.0.0.1"}, pools(("10.10.0.0/16", 24)),
    pools(("10.10.0.0/16", 24), ("10.11.0.0/16", 24), ("fd00::/56", 64)),
]  # fmt: skip


@pytest.mark.parametrize("release", RELEASES, ids=str)
@pytest.mark.parametrize("values", GOOD, ids=str)
def test_right_values_pass_everywhere(values: Mapping[str, object], release: Release) -> None:
    assert verdicts(values, facts(release)) == set()


BAD: list[tuple[dict[str, object], set[str]]] = [
    ({"bip": "172.26.0.0/16"}, {"E bip"}),
    ({"bip": "172.26.255.255/16"}, {"E bip"}),
    ({"bip": "172.26.0.1"}, {"E bip"}),
    ({"bip": "172.26.0.300/16"}, {"E bip"}),
    ({"bip": "fd00::1/64"}, {"E bip"}),
    ({"bip": "172.26.0.1/16", "bridge": "br0"}, {"E bip"}),
    ({"bip": "172.26.0.1/16", "bridge": "none"}, {"E bip"}),
    ({"bip6": "fd00::1/64", "bridge": "br0"}, {"E bip6", "W bip6"}),
    ({"fixed-cidr": "172.26.1.0"}, {"E fixed-cidr"}),
    ({"fixed-cidr": "fd00::/64"}, {"E fixed-cidr"}),
    ({"bip": "172.26.0.1/16", "fixed-cidr": "10.0.0.0/24"}, {"W fixed-cidr"}),
    ({"bip": "172.26.0.1/24", "fixed-cidr": "172.26.0.0/16"}, {"W fixed-cidr"}),
    ({"bip": "172.26.0.1/16", "default-gateway": "10.0.0.1"}, {"E default-gateway"}),
    ({"fixed-cidr-v6": "fd00::/64"}, {"W fixed-cidr-v6"}),
    ({"fixed-cidr-v6": "fd00::"}, {"E fixed-cidr-v6"}),
    ({"ipv6": True, "fixed-cidr-v6": "ff00::/64"}, {"E fixed-cidr-v6"}),
    ({"ipv6": True, "fixed-cidr-v6": "fd00::/64", "default-gateway-v6": "fd11::1"},
     {"E default-gateway-v6"}),
    ({"icc": False, "iptables": False}, {"E icc", "W iptables"}),
    ({"iptables": False}, {"W iptables"}),
    ({"mtu": -1}, {"E mtu"}),
    ({"ip": "10.0.0"}, {"E ip"}),
    ({"ip": "10.0.0.1/8"}, {"E ip"}),
    ({"default-gateway": "gateway"}, {"E default-gateway"}),
    ({"default-gateway": "10.0.0.1"}, {"E default-gateway"}),
    ({**pools(("172.30.0.0/16", 24)), "default-gateway": "172.17.0.9"}, {"E default-gateway"}),
    ({**pools(("172.30.0.0/16", 24)), "default-gateway": "172.30.0.9"}, set()),
    ({"fixed-cidr": "10.0.0.0/24", "default-gateway": "10.0.0.1"}, set()),
    ({"bridge": "br0", "default-gateway": "10.0.0.1"}, set()),
    ({"default-gateway": "fd00::1"}, {"W default-gateway"}),
    ({"default-gateway-v6": "10.0.0.1"}, {"W default-gateway-v6"}),
    ({"host-gateway-ip": "host"}, {"E host-gateway-ip"}),
    ({"dns": ["1.1.1.1,8.8.8.8"]}, {"E dns"}),
    ({"dns": ["dns.example.com"]}, {"E dns"}),
    ({"dns-search": ["exa mple.com"]}, {"E dns-search"}),
    ({"dns-search": ["1.2.3"]}, {"E dns-search"}),
    ({"dns-search": ["-a.com"]}, {"E dns-search"}),
    (pools(("10.10.0.0", 24)), {f"E {POOL}"}),
    (pools(("pool", 24)), {f"E {POOL}"}),
    (pools(("10.10.0.0/24", 16)), {f"E {POOL}"}),
    (pools(("10.10.0.0/16", 0)), {f"E {POOL}"}),
    (pools(("10.10.0.0/16", 33)), {f"E {POOL}"}),
    (pools(("10.10.0.0/16", -1)), {f"E {POOL}"}),
    ({POOL: [{"base": "10.10.0.0/16"}]}, {f"E {POOL}"}),
    ({POOL: [{"size": 24}]}, {f"E {POOL}"}),
    ({POOL: [{"Base": "10.10.0.0/16", "SIZE": 8}]}, {f"E {POOL}"}),
    (pools(("10.10.0.1/16", 24)), {f"W {POOL}"}),
    (pools(("10.10.0.0/16", 24), ("10.10.8.0/24", 28)), {f"W {POOL}"}),
    (pools(("10.10.0.0/16", 16)), {f"W {POOL}"}),
]  # fmt: skip


@pytest.mark.parametrize("release", [V20, V26, V28, V29], ids=str)
@pytest.mark.parametrize(("values", "expected"), BAD, ids=str)
def test_wrong_values(values: Mapping[str, object], expected: set[str], release: Release) -> None:
    assert verdicts(values, facts(release)) == expected


BY_RELEASE: list[tuple[dict[str, object], Release | None, set[str]]] = [
    ({"ipv6": True}, V20, {"E ipv6"}), ({"ipv6": True}, V27, {"E ipv6"}),
    ({"ipv6": True}, V28, set()), ({"ipv6": True}, None, set()),
    ({"ipv6": True, "bridge": "none"}, V20, set()),
    ({"fixed-cidr-v6": "x", "bridge": "none"}, V24, {"W fixed-cidr-v6"}),
    ({"fixed-cidr-v6": "x", "bridge": "none"}, V25, {"E fixed-cidr-v6"}),
    ({"ipv6": True, "fixed-cidr-v6": "10.0.0.0/8"}, V20, {"W fixed-cidr-v6"}),
    ({"ipv6": True, "fixed-cidr-v6": "fe80::/80"}, V20, {"E fixed-cidr-v6"}),
    ({"fixed-cidr-v6": "10.0.0.0/8"}, V24, {"W fixed-cidr-v6"}),
    ({"fixed-cidr-v6": "10.0.0.0/8"}, V25, {"E fixed-cidr-v6"}),
    ({"fixed-cidr-v6": "ff00::/64"}, V26, {"W fixed-cidr-v6"}),
    ({"fixed-cidr-v6": "ff00::/64"}, V28, {"E fixed-cidr-v6"}),
    ({"fixed-cidr-v6": "fe80::/80", "ipv6": True}, V25, {"E fixed-cidr-v6"}),
    ({"fixed-cidr-v6": "fe80::/64", "ipv6": True}, V25, set()),
    ({"bip6": "x", "ipv6": True}, V28, {"E bip6"}), ({"bip6": "x"}, V28, {"W bip6"}),
    ({"bip6": "fd00::1/64"}, V28, {"W bip6"}), ({"bip6": "fd00::1/64", "ipv6": True}, V28, set()),
    ({"ip6tables": True}, V20, {"E ip6tables"}), ({"ip6tables": True}, V26, {"E ip6tables"}),
    ({"ip6tables": True}, V27, set()), ({"ip6tables": True}, None, set()),
    ({"ip6tables": True, "experimental": True}, V20, set()),
    ({"icc": False, "ipv6": True, "ip6tables": False}, V28, {"E ip6tables"}),
    ({"mtu": 20}, V20, {"W mtu"}), ({"mtu": 20}, V26, {"E mtu"}),
    ({"mtu": 20, "bridge": "none"}, V28, {"W mtu"}),
    ({"bip": "172.26.0.1/31"}, V20, {"E bip"}), ({"bip": "172.26.0.1/31"}, V28, {"W bip"}),
    (pools(("10.10.0.0/24", 31)), V20, {f"E {POOL}"}),
    (pools(("10.10.0.0/24", 31)), V28, {f"W {POOL}"}),
    ({"mtu": -1, "bridge": "none"}, V20, {"W mtu"}),
    ({"mtu": -1, "bridge": "none"}, V23, {"E mtu"}),
    ({"dns": [" 1.1.1.1"]}, V24, set()), ({"dns": [" 1.1.1.1"]}, V25, {"E dns"}),
    ({"dns": [""]}, V24, {"E dns"}), ({"dns": [""]}, V28, set()),
    ({"dns": ["fe80::1%eth0"]}, V28, {"E dns"}), ({"dns": ["fe80::1%eth0"]}, V29, set()),
    ({"dns": ["fe80::1%"]}, V29, {"E dns"}), ({"dns": ["1.1.1.1%eth0"]}, V29, {"E dns"}),
    ({"host-gateway-ips": ["10.0.0.1", "fd00::1"]}, V28, set()),
    ({"host-gateway-ips": ["10.0.0.1", "10.0.0.2"]}, V28, {"E host-gateway-ips"}),
    ({"host-gateway-ips": ["nowhere"]}, V28, {"E host-gateway-ips"}),
    (pools(("fd00::/8", 64), ("10.0.0.0/16", 24)), V26, {f"E {POOL}"}),
    (pools(("fd00::/8", 64), ("10.0.0.0/16", 24)), V27, set()),
    (pools(("fd00::/8", 64), ("10.0.0.0/16", 24)), None, {f"W {POOL}"}),
    (pools(("fd00::/56", 64)), V28, {f"E {POOL}"}), (pools(("fd00::/56", 64)), V20, {f"E {POOL}"}),
    ({**pools(("fd00::/56", 64)), "bip": "10.0.0.1/8"}, V28, {f"W {POOL}"}),
    ({**pools(("10.0.0.0/8", 8)), "bip": "11.0.0.1/8"}, V28, set()),
    ({**pools(("10.0.0.0/8", 8)), "bridge": "none"}, V28, set()),
]  # fmt: skip


@pytest.mark.parametrize(("values", "release", "expected"), BY_RELEASE, ids=str)
def test_rules_of_some_releases(
    values: Mapping[str, object], release: Release | None, expected: set[str]
) -> None:
    assert verdicts(values, facts(release)) == expected


class TestHost:
    def test_a_bridge_has_to_be_there(self) -> None:
        assert verdicts({"bridge": "br0"}, facts(look=FakeLook())) == {"E bridge@host"}
        assert verdicts({"bridge": "br0"}, facts(look=FakeLook(interfaces=["br0"]))) == set()
        assert verdicts({"bridge": "docker0"}, facts(look=FakeLook())) == set()

    def test_a_network_of_the_host_is_not_taken_over_in_silence(self) -> None:
        known = facts(routes=(route("192.168.0.0/16"),))
        assert verdicts({"bip": "192.168.5.1/24"}, known) == {"W bip@host"}
        assert verdicts(pools(("192.168.0.0/16", 24)), known) == {
            f"E {POOL}@host",
            f"W {POOL}@host",
        }
        assert verdicts({"bip": "10.0.0.1/24"}, known) == set()

    def test_a_network_behind_a_gateway_counts_for_overlaps_only(self) -> None:
        known = facts(routes=(route("10.0.0.0/8", on_link=False),))
        assert verdicts(pools(("10.0.0.0/16", 24)), known) == {f"W {POOL}@host"}

    @pytest.mark.parametrize("device", ["docker0", "br-0123456789ab", "veth1"])
    def test_dockers_own_routes_do_not_count(self, device: str) -> None:
        known = facts(routes=(route("172.17.0.0/16", device, on_link=False),))
        assert verdicts({"bip": "172.17.0.1/16"}, known) == set()

    def test_docker_networks_do_count(self) -> None:
        known = facts(networks=(DockerNetwork("shop", ("172.30.0.0/16", "bad")),))
        assert verdicts({"bip": "172.30.0.1/24"}, known) == {"W bip@host"}
        own = facts(networks=(DockerNetwork("bridge", ("172.30.0.0/16",)),))
        assert verdicts({"bip": "172.30.0.1/24"}, own) == set()

    def test_v6_networks_overlap_too(self) -> None:
        known = facts(routes=(route("fd00::/48"),))
        values = {"ipv6": True, "fixed-cidr-v6": "fd00::/64"}
        assert verdicts(values, known) == {"W fixed-cidr-v6@host"}

    def test_a_name_server_can_use_up_the_only_subnet(self) -> None:
        look = FakeLook(nameservers=["10.1.2.3", "fd00::1", "odd"])
        assert verdicts(pools(("10.0.0.0/8", 8)), facts(look=look)) == {f"E {POOL}@host"}
        assert verdicts(pools(("10.0.0.0/8", 16)), facts(look=look)) == set()

    def test_pools_make_the_bridge_anew_unless_containers_stay(self) -> None:
        look = FakeLook(nameservers=["10.1.2.3"])
        own = (route("10.0.0.0/8", "docker0"),)
        known = facts(look=look, bridge_addresses=("10.0.0.0/8",), routes=own)
        values = pools(("10.0.0.0/8", 8))
        assert verdicts(values, known) == {f"E {POOL}@host"}
        assert verdicts({**values, "live-restore": True}, known) == set()
        without = facts(look=FakeLook(), bridge_addresses=("10.0.0.0/8",), routes=own)
        assert verdicts(values, without) == {f"W {POOL}"}


def test_flags_count_for_contradictions() -> None:
    known = facts(flags={"iptables": ("false",), "bridge": ("br0",)})
    assert verdicts({"icc": False, "bip": "10.0.0.1/8"}, known) == {"E icc", "W iptables", "E bip"}
