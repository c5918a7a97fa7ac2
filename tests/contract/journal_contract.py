"""The contract of ``dockerctl.systemd.journal.Journal``, whoever implements it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dockerctl.deadline import Clock
from dockerctl.systemd.journal import Journal

ONE, OTHER = "contract-journal-one.service", "contract-journal-other.service"
LINES = ("first", "two  words", "ünïcode \t and \x1b[31mcolour", "last")


class JournalWorld(Protocol):
    """A journal, and units that write to it."""

    @property
    def journal(self) -> Journal:
        """What is tested."""

    @property
    def clock(self) -> Clock:
        """The clock that the journal goes by."""

    def run(self, unit: str, lines: Sequence[str]) -> None:
        """Let ``unit`` start, write ``lines`` and end; returns when the journal has them."""


class JournalContract:
    """Reading the runs of units."""

    def test_the_lines_of_a_run_in_order(self, journal_world: JournalWorld) -> None:
        since_s = journal_world.clock.time()
        journal_world.run(ONE, LINES)
        entries = journal_world.journal.entries([ONE], since_s=since_s, limit_s=10)
        assert tuple(e.message for e in entries if not e.from_manager) == LINES
        assert {entry.unit for entry in entries} == {ONE}
        moments = [entry.time_usec for entry in entries]
        assert moments == sorted(moments)
        assert moments[0] >= since_s * 1_000_000

    def test_one_run_has_one_invocation(self, journal_world: JournalWorld) -> None:
        since_s = journal_world.clock.time()
        journal_world.run(ONE, LINES)
        entries = journal_world.journal.entries([ONE], since_s=since_s, limit_s=10)
        (run,) = {entry.invocation_id for entry in entries if entry.invocation_id}
        assert len(bytes.fromhex(run)) == 16
        # systemd's own lines about the run bear its ID, too.
        assert any(e.from_manager and e.invocation_id == run for e in entries)

    def test_the_next_run_has_another(self, journal_world: JournalWorld) -> None:
        since_s = journal_world.clock.time()
        journal_world.run(ONE, ["a"])
        journal_world.run(ONE, ["b"])
        entries = journal_world.journal.entries([ONE], since_s=since_s, limit_s=10)
        runs = {entry.message: entry.invocation_id for entry in entries}
        assert runs["a"] != runs["b"]

    def test_without_a_moment_the_newest_lines_count(self, journal_world: JournalWorld) -> None:
        journal_world.run(ONE, ["a"])
        journal_world.run(ONE, ["b"])
        read = journal_world.journal.entries
        every = read([ONE], since_s=0, limit_s=10)
        assert {"a", "b"} <= {entry.message for entry in every}
        assert read([ONE], since_s=0, limit_s=10, most=2) == every[-2:]

    def test_how_a_run_went_is_told_in_fields(self, journal_world: JournalWorld) -> None:
        since_s = journal_world.clock.time()
        journal_world.run(ONE, ["a"])
        entries = journal_world.journal.entries([ONE], since_s=since_s, limit_s=10)
        assert any(e.message_id for e in entries if e.from_manager)
        assert all(not e.told for e in entries if not e.from_manager)

    def test_errors_of_the_kernel_can_be_read(self, journal_world: JournalWorld) -> None:
        lines = journal_world.journal.kernel_errors(since_s=0, limit_s=10)
        assert all(line.priority <= 3 for line in lines)

    def test_what_came_before_is_left_out(self, journal_world: JournalWorld) -> None:
        journal_world.run(ONE, ["old"])
        journal_world.clock.sleep(0.01)
        since_s = journal_world.clock.time()
        journal_world.run(ONE, ["new"])
        entries = journal_world.journal.entries([ONE], since_s=since_s, limit_s=10)
        messages = [entry.message for entry in entries]
        assert "new" in messages
        assert "old" not in messages

    def test_other_units_are_left_out(self, journal_world: JournalWorld) -> None:
        since_s = journal_world.clock.time()
        journal_world.run(ONE, ["mine"])
        journal_world.run(OTHER, ["theirs"])
        mine = journal_world.journal.entries([ONE], since_s=since_s, limit_s=10)
        assert "theirs" not in [entry.message for entry in mine]
        both = journal_world.journal.entries([ONE, OTHER], since_s=since_s, limit_s=10)
        assert {"mine", "theirs"} <= {entry.message for entry in both}

    def test_nothing_was_written(self, journal_world: JournalWorld) -> None:
        since_s = journal_world.clock.time()
        assert (
            journal_world.journal.entries(
                ["contract-journal-silent.service"], since_s=since_s, limit_s=10
            )
            == ()
        )
