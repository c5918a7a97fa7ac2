"""The style that a configuration file is written in, and values written in it; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dockerctl.config.scan import SPACE, Node

_TIDY_COLON = re.compile(r" ?: ?")


@dataclass(frozen=True)
class Style:
    """How a file is written; the defaults are those of Docker's documentation.

    ``newline`` ends its lines, ``unit`` is one step of indentation, ``colon`` stands between key
    and value. ``inline_lists``: lists of plain values stand on one line.
    """

    newline: str = "\n"
    unit: str = "    "
    colon: str = ": "
    inline_lists: bool = True

    @property
    def comma(self) -> str:
        """Between two entries on one line."""
        return ", " if self.colon.endswith(" ") else ","


def style_of(text: str, root: Node | None) -> Style:
    """The style of a file with the tree ``root``."""
    newline = "\r\n" if "\r\n" in text else "\n"
    if root is None:
        return Style(newline)
    return Style(newline, _unit(text, root), _colon(text, root), _inline_lists(text, root))


def line_indent(text: str, offset: int) -> str | None:
    """The white space before ``offset`` on its line; None when anything else is before it."""
    before = text[text.rfind("\n", 0, offset) + 1 : offset]
    return None if before.strip(SPACE) else before


def render(value: object, style: Style, indent: str | None) -> str:
    """``value`` as text that begins in a line with ``indent``; None: all of it on one line."""
    if isinstance(value, dict) and value:
        inner = None if indent is None else indent + style.unit
        entries = [render_entry(name, member, style, inner) for name, member in value.items()]
        return _enclose("{", entries, "}", style, indent)
    if isinstance(value, list) and value:
        if style.inline_lists and not any(isinstance(item, (dict, list)) for item in value):
            indent = None
        inner = None if indent is None else indent + style.unit
        return _enclose("[", [render(item, style, inner) for item in value], "]", style, indent)
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def render_entry(name: str, value: object, style: Style, indent: str | None) -> str:
    """A key with its value, beginning in a line with ``indent``."""
    return json.dumps(name, ensure_ascii=False) + style.colon + render(value, style, indent)


def _enclose(
    opening: str, entries: list[str], closing: str, style: Style, indent: str | None
) -> str:
    if indent is None:
        return opening + style.comma.join(entries) + closing
    start = style.newline + indent + style.unit
    return opening + start + f",{start}".join(entries) + style.newline + indent + closing


def _unit(text: str, root: Node) -> str:
    """One step of indentation: the first that is found from the root inwards."""
    found = None
    for node in _nodes(root):
        first = node.members[0].start if node.members else None
        inner = None if first is None else line_indent(text, first)
        if inner is None:
            continue
        line = text[text.rfind("\n", 0, node.start) + 1 : node.start]
        outer = line[: len(line) - len(line.lstrip(SPACE))]
        if inner.startswith(outer) and inner != outer:
            return inner[len(outer) :]
        # A file whose lines all begin at the margin.
        found = ""
    return Style.unit if found is None else found


def _colon(text: str, root: Node) -> str:
    """What stands between the keys and values of the root, unless it aligns the values."""
    for member in root.members:
        between = text[member.name_end : member.node.start]
        if _TIDY_COLON.fullmatch(between):
            return between
    return Style.colon


def _inline_lists(text: str, root: Node) -> bool:
    for node in _nodes(root):
        if node.items and not any(item.items or item.members for item in node.items):
            return line_indent(text, node.items[0].start) is None
    return Style.inline_lists


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for member in node.members:
        yield from _nodes(member.node)
    for item in node.items:
        yield from _nodes(item)
