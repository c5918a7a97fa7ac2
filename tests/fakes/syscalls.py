"""The system calls of a piece of code, one by one: counted, failing at one, or killed at one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

CALLS = (
    "open", "close", "read", "write", "fchmod", "fchown", "fsync", "rename", "unlink", "mkdir",
    "rmdir", "fstat", "stat", "listdir", "listxattr", "getxattr", "setxattr", "removexattr",
    "readlink",
)  # fmt: skip

Act = Callable[[str, Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]


@contextmanager
def each_call(act: Act) -> Iterator[None]:
    """Inside, ``act`` gets each call in place of the system: name, real one, arguments."""
    real = {name: getattr(os, name) for name in CALLS}

    def standing_in(name: str) -> Callable[..., Any]:
        return lambda *args, **named: act(name, real[name], args, named)

    for name in CALLS:
        setattr(os, name, standing_in(name))
    try:
        yield
    finally:
        for name, function in real.items():
            setattr(os, name, function)


@contextmanager
def recorded() -> Iterator[list[str]]:
    """Inside, the names of the calls are written down in their order."""
    names: list[str] = []

    def act(
        name: str, real: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:
        names.append(name)
        return real(*args, **named)

    with each_call(act):
        yield names


@contextmanager
def failing(wanted: str, number: int, *, nth: int = 1) -> Iterator[None]:
    """Inside, the ``nth`` call of ``wanted`` fails with an error number; "" stands for any call."""
    left = nth

    def act(
        name: str, real: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:
        nonlocal left
        if wanted in ("", name):
            left -= 1
            if left == 0:
                if name == "close":
                    # It is closed all the same (close(2)).
                    real(*args, **named)
                raise OSError(number, os.strerror(number))
        return real(*args, **named)

    with each_call(act):
        yield


def killed_at(nth: int, work: Callable[[], object], *, halfway: bool = False) -> bool:
    """Do ``work`` in a child that is killed before its ``nth`` call; whether it came so far.

    With ``halfway`` a write that is the ``nth`` call gets half of its bytes written.
    """
    child = os.fork()
    if child == 0:
        try:
            _work_until(nth, work, halfway)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def _work_until(nth: int, work: Callable[[], object], halfway: bool) -> None:
    left = nth

    def act(
        name: str, real: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            if halfway and name == "write":
                real(args[0], bytes(args[1])[: len(args[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **named)

    with each_call(act):
        work()
    os._exit(0)
