"""Keys that are addresses, names of domains, and lists of them."""

from __future__ import annotations

import re
from collections.abc import Callable

from dockerctl.config.finding import Finding
from dockerctl.config.meaning_go import Address, parse_ip
from dockerctl.config.meaning_values import Findings, Values, refuse, warn

# opts.ValidateDNSSearch in moby, opts/opts.go; ":?" is a slip there that lets colons pass.
_DOMAIN = re.compile(
    r"(:?(:?[a-zA-Z0-9]|(:?[a-zA-Z0-9][a-zA-Z0-9\-]*[a-zA-Z0-9]))"
    r"(:?\.(:?[a-zA-Z0-9]|(:?[a-zA-Z0-9][a-zA-Z0-9\-]*[a-zA-Z0-9])))*)\.?\s*",
    re.ASCII,
)


def check_addresses(values: Values) -> Findings:
    """The keys ip, default-gateway*, host-gateway-ip*, dns and dns-search."""
    for key in ("ip", "default-gateway", "default-gateway-v6", "host-gateway-ip"):
        # The decoder itself refuses what is no address, before anything else is looked at.
        text = values.text(key)
        if text and parse_ip(text) is None:
            yield _not_an_address(key, text)
    yield from _check_families(values)
    yield from _check_host_gateway(values)
    yield from _check_dns(values)
    for _, domain in values.texts("dns-search"):
        name = domain.strip(" ")
        if name != "." and not _is_domain(name):
            yield refuse(
                "not-a-domain", ("dns-search",), f"The dns-search {domain!r} is not a domain.",
                "Use names such as example.com.",
            )  # fmt: skip


def _is_domain(name: str) -> bool:
    found = _DOMAIN.fullmatch(name)
    return found is not None and re.search("[a-zA-Z]", name) is not None and len(found[1]) < 255


def _check_families(values: Values) -> Findings:
    for key, version in (("default-gateway", 4), ("default-gateway-v6", 6)):
        address = parse_ip(values.text(key))
        if address is not None and address.version != version:
            yield warn(
                "wrong-family", (key,), f"The address {address} of {key} is not IPv{version}.",
                f"Use an IPv{version} address.",
            )  # fmt: skip


def _check_host_gateway(values: Values) -> Findings:
    key = "host-gateway-ips"
    seen: set[int] = set()
    for _, text in values.texts(key):
        address = _with_zone(text)
        if address is None:
            if text:
                yield _not_an_address(key, text)
        elif address.version in seen:
            yield refuse(
                "too-many-addresses", (key,),
                f"The list {key} has more than one IPv{address.version} address.",
                "Keep one IPv4 and one IPv6 address at most.",
            )  # fmt: skip
        else:
            seen.add(address.version)


def _check_dns(values: Values) -> Findings:
    for _, text in values.texts("dns"):
        if _dns_reader(values)(text) is None and (text or values.before(25)):
            yield _not_an_address("dns", text)


def _dns_reader(values: Values) -> Callable[[str], Address | None]:
    if values.since(29):
        return _with_zone
    # Up to 24 blanks at both ends do no harm; from 25 on they do.
    return (lambda text: parse_ip(text.strip())) if values.before(25) else parse_ip


def _with_zone(text: str) -> Address | None:
    """An address that may have a zone, as Go's newer reader takes it."""
    address, percent, zone = text.partition("%")
    return parse_ip(address) if not percent or (zone and ":" in address) else None


def _not_an_address(key: str, text: str) -> Finding:
    hint = "Use an address such as 192.0.2.1."
    if text != text.strip():
        hint = "Remove the blanks around the address."
    elif "," in text:
        hint = "Write each address as an item of its own."
    elif "/" in text:
        hint = "Write the address without a prefix."
    return refuse(
        "not-an-address", (key,), f"The value {text!r} of {key} is not an IP address.", hint
    )
