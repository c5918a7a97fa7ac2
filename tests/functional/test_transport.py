"""The transport against servers that misbehave: every failure is exactly one class of ours.

Each row first asserts what the standard library makes of the server, so that the translation
rests on facts: an exception, or None where http.client lets it pass and the check is ours.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dockerctl import __version__
from dockerctl.deadline import Deadline
from dockerctl.docker.address import Address
from dockerctl.docker.client import EngineClient
from dockerctl.docker.transport import Answer, open_connection, request
from dockerctl.errors import AnswerGarbled, ConnectionReset, EngineError, ReadTimeout, TlsFailed
from tests.functional import leftovers
from tests.functional import misbehaving_server as server
from tests.functional.misbehaving_server import OK, Behaviour, Family

RECORDED = Path(__file__).parents[1] / "fixtures" / "engine"
MAX_BYTES = 100_000


@pytest.fixture(params=["unix", "tcp"])
def family(request: pytest.FixtureRequest) -> Family:
    chosen: Family = request.param
    return chosen


@pytest.fixture(autouse=True)
def nothing_left_over() -> Iterator[None]:
    with leftovers.none():
        yield


def deadline(seconds: float = 20.0) -> Deadline:
    return Deadline.after(seconds)


def ask(address: Address, *, within_s: float = 20.0, read_timeout_s: float = 10.0) -> Answer:
    return request(
        address,
        "GET",
        "/_ping",
        deadline(within_s),
        read_timeout_s=read_timeout_s,
        max_bytes=MAX_BYTES,
    )


def stdlib_outcome(address: Address, timeout_s: float) -> Exception | None:
    """What http.client alone makes of a request: the exception, or None for an answer."""
    with server.connecting(address) as sock:
        sock.connect(server.target(address))
        sock.settimeout(timeout_s)
        client = http.client.HTTPConnection("docker")
        client.sock = sock
        try:
            client.request("GET", "/_ping")
            client.getresponse().read()
        except (OSError, http.client.HTTPException, ValueError) as error:
            return error
        finally:
            client.close()
        return None


# --- after the connection --------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A server, what the standard library raises there (None: nothing), and what we raise.

    ``newer_stdlib`` is what its newer releases raise where they came to check it themselves.
    ``within_s`` is our deadline and ``read_timeout_s`` both sides' patience, where they matter.
    """

    behaviour: Behaviour
    stdlib: type[Exception] | None
    ours: type[EngineError]
    within_s: float = 20.0
    read_timeout_s: float = 10.0
    newer_stdlib: type[Exception] | None = None

    def stdlib_does(self, outcome: Exception | None) -> bool:
        expected = {self.stdlib, self.newer_stdlib or self.stdlib}
        return any(
            outcome is None if kind is None else isinstance(outcome, kind) for kind in expected
        )


def head(*lines: str) -> bytes:
    return "".join(f"{line}\r\n" for line in ("HTTP/1.1 200 OK", *lines, "")).encode()


def chunked(*pieces: bytes) -> bytes:
    return head("Transfer-Encoding: chunked") + b"".join(pieces)


CHUNK = b"2\r\nOK\r\n"
SLOWLY = server.drips(OK, 0.015)

CASES = {
    # The connection ends before any answer.
    "closes at once": Case(server.closes_at_once, ConnectionError, ConnectionReset),
    "answers nothing": Case(
        server.answers_nothing, http.client.RemoteDisconnected, ConnectionReset
    ),
    "resets": Case(server.resets, ConnectionResetError, ConnectionReset),
    "resets within the body": Case(
        server.resets_after(head("Content-Length: 10") + b"OK"),
        ConnectionResetError,
        ConnectionReset,
    ),
    # No answer, or not all of it, in time.
    "never answers": Case(server.never_answers, TimeoutError, ReadTimeout, read_timeout_s=0.1),
    "stops within the headers": Case(
        server.sends_and_holds(OK[:30]), TimeoutError, ReadTimeout, read_timeout_s=0.1
    ),
    "stops within the body": Case(
        server.sends_and_holds(head("Content-Length: 10") + b"OK"),
        TimeoutError,
        ReadTimeout,
        read_timeout_s=0.1,
    ),
    "drips": Case(SLOWLY, None, ReadTimeout, within_s=0.5),
    # It is not HTTP.
    "garbage": Case(server.sends(bytes(range(256))), http.client.BadStatusLine, AnswerGarbled),
    "another protocol": Case(
        server.sends(b"SSH-2.0-OpenSSH_9.2p1\r\n"), http.client.BadStatusLine, AnswerGarbled
    ),
    "empty line": Case(server.sends(b"\r\n\r\n"), http.client.BadStatusLine, AnswerGarbled),
    "another version": Case(
        server.sends(b"HTTP/2.0 200 OK\r\n\r\n"), http.client.UnknownProtocol, AnswerGarbled
    ),
    "status is no number": Case(
        server.sends(b"HTTP/1.1 OK\r\n\r\n"), http.client.BadStatusLine, AnswerGarbled
    ),
    "body without a head": Case(server.sends(b"OK"), http.client.BadStatusLine, AnswerGarbled),
    # It is cut off.
    "cut within the status": Case(
        server.sends(b"HTTP/1.1 20"), http.client.BadStatusLine, AnswerGarbled
    ),
    "cut after the status": Case(server.sends(b"HTTP/1.1 200 OK\r\n"), None, AnswerGarbled),
    "cut within a header": Case(server.sends(OK[:40]), None, AnswerGarbled),
    "cut within the body": Case(
        server.sends(head("Content-Length: 10") + b"OK"),
        http.client.IncompleteRead,
        AnswerGarbled,
    ),
    "cut within a chunk": Case(
        server.sends(chunked(b"9\r\nOK")), http.client.IncompleteRead, AnswerGarbled
    ),
    "cut between chunks": Case(
        server.sends(chunked(CHUNK)), http.client.IncompleteRead, AnswerGarbled
    ),
    # Its lengths make no sense.
    "chunk size is no number": Case(
        server.sends(chunked(b"zz\r\nOK\r\n0\r\n\r\n")),
        http.client.IncompleteRead,
        AnswerGarbled,
    ),
    "chunk size is negative": Case(
        server.sends(chunked(b"-2\r\nOK\r\n0\r\n\r\n")), ValueError, AnswerGarbled
    ),
    "length is no number": Case(
        server.sends(head("Content-Length: two") + b"OK"), None, AnswerGarbled
    ),
    "length is negative": Case(
        server.sends(head("Content-Length: -2") + b"OK"), None, AnswerGarbled
    ),
    "two lengths": Case(
        server.sends(head("Content-Length: 2", "Content-Length: 3") + b"OK"), None, AnswerGarbled
    ),
    # It is larger than any sane answer.
    "long header": Case(
        server.sends(head("X: " + "x" * 70_000)), http.client.LineTooLong, AnswerGarbled
    ),
    "many headers": Case(
        server.sends(head(*["X: x"] * 200)), http.client.HTTPException, AnswerGarbled
    ),
    "large headers": Case(server.sends(head(*["X: " + "x" * 1000] * 90)), None, AnswerGarbled),
    "endless continue": Case(
        server.sends(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000 + OK),
        None,
        AnswerGarbled,
        newer_stdlib=http.client.HTTPException,
    ),
    "large body": Case(
        server.sends(head("Content-Length: 200000") + b"x" * 200_000), None, AnswerGarbled
    ),
    "large body up to the end": Case(server.sends(head() + b"x" * 200_000), None, AnswerGarbled),
    "large body in chunks": Case(
        server.sends(
            chunked(b"4e20\r\n" + b"x" * 20_000 + b"\r\n") + CHUNK * 60_000 + b"0\r\n\r\n"
        ),
        None,
        AnswerGarbled,
    ),
    "large trailer": Case(
        server.sends(chunked(CHUNK, b"0\r\n", b"X: xxxxxxxxxxxxx\r\n" * 30_000, b"\r\n")),
        None,
        AnswerGarbled,
        newer_stdlib=http.client.HTTPException,
    ),
    # What Go answers to plain HTTP on a TLS port.
    "wants TLS": Case(
        server.sends((RECORDED / "28.5.2" / "plain-on-tls.http").read_bytes()), None, TlsFailed
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_each_failure_is_one_class(case: Case, family: Family, tmp_path: Path) -> None:
    if case.ours is TlsFailed and family == "unix":
        return  # a unix socket has no TLS to want
    with server.serving(family, tmp_path, case.behaviour) as address:
        outcome = stdlib_outcome(address, case.read_timeout_s)
        assert case.stdlib_does(outcome), repr(outcome)

        with pytest.raises(EngineError) as caught:
            ask(address, within_s=case.within_s, read_timeout_s=case.read_timeout_s)

    assert type(caught.value) is case.ours
    assert caught.value.details["address"] == str(address)
    assert caught.value.details["step"] in ("send", "read")
    assert caught.value.message.isprintable()


SOUND = {
    "a length": (OK, b"OK"),
    "no length": (head() + b"OK", b"OK"),
    "chunks": (chunked(CHUNK, CHUNK, b"0\r\n\r\n"), b"OKOK"),
    "chunks with an extension": (chunked(b"2;a=b\r\nOK\r\n", b"0\r\n\r\n"), b"OK"),
    "nothing": (head("Content-Length: 0"), b""),
    "continue first": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"OK"),
    "more than its length": (OK + b" and more", b"OK"),
    "HTTP/1.0": (OK.replace(b"HTTP/1.1", b"HTTP/1.0"), b"OK"),
    "as large as allowed": (
        head(f"Content-Length: {MAX_BYTES}") + b"x" * MAX_BYTES,
        b"x" * MAX_BYTES,
    ),
}


@pytest.mark.parametrize(("data", "body"), SOUND.values(), ids=SOUND.keys())
def test_sound_answers_arrive_whole(
    data: bytes, body: bytes, family: Family, tmp_path: Path
) -> None:
    with server.serving(family, tmp_path, server.sends(data)) as address:
        assert stdlib_outcome(address, 10.0) is None
        answer = ask(address)

    assert answer.status == 200
    assert answer.body == body


def test_a_slow_answer_within_the_deadline_arrives(family: Family, tmp_path: Path) -> None:
    with server.serving(family, tmp_path, SLOWLY) as address:
        assert ask(address).body == b"OK"


def test_header_names_are_lower_case_and_repeated_ones_joined(tmp_path: Path) -> None:
    data = head("API-Version: 1.45", "Warning: a", "warning: b", "Content-Length: 0")
    with server.serving("unix", tmp_path, server.sends(data)) as address:
        headers = ask(address).headers

    assert headers == {"api-version": "1.45", "warning": "a, b", "content-length": "0"}


def test_what_is_sent(family: Family, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    received: list[bytes] = []

    def keeps(connection: socket.socket) -> None:
        received.append(server.read_request(connection))
        connection.sendall(OK)

    with server.serving(family, tmp_path, keeps) as address:
        ask(address)

    assert received == [
        b"GET /_ping HTTP/1.1\r\nHost: docker\r\n"
        b"User-Agent: dockerctl/" + __version__.encode() + b"\r\nConnection: close\r\n\r\n"
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "_ping"), ("GET", "/a b"), ("GET", "/a\r\nX: y"), ("GET", "/ä"), ("G T", "/")],
)
def test_a_request_that_would_not_be_one_is_a_mistake_of_ours(
    method: str, path: str, tmp_path: Path
) -> None:
    with (
        server.serving("unix", tmp_path, server.never_answers) as address,
        open_connection(address, deadline()) as connection,
        pytest.raises(ValueError, match=r"not a request|has to be quoted"),
    ):
        connection.request(method, path)


def test_an_answer_that_came_before_the_request_is_read(tmp_path: Path) -> None:
    closed = threading.Event()
    with (
        server.serving("unix", tmp_path, server.sends_at_once(OK), served=closed.set) as address,
        open_connection(address, deadline()) as connection,
    ):
        assert closed.wait(10)
        with server.connecting(address) as plain:
            closed.clear()
            plain.connect(server.target(address))
            assert closed.wait(10)
            with pytest.raises(BrokenPipeError):
                plain.sendall(b"GET /_ping HTTP/1.1\r\n\r\n")
        assert connection.request("GET", "/_ping").body == b"OK"


# --- one connection, several requests --------------------------------------------------------


def test_several_requests_on_one_connection(family: Family, tmp_path: Path) -> None:
    answers = server.answers_each_with(OK, chunked(CHUNK, b"0\r\n\r\n"), OK)
    with (
        server.serving(family, tmp_path, answers) as address,
        open_connection(address, deadline()) as connection,
    ):
        bodies = []
        for _ in range(3):
            assert connection.reusable
            bodies.append(connection.request("GET", "/_ping").body)

    assert bodies == [b"OK", b"OK", b"OK"]
    assert not connection.reusable


@pytest.mark.parametrize(
    "data",
    [head("Connection: close", "Content-Length: 2") + b"OK", head() + b"OK"],
    ids=["it says so", "its end is the body's end"],
)
def test_a_connection_that_the_daemon_closes_is_not_reusable(data: bytes, tmp_path: Path) -> None:
    with (
        server.serving("unix", tmp_path, server.sends(data)) as address,
        open_connection(address, deadline()) as connection,
    ):
        connection.request("GET", "/_ping")
        assert not connection.reusable


def test_a_failed_connection_is_closed(tmp_path: Path) -> None:
    with server.serving("unix", tmp_path, server.sends(b"garbage\r\n")) as address:
        connection = open_connection(address, deadline())
        with pytest.raises(AnswerGarbled):
            connection.request("GET", "/_ping")
        assert not connection.reusable


def test_bytes_beyond_the_length_spoil_only_the_next_request(tmp_path: Path) -> None:
    behaviour = server.answers_each_with(OK + b"x" * 20_000, OK)
    with (
        server.serving("unix", tmp_path, behaviour) as address,
        open_connection(address, deadline()) as connection,
    ):
        assert connection.request("GET", "/_ping").body == b"OK"
        with pytest.raises(AnswerGarbled):
            connection.request("GET", "/_ping")


def test_the_client_opens_another_connection_when_the_first_was_closed(tmp_path: Path) -> None:
    with (
        server.serving("unix", tmp_path, server.sends(OK.replace(b"1.1", b"1.0", 1))) as address,
        EngineClient(address, deadline()) as client,
    ):
        assert client.ping() == client.ping()
