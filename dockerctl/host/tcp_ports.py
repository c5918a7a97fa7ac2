"""TCP ports of the host that somebody listens on, and which process it is (proc(5))."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

_LISTENING = "0A"
_MOST = 4 * 1024 * 1024


@dataclass(frozen=True)
class TcpListener:
    """One listening socket; "::" and "0.0.0.0" stand for all addresses."""

    address: str
    port: int
    inode: int = 0

    def meets(self, address: str, port: int) -> bool:
        """Whether a second socket cannot listen on ``address`` and ``port`` beside this one."""
        everywhere = {"0.0.0.0", "::", ""}  # noqa: S104 - compared, not bound
        return self.port == port and (
            self.address == address or self.address in everywhere or address in everywhere
        )


def tcp_listeners(root: str = "/proc/net") -> tuple[TcpListener, ...]:
    """All listening sockets of both families; none where the files cannot be read."""
    return tuple(
        listener for name in ("tcp", "tcp6") for listener in _listeners(_lines(Path(root, name)))
    )


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            return file.read(_MOST).decode("ascii", "replace").splitlines()[1:]
    except OSError:
        return []


def _listeners(lines: list[str]) -> Iterator[TcpListener]:
    for line in lines:
        words = line.split()
        if len(words) < 10 or words[3] != _LISTENING:
            continue
        digits, _, port = words[1].partition(":")
        try:
            yield TcpListener(_address(digits), int(port, 16), int(words[9]))
        except (ValueError, OSError):
            continue


def _address(digits: str) -> str:
    """Words of 32 bits, each in the byte order of the host."""
    data = bytes.fromhex(digits)
    words = [data[at : at + 4] for at in range(0, len(data), 4)]
    if sys.byteorder == "little":
        words = [word[::-1] for word in words]
    family = socket.AF_INET if len(data) == 4 else socket.AF_INET6
    text = socket.inet_ntop(family, b"".join(words))
    return text.removeprefix("::ffff:") if "." in text else text


def holders(inodes: Collection[int]) -> dict[int, int]:
    """The process (the lowest number) that has each of these sockets open, of those that the
    caller may look into. A socket belongs to the network namespace that listed it, so that the
    processes of containers need not be searched."""
    wanted = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[int, int] = {}
    if not wanted:
        return found
    with os.scandir("/proc") as entries:
        numbers = sorted(int(entry.name) for entry in entries if entry.name.isdecimal())
    own = _namespace("self")
    for pid in numbers:
        if _namespace(str(pid)) != own:
            continue
        for target in _open_files(pid):
            if target in wanted:
                found.setdefault(wanted[target], pid)
        if len(found) == len(wanted):
            break
    return found


def _namespace(process: str) -> str:
    try:
        return os.readlink(f"/proc/{process}/ns/net")  # noqa: PTH115
    except OSError:
        return ""


def _open_files(pid: int) -> Iterator[str]:
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names only, of thousands
    except OSError:
        return
    for name in names:
        try:
            yield os.readlink(f"{folder}/{name}")  # noqa: PTH115
        except OSError:
            continue
