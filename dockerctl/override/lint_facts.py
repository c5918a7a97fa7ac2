"""What the judges of drop-ins know of the host. Gathered here, judged elsewhere."""

from __future__ import annotations

import grp
import pwd
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from dockerctl.override.exec_lines import read_exec
from dockerctl.override.lint_scripts import programs_in_script
from dockerctl.override.lint_values import condition_path
from dockerctl.override.merged import Layer
from dockerctl.override.model import Assignment
from dockerctl.override.path_settings import PATH_SETTINGS, required_paths

# Where systemd looks for a program without a path (DEFAULT_PATH, src/basic/path-util.h).
_PATH = (
    "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
)  # fmt: skip
_LARGEST_ENV_FILE = 1024 * 1024
_VARIABLE = re.compile(rb"^[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*=", re.MULTILINE)
_MAGIC = re.compile(r"[*?\[]")
_COMMAND = re.compile(r"Exec[A-Z][A-Za-z]+\Z")
_ACCOUNTS = ("SocketUser", "SocketGroup", "User", "Group")
# What is looked up for a path in a condition or assertion, in the order of ``LintFacts.paths``.
PATH_CHECKS = ("PathExists", "PathIsDirectory", "FileIsExecutable")
_PATH_CONDITIONS = tuple(kind + what for kind in ("Condition", "Assert") for what in PATH_CHECKS)


class Program(StrEnum):
    """What is where a command line names a program."""

    THERE = "there"
    MISSING = "missing"
    NOT_EXECUTABLE = "not-executable"


@dataclass(frozen=True)
class ArgumentProblem:
    """What a judge of the daemon's command line found; ``fatal`` when it would not start."""

    fatal: bool
    message: str
    hint: str


JudgeArguments = Callable[[tuple[str, ...]], Iterable[ArgumentProblem]]


def _no_judge(_: tuple[str, ...]) -> Iterable[ArgumentProblem]:
    return ()


@dataclass(frozen=True)
class LintFacts:
    """The host as far as it matters. What is not in a mapping is not known, and is not judged.

    ``release`` is systemd's. ``programs`` is by the word that names a program, ``env_files`` by
    path: the names of the variables in the file, None when it is missing. ``paths`` has for a
    path whether it exists, is a folder, is executable. ``accounts`` has
    for a setting and the user or group in it whether there is one. ``sockets`` tells whether a
    socket unit hands its sockets to the service, None when that is not known.
    ``judge_arguments`` judges the daemon's arguments, which are known elsewhere.
    """

    release: int | None = None
    programs: Mapping[str, Program] = field(default_factory=dict)
    env_files: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    paths: Mapping[str, tuple[bool, bool, bool]] = field(default_factory=dict)
    accounts: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    sockets: bool | None = None
    judge_arguments: JudgeArguments = _no_judge


def gather_lint_facts(
    files: Iterable[Layer],
    *,
    root: str = "/",
    release: int | None = None,
    sockets: bool | None = None,
    judge_arguments: JudgeArguments = _no_judge,
) -> LintFacts:
    """Look at every program, environment file and path that the files name. Runs nothing."""
    base = root.rstrip("/")
    programs: dict[str, Program] = {}
    env_files: dict[str, frozenset[str] | None] = {}
    paths: dict[str, tuple[bool, bool, bool]] = {}
    accounts: dict[tuple[str, str], bool] = {}
    for assignment in (a for layer in files for a in layer.text.assignments if a.value):
        if _COMMAND.match(assignment.name):
            for word in _program_words(assignment.value):
                programs.setdefault(word, _program(base, word))
        elif assignment.name == "EnvironmentFile":
            path = assignment.value.removeprefix("-")
            if path.startswith("/") and "%" not in path:
                env_files[path] = _env_file(base, path)
        elif assignment.name in _PATH_CONDITIONS:
            path = condition_path(assignment.value)
            if path.startswith("/") and "%" not in path:
                paths[path] = _path(Path(base + path))
        elif assignment.name in PATH_SETTINGS:
            for path in required_paths(assignment.name, assignment.value):
                paths[path] = _path(Path(base + path))
        elif assignment.name in _ACCOUNTS and root == "/" and "%" not in assignment.value:
            accounts[assignment.name, assignment.value] = _account(assignment)
    return LintFacts(release, programs, env_files, paths, accounts, sockets, judge_arguments)


def _path(path: Path) -> tuple[bool, bool, bool]:
    try:
        return path.exists(), path.is_dir(), _is_program(path)
    except OSError:
        # Too long, or behind a folder that is closed to us: nobody can use it as it stands.
        return False, False, False


def _account(assignment: Assignment) -> bool:
    value = assignment.value
    if value.isdigit():
        return True
    try:
        if assignment.name.endswith("Group"):
            grp.getgrnam(value)
        else:
            pwd.getpwnam(value)
    except KeyError:
        return False
    return True


def _program_words(value: str) -> list[str]:
    commands = read_exec(value).commands
    words = [word for line in commands for word in (line.program, *programs_in_script(line))]
    return [word for word in words if "%" not in word and "$" not in word]


def _program(base: str, word: str) -> Program:
    places = [word] if "/" in word else [f"{folder}/{word}" for folder in _PATH]
    found = [Path(base + place) for place in places]
    if any(_is_program(path) for path in found):
        return Program.THERE
    return Program.NOT_EXECUTABLE if any(path.exists() for path in found) else Program.MISSING


def _is_program(path: Path) -> bool:
    """Whether it is a file that somebody may execute; root's own rights say nothing here."""
    try:
        status = path.stat()
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and bool(status.st_mode & 0o111)


def _env_file(base: str, path: str) -> frozenset[str] | None:
    """The names of the variables in a file, or in all that a pattern finds."""
    names: set[str] = set()
    places = [Path(base + path)]
    if _MAGIC.search(path):
        places = sorted(Path(base or "/").glob(path.lstrip("/")))
    read = False
    for place in places:
        try:
            # A named pipe would block us, and is none that systemd reads.
            if place.stat() and place.is_file():
                with place.open("rb") as file:
                    text = file.read(_LARGEST_ENV_FILE)
                names |= {name.decode() for name in _VARIABLE.findall(text)}
            read = True
        except FileNotFoundError:
            continue
        except OSError:
            # There, but not for us: what it sets is not known.
            read = True
    return frozenset(names) if read else None
