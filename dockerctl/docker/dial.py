"""From an address to a connected socket, with TLS where the address asks for it."""

from __future__ import annotations

import errno
import os
import socket
import stat
from typing import TYPE_CHECKING, Any

from dockerctl.deadline import Deadline
from dockerctl.docker.address import Address, TcpAddress, TlsFiles, UnixAddress
from dockerctl.docker.failures import connection_details, engine_error, tls_error, words
from dockerctl.errors import AddressUnsupported, TlsFailed

if TYPE_CHECKING:
    import ssl

# sun_path has 108 bytes, one of them for the terminating zero (unix(7)).
MAX_SOCKET_PATH_BYTES = 107

# What the resolver would say; asked without it, because it can be slow or broken.
_LOCALHOST = ("127.0.0.1", "::1")

# Family and socket address, as getaddrinfo pairs them.
_Target = tuple[socket.AddressFamily, Any]


def dial(
    address: Address, deadline: Deadline, *, connect_timeout_s: float, tls_timeout_s: float
) -> socket.socket:
    """A connected socket; the caller closes it.

    Looking a name up and connecting take at most ``connect_timeout_s`` together, the TLS
    handshake ``tls_timeout_s``, and neither goes past ``deadline``.

    Raises AddressUnsupported, TlsFailed, and what ``engine_error`` makes of an OSError.
    """
    if isinstance(address, UnixAddress):
        _check_length(address)
        return _connect(address, deadline.at_most(connect_timeout_s))
    if address.tls is None:
        return _connect(address, deadline.at_most(connect_timeout_s))
    context = _tls_context(address, address.tls)
    plain = _connect(address, deadline.at_most(connect_timeout_s))
    return _handshake(plain, context, address, deadline.at_most(tls_timeout_s))


def seconds_left(deadline: Deadline) -> float:
    """A time-out for one system call. Raises TimeoutError when nothing is left.

    Zero would not mean "at once" to a socket but "never wait", which fails in another way.
    """
    left = deadline.remaining()
    if left <= 0:
        raise TimeoutError("no time left")
    return left


def _check_length(address: UnixAddress) -> None:
    """Raise AddressUnsupported for a path that no socket can have."""
    if len(os.fsencode(address.path)) > MAX_SOCKET_PATH_BYTES:
        raise AddressUnsupported(
            f"The socket path of {address} is longer than {MAX_SOCKET_PATH_BYTES} bytes",
            details=connection_details(None, address, "connect"),
        )


def _connect(address: Address, limit: Deadline) -> socket.socket:
    """Try each target of the address in turn; when all fail, the last error counts."""
    failure: OSError = TimeoutError("no time left")
    try:
        for target in _targets(address, limit):
            try:
                return _connect_one(target, limit)
            except OSError as error:
                failure = error
    except OSError as error:
        failure = error
    raise engine_error(failure, address, "connect") from failure


def _connect_one(target: _Target, limit: Deadline) -> socket.socket:
    family, where = target
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds_left(limit))
        connection.connect(where)
    except BaseException:
        connection.close()
        raise
    return connection


def _targets(address: Address, limit: Deadline) -> list[_Target]:
    if isinstance(address, UnixAddress):
        return [(socket.AF_UNIX, address.path)]
    if address.host == "localhost":
        return [target for host in _LOCALHOST for target in _literal(host, address.port)]
    try:
        return _literal(address.host, address.port)
    except socket.gaierror:
        return _look_up(address.host, address.port, limit)


def _literal(host: str, port: int) -> list[_Target]:
    """The target of a literal address, without any resolver. Raises gaierror for a name."""
    return _getaddrinfo(host, port, socket.AI_NUMERICHOST)


def _look_up(host: str, port: int, limit: Deadline) -> list[_Target]:
    """The targets of a name, asked for in a thread: getaddrinfo(3) has no time-out.

    A thread that is given up ends by itself when the resolver's own patience is over
    (resolv.conf(5)); being a daemon thread it does not hold up the exit of the program.
    """
    import threading  # noqa: PLC0415 - names are rare: the daemon is nearly always on a literal

    found: list[_Target] = []
    failures: list[OSError] = []

    def ask() -> None:
        try:
            found.extend(_getaddrinfo(host, port, 0))
        except OSError as error:
            failures.append(error)

    thread = threading.Thread(target=ask, name="dockerctl-resolver", daemon=True)
    thread.start()
    thread.join(seconds_left(limit))
    if thread.is_alive():
        raise TimeoutError(f"the name {host} was not resolved in time")
    if failures:
        raise failures[0]
    return found


def _getaddrinfo(host: str, port: int, flags: int) -> list[_Target]:
    # Bytes, because a str goes through the IDNA codec, which is slow to load and raises errors
    # of its own; parse_address lets only ASCII through.
    infos = socket.getaddrinfo(
        host.encode("ascii"), port, type=socket.SOCK_STREAM, flags=flags | socket.AI_NUMERICSERV
    )
    return [(family, where) for family, _, _, _, where in infos]


def _tls_context(address: TcpAddress, files: TlsFiles) -> ssl.SSLContext:
    """The TLS settings, made before connecting so that bad files disturb nobody.

    The name in the certificate is not compared when the host is loopback: a listen-any address
    is probed there, and its certificate names the host's public name. The chain is verified all
    the same.
    """
    import ssl  # noqa: PLC0415 - 10 ms or more, and most daemons listen on a unix socket only

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = files.verify and not _is_loopback(address.host)
    context.verify_mode = ssl.CERT_REQUIRED if files.verify else ssl.CERT_NONE
    for path in (files.ca, files.cert, files.key):
        if path is not None:
            _check_readable(address, path)
    try:
        if files.ca is not None:
            context.load_verify_locations(files.ca)
        elif files.verify:
            context.load_default_certs()
    except OSError as error:
        raise tls_error(error, address, "tls", f"Cannot use {files.ca}") from error
    if files.cert is not None:
        try:
            # An empty password, because OpenSSL asks on the terminal when there is none.
            context.load_cert_chain(files.cert, files.key, password="")
        except OSError as error:
            what = f"Cannot use {files.cert} with {files.key}"
            raise tls_error(error, address, "tls", what) from error
    return context


def _check_readable(address: TcpAddress, path: str) -> None:
    """Raise TlsFailed for a file that the TLS library could not use, because it does not name it.

    A FIFO would hang the library, which opens the file in its own way.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "not a regular file")
        finally:
            os.close(descriptor)
    except OSError as error:
        raise TlsFailed(
            f"Cannot read {path}: {words(error)}",
            details=connection_details(error, address, "tls") | {"path": path},
        ) from error


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _handshake(
    plain: socket.socket, context: ssl.SSLContext, address: TcpAddress, limit: Deadline
) -> ssl.SSLSocket:
    secured: ssl.SSLSocket | None = None
    try:
        plain.settimeout(seconds_left(limit))
        # The library takes the descriptor over; the plain object is empty afterwards.
        secured = context.wrap_socket(
            plain, server_hostname=address.host.partition("%")[0], do_handshake_on_connect=False
        )
        # One time-out covers the whole handshake, however slowly its bytes come.
        secured.settimeout(seconds_left(limit))
        secured.do_handshake()
    except BaseException as error:
        (secured or plain).close()
        if isinstance(error, OSError):
            raise engine_error(error, address, "tls") from error
        raise
    return secured
