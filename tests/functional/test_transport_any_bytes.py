"""Whatever bytes a server sends: an answer, or one of our errors, and nothing else."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dockerctl.deadline import Deadline
from dockerctl.docker.address import Address, UnixAddress
from dockerctl.docker.client import EngineClient
from dockerctl.docker.transport import Answer, Connection
from dockerctl.errors import AnswerGarbled, ConnectionReset, EngineError
from tests.functional import leftovers

_T = TypeVar("_T")

RECORDED = sorted((Path(__file__).parents[1] / "fixtures" / "engine").glob("*/*.http"))
ADDRESS = UnixAddress("/run/docker.sock")

CALLS: dict[str, Callable[[EngineClient], object]] = {
    "ping": EngineClient.ping,
    "version": EngineClient.version,
    "info": EngineClient.info,
    "containers": EngineClient.list_one,
}


@pytest.fixture(autouse=True)
def nothing_left_over() -> Iterator[None]:
    with leftovers.none():
        yield


def connection_that_brings(data: bytes) -> Connection:
    """A connection whose other end has sent ``data``, stopped sending, and reads nothing."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(data)
    return Connection(ours, ADDRESS, Deadline.after(20), 10)


def receive(data: bytes) -> Answer:
    with connection_that_brings(data) as connection:
        return connection.request("GET", "/_ping", max_bytes=50_000)


@st.composite
def nearly_http(draw: st.DrawFn) -> bytes:
    """Pieces of an answer, most of them sound, in an order that often is."""
    line = st.sampled_from(
        [
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.0 500 \r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 204 No Content\r\n",
            b"HTTP/1.1 99\r\n",
            b"HTTP/9.9 200 OK\r\n",
            b"Content-Length: 2\r\n",
            b"Content-Length: +2\r\n",
            b"Content-Length: " + b"9" * 5000 + b"\r\n",
            b"Transfer-Encoding: chunked\r\n",
            b"Connection: keep-alive\r\n",
            b"Api-Version: 1.45\r\n",
            b": no name\r\n",
            b"no colon\r\n",
            b" folded\r\n",
            b"\r\n",
            b"\n",
            b"2\r\nOK\r\n",
            b"-1\r\nOK\r\n",
            b"0x2\r\nOK\r\n",
            b"ffffffffffffffffffff\r\n",
            b"0\r\n\r\n",
            b"OK",
            b'{"message": "\x1b[31mno"}',
        ]
    )
    pieces = draw(st.lists(st.one_of(line, line, st.binary(max_size=20)), max_size=12))
    return b"".join(pieces)


@st.composite
def damaged_recording(draw: st.DrawFn) -> bytes:
    """What an engine really sent, with a few bytes removed, inserted or replaced."""
    data = draw(st.sampled_from(RECORDED)).read_bytes()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 8)))
        data = data[:start] + draw(st.binary(max_size=8)) + data[end:]
    return data


any_answer = st.one_of(st.binary(max_size=300), nearly_http(), damaged_recording())


@given(data=any_answer)
@settings(max_examples=400, deadline=None)
@example(data=b"")
@example(data=b"HTTP/1.1 200 OK\r\n\r\n")
def test_the_transport_gives_an_answer_or_an_engine_error(data: bytes) -> None:
    answer = outcome(lambda: receive(data))
    if isinstance(answer, EngineError):
        assert answer.code
        assert answer.message.isprintable()
        assert answer.details["address"] == str(ADDRESS)
    else:
        assert 100 <= answer.status <= 999
        assert all(name == name.lower() for name in answer.headers)
        assert len(answer.body) <= len(data)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
@given(data=any_answer)
@settings(max_examples=100, deadline=None)
def test_the_client_gives_a_value_or_an_engine_error(
    call: Callable[[EngineClient], object], data: bytes
) -> None:
    def connect(_address: Address, _deadline: Deadline) -> Connection:
        return connection_that_brings(data)

    with EngineClient(ADDRESS, Deadline.after(20), connect=connect) as client:
        value = outcome(lambda: call(client))
    if isinstance(value, EngineError):
        assert value.code
        assert value.message.isprintable()


def outcome(fn: Callable[[], _T]) -> _T | EngineError:
    """The value or our error; any other exception is the test's failure."""
    try:
        return fn()
    except EngineError as error:
        return error


def sound_length(data: bytes) -> int:
    """Where a recording is complete: a chunk of size 0 ends it, and line ends add nothing."""
    return len(data) - 4 if data.endswith(b"\r\n0\r\n\r\n") else len(data)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_a_recorded_answer_cut_anywhere_is_never_an_answer(path: Path) -> None:
    data = path.read_bytes()
    head, _, _ = data.partition(b"\r\n\r\n")
    framed = b"Content-Length" in head or b"chunked" in head
    whole = sound_length(data) if framed else len(head) + 4
    step = max(1, whole // 150)
    for length in {*range(0, whole, step), whole - 1}:
        with pytest.raises(AnswerGarbled if length else ConnectionReset):
            receive(data[:length])
    assert receive(data).status in (200, 400, 404, 500)
