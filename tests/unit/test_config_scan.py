"""The strict reader: what each mistake is called, and where it is."""

from __future__ import annotations

import json

import pytest

from dockerctl import errors
from dockerctl.config.scan import DEEPEST, scan
from dockerctl.config.source import LARGEST, Flaws, Place, decode, place_at
from dockerctl.errors import DockerctlError
from dockerctl.exits import ExitCode

NAME = "/etc/docker/daemon.json"


def read(data: bytes | str) -> None:
    data = data if isinstance(data, bytes) else data.encode()
    scan(decode(data, NAME, Flaws()), NAME, Flaws())


def failure(data: bytes | str) -> DockerctlError:
    with pytest.raises(DockerctlError) as caught:
        read(data)
    return caught.value


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        # Duplicate keys: by name, not by spelling.
        ('{"a": 1,\n "a": 2}', "config-duplicate-key", 2, 2),
        ('{"x": {"a": 1, "\\u0061": 2}}', "config-duplicate-key", 1, 16),
        # The root.
        ("[]", "config-root-not-object", 1, 1),
        ('"debug": true', "config-root-not-object", 1, 1),
        ("\n  debug: true", "config-root-not-object", 2, 3),
        ("null x", "config-root-not-object", 1, 1),
        ("nul", "config-root-not-object", 1, 1),
        ("'{}'", "config-root-not-object", 1, 1),
        # Comments.
        ("// c\n{}", "config-comment", 1, 1),
        ('{\n  "a": 1, // c\n  "b": 2}', "config-comment", 2, 11),
        ('{\n  /* c */ "a": 1}', "config-comment", 2, 3),
        ('{"a": 1}\n# c', "config-comment", 2, 1),
        ('{"a": # c', "config-comment", 1, 7),
        # Commas.
        ('{"a": 1,}', "config-trailing-comma", 1, 8),
        ('{"a": [1,\n]}', "config-trailing-comma", 1, 9),
        ('{"a": 1\n "b": 2}', "config-missing-comma", 1, 8),
        ('{"a": [1 2]}', "config-missing-comma", 1, 9),
        ('{"a": "x"y"}', "config-missing-comma", 1, 10),
        ('{"a": 1; "b": 2}', "config-missing-comma", 1, 8),
        ('{"a": 1,, "b": 2}', "config-unexpected-text", 1, 9),
        ('{,"a": 1}', "config-unexpected-text", 1, 2),
        ('{"a": [1,,2]}', "config-missing-value", 1, 10),
        # Colons and values.
        ('{"a" 1}', "config-missing-colon", 1, 5),
        ('{"a" = 1}', "config-missing-colon", 1, 5),
        ('{"a"}', "config-missing-colon", 1, 5),
        ('{"a":}', "config-missing-value", 1, 6),
        ('{"a":, "b": 1}', "config-missing-value", 1, 6),
        # Quotes.
        ("{a: 1}", "config-missing-quote", 1, 2),
        ('{"a: 1,\n "b": 2}', "config-missing-quote", 1, 2),
        ('{"a": "x\n}', "config-missing-quote", 1, 7),
        ('{"a": "x', "config-missing-quote", 1, 7),
        ('{"a": overlay2}', "config-missing-quote", 1, 7),
        ('{"a": 10m}', "config-missing-quote", 1, 7),
        ('{"a": /var/lib}', "config-missing-quote", 1, 7),
        ("{'a': 1}", "config-single-quotes", 1, 2),
        ("{\"a\": 'x'}", "config-single-quotes", 1, 7),
        ("{“a”: 1}", "config-typographic-quotes", 1, 2),
        ('{"a": ”x”}', "config-typographic-quotes", 1, 7),
        # Words and numbers.
        ('{"a": True}', "config-wrong-word", 1, 7),
        ('{"a": yes}', "config-wrong-word", 1, 7),
        ('{"a": None}', "config-wrong-word", 1, 7),
        ('{"a": NaN}', "config-not-a-number", 1, 7),
        ('{"a": -Infinity}', "config-not-a-number", 1, 7),
        ('{"a": 01}', "config-number-malformed", 1, 7),
        ('{"a": +1}', "config-number-malformed", 1, 7),
        ('{"a": .5}', "config-number-malformed", 1, 7),
        ('{"a": 1.}', "config-number-malformed", 1, 7),
        ('{"a": 0x10}', "config-number-malformed", 1, 7),
        ('{"a": 1e}', "config-number-malformed", 1, 7),
        ('{"a": ١}', "config-missing-quote", 1, 7),
        ('{"a": 1e400}', "config-number-too-large", 1, 7),
        ('{"a": ' + "9" * 5000 + "}", "config-number-too-large", 1, 7),
        # Texts.
        ('{"a": "x\ty"}', "config-control-character", 1, 9),
        ('{"a": "x\x00y"}', "config-control-character", 1, 9),
        ('{"a": "C:\\dir"}', "config-wrong-escape", 1, 10),
        ('{"a": "\\u12g4"}', "config-wrong-escape", 1, 8),
        ('{"a": "\\ud83d"}', "config-lone-surrogate", 1, 8),
        ('{"a": "\\ude00\\ud83d"}', "config-lone-surrogate", 1, 8),
        ('{"a": "\\ud83dx"}', "config-lone-surrogate", 1, 8),
        # Templates.
        ("{{ config }}", "config-template", 1, 1),
        ("{\n  {% if x %}\n}", "config-template", 2, 3),
        ('{"a": {{ x }}}', "config-template", 1, 7),
        ('{"a": ${X}}', "config-template", 1, 7),
        ('{"a": <%= x %>}', "config-template", 1, 7),
        # The end.
        ("{} {}", "config-text-after-end", 1, 4),
        ('{"a": 1}}', "config-text-after-end", 1, 9),
        ("{", "config-unexpected-end", 1, 2),
        ('{"a": [1,\n', "config-unexpected-end", 2, 1),
        ('{"a": {"b": 1}\n', "config-unexpected-end", 2, 1),
        ('{"a"', "config-unexpected-end", 1, 5),
        ('{"a":', "config-unexpected-end", 1, 6),
        # The rest.
        ('{"a": [1}', "config-unexpected-text", 1, 9),
        ('{"a": 1]', "config-unexpected-text", 1, 8),
        ('{\u00a0"a": 1}', "config-unexpected-text", 1, 2),
        ('{"a": 1 : 2}', "config-unexpected-text", 1, 9),
        ('{"ä": "ö", ?}', "config-unexpected-text", 1, 12),
        ("{]", "config-unexpected-text", 1, 2),
        # Encodings.
        (b'{\n"\xc3\xa4": "\xe4"}', "config-encoding-invalid", 2, 7),
        (b'{"a": "\xed\xa0\x80"}', "config-encoding-invalid", 1, 8),
        (b"\xef\xbb\xbf{}", "config-byte-order-mark", 1, 1),
        ('{"a": 1}'.encode("utf-16"), "config-encoding-wide", 1, 1),
        ('{"a": 1}'.encode("utf-16-be"), "config-encoding-wide", 1, 1),
        ('{"a": 1}'.encode("utf-16-le"), "config-encoding-wide", 1, 1),
        ("{}".encode("utf-32"), "config-encoding-wide", 1, 1),
        ("{}".encode("utf-32-be"), "config-encoding-wide", 1, 1),
        (bytes(512), "config-zero-bytes", 1, 1),
    ],
)
def test_a_mistake(text: bytes | str, code: str, line: int, column: int) -> None:
    error = failure(text)

    assert error.code == code
    assert (error.details["line"], error.details["column"]) == (line, column)
    assert error.details["file"] == NAME
    assert f"in {NAME}, line {line}, column {column}." in error.message
    assert error.message[0].isupper()
    assert error.message.isprintable()
    assert error.exit_code is ExitCode.CONFIG_INVALID


def test_a_duplicate_key_names_both_places() -> None:
    error = failure('{\n  "debug": true,\n  "b": {},\n  "debug": false\n}')

    assert error.message == (
        f'The key "debug" stands a second time in {NAME}, line 4, column 3. '
        "The first is in line 2, column 3."
    )
    assert error.details["first_line"] == 2
    assert error.details["first_column"] == 3


def test_an_unexpected_end_names_what_is_open() -> None:
    assert "The bracket [ of line 2, column 6 is not closed." in failure('{\n"a": [\n1').message


def test_a_byte_that_is_not_utf_8_is_named() -> None:
    error = failure(b'{\n"a": "\xe4"}')
    assert error.message.startswith("The byte 0xe4 at offset 8 is not UTF-8 in ")
    assert error.details["offset"] == 8


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": "x\ty"}', "a tab (U+0009) within a text"),
        ('{\u00a0"a": 1}', "a no-break space (U+00A0) where a key belongs"),
        ('{"a": ?}', "a character ? where a value belongs"),
        ('{"a": [1}', "a closing brace } where a closing bracket ] belongs"),
    ],
)
def test_a_character_is_named(text: str, words: str) -> None:
    assert words in failure(text).message


@pytest.mark.parametrize(
    "text",
    [
        '{"password": hunter2secret}',
        '{"a": "hunter2secret" "b"}',
        '{"a": "hunter2secret}',
        '{"a": hunter2secret"}',
        '{"a": "x" hunter2secret}',
        '{"a": "hunter2secret\x01"}',
    ],
)
def test_no_value_is_quoted(text: str) -> None:
    error = failure(text)
    assert "hunter2" not in error.message + error.hint + str(error.details)


def test_the_deepest_nesting() -> None:
    def nested(depth: int) -> str:
        return '{"a":' * (depth - 1) + "{}" + "}" * (depth - 1)

    read(nested(DEEPEST))
    assert failure(nested(DEEPEST + 1)).code == "config-too-deep"
    assert failure('{"a": ' + "[" * 100_000).code == "config-too-deep"


def test_the_largest_file() -> None:
    read(b"{" + b" " * (LARGEST - 2) + b"}")
    error = failure(b"{" + b" " * (LARGEST - 1) + b"}")
    assert error.code == "config-too-large"
    assert error.details == {"file": NAME, "bytes": LARGEST + 1, "limit": LARGEST}


def test_every_error_of_a_text_has_a_case() -> None:
    (cases,) = (mark.args[1] for mark in test_a_mistake.pytestmark)  # type: ignore[attr-defined]
    tested = {code for _, code, _, _ in cases}
    classes = [c for c in errors.error_classes() if issubclass(c, errors.ConfigurationError)]
    assert {cls.code for cls in classes} - tested == {
        "config-too-deep",
        "config-too-large",
        "config-key-not-object",
        "config-key-not-list",
    }


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        ' \r\n\t{ "a" : [ ] , "b" : { } }\n',
        '{"a": [1, -0, 0.5, 1E+2, 1e-2, -12.5e0, 123456789012345678901234567890]}',
        '{"a": "\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\ud83d\\ude00", "ä😀": "\x7f\u2028"}',
        '{"a": [true, false, null], "": {"": ""}}',
        '{"#": "//", "/*": "{{ x }}"}',
    ],
)
def test_good_texts_are_read_as_the_standard_library_does(text: str) -> None:
    root = scan(text, NAME, Flaws())
    assert root is not None
    assert repr(root.value) == repr(json.loads(text))


def test_what_stands_where() -> None:
    text = '{ "a" : [1, {"b": "x"}],\n  "\\u0063": null }'
    root = scan(text, NAME, Flaws())
    assert root is not None
    first, second = root.members

    assert text[root.start : root.end] == text
    assert text[first.start : first.name_end] == '"a"'
    assert text[first.start : first.end] == '"a" : [1, {"b": "x"}]'
    assert [text[item.start : item.end] for item in first.node.items] == ["1", '{"b": "x"}']
    assert second.name == "c"
    assert text[second.node.start : second.node.end] == "null"


def test_places() -> None:
    text = "ab\r\nä😀c"
    assert place_at(text, 0) == Place(1, 1)
    assert place_at(text, 3) == Place(1, 4)
    assert place_at(text, 6) == Place(2, 3)
    assert str(place_at(text, 6)) == "line 2, column 3"
