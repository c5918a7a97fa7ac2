"""Reload events: the request, and what real engines answered to it."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.deadline import Deadline
from dockerctl.docker.client import EngineClient
from dockerctl.docker.events import ReloadEvent, read_reload_events, reload_events_path
from dockerctl.docker.transport import Answer
from dockerctl.errors import AnswerUnexpected
from tests.fakes.clock import FakeClock
from tests.unit.test_docker_answers import ENGINES, recorded
from tests.unit.test_docker_client import ADDRESS, FakeExchange

ATTRIBUTES = {"debug": "false", "labels": '["a=1"]'}


def event(**changes: object) -> bytes:
    """One event as the daemon writes it."""
    document: dict[str, object] = {
        "Type": "daemon",
        "Action": "reload",
        "Actor": {"ID": "d", "Attributes": ATTRIBUTES},
        "scope": "local",
        "time": 1795510009,
        "timeNano": 1795510009382342204,
    }
    return json.dumps(document | changes).encode() + b"\n"


def test_the_request() -> None:
    path = reload_events_path(1795510009.25, 1795510011)

    assert path == (
        "/events?since=1795510009.250000000&until=1795510011.000000000&filters="
        "%7B%22type%22%3A%5B%22daemon%22%5D%2C%22event%22%3A%5B%22reload%22%5D%7D"
    )
    (filters,) = parse_qs(urlsplit(path).query)["filters"]
    assert json.loads(filters) == {"type": ["daemon"], "event": ["reload"]}


@pytest.mark.parametrize("moment", [-1.0, float("nan"), float("inf")])
def test_no_time(moment: float) -> None:
    with pytest.raises(ValueError, match="no time"):
        reload_events_path(moment, 1.0)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_engines_sent(engine: str) -> None:
    first, second = read_reload_events(recorded(engine, "reload-events")[1])

    assert 0.9 < second.time - first.time < 1.5
    assert first.attributes["labels"] == '["a=1","b=x y"]'
    assert second.attributes["labels"] == '["a=2"]'
    for found in (first, second):
        # The second file had no mirrors any more: a reload does not undo them.
        assert found.attributes["registry-mirrors"] == '["https://m.example/"]'
        assert found.attributes["debug"] == "false"


@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n \t", b"\x1e"])
def test_one_after_another(between: bytes) -> None:
    body = between + between.join([event().strip(), event(timeNano=1).strip()]) + between

    assert read_reload_events(body) == (
        ReloadEvent(1795510009.382342204, ATTRIBUTES),
        ReloadEvent(1e-9, ATTRIBUTES),
    )


@pytest.mark.parametrize("body", [b"", b"\n", event(Action="die"), event(Type="container")])
def test_no_reload(body: bytes) -> None:
    assert read_reload_events(body) == ()


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[" * 100_000, b"\xff", b"<html>", event() + b"x", event()[:50], b"null", b"[]",
        event(Actor=None), event(Actor={}), event(timeNano="5"), event(timeNano=-5),
        event(Actor={"Attributes": {"debug": True}}), event(Type=5),
    ],
)  # fmt: skip
def test_what_is_none(body: bytes) -> None:
    with pytest.raises(AnswerUnexpected) as caught:
        read_reload_events(body)
    assert caught.value.details["path"] == "/events"


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    try:
        assert isinstance(read_reload_events(body), tuple)
    except AnswerUnexpected:
        return


@pytest.mark.parametrize(("ahead", "limit"), [(-3.0, 10.0), (0.0, 10.0), (4.0, 14.0)])
def test_an_end_in_the_future_is_waited_for(ahead: float, limit: float) -> None:
    clock = FakeClock()
    exchange = FakeExchange([Answer(200, {}, event())])
    client = EngineClient(
        ADDRESS, Deadline.after(60, clock), connect=lambda _address, _deadline: exchange
    )

    with client:
        (found,) = client.reload_events(clock.time() - 5, clock.time() + ahead)

    assert found.attributes == ATTRIBUTES
    assert exchange.asked[0][1].startswith("/events?since=1699999995.000000000&until=")
    assert exchange.asked[0][2] == pytest.approx(limit)
