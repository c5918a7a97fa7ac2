"""A journal with entries, or one that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dockerctl.errors import HostError
from dockerctl.systemd.journal import MOST_ENTRIES, JournalEntry


@dataclass(frozen=True)
class FakeJournal:
    """``Journal``: the entries since the moment that is asked for, of the units that are."""

    recorded: Sequence[JournalEntry] = ()
    error: HostError | None = None
    kernel: Sequence[JournalEntry] = ()

    def entries(
        self,
        units: Sequence[str],
        *,
        since_s: float,
        limit_s: float,
        most: int = MOST_ENTRIES,
    ) -> tuple[JournalEntry, ...]:
        assert not isinstance(units, str), "a name where names are expected"
        assert limit_s > 0
        if self.error is not None:
            raise self.error
        found = [
            entry
            for entry in self.recorded
            if entry.unit in units and entry.time_usec >= since_s * 1_000_000
        ]
        return tuple(found[-most:])

    def kernel_errors(self, *, since_s: float, limit_s: float) -> tuple[JournalEntry, ...]:
        assert limit_s > 0
        if self.error is not None:
            raise self.error
        return tuple(entry for entry in self.kernel if entry.time_usec >= since_s * 1_000_000)
