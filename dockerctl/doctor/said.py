"""Lines of the journal that bear a check out, as its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dockerctl.change.hidden import mask_text
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.model import Facts
from dockerctl.systemd.journal import JournalEntry

# The most that is searched of one line.
_MOST = 4000


def said(facts: Facts, *patterns: str, since_s: float = 0.0) -> tuple[str, ...]:
    """The newest line that matches the first of ``patterns`` that any line matches: of the run that
    failed or else of the last one, or of systemd about the units. Nothing where the journal is not
    known."""
    journal = facts.maybe(JournalFacts)
    if journal is None:
        return ()
    run = journal.failed or journal.last
    entries = (*journal.manager, *(run.entries if run is not None else ()))
    for pattern in patterns:
        found = _newest(entries, re.compile(pattern), since_s)
        if found is not None:
            return (f"journal: {mask_text(found.message[:_MOST])}",)
    return ()


def _newest(
    entries: Iterable[JournalEntry], pattern: re.Pattern[str], since_s: float
) -> JournalEntry | None:
    matching = [
        entry
        for entry in entries
        if entry.time_usec >= since_s * 1e6 and pattern.search(entry.message[:_MOST])
    ]
    return max(matching, key=lambda entry: entry.time_usec, default=None)
