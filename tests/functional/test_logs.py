"""Reading through a program that behaves as journalctl does, or not at all."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from dockerctl.deadline import Deadline
from dockerctl.errors import (
    DeadlinePassed,
    DockerctlError,
    JournalForbidden,
    ProgramFailed,
    ProgramMissing,
    UsageError,
)
from dockerctl.host import streaming
from dockerctl.systemd.journal_query import JournalQuery
from dockerctl.systemd.journal_reader import JournalReader

QUERY = JournalQuery(("docker.service",), since="soon")
LONG_S = 30.0

Write = Callable[[str], JournalReader]


@pytest.fixture
def journal(tmp_path: Path) -> Write:
    """A reader of what a shell script prints."""

    def write(script: str) -> JournalReader:
        path = tmp_path / "journalctl"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return JournalReader(str(path))

    return write


def line(message: str) -> str:
    record = {"MESSAGE": message, "__CURSOR": f"s={message}", "_SYSTEMD_UNIT": "docker.service"}
    return json.dumps(record)


def read(reader: JournalReader, limit_s: float = LONG_S) -> list[str]:
    lines = reader.newest_first(QUERY, Deadline.after(limit_s))
    return [found.entry.message for found in lines]


def test_lines(journal: Write) -> None:
    script = f"cat <<'EOF'\n{line('a')}\nno line\n\n{line('b')}\nEOF\nprintf '%s' '{line('c')}'"
    assert read(journal(script)) == ["a", "b"]


def test_an_empty_journal(journal: Write) -> None:
    assert read(journal("exit 0")) == []


def test_much_on_both_streams(journal: Write) -> None:
    script = (
        "head -c 300000 /dev/zero >&2\n"
        f"i=0; while [ $i -lt 2000 ]; do echo '{line('x' * 200)}'; i=$((i + 1)); done"
    )
    assert len(read(journal(script))) == 2000


def test_a_line_that_is_too_long(journal: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "LONGEST_LINE", 100_000)
    reader = journal(f"echo '{line('a')}'; head -c 1000000 /dev/zero; echo; echo '{line('b')}'")
    assert read(reader) == ["a", "b"]
    assert reader.dropped == 1


@pytest.mark.parametrize(
    ("script", "kind", "says"),
    [
        ("sleep 60", DeadlinePassed, "did not answer in 0.3 s"),
        (f"echo '{line('a')}'; sleep 60", DeadlinePassed, "not be read to its end in 0.3 s"),
        ("exec >&-; sleep 60", ProgramFailed, "did not end"),
        ("echo Failed to parse timestamp: soon >&2; exit 1", UsageError, "'soon' is not a moment"),
        ("echo '--since= must be before --until=.' >&2; exit 1", UsageError, "has to be before"),
        (
            "echo No journal files were opened due to insufficient permissions. >&2; exit 1",
            JournalForbidden,
            "may not read",
        ),
        (
            "echo one >&2; echo Bad message. >&2; exit 3",
            ProgramFailed,
            "ended with 3: Bad message.",
        ),
        ("exit 1", ProgramFailed, "ended with 1: no reason given."),
        ("kill -9 $$", ProgramFailed, "ended with -9"),
    ],
)
def test_trouble(
    journal: Write,
    script: str,
    kind: type[DockerctlError],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dockerctl.systemd.journal_reader._END_S", 0.2)
    limit_s = 0.3 if kind is DeadlinePassed else LONG_S
    with pytest.raises(kind, match=says):
        read(journal(script), limit_s)


def test_no_program(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissing):
        read(JournalReader(str(tmp_path / "gone")))


def test_no_program_but_something(tmp_path: Path) -> None:
    path = tmp_path / "journalctl"
    path.write_text("\x00")
    path.chmod(0o755)
    with pytest.raises(ProgramFailed, match="cannot be run"):
        read(JournalReader(str(path)))


def test_nothing_is_left_running(journal: Write, tmp_path: Path) -> None:
    reader = journal(f"echo $$ > {tmp_path}/pid; echo '{line('a')}'; sleep 60 & wait")
    lines = reader.newest_first(QUERY, Deadline.after(LONG_S))
    assert next(lines).entry.message == "a"
    lines.close()
    pid = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_what_comes_ends_at_the_deadline(journal: Write) -> None:
    reader = journal(f"echo '{line('a')}'; sleep 60")
    lines = reader.coming(QUERY, Deadline.after(0.3), reader=None)
    assert [found.entry.message for found in lines] == ["a"]


def test_what_comes_ends_with_its_reader(journal: Write) -> None:
    ours, theirs = os.pipe()
    lines = journal("sleep 60").coming(QUERY, Deadline.after(LONG_S), reader=theirs)
    timer = threading.Timer(0.1, os.close, (ours,))
    timer.start()
    assert list(lines) == []
    timer.join()
    os.close(theirs)


def test_what_comes_ends_with_trouble_when_journalctl_does(journal: Write) -> None:
    lines = journal(f"echo '{line('a')}'; echo gone >&2; exit 1").coming(QUERY, None, reader=None)
    assert next(lines).entry.message == "a"
    with pytest.raises(ProgramFailed, match="ended with 1: gone"):
        next(lines)
