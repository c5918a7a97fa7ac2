"""Which stretch of the journal holds the run of a unit that somebody wants to read; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dockerctl.doctor.facts.journal import Run, facts_of
from dockerctl.systemd.journal import JournalEntry


class Which(StrEnum):
    """A run by its place in the past."""

    CURRENT = "current"
    LAST = "last"
    FAILED = "failed"


@dataclass(frozen=True)
class Stretch:
    """Where the lines of a run are."""

    invocation_id: str
    # The moment of its first line; 0 where the journal goes back no further.
    since_usec: int
    # The moment of the first line of the next run; None for the newest run.
    until_usec: int | None

    def holds(self, entry: JournalEntry) -> bool:
        """Whether a line of the unit belongs to the run.

        The journal learns the run from the process, and of one that ended at once a line may have
        none: between the beginning of this run and that of the next it is this run's.
        """
        if entry.invocation_id:
            return entry.invocation_id == self.invocation_id
        after = self.since_usec > 0 and entry.time_usec >= self.since_usec
        return after and (self.until_usec is None or entry.time_usec < self.until_usec)


def choose_run(
    entries: Sequence[JournalEntry], unit: str, which: Which, current: str = ""
) -> Stretch | None:
    """The stretch of the run of ``unit`` that is wanted; None when there is none.

    ``entries`` are what the manager says about the unit, in order; ``current`` is the run that
    systemd has now. Of a start that failed again and again the first failed run is taken: those
    after it fail as a consequence, or in the same words.
    """
    runs = facts_of(entries, unit, None, up=False).runs
    if which is Which.FAILED:
        failed = _failed(entries, unit, runs)
        wanted = "" if failed is None else failed.invocation_id
    else:
        wanted = current or (runs[-1].invocation_id if runs else "")
    if not wanted:
        return None
    known = [run.invocation_id for run in runs]
    if wanted not in known:
        # The journal no longer has its beginning, or never had it.
        return Stretch(wanted, 0, None)
    place = known.index(wanted)
    return Stretch(
        wanted,
        _beginning(runs[place]),
        _beginning(runs[place + 1]) if place + 1 < len(runs) else None,
    )


def _failed(entries: Sequence[JournalEntry], unit: str, runs: Sequence[Run]) -> Run | None:
    """The first failed run of the last start that failed, be it that the unit runs again."""
    last = next((run for run in reversed(runs) if run.failed), None)
    if last is None:
        return None
    end = entries.index(last.entries[-1]) + 1
    return facts_of(entries[:end], unit, None, up=False).failed


def _beginning(run: Run) -> int:
    return run.entries[0].time_usec
