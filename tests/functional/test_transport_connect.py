"""Connecting where nobody listens, where nobody accepts, and where we may not."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dockerctl.deadline import Deadline
from dockerctl.docker.address import Address, TcpAddress, UnixAddress
from dockerctl.docker.transport import open_connection, request
from dockerctl.errors import (
    AddressUnsupported,
    ConnectionRefused,
    ConnectTimeout,
    EngineError,
    SocketForbidden,
    SocketMissing,
)
from tests.functional import leftovers
from tests.functional import misbehaving_server as server
from tests.functional.misbehaving_server import OK, Family

UNUSED_PORT = 1  # tcpmux; a test host has nothing there


@pytest.fixture(autouse=True)
def nothing_left_over() -> Iterator[None]:
    with leftovers.none():
        yield


def connect_error(address: Address, connect_timeout_s: float = 10.0) -> EngineError:
    with pytest.raises(EngineError) as caught:
        open_connection(address, Deadline.after(20), connect_timeout_s=connect_timeout_s)
    assert caught.value.details["address"] == str(address)
    assert caught.value.details["step"] == "connect"
    return caught.value


def stdlib_connect_error(address: Address) -> OSError:
    with server.connecting(address) as sock, pytest.raises(OSError) as caught:  # noqa: PT011
        sock.connect(server.target(address))
    return caught.value


# --- paths -----------------------------------------------------------------------------------


def no_file(path: Path) -> None:
    pass


def file_in_the_way(path: Path) -> None:
    path.parent.rmdir()
    path.parent.touch()


def link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def regular_file(path: Path) -> None:
    path.touch()


def folder(path: Path) -> None:
    path.mkdir()


def dead_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))
        sock.listen()


def bound_socket(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(str(path))
    return sock


def datagram_socket(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(str(path))
    return sock


@pytest.mark.parametrize(
    ("make", "number", "ours"),
    [
        (no_file, errno.ENOENT, SocketMissing),
        (file_in_the_way, errno.ENOTDIR, SocketMissing),
        (link_to_itself, errno.ELOOP, SocketMissing),
        (regular_file, errno.ECONNREFUSED, ConnectionRefused),
        (folder, errno.ECONNREFUSED, ConnectionRefused),
        (dead_socket, errno.ECONNREFUSED, ConnectionRefused),
        (bound_socket, errno.ECONNREFUSED, ConnectionRefused),
        (datagram_socket, errno.EPROTOTYPE, ConnectionRefused),
    ],
)
def test_paths_where_nobody_listens(
    make: Callable[[Path], socket.socket | None],
    number: int,
    ours: type[EngineError],
    tmp_path: Path,
) -> None:
    path = tmp_path / "run" / "engine.sock"
    path.parent.mkdir()
    address = UnixAddress(str(path))
    held = make(path)
    try:
        assert stdlib_connect_error(address).errno == number
        error = connect_error(address)
    finally:
        if held is not None:
            held.close()

    assert type(error) is ours
    assert error.details["errno"] == errno.errorcode[number]


def test_a_socket_of_somebody_else(tmp_path: Path) -> None:
    with server.listening("unix", tmp_path) as (_, address):
        Path(server.target(address)[0] if isinstance(address, TcpAddress) else address.path).chmod(
            0
        )
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)  # to root nothing is forbidden
        try:
            assert isinstance(stdlib_connect_error(address), PermissionError)
            error = connect_error(address)
        finally:
            if root:
                os.seteuid(0)

    assert type(error) is SocketForbidden
    assert error.details["errno"] == "EACCES"
    assert "group" in error.hint


def test_the_longest_path_that_a_socket_can_have(tmp_path: Path) -> None:
    folder_of_socket = tmp_path / "x"
    filler = 107 - len(os.fsencode(folder_of_socket)) - len("/engine.sock")
    deep = tmp_path / ("x" * (filler + 1))
    deep.mkdir()
    with server.serving("unix", deep, server.sends(OK)) as address:
        assert isinstance(address, UnixAddress)
        assert len(os.fsencode(address.path)) == 107
        assert request(address, "GET", "/_ping", Deadline.after(20)).body == b"OK"

    too_long = UnixAddress(address.path + "x")
    refusal = stdlib_connect_error(too_long)
    assert refusal.errno is None
    assert "too long" in str(refusal)
    assert type(connect_error(too_long)) is AddressUnsupported


def test_a_path_that_is_short_in_characters_and_long_in_bytes() -> None:
    assert type(connect_error(UnixAddress("/" + "ä" * 60))) is AddressUnsupported


# --- queues and ports ------------------------------------------------------------------------


def test_nobody_accepts_and_the_queue_is_full(family: Family, tmp_path: Path) -> None:
    with server.full_backlog(family, tmp_path) as address:
        outcome = stdlib_connect_error(address)
        assert isinstance(outcome, BlockingIOError if family == "unix" else TimeoutError)
        error = connect_error(address, connect_timeout_s=0.2)

    assert type(error) is ConnectTimeout
    assert error.details["errno"] == ("EAGAIN" if family == "unix" else None)


@pytest.fixture(params=["unix", "tcp"])
def family(request: pytest.FixtureRequest) -> Family:
    chosen: Family = request.param
    return chosen


def test_a_port_where_nobody_listens() -> None:
    address = TcpAddress("127.0.0.1", UNUSED_PORT)
    assert isinstance(stdlib_connect_error(address), ConnectionRefusedError)

    error = connect_error(address)

    assert type(error) is ConnectionRefused
    assert error.details["errno"] == "ECONNREFUSED"
    assert "ss -ltnp" in error.hint


def test_a_host_that_the_system_forbids() -> None:
    address = TcpAddress("255.255.255.255", 2375)  # broadcast, for which TCP is not made
    outcome = stdlib_connect_error(address)

    error = connect_error(address)

    assert error.details["errno"] == errno.errorcode[outcome.errno or 0]
    assert type(error) is (
        SocketForbidden if isinstance(outcome, PermissionError) else ConnectionRefused
    )
    assert "group" not in error.hint


def test_nothing_is_tried_after_the_deadline(family: Family, tmp_path: Path) -> None:
    with server.listening(family, tmp_path) as (listener, address):
        with pytest.raises(ConnectTimeout):
            open_connection(address, Deadline.after(0))
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()


# --- names -----------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_localhost_is_both_loopback_addresses(host: str, tmp_path: Path) -> None:
    with server.serving("tcp", tmp_path, server.sends(OK), host=host) as address:
        assert isinstance(address, TcpAddress)
        for name in (host, "localhost"):
            answer = request(TcpAddress(name, address.port), "GET", "/_ping", Deadline.after(20))
            assert answer.body == b"OK"


def resolver(
    monkeypatch: pytest.MonkeyPatch, look_up: Callable[[], list[tuple[object, ...]]]
) -> None:
    """Answer look-ups of names with ``look_up``; literals are left to the system."""
    real = socket.getaddrinfo

    def fake(host: bytes, port: int, *, type: int, flags: int) -> object:
        if flags & socket.AI_NUMERICHOST:
            return real(host, port, type=type, flags=flags)
        return look_up()

    monkeypatch.setattr(socket, "getaddrinfo", fake)


def test_a_name_is_looked_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server.serving("tcp", tmp_path, server.sends(OK)) as address:
        assert isinstance(address, TcpAddress)
        found = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", address.port))
        resolver(monkeypatch, lambda: [found])
        named = TcpAddress("docker.example", address.port)
        assert request(named, "GET", "/_ping", Deadline.after(20)).body == b"OK"


@pytest.mark.parametrize(
    ("number", "name", "ours"),
    [
        (socket.EAI_NONAME, "EAI_NONAME", ConnectionRefused),
        (socket.EAI_FAIL, "EAI_FAIL", ConnectionRefused),
        (socket.EAI_AGAIN, "EAI_AGAIN", ConnectTimeout),
    ],
)
def test_a_name_that_is_not_found(
    number: int, name: str, ours: type[EngineError], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> list[tuple[object, ...]]:
        raise socket.gaierror(number, "the resolver's words")

    resolver(monkeypatch, fail)

    error = connect_error(TcpAddress("docker.example", 2375))

    assert type(error) is ours
    assert error.details["errno"] == name


def test_a_resolver_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def hang() -> list[tuple[object, ...]]:
        release.wait()
        return []

    resolver(monkeypatch, hang)

    error = connect_error(TcpAddress("docker.example", 2375), connect_timeout_s=0.1)

    release.set()
    for thread in threading.enumerate():
        if thread.name == "dockerctl-resolver":
            thread.join()
    assert type(error) is ConnectTimeout
