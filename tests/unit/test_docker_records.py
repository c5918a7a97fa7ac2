"""Records of dockerd and containerd, taken apart; and whatever else may stand in a log."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.docker.records import LEVELS, LogRecord, parse_record

TIME = "2026-11-24T06:11:08.814367090Z"


@pytest.mark.parametrize(
    ("text", "record"),
    [
        (
            f'time="{TIME}" level=info msg="Docker daemon" commit=5d6db84 graphdriver(s)=overlay2 '
            "version=20.10.24+dfsg1",
            LogRecord(
                "Docker daemon",
                "info",
                TIME,
                {
                    "commit": "5d6db84",
                    "graphdriver(s)": "overlay2",
                    "version": "20.10.24+dfsg1",
                },
            ),
        ),
        (
            f'time="{TIME}" level=info msg="skip loading plugin \\"io.containerd.zfs\\"..." '
            'error="path /a b: skip plugin" type=io.containerd.snapshotter.v1',
            LogRecord(
                'skip loading plugin "io.containerd.zfs"...',
                "info",
                TIME,
                {"error": "path /a b: skip plugin", "type": "io.containerd.snapshotter.v1"},
            ),
        ),
        (f"time={TIME} level=warn msg=short", LogRecord("short", "warning", TIME)),
        (f'time="{TIME}" level=panic msg="" a=', LogRecord("", "fatal", TIME, {"a": ""})),
        (
            f'time="{TIME}" level=error msg="a\\nb\\t\\x1b[31m\\u2028\\U0001f433 \\xff \\ud800"',
            LogRecord("a\nb\t\x1b[31m\u2028\U0001f433 \ufffd \ufffd", "error", TIME),
        ),
        # As the journal cuts it.
        (f'time="{TIME}" level=info msg="cut of', LogRecord("cut of", "info", TIME)),
        (
            f'time="{TIME}" level=info msg=m error="cut \\',
            LogRecord("m", "info", TIME, {"error": "cut "}),
        ),
        (f'time="{TIME}" level=info msg="m" and more', LogRecord("m and more", "info", TIME)),
        # dockerd with log-format json.
        (
            json.dumps({"level": "warning", "msg": "m", "time": TIME, "n": 1, "error": "e"}),
            LogRecord("m", "warning", TIME, {"n": "1", "error": "e"}),
        ),
        ("failed to start daemon: no", LogRecord("failed to start daemon: no")),
        ("", LogRecord("")),
        ("{", LogRecord("{")),
        ("{" * 100_000, LogRecord("{" * 100_000)),
        ('{"msg": "m"}', LogRecord('{"msg": "m"}')),
        ('{"msg": "m", "level": "loud"}', LogRecord('{"msg": "m", "level": "loud"}')),
        (f'time="{TIME}" level=loud msg=m', LogRecord(f'time="{TIME}" level=loud msg=m')),
    ],
)
def test_a_line(text: str, record: LogRecord) -> None:
    assert parse_record(text) == record


BROKEN = st.one_of(
    st.text(),
    st.text(alphabet='\x00\x1b\\"= \n{}:,x u\ud800'),
    st.builds('time="{}" level={} msg="{}" {}={}'.format, *[st.text()] * 5),
    st.builds(
        'time="{}" level={} msg={}'.format,
        st.just(TIME),
        st.sampled_from(LEVELS),
        st.text(alphabet='ab=" \\nxuU09\x00'),
    ),
    st.builds('{{"level":"info","msg":{}}}'.format, st.text()),
)


@given(BROKEN)
def test_any_text(text: str) -> None:
    record = parse_record(text)
    assert record.level in (*LEVELS, None)
    assert all(type(value) is str for value in record.fields.values())
    if record.level is None:
        assert record == LogRecord(text)


def go_quoted(text: str) -> str:
    """As strconv.Quote does, near enough: JSON's escapes are among Go's."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")


WORDS = st.text(st.characters(exclude_categories=["Cs"]))


@given(
    st.sampled_from(LEVELS),
    WORDS,
    st.dictionaries(st.from_regex(r"[a-z][a-z0-9._()-]*", fullmatch=True), WORDS, max_size=4),
)
def test_what_was_written_is_read_back(level: str, message: str, fields: dict[str, str]) -> None:
    text = f'time="{TIME}" level={level} msg={go_quoted(message)}'
    text += "".join(f" {name}={go_quoted(value)}" for name, value in fields.items())
    assert parse_record(text) == LogRecord(message, level, TIME, fields)


@pytest.mark.parametrize(
    "filling", ["a", "\\", '"', " a=", ' a="', '\\"', "\x00", "{", "time=", "http://a:"]
)
def test_a_line_of_a_megabyte(filling: str) -> None:
    rest = filling * (1_000_000 // len(filling))
    for text in (rest, f'time="{TIME}" level=info msg="{rest}', f'{{"msg": "{rest}'):
        parse_record(text)
