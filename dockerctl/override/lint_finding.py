"""What is found in a drop-in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """ERROR: the daemon would not start with it, or be stopped by it. WARNING: all the rest."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class LintFinding:
    """One finding: where it is, what is wrong in a sentence, and what to do.

    ``line`` is 0 where the file as a whole is meant. No message quotes the value of a variable.
    """

    code: str
    severity: Severity
    path: str
    line: int
    message: str
    hint: str


def warning(code: str, path: str, line: int, message: str, hint: str) -> LintFinding:
    """A finding that does not keep the daemon from starting."""
    return LintFinding(code, Severity.WARNING, path, line, message, hint)


def error(code: str, path: str, line: int, message: str, hint: str) -> LintFinding:
    """A finding that keeps the daemon from starting, or stops it."""
    return LintFinding(code, Severity.ERROR, path, line, message, hint)
