"""One program as a daemon would find it, and whether the kernel would run it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass

# What systemd gives a service that sets no PATH (systemd.exec(5)).
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Program:
    """A program as the daemon would find it.

    ``problem`` is "" for one that can be run, else what is wrong with the best candidate.
    """

    name: str
    path: str = ""
    problem: str = ""


def find(name: str, folders: Iterable[str]) -> Program:
    """As Go's exec.LookPath does: the first that is executable; else the first candidate, with
    what is wrong with it."""
    poor = Program(name, "", "it is not there")
    for folder in folders:
        path = f"{folder.rstrip('/')}/{name}"
        problem = what_is_wrong(path)
        if problem == "it is not there" and not os.path.lexists(path):
            continue
        if problem in ("", "it is empty", "it is no program"):
            # LookPath takes it without looking inside.
            return Program(name, path, problem)
        if not poor.path:
            poor = Program(name, path, problem)
    return poor


def what_is_wrong(path: str) -> str:
    """Why the kernel would not run ``path``, "" if nothing is seen."""
    try:
        info = os.stat(path)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return "it is a link to nothing" if os.path.lexists(path) else "it is not there"
    except OSError:
        return ""
    problems = (
        (not stat.S_ISREG(info.st_mode), "it is not a file"),
        (not info.st_mode & 0o111, "it is not executable"),
        (info.st_size == 0, "it is empty"),
    )
    found = next((why for bad, why in problems if bad), "")
    return found or ("" if _begins_well(path) else "it is no program")


def _begins_well(path: str) -> bool:
    """Whether it is an ELF file or a script (execve(2)), or cannot be read by us."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        start = os.read(handle, 4)
    except OSError:
        return True
    finally:
        os.close(handle)
    return start == b"\x7fELF" or start.startswith(b"#!")
