"""Questions to the kernel over netlink (netlink(7)): one request, all parts of its answer.

Reading only, without rights, and without a program that may not be installed.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

# linux/netlink.h
_REQUEST, _DUMP = 0x1, 0x300
_ERROR, _DONE = 2, 3
_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_NESTED = 0x3FFF
_LIMIT_S = 2.0
# The kernel's parts are at most this large.
_PART = 65536


def dump(protocol: int, kind: int, body: bytes) -> Iterator[bytes]:
    """The bodies of all messages that answer a request of ``kind``. Raises OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol) as link:
        link.settimeout(_LIMIT_S)
        link.send(_HEADER.pack(_HEADER.size + len(body), kind, _REQUEST | _DUMP, 1, 0) + body)
        while True:
            for answer, payload in messages(link.recv(_PART)):
                if answer == _DONE:
                    return
                if answer == _ERROR:
                    number = -struct.unpack_from("=i", payload)[0] if len(payload) >= 4 else 0
                    raise OSError(number, "the kernel refuses the question")
                yield payload


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and body of each message in what was received; what is cut short is left out."""
    while len(data) >= _HEADER.size:
        length, kind, *_ = _HEADER.unpack_from(data)
        if not _HEADER.size <= length <= len(data):
            return
        yield kind, data[_HEADER.size : length]
        data = data[_aligned(length) :]


def attributes(data: bytes) -> dict[int, bytes]:
    """The attributes behind the fixed part of a message, by their number."""
    found: dict[int, bytes] = {}
    while len(data) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data)
        if not _ATTRIBUTE.size <= length <= len(data):
            break
        found[kind & _NESTED] = data[_ATTRIBUTE.size : length]
        data = data[_aligned(length) :]
    return found


def _aligned(length: int) -> int:
    return (length + 3) & ~3
