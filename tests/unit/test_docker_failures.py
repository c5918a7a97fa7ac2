"""Every error number and exception has exactly one class of ours."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

from dockerctl.docker.address import TcpAddress, UnixAddress
from dockerctl.docker.failures import Step, engine_error, is_closed
from dockerctl.errors import (
    ConnectionRefused,
    ConnectionReset,
    ConnectTimeout,
    EngineError,
    ReadTimeout,
    SocketForbidden,
    SocketMissing,
    TlsFailed,
)

UNIX = UnixAddress("/run/docker.sock")
TCP = TcpAddress("192.0.2.1", 2375)


def system(number: int) -> OSError:
    """As the interpreter raises it: the number picks the subclass."""
    return OSError(number, "the system's words")


def tls(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}] the library's words (_ssl.c:1000)")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "on_unix", "on_tcp"),
    [
        (system(errno.ENOENT), SocketMissing, ConnectionRefused),
        (system(errno.ENOTDIR), SocketMissing, ConnectionRefused),
        (system(errno.ELOOP), SocketMissing, ConnectionRefused),
        (system(errno.ECONNREFUSED), ConnectionRefused, ConnectionRefused),
        (system(errno.ENOTSOCK), ConnectionRefused, ConnectionRefused),
        (system(errno.EPROTOTYPE), ConnectionRefused, ConnectionRefused),
        (system(errno.ECONNRESET), ConnectionRefused, ConnectionRefused),
        (system(errno.ENETUNREACH), ConnectionRefused, ConnectionRefused),
        (system(errno.EHOSTUNREACH), ConnectionRefused, ConnectionRefused),
        (system(errno.EADDRNOTAVAIL), ConnectionRefused, ConnectionRefused),
        (system(errno.EMFILE), ConnectionRefused, ConnectionRefused),
        (system(errno.EACCES), SocketForbidden, SocketForbidden),
        (system(errno.EPERM), SocketForbidden, SocketForbidden),
        (system(errno.EAGAIN), ConnectTimeout, ConnectTimeout),
        (system(errno.ETIMEDOUT), ConnectTimeout, ConnectTimeout),
        (TimeoutError("timed out"), ConnectTimeout, ConnectTimeout),
        (socket.gaierror(socket.EAI_AGAIN, "words"), ConnectTimeout, ConnectTimeout),
        (socket.gaierror(socket.EAI_NONAME, "words"), ConnectionRefused, ConnectionRefused),
    ],
)
def test_connecting(error: OSError, on_unix: type[EngineError], on_tcp: type[EngineError]) -> None:
    assert type(engine_error(error, UNIX, "connect")) is on_unix
    assert type(engine_error(error, TCP, "connect")) is on_tcp


@pytest.mark.parametrize("step", ["tls", "send", "read"])
@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (system(errno.ECONNRESET), ConnectionReset),
        (system(errno.EPIPE), ConnectionReset),
        (system(errno.ENOTCONN), ConnectionReset),
        (system(errno.EIO), ConnectionReset),
        (system(errno.EAGAIN), ReadTimeout),
        (system(errno.ETIMEDOUT), ReadTimeout),
        (TimeoutError("timed out"), ReadTimeout),
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), ConnectionReset),
        (ssl.SSLZeroReturnError(6, "TLS/SSL connection has been closed"), ConnectionReset),
        (tls("WRONG_VERSION_NUMBER"), TlsFailed),
        (tls("TLSV13_ALERT_CERTIFICATE_REQUIRED"), TlsFailed),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), TlsFailed),
    ],
)
def test_after_connecting(error: OSError, ours: type[EngineError], step: Step) -> None:
    translated = engine_error(error, TCP, step)

    assert type(translated) is ours
    assert translated.details["step"] == step


@pytest.mark.parametrize("step", ["connect", "tls", "send", "read"])
@pytest.mark.parametrize(
    "error",
    [
        system(errno.ENOENT),
        system(errno.EPERM),
        system(errno.ECONNREFUSED),
        system(errno.ETIMEDOUT),
        socket.gaierror(socket.EAI_AGAIN, "words"),
        tls("UNKNOWN_PROTOCOL"),
    ],
)
def test_a_message_begins_as_a_sentence_or_with_the_address(error: OSError, step: Step) -> None:
    message = engine_error(error, UNIX, step).message

    assert message[0].isupper() or message.startswith("unix:///run/docker.sock ")


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (system(errno.ECONNREFUSED), "ECONNREFUSED"),
        (system(errno.EAGAIN), "EAGAIN"),
        (TimeoutError("timed out"), None),
        (OSError("AF_UNIX path too long"), None),
        (system(99999), None),
        (socket.gaierror(socket.EAI_NONAME, "words"), "EAI_NONAME"),
        (socket.gaierror(-99999, "words"), None),
    ],
)
def test_the_details(error: OSError, name: str | None) -> None:
    assert engine_error(error, TCP, "connect").details == {
        "address": "tcp://192.0.2.1:2375",
        "errno": name,
        "step": "connect",
    }


def test_the_number_of_the_tls_library_is_no_errno() -> None:
    # 1 is SSL_ERROR_SSL there, and EPERM to the system.
    details = engine_error(tls("UNKNOWN_PROTOCOL"), TCP, "tls").details

    assert details["errno"] is None
    assert details["reason"] == "UNKNOWN_PROTOCOL"


@pytest.mark.parametrize(
    ("reason", "message", "hint"),
    [
        ("WRONG_VERSION_NUMBER", "failed: the library's words", "without TLS"),
        ("HTTP_REQUEST", "failed: the library's words", "without TLS"),
        ("CERTIFICATE_VERIFY_FAILED", "failed: the library's words", "ca.pem"),
        ("TLSV1_ALERT_UNKNOWN_CA", "refused our side of TLS: the library's words", "cert.pem"),
    ],
)
def test_what_is_said_about_tls(reason: str, message: str, hint: str) -> None:
    error = engine_error(tls(reason), TCP, "tls")

    assert error.message.endswith(message)
    assert hint in error.hint


@pytest.mark.parametrize(
    ("number", "word"),
    [(errno.ECONNREFUSED, "ss -ltnp"), (errno.EACCES, "firewall")],
)
def test_hints_about_a_port_are_not_about_files(number: int, word: str) -> None:
    assert word in engine_error(system(number), TCP, "connect").hint
    assert word not in engine_error(system(number), UNIX, "connect").hint


@pytest.mark.parametrize(
    ("error", "closed"),
    [
        (system(errno.EPIPE), True),
        (system(errno.ECONNRESET), True),
        (ssl.SSLEOFError(8, "EOF"), True),
        (ssl.SSLZeroReturnError(6, "closed"), True),
        (tls("TLSV1_ALERT_UNKNOWN_CA"), False),
        (TimeoutError(), False),
        (system(errno.EIO), False),
    ],
)
def test_whether_the_other_side_has_closed(error: OSError, closed: bool) -> None:
    assert is_closed(error) is closed
