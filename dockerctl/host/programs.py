"""Running other programs: absolute path, no shell, clean environment, a time limit, capped output.

The only place that starts a process.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dockerctl.errors import ProgramFailed, ProgramMissing

# Where distributions put system programs; PATH of the caller is not to be trusted as root.
_FOLDERS = ("/usr/bin", "/bin", "/usr/sbin", "/sbin")
_SAFE_PATH = {"PATH": ":".join(_FOLDERS)}
_ENVIRONMENT = {**_SAFE_PATH, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True)
class Output:
    """What a program left behind."""

    status: int
    stdout: bytes
    stderr: bytes


def find_program(name: str) -> str | None:
    """The absolute path of a system program, or None; a path is taken as it is."""
    if name.startswith("/"):
        return name if os.access(name, os.X_OK) else None
    for folder in _FOLDERS:
        path = f"{folder}/{name}"
        if os.access(path, os.X_OK):
            return path
    return None


def run_program(name: str, arguments: Sequence[str], *, limit_s: float) -> Output:
    """Run a system program, or one by its absolute path, to its end.

    Raises ``ProgramMissing`` or ``ProgramFailed``.
    """
    path = _required(name)
    try:
        done = subprocess.run(
            [path, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=_ENVIRONMENT,
            cwd="/",
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProgramFailed(f"{name} did not end in {limit_s:.1f} s.") from error
    except OSError as error:
        raise ProgramFailed(f"{name} cannot be run: {error.strerror}.") from error
    return Output(done.returncode, done.stdout, done.stderr)


def run_on_terminal(words: Sequence[str], *, environ: Mapping[str, str]) -> None:
    """Let a person use a program, with our terminal and their settings; ``words`` begin with its
    absolute path. Raises ``ProgramFailed``."""
    try:
        done = subprocess.run(list(words), env={**environ, **_SAFE_PATH}, cwd="/", check=False)
    except OSError as error:
        raise ProgramFailed(f"{words[0]} cannot be run: {error.strerror}.") from error
    if done.returncode != 0:
        raise ProgramFailed(f"{words[0]} ended with status {done.returncode}.")


def start_program(
    name: str, arguments: Sequence[str], *, pass_fds: Sequence[int], extra: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start a program that shares our terminal; the caller ends it."""
    return subprocess.Popen(
        [_required(name), *arguments], env={**_ENVIRONMENT, **extra}, pass_fds=tuple(pass_fds)
    )


def open_program(name: str, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a program whose output is read while it runs; the caller ends it.

    It has a process group of its own: Ctrl-C is for us, who end it in good order. It goes by the
    caller's time zone. Raises ``ProgramMissing`` or ``ProgramFailed``.
    """
    path = _required(name)
    zone = {"TZ": os.environ["TZ"]} if "TZ" in os.environ else {}
    try:
        return subprocess.Popen(
            [path, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={**_ENVIRONMENT, **zone},
            cwd="/",
            process_group=0,
        )
    except OSError as error:
        raise ProgramFailed(f"{name} cannot be run: {error.strerror}.") from error


def end_program(program: subprocess.Popen[bytes], limit_s: float) -> None:
    """Ask a program to end, and after ``limit_s`` seconds make it."""
    program.terminate()
    try:
        program.wait(limit_s)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def _required(name: str) -> str:
    path = find_program(name)
    if path is None:
        raise ProgramMissing(f"The program {name} is not installed.")
    return path
