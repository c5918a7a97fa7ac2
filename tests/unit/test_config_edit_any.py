"""Any edit of any file: what it means, what it leaves alone; and any bytes given to the reader."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from dockerctl.config.document import Document
from dockerctl.config.edit import add_item, remove_item, same, set_value, unset
from dockerctl.config.path import KeyPath
from dockerctl.errors import ConfigurationError, KeyNotList, KeyNotObject

# Few names, so that an edit often meets a key that is there.
NAMES = st.sampled_from(["a", "b", "log-opts", "ä", 'say "x"', "c:\\d", ""])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=6)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(tuple)

FEW = settings(max_examples=150, deadline=None)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A file in one of the usual styles, and sometimes with white space strewn in."""
    values = draw(OBJECTS)
    indent: int | str | None = draw(st.sampled_from([None, "\t", 2, 3, 4, 0]))
    colon = draw(st.sampled_from([": ", ":", " : "]))
    comma = "," if indent is not None else draw(st.sampled_from([", ", ","]))
    ascii_only = draw(st.booleans())
    text = json.dumps(values, indent=indent, separators=(comma, colon), ensure_ascii=ascii_only)
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return (text + draw(st.sampled_from(["", "\n", "\r\n"]))).encode()


@st.composite
def strewn_files(draw: st.DrawFn) -> bytes:
    """A file with white space between all its tokens as chance has it."""
    return (_strewn(draw, draw(OBJECTS)) + draw(SPACES)).encode()


SPACES = st.sampled_from(["", "", " ", "\n", "\r\n", "\n  ", "\n\n\t", "  ", "\r"])


def _strewn(draw: st.DrawFn, value: object) -> str:
    def spaced(text: str) -> str:
        return draw(SPACES) + text + draw(SPACES)

    if isinstance(value, dict):
        members = (f"{spaced(json.dumps(k))}:{_strewn(draw, v)}" for k, v in value.items())
        return spaced("{" + (",".join(members) or draw(SPACES)) + "}")
    if isinstance(value, list):
        items = [_strewn(draw, item) for item in value]
        return spaced("[" + (",".join(items) or draw(SPACES)) + "]")
    return spaced(json.dumps(value))


def applied(values: dict[str, Any], path: KeyPath, value: object) -> dict[str, Any]:
    """What set_value means, on plain values. Raises KeyNotObject."""
    result: dict[str, Any] = copy.deepcopy(values)
    holder = result
    for name in path[:-1]:
        if holder.get(name) is None:
            holder[name] = {}
        holder = holder[name]
        if not isinstance(holder, dict):
            raise KeyNotObject("no object")
    holder[path[-1]] = value
    return result


@FEW
@given(files() | strewn_files(), PATHS, VALUES)
@example(b'{"a":1\r}', ("b",), 1)
def test_set_value(data: bytes, path: KeyPath, value: object) -> None:
    document = Document.parse(data, "f")
    try:
        expected = applied(document.values, path, value)
    except KeyNotObject:
        try:
            set_value(document, path, value)
        except KeyNotObject:
            return
        raise AssertionError("a key was set inside a value that is no object") from None

    edited = set_value(document, path, value)

    assert same(json.loads(edited.data), expected)
    assert same(edited.values, expected)
    assert same(edited.get(path), value)
    assert set_value(edited, path, value) is edited
    if same(document.values, expected):
        assert edited.data == data


@FEW
@given(files() | strewn_files(), PATHS)
def test_unset(data: bytes, path: KeyPath) -> None:
    document = Document.parse(data, "f")
    edited = unset(document, path)
    expected: Any = copy.deepcopy(document.values)
    try:
        document.get(path)
    except KeyError:
        assert edited is document
        return
    holder = expected
    for name in path[:-1]:
        holder = holder[name]
    del holder[path[-1]]

    assert same(json.loads(edited.data), expected)
    assert list(edited.values) == list(expected)
    assert unset(edited, path) is edited


@FEW
@given(files() | strewn_files(), OBJECTS, VALUES)
def test_a_new_key_comes_last_and_can_be_unset(
    data: bytes, inner: dict[str, object], value: object
) -> None:
    document = Document.parse(data, "f")
    assume(document.values)
    edited = set_value(document, ("new",), value)

    assert list(edited.values) == [*document.values, "new"]
    assert unset(edited, ("new",)).data == data

    nested = set_value(document, ("new", "x"), inner)
    assert unset(nested, ("new",)).data == data


@FEW
@given(files() | strewn_files(), VALUES, st.data())
def test_setting_a_key_leaves_all_around_its_value(
    data: bytes, value: object, choose: st.DataObject
) -> None:
    document = Document.parse(data, "f")
    assume(document.values)
    name = choose.draw(st.sampled_from(list(document.values)))
    member = document.member((name,))
    assert member is not None
    before, after = document.text[: member.node.start], document.text[member.end :]

    text = set_value(document, (name,), value).text

    assert text.startswith(before)
    assert text.endswith(after)


@FEW
@given(files(), st.data())
def test_unsetting_a_key_takes_its_lines_and_no_others(data: bytes, choose: st.DataObject) -> None:
    document = Document.parse(data, "f")
    names = list(document.values)
    assume(names and b"\n" in data.strip())
    name = choose.draw(st.sampled_from(names))
    member = document.member((name,))
    assert member is not None
    lines = document.text.split("\n")
    first = document.text.count("\n", 0, member.start)
    above, below = lines[:first], lines[document.text.count("\n", 0, member.end) + 1 :]
    if len(names) == 1:
        above, below = [], ["{" + below[0], *below[1:]]
    elif name == names[-1]:
        # Nothing but the comma goes from the line above.
        above[-1] = "".join(above[-1].rsplit(",", 1))

    assert unset(document, (name,)).text.split("\n") == above + below


@FEW
@given(files() | strewn_files(), PATHS, VALUES)
def test_items(data: bytes, path: KeyPath, item: object) -> None:
    document = Document.parse(data, "f")
    try:
        before = document.get(path)
    except KeyError:
        before = None
    try:
        added = add_item(document, path, item)
    except (KeyNotList, KeyNotObject):
        return
    items = before if isinstance(before, list) else []
    there = any(same(item, each) for each in items)

    assert same(added.get(path), items if there else [*items, item])
    assert same(json.loads(added.data), added.values)
    assert (added is document) is there
    assert add_item(added, path, item) is added

    removed = remove_item(added, path, item)
    assert same(removed.get(path), [each for each in items if not same(item, each)])
    assert remove_item(removed, path, item) is removed
    if items and not there:
        assert removed.data == data


# --- the reader ------------------------------------------------------------------------------


def read(data: bytes) -> None:
    """What is accepted is what the standard library accepts; nothing else is ever raised."""
    document, error = parsed(data, lenient=False)
    if error is not None:
        assert error.code.startswith("config-")
        assert error.message.isprintable()
    if document is not None:
        assert document.data == data
        assert document.flaws == ()
        assert same(document.values, (json.loads(data) or {}) if data.strip() else {})
        assert parsed(data, lenient=True) == (document, None)
    else:
        document, error = parsed(data, lenient=True)
        assert error is not None or (document is not None and document.flaws != ())


def parsed(data: bytes, *, lenient: bool) -> tuple[Document | None, ConfigurationError | None]:
    try:
        return Document.parse(data, "f", lenient=lenient), None
    except ConfigurationError as error:
        return None, error


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=40)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=40).map(str.encode)
)
def test_any_bytes(data: bytes) -> None:
    read(data)


MARKS = "{}[]:,\"\\/*#'-+.eE019u \n\r\ttruefalsn\u00a0“$%\0"


@settings(max_examples=200, deadline=None)
@given(st.text(MARKS, max_size=30).map(lambda text: ('{"a":' + text).encode()))
def test_any_marks(data: bytes) -> None:
    read(data)


@settings(max_examples=250, deadline=None)
@given(files() | strewn_files(), st.data())
def test_mutated_files(data: bytes, choose: st.DataObject) -> None:
    for _ in range(choose.draw(st.integers(1, 3))):
        at = choose.draw(st.integers(0, len(data)))
        gone = choose.draw(st.integers(0, 3))
        come = choose.draw(st.binary(max_size=2) | st.text(MARKS, max_size=3).map(str.encode))
        data = data[:at] + come + data[at + gone :]
    read(data)


@settings(max_examples=40, deadline=None)
@given(files(), st.sampled_from(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"]))
def test_other_encodings(data: bytes, encoding: str) -> None:
    read(data.decode().encode(encoding))
