"""A server that misbehaves on purpose, on a unix socket or a loopback port, with or without TLS.

A behaviour is a function that gets one accepted connection; the connection is closed when it
returns. Connections are served one after another, so a behaviour that waits has to notice when
the client goes away.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from dockerctl.docker.address import Address, TcpAddress, UnixAddress

Family = Literal["unix", "tcp"]
Behaviour = Callable[[socket.socket], None]

OK = b"HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nContent-Length: 2\r\n\r\nOK"


# --- behaviours ------------------------------------------------------------------------------


def closes_at_once(connection: socket.socket) -> None:
    """Accept and close, without reading."""


def answers_nothing(connection: socket.socket) -> None:
    """Read the request and close."""
    read_request(connection)


def resets(connection: socket.socket) -> None:
    """Wait for the request, and reset the connection without reading it."""
    connection.recv(1, socket.MSG_PEEK)
    # For TCP; a unix socket resets its peer when it is closed with bytes unread.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def resets_after(data: bytes) -> Behaviour:
    """Send ``data`` and reset the connection."""

    def behave(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(data)
        resets(connection)

    return behave


def never_answers(connection: socket.socket) -> None:
    """Read the request and hold the connection open."""
    read_request(connection)
    wait_for_client_to_leave(connection)


def sends(data: bytes) -> Behaviour:
    """Read the request, send ``data``, close."""

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(data)

    return behave


def sends_and_holds(data: bytes) -> Behaviour:
    """Read the request, send ``data``, hold the connection open."""

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(data)
        wait_for_client_to_leave(connection)

    return behave


def answers_each_with(*answers: bytes) -> Behaviour:
    """Answer one request after another on the same connection, then close."""

    def behave(connection: socket.socket) -> None:
        for answer in answers:
            if not read_request(connection):
                return
            connection.sendall(answer)

    return behave


def drips(data: bytes, interval_s: float) -> Behaviour:
    """Read the request and send ``data``, one byte in each interval."""

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        pause = threading.Event()
        for position in range(len(data)):
            connection.sendall(data[position : position + 1])
            pause.wait(interval_s)

    return behave


def sends_at_once(data: bytes) -> Behaviour:
    """Send ``data`` and close without reading."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(data)

    return behave


def read_request(connection: socket.socket) -> bytes:
    """The request's head, or what came of it."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(4096)
        if not piece:
            break
        head += piece
    return head


def wait_for_client_to_leave(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


# --- the server ------------------------------------------------------------------------------


class Server:
    """Serves ``behaviour`` until it is closed; closing also ends what is being served."""

    def __init__(
        self,
        listener: socket.socket,
        behaviour: Behaviour,
        context: ssl.SSLContext | None,
        served: Callable[[], object],
    ) -> None:
        self._listener = listener
        self._served = served
        self._behaviour = behaviour
        self._context = context
        self._lock = threading.Lock()
        self._current: socket.socket | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._serve, name="misbehaving-server")
        self._thread.start()

    def close(self) -> None:
        with self._lock:
            self._closing = True
            _shut_down(self._listener)  # wakes accept()
            if self._current is not None:
                _shut_down(self._current)
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                if self._closing:
                    connection.close()
                    return
                self._current = connection
            self._serve_one(connection)

    def _serve_one(self, connection: socket.socket) -> None:
        # The client may leave at any moment, and close() shuts the connection down.
        with contextlib.suppress(OSError):
            if self._context is not None:
                connection = self._context.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
                with self._lock:
                    self._current = connection
                connection.do_handshake()
            self._behaviour(connection)
        with self._lock:
            self._current = None
            connection.close()
        self._served()


@contextlib.contextmanager
def serving(
    family: Family,
    folder: Path,
    behaviour: Behaviour,
    context: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    served: Callable[[], object] = lambda: None,
) -> Iterator[Address]:
    """A running server; gives its address, without TLS.

    ``served`` is called each time that a connection is done with and closed.
    """
    with listening(family, folder, host=host) as (listener, address):
        server = Server(listener, behaviour, context, served)
        try:
            yield address
        finally:
            server.close()


@contextlib.contextmanager
def listening(
    family: Family, folder: Path, *, backlog: int = 16, host: str = "127.0.0.1"
) -> Iterator[tuple[socket.socket, Address]]:
    """A listening socket that nobody accepts from, and its address."""
    address: Address
    if family == "unix":
        path = folder / "engine.sock"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        address = UnixAddress(str(path))
    else:
        kind = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(kind, socket.SOCK_STREAM)
        listener.bind((host, 0))
        address = TcpAddress(host, listener.getsockname()[1])
    with listener:
        listener.listen(backlog)
        yield listener, address


@contextlib.contextmanager
def full_backlog(family: Family, folder: Path) -> Iterator[Address]:
    """The address of a listener whose queue takes no further connection."""
    with contextlib.ExitStack() as stack:
        _, address = stack.enter_context(listening(family, folder, backlog=0))
        for _ in range(8):
            waiting = stack.enter_context(connecting(address))
            try:
                waiting.connect(target(address))
            except (BlockingIOError, TimeoutError):
                break
        else:
            raise AssertionError("the queue never became full")
        yield address


def connecting(address: Address) -> socket.socket:
    """A socket of the address's family, not yet connected, with a short time-out."""
    family = socket.AF_UNIX if isinstance(address, UnixAddress) else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.settimeout(0.3)
    return connection


def target(address: Address) -> str | tuple[str, int]:
    """The address as the socket module wants it."""
    return address.path if isinstance(address, UnixAddress) else (address.host, address.port)


def _shut_down(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
