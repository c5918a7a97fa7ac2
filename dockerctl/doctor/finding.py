"""What the doctor found: cause, evidence, repair."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dockerctl.presentable import presentable


class Severity(StrEnum):
    """ERROR: the daemon does not start, answer or do its work, or will not at its next start.

    WARNING: something is not as it was meant, or becomes an error later. INFO: worth knowing.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class When(StrEnum):
    """When it does harm: now, or only at the next start of the daemon or of the host."""

    NOW = "now"
    NEXT_START = "next-start"
    NEXT_BOOT = "next-boot"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, with all that a person needs to repair it.

    ``code`` is one of the table (``codes.py``). ``title`` is a sentence about this host.
    ``evidence`` are the lines that prove it: of the journal, of a file with its line and column,
    the value of a property. ``fix`` is a command, or a sentence where there is none.
    """

    code: str
    severity: Severity
    title: str
    evidence: tuple[str, ...]
    fix: str
    when: When = When.NOW
    # The code of the finding that this one follows from; filled in by ``rank``.
    because_of: str = ""
    # Said by a line of the journal alone: where a check has the same code from the state of the
    # host, that one has the better title and repair, and this one adds its evidence.
    general: bool = False

    def document(self, why: str) -> dict[str, object]:
        """The finding as JSON; ``why`` is the sentence of the table on why it matters."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "title": presentable(self.title),
            "evidence": "\n".join(presentable(line) for line in self.evidence),
            "fix": self.fix,
            "why": why,
            "when": self.when.value,
            "because_of": self.because_of or None,
        }


def error(code: str, title: str, evidence: tuple[str, ...], fix: str) -> Finding:
    """The daemon does not do its work because of this."""
    return Finding(code, Severity.ERROR, title, evidence, fix)


def warning(code: str, title: str, evidence: tuple[str, ...], fix: str) -> Finding:
    """Something is not as it was meant."""
    return Finding(code, Severity.WARNING, title, evidence, fix)


def info(code: str, title: str, evidence: tuple[str, ...], fix: str) -> Finding:
    """Worth knowing."""
    return Finding(code, Severity.INFO, title, evidence, fix)
