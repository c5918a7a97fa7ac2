"""No journal, however broken, makes the explainer raise or reaches a terminal raw."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from dockerctl.health.decisive import MOST_LINES, decisive_lines, first_run
from dockerctl.presentable import LONGEST_LINE, presentable
from dockerctl.systemd.journal import JournalEntry, parse_journal

SERVICE, SOCKET = "docker.service", "docker.socket"

MESSAGES = st.one_of(
    st.text(),
    st.text(alphabet="\x00\x07\x1b[31m\r\n\x7f\x9b\u202e\u2028 panic:"),
    st.builds('time="{}" level={} msg="{}"'.format, st.text(), st.text(), st.text()),
    st.builds("{}: {}".format, st.sampled_from(["panic", "SIGSEGV", "Failed"]), st.text()),
)
ENTRIES = st.lists(
    st.builds(
        JournalEntry,
        time_usec=st.integers(0, 2**63),
        message=MESSAGES,
        priority=st.integers(0, 7),
        invocation_id=st.sampled_from(["", "a" * 32, "b" * 32]),
        from_manager=st.booleans(),
        unit=st.sampled_from([SERVICE, SOCKET, "", "other.service"]),
    ),
    max_size=12,
)


def is_fit_for_a_terminal(line: str) -> bool:
    return line.isprintable() and 0 <= len(line) <= LONGEST_LINE


@settings(max_examples=150)
@given(ENTRIES)
def test_any_entries(entries: list[JournalEntry]) -> None:
    run = first_run(entries, SERVICE, "b" * 32)
    assert run in ("", "a" * 32)
    lines = decisive_lines(entries, SERVICE, SOCKET, run)
    assert len(lines) <= MOST_LINES
    assert all(is_fit_for_a_terminal(line) for line in lines)


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_any_text(text: str) -> None:
    shown = presentable(text)
    assert is_fit_for_a_terminal(shown)
    shown.encode("utf-8")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)
NAMES = st.sampled_from(
    ["MESSAGE", "PRIORITY", "UNIT", "INVOCATION_ID", "_SYSTEMD_UNIT", "__REALTIME_TIMESTAMP"]
)


@settings(max_examples=100)
@given(st.lists(st.dictionaries(NAMES, VALUES, max_size=6) | VALUES, max_size=4))
def test_any_json_lines(records: list[object]) -> None:
    text = "\n".join(json.dumps(record) for record in records)
    entries = parse_journal(text.encode("utf-8", "surrogatepass"))
    assert len(entries) == sum(isinstance(record, dict) for record in records)
    for entry in entries:
        assert type(entry.message) is str
        assert type(entry.time_usec) is type(entry.priority) is int


@given(st.binary())
def test_any_bytes(raw: bytes) -> None:
    assert parse_journal(raw) == parse_journal(raw)
