"""Reading journalctl's JSON, asking journalctl for it, and quoting what it says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dockerctl.errors import ProgramFailed, ProgramMissing
from dockerctl.host.programs import Output
from dockerctl.lifecycle.ports import Explanation
from dockerctl.lifecycle.quoter import JournalQuoter
from dockerctl.systemd.journal import MOST_ENTRIES, JournalEntry, parse_journal
from dockerctl.systemd.journalctl import JournalctlJournal
from tests.fakes.journal import FakeJournal

RECORDED = Path(__file__).parents[1] / "fixtures" / "journal"
RUN = "a" * 32


def line(**record: object) -> bytes:
    return json.dumps(record).encode()


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*/*.jsonl")), ids=lambda path: path.stem)
def test_a_recorded_journal(path: Path) -> None:
    raw = path.read_bytes()
    entries = parse_journal(raw)
    assert len(entries) == len(raw.splitlines())
    assert {entry.unit for entry in entries} <= {"docker.service", "docker.socket"}
    assert all(entry.message and entry.time_usec > 1_700_000_000_000_000 for entry in entries)
    assert [entry.time_usec for entry in entries] == sorted(entry.time_usec for entry in entries)
    assert any(entry.from_manager for entry in entries)


@pytest.mark.parametrize(
    ("record", "entry"),
    [
        (
            {
                "MESSAGE": "m",
                "PRIORITY": "3",
                "_SYSTEMD_UNIT": "docker.service",
                "_SYSTEMD_INVOCATION_ID": RUN,
                "__REALTIME_TIMESTAMP": "17",
            },
            JournalEntry(17, "m", 3, RUN, from_manager=False, unit="docker.service"),
        ),
        (
            {
                "MESSAGE": "m",
                "UNIT": "docker.service",
                "INVOCATION_ID": RUN,
                "_SYSTEMD_UNIT": "init.scope",
            },
            JournalEntry(0, "m", 6, RUN, from_manager=True, unit="docker.service"),
        ),
        # Bytes that are not text, a field that occurs twice, one that is too large.
        (
            {"MESSAGE": [104, 105, 255], "PRIORITY": ["4", "5"], "UNIT": None},
            JournalEntry(0, "hi\ufffd", 4, "", from_manager=False, unit=""),
        ),
        ({}, JournalEntry(0, "", 6, "", from_manager=False, unit="")),
        (
            {"PRIORITY": "loud", "__REALTIME_TIMESTAMP": "soon", "MESSAGE": {"a": 1}},
            JournalEntry(0, "", 6, "", from_manager=False, unit=""),
        ),
    ],
)
def test_an_entry(record: dict[str, object], entry: JournalEntry) -> None:
    assert parse_journal(line(**record)) == (entry,)


@pytest.mark.parametrize("text", [b"", b"\n\n", b"not json", b"[1]", b'"x"', b"{", b"[" * 100_000])
def test_what_is_no_entry(text: bytes) -> None:
    assert parse_journal(text) == ()


def test_a_line_that_is_none_loses_no_other() -> None:
    text = b"-- Boot --\n" + line(MESSAGE="m") + b"\n{broken"
    assert [entry.message for entry in parse_journal(text)] == ["m"]


# --- journalctl ---------------------------------------------------------------------------------


@dataclass
class Journalctl:
    """In place of ``run_program``: one output, and what was asked."""

    output: Output
    asked: list[tuple[str, Sequence[str], float]] = field(default_factory=list)

    def __call__(self, name: str, arguments: Sequence[str], *, limit_s: float) -> Output:
        self.asked.append((name, arguments, limit_s))
        return self.output


def test_what_journalctl_is_asked() -> None:
    program = Journalctl(Output(0, line(MESSAGE="m"), b""))
    entries = JournalctlJournal(program).entries(
        ["docker.service", "docker.socket"], since_s=12.25, limit_s=5.0
    )
    assert [entry.message for entry in entries] == ["m"]
    ((name, arguments, limit_s),) = program.asked
    assert (name, limit_s) == ("journalctl", 5.0)
    assert set(arguments) >= {
        "--output=json",
        "--no-pager",
        f"--lines={MOST_ENTRIES}",
        "--since=@12.250000",
    }
    # What the unit says, or root about the unit; then the same of the other.
    matches = [word for word in arguments if not word.startswith("--")]
    assert matches == [
        "_SYSTEMD_UNIT=docker.service",
        "+",
        "UNIT=docker.service",
        "_UID=0",
        "+",
        "_SYSTEMD_UNIT=docker.socket",
        "+",
        "UNIT=docker.socket",
        "_UID=0",
    ]


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        (b"Failed to open files\n", "journalctl ended with 1: Failed to open files."),
        (b"", "journalctl ended with 1: no reason given."),
        (b"\xff", "journalctl ended with 1: \ufffd."),
    ],
)
def test_a_journalctl_that_fails(stderr: bytes, said: str) -> None:
    journal = JournalctlJournal(Journalctl(Output(1, b"", stderr)))
    with pytest.raises(ProgramFailed) as caught:
        journal.entries(["docker.service"], since_s=0, limit_s=1)
    assert caught.value.message == said


# --- the plain explainer ------------------------------------------------------------------------


def explain(journal: FakeJournal, *, not_run: str = "") -> Explanation:
    return JournalQuoter(journal).explain(
        "docker.service", "docker.socket", since_s=0.0, not_run=not_run, limit_s=1.0
    )


def test_a_recorded_failure_is_quoted() -> None:
    entries = parse_journal((RECORDED / "trixie" / "port-in-use.jsonl").read_bytes())
    explanation = explain(FakeJournal(entries))
    assert explanation.lines == (
        "failed to load listeners: listen tcp 127.0.0.1:2375: bind: address already in use",
    )
    first = next(e.invocation_id for e in entries if e.unit == "docker.service")
    assert (explanation.invocation_id, explanation.problem) == (first, "")
    assert not explanation.permanent


def test_an_older_run_is_passed_over() -> None:
    entries = [
        JournalEntry(1, "failed: old", 6, "b" * 32, from_manager=False, unit="docker.service"),
        JournalEntry(2, "failed: new", 6, RUN, from_manager=False, unit="docker.service"),
    ]
    assert explain(FakeJournal(entries), not_run="b" * 32).lines == ("failed: new",)


@pytest.mark.parametrize("error", [ProgramMissing("No journalctl."), ProgramFailed("Too slow.")])
def test_a_journal_that_cannot_be_read(error: ProgramMissing) -> None:
    explanation = explain(FakeJournal(error=error))
    assert explanation.lines == ()
    assert explanation.problem == f"The journal cannot be read: {error.message}"


def test_a_journal_that_shows_nothing() -> None:
    assert "members of adm or systemd-journal may read it" in explain(FakeJournal()).problem


def test_a_journal_that_tells_nothing() -> None:
    silent = JournalEntry(1, "Starting up", 6, RUN, from_manager=True, unit="docker.service")
    explanation = explain(FakeJournal([silent]))
    assert explanation.lines == ()
    assert "has 1 line about this start" in explanation.problem
