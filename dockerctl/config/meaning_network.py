"""The default bridge: its addresses and what contradicts them.

The rules are those of initBridgeDriver and verifyDaemonSettings in moby, daemon/daemon_unix.go, and
of the address management behind them (libnetwork).
"""

from __future__ import annotations

import ipaddress

from dockerctl.config.facts import Network
from dockerctl.config.finding import Finding
from dockerctl.config.meaning_go import Interface, parse_cidr, parse_ip
from dockerctl.config.meaning_values import Findings, Values, judge, member, refuse, warn

_LINK_LOCAL = ipaddress.IPv6Network("fe80::/64")
# The kernel refuses a smaller one for IPv4 (RFC 791); IPv6 needs 1280.
_SMALLEST_MTU = 68

# The pools that dockerd has without default-address-pools.
_DEFAULT_POOLS = ("172.16.0.0/12", "192.168.0.0/16")


def check_network(values: Values) -> Findings:
    """Everything about the default bridge and the packet filter."""
    yield from _check_contradictions(values)
    if values.effective_text("bridge") != "none":
        yield from _check_bridge(values)
        yield from _check_v4(values)
        yield from _check_v6(values)
    yield from _check_fixed_v6(values)
    yield from _check_mtu(values)


def bridge_network(values: Values) -> Network | None:
    """The IPv4 network that ``bip`` gives the default bridge."""
    interface = parse_cidr(values.effective_text("bip"))
    return interface.network if interface is not None and interface.version == 4 else None


def _check_contradictions(values: Values) -> Findings:
    for name in ("bip", "bip6"):
        if values.effective_text("bridge") and values.effective_text(name):
            yield refuse(
                "bridge-and-bip", (name if values.text(name) else "bridge",),
                f"The keys bridge and {name} exclude each other.",
                f"Remove {name} and give the bridge its address yourself, or remove bridge.",
            )  # fmt: skip
    if not values.switch("icc") and not values.switch("iptables"):
        yield refuse(
            "icc-without-iptables", ("icc" if values.is_set("icc") else "iptables",),
            "With icc off, containers are kept apart by iptables, which is off too.",
            "Set icc or iptables to true.",
        )  # fmt: skip
    elif not values.switch("icc") and values.switch("ipv6") and not values.switch("ip6tables"):
        yield judge(
            values.since(28), "icc-without-iptables",
            ("ip6tables" if values.is_set("ip6tables") else "icc",),
            "With icc off, containers are kept apart over IPv6 by ip6tables, which is off.",
            "Set ip6tables to true, or icc to true.",
        )  # fmt: skip
    if values.switch("ip6tables") and values.before(27) and not values.switch("experimental"):
        yield refuse(
            "needs-experimental", ("ip6tables",),
            "Before Docker 27, ip6tables works only with experimental features.",
            'Set "experimental": true too.',
        )  # fmt: skip
    if not values.switch("iptables"):
        yield warn(
            "no-packet-filter", ("iptables",),
            "With iptables off, containers reach nothing outside and no port is published, unless "
            "other rules see to that.",
            "Remove the key unless you write the rules yourself.",
        )  # fmt: skip


def _check_bridge(values: Values) -> Findings:
    name = values.text("bridge")
    if name and name != "docker0" and values.facts.look.interface_exists(name) is False:
        yield refuse(
            "no-such-bridge", ("bridge",), f"There is no network interface {name}.",
            "Make the bridge first; dockerd makes only docker0 itself.", from_host=True,
        )  # fmt: skip


def _check_v4(values: Values) -> Findings:
    bip = values.text("bip")
    interface = parse_cidr(bip)
    if bip and (interface is None or interface.version != 4):
        yield _not_a_network("bip", bip, "the bridge's address with its prefix: 172.26.0.1/16")
    elif interface is not None:
        yield from _check_bip(values, interface)
    fixed = values.text("fixed-cidr")
    subnet = parse_cidr(fixed)
    if fixed and (subnet is None or subnet.version != 4):
        yield _not_a_network("fixed-cidr", fixed, "a part of the bridge's network: 172.26.1.0/24")
    elif subnet is not None and interface is not None and not _inside(subnet, interface):
        yield warn(
            "outside-of-bridge", ("fixed-cidr",),
            f"The network {subnet.network} of fixed-cidr is not within {interface.network} of "
            "bip; containers get addresses that cannot be reached.",
            "Make fixed-cidr a part of the bridge's network.",
        )  # fmt: skip
    yield from _check_gateway(values)


def _check_gateway(values: Values) -> Findings:
    gateway = parse_ip(values.text("default-gateway"))
    if gateway is None or gateway.version != 4 or values.effective_text("bridge"):
        return
    bridge = bridge_network(values)
    networks = _possible_networks(values) if bridge is None else [bridge]
    if not any(gateway in network for network in networks):
        where = "any network that the bridge can get" if bridge is None else f"{bridge} of bip"
        yield refuse(
            "outside-of-bridge", ("default-gateway",),
            f"The gateway {gateway} is not within {where}.",
            "Use an address of the bridge's network, and set that with bip.",
        )  # fmt: skip


def _possible_networks(values: Values) -> list[Network]:
    """What the default bridge can get without bip: what it has, fixed-cidr, or part of a pool."""
    texts = [values.effective_text("fixed-cidr"), *values.facts.bridge_addresses]
    bases = [member(item, "base") for _, item in values.objects("default-address-pools")]
    if not bases and not values.facts.flags.values.get("default-address-pools"):
        texts += _DEFAULT_POOLS
    elif not bases:
        # Pools that come from flags are not taken apart.
        texts.append("0.0.0.0/0")
    texts += [base for base in bases if isinstance(base, str)]
    return [found.network for text in texts if (found := parse_cidr(text)) is not None]


def _check_bip(values: Values, interface: Interface) -> Findings:
    network = interface.network
    small = network.prefixlen >= 31
    ends = (network.network_address, network.broadcast_address)
    if not small and interface.ip in ends:
        what = "network" if interface.ip == ends[0] else "broadcast"
        yield refuse(
            "bip-is-no-host", ("bip",),
            f"The address {interface.ip} of bip is the {what} address of {network}.",
            f"Use an address of a host, such as {network.network_address + 1}/{network.prefixlen}.",
        )  # fmt: skip
    elif small:
        yield judge(
            values.before(23), "bip-too-small", ("bip",),
            f"The network {network} of bip has no room for containers.",
            "Use a larger network, such as one with /24.",
        )  # fmt: skip
    yield from overlaps(values, "bip", network)


def _check_v6(values: Values) -> Findings:
    bip6 = values.text("bip6")
    address = parse_cidr(bip6)
    enabled = values.switch("ipv6")
    if bip6 and (address is None or address.version != 6):
        yield judge(
            enabled, "not-a-network", ("bip6",),
            f"The value {bip6!r} of bip6 is not an IPv6 address with its prefix.",
            "Write it as in fd00:dead::1/64.",
        )  # fmt: skip
    elif bip6 and not enabled:
        yield _without_ipv6("bip6")
    fixed = values.effective_text("fixed-cidr-v6")
    if enabled and values.is_set("ipv6") and not fixed and values.before(28):
        # dockerd asks for a subnet, even where the bridge has an address (daemon_unix.go).
        yield refuse(
            "ipv6-without-subnet", ("ipv6",),
            "Before Docker 28, IPv6 on the default bridge needs a subnet.",
            'Add "fixed-cidr-v6": such as "fd00:dead:beef::/64".',
        )  # fmt: skip
    gateway = parse_ip(values.text("default-gateway-v6"))
    subnet = address or parse_cidr(fixed)
    if gateway is None or gateway.version != 6 or subnet is None:
        return
    if enabled and gateway not in subnet.network:
        yield refuse(
            "outside-of-bridge", ("default-gateway-v6",),
            f"The gateway {gateway} is not within {subnet.network} of the bridge.",
            "Use an address of the bridge's network.",
        )  # fmt: skip


def _check_fixed_v6(values: Values) -> Findings:
    """The key fixed-cidr-v6: from 25.0 on it is checked even when nothing uses it."""
    fixed = values.text("fixed-cidr-v6")
    if not fixed:
        return
    path = ("fixed-cidr-v6",)
    enabled = values.switch("ipv6")
    has_bridge = values.effective_text("bridge") != "none"
    subnet = parse_cidr(fixed)
    if subnet is None:
        yield judge(
            values.since(25) or has_bridge, "not-a-network", path,
            f"The value {fixed!r} of fixed-cidr-v6 is not an IPv6 network.",
            "Write it as in fd00:dead:beef::/64.",
        )  # fmt: skip
    elif subnet.version != 6:
        yield judge(
            values.since(25), "not-a-network", path,
            f"The network {fixed} of fixed-cidr-v6 is not an IPv6 network.",
            "Write it as in fd00:dead:beef::/64.",
        )  # fmt: skip
    elif subnet.is_multicast:
        yield judge(
            values.since(27) or (enabled and has_bridge), "not-a-network", path,
            f"The network {fixed} is one for multicast.",
            "Use a network of your own, such as fd00:dead:beef::/64.",
        )  # fmt: skip
    elif subnet.network != _LINK_LOCAL and subnet.network.overlaps(_LINK_LOCAL):
        yield judge(
            (values.since(25) or (enabled and has_bridge)) and subnet.ip in _LINK_LOCAL,
            "not-a-network", path,
            f"The network {fixed} overlaps the link-local network {_LINK_LOCAL}.",
            "Use a network of your own, such as fd00:dead:beef::/64.",
        )  # fmt: skip
    elif not enabled:
        yield _without_ipv6("fixed-cidr-v6")
    else:
        yield from overlaps(values, "fixed-cidr-v6", subnet.network)


def _check_mtu(values: Values) -> Findings:
    mtu = values.number("mtu")
    if mtu is not None and mtu < 0:
        yield judge(
            values.since(23) or values.effective_text("bridge") != "none", "out-of-range", ("mtu",),
            f"The mtu {mtu} is negative.", "Use the largest packet of the network, such as 1500.",
        )  # fmt: skip
    elif mtu is not None and 0 < mtu < _SMALLEST_MTU:
        # 20.10 sets it only when the first container starts.
        yield judge(
            values.since(26) and values.effective_text("bridge") != "none",
            "out-of-range", ("mtu",),
            f"The kernel takes no mtu as small as {mtu}.",
            f"Use a number from {_SMALLEST_MTU} on.",
        )  # fmt: skip


def overlaps(values: Values, key: str, network: Network) -> Findings:
    """Warn where ``network`` of ``key`` hides a network of the host or one of Docker's."""
    for route in values.facts.routes:
        own = route.device.startswith(("docker", "br-", "veth"))
        if not own and _overlap(network, route.network):
            yield warn(
                "network-overlap", (key,),
                f"The network {network} of {key} overlaps {route.network}, which the host "
                f"reaches over {route.device}: hosts there cannot be reached any more.",
                "Use a network that is used nowhere else.", from_host=True,
            )  # fmt: skip
            return
    for name, subnets in values.facts.networks:
        others = (parse_cidr(subnet) for subnet in subnets if name != "bridge")
        for other in others:
            if other is not None and _overlap(network, other.network):
                yield warn(
                    "network-overlap", (key,),
                    f"The network {network} of {key} overlaps {other.network} of the Docker "
                    f"network {name}; dockerd may not start with it.",
                    f"Use another network, or remove {name} first.", from_host=True,
                )  # fmt: skip
                return


def _overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _inside(part: Interface, whole: Interface) -> bool:
    return part.network.prefixlen >= whole.network.prefixlen and part.ip in whole.network


def _not_a_network(key: str, value: str, wanted: str) -> Finding:
    return refuse(
        "not-a-network", (key,), f"The value {value!r} of {key} is not an IPv4 network.",
        f"Write {wanted}.",
    )  # fmt: skip


def _without_ipv6(key: str) -> Finding:
    return warn(
        "unused-without-ipv6", (key,), f"The key {key} has no effect: ipv6 is not on.",
        f'Set "ipv6": true, or remove {key}.',
    )  # fmt: skip
