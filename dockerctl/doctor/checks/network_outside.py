"""The way out: forwarding, routes, name servers, the kernel's table of connections."""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.network import NetworkFacts
from dockerctl.doctor.facts.proxies import ProxiesFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, error, info, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.said import said

_OFF = (False, "false", "False", "0", "f")
_FORWARD = "net.ipv4.ip_forward"
_COUNT, _MAX = "net.netfilter.nf_conntrack_count", "net.netfilter.nf_conntrack_max"
_NEARLY_ALL = 0.95
_FRESH_S = 900
_NO_WAY = r"network is unreachable|no route to host"
_NO_NAME = r"dial tcp: lookup .*(?:no such host|i/o timeout|server misbehaving|refused)"


def _forwarding(facts: Facts) -> Iterator[Finding]:
    units, network = facts.of(UnitsFacts), facts.of(NetworkFacts)
    configuration = facts.of(ConfigurationFacts)
    if not units.service.runs or network.shared is False or network.switches.get(_FORWARD) != 0:
        return
    if configuration.value("bridge") == "none":
        return
    seen = (f"sysctl: {_FORWARD} = 0",)
    if configuration.value("ip-forward") in _OFF:
        yield warning(
            "ip-forward-off",
            "the kernel forwards no packets, and ip-forward keeps the daemon from changing that: "
            "containers reach nothing outside",
            (*seen, f"{configuration.config_path}: ip-forward is false"),
            "dockerctl config unset ip-forward && dockerctl restart",
        )
        return
    yield error(
        "ip-forward-off",
        "the kernel forwards no packets: containers reach nothing outside, and nobody reaches "
        "their ports",
        seen,
        f"sysctl -w {_FORWARD}=1 (and look for the file below /etc/sysctl.d that turned it off)",
    )


def _way_out(facts: Facts) -> Iterator[Finding]:
    units, network = facts.of(UnitsFacts), facts.of(NetworkFacts)
    if network.shared is False or not units.service.runs or network.routes is None:
        return
    since = network.now_s - _FRESH_S
    lines = said(facts, _NO_WAY, _NO_NAME, since_s=since)
    # A host may be cut off on purpose; only that somebody has tried makes it a fault.
    if not network.default_routes and lines:
        yield warning(
            "no-default-route",
            "this host has no way out of its own networks: images cannot be pulled from outside",
            ("route: there is no default route", *lines),
            "repair the network of the host: ip route add default via GATEWAY",
        )
        return
    yield from _names(facts, network, said(facts, _NO_NAME, since_s=since))


def _names(facts: Facts, network: NetworkFacts, lines: tuple[str, ...]) -> Iterator[Finding]:
    problem, servers = network.resolver_problem, network.nameservers or ()
    # Nobody meant a link to nothing. That no server is named can be meant where nothing leads out.
    is_link = "is a link to" in problem
    deaf = bool(servers) and set(servers) == set(network.deaf_servers)
    if not (lines or deaf or is_link or (problem and network.default_routes)):
        return
    if deaf:
        problem = f"nobody answers at {', '.join(servers)}, and there is no other name server"
    proxies = facts.maybe(ProxiesFacts)
    # The proxy looks up the names of registries.
    by_proxy = proxies is not None and any(p.reach == "ok" for p in proxies.proxies)
    by_resolved = any(word in problem for word in ("/systemd/resolve/", "127.0.0.53"))
    yield (info if by_proxy and not lines else warning)(
        "names-not-resolved",
        f"the daemon cannot look up names, and images cannot be pulled: {problem}"
        if problem
        else "the daemon cannot look up names: images cannot be pulled",
        (f"/etc/resolv.conf: name servers {', '.join(servers) or 'none'}", problem, *lines)
        if problem
        else (f"/etc/resolv.conf: name servers {', '.join(servers) or 'none'}", *lines),
        "systemctl enable --now systemd-resolved.service"
        if by_resolved and network.has_resolved
        else "repair /etc/resolv.conf; a daemon that runs reads it anew by itself",
    )


def _connections(facts: Facts) -> Iterator[Finding]:
    network = facts.of(NetworkFacts)
    count, most = network.switches.get(_COUNT), network.switches.get(_MAX)
    if count is None or not most or count < most * _NEARLY_ALL:
        return
    yield warning(
        "connection-table-full",
        f"the kernel tracks {count} connections of {most}: new ones are dropped",
        (f"sysctl: {_COUNT} = {count}, {_MAX} = {most}",),
        f"sysctl -w {_MAX}={most * 2}",
    )


CHECKS: tuple[Check, ...] = (
    Check(
        "forwarding of packets",
        (UnitsFacts, NetworkFacts, ConfigurationFacts),
        ("ip-forward-off",),
        _forwarding,
    ),
    Check(
        "way out of the host",
        (UnitsFacts, NetworkFacts),
        ("no-default-route", "names-not-resolved"),
        _way_out,
        also=(JournalFacts, ProxiesFacts),
    ),
    Check("table of connections", (NetworkFacts,), ("connection-table-full",), _connections),
)
