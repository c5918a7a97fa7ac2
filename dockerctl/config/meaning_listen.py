"""Where the daemon listens: hosts, TLS, the group of its socket, and the address of its metrics.

From moby: opts/hosts.go, cmd/dockerd/daemon.go and daemon/listeners.
"""

from __future__ import annotations

import re

from dockerctl.config.finding import Finding
from dockerctl.config.meaning_go import parse_bool, parse_int, parse_ip, parse_url, split_host_port
from dockerctl.config.meaning_values import Findings, Values, judge, refuse, warn

_SOCKETS = ("/var/run/docker.sock", "/run/docker.sock")
_DEFAULT_GROUP = "docker"


def check_listen(values: Values) -> Findings:
    """The keys hosts, tls*, group and metrics-addr."""
    for _, host in values.texts("hosts"):
        yield from _check_host(values, host.strip())
    yield from _check_tls(values)
    yield from _check_group(values)
    yield from _check_metrics(values)


def _check_host(values: Values, host: str) -> Findings:
    scheme, separator, address = host.partition("://")
    if not separator:
        scheme, address = "tcp", host
    if not host:
        return
    if scheme == "tcp":
        yield from _check_tcp(values, host if separator else f"tcp://{host}", address)
    elif scheme == "unix":
        if "://" in address:
            yield _bad_host(host, "It has two schemes.")
        elif address in _SOCKETS and values.facts.socket_activated:
            yield warn(
                "socket-taken", ("hosts",),
                f"The socket {address} is the one that the socket unit listens on, and dockerd "
                "makes it anew.",
                "Write fd:// instead, to take it over from the socket unit.",
            )  # fmt: skip
    elif scheme == "fd":
        if not values.facts.socket_activated:
            yield refuse(
                "no-socket-activation", ("hosts",),
                "No socket unit passes a socket to the daemon, so fd:// has nothing to take.",
                "Enable docker.socket, or write unix:///var/run/docker.sock.", from_host=True,
            )  # fmt: skip
        elif address not in ("", "*") and parse_int(address) is None:
            yield _bad_host(host, "After fd:// comes nothing, * or a number.")
    elif scheme == "npipe":
        yield _bad_host(host, "Named pipes are for Windows.")
    else:
        yield _bad_host(host, f"There is no way to listen named {scheme!r}.")


def _check_tcp(values: Values, host: str, address: str) -> Findings:
    url = parse_url(host)
    port = parse_int(url.port) if url is not None and url.port else 1
    if url is None or url.path:
        yield _bad_host(host, "It is not of the form tcp://HOST:PORT.")
        return
    if port is None or not 0 < port < 65536:
        yield _bad_host(host, f"There is no port {url.port}.")
        return
    yield from _check_address(values, ("hosts",), url.host)
    if not _verifies(values) and url.host not in ("localhost", "") and not _is_loopback(url.host):
        yield warn(
            "open-to-all", ("hosts",),
            f"Everyone who reaches {address} over the network becomes root of this host: there is "
            "no tlsverify.",
            "Set tlsverify with tlscacert, tlscert and tlskey, or reach the host over SSH.",
        )  # fmt: skip


def _is_loopback(host: str) -> bool:
    address = parse_ip(host)
    return address is not None and address.is_loopback


def _check_address(values: Values, path: tuple[str, ...], host: str) -> Findings:
    """Whether the host has the address that the daemon is to bind."""
    address = parse_ip(host)
    if address is None or address.is_unspecified or address.is_loopback or address.is_link_local:
        return
    own = values.facts.look.addresses()
    if own is not None and str(address) not in own:
        yield refuse(
            "no-such-address", path, f"This host does not have the address {address}.",
            "Use one of its own addresses, or 0.0.0.0 for all of them.", from_host=True,
        )  # fmt: skip


def _bad_host(host: str, why: str) -> Finding:
    return refuse(
        "host", ("hosts",), f"The daemon cannot listen on {host!r}. {why}",
        "Use unix:///PATH, tcp://ADDRESS:PORT or fd://.",
    )  # fmt: skip


def _verifies(values: Values) -> bool:
    """Whether clients have to show a certificate."""
    if not _uses_tls(values):
        return False
    explicit = values.file.get("tlsverify")
    given = values.facts.flags.values.get("tlsverify", ())
    if isinstance(explicit, bool):
        return explicit
    # With tls alone clients are verified too (cmd/dockerd/daemon.go).
    return parse_bool(given[-1]) is not False if given else True


def _uses_tls(values: Values) -> bool:
    """Whether TLS is on: tlsverify turns it on even when it is false."""
    by_flag = values.facts.flags.values
    return values.is_set("tlsverify") or "tlsverify" in by_flag or values.switch("tls")


def _check_tls(values: Values) -> Findings:
    keys = ("tlscacert", "tlscert", "tlskey")
    if not _uses_tls(values):
        for key in keys:
            if values.text(key):
                yield warn(
                    "unused-without-tls", (key,), f"The key {key} has no effect: TLS is not on.",
                    'Set "tlsverify": true.',
                )  # fmt: skip
        return
    path: tuple[str, ...]
    for key in keys:
        file = values.effective_text(key, _default_certificate(values, key))
        path = (
            (key,) if values.text(key) else ("tlsverify" if values.is_set("tlsverify") else "tls",)
        )
        if file and values.facts.look.readable(file) is False:
            if key != "tlscacert" or _verifies(values):
                yield refuse(
                    "certificate-missing", path, f"The file {file} of {key} does not exist.",
                    "Put the certificate there, or correct the path.", from_host=True,
                )  # fmt: skip
        elif not file and key != "tlscacert":
            yield refuse(
                "certificate-missing", path, f"TLS is on, and {key} does not say which file it is.",
                "Set tlscert and tlskey, and tlscacert to verify clients.",
            )  # fmt: skip
        elif not file and _verifies(values):
            yield warn(
                "certificate-missing", path,
                "Clients are verified, and tlscacert does not say by which authority: every one "
                "that the host trusts will do.",
                "Set tlscacert.",
            )  # fmt: skip


def _default_certificate(values: Values, key: str) -> str:
    """The file that dockerd takes by default; it does so only when a flag turns TLS on."""
    flags = values.facts.flags.values
    by_flag = "tlsverify" in flags or parse_bool(flags.get("tls", ("false",))[-1])
    name = {"tlscacert": "ca.pem", "tlscert": "cert.pem", "tlskey": "key.pem"}[key]
    return f"{values.facts.look.home()}/.docker/{name}" if by_flag else ""


def _check_group(values: Values) -> Findings:
    group = values.text("group")
    if not group or values.facts.look.group_exists(group) is not False:
        return
    hosts = values.effective_texts("hosts")
    # The group is that of sockets which dockerd makes itself, and docker may be missing.
    own = not hosts or any(host.strip().startswith("unix") for host in hosts)
    yield judge(
        own and group != _DEFAULT_GROUP, "no-such-group", ("group",),
        f"There is no group {group}.", f"Make it first: groupadd --system {group}.",
        from_host=True,
    )  # fmt: skip


def _check_metrics(values: Values) -> Findings:
    text = values.text("metrics-addr")
    if not text:
        return
    path = ("metrics-addr",)
    parts = split_host_port(text)
    port = parse_int(parts[1]) if parts is not None else None
    # An empty host is looked up as a name, and there is no such name.
    if parts is None or not parts[0] or port is None or not 0 <= port < 65536:
        yield refuse(
            "metrics-address", path, f"The metrics-addr {text!r} is not of the form ADDRESS:PORT.",
            "Write it as in 127.0.0.1:9323.",
        )  # fmt: skip
        return
    yield from _check_address(values, path, parts[0])
    for host in values.effective_texts("hosts"):
        found = re.search(r":([0-9]+)$", host.strip())
        if found and int(found[1]) == port and host.strip().startswith("tcp") and port:
            yield _port_taken(host, port, _same_place(host, parts[0]))


def _same_place(host: str, other: str) -> bool:
    url = parse_url(host.strip())
    return url is not None and url.host == other


def _port_taken(host: str, port: int, certain: bool) -> Finding:
    return judge(
        certain, "port-taken", ("metrics-addr",),
        f"The port {port} of metrics-addr is that of {host} in hosts too.", "Use another port.",
    )  # fmt: skip
