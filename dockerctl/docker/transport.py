"""One HTTP request to the Engine API and its answer, with a time-out on every system call.

http.client parses the answers; sockets, time-outs and limits are ours, because its own time-out
counts per system call, and a server that sends a byte now and then would hold it forever. Proxy
settings in the environment are never looked at.

Loading this module takes about 25 ms, most of it http.client. It is not put off until the first
request, because that one is timed: whoever may not need the API at all loads this module late.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, RemoteDisconnected
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

from dockerctl import __version__
from dockerctl.deadline import Deadline
from dockerctl.docker.address import Address, TcpAddress
from dockerctl.docker.dial import dial, seconds_left
from dockerctl.docker.failures import Step, connection_details, engine_error, is_closed
from dockerctl.errors import AnswerGarbled, ConnectionReset, TlsFailed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CONNECT_TIMEOUT_S = 1.0
READ_TIMEOUT_S = 5.0
MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_HEAD_BYTES = 64 * 1024

_PIECE_BYTES = 64 * 1024
# Small against MAX_HEAD_BYTES, which counts whole buffers; Python 3.14's own default is larger.
_BUFFER_BYTES = 8 * 1024

# What Go's net/http says on a TLS port when the request is not TLS.
_WANTS_TLS = b"Client sent an HTTP request to an HTTPS server"


@dataclass(frozen=True)
class Answer:
    """A complete answer. Header names are in lower case; repeated ones are joined by ", "."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """A connection to the daemon, for one request after another; a context manager.

    ``reusable`` says whether it can take another request: not after a failure, and not when the
    daemon said that it closes.
    """

    def __init__(
        self, sock: socket.socket, address: Address, deadline: Deadline, read_timeout_s: float
    ) -> None:
        self.address = address
        self.reusable = True
        self._socket = sock
        self._deadline = deadline
        self._read_timeout_s = read_timeout_s

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket; a second time does nothing."""
        self.reusable = False
        self._socket.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        read_timeout_s: float | None = None,
        max_bytes: int = MAX_BODY_BYTES,
        last: bool = False,
    ) -> Answer:
        """Send one request without a body and read its whole answer, whatever its status.

        ``read_timeout_s`` bounds each wait for bytes, in place of the connection's own. ``last``
        tells the daemon to close afterwards. Raises ReadTimeout, ConnectionReset, AnswerGarbled
        or TlsFailed, after which the connection is closed.
        """
        head = _request_head(method, path, last)
        limit_s = self._read_timeout_s if read_timeout_s is None else read_timeout_s
        try:
            broken = self._send(head, limit_s)
            answer = self._receive(method, limit_s, max_bytes, "send" if broken else "read")
        except BaseException:
            self.close()
            raise
        if last:
            self.reusable = False
        return answer

    def _send(self, data: bytes, limit_s: float) -> bool:
        """Send all of ``data``. True when the daemon had closed: it may have answered before.

        That is how a TLS daemon refuses a client certificate, after the handshake as the client
        sees it (RFC 8446, section 4.4.2.4).
        """
        rest = memoryview(data)
        try:
            while rest:
                self._socket.settimeout(seconds_left(self._deadline.at_most(limit_s)))
                rest = rest[self._socket.send(rest) :]
        except OSError as error:
            if is_closed(error):
                return True
            raise engine_error(error, self.address, "send") from error
        return False

    def _receive(self, method: str, limit_s: float, max_bytes: int, step: Step) -> Answer:
        incoming = _Incoming(self._socket, self._deadline, limit_s)
        # HTTPResponse wants a socket for the sake of makefile(), which is all that it calls.
        response = HTTPResponse(cast(Any, incoming), method=method)
        try:
            response.begin()
            headers = _headers(response, incoming)
            incoming.limit = incoming.received + 2 * max_bytes + MAX_HEAD_BYTES
            body = _body(response, max_bytes)
        except RemoteDisconnected as error:
            raise ConnectionReset(
                f"{self.address} closed the connection without an answer",
                details=connection_details(None, self.address, step),
            ) from error
        except OSError as error:
            where = step if is_closed(error) else "read"
            raise engine_error(error, self.address, where) from error
        except (HTTPException, ValueError) as error:
            raise AnswerGarbled(
                f"The answer of {self.address} is not sound HTTP: {_reason(error)}",
                details=connection_details(None, self.address, step),
            ) from error
        finally:
            response.close()
        if response.will_close or incoming.ended:
            self.reusable = False
        self._check_tls_wanted(response.status, body)
        return Answer(response.status, headers, body)

    def _check_tls_wanted(self, status: int, body: bytes) -> None:
        plain = isinstance(self.address, TcpAddress) and self.address.tls is None
        if status == 400 and plain and body.startswith(_WANTS_TLS):
            raise TlsFailed(
                f"{self.address} speaks TLS only",
                hint="Set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH to the client's certificates.",
                details=connection_details(None, self.address, "read"),
            )


def open_connection(
    address: Address,
    deadline: Deadline,
    *,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
    read_timeout_s: float = READ_TIMEOUT_S,
) -> Connection:
    """Connect, with the TLS handshake where the address asks for it; seconds.

    ``read_timeout_s`` bounds the handshake and each later wait for bytes; nothing goes past
    ``deadline``. Raises AddressUnsupported, SocketMissing, ConnectionRefused, SocketForbidden,
    ConnectTimeout, and for the handshake TlsFailed, ReadTimeout or ConnectionReset; which is
    which is said at ``failures.engine_error``.
    """
    sock = dial(
        address, deadline, connect_timeout_s=connect_timeout_s, tls_timeout_s=read_timeout_s
    )
    return Connection(sock, address, deadline, read_timeout_s)


def request(
    address: Address,
    method: str,
    path: str,
    deadline: Deadline,
    *,
    connect_timeout_s: float = CONNECT_TIMEOUT_S,
    read_timeout_s: float = READ_TIMEOUT_S,
    max_bytes: int = MAX_BODY_BYTES,
) -> Answer:
    """One request on a connection of its own. Raises what both steps raise."""
    with open_connection(
        address, deadline, connect_timeout_s=connect_timeout_s, read_timeout_s=read_timeout_s
    ) as connection:
        return connection.request(method, path, max_bytes=max_bytes, last=True)


class _Incoming(io.RawIOBase):
    """The bytes that come in, each piece waited for with a time-out, and counted.

    ``ended`` says that the other side has closed and that this was noticed.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline, limit_s: float) -> None:
        super().__init__()
        self.limit = MAX_HEAD_BYTES
        self.received = 0
        self.ended = False
        self._socket = sock
        self._deadline = deadline
        self._limit_s = limit_s

    def makefile(self, mode: str) -> io.BufferedReader:  # noqa: ARG002 - as http.client calls it
        return io.BufferedReader(self, _BUFFER_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if self.received >= self.limit:
            raise ValueError(f"more than {self.limit} bytes")
        self._socket.settimeout(seconds_left(self._deadline.at_most(self._limit_s)))
        count = self._socket.recv_into(buffer)
        self.received += count
        self.ended = count == 0
        return count


def _request_head(method: str, path: str, last: bool) -> bytes:
    if not (method.isascii() and method.isalpha() and path.startswith("/")):
        raise ValueError(f"not a request: {method!r} {path!r}")
    if any(not 32 < ord(character) < 127 for character in path):
        raise ValueError(f"the path has to be quoted: {path!r}")
    lines = [f"{method} {path} HTTP/1.1", "Host: docker", f"User-Agent: dockerctl/{__version__}"]
    if last:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _headers(response: HTTPResponse, incoming: _Incoming) -> dict[str, str]:
    """The headers, checked for what http.client lets pass. Raises ValueError."""
    if incoming.ended:
        # A complete head ends with an empty line, so nothing more is read to see its end.
        raise ValueError("it ends within the headers")
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdecimal()):
        raise ValueError(f"its Content-Length is {length[:40]!r}")
    return headers


def _body(response: HTTPResponse, max_bytes: int) -> bytes:
    """The whole body. Raises ValueError when it is too large or ends early."""
    if (response.length or 0) > max_bytes:
        raise ValueError(f"its body has more than {max_bytes} bytes")
    pieces: list[bytes] = []
    size = 0
    while piece := response.read(_PIECE_BYTES):
        pieces.append(piece)
        size += len(piece)
        if size > max_bytes:
            raise ValueError(f"its body has more than {max_bytes} bytes")
    if response.length:
        raise ValueError(f"its body ends {response.length} bytes early")
    return b"".join(pieces)


def _reason(error: Exception) -> str:
    """The parser's complaint, short and printable: it quotes what the other side sent."""
    text = str(error) or type(error).__name__
    return "".join(c if c.isprintable() else "?" for c in text)[:200]
