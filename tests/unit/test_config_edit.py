"""Edits: the bytes that come out, in the styles that files are written in."""

from __future__ import annotations

import pytest

from dockerctl.config.document import Document
from dockerctl.config.edit import add_item, remove_item, same, set_value, unset
from dockerctl.config.path import KeyPath
from dockerctl.errors import (
    ConfigTooLarge,
    DuplicateKey,
    KeyNotList,
    KeyNotObject,
    NestedTooDeep,
    UsageError,
)

INDENTED = '{\n  "debug": true,\n  "log-opts": {\n    "max-size": "10m"\n  },\n  "mtu": 1.50e3\n}\n'


def parse(text: str | None) -> Document:
    return Document.parse(None if text is None else text.encode(), "daemon.json")


def text_of(document: Document) -> str:
    return document.data.decode()


# --- set_value: a new key --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # A new file, as Docker's documentation writes them.
        (None, '{\n    "new": 5\n}\n'),
        ("", '{\n    "new": 5\n}\n'),
        (" \r\n", '{\r\n    "new": 5\r\n}\r\n'),
        ("{}", '{\n    "new": 5\n}'),
        ("{ }\n", '{\n    "new": 5\n}\n'),
        ("{\n}\n", '{\n    "new": 5\n}\n'),
        ("null\n", '{\n    "new": 5\n}\n'),
        # Steps of indentation.
        ('{\n  "a": 1\n}\n', '{\n  "a": 1,\n  "new": 5\n}\n'),
        ('{\n   "a": 1\n}', '{\n   "a": 1,\n   "new": 5\n}'),
        ('{\n\t"a": 1\n}\n', '{\n\t"a": 1,\n\t"new": 5\n}\n'),
        ('{\n"a": 1\n}\n', '{\n"a": 1,\n"new": 5\n}\n'),
        ('  {\n    "a": 1\n  }\n', '  {\n    "a": 1,\n    "new": 5\n  }\n'),
        # Line endings.
        ('\r\n{\r\n  "a": 1\r\n}\r\n', '\r\n{\r\n  "a": 1,\r\n  "new": 5\r\n}\r\n'),
        (
            '{\r\n  "a": 1,\r\n\r\n  "b": 2\r\n}',
            '{\r\n  "a": 1,\r\n\r\n  "b": 2,\r\n  "new": 5\r\n}',
        ),
        # One line.
        ('{"a": 1}', '{"a": 1, "new": 5}'),
        ('{"a":1}', '{"a":1,"new":5}'),
        ('{ "a": 1 }\n', '{ "a": 1, "new": 5 }\n'),
        ('{ "a" : 1 , "b" : 2 }\n', '{ "a" : 1 , "b" : 2 , "new" : 5 }\n'),
        # Less usual ones.
        ('{ "a": 1,\n  "b": 2 }\n', '{ "a": 1,\n  "b": 2,\n  "new": 5 }\n'),
        ('{ "a": 1\n, "b": 2\n}\n', '{ "a": 1\n, "b": 2\n, "new": 5\n}\n'),
        ('{\n  "a": 1, "b": 2\n}\n', '{\n  "a": 1, "b": 2, "new": 5\n}\n'),
        ('{\n  "a": 1,\n  "b": 2   \n}\n', '{\n  "a": 1,\n  "b": 2,\n  "new": 5   \n}\n'),
        ('{\n  "a":     1,\n  "bcd":   2\n}\n', '{\n  "a":     1,\n  "bcd":   2,\n  "new": 5\n}\n'),
    ],
)
def test_a_new_key(before: str | None, after: str) -> None:
    assert text_of(set_value(parse(before), ("new",), 5)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, '{\n    "a": {\n        "b": {\n            "c": true\n        }\n    }\n}\n'),
        ('{\n  "x": 1\n}', '{\n  "x": 1,\n  "a": {\n    "b": {\n      "c": true\n    }\n  }\n}'),
        ('{"x":1}', '{"x":1,"a":{"b":{"c":true}}}'),
        ('{\n\t"a": {}\n}', '{\n\t"a": {\n\t\t"b": {\n\t\t\t"c": true\n\t\t}\n\t}\n}'),
        ('{"a": {}}', '{"a": {"b": {"c": true}}}'),
        ('{"x": 1, "a": {"b": { }}}', '{"x": 1, "a": {"b": {"c": true}}}'),
        ('{\n  "a": null\n}', '{\n  "a": {\n    "b": {\n      "c": true\n    }\n  }\n}'),
        ('{\n  "a": {"b": {"x": 1}}\n}', '{\n  "a": {"b": {"x": 1, "c": true}}\n}'),
    ],
)
def test_the_objects_in_between_are_made(before: str | None, after: str) -> None:
    assert text_of(set_value(parse(before), ("a", "b", "c"), True)) == after


# --- set_value: a key that is there ----------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("debug",), False, "true", "false"),
        (("debug",), None, "true", "null"),
        (("log-opts", "max-size"), "20m", '"10m"', '"20m"'),
        (("log-opts", "max-size"), 'ä"\\\n\x7f', '"10m"', '"ä\\"\\\\\\n\x7f"'),
        (("mtu",), 1500, "1.50e3", "1500"),
        (("log-opts",), {"max-file": "3"}, '"max-size": "10m"', '"max-file": "3"'),
        (("log-opts",), {}, '{\n    "max-size": "10m"\n  }', "{}"),
        (("debug",), {"a": 1}, "true", '{\n    "a": 1\n  }'),
        (("debug",), ["a", 1], "true", '["a", 1]'),
        (("debug",), [{"a": []}], "true", '[\n    {\n      "a": []\n    }\n  ]'),
    ],
)
def test_a_key_that_is_there(path: KeyPath, value: object, old: str, new: str) -> None:
    edited = set_value(parse(INDENTED), path, value)

    assert text_of(edited) == INDENTED.replace(old, new)
    assert edited.get(path) == value


@pytest.mark.parametrize(
    ("path", "value"),
    [(("debug",), True), (("mtu",), 1500.0), (("log-opts",), {"max-size": "10m"})],
)
def test_an_equal_value_changes_nothing(path: KeyPath, value: object) -> None:
    document = parse(INDENTED)
    assert set_value(document, path, value) is document


@pytest.mark.parametrize(("text", "value"), [("1", True), ("1", 1.0), ("false", 0), ("1.0", 1)])
def test_types_are_told_apart(text: str, value: object) -> None:
    edited = set_value(parse(f'{{"a": {text}}}'), ("a",), value)
    assert repr(edited.values) == repr({"a": value})


def test_only_what_differs_in_an_object_is_touched() -> None:
    before = '{\n  "o": {\n    "a" :  1e0,\n    "b": 2, "c": 3\n  }\n}'
    edited = set_value(parse(before), ("o",), {"d": 4, "c": 5, "a": 1.0})

    assert text_of(edited) == '{\n  "o": {\n    "a" :  1e0,\n    "c": 5, "d": 4\n  }\n}'


def test_the_key_keeps_its_spelling() -> None:
    assert text_of(set_value(parse('{"\\u0061":1}'), ("a",), 2)) == '{"\\u0061":2}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{\n  "a": ["x"]\n}', '{\n  "a": ["y", "z"]\n}'),
        ('{\n  "a": [\n    "x"\n  ]\n}', '{\n  "a": [\n    "y",\n    "z"\n  ]\n}'),
        (
            '{\n  "b": [\n    1\n  ],\n  "a": 1\n}',
            '{\n  "b": [\n    1\n  ],\n  "a": [\n    "y",\n    "z"\n  ]\n}',
        ),
        ('{"a":["x"]}', '{"a":["y","z"]}'),
    ],
)
def test_lists_keep_their_style(before: str, after: str) -> None:
    assert text_of(set_value(parse(before), ("a",), ["y", "z"])) == after


def test_a_list_of_objects_stays_on_one_line() -> None:
    before = '{\n  "a": [{"x": 1}]\n}'
    assert text_of(set_value(parse(before), ("a",), [{"x": 2}])) == before.replace("1", "2")


@pytest.mark.parametrize("text", ['{"a": 1}', '{"a": "x"}', '{"a": [{"b": 1}]}', '{"a": false}'])
def test_a_key_inside_something_that_is_no_object(text: str) -> None:
    with pytest.raises(KeyNotObject) as caught:
        set_value(parse(text), ("a", "b", "c"), 1)

    assert caught.value.message == (
        "The key a holds no object in daemon.json, line 1, column 2. So a.b.c cannot be set."
    )


# --- unset -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ('{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n', ("a",), '{\n  "b": 2,\n  "c": 3\n}\n'),
        ('{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n', ("b",), '{\n  "a": 1,\n  "c": 3\n}\n'),
        ('{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}\n', ("c",), '{\n  "a": 1,\n  "b": 2\n}\n'),
        ('{\r\n\t"a": 1,\r\n\t"b": 2\r\n}', ("a",), '{\r\n\t"b": 2\r\n}'),
        ('{\r\n\t"a": 1,\r\n\t"b": 2\r\n}', ("b",), '{\r\n\t"a": 1\r\n}'),
        ('{"a": 1, "b": 2, "c": 3}', ("a",), '{"b": 2, "c": 3}'),
        ('{"a": 1, "b": 2, "c": 3}', ("b",), '{"a": 1, "c": 3}'),
        ('{"a": 1, "b": 2, "c": 3}', ("c",), '{"a": 1, "b": 2}'),
        ('{ "a": 1\n, "b": 2\n, "c": 3\n}', ("a",), '{ "b": 2\n, "c": 3\n}'),
        ('{ "a": 1\n, "b": 2\n, "c": 3\n}', ("b",), '{ "a": 1\n, "c": 3\n}'),
        ('{ "a": 1\n, "b": 2\n, "c": 3\n}', ("c",), '{ "a": 1\n, "b": 2\n}'),
        # Empty lines and odd indentation of others stay.
        ('{\n\n  "a": 1,  \n\n   "b": 2\n}', ("a",), '{\n\n\n   "b": 2\n}'),
        ('{\n  "a": 1, "b": 2,\n  "c": 3\n}', ("a",), '{\n  "b": 2,\n  "c": 3\n}'),
        ('{\n  "a": 1, "b": 2,\n  "c": 3\n}', ("b",), '{\n  "a": 1,\n  "c": 3\n}'),
        # The last one leaves a tidy object.
        ('{"a": 1}', ("a",), "{}"),
        ('{\n  "a": 1\n}\n', ("a",), "{}\n"),
        ('{\n  "o": {\n    "a": 1\n  },\n  "b": 2\n}', ("o", "a"), '{\n  "o": {},\n  "b": 2\n}'),
        ('{\n  "o": {\n    "a": 1\n  },\n  "b": 2\n}', ("o",), '{\n  "b": 2\n}'),
        # A line feed within the value.
        ('{\n  "a": [\n    1\n  ],\n  "b": 2\n}', ("a",), '{\n  "b": 2\n}'),
    ],
)
def test_unset(before: str, path: KeyPath, after: str) -> None:
    assert text_of(unset(parse(before), path)) == after


@pytest.mark.parametrize("path", [("x",), ("log-opts", "x"), ("debug", "x"), ("debug", "x", "y")])
def test_unset_what_is_not_there(path: KeyPath) -> None:
    document = parse(INDENTED)
    assert unset(document, path) is document


@pytest.mark.parametrize("text", [None, "", "{}", "null"])
def test_unset_in_an_empty_file(text: str | None) -> None:
    document = parse(text)
    assert unset(document, ("a",)) is document


# --- items -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, '{\n    "a": ["x"]\n}\n'),
        ('{\n  "b": 1\n}', '{\n  "b": 1,\n  "a": ["x"]\n}'),
        ('{\n  "a": null\n}', '{\n  "a": ["x"]\n}'),
        ('{\n  "a": []\n}', '{\n  "a": ["x"]\n}'),
        ('{"a":[1]}', '{"a":[1,"x"]}'),
        ('{"a":[1, 2]}', '{"a":[1, 2, "x"]}'),
        ('{"a": [ 1 ]}', '{"a": [ 1, "x" ]}'),
        ('{\n  "a": [\n      1\n  ]\n}', '{\n  "a": [\n      1,\n      "x"\n  ]\n}'),
        (
            '{\r\n  "a": [\r\n    1,\r\n    2]\r\n}',
            '{\r\n  "a": [\r\n    1,\r\n    2,\r\n    "x"]\r\n}',
        ),
    ],
)
def test_add_item(before: str | None, after: str) -> None:
    edited = add_item(parse(before), ("a",), "x")

    assert text_of(edited) == after
    assert add_item(edited, ("a",), "x") is edited


def test_an_object_is_added_as_the_others_are_written() -> None:
    path, item = ("pools",), {"base": "10.1.0.0/16", "size": 24}
    one_line = '{\n  "pools": [\n    {"base": "10.0.0.0/16", "size": 24}\n  ]\n}\n'
    lines = (
        '{\n  "pools": [\n    {\n      "base": "10.0.0.0/16",\n      "size": 24\n    }\n  ]\n}\n'
    )

    assert text_of(add_item(parse(one_line), path, item)) == one_line.replace(
        "24}", '24},\n    {"base": "10.1.0.0/16", "size": 24}'
    )
    assert text_of(add_item(parse(lines), path, item)) == lines.replace(
        "    }\n",
        '    },\n    {\n      "base": "10.1.0.0/16",\n      "size": 24\n    }\n',
    )


def test_an_item_that_is_there_in_another_type_is_added() -> None:
    assert text_of(add_item(parse('{"a": [1]}'), ("a",), True)) == '{"a": [1, true]}'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a": ["x"]}', '{"a": []}'),
        ('{"a": ["x", 1]}', '{"a": [1]}'),
        ('{"a": [1, "x"]}', '{"a": [1]}'),
        ('{"a": [1, "x", 2]}', '{"a": [1, 2]}'),
        ('{"a": ["x", 1, "x", "x"]}', '{"a": [1]}'),
        ('{\n  "a": [\n    "x"\n  ]\n}', '{\n  "a": []\n}'),
        ('{\n  "a": [\n    "x",\n    1\n  ]\n}', '{\n  "a": [\n    1\n  ]\n}'),
        ('{\n  "a": [\n    1,\n    "x"\n  ]\n}', '{\n  "a": [\n    1\n  ]\n}'),
    ],
)
def test_remove_item(before: str, after: str) -> None:
    assert text_of(remove_item(parse(before), ("a",), "x")) == after


@pytest.mark.parametrize("text", [None, "", "{}", '{"a": null}', '{"a": []}', '{"a": ["y"]}'])
def test_remove_an_item_that_is_not_there(text: str | None) -> None:
    document = parse(text)
    assert remove_item(document, ("a",), "x") is document


@pytest.mark.parametrize("text", ['{"a": "x"}', '{"a": {"x": 1}}', '{"a": 0}'])
def test_items_of_something_that_is_no_list(text: str) -> None:
    for edit in (add_item, remove_item):
        with pytest.raises(KeyNotList) as caught:
            edit(parse(text), ("a",), "x")
        assert caught.value.message == "The key a holds no list in daemon.json, line 1, column 2."


def test_an_item_inside_something_that_is_no_object() -> None:
    with pytest.raises(KeyNotObject):
        add_item(parse('{"a": 1}'), ("a", "b"), "x")


# --- what cannot be asked for ----------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 10**400, "\udce4", {"\ud800": 1}, [["\ud800"]]]
)
def test_values_that_json_cannot_hold(value: object) -> None:
    with pytest.raises(UsageError):
        set_value(parse("{}"), ("a",), value)
    with pytest.raises(UsageError):
        add_item(parse("{}"), ("a",), value)


@pytest.mark.parametrize("value", [b"x", (1,), {1: 2}, object(), {"a": {1}}])
def test_values_of_other_types(value: object) -> None:
    with pytest.raises(TypeError):
        set_value(parse("{}"), ("a",), value)


def test_too_much() -> None:
    deep: object = 1
    for _ in range(99):
        deep = [deep]
    assert set_value(parse("{}"), ("a",), deep).get(("a",)) == deep
    with pytest.raises(NestedTooDeep):
        set_value(parse("{}"), ("a",), [deep])
    for _ in range(2000):
        deep = [deep]
    with pytest.raises(UsageError):
        set_value(parse("{}"), ("a",), deep)
    with pytest.raises(ConfigTooLarge):
        set_value(parse("{}"), ("a",), "x" * 2**20)


def test_an_empty_path() -> None:
    document = parse('{"a": [1]}')
    for edit in (set_value, add_item, remove_item):
        with pytest.raises(UsageError):
            edit(document, (), 1)
    with pytest.raises(UsageError):
        unset(document, ())


def test_a_document_with_flaws_is_not_edited() -> None:
    document = Document.parse(b'{"a": 1, "a": 2}', "daemon.json", lenient=True)
    with pytest.raises(DuplicateKey):
        set_value(document, ("b",), 1)
    with pytest.raises(DuplicateKey):
        unset(document, ("a",))


def test_same() -> None:
    assert same({"a": [1, None], "b": {}}, {"b": {}, "a": [1, None]})
    assert not same({"a": 1}, {"a": 1, "b": None})
    assert not same([1, 2], [2, 1])
    assert not same([1], [True])
    assert not same({"a": {"b": 1}}, {"a": {"b": 1.0}})
