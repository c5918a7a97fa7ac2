"""The diff that people are shown: what changed, and no secret."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from dockerctl.config.diff import unified_diff


def diff(old: bytes, new: bytes) -> str:
    return unified_diff(old, new, "daemon.json", "daemon.json (new)", mask=lambda line: line)


def test_a_change() -> None:
    assert diff(b'{\n  "a": 1,\n  "b": 2\n}\n', b'{\n  "a": 1,\n  "b": 3\n}\n') == (
        "--- daemon.json\n"
        "+++ daemon.json (new)\n"
        "@@ -1,4 +1,4 @@\n"
        " {\n"
        '   "a": 1,\n'
        '-  "b": 2\n'
        '+  "b": 3\n'
        " }\n"
    )


def test_no_change() -> None:
    assert diff(b"", b"") == diff(b"a", b"a") == diff(b"\xff\n", b"\xff\n") == ""


def test_a_new_file() -> None:
    assert diff(b"", b"{}\n").splitlines()[2:] == ["@@ -0,0 +1 @@", "+{}"]


def test_a_missing_end_of_the_last_line() -> None:
    assert diff(b"a\nb", b"a\nb\n").splitlines()[2:] == [
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "\\ No newline at end of file",
        "+b",
    ]


def test_line_endings_and_bytes_are_seen() -> None:
    assert diff(b"a\r\n", b"a\n").splitlines()[3:] == ["-a\\r", "+a"]
    assert diff(b"\xff\xc3\xa4\n", b"\\xff\xc3\xa4\n").splitlines()[3:] == ["-\\xffä", "+\\xffä"]
    assert diff(b"\x1b[2J\t\x00\n", b"\xe2\x80\xae\n").splitlines()[3:] == [
        "-\\x1b[2J\t\\x00",
        "+\\u202e",
    ]


def test_a_secret_that_changed_is_masked_and_seen_to_change() -> None:
    text = unified_diff(
        b'"token": "old-secret"\nx\n',
        b'"token": "new-secret"\nx\n',
        "a",
        "b",
        mask=lambda line: re.sub(r'"token": ".*"', '"token": "****"', line),
    )
    assert text.splitlines()[3:] == ['-"token": "****"', '+"token": "****"', " x"]


def test_the_context() -> None:
    old = b"1\n2\n3\n4\n5\n"
    text = unified_diff(old, b"1\n2\nx\n4\n5\n", "a", "b", mask=lambda line: line, context=0)
    assert text.splitlines()[2:] == ["@@ -3 +3 @@", "-3", "+x"]


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_bytes(old: bytes, new: bytes) -> None:
    text = diff(old, new)

    assert (text == "") == (old == new)
    assert text == "" or text.endswith("\n")
    assert all(line.replace("\t", "").isprintable() or line < "\ufffe" for line in text.split("\n"))
    lines = text.split("\n")[2:]
    for sign, data in (("-", old), ("+", new)):
        counted = sum(line[:1] == sign or line[:1] == " " for line in lines if line)
        assert counted <= data.count(b"\n") + 1
