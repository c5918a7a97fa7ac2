"""What is asked of the journal, in journalctl's words; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from dockerctl.errors import UsageError

# "10m", "1h30m", "2d": so long ago. systemd.time(7) wants a sign or the word "ago" with it.
_SPAN = re.compile(r"(?:\d+(?:\.\d+)?(?:us|ms|s|m|min|h|d|w))+")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d")


@dataclass(frozen=True)
class JournalQuery:
    """Lines of units and about them."""

    units: tuple[str, ...]
    # The user whose manager has the units; None for PID 1.
    uid: int | None = None
    # Moments as ``moment_words`` makes them, or "".
    since: str = ""
    until: str = ""
    # Only what stands behind this place.
    after_cursor: str = ""
    # Only what the manager says about the units.
    manager_only: bool = False


def journalctl_arguments(query: JournalQuery, *, follow: bool) -> list[str]:
    """The arguments for the lines from the newest to the oldest; with ``follow`` for those that
    come, from the oldest."""
    return [
        "--output=json",
        "--all",
        "--no-pager",
        "--quiet",
        # With --follow only the newest ten are shown where nothing is said.
        *(["--follow", "--no-tail"] if follow else ["--reverse"]),
        *([f"--since={query.since}"] if query.since else []),
        *([f"--until={query.until}"] if query.until else []),
        *([f"--after-cursor={query.after_cursor}"] if query.after_cursor else []),
        *_matches(query),
    ]


def _matches(query: JournalQuery) -> list[str]:
    """Matches for what units say and what their manager says about them.

    The user is known always: nobody but root can put words into PID 1's mouth. Children of
    systemd, which prepare an execution, are more than PID 1, and say why it failed.
    """
    manager = f"_UID={query.uid or 0}"
    alternatives: list[list[str]] = []
    for unit in query.units:
        if query.uid is None:
            own, about = [f"_SYSTEMD_UNIT={unit}"], [f"UNIT={unit}", manager]
        else:
            own, about = [f"_SYSTEMD_USER_UNIT={unit}", manager], [f"USER_UNIT={unit}", manager]
        alternatives += [about] if query.manager_only else [own, about]
    words = [word for alternative in alternatives for word in ("+", *alternative)]
    return words[1:]


def moment_words(typed: str, option: str) -> str:
    """What was typed as a moment, as every journalctl understands it.

    ISO 8601 with a "T", which systemd reads since 253 only, becomes seconds; ``10m`` becomes ten
    minutes ago. All else is left to journalctl (systemd.time(7)). Raises ``UsageError``.
    """
    text = typed.strip()
    if not text or not text.isprintable():
        raise not_a_moment(typed, option)
    if _SPAN.fullmatch(text):
        return f"-{text}"
    if _ISO.match(text):
        try:
            return usec_words(round(datetime.fromisoformat(text.upper()).timestamp() * 1_000_000))
        except (ValueError, OverflowError, OSError):
            raise not_a_moment(typed, option) from None
    return text


def usec_words(usec: int) -> str:
    """A moment in microseconds since the epoch, as journalctl takes it."""
    return f"@{usec // 1_000_000}.{usec % 1_000_000:06d}"


def not_a_moment(typed: str, option: str) -> UsageError:
    """The error for what is no moment."""
    return UsageError(
        f"{typed!a} is not a moment for {option}.",
        hint="Such as 10m, '2 hours ago', yesterday, '2026-11-24 10:00', 2026-11-24T10:00:00Z.",
    )
