"""Mirrors, insecure registries and proxies. From moby, registry/config.go."""

from __future__ import annotations

import re

from dockerctl.config.finding import Finding
from dockerctl.config.meaning_go import (
    mask_url,
    parse_cidr,
    parse_int,
    parse_ip,
    parse_url,
    split_host_port,
)
from dockerctl.config.meaning_values import Findings, Values, refuse, warn

_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
# Names of hosts in references of images; brackets were added to it after 20.10.
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?", re.ASCII)


def check_registry(values: Values) -> Findings:
    """Everything about where images come from."""
    for _, mirror in values.texts("registry-mirrors"):
        yield from _check_mirror(values, mirror)
    for _, registry in values.texts("insecure-registries"):
        yield from _check_insecure(registry)
    yield from _check_proxies(values)


def _check_mirror(values: Values, mirror: str) -> Findings:
    url = parse_url(mirror)
    shown = mask_url(mirror)
    if url is None or url.scheme not in ("http", "https") or "://" not in mirror:
        yield _bad_mirror(shown, "is no URL that begins with http:// or https://")
    elif url.query or url.fragment:
        yield _bad_mirror(shown, "has a query or a fragment, which a mirror cannot have")
    elif url.has_user:
        yield _bad_mirror(shown, "has a user name or password, which a mirror cannot have")
    elif url.path not in ("", "/") and values.before(24):
        yield _bad_mirror(shown, "has a path, which Docker takes from 24.0 on")
    elif not url.host:
        yield warn(
            "mirror", ("registry-mirrors",), f"The mirror {shown!r} names no host.",
            "Write it as in https://mirror.example.com.",
        )  # fmt: skip


def _bad_mirror(shown: str, what: str) -> Finding:
    return refuse(
        "mirror", ("registry-mirrors",), f"The mirror {shown!r} {what}.",
        "Write it as in https://mirror.example.com.",
    )  # fmt: skip


def _check_insecure(registry: str) -> Findings:
    path = ("insecure-registries",)
    name = "docker.io" if registry == "index.docker.io" else registry
    rest = registry
    lowered = registry.lower()
    shown = mask_url(registry)
    hint = (
        "Use HOST, HOST:PORT or a network such as 10.0.0.0/8, without http:// and without a path."
    )
    for scheme in ("http://", "https://"):
        if lowered.startswith(scheme):
            rest = registry[len(scheme) :]
            yield warn(
                "insecure-registry-scheme", path,
                f"The insecure registry {shown!r} begins with {scheme}, which dockerd cuts off.",
                f"Write {rest!r}." if "@" not in rest else hint,
            )  # fmt: skip
    if name.startswith("-") or name.endswith("-") or "://" in rest or not _is_registry(rest):
        yield refuse(
            "insecure-registry", path,
            f"The insecure registry {shown!r} is neither a host with an optional port nor a "
            "network.",
            hint,
        )  # fmt: skip


def _is_registry(text: str) -> bool:
    if parse_cidr(text) is not None:
        return True
    host, port = split_host_port(text) or (text, "")
    if not _HOST.fullmatch(text) and parse_ip(host) is None:
        return False
    number = parse_int(port) if port else 0
    return number is not None and 0 <= number <= 65535


def _check_proxies(values: Values) -> Findings:
    for name in ("http-proxy", "https-proxy"):
        proxy = values.members("proxies").get(name)
        if not isinstance(proxy, str) or not proxy:
            continue
        path = ("proxies", name)
        # Without a scheme http:// is put in front (golang.org/x/net/http/httpproxy).
        url = parse_url(proxy if "://" in proxy else f"http://{proxy}")
        if url is None or not url.host:
            yield warn(
                "proxy", path, f"The value of {name} is no URL of a proxy.",
                "Write it as in http://proxy.example.com:3128.",
            )  # fmt: skip
        elif url.scheme not in ("http", "https", "socks5", "socks5h"):
            yield warn(
                "proxy", path, f"The {name} begins with {url.scheme}://, which is no proxy.",
                "Write it as in http://proxy.example.com:3128.",
            )  # fmt: skip
        elif url.has_user:
            yield warn(
                "proxy-credentials", path,
                f"The {name} holds credentials, and who may read the file can read them.",
                "Let only root read the file: chmod 600.",
            )  # fmt: skip
        elif url.path not in ("", "/") or url.query:
            yield warn(
                "proxy", path, f"The {name} has a path, which is not used.",
                "Write it as in http://proxy.example.com:3128.",
            )  # fmt: skip
