"""A record as JSON and back, and what is none."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.change.model import BootWish, Effect, Failure, Phase, Record, SavedFile
from dockerctl.change.rows import FORMAT, RecordUnreadable, parse_record, render_record

TEXT = st.text(max_size=8)
UNITS = st.lists(TEXT, max_size=2).map(tuple)
SAVED = st.builds(
    SavedFile, path=TEXT, real=TEXT, unit=TEXT, mode_after=st.integers(0, 0o7777), tag_after=TEXT,
    tag_interim=TEXT, tag_back=TEXT, tag_before=TEXT, mode=st.integers(0, 0o7777),
    uid=st.integers(0, 2**32 - 1), gid=st.integers(0, 2**32 - 1),
    xattrs=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
)  # fmt: skip
FAILURES = st.none() | st.builds(Failure, TEXT, TEXT, TEXT)
MOMENTS = st.floats(0, 1e11)
RECORDS = st.builds(
    Record, id=TEXT, phase=st.sampled_from(Phase), unit=TEXT, kind=TEXT,
    effect=st.sampled_from(Effect), began=MOMENTS, who=TEXT, command=TEXT, message=TEXT,
    running=st.booleans(), started=st.booleans(), renews_socket=st.booleans(), stable_s=MOMENTS,
    files=st.lists(SAVED, max_size=2).map(tuple), boot_id=TEXT,
    boot=st.none() | st.builds(BootWish, st.booleans(), UNITS, UNITS), of=TEXT, old_run=TEXT,
    reached=st.sampled_from(Phase), listened=st.booleans(), down_since=st.none() | MOMENTS,
    confirm_s=st.none() | MOMENTS, confirm_until=st.none() | MOMENTS, ended=st.none() | MOMENTS,
    downtime_ms=st.integers(0, 10**9), failure=FAILURES, undo_failure=FAILURES, checkpoint=TEXT,
    pid=st.integers(0, 2**22),
)  # fmt: skip
ONE = Record(
    "1", Phase.WRITING, "docker.service", "change", Effect.RESTART, 1.0, "root", "c", "m",
    running=True, started=False, renews_socket=False, stable_s=5.0, files=(),
)  # fmt: skip


@given(RECORDS)
def test_a_record_comes_back_as_it_was(record: Record) -> None:
    data = render_record(record)
    assert parse_record(data) == record
    assert data.endswith(b"}\n")
    assert json.loads(data)["format"] == FORMAT


def changed(**changes: object) -> bytes:
    return json.dumps({**json.loads(render_record(ONE)), **changes}).encode()


def without(name: str) -> bytes:
    document = json.loads(render_record(ONE))
    del document[name]
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"null", b"5", b"\xff", b"[" * 100_000, b"{}", changed(phase="dancing"),
        changed(effect="much"), changed(files=[{}]), changed(files=5), changed(unheard_of=1),
        changed(boot={}), changed(boot=5), changed(failure={"code": "x"}), changed(format="1"),
        changed(format=None), *(without(name) for name in ("id", "phase", "files", "began")),
    ],
)  # fmt: skip
def test_a_damaged_one(data: bytes) -> None:
    with pytest.raises(RecordUnreadable, match="it is damaged"):
        parse_record(data)


@given(st.binary(max_size=60), st.integers(0, len(render_record(ONE))))
def test_any_bytes(data: bytes, cut: int) -> None:
    for damaged in (data, render_record(ONE)[:cut], render_record(ONE)[:cut] + data):
        try:
            assert isinstance(parse_record(damaged), Record)
        except RecordUnreadable:
            continue


def test_one_of_a_newer_dockerctl() -> None:
    with pytest.raises(RecordUnreadable, match="newer"):
        parse_record(changed(format=FORMAT + 1, phase="a phase of the future"))


@pytest.mark.parametrize(
    ("phase", "state", "ended"),
    [
        (Phase.COMMITTED, "committed", True), (Phase.ROLLED_BACK, "rolled-back", True),
        (Phase.UNDO_FAILED, "undo-failed", True), (Phase.WAITING, "waiting", False),
        *((phase, "unfinished", False) for phase in (
            Phase.PREPARED, Phase.WRITING, Phase.LOADING, Phase.APPLYING, Phase.PROVING,
            Phase.SETTLING, Phase.UNDOING)),
    ],
)  # fmt: skip
def test_the_word_for_users(phase: Phase, state: str, ended: bool) -> None:
    assert replace(ONE, phase=phase).state == state
    assert phase.ended is ended


def test_every_field_is_in_the_row() -> None:
    assert json.loads(render_record(ONE)).keys() == {"format", *(f.name for f in fields(Record))}
