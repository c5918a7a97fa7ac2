"""Unix sockets that somebody listens on, as the kernel has them (sock_diag(7)).

Unlike /proc/net/unix the kernel's answer has the queue of clients that nobody accepted, and the
file that a socket was bound to. It is about the network namespace of the caller.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from dockerctl.host.netlink import attributes, dump

# linux/netlink.h, linux/sock_diag.h, linux/unix_diag.h, include/net/tcp_states.h
_SOCK_DIAG = 4
_BY_FAMILY = 20
_LISTENING = 10
_SHOW_NAME, _SHOW_FILE, _SHOW_QUEUE = 0x1, 0x2, 0x10
_NAME, _FILE, _QUEUE = 0, 1, 4
_REQUEST = struct.Struct("=BBHIIIII")
_ANSWER = struct.Struct("=BBBBIII")
_PAIR = struct.Struct("=II")


@dataclass(frozen=True)
class UnixListener:
    """One listening socket. ``path`` is as it was bound, also when the file is gone."""

    path: str
    inode: int = 0
    # Clients that connected and were not accepted yet.
    waiting: int = 0
    # Of the file: the lower 32 bits of its inode, and its device; None where it is not known.
    file_inode: int | None = None
    file_device: int | None = None

    def is_at(self, status: os.stat_result) -> bool | None:
        """Whether the file of ``status`` (lstat) is the one that this socket was bound to; None
        where that cannot be told."""
        if self.file_inode is None or self.file_device != status.st_dev:
            # An overlay has devices of its own for what lies below.
            return None
        return self.file_inode == status.st_ino & 0xFFFFFFFF


def unix_listeners() -> tuple[UnixListener, ...]:
    """All listening sockets that have a path. Raises OSError."""
    show = _SHOW_NAME | _SHOW_FILE | _SHOW_QUEUE
    # A cookie of all ones is none.
    body = _REQUEST.pack(socket.AF_UNIX, 0, 0, 1 << _LISTENING, 0, show, 0xFFFFFFFF, 0xFFFFFFFF)
    return tuple(_listeners(dump(_SOCK_DIAG, _BY_FAMILY, body)))


def _listeners(answers: Iterator[bytes]) -> Iterator[UnixListener]:
    for answer in answers:
        if len(answer) < _ANSWER.size:
            continue
        _, _, state, _, inode, *_ = _ANSWER.unpack_from(answer)
        found = attributes(answer[_ANSWER.size :])
        name = found.get(_NAME, b"").rstrip(b"\0")
        # An abstract name begins with NUL (unix(7)).
        if state != _LISTENING or not name or name.startswith(b"\0"):
            continue
        queue = found.get(_QUEUE, b"")
        file = found.get(_FILE, b"")
        file_inode, device = _PAIR.unpack_from(file) if len(file) >= _PAIR.size else (None, None)
        yield UnixListener(
            path=name.decode("utf-8", "surrogateescape"),
            inode=inode,
            waiting=_PAIR.unpack_from(queue)[0] if len(queue) >= _PAIR.size else 0,
            file_inode=file_inode,
            # The kernel's own form: 12 bits of the major number, 20 of the minor one.
            file_device=None if device is None else os.makedev(device >> 20, device & 0xFFFFF),
        )
