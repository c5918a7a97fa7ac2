"""The client's calls: which path, how long, which error for which status, one connection."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from dockerctl.deadline import Deadline
from dockerctl.docker.address import Address, UnixAddress
from dockerctl.docker.client import MAX_MESSAGE_CHARACTERS, EngineClient
from dockerctl.docker.transport import Answer
from dockerctl.errors import (
    AnswerUnexpected,
    ConnectionRefused,
    EngineError,
    EngineFault,
    EngineRefused,
)

ADDRESS = UnixAddress("/run/docker.sock")
PONG = Answer(200, {"api-version": "1.45"}, b"OK")


class Clock:
    """Time stands still."""

    def monotonic(self) -> float:
        return 0.0

    def time(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"slept {seconds} s")


DEADLINE = Deadline.after(10, Clock())


@dataclass
class FakeExchange:
    """Gives prepared answers in order; fails loudly when asked for more."""

    answers: list[Answer]
    reusable: bool = True
    asked: list[tuple[str, str, float | None]] = field(default_factory=list)
    closed: int = 0

    def request(self, method: str, path: str, *, read_timeout_s: float | None = None) -> Answer:
        self.asked.append((method, path, read_timeout_s))
        return self.answers.pop(0)

    def close(self) -> None:
        self.closed += 1


def client_of(*exchanges: FakeExchange) -> EngineClient:
    """A client that gets these connections, one after another."""
    left = list(exchanges)

    def connect(address: Address, deadline: Deadline) -> FakeExchange:
        assert (address, deadline) == (ADDRESS, DEADLINE)
        return left.pop(0)

    return EngineClient(ADDRESS, DEADLINE, connect=connect)


CALLS: list[tuple[Callable[[EngineClient], object], str]] = [
    (EngineClient.ping, "/_ping"),
    (EngineClient.version, "/version"),
    (EngineClient.info, "/info"),
    (EngineClient.list_one, "/containers/json?limit=1"),
    (EngineClient.containers, "/containers/json"),
    (EngineClient.networks, "/networks"),
    (EngineClient.settings_seen, "/info"),
]
each_call = pytest.mark.parametrize(("call", "path"), CALLS)


def error_of(call: Callable[[EngineClient], object], answer: Answer) -> EngineError:
    with client_of(FakeExchange([answer])) as client, pytest.raises(EngineError) as caught:
        call(client)
    return caught.value


# --- statuses --------------------------------------------------------------------------------


@each_call
@pytest.mark.parametrize(
    ("status", "ours"),
    [
        (400, EngineRefused),
        (403, EngineRefused),
        (404, EngineRefused),
        (500, EngineFault),
        (503, EngineFault),
        (101, AnswerUnexpected),
        (204, AnswerUnexpected),
        (302, AnswerUnexpected),
    ],
)
def test_each_status_has_one_class(
    call: Callable[[EngineClient], object], path: str, status: int, ours: type[EngineError]
) -> None:
    error = error_of(call, Answer(status, {}, b'{"message": "the daemon\'s words"}'))

    assert type(error) is ours
    assert error.details["path"] == path
    assert error.details["status"] == status
    assert str(status) in error.message
    if ours is not AnswerUnexpected:
        assert error.message.endswith(": the daemon's words")
        assert error.details["message"] == "the daemon's words"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"message": "no"}\n', "no"),
        (b"client version 1.1 is too old\n", "client version 1.1 is too old"),
        (b'{"message": 5}', '{"message": 5}'),
        (b'"no"', '"no"'),
        (b'{"message": "a\\n\\tb\\u001b[31m c\\u202e\\u0000"}', "a b [31m c"),
        (b"\xff\x1b]0;title\x07", "� ]0;title"),
        (b"", ""),
        (b"[" * 100_000, "[" * (MAX_MESSAGE_CHARACTERS - 1) + "…"),
        (
            json.dumps({"message": "x" * 10_000}).encode(),
            "x" * (MAX_MESSAGE_CHARACTERS - 1) + "…",
        ),
    ],
)
def test_the_daemons_words_are_short_and_printable(body: bytes, message: str) -> None:
    error = error_of(EngineClient.ping, Answer(500, {}, body))

    assert error.details["message"] == message
    assert error.message.isprintable()
    assert not error.message.endswith(": ")


# --- bodies ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"", b"OK", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 10_000, b"{'a': 1}"]
)
@pytest.mark.parametrize(("call", "path"), CALLS[1:])
def test_what_is_not_json(call: Callable[[EngineClient], object], path: str, body: bytes) -> None:
    error = error_of(call, Answer(200, {}, body))

    assert type(error) is AnswerUnexpected
    assert error.details["path"] == path


@pytest.mark.parametrize(("body", "count"), [(b"[]\n", 0), (b'[{"Id": "a"}]', 1)])
def test_list_one(body: bytes, count: int) -> None:
    with client_of(FakeExchange([Answer(200, {}, body)])) as client:
        assert client.list_one() == count


@pytest.mark.parametrize("body", [b"{}", b"null", b"5", b'"a"'])
def test_a_list_that_is_none(body: bytes) -> None:
    assert type(error_of(EngineClient.list_one, Answer(200, {}, body))) is AnswerUnexpected


# --- connections -----------------------------------------------------------------------------


def test_calls_share_a_connection_and_the_slow_ones_have_more_time() -> None:
    exchange = FakeExchange([PONG, Answer(200, {}, b"[]"), PONG])

    with client_of(exchange) as client:
        client.connect()
        assert exchange.asked == []
        client.ping()
        client.list_one()
        client.ping()
        assert exchange.closed == 0

    assert exchange.asked == [
        ("GET", "/_ping", 5.0),
        ("GET", "/containers/json?limit=1", 10.0),
        ("GET", "/_ping", 5.0),
    ]
    assert exchange.closed == 1


def test_a_connection_that_ended_is_closed_and_replaced() -> None:
    first, second = FakeExchange([PONG], reusable=False), FakeExchange([PONG])

    with client_of(first, second) as client:
        client.ping()
        client.ping()
        assert first.closed == 1

    assert (len(first.asked), len(second.asked), second.closed) == (1, 1, 1)


def test_a_client_that_was_never_used_closes_nothing() -> None:
    with client_of():
        pass


def test_a_failed_connect_leaves_nothing_to_close() -> None:
    def connect(_address: Address, _deadline: Deadline) -> FakeExchange:
        raise ConnectionRefused("nobody listens")

    client = EngineClient(ADDRESS, DEADLINE, connect=connect)
    with client, pytest.raises(ConnectionRefused):
        client.connect()
