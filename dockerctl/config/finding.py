"""What a check of daemon.json found: one finding, with its place and the way out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dockerctl.config.path import KeyPath
from dockerctl.config.source import Place


class Severity(StrEnum):
    """Whether a finding stops a change."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or that does not do what it seems to.

    ``code`` is for programs, ``message`` a sentence, ``hint`` what to do. ``path`` is the key,
    empty for the file as a whole. ``from_host``: the cause lies in the host (a missing folder,
    user or certificate), not in the file.
    """

    code: str
    severity: Severity
    path: KeyPath
    message: str
    hint: str
    place: Place | None = None
    from_host: bool = False
