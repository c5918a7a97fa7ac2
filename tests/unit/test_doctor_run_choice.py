"""Which stretch of the journal holds the run that somebody wants to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockerctl.doctor.run_choice import Stretch, Which, choose_run
from dockerctl.systemd.journal import JournalEntry, parse_journal

RECORDED = Path(__file__).parents[1] / "fixtures" / "runs"
RELEASES = ["bookworm", "trixie", "forky"]
UNIT = "docker.service"


def recorded(release: str) -> list[JournalEntry]:
    """A good start, one that failed again and again, and a good one."""
    return list(parse_journal((RECORDED / f"{release}.jsonl").read_bytes()))


def of_manager(entries: list[JournalEntry]) -> list[JournalEntry]:
    return [entry for entry in entries if entry.from_manager]


def messages(entries: list[JournalEntry], stretch: Stretch | None) -> list[str]:
    assert stretch is not None
    return [entry.message for entry in entries if stretch.holds(entry)]


@pytest.mark.parametrize("release", RELEASES)
def test_the_first_failed_run(release: str) -> None:
    entries = recorded(release)
    failed = choose_run(of_manager(entries), UNIT, Which.FAILED)
    said = messages(entries, failed)
    assert sum("nosuchkey" in message for message in said) == 1
    assert any("Failed with result" in message for message in said)
    assert not any("repeated too quickly" in message for message in said)
    # The unit runs again since; while it did not, the same run was meant.
    end = max(i for i, e in enumerate(entries) if e.message.startswith("Failed to start")) + 1
    assert choose_run(of_manager(entries[:end]), UNIT, Which.FAILED) == failed


@pytest.mark.parametrize("release", RELEASES)
def test_a_line_without_its_run(release: str) -> None:
    """As it may be of a daemon that ended at once."""
    entries = recorded(release)
    failed = choose_run(of_manager(entries), UNIT, Which.FAILED)
    bare = [
        entry
        if entry.from_manager
        else JournalEntry(entry.time_usec, entry.message, 6, "", from_manager=False, unit=UNIT)
        for entry in entries
    ]
    assert messages(bare, failed) == messages(entries, failed)


@pytest.mark.parametrize("release", RELEASES)
def test_the_last_run_and_that_of_now(release: str) -> None:
    entries = recorded(release)
    last = choose_run(of_manager(entries), UNIT, Which.LAST)
    assert last is not None
    assert last.until_usec is None
    assert any("API listen on" in message for message in messages(entries, last))
    assert not any("nosuchkey" in message for message in messages(entries, last))
    now = choose_run(of_manager(entries), UNIT, Which.CURRENT, last.invocation_id)
    assert now == last


def test_a_run_whose_beginning_is_gone() -> None:
    stretch = choose_run([], UNIT, Which.CURRENT, "c" * 32)
    assert stretch == Stretch("c" * 32, 0, None)
    line = JournalEntry(5, "m", 6, "c" * 32, from_manager=False, unit=UNIT)
    nameless = JournalEntry(5, "m", 6, "", from_manager=False, unit=UNIT)
    assert stretch is not None
    assert stretch.holds(line)
    assert not stretch.holds(nameless)


@pytest.mark.parametrize("which", [Which.LAST, Which.FAILED])
def test_no_run(which: Which) -> None:
    assert choose_run([], UNIT, which) is None
