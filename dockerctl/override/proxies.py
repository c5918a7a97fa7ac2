"""Addresses of HTTP proxies and lists of what goes without one; masking of their passwords.

dockerd uses Go's golang.org/x/net/http/httpproxy, whose rules these are.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from dockerctl.errors import OverrideValueInvalid

# What stands for a user name and a password, as dockerd itself writes it.
MASK = "xxxxx:xxxxx"

SCHEMES = ("http", "https", "socks5")

# What can be a user name and a password before "@". One with a raw "/" makes the URL invalid, but
# is no less a password: hence the first form, which needs a ":" and masks rather too much.
_USER_INFO = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?:[^\s/@\"<>]*:[^\s\"<>]*@|[^\s/?#\"<>]*@)"
)
_PROXY_USER_INFO = re.compile(r"\A(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)?.*@", re.DOTALL)
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?\Z")
_LONGEST_HOST = 253


def mask_urls(text: str) -> str:
    """``text`` with the user name and password of every URL in it masked."""
    return _USER_INFO.sub(lambda match: f"{match['scheme']}{MASK}@", text)


def mask_variable(name: str, value: str) -> str:
    """The value of a variable as it may be shown.

    In a proxy's everything before the last "@" is masked, also without a scheme.
    """
    if name.upper().endswith("_PROXY"):
        return _PROXY_USER_INFO.sub(lambda match: f"{match['scheme'] or ''}{MASK}@", value)
    return mask_urls(value)


def has_credentials(url: str) -> bool:
    """Whether the URL of a proxy has a user name or a password."""
    return "@" in url


def check_proxy(url: str, name: str) -> str:
    """The URL of a proxy, if dockerd can use it.

    ``name`` says in messages which setting it is for; they never hold a password.
    Raises OverrideValueInvalid.
    """
    if re.search(r"[\s\x00-\x1f\x7f\"'\\<>]", url) or not url.isascii():
        raise _bad(name, url, "has blanks, quotes or other characters that must be percent-encoded")
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise _bad(
            name,
            url,
            "has no scheme",
            hint=f"Write it as http://{mask_variable('HTTP_PROXY', url)}.",
        )
    if scheme.lower() not in SCHEMES:
        raise _bad(name, url, f"has a scheme other than {', '.join(SCHEMES)}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad(
            name, url, "has a bad port or address",
            hint="Percent-encode '/', '?', '#', '@' and ':' in a user name or password.",
        ) from None  # fmt: skip
    if port == 0:
        raise _bad(name, url, "has port 0")
    _check_parts(name, url, parts, rest)
    return url


def _check_parts(name: str, url: str, parts: SplitResult, rest: str) -> None:
    host = parts.hostname or ""
    if not host:
        raise _bad(name, url, "has no host")
    if not (_is_ip(host) if ":" in host else _is_host(host)):
        raise _bad(name, url, "has a bad host")
    if parts.path not in ("", "/") or parts.query or parts.fragment or rest[-1:] in "?#":
        raise _bad(
            name, url, "has more than a host and a port",
            hint="Percent-encode '/', '?' and '#' in a user name or password.",
        )  # fmt: skip
    if "@" in rest.rpartition("@")[0]:
        raise _bad(name, url, "has more than one '@'", hint="Percent-encode '@' as %40.")
    user_info = rest.rpartition("@")[0]
    if re.search(r"%(?![0-9A-Fa-f]{2})", user_info):
        raise _bad(
            name, url, "has a '%' without two hexadecimal digits", hint="Percent-encode '%' as %25."
        )


def check_no_proxy(text: str, name: str = "--no-proxy") -> str:
    """The list of hosts that are reached without a proxy, separated by commas and no blanks.

    Entries are ``*``, host names, domains (``.example.com``, ``*.example.com``), IP addresses and
    networks in CIDR form; all but the last may have a port. Raises OverrideValueInvalid.
    """
    entries = [entry.strip() for entry in text.split(",")]
    entries = [entry for entry in entries if entry]
    for entry in entries:
        if not _is_exempt(entry):
            raise OverrideValueInvalid(
                f"{name}: {mask_variable('NO_PROXY', entry)!a} is no host, domain, address or "
                "network.",
                hint="Separate entries by commas, such as localhost,.example.com,10.0.0.0/8; "
                "without a scheme, and without a path.",
            )
    return ",".join(dict.fromkeys(entries))


def _is_exempt(entry: str) -> bool:
    if entry == "*" or _is_ip(entry) or _is_bracketed(entry):
        return True
    if "/" in entry:
        try:
            ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
        return re.search(r"/[0-9]+\Z", entry) is not None
    host, colon, port = entry.rpartition(":")
    if colon:
        if not _is_port(port):
            return False
        if host.startswith("["):
            return _is_bracketed(host)
        entry = host
    return _is_host(entry.removeprefix("*").removeprefix("."))


def _is_port(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,5}", text) is not None and 0 < int(text) < 65536


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_bracketed(text: str) -> bool:
    return text.startswith("[") and text.endswith("]") and _is_ip(text[1:-1])


def _is_host(text: str) -> bool:
    # A name of digits and dots alone would have to be an address.
    if re.fullmatch(r"[0-9.]+", text):
        return _is_ip(text)
    return len(text) <= _LONGEST_HOST and _HOST.match(text) is not None


def _bad(name: str, url: str, why: str, *, hint: str = "") -> OverrideValueInvalid:
    return OverrideValueInvalid(
        f"{name}: {mask_variable('HTTP_PROXY', url)!a} {why}.",
        hint=hint or "Write it as http://proxy.example.com:3128.",
    )
