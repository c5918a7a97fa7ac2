"""Figures of a process, from psutil: what the cgroup cannot tell, or has no controller for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class ProcessFigures:
    """A process at one moment; None where the caller may not look."""

    pid: int
    rss_bytes: int | None
    open_files: int | None
    threads: int | None
    # Seconds since the epoch.
    started_at: float | None


def process_figures(pid: int) -> ProcessFigures | None:
    """The figures of ``pid``, or None when there is no such process (any more)."""
    import psutil  # noqa: PLC0415  (30 ms that only a running daemon is worth)

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            return ProcessFigures(
                pid=pid,
                rss_bytes=_allowed(lambda: process.memory_info().rss),
                open_files=_allowed(process.num_fds),
                threads=_allowed(process.num_threads),
                started_at=_allowed(process.create_time),
            )
    except psutil.NoSuchProcess:
        return None


def command_line(pid: int) -> tuple[str, ...]:
    """The argv of ``pid`` from /proc (proc(5)), or nothing: without the price of psutil."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ()
    return tuple(word.decode("utf-8", "surrogateescape") for word in words[:-1])


def process_environment(pid: int) -> dict[str, str] | None:
    """The environment that ``pid`` was started with, from /proc; None where it may not be read."""
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return None
    pairs = (word.decode("utf-8", "surrogateescape").partition("=") for word in words if word)
    return {name: value for name, _, value in pairs}


def _allowed(read: Callable[[], T]) -> T | None:
    import psutil  # noqa: PLC0415

    try:
        return read()
    except psutil.AccessDenied:
        return None
