"""Addresses of the Engine API, and which of them the daemon listens on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from dockerctl.docker.argv import parse_argv
from dockerctl.errors import AddressUnsupported

DEFAULT_SOCKET = "/var/run/docker.sock"
PLAIN_PORT = 2375
TLS_PORT = 2376

_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._")
_ANY_TO_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "localhost"}  # noqa: S104 - not bound


@dataclass(frozen=True)
class TlsFiles:
    """The files for a TLS connection, each a path or None.

    Without ``ca`` the host's own authorities are trusted; ``cert`` and ``key`` are the client's.
    With ``verify`` False any server certificate is accepted.
    """

    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    verify: bool = True


@dataclass(frozen=True)
class UnixAddress:
    """A socket file, by its absolute path."""

    path: str

    def __str__(self) -> str:
        return f"unix://{self.path}"


@dataclass(frozen=True)
class TcpAddress:
    """A port; ``host`` is a name or a literal without brackets, ``tls`` None means plain HTTP."""

    host: str
    port: int
    tls: TlsFiles | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port}"


Address = UnixAddress | TcpAddress


def parse_address(text: str, tls: TlsFiles | None = None) -> Address:
    """The address that ``text`` names.

    ``unix://``, ``tcp://``, ``http://`` and ``https://`` are understood. ``tls`` applies to
    ``tcp://`` and ``https://``; ``https://`` without it verifies with the host's authorities,
    and ``http://`` is always plain. The port defaults to 2375, with TLS to 2376; an empty path
    or host to the ones that Docker uses (moby, opts/hosts.go).

    Raises AddressUnsupported for every other scheme, naming it, and for text that is no address.
    """
    scheme, separator, rest = text.strip().partition("://")
    scheme = scheme.lower()
    if not separator:
        raise _unsupported(text, "it has no scheme such as unix://")
    if scheme == "unix":
        return UnixAddress(_socket_path(text, rest or DEFAULT_SOCKET))
    if scheme in ("tcp", "http", "https"):
        files = {"tcp": tls, "http": None, "https": tls or TlsFiles()}[scheme]
        host, port = _host_and_port(text, rest.removesuffix("/"))
        return TcpAddress(host or "localhost", port or (TLS_PORT if files else PLAIN_PORT), files)
    raise _unsupported(text, f"dockerctl does not speak {scheme}://", scheme=scheme)


def same_endpoint(
    a: Address, b: Address, realpath: Callable[[str], str] = os.path.realpath
) -> bool:
    """Whether both lead to the same listener: ``/var/run`` is a link to ``/run``.

    ``realpath`` resolves links; which certificates are used does not matter.
    """
    if isinstance(a, UnixAddress) and isinstance(b, UnixAddress):
        return a.path == b.path or realpath(a.path) == realpath(b.path)
    if isinstance(a, TcpAddress) and isinstance(b, TcpAddress):
        return a.port == b.port and _reached(a.host) == _reached(b.host)
    return False


def tls_from_environment(environ: Mapping[str, str]) -> TlsFiles | None:
    """The client's files as the docker command's environment names them; touches no file.

    DOCKER_CERT_PATH is their folder, by default ``~/.docker``; a non-empty DOCKER_TLS_VERIFY
    asks to verify the server. None when neither variable is set. Without a home and without
    DOCKER_CERT_PATH there are no files to name.
    """
    verify = environ.get("DOCKER_TLS_VERIFY", "") != ""
    folder = environ.get("DOCKER_CERT_PATH", "")
    if not verify and not folder:
        return None
    if not folder:
        home = environ.get("HOME", "")
        if not home:
            return TlsFiles(verify=verify)
        folder = os.path.join(home, ".docker")  # noqa: PTH118 - text only; pathlib costs an import
    ca, cert, key = (os.path.join(folder, f"{name}.pem") for name in ("ca", "cert", "key"))  # noqa: PTH118
    return TlsFiles(ca, cert, key, verify)


def daemon_addresses(
    listen: Sequence[tuple[str, str]],
    argv: Sequence[str],
    config_hosts: Sequence[str],
    *,
    tls: TlsFiles | None = None,
    config_tls: bool = False,
    default_socket: str = DEFAULT_SOCKET,
) -> tuple[Address, ...]:
    """Where the daemon listens, as addresses to probe: unix first, then tcp, none twice.

    ``listen`` is the Listen property of docker.socket, ``argv`` the daemon's command line with
    the program first, ``config_hosts`` and ``config_tls`` the ``hosts`` and ``tls`` (or
    ``tlsverify``) of daemon.json. ``tls`` are the client's files, used only when the daemon
    speaks TLS; without any the server is not verified, which is good enough to see it alive.
    ``default_socket`` is where it listens when no host is given; it differs for rootless Docker.

    ``fd://`` stands for the listeners of docker.socket. Listen-any addresses become loopback. A
    host that dockerd would refuse is left out, so the result can be empty: a daemon with
    ``fd://`` and no socket unit does not start. Source: reference of dockerd's ``--host`` and
    moby, opts/hosts.go.
    """
    flags = parse_argv(argv)
    speaks_tls = flags.tls or config_tls
    files = (tls or TlsFiles(verify=False)) if speaks_tls else None
    hosts = [*flags.hosts, *config_hosts]
    if not hosts:
        hosts = [""]
    texts: list[str] = []
    for host in hosts:
        host_text = host.strip()
        if host_text.startswith("fd://"):
            texts.extend(_listeners(listen, host_text.removeprefix("fd://")))
        elif host_text:
            texts.append(_bind_text(host_text))
        else:
            texts.append(
                f"tcp://localhost:{TLS_PORT}" if speaks_tls else f"unix://{default_socket}"
            )
    found: dict[Address, None] = {}
    for text in texts:
        try:
            address = parse_address(text)
        except AddressUnsupported:
            continue
        if isinstance(address, TcpAddress):
            host = _ANY_TO_LOOPBACK.get(address.host, address.host)
            address = replace(address, host=host, tls=files)
        found[address] = None
    return tuple(sorted(found, key=lambda address: isinstance(address, TcpAddress)))


def _listeners(listen: Sequence[tuple[str, str]], which: str) -> list[str]:
    """The socket unit's listeners that ``fd://<which>`` means: all, or one by its number."""
    if which.isdecimal() and 0 <= int(which) - 3 < len(listen):
        # The first descriptor that systemd hands over is 3 (sd_listen_fds(3)).
        listen = [listen[int(which) - 3]]
    paths = [path for kind, path in listen if kind == "Stream"]
    return [f"unix://{path}" if path.startswith("/") else f"tcp://{path}" for path in paths]


def _bind_text(host: str) -> str:
    """A host as dockerd reads it: no scheme means tcp, a relative socket path starts at ``/``.

    The latter because a service's working directory is the root (systemd.exec(5)).
    """
    if "://" not in host:
        return f"tcp://{host}"
    path = host.removeprefix("unix://")
    return f"unix:///{path}" if path not in (host, "") and not path.startswith("/") else host


def _reached(host: str) -> str:
    host = _ANY_TO_LOOPBACK.get(host, host)
    return "127.0.0.1" if host == "localhost" else host


def _socket_path(text: str, path: str) -> str:
    if not path.startswith("/"):
        raise _unsupported(text, "the socket path is not absolute")
    if any(ord(character) < 32 or ord(character) == 127 for character in path):
        raise _unsupported(text, "the socket path has control characters")
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        raise _unsupported(text, "the socket path cannot be encoded") from None
    return path


def _host_and_port(text: str, rest: str) -> tuple[str, int | None]:
    if rest.startswith("["):
        literal, bracket, tail = rest[1:].partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            raise _unsupported(text, "the brackets do not match")
        host, port = _ipv6(text, literal), tail[1:]
    else:
        host, _, port = rest.partition(":")
        host = host.lower()
        if ":" in port:
            raise _unsupported(text, "an IPv6 address needs brackets")
        if not _NAME_CHARACTERS.issuperset(host):
            raise _unsupported(text, "it is not a host and a port")
    if not port:
        return host, None
    if not (port.isascii() and port.isdecimal() and len(port) <= 5 and 0 < int(port) < 65536):
        raise _unsupported(text, "the port is not a number from 1 to 65535")
    return host, int(port)


def _ipv6(text: str, literal: str) -> str:
    """The canonical form of an IPv6 literal, with its zone if it has one."""
    import socket  # noqa: PLC0415 - 6 ms, and IPv6 literals are rare

    number, percent, zone = literal.partition("%")
    try:
        number = socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, number))
    except (OSError, ValueError):
        raise _unsupported(text, "there is no IPv6 address in the brackets") from None
    if percent and not (zone and _NAME_CHARACTERS.issuperset(zone.lower())):
        raise _unsupported(text, "the zone of the IPv6 address is not a name")
    return f"{number}{percent}{zone}"


def _unsupported(text: str, reason: str, scheme: str | None = None) -> AddressUnsupported:
    shown = "".join(character if character.isprintable() else "?" for character in text)[:200]
    return AddressUnsupported(
        f"The address {shown!r} cannot be used: {reason}",
        details={"address": shown, "scheme": scheme},
    )
