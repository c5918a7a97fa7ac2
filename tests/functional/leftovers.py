"""What a test may not leave behind: threads, sockets, child processes."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def none() -> Iterator[None]:
    """Fail when the block leaves behind what was not there before."""
    before = _threads(), _sockets(), _children()
    yield
    assert (_threads(), _sockets(), _children()) == before


def _threads() -> set[threading.Thread]:
    return set(threading.enumerate())


def _sockets() -> set[str]:
    links = set()
    for name in os.listdir("/proc/self/fd"):
        # The listing's own descriptor is gone by now.
        with contextlib.suppress(FileNotFoundError):
            links.add(os.readlink(f"/proc/self/fd/{name}"))
    return {link for link in links if link.startswith("socket:")}


def _children() -> str:
    found = ""
    for task in Path("/proc/self/task").iterdir():
        # A thread that was joined may still be listed for a moment.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += (task / "children").read_text()
    return found
