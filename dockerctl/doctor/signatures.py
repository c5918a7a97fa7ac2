"""What dockerd says last, and what that means: the table ``signatures.toml``.

Where the state of the host proves a cause, the check that looks at the state has it as well, under
the same code.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

# The most that is looked at of one line.
_MOST = 4000


@dataclass(frozen=True)
class Signature:
    """A pattern of last words."""

    code: str
    pattern: re.Pattern[str]
    fix: str


@cache
def signatures() -> tuple[Signature, ...]:
    """All of them, the most specific first."""
    text = files("dockerctl.doctor").joinpath("signatures.toml").read_text("utf-8")
    return tuple(
        Signature(row["code"], re.compile(row["pattern"], re.IGNORECASE), row["fix"])
        for row in tomllib.loads(text)["signature"]
    )


def signature_of(line: str) -> Signature | None:
    """The first signature that is in a line of the daemon's."""
    return next((s for s in signatures() if s.pattern.search(line[:_MOST])), None)
