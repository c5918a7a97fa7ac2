"""Lines of a log: their level, what is wanted of them, and how they are shown."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.change.hidden import mask_urls
from dockerctl.cli.logs_text import LONGEST_TEXT, line_document, raw_line, text_line
from dockerctl.cli.style import Style
from dockerctl.docker.records import LEVELS
from dockerctl.health.log_lines import LogLine, Wanted, log_line
from dockerctl.systemd.journal import JournalEntry
from dockerctl.systemd.journal_line import JournalLine

PLAIN = Style(color=False, unicode=True)
COLOURED = Style(color=True, unicode=True)
RECORD = 'time="2026-11-24T06:11:08Z" level={} msg="{}" error="no way" n=1'


def line(message: str, *, priority: int = 6, transport: str = "stdout") -> LogLine:
    entry = JournalEntry(
        1_795_500_668_814_367, message, priority, "a" * 32, from_manager=False,
        unit="docker.service", identifier="dockerd",
    )  # fmt: skip
    return log_line(JournalLine(entry, "s=1", transport, 48), mask_urls)


@pytest.mark.parametrize(
    ("found", "level"),
    [
        (line(RECORD.format("error", "m")), "error"),
        (line(RECORD.format("debug", "m"), priority=3), "debug"),
        (line("failed to start daemon: m"), None),
        (line("m", priority=3), "error"),
        (line("m", transport="journal"), "info"),
        (line("m", priority=0, transport="syslog"), "fatal"),
        (line("m", priority=7, transport="journal"), "debug"),
    ],
)
def test_the_level(found: LogLine, level: str | None) -> None:
    assert found.level == level


@pytest.mark.parametrize("level", LEVELS)
def test_a_level_and_above(level: str) -> None:
    wanted = Wanted(level)
    taken = [each for each in LEVELS if wanted.takes(line(RECORD.format(each, "m")))]
    assert taken == list(LEVELS[LEVELS.index(level) :])
    assert wanted.takes(line("failed to start daemon: m"))


@pytest.mark.parametrize(
    ("pattern", "takes"),
    [("message", True), ("no way", True), ('error="no', True), (r"level=\w+", True), ("x", False)],
)
def test_a_pattern(pattern: str, takes: bool) -> None:
    wanted = Wanted(None, re.compile(pattern))
    assert wanted.takes(line(RECORD.format("info", "a message"))) is takes


def test_as_text() -> None:
    shown = text_line(line(RECORD.format("warning", "a\\nb\\x1b[31m")), PLAIN)
    moment, rest = shown.split(" ", 1)
    assert re.fullmatch(r"2026-11-2\dT\d\d:\d\d:08\.814[+-]\d\d:\d\d", moment)
    assert rest == 'warning dockerd: a\\nb\\x1b[31m error="no way" n=1'
    coloured = text_line(line(RECORD.format("warning", "m")), COLOURED)
    assert "\x1b[33mwarning\x1b[0m" in coloured


def test_without_a_level() -> None:
    assert text_line(line("last words"), PLAIN).endswith(" -       dockerd: last words")


def test_as_it_was_written() -> None:
    text = RECORD.format("info", "m")
    assert raw_line(line(text)) == text
    assert raw_line(line("\tgoroutine\x07")) == "    goroutine\\x07"


def test_a_long_line_is_cut_as_text_only() -> None:
    long = line("x" * 1_000_000)
    assert text_line(long, PLAIN).endswith("x… (1000000 characters)")
    assert len(text_line(long, PLAIN)) < LONGEST_TEXT + 200
    assert raw_line(long) == "x" * 1_000_000
    assert line_document(long)["message"] == "x" * 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        "proxyconnect tcp: http://me:secret@proxy:3128/ failed",
        RECORD.format("info", "m") + " proxy=http://me:secret@proxy:3128",
        "{" + '"level":"info","msg":"http://me:secret@proxy","time":"t"' + "}",
    ],
)
def test_a_password_is_masked(text: str) -> None:
    found = line(text)
    assert "secret" not in f"{line_document(found)}{text_line(found, PLAIN)}{raw_line(found)}"
    assert "proxy" in raw_line(found)


def test_a_megabyte_is_masked_in_no_time() -> None:
    for text in ("a" * 1_000_000, "http://" * 150_000, "http://a:" * 110_000, "a:b@" * 250_000):
        mask_urls(text)


@given(
    st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "replace")),
    st.text(max_size=200),
    st.sampled_from(["stdout", "journal", ""]),
    st.integers(0, 7),
)
def test_nothing_raw_reaches_a_terminal(
    message: str, identifier: str, transport: str, priority: int
) -> None:
    for text in (message, RECORD.format("info", message)):
        found = replace(line(text, priority=priority, transport=transport), identifier=identifier)
        assert raw_line(found).isprintable()
        assert text_line(found, PLAIN).isprintable()
        assert Wanted("error", re.compile("a")).takes(found) in (True, False)
