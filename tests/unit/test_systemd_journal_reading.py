"""Asking the journal, and its lines one by one."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockerctl.errors import UsageError
from dockerctl.systemd.journal import JournalEntry, parse_journal
from dockerctl.systemd.journal_access import Access, journal_access
from dockerctl.systemd.journal_line import JournalLine, read_line
from dockerctl.systemd.journal_query import (
    JournalQuery,
    journalctl_arguments,
    moment_words,
    usec_words,
)
from dockerctl.systemd.names import unit_name

RECORDED = Path(__file__).parents[1] / "fixtures" / "journal"
RUN = "a" * 32


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*/*.jsonl")), ids=lambda path: path.stem)
def test_a_recorded_journal_reads_as_elsewhere(path: Path) -> None:
    raw = path.read_bytes()
    lines = [read_line(line) for line in raw.splitlines()]
    assert tuple(line.entry for line in lines if line is not None) == parse_journal(raw)


def test_a_line_of_a_user_manager() -> None:
    record = {
        "MESSAGE": "Started docker.service.",
        "PRIORITY": "6",
        "USER_UNIT": "docker.service",
        "USER_INVOCATION_ID": RUN,
        "_SYSTEMD_UNIT": "user@1000.service",
        "_SYSTEMD_INVOCATION_ID": "b" * 32,
        "_PID": "77",
        "_TRANSPORT": "journal",
        "_COMM": "systemd",
        "__CURSOR": "s=1",
        "__REALTIME_TIMESTAMP": "12",
    }
    entry = JournalEntry(
        12,
        "Started docker.service.",
        6,
        RUN,
        from_manager=True,
        unit="docker.service",
        identifier="systemd",
    )
    assert read_line(json.dumps(record).encode()) == JournalLine(entry, "s=1", "journal", 77)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)
NAMES = st.sampled_from(
    [
        "MESSAGE", "PRIORITY", "UNIT", "USER_UNIT", "INVOCATION_ID", "_SYSTEMD_UNIT", "_PID",
        "__REALTIME_TIMESTAMP", "__CURSOR", "SYSLOG_IDENTIFIER", "EXIT_STATUS",
    ]
)  # fmt: skip


@settings(max_examples=200)
@given(st.dictionaries(NAMES, VALUES, max_size=8))
def test_any_record(record: dict[str, object]) -> None:
    line = read_line(json.dumps(record).encode("utf-8", "surrogatepass"))
    assert line is not None
    line.entry.message.encode()
    assert 0 <= line.entry.priority <= 7
    datetime.fromtimestamp(line.entry.time_usec / 1_000_000).astimezone()


@given(st.binary())
def test_any_bytes(raw: bytes) -> None:
    assert read_line(raw) is None or raw.lstrip()[:1] == b"{"


# --- what is asked -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        (
            JournalQuery(("docker.service",)),
            "_SYSTEMD_UNIT=docker.service + UNIT=docker.service _UID=0",
        ),
        (
            JournalQuery(("a.service", "b.socket"), manager_only=True),
            "UNIT=a.service _UID=0 + UNIT=b.socket _UID=0",
        ),
        (
            JournalQuery(("docker.service",), uid=1000),
            "_SYSTEMD_USER_UNIT=docker.service _UID=1000 + USER_UNIT=docker.service _UID=1000",
        ),
    ],
)
def test_whose_lines(query: JournalQuery, matches: str) -> None:
    words = journalctl_arguments(query, follow=False)
    assert " ".join(word for word in words if not word.startswith("--")) == matches
    assert "--reverse" in words


def test_what_comes() -> None:
    query = JournalQuery(("a.service",), since="@1", after_cursor="s=1")
    words = journalctl_arguments(query, follow=True)
    assert {"--follow", "--no-tail", "--since=@1", "--after-cursor=s=1"} <= set(words)
    assert "--reverse" not in words


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("10m", "-10m"),
        ("1h30m", "-1h30m"),
        ("0.5d", "-0.5d"),
        (" yesterday ", "yesterday"),
        ("2026-11-24 10:00", "2026-11-24 10:00"),
        ("@17", "@17"),
        ("2026-11-24T06:11:08.814367+00:00", "@1795500668.814367"),
        ("2026-11-24T08:11:08.5+02:00", "@1795500668.500000"),
        ("2026-11-24t06:11:08z", "@1795500668.000000"),
    ],
)
def test_a_moment(typed: str, words: str) -> None:
    assert moment_words(typed, "--since") == words


@pytest.mark.parametrize("typed", ["", "  ", "a\nb", "2026-13-24T06:11", "0001-01-01T00x"])
def test_no_moment(typed: str) -> None:
    with pytest.raises(UsageError, match="is not a moment for --until"):
        moment_words(typed, "--until")


@given(st.text())
def test_any_moment(typed: str) -> None:
    try:
        said = moment_words(typed, "--since")
    except UsageError as error:
        said = error.message
    assert said.isprintable()


def test_microseconds() -> None:
    assert usec_words(1_000_007) == "@1.000007"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("docker", "docker.service"),
        ("containerd.service", "containerd.service"),
        ("docker.socket", "docker.socket"),
        ("docker@2.socket", "docker@2.socket"),
    ],
)
def test_a_unit(typed: str, name: str) -> None:
    assert unit_name(typed) == name


@pytest.mark.parametrize("typed", ["", ".socket", "a b.socket", "*", "x.timer", "a\x1b"])
def test_no_unit(typed: str) -> None:
    with pytest.raises(UsageError):
        unit_name(typed)


# --- who may ask -------------------------------------------------------------------------------


def test_a_journal_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "machine").mkdir()
    (tmp_path / "machine" / "system.journal").touch()
    assert journal_access((tmp_path / "gone", tmp_path)) is Access.READABLE


def test_no_journal(tmp_path: Path) -> None:
    (tmp_path / "machine").mkdir()
    (tmp_path / "machine" / "user-1000.journal").touch()
    (tmp_path / "file").touch()
    assert journal_access((tmp_path / "gone", tmp_path)) is Access.MISSING
