"""``default-address-pools``: the networks that dockerd takes new subnets from.

From moby, libnetwork: ipamutils up to 26, defaultipam from 27 on.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dockerctl.config.facts import Network
from dockerctl.config.meaning_go import parse_cidr, parse_ip
from dockerctl.config.meaning_network import bridge_network, overlaps
from dockerctl.config.meaning_values import Findings, Values, judge, member, refuse, warn

_KEY = "default-address-pools"
_PATH = (_KEY,)

# Subnets of one pool; up to 26 dockerd writes them all down, and so many no machine can hold.
_MOST_SUBNETS = 1 << 28
# How many subnets of a pool are looked at for one that is free.
_LOOKED_AT = 4096


@dataclass(frozen=True)
class _Pool:
    base: Network
    size: int

    @property
    def count(self) -> int:
        """How many subnets it makes."""
        return 1 << (self.size - self.base.prefixlen)

    def subnets(self) -> Iterator[Network]:
        yield from self.base.subnets(new_prefix=self.size)


def check_pools(values: Values) -> Findings:
    """Form, size, overlaps, and whether a subnet is left for the default bridge."""
    items = values.objects(_KEY)
    pools: list[_Pool] = []
    for index, item in items:
        base, size = member(item, "base"), member(item, "size")
        text = base if isinstance(base, str) else ""
        if base is not None and not isinstance(base, str):
            continue
        if size is not None and (not isinstance(size, int) or isinstance(size, bool)):
            continue
        findings = list(_check_pool(values, index + 1, text, size or 0))
        yield from findings
        network = parse_cidr(text)
        if network is not None and not any(finding.code == "pool" for finding in findings):
            pools.append(_Pool(network.network, size or 0))
    yield from _check_together(pools)
    for pool in pools:
        yield from overlaps(values, _KEY, pool.base)
    if pools and len(pools) == len(items):
        yield from _check_room(values, pools)


def _check_pool(values: Values, number: int, base: str, size: int) -> Findings:
    network = parse_cidr(base)
    if network is None:
        yield refuse(
            "pool", _PATH, f"The base {base!r} of address pool {number} is not a network.",
            'Write it as in {"base": "10.10.0.0/16", "size": 24}.',
        )  # fmt: skip
        return
    prefix, bits = network.network.prefixlen, network.max_prefixlen
    if size < max(prefix, 1):
        yield refuse(
            "pool", _PATH,
            f"The size {size} of address pool {number} is smaller than its prefix /{prefix}."
            if size else f"The size of address pool {number} is missing or 0.",
            f"The size is the prefix of each subnet: a number from {prefix} to {bits}.",
        )  # fmt: skip
    elif size > bits:
        yield refuse(
            "pool", _PATH, f"The size {size} of address pool {number} is above {bits}.",
            f"The size is the prefix of each subnet: a number from {prefix} to {bits}.",
        )  # fmt: skip
    elif 1 << (size - prefix) > _MOST_SUBNETS and not values.since(27):
        yield judge(
            values.before(27), "pool", _PATH,
            f"Address pool {number} makes {1 << (size - prefix)} subnets of /{size}; before "
            "27.0 dockerd keeps them all in memory and cannot start.",
            "Use a smaller base, or a smaller number for the size.",
        )  # fmt: skip
    elif size > bits - 2:
        # 20.10 finds no address in it for the default bridge, which takes the first pool.
        yield judge(
            values.before(23) and _bridge_needs_a_pool(values) and number == 1 and bits == 32,
            "pool-too-small", _PATH,
            f"The subnets /{size} of address pool {number} have no room for containers.",
            "The size is the prefix of each subnet: 24 is common.",
        )  # fmt: skip
    elif network.ip != network.network.network_address:
        yield warn(
            "pool-base", _PATH,
            f"The base {base} of address pool {number} is an address within {network.network}.",
            f"Write {network.network}.",
        )  # fmt: skip


def _check_together(pools: Sequence[_Pool]) -> Findings:
    for index, pool in enumerate(pools):
        for earlier in pools[:index]:
            if pool.base.version != earlier.base.version:
                continue
            if pool.base.overlaps(earlier.base):
                yield warn(
                    "pools-overlap", _PATH,
                    f"The address pools {earlier.base} and {pool.base} overlap.",
                    "Leave one of them out, or make them separate.",
                )  # fmt: skip
                break


def _check_room(values: Values, pools: Sequence[_Pool]) -> Findings:
    """Whether the default bridge, and one more network, find a subnet."""
    needed = _bridge_needs_a_pool(values)
    v4 = [pool for pool in pools if pool.base.version == 4]
    if values.effective_text("bridge"):
        return
    if not v4:
        fixed = parse_cidr(values.effective_text("fixed-cidr"))
        yield judge(
            needed and fixed is None, "no-pool-for-ipv4", _PATH,
            "No address pool is for IPv4, which the default bridge needs.",
            'Add one such as {"base": "172.30.0.0/16", "size": 24}.',
        )  # fmt: skip
        return
    taken = _reserved(values)
    if needed and _all_taken(v4, taken):
        names = ", ".join(str(network) for network in taken)
        yield refuse(
            "no-free-pool", _PATH,
            "No subnet of the address pools is free for the default bridge: the host uses "
            f"{names}, and dockerd keeps clear of that.",
            "Use other pools or smaller subnets, or give the bridge its network with bip.",
            from_host=True,
        )  # fmt: skip
    elif needed and sum(pool.count for pool in v4) == 1:
        yield warn(
            "one-subnet", _PATH,
            "The address pools make a single subnet, which the default bridge takes; no other "
            "network can be made.",
            "Make the size larger than the prefix of the base: it is the prefix of each subnet.",
        )  # fmt: skip


def _bridge_needs_a_pool(values: Values) -> bool:
    """Whether the default bridge gets its network from a pool.

    With pools in the file dockerd makes docker0 anew, so that the address it has does not count;
    only with live-restore it is kept.
    """
    kept = bool(values.facts.bridge_addresses) and values.switch("live-restore")
    given = bridge_network(values) is not None or bool(values.effective_text("bridge"))
    return not given and not kept


def _reserved(values: Values) -> tuple[ipaddress.IPv4Network, ...]:
    """What dockerd keeps clear of: networks that the host stands in, and its name servers."""
    found: list[ipaddress.IPv4Network] = []
    for route in values.facts.routes:
        own = route.device == "docker0"
        if route.on_link and not own and isinstance(route.network, ipaddress.IPv4Network):
            found.append(route.network)
    for server in values.facts.look.nameservers():
        address = parse_ip(server)
        if isinstance(address, ipaddress.IPv4Address):
            found.append(ipaddress.IPv4Network(address))
    return tuple(found)


def _all_taken(pools: Sequence[_Pool], taken: Sequence[Network]) -> bool:
    if not taken or sum(pool.count for pool in pools) > _LOOKED_AT:
        return False
    return all(
        any(subnet.overlaps(other) for other in taken)
        for pool in pools
        for subnet in pool.subnets()
    )
