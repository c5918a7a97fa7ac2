"""Edits of a document that leave all but the lines of the touched keys as they are; pure.

Every function gives a new document, or the same one when there is nothing to do. The result is
read again and compared with what the edit means before it is given. A document with flaws is not
edited: its first flaw is raised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from dockerctl.config.document import Document
from dockerctl.config.path import KeyPath, format_path
from dockerctl.config.scan import DEEPEST, SPACE, Member, Node
from dockerctl.config.source import fault, place_at
from dockerctl.config.style import Style, line_indent, render, render_entry, style_of
from dockerctl.errors import (
    ConfigTooLarge,
    ConfigurationError,
    InternalError,
    KeyNotList,
    KeyNotObject,
    NestedTooDeep,
    UsageError,
)

# A key of an object with its value, or an item of a list.
_Entry = Member | Node


def set_value(document: Document, path: KeyPath, value: object) -> Document:
    """The document with ``value`` under ``path``; the objects in between are made.

    A new key comes last in its object. Of an object that is there already, only the keys that
    differ are touched. ``null`` counts as absent, as it does for dockerd.

    Raises KeyNotObject when ``path`` leads into a value that is no object, UsageError for an empty
    path and for a value that JSON cannot hold, TypeError for one of another type.
    """
    _check_path(document, path)
    _check_value(value)
    try:
        present = document.get(path)
    except KeyError:
        present = _Absent
    if same(present, value):
        return document
    if isinstance(present, dict) and isinstance(value, dict) and present and value:
        edited = document
        for name, member in value.items():
            edited = set_value(edited, (*path, name), member)
        for name in [each for each in present if each not in value]:
            edited = unset(edited, (*path, name))
        return edited
    expected = _with(document.values, path, value)
    return _proven(document, _set_text(document, path, value), expected)


def unset(document: Document, path: KeyPath) -> Document:
    """The document without the key ``path``; the object that held it stays, even when empty.

    Raises UsageError for an empty path.
    """
    _check_path(document, path)
    member = document.member(path)
    if member is None:
        return document
    holder = document.root if len(path) == 1 else _node(document, path[:-1])
    if holder is None:
        return document
    text = _without_entry(document.text, holder, holder.members, holder.members.index(member))
    return _proven(document, text, _without(document.values, path))


def add_item(document: Document, path: KeyPath, item: object) -> Document:
    """The document with ``item`` at the end of the list ``path``, unless the list has it.

    A list that is absent or ``null`` is made. Raises KeyNotList for another value, and what
    set_value raises.
    """
    _check_path(document, path)
    _check_value(item)
    items = _list(document, path)
    if any(same(item, each) for each in items):
        return document
    node = _node(document, path)
    if node is None or not node.items:
        return set_value(document, path, [item])
    text, style, last = document.text, style_of(document.text, document.root), node.items[-1]
    on_one_line = "\n" not in text[last.start : last.end] and isinstance(last.value, (dict, list))
    indent = None if on_one_line else line_indent(text, last.start)
    text = _append(text, node.items, render(item, style, indent), style)
    return _proven(document, text, _with(document.values, path, [*items, item]))


def remove_item(document: Document, path: KeyPath, item: object) -> Document:
    """The document without ``item`` in the list ``path``, however often it was there.

    The list stays, even when empty. Raises KeyNotList when there is another value, and UsageError
    for an empty path.
    """
    _check_path(document, path)
    items = _list(document, path)
    indexes = [index for index, each in enumerate(items) if same(item, each)]
    for index in reversed(indexes):
        node = _node(document, path)
        if node is None:
            break
        items = [*items[:index], *items[index + 1 :]]
        text = _without_entry(document.text, node, node.items, index)
        document = _proven(document, text, _with(document.values, path, items))
    return document


def same(a: object, b: object) -> bool:
    """Whether two values are the same JSON: ``1``, ``1.0`` and ``true`` are three values.

    The order of an object's keys does not matter.
    """
    if type(a) is not type(b):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(value, b[name]) for name, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


class _Absent:
    """Stands for a key that is not there."""


def _set_text(document: Document, path: KeyPath, value: object) -> str:
    text, style = document.text, style_of(document.text, document.root)
    node = document.root
    if node is None:
        return render(_nested(path, value), style, "") + style.newline
    if text.startswith("null", node.start):
        return _splice(text, node.start, node.end, render(_nested(path, value), style, ""))
    for depth, name in enumerate(path, start=1):
        rest = _nested(path[depth:], value)
        member = next((each for each in node.members if each.name == name), None)
        if member is None:
            return _with_entry(text, node, name, rest, style)
        node = member.node
        if depth == len(path) or node.value is None:
            indent = line_indent(text, member.start)
            if node.items and isinstance(rest, list):
                # A list stays on one line, or on several.
                inline = line_indent(text, node.items[0].start) is None
                style, indent = replace(style, inline_lists=inline), None if inline else indent
            return _splice(text, node.start, node.end, render(rest, style, indent))
        if not isinstance(node.value, dict):
            raise fault(
                KeyNotObject,
                document.name,
                place_at(text, member.start),
                f"The key {format_path(path[:depth])} holds no object",
                more=f"So {format_path(path)} cannot be set.",
                key=format_path(path[:depth]),
            )
    raise InternalError("A path without keys was to be set.")


def _with_entry(text: str, node: Node, name: str, value: object, style: Style) -> str:
    """``text`` with a new key at the end of the object ``node``."""
    if node.members:
        indent = line_indent(text, node.members[-1].start)
        return _append(text, node.members, render_entry(name, value, style, indent), style)
    # An empty object. Its key, if it has one, stands in the same line before it.
    start = text.rfind("\n", 0, node.start) + 1
    line = text[start : node.start]
    outer = line.lstrip(SPACE)
    # On the line of another object's brace, the file is written on one line.
    indent = None if outer.startswith(("{", "[", ",")) else line[: len(line) - len(outer)]
    return _splice(text, node.start, node.end, render({name: value}, style, indent))


def _append(text: str, entries: Sequence[_Entry], new: str, style: Style) -> str:
    """``text`` with ``new`` after the last entry, set apart as that one is from the one before."""
    last = entries[-1]
    indent = line_indent(text, last.start)
    if len(entries) > 1:
        before, _, after = text[entries[-2].end : last.start].partition(",")
        between = f"{_one_break(before)},{_one_break(after)}"
    elif indent is not None:
        between = f",{style.newline}{indent}"
    else:
        between = style.comma
    return _splice(text, last.end, last.end, between + new)


def _one_break(space: str) -> str:
    """White space without the empty lines in it."""
    before, newline, after = space.rpartition("\n")
    if newline and before.endswith("\r"):
        newline = "\r\n"
    return newline + after


def _without_entry(text: str, holder: Node, entries: Sequence[_Entry], index: int) -> str:
    entry = entries[index]
    if len(entries) == 1:
        return _splice(text, holder.start + 1, holder.end - 1, "")
    if index == len(entries) - 1:
        # The comma before it goes as well.
        return _splice(text, entries[index - 1].end, entry.end, "")
    following = entries[index + 1].start
    indent = line_indent(text, entry.start)
    if indent is not None:
        before, comma, after = text[entry.end : following].partition(",")
        if "\n" in after and "\n" not in before:
            # Its lines and no others.
            end = entry.end + len(before + comma) + after.index("\n") + 1
            return _splice(text, entry.start - len(indent), end, "")
    elif index > 0:
        return _splice(text, entries[index - 1].end, entry.end, "")
    return _splice(text, entry.start, following, "")


def _node(document: Document, path: KeyPath) -> Node | None:
    member = document.member(path)
    return None if member is None else member.node


def _list(document: Document, path: KeyPath) -> list[object]:
    """The items of the list; none when it is absent or ``null``."""
    try:
        value = document.get(path)
    except KeyError:
        return []
    if value is None:
        return []
    if not isinstance(value, list):
        place = document.place(path)
        assert place is not None  # noqa: S101 - it has a value
        what = f"The key {format_path(path)} holds no list"
        raise fault(KeyNotList, document.name, place, what, key=format_path(path))
    return value


def _nested(path: KeyPath, value: object) -> object:
    for name in reversed(path):
        value = {name: value}
    return value


def _with(values: dict[str, object], path: KeyPath, value: object) -> dict[str, object]:
    """The values that are expected after a key was set; shares what did not change."""
    name, rest = path[0], path[1:]
    if rest:
        inner = values.get(name)
        value = _with(inner if isinstance(inner, dict) else {}, rest, value)
    return values | {name: value}


def _without(values: dict[str, object], path: KeyPath) -> dict[str, object]:
    name, rest = path[0], path[1:]
    inner = values[name]
    if rest and isinstance(inner, dict):
        return values | {name: _without(inner, rest)}
    return {each: value for each, value in values.items() if each != name}


def _splice(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _proven(document: Document, text: str, expected: dict[str, object]) -> Document:
    """The document with the new text. Raises InternalError when it does not say ``expected``."""
    try:
        edited = Document.parse(text.encode("utf-8"), document.name)
    except (ConfigTooLarge, NestedTooDeep):
        raise
    except ConfigurationError as error:
        raise InternalError(f"An edit of {document.name} gave a text with a mistake.") from error
    if not same(edited.values, expected):
        raise InternalError(f"An edit of {document.name} did not give what was asked for.")
    return edited


def _check_path(document: Document, path: KeyPath) -> None:
    if document.flaws:
        raise document.flaws[0]
    if not path:
        raise UsageError("No key is named.")
    for name in path:
        _check_text(name)


def _check_value(value: object, depth: int = 0) -> None:
    """Raise UsageError or TypeError for a value that JSON cannot hold."""
    if depth > DEEPEST:
        raise UsageError(f"The value has more than {DEEPEST} objects and lists in each other.")
    if type(value) is dict:
        for name, member in value.items():
            _check_text(name)
            _check_value(member, depth + 1)
    elif type(value) is list:
        for item in value:
            _check_value(item, depth + 1)
    elif type(value) is str:
        _check_text(value)
    elif type(value) in (int, float):
        _check_number(value)
    elif value is not None and type(value) is not bool:
        raise TypeError(f"JSON has no {type(value).__name__}")


def _check_text(text: object) -> None:
    if type(text) is not str:
        raise TypeError(f"a key is no {type(text).__name__}")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(
            "A key or value is not UTF-8.", hint="Set the locale of the terminal to UTF-8."
        ) from None


def _check_number(number: object) -> None:
    try:
        finite = isinstance(number, (int, float)) and math.isfinite(number)
    except OverflowError:
        finite = False
    if not finite:
        raise UsageError("A number is too large, or is none.", hint="Write a number in digits.")
