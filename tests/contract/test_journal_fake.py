"""The fake journal keeps the contract that the real one keeps."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from dockerctl.deadline import Clock
from dockerctl.systemd.journal import Journal, JournalEntry
from tests.contract.journal_contract import JournalContract
from tests.fakes.clock import FakeClock
from tests.fakes.journal import FakeJournal

# Of a start that succeeded (systemd: src/systemd/sd-messages.h).
MESSAGE_ID = "39f53479d3a045ac8e11786248231fbf"


class FakeJournalWorld:
    """Units that write to a fake journal."""

    def __init__(self) -> None:
        self._clock = FakeClock()
        self._entries: list[JournalEntry] = []
        self._runs = itertools.count(1)

    @property
    def journal(self) -> Journal:
        return FakeJournal(self._entries)

    @property
    def clock(self) -> Clock:
        return self._clock

    def run(self, unit: str, lines: Sequence[str]) -> None:
        run = f"{next(self._runs):032x}"
        self._write(f"Started {unit}.", unit, run, from_manager=True)
        for line in lines:
            self._write(line, unit, run, from_manager=False)
        self._write(f"{unit}: Deactivated successfully.", unit, run, from_manager=True)

    def _write(self, message: str, unit: str, run: str, *, from_manager: bool) -> None:
        self._clock.sleep(0.001)
        usec = round(self._clock.time() * 1_000_000)
        kind = MESSAGE_ID if from_manager else ""
        self._entries.append(JournalEntry(usec, message, 6, run, from_manager, unit, kind))


class TestJournal(JournalContract):
    """The whole contract."""

    @pytest.fixture
    def journal_world(self) -> FakeJournalWorld:
        return FakeJournalWorld()
