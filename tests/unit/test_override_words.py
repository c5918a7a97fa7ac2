"""Words of a value: quotes, escapes, percent signs, variables."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.errors import OverrideTextInvalid, OverrideValueInvalid
from dockerctl.override.model import Assignment
from dockerctl.override.text import parse_text, render_text
from dockerctl.override.words import (
    EnvironmentLine,
    environment_assignment,
    expand_specifiers,
    parse_environment,
    quote_word,
    split_words,
)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", []),
        (" \t ", []),
        ("a b", ["a", "b"]),
        (" a \t b ", ["a", "b"]),
        ("'a b' \"c d\"", ["a b", "c d"]),
        ("a'b c'd", ["ab cd"]),
        ("''", [""]),
        ("a \"\" b", ["a", "", "b"]),
        ("'\"' \"'\"", ['"', "'"]),
        (r"\a\b\f\n\r\t\v\\\"\'\s", ["\a\b\f\n\r\t\v\\\"' "]),
        (r"a\sb", ["a b"]),
        (r"\x41\x4a \u2603 \U0001F600 \101", ["AJ", "\u2603", "\U0001f600", "A"]),
        (r"'\n\''", ["\n'"]),
        (r"\xc3\xa9", ["\u00e9"]),
        (r"\xff", ["\udcff"]),
        ("a%%b %n", ["a%b", "%n"]),
        ("caf\u00e9", ["caf\u00e9"]),
        ("a\x0bb\u00a0c", ["a\x0bb\u00a0c"]),
        ("$X ${Y} a;b # c", ["$X", "${Y}", "a;b", "#", "c"]),
    ],
)  # fmt: skip
def test_words(value: str, words: list[str]) -> None:
    assert split_words(value) == words


@pytest.mark.parametrize(
    "value",
    [
        "'", '"a', "a'b", r"\q", r"a\ b", r"\x4", r"\xg1", r"\x00", r"\000", r"\0", r"\400",
        r"\u12", r"\u0000", r"\U00110000", r"\U0000d800", "a\0b", '"a\\', "\\", r"'\q'",
    ],
)  # fmt: skip
def test_what_is_no_list_of_words(value: str) -> None:
    with pytest.raises(OverrideTextInvalid):
        split_words(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (r"\d+", [r"\d+"]),
        (r"a\ b", [r"a\ b"]),
        (r"'\.' x\\", [r"\.", "x\\"]),
        ("a\\", ["a\\"]),
        (r"\x4", [r"\x4"]),
        (r"\.\n", ["\\.\n"]),
    ],
)
def test_unknown_escapes_on_a_command_line(value: str, words: list[str]) -> None:
    assert split_words(value, relaxed=True) == words


@pytest.mark.parametrize("value", ["'", '"a\\', "a\0"])
def test_what_is_no_command_line_either(value: str) -> None:
    with pytest.raises(OverrideTextInvalid):
        split_words(value, relaxed=True)


def test_percent_signs_can_be_kept() -> None:
    assert split_words("a%%b '%n'", keep_percent=True) == ["a%%b", "%n"]
    assert quote_word("%t/x", keep_percent=True) == "%t/x"


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("plain/-_.:,=@+", "plain/-_.:,=@+"),
        ("", '""'),
        ("a b", '"a b"'),
        ("100%", "100%%"),
        ('a"b\\', r'"a\"b\\"'),
        ("a\nb\tc\rd", r'"a\nb\tc\rd"'),
        ("it's", '"it\'s"'),
        (";", '";"'),
        ("#", '"#"'),
        ("\uffff", r'"\xef\xbf\xbf"'),
        ("\udcff", r'"\xff"'),
    ],
)
def test_quoting(text: str, quoted: str) -> None:
    assert quote_word(text) == quoted


@pytest.mark.parametrize("text", ["a\0", "\ud800", "a\udfff"])
def test_what_cannot_be_quoted(text: str) -> None:
    with pytest.raises(OverrideTextInvalid):
        quote_word(text)


nasty = st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from(
    "\\\"'%$ \t\n\r;#\u2028\uffff\ufdd0{}"
)
texts = st.text(nasty)


@given(st.lists(texts))
def test_quoted_words_are_read_back(words: list[str]) -> None:
    value = " ".join(quote_word(word) for word in words)
    assert split_words(value) == words
    assignment = Assignment("Service", "A", value)
    assert parse_text(render_text([assignment])).assignments == (assignment,)


@given(texts)
def test_a_quoted_word_whose_percent_signs_are_kept_is_read_back(word: str) -> None:
    assert split_words(quote_word(word, keep_percent=True), keep_percent=True) == [word]


@given(st.binary().filter(lambda raw: b"\0" not in raw))
def test_bytes_are_read_back(raw: bytes) -> None:
    word = raw.decode("utf-8", "surrogateescape")
    assert split_words(quote_word(word)) == [word]


@given(st.text(), st.booleans())
def test_splitting_fails_in_one_way_only(value: str, relaxed: bool) -> None:
    with contextlib.suppress(OverrideTextInvalid):
        split_words(value, relaxed=relaxed)


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("a", "a"), ("%%", "%"), ("%%n", "%n"), ("%n", "x.service"), ("%t", "%t"), ("50%", "50%"),
        ("a % b", "a % b"), ("%!", "%!"), ("%\u00e9", "%\u00e9"), ("%%%n", "%x.service"),
    ],
)  # fmt: skip
def test_specifiers(text: str, expanded: str) -> None:
    assert expand_specifiers(text, {"n": "x.service"}) == expanded


@pytest.mark.parametrize("text", ["%z", "100%z", "%1", "%%%Q"])
def test_a_letter_that_is_no_specifier(text: str) -> None:
    with pytest.raises(OverrideTextInvalid, match="no specifier"):
        expand_specifiers(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", '"N=a b"'),
        ("", '"N="'),
        ('100% "x" \\', r'"N=100%% \"x\" \\"'),
        ("a\nb\tc\r", r'"N=a\nb\tc\r"'),
        ("$X 'y' # ;", "\"N=$X 'y' # ;\""),
    ],
)
def test_an_assignment(value: str, text: str) -> None:
    assert environment_assignment("N", value) == text
    assert parse_environment(text) == EnvironmentLine((("N", value),))


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A=", "\u00c4", "A\n", "A.B"])
def test_what_is_no_name_of_a_variable(name: str) -> None:
    with pytest.raises(OverrideValueInvalid) as caught:
        environment_assignment(name, "1")
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("value", ["\0", "\udcff", "\uffff", "x" * 131072])
def test_what_is_no_value_of_a_variable(value: str) -> None:
    with pytest.raises(OverrideTextInvalid) as caught:
        environment_assignment("NAME", f"s3cret{value}")
    assert "s3cret" not in caught.value.message


def test_the_longest_value() -> None:
    value = "\u00e9" * ((131072 - len("N=") - 1) // 2)
    assert parse_environment(environment_assignment("N", value)).pairs == (("N", value),)


@pytest.mark.parametrize(
    ("value", "pairs", "problems"),
    [
        ("A=1 B=2", [("A", "1"), ("B", "2")], 0),
        ("A=a b", [("A", "a")], 1),
        ("'A=a b' \"B=\\x41\\u2603\"", [("A", "a b"), ("B", "A\u2603")], 0),
        ("A='a b'", [("A", "a b")], 0),
        ("1A=x A-B=x A =x B=y", [("B", "y")], 4),
        ("A=100%z B=1", [("B", "1")], 1),
        ("A=100%% B=5% C=%h", [("A", "100%"), ("B", "5%"), ("C", "%h")], 0),
        ("A=1 B=a\\ b C=2", [("A", "1")], 1),
        ("A=1 'B=2", [("A", "1")], 1),
        ('A=1 "B=\\xff" C=2', [("A", "1"), ("C", "2")], 1),
        ("A=x ;y", [("A", "x")], 1),
        ("=x", [], 1),
        ("", [], 0),
        ("A= B==", [("A", ""), ("B", "=")], 0),
    ],
)
def test_what_systemd_takes_of_a_line(
    value: str, pairs: list[tuple[str, str]], problems: int
) -> None:
    line = parse_environment(value)
    assert line.pairs == tuple(pairs)
    assert len(line.problems) == problems


def test_a_specifier_whose_value_is_known() -> None:
    assert parse_environment("A=%n", {"n": "u"}).pairs == (("A", "u"),)


variable_names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,10}", fullmatch=True)
variable_values = st.text(nasty.filter(lambda char: char not in "\uffff\ufdd0"))


@given(variable_names, variable_values)
def test_variables_are_read_back(name: str, value: str) -> None:
    try:
        text = environment_assignment(name, value)
    except OverrideTextInvalid:
        assert any(ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF for char in value)
        return
    assignment = Assignment("Service", "Environment", text)
    read = parse_text(render_text([assignment])).assignments
    assert parse_environment(read[0].value) == EnvironmentLine(((name, value),))


@given(st.text())
def test_reading_variables_never_fails(value: str) -> None:
    for problem in parse_environment(value).problems:
        assert problem.isprintable()
