"""TLS: certificates that are good, expired, foreign or unusable, and ports without TLS."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import dockerctl
from dockerctl.deadline import Deadline
from dockerctl.docker.address import TcpAddress, TlsFiles
from dockerctl.docker.transport import Answer, open_connection, request
from dockerctl.errors import ConnectionReset, EngineError, ReadTimeout, TlsFailed
from tests.functional import leftovers
from tests.functional import misbehaving_server as server
from tests.functional.certificates import Certificates, Pair, make_certificates
from tests.functional.misbehaving_server import OK

# What Go's net/http answers to a TLS handshake on a plain port.
PLAIN_PORT_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Connection: close\r\n\r\n400 Bad Request"
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(autouse=True)
def nothing_left_over() -> Iterator[None]:
    with leftovers.none():
        yield


def server_context(pair: Pair, client_ca: str | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return context


def client_files(certificates: Certificates) -> TlsFiles:
    return TlsFiles(certificates.ca, certificates.client.cert, certificates.client.key)


def ask(address: TcpAddress, within_s: float = 20.0, read_timeout_s: float = 10.0) -> Answer:
    return request(
        address, "GET", "/_ping", Deadline.after(within_s), read_timeout_s=read_timeout_s
    )


def stdlib_error(address: TcpAddress, files: TlsFiles) -> ssl.SSLError:
    """What the ssl module alone raises for a request."""
    context = ssl.create_default_context(cafile=files.ca)
    context.check_hostname = False
    if files.cert is not None:
        context.load_cert_chain(files.cert, files.key)
    with server.connecting(address) as plain:
        plain.connect(server.target(address))
        plain.settimeout(10)
        try:
            with context.wrap_socket(plain) as secured:
                with contextlib.suppress(ssl.SSLEOFError, ConnectionError):
                    secured.sendall(b"GET /_ping HTTP/1.1\r\n\r\n")
                secured.recv(1)
        except ssl.SSLError as error:
            return error
    raise AssertionError("the ssl module accepts it")


# --- sound connections -----------------------------------------------------------------------


def test_both_sides_verify_each_other(certificates: Certificates, tmp_path: Path) -> None:
    context = server_context(certificates.server, certificates.ca)
    with server.serving("tcp", tmp_path, server.sends(OK), context) as address:
        assert isinstance(address, TcpAddress)
        assert ask(replace(address, tls=client_files(certificates))).body == b"OK"


def test_without_verifying_any_certificate_is_good(
    certificates: Certificates, tmp_path: Path
) -> None:
    with server.serving(
        "tcp", tmp_path, server.sends(OK), server_context(certificates.expired)
    ) as address:
        assert isinstance(address, TcpAddress)
        assert ask(replace(address, tls=TlsFiles(verify=False))).body == b"OK"


def test_several_requests_on_one_connection(certificates: Certificates, tmp_path: Path) -> None:
    with server.serving(
        "tcp", tmp_path, server.answers_each_with(OK, OK), server_context(certificates.server)
    ) as address:
        assert isinstance(address, TcpAddress)
        secured = replace(address, tls=TlsFiles(certificates.ca))
        with open_connection(secured, Deadline.after(20)) as connection:
            assert connection.request("GET", "/_ping").body == b"OK"
            assert connection.request("GET", "/_ping").body == b"OK"


def test_an_answer_cut_by_a_connection_that_ends_without_a_tls_goodbye(
    certificates: Certificates, tmp_path: Path
) -> None:
    with server.serving(
        "tcp", tmp_path, server.sends(OK[:-1]), server_context(certificates.server)
    ) as address:
        assert isinstance(address, TcpAddress)
        with pytest.raises(EngineError) as caught:
            ask(replace(address, tls=TlsFiles(certificates.ca)))
    assert caught.value.code == "answer-garbled"


@pytest.mark.parametrize(
    ("host", "shown", "good"),
    [
        ("docker.example", "server", True),
        ("docker.example", "elsewhere", False),
        # On loopback the chain counts and the name does not: see dial._tls_context.
        ("127.0.0.1", "elsewhere", True),
        ("localhost", "elsewhere", True),
    ],
)
def test_the_name_in_the_certificate(
    host: str,
    shown: str,
    good: bool,
    certificates: Certificates,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda name, port, **how: real(
            b"127.0.0.1" if name == b"docker.example" else name, port, **how
        ),
    )
    context = server_context(getattr(certificates, shown))
    with server.serving("tcp", tmp_path, server.sends(OK), context) as address:
        assert isinstance(address, TcpAddress)
        named = TcpAddress(host, address.port, TlsFiles(certificates.ca))
        if good:
            assert ask(named).body == b"OK"
        else:
            with pytest.raises(TlsFailed, match="certificate is not valid for"):
                ask(named)


# --- certificates that are refused -----------------------------------------------------------


@dataclass(frozen=True)
class Refusal:
    """Which certificate the server shows and trusts, which files we have, where it fails."""

    shows: str
    trusts: str | None
    files: str
    step: str
    says: str


REFUSALS = {
    "expired": Refusal("expired", None, "ca only", "tls", "expired"),
    "signed by another authority": Refusal("server", None, "other ca", "tls", "issuer"),
    "unknown to the host's authorities": Refusal("server", None, "nothing", "tls", "issuer"),
    # In TLS 1.3 the client is refused after its handshake, so it notices when it reads.
    "client without a certificate": Refusal("server", "ca", "ca only", "read", "refused our side"),
    "client of another authority": Refusal("server", "ca", "stranger", "read", "refused our side"),
}


@pytest.mark.parametrize("case", REFUSALS.values(), ids=REFUSALS.keys())
def test_refused_certificates(case: Refusal, certificates: Certificates, tmp_path: Path) -> None:
    stranger = certificates.stranger
    files = {
        "nothing": TlsFiles(),
        "ca only": TlsFiles(certificates.ca),
        "other ca": TlsFiles(certificates.other_ca),
        "stranger": TlsFiles(certificates.ca, stranger.cert, stranger.key),
    }[case.files]
    context = server_context(
        getattr(certificates, case.shows), case.trusts and getattr(certificates, case.trusts)
    )
    with server.serving("tcp", tmp_path, server.sends(OK), context) as address:
        assert isinstance(address, TcpAddress)
        reason = stdlib_error(address, files).reason
        with pytest.raises(TlsFailed, match=case.says) as caught:
            ask(replace(address, tls=files))

    assert caught.value.details["reason"] == reason
    assert caught.value.details["step"] == case.step
    assert caught.value.details["errno"] is None
    assert "_ssl.c" not in caught.value.message


def test_a_refusal_that_came_before_the_request_is_read(
    certificates: Certificates, tmp_path: Path
) -> None:
    refused = threading.Event()

    context = server_context(certificates.server, certificates.ca)
    with server.serving("tcp", tmp_path, server.sends(OK), context, served=refused.set) as address:
        assert isinstance(address, TcpAddress)
        secured = replace(address, tls=TlsFiles(certificates.ca))
        with open_connection(secured, Deadline.after(20)) as connection:
            assert refused.wait(10)
            with pytest.raises(TlsFailed, match="refused our side"):
                connection.request("GET", "/_ping")


# --- files that cannot be used ---------------------------------------------------------------


@pytest.mark.parametrize("broken", ["ca", "cert", "key"])
@pytest.mark.parametrize("how", ["missing", "folder", "fifo", "junk"])
def test_unusable_files_are_named_and_nothing_is_connected(
    broken: str, how: str, certificates: Certificates, tmp_path: Path
) -> None:
    path = tmp_path / "broken.pem"
    if how == "folder":
        path.mkdir()
    elif how == "fifo":
        os.mkfifo(path)
    elif how == "junk":
        path.write_text("-----BEGIN JUNK-----\n")
    good = client_files(certificates)
    files = {
        "ca": replace(good, ca=str(path)),
        "cert": replace(good, cert=str(path)),
        "key": replace(good, key=str(path)),
    }[broken]

    with server.listening("tcp", tmp_path) as (listener, address):
        assert isinstance(address, TcpAddress)
        with pytest.raises(TlsFailed) as caught:
            ask(replace(address, tls=files))
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()

    assert str(path) in caught.value.message
    number = {"missing": "ENOENT", "folder": "EINVAL", "fifo": "EINVAL", "junk": None}[how]
    assert caught.value.details["errno"] == number


def test_a_key_of_another_certificate(certificates: Certificates) -> None:
    files = replace(client_files(certificates), key=certificates.stranger.key)
    with pytest.raises(TlsFailed, match="mismatch"):
        ask(TcpAddress("127.0.0.1", 1, files))


def test_a_key_behind_a_password_asks_nobody(certificates: Certificates) -> None:
    files = replace(client_files(certificates), key=certificates.encrypted_key)
    program = f"""
from dockerctl.deadline import Deadline
from dockerctl.docker.address import TcpAddress, TlsFiles
from dockerctl.docker.transport import open_connection
from dockerctl.errors import TlsFailed

try:
    open_connection(TcpAddress("127.0.0.1", 1, {files!r}), Deadline.after(20))
except TlsFailed as error:
    print(error.message)
"""
    # OpenSSL asks on the controlling terminal, so the child gets one, where nobody types.
    master, terminal = os.openpty()
    try:
        child = subprocess.run(
            [sys.executable, "-c", program],
            cwd=Path(dockerctl.__file__).parents[1],
            preexec_fn=lambda: os.login_tty(os.dup(terminal)),
            check=True,
            timeout=30,
        )
        shown = os.read(master, 4096).decode()
    finally:
        os.close(master)
        os.close(terminal)

    assert child.returncode == 0
    assert shown.startswith("Cannot use")


# --- servers that do not speak TLS -----------------------------------------------------------


def test_tls_on_a_plain_port(certificates: Certificates, tmp_path: Path) -> None:
    def answers_like_go(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(PLAIN_PORT_ANSWER)

    with server.serving("tcp", tmp_path, answers_like_go) as address:
        assert isinstance(address, TcpAddress)
        assert stdlib_error(address, client_files(certificates)).reason is not None
        with pytest.raises(TlsFailed) as caught:
            ask(replace(address, tls=client_files(certificates)))

    assert caught.value.details["step"] == "tls"
    assert "without TLS" in caught.value.hint


# The start of a TLS record of 16 KiB, of which the rest comes slowly or never.
RECORD = b"\x16\x03\x03\x40\x00\x02" + bytes(16 * 1024)


@pytest.mark.parametrize(
    ("behaviour", "read_timeout_s", "ours"),
    [
        (server.closes_at_once, 10, ConnectionReset),
        (server.resets, 10, ConnectionReset),
        (server.wait_for_client_to_leave, 0.2, ReadTimeout),
        (server.sends_at_once(RECORD[:6]), 10, ConnectionReset),
    ],
    ids=["closes", "resets", "silent", "cut"],
)
def test_a_handshake_that_comes_to_nothing(
    behaviour: server.Behaviour,
    read_timeout_s: float,
    ours: type[EngineError],
    certificates: Certificates,
    tmp_path: Path,
) -> None:
    with server.serving("tcp", tmp_path, behaviour) as address:
        assert isinstance(address, TcpAddress)
        with pytest.raises(EngineError) as caught:
            ask(replace(address, tls=client_files(certificates)), read_timeout_s=read_timeout_s)

    assert type(caught.value) is ours
    assert caught.value.details["step"] == "tls"


def test_a_handshake_that_drips(certificates: Certificates, tmp_path: Path) -> None:
    def drips(connection: socket.socket) -> None:
        for byte in RECORD:
            connection.sendall(bytes([byte]))
            connection.settimeout(0.01)
            try:
                connection.recv(4096)
            except TimeoutError:
                continue
            finally:
                connection.settimeout(None)

    with server.serving("tcp", tmp_path, drips) as address:
        assert isinstance(address, TcpAddress)
        with pytest.raises(ReadTimeout):
            ask(replace(address, tls=client_files(certificates)), within_s=0.5)
