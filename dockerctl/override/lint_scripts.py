"""The programs that a ``sh -c`` script on a command line names. Pure."""

from __future__ import annotations

import re

from dockerctl.override.command import ExecLine

_SHELLS = ("sh", "bash", "dash", "ash", "ksh", "zsh")
# An absolute path into a folder of programs, as a word of its own.
_PROGRAM = re.compile(
    r"(?<![\w./=$~-])(/(?:usr/)?(?:local/)?s?bin/[A-Za-z0-9._+-]+|/opt/[A-Za-z0-9._+/-]+/s?bin/[\w.+-]+)"
    r"(?![\w/*-])"
)
# A loop that goes on as long as the program is not there: it ends with "command not found".
_LOOP = re.compile(r"(?:\buntil\s+(?!!)|\bwhile\s+!\s*)(/[A-Za-z0-9._+/-]+)")


def script_of(line: ExecLine) -> str:
    """The script that a command line gives to a shell, or ""."""
    words = line.arguments
    if line.program.rpartition("/")[2] not in _SHELLS:
        return ""
    for at, word in enumerate(words):
        if word.startswith("-") and not word.startswith("--") and word.endswith("c"):
            return words[at + 1] if at + 1 < len(words) else ""
        if not word.startswith("-"):
            return ""
    return ""


def programs_in_script(line: ExecLine) -> tuple[str, ...]:
    """The programs that the script names by their path, each once."""
    return tuple(dict.fromkeys((*_PROGRAM.findall(script_of(line)), *programs_waited_for(line))))


def programs_waited_for(line: ExecLine) -> tuple[str, ...]:
    """Those of them without which the script goes round for ever."""
    return tuple(dict.fromkeys(_LOOP.findall(script_of(line))))
