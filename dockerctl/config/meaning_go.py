"""How dockerd reads texts: numbers, sizes, durations, addresses and URLs, by the rules of Go.

They differ from Python's: ``"10m "`` is no size, ``"1.2.3.4 "`` no address, ``yes`` no switch.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Interface: TypeAlias = ipaddress.IPv4Interface | ipaddress.IPv6Interface

# strconv.ParseBool
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})

_WHOLE = re.compile(r"[+-]?[0-9]+", re.ASCII)
_SIZE = re.compile(
    r"([0-9]*\.?[0-9]*(?:e[+-]?[0-9]+)?) ?([kmgtp](?:i?b)?|b)?", re.ASCII | re.IGNORECASE
)
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": 1 << 50}
_DURATION_PART = re.compile(r"([0-9]*\.?[0-9]*)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0,
}  # fmt: skip


def parse_bool(text: str) -> bool | None:
    """A switch as ``strconv.ParseBool`` reads it, or None."""
    return True if text in _TRUE else False if text in _FALSE else None


def parse_int(text: str) -> int | None:
    """A decimal number as ``strconv.Atoi`` reads it (64 bits), or None."""
    if not _WHOLE.fullmatch(text) or len(text) > 20:
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


def parse_size(text: str) -> int | None:
    """Bytes as ``units.RAMInBytes`` reads them (``10m``, ``1.5 GiB``, ``64KB``), or None.

    Units are powers of 1024 and of any case; nothing may stand before or after.
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        return None
    try:
        number = float(found[1])
        return int(number * _UNITS[(found[2] or "")[:1].lower()])
    except (ValueError, OverflowError):
        return None


def parse_duration(text: str) -> float | None:
    """Seconds as ``time.ParseDuration`` reads them (``1h30m``, ``500ms``, ``0``), or None."""
    sign = -1.0 if text.startswith("-") else 1.0
    rest = text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return 0.0
    total, position = 0.0, 0
    for part in _DURATION_PART.finditer(rest):
        if part.start() != position or part[1] in ("", "."):
            return None
        total += float(part[1]) * _SECONDS[part[2]]
        position = part.end()
    return sign * total if rest and position == len(rest) else None


def parse_ip(text: str) -> Address | None:
    """An address as ``net.ParseIP`` reads it: no zone, no blank, no leading zero; or None."""
    if "%" in text:
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def parse_cidr(text: str) -> Interface | None:
    """Address and prefix length as ``net.ParseCIDR`` reads them, or None.

    Unlike in Python the length has to be there, and is a plain number.
    """
    address, slash, length = text.partition("/")
    if not slash or not re.fullmatch(r"[0-9]{1,3}", length, re.ASCII) or "%" in address:
        return None
    try:
        return ipaddress.ip_interface(f"{address}/{int(length)}")
    except ValueError:
        return None


def split_host_port(text: str) -> tuple[str, str] | None:
    """Host and port as ``net.SplitHostPort`` splits them, or None.

    An IPv6 address needs brackets; both parts may be empty, the colon may not be missing.
    """
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or not rest.startswith(":") or any(c in rest[1:] for c in ":[]"):
            return None
        return (host, rest[1:]) if "[" not in host else None
    host, colon, port = text.rpartition(":")
    if not colon or ":" in host or any(c in text for c in "[]"):
        return None
    return host, port


@dataclass(frozen=True)
class Url:
    """A URL as ``net/url.Parse`` takes it apart."""

    scheme: str
    has_user: bool
    host: str
    port: str
    path: str
    query: str
    fragment: str


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# What ``url.Parse`` refuses in a host: all that is neither plain nor a delimiter (RFC 3986), though
# it lets quotes and angle brackets pass.
_BAD_HOST = re.compile(r"[ #/?@\\^`{|}]")
_BAD_USER = re.compile(r"[^A-Za-z0-9._~!$&'()*+,;=:%@-]")


def parse_url(text: str) -> Url | None:
    """The parts of a URL, or None where ``url.Parse`` fails.

    The scheme comes back in lower case. ``host:5000`` without "//" has the scheme ``host``.
    """
    rest, _, fragment = text.partition("#")
    scheme, rest = _split_scheme(rest)
    rest, _, query = rest.partition("?")
    has_user, host, port = False, "", ""
    if rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        parts = _split_authority(authority)
        if parts is None:
            return None
        has_user, host, port = parts
        rest = slash + path
    elif not scheme and ":" in rest.split("/", 1)[0]:
        return None
    if scheme is None or _CONTROL.search(text) or _BAD_ESCAPE.search(rest + fragment):
        return None
    return Url(scheme, has_user, host, port, rest, query, fragment)


def _split_scheme(text: str) -> tuple[str | None, str]:
    """The scheme ("" without one, None when it is malformed) and what follows."""
    found = _SCHEME.match(text)
    if found and text[found.end() : found.end() + 1] == ":":
        return found[0].lower(), text[found.end() + 1 :]
    return (None, text) if text.startswith(":") else ("", text)


def _split_authority(authority: str) -> tuple[bool, str, str] | None:
    user, at, host = authority.rpartition("@")
    if _BAD_USER.search(user) or _BAD_ESCAPE.search(user):
        return None
    port = ""
    if host.startswith("["):
        inner, bracket, after = host[1:].partition("]")
        if not bracket or (after and not after.startswith(":")):
            return None
        host, port = inner, after[1:]
    elif ":" in host:
        host, _, port = host.rpartition(":")
    # The colon of an IPv6 address without brackets is left in the host; dockerd then fails later.
    if _BAD_HOST.search(host) or not (port == "" or (port.isascii() and port.isdecimal())):
        return None
    if "%" in host and "%25" not in host:
        return None
    return bool(at), host, port


def mask_url(text: str) -> str:
    """The text with what may be credentials in a URL left out, to be shown."""
    return re.sub(r"//[^/?#]*@", "//xxxxx@", text)
