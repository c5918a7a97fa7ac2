"""What the kernel tells of sockets, addresses and routes; its real answers and broken ones."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dockerctl.host.netlink import attributes, messages
from dockerctl.host.routes import host_addresses, host_routes
from dockerctl.host.tcp_ports import TcpListener, holders, tcp_listeners


def test_own_addresses() -> None:
    found = host_addresses()
    assert "127.0.0.1" in {str(address.ip) for _, address in found}


def test_routes_have_a_device() -> None:
    assert all(route.device for route in host_routes())


def test_a_port_of_ours_and_who_has_it() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        number = listener.getsockname()[1]
        found = [one for one in tcp_listeners() if one.port == number]
        assert [one.address for one in found] == ["127.0.0.1"]
        assert holders([found[0].inode]) == {found[0].inode: os.getpid()}
    assert holders([]) == {}


def test_lines_that_are_no_sockets(tmp_path: Path) -> None:
    (tmp_path / "tcp").write_bytes(
        b"head\n 0: zz:0016 0:0 0A 0 0 0 0 0 7 1\nshort\n"
        b" 1: 0100007F:0016 00000000:0000 0A 0:0 0:0 0 0 0 77 1\n\xff\n"
    )
    found = tcp_listeners(str(tmp_path))
    assert [(one.port, one.inode) for one in found] == [(22, 77)]


def test_listeners_that_meet() -> None:
    everywhere = TcpListener("0.0.0.0", 80)
    assert everywhere.meets("127.0.0.1", 80)
    assert TcpListener("127.0.0.1", 80).meets("0.0.0.0", 80)
    assert not TcpListener("127.0.0.1", 80).meets("127.0.0.2", 80)
    assert not everywhere.meets("127.0.0.1", 81)


@given(st.binary(max_size=200))
def test_broken_answers_end(data: bytes) -> None:
    for _, body in messages(data):
        attributes(body)
    attributes(data)


def test_messages_and_attributes() -> None:
    body = struct.pack("=HH", 5, 0x4001) + b"x\0\0\0"
    data = struct.pack("=IHHII", 16 + len(body), 20, 0, 1, 0) + body
    assert [(kind, attributes(inner)) for kind, inner in messages(data * 2)] == [
        (20, {1: b"x"}),
        (20, {1: b"x"}),
    ]
