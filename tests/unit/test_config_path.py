"""Paths of keys: reading what was typed, and writing it so that it can be typed again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockerctl.config.path import KeyPath, format_path, parse_assignment, parse_path
from dockerctl.errors import UsageError


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("debug", ("debug",)),
        ("log-opts.max-size", ("log-opts", "max-size")),
        ('log-opts."a.b"', ("log-opts", "a.b")),
        ('"log-opts".max-size', ("log-opts", "max-size")),
        ('a."say \\"x\\""', ("a", 'say "x"')),
        ('a."c:\\\\d"', ("a", "c:\\d")),
        ('a."\\u00e4"', ("a", "ä")),
        ('a."x = y".b', ("a", "x = y", "b")),
        ('""', ("",)),
        ("runtimes.io.containerd", ("runtimes", "io", "containerd")),
        ("ä.ö", ("ä", "ö")),
        ("a/b:c@d", ("a/b:c@d",)),
    ],
)
def test_paths(text: str, path: KeyPath) -> None:
    assert parse_path(text) == path
    assert parse_path(format_path(path)) == path


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "a key is missing at column 1"),
        (".a", 1, "a key is missing"),
        ("a.", 3, "This is no key, after a.: a key is missing at column 3"),
        ("a..b", 3, "a key is missing"),
        ("a b", 2, "' ' at column 2 is not taken without quotes"),
        (" a", 1, "not taken"),
        ("a=b", 2, "'=' at column 2"),
        ("a\\.b", 2, "not taken"),
        ("a'b", 2, "not taken"),
        ('a."b', 3, "does not end"),
        ('a."b"c', 6, "not taken"),
        ('a"b"', 2, "not taken"),
        ('a."\\x"', 3, "wrong escape"),
        ('a."\\ud800"', 3, "not UTF-8"),
        ("a.\udce4", 3, "not UTF-8"),
        ("a\x1b[0m", 2, "'\\x1b'"),
    ],
)
def test_what_is_no_path(text: str, column: int, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_path(text)

    assert caught.value.details == {"column": column}
    assert words in caught.value.message
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("log-opts", "a.b"), 'log-opts."a.b"'),
        (("a", 'b"c'), r'a."b\"c"'),
        (("",), '""'),
        (("a\x1b\x7f",), r'"a\u001b\u007f"'),
        (("a b", "ä"), '"a b".ä'),
    ],
)
def test_the_written_form(path: KeyPath, text: str) -> None:
    assert format_path(path) == text
    assert parse_path(text) == path


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("log-opts.max-size=10m", ("log-opts", "max-size"), "10m"),
        ("debug=", ("debug",), ""),
        ("a=b=c", ("a",), "b=c"),
        ('a."x=y"=[1, 2]', ("a", "x=y"), "[1, 2]"),
        ("a= b ", ("a",), " b "),
        ('a="x"', ("a",), '"x"'),
    ],
)
def test_assignments(text: str, path: KeyPath, value: str) -> None:
    assert parse_assignment(text) == (path, value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("debug", "no '=' after the key debug"),
        ("=true", "a key is missing at column 1"),
        ("a.=secret", "a key is missing at column 3"),
        ("a b=secret", "' ' at column 2"),
        ('a."b=secret', "does not end"),
    ],
)
def test_what_is_no_assignment(text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_assignment(text)

    assert words in caught.value.message
    assert "secret" not in caught.value.message


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=4).map(tuple), st.text(max_size=8))
def test_every_path_can_be_typed(path: KeyPath, value: str) -> None:
    text = format_path(path)

    assert text.isprintable()
    assert parse_path(text) == path
    assert parse_assignment(f"{text}={value}") == (path, value)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=12) | st.text('a."\\=', max_size=12))
def test_any_text_is_a_path_or_wrong_usage(text: str) -> None:
    try:
        path = parse_path(text)
    except UsageError:
        return
    assert parse_path(format_path(path)) == path
