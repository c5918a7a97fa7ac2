"""Addresses: how they are read, written, compared, and found from the daemon's own settings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.docker.address import (
    Address,
    TcpAddress,
    TlsFiles,
    UnixAddress,
    daemon_addresses,
    parse_address,
    same_endpoint,
    tls_from_environment,
)
from dockerctl.errors import AddressUnsupported

FILES = TlsFiles("/c/ca.pem", "/c/cert.pem", "/c/key.pem")
UNVERIFIED = TlsFiles(verify=False)
RUN = UnixAddress("/run/docker.sock")


# --- parse_address ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("unix:///run/docker.sock", RUN),
        ("  unix:///run/docker.sock\n", RUN),
        ("UNIX:///run/docker.sock", RUN),
        ("unix://", UnixAddress("/var/run/docker.sock")),
        ("unix:///a b/ä", UnixAddress("/a b/ä")),
        ("tcp://127.0.0.1:2375", TcpAddress("127.0.0.1", 2375)),
        ("tcp://127.0.0.1", TcpAddress("127.0.0.1", 2375)),
        ("tcp://127.0.0.1:", TcpAddress("127.0.0.1", 2375)),
        ("tcp://127.0.0.1:1/", TcpAddress("127.0.0.1", 1)),
        ("tcp://", TcpAddress("localhost", 2375)),
        ("tcp://:65535", TcpAddress("localhost", 65535)),
        ("tcp://Docker.Example:2375", TcpAddress("docker.example", 2375)),
        ("tcp://[::1]:2375", TcpAddress("::1", 2375)),
        ("tcp://[0:0:0:0:0:0:0:1]", TcpAddress("::1", 2375)),
        ("tcp://[FE80::1%eth0]:2375", TcpAddress("fe80::1%eth0", 2375)),
        ("http://127.0.0.1:80", TcpAddress("127.0.0.1", 80)),
        ("https://127.0.0.1", TcpAddress("127.0.0.1", 2376, TlsFiles())),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tcp://127.0.0.1", TcpAddress("127.0.0.1", 2376, FILES)),
        ("https://127.0.0.1:1", TcpAddress("127.0.0.1", 1, FILES)),
        ("http://127.0.0.1", TcpAddress("127.0.0.1", 2375)),
        ("unix:///run/docker.sock", RUN),
    ],
)
def test_addresses_with_tls(text: str, address: Address) -> None:
    assert parse_address(text, FILES) == address


@pytest.mark.parametrize(
    ("text", "scheme"),
    [
        ("ssh://root@host", "ssh"),
        ("fd://", "fd"),
        ("npipe:////./pipe/docker_engine", "npipe"),
        ("vsock://2:2375", "vsock"),
        ("", None),
        ("/run/docker.sock", None),
        ("127.0.0.1:2375", None),
        ("unix:/run/docker.sock", None),
        ("unix://run/docker.sock", None),
        ("unix:///a\x00b", None),
        ("unix:///a\nb", None),
        ("unix:///\ud800", None),
        ("tcp://::1:2375", None),
        ("tcp://[::1", None),
        ("tcp://[::1]2375", None),
        ("tcp://[localhost]:2375", None),
        ("tcp://[::1%]:2375", None),
        ("tcp://[::1%a b]:2375", None),
        ("tcp://host:0", None),
        ("tcp://host:65536", None),
        ("tcp://host:-1", None),
        ("tcp://host:+1", None),
        ("tcp://host:١", None),
        ("tcp://host:2375/path", None),
        ("tcp://user@host:2375", None),
        ("tcp://hö.example:2375", None),
        ("tcp://ho st:2375", None),
    ],
)
def test_what_is_no_address(text: str, scheme: str | None) -> None:
    with pytest.raises(AddressUnsupported) as caught:
        parse_address(text)

    assert caught.value.details["scheme"] == scheme
    assert caught.value.message.isprintable()
    if scheme is not None:
        assert f"{scheme}://" in caught.value.message


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (RUN, "unix:///run/docker.sock"),
        (TcpAddress("127.0.0.1", 2375), "tcp://127.0.0.1:2375"),
        (TcpAddress("::1", 2376, FILES), "tcp://[::1]:2376"),
    ],
)
def test_the_canonical_form(address: Address, text: str) -> None:
    assert str(address) == text


hosts = st.one_of(
    st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", fullmatch=True),
    st.ip_addresses().map(str),
)
addresses = st.one_of(
    st.builds(
        UnixAddress,
        st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), min_size=1).map(
            lambda text: "/" + text.strip()
        ),
    ),
    st.builds(TcpAddress, hosts, st.integers(1, 65535)),
)


@given(addresses)
def test_the_canonical_form_leads_back(address: Address) -> None:
    again = parse_address(str(address))

    assert str(parse_address(str(again))) == str(again)
    assert again == address or "::ffff:" in str(address)


@given(
    st.one_of(
        st.text(),
        st.builds("{}://{}".format, st.sampled_from(["unix", "tcp", "https", "x"]), st.text()),
        st.builds("tcp://{}:{}".format, hosts, st.text(max_size=6)),
        st.builds("tcp://[{}]{}".format, st.text(max_size=9), st.sampled_from(["", ":1", "x"])),
    )
)
def test_any_text_is_an_address_or_unsupported(text: str) -> None:
    try:
        address = parse_address(text)
    except AddressUnsupported:
        return
    assert parse_address(str(address)) == (
        address if isinstance(address, UnixAddress) else TcpAddress(address.host, address.port)
    )


# --- same_endpoint ---------------------------------------------------------------------------


def fake_realpath(path: str) -> str:
    return path.replace("/var/run/", "/run/")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("unix:///run/docker.sock", "unix:///run/docker.sock", True),
        ("unix:///run/docker.sock", "unix:///var/run/docker.sock", True),
        ("unix:///run/docker.sock", "unix:///run/other.sock", False),
        ("unix:///run/docker.sock", "tcp://127.0.0.1:2375", False),
        ("tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375", True),
        ("tcp://127.0.0.1:2375", "https://127.0.0.1:2375", True),
        ("tcp://127.0.0.1:2375", "tcp://127.0.0.1:2376", False),
        ("tcp://127.0.0.1:2375", "tcp://localhost:2375", True),
        ("tcp://127.0.0.1:2375", "tcp://0.0.0.0:2375", True),
        ("tcp://[::1]:2375", "tcp://[::]:2375", True),
        ("tcp://127.0.0.1:2375", "tcp://192.0.2.1:2375", False),
    ],
)
def test_same_endpoint(a: str, b: str, same: bool) -> None:
    first, second = parse_address(a), parse_address(b)

    assert same_endpoint(first, second, fake_realpath) is same
    assert same_endpoint(second, first, fake_realpath) is same


# --- tls_from_environment --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "files"),
    [
        ({}, None),
        ({"DOCKER_TLS_VERIFY": "", "DOCKER_CERT_PATH": "", "HOME": "/h"}, None),
        (
            {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/c"},
            TlsFiles("/c/ca.pem", "/c/cert.pem", "/c/key.pem", verify=True),
        ),
        # Any text that is not empty verifies, "0" too.
        (
            {"DOCKER_TLS_VERIFY": "0", "DOCKER_CERT_PATH": "/c"},
            TlsFiles("/c/ca.pem", "/c/cert.pem", "/c/key.pem", verify=True),
        ),
        (
            {"DOCKER_CERT_PATH": "/c/"},
            TlsFiles("/c/ca.pem", "/c/cert.pem", "/c/key.pem", verify=False),
        ),
        (
            {"DOCKER_TLS_VERIFY": "1", "HOME": "/h"},
            TlsFiles("/h/.docker/ca.pem", "/h/.docker/cert.pem", "/h/.docker/key.pem"),
        ),
        ({"DOCKER_TLS_VERIFY": "1"}, TlsFiles()),
        ({"DOCKER_TLS_VERIFY": "1", "HOME": ""}, TlsFiles()),
    ],
)
def test_tls_from_environment(environ: dict[str, str], files: TlsFiles | None) -> None:
    assert tls_from_environment(environ) == files


# --- daemon_addresses ------------------------------------------------------------------------

DOCKER_SOCKET = [("Stream", "/run/docker.sock")]


@pytest.mark.parametrize(
    ("listen", "arguments", "config_hosts", "found"),
    [
        (DOCKER_SOCKET, "-H fd://", [], ["unix:///run/docker.sock"]),
        (DOCKER_SOCKET, "-H fd://*", [], ["unix:///run/docker.sock"]),
        ([], "-H fd://", [], []),
        # Without any host the socket unit is not used.
        (DOCKER_SOCKET, "", [], ["unix:///var/run/docker.sock"]),
        ([], "--tls", [], ["tcp://localhost:2376"]),
        ([], "--tlsverify", [], ["tcp://localhost:2376"]),
        ([], "-H unix:///a.sock", [], ["unix:///a.sock"]),
        ([], "", ["unix:///a.sock"], ["unix:///a.sock"]),
        ([], "-H unix://", [], ["unix:///var/run/docker.sock"]),
        # The service's working directory is the root.
        ([], "-H unix://var/run/docker.sock", [], ["unix:///var/run/docker.sock"]),
        # unix first, none twice.
        (
            DOCKER_SOCKET,
            "-H tcp://127.0.0.1:2375 -H fd:// -H tcp://127.0.0.1:2375",
            [],
            ["unix:///run/docker.sock", "tcp://127.0.0.1:2375"],
        ),
        (
            DOCKER_SOCKET,
            "",
            ["tcp://0.0.0.0:2375", "fd://", "tcp://[::]:2375", "tcp://:2377"],
            [
                "unix:///run/docker.sock",
                "tcp://127.0.0.1:2375",
                "tcp://[::1]:2375",
                "tcp://localhost:2377",
            ],
        ),
        # No scheme means tcp, and TLS does not change the default port (moby, opts/hosts.go).
        ([], "-H 127.0.0.1:2375", [], ["tcp://127.0.0.1:2375"]),
        ([], "-H 127.0.0.1", [], ["tcp://127.0.0.1:2375"]),
        ([], "--tls -H tcp://127.0.0.1", [], ["tcp://127.0.0.1:2375"]),
        # The listeners of a socket unit, one of them by its descriptor.
        (
            [
                ("Stream", "[::]:2375"),
                ("Datagram", "/run/log"),
                ("FIFO", "/run/fifo"),
                ("Stream", "/run/docker.sock"),
                ("Stream", "@abstract"),
                ("Stream", "vsock:2:3"),
            ],
            "-H fd://",
            [],
            ["unix:///run/docker.sock", "tcp://[::1]:2375"],
        ),
        (
            [("Stream", "/run/a.sock"), ("Stream", "/run/b.sock")],
            "-H fd://4",
            [],
            ["unix:///run/b.sock"],
        ),
        ([("Stream", "/run/a.sock")], "-H fd://9", [], ["unix:///run/a.sock"]),
        # What dockerd refuses is left out.
        ([], "-H npipe:////./pipe/x -H foo://x -H tcp://host:x", [], []),
    ],
)
def test_daemon_addresses(
    listen: list[tuple[str, str]], arguments: str, config_hosts: list[str], found: list[str]
) -> None:
    addresses = daemon_addresses(listen, ["dockerd", *arguments.split()], config_hosts)

    assert [str(address) for address in addresses] == found


@pytest.mark.parametrize(
    ("arguments", "config_tls", "given_files", "used"),
    [
        ("", False, FILES, None),
        ("--tlsverify", False, FILES, FILES),
        ("", True, FILES, FILES),
        ("--tls", False, None, UNVERIFIED),
    ],
)
def test_tls_of_the_daemon_decides(
    arguments: str, config_tls: bool, given_files: TlsFiles | None, used: TlsFiles | None
) -> None:
    argv = ["dockerd", "-H", "tcp://127.0.0.1:2376", *arguments.split()]

    addresses = daemon_addresses([], argv, [], tls=given_files, config_tls=config_tls)

    assert addresses == (TcpAddress("127.0.0.1", 2376, used),)


def test_the_default_of_a_rootless_daemon() -> None:
    path = "/run/user/1000/docker.sock"

    assert daemon_addresses([], ["dockerd"], [], default_socket=path) == (UnixAddress(path),)


@given(
    st.lists(st.tuples(st.sampled_from(["Stream", "Datagram", "x"]), st.text())),
    st.lists(st.text()),
    st.lists(
        st.one_of(st.text(), st.text().map("tcp://{}".format), st.text().map("fd://{}".format))
    ),
)
def test_any_settings_give_addresses_that_can_be_read_again(
    listen: list[tuple[str, str]], argv: list[str], config_hosts: list[str]
) -> None:
    addresses = daemon_addresses(listen, argv, config_hosts)

    assert len(set(addresses)) == len(addresses)
    kinds = [isinstance(address, TcpAddress) for address in addresses]
    assert kinds == sorted(kinds)
    for address in addresses:
        assert str(parse_address(str(address))) == str(address)
