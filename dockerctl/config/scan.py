"""A strict reader of JSON that keeps where everything stands.

The grammar is that of RFC 8259, with an object at the root. What differs from it gets an error of
its own, in words for people who do not write JSON every day.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import NoReturn

from dockerctl.config.source import Flaws, fault, place_at
from dockerctl.config.stray import blame_name, blame_separator, blame_text, blame_value
from dockerctl.errors import (
    CommentFound,
    ConfigurationError,
    ControlCharacter,
    DuplicateKey,
    LoneSurrogate,
    MissingColon,
    MissingQuote,
    NestedTooDeep,
    NumberTooLarge,
    RootNotObject,
    TextAfterEnd,
    TrailingComma,
    UnexpectedEnd,
    WrongEscape,
)

# The deepest nesting that is read; dockerd's own keys need four levels.
DEEPEST = 100

SPACE = " \t\r\n"
_SPACE = re.compile(r"[ \t\r\n]*")
_COMMENTS = ("//", "/*", "#")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))((?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
# What belongs to a word or number that begins here, well formed or not.
_WORD = re.compile(r"[-+.\w]*")
_HEX = re.compile(r"[0-9A-Fa-f]{4}")
_ESCAPES = {
    '"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
}  # fmt: skip
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where its text stands: ``start`` and ``end`` are offsets in characters.

    An object has ``members``, a list has ``items``; both in the order of the file.
    """

    start: int
    end: int
    value: object
    members: tuple[Member, ...] = ()
    items: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A key of an object: its name, where the name's text stands, and its value."""

    name: str
    start: int
    name_end: int
    node: Node

    @property
    def end(self) -> int:
        """Where the value ends."""
        return self.node.end


def scan(text: str, name: str, flaws: Flaws) -> Node | None:
    """The root of ``text``, from a file called ``name``; None when there is only white space.

    A root of ``null`` is given as an object without members: dockerd takes it for one.

    Flaws are DuplicateKey, LoneSurrogate, and TextAfterEnd or CommentFound after the closing
    brace. The other errors of ``dockerctl.errors.configuration`` are raised, with their place.
    """
    return _Scanner(text, name, flaws).root()


class _Scanner:
    """One reading of one text. Offsets go in and come out; nothing else is kept."""

    def __init__(self, text: str, name: str, flaws: Flaws) -> None:
        self.text = text
        self.flaws = flaws
        self.name = name
        # Where the objects and lists begin that are open now.
        self.open: list[int] = []

    def root(self) -> Node | None:
        start = self._skip(0)
        if start == len(self.text):
            return None
        if self.text[start] == "{":
            node = self._object(start)
        elif self.text.rstrip(SPACE)[start:] == "null":
            node = Node(start, start + 4, {})
        else:
            self._fail(
                RootNotObject,
                start,
                "The text does not begin with a brace {",
                "All settings stand in one pair of braces.",
            )
        self._end(_past_space(self.text, node.end))
        return node

    def _end(self, at: int) -> None:
        if self.text.startswith(_COMMENTS, at):
            cls: type[ConfigurationError] = CommentFound
            what = "There is a comment"
        elif at < len(self.text):
            cls = TextAfterEnd
            what = "There is more text after the closing brace of the whole"
        else:
            return
        self.flaws.add(fault(cls, self.name, place_at(self.text, at), what))

    def _skip(self, at: int) -> int:
        """Past white space. Raises CommentFound where a comment begins."""
        at = _past_space(self.text, at)
        if self.text.startswith(_COMMENTS, at):
            self._fail(CommentFound, at, "There is a comment")
        return at

    def _token(self, at: int) -> int:
        """Where the next thing begins, within an object or list. Raises UnexpectedEnd."""
        at = self._skip(at)
        if at == len(self.text):
            opened = self.open[-1]
            kind = "brace {" if self.text[opened] == "{" else "bracket ["
            where = place_at(self.text, opened)
            self._fail(UnexpectedEnd, at, "The text ends", f"The {kind} of {where} is not closed.")
        return at

    def _value(self, at: int) -> Node:
        first = self.text[at]
        if first == '"':
            text, end = self._string(at)
            return Node(at, end, text)
        if first == "{":
            return self._object(at)
        if first == "[":
            return self._list(at)
        found = _WORD.match(self.text, at)
        word = found.group() if found else ""
        if word in _WORDS:
            return Node(at, at + len(word), _WORDS[word])
        return Node(at, at + len(word), self._number(at, word))

    def _object(self, at: int) -> Node:
        self._enter(at)
        members: list[Member] = []
        seen: dict[str, int] = {}
        here = self._token(at + 1)
        while self.text[here] != "}":
            member = self._member(here)
            if member.name in seen:
                self._duplicate(member, seen[member.name])
            seen[member.name] = member.start
            members.append(member)
            here = self._separator(member.end, "}")
        self.open.pop()
        values = {member.name: member.node.value for member in members}
        return Node(at, here + 1, values, members=tuple(members))

    def _member(self, at: int) -> Member:
        if self.text[at] != '"':
            blame_name(self.text, at, self.name)
        name, end = self._string(at)
        colon = self._token(end)
        if self.text[colon] != ":":
            self._fail(MissingColon, end, "A colon is missing after the key")
        return Member(name, at, end, self._value(self._token(colon + 1)))

    def _list(self, at: int) -> Node:
        self._enter(at)
        items: list[Node] = []
        here = self._token(at + 1)
        while self.text[here] != "]":
            items.append(self._value(here))
            here = self._separator(items[-1].end, "]")
        self.open.pop()
        return Node(at, here + 1, [item.value for item in items], items=tuple(items))

    def _separator(self, end: int, closing: str) -> int:
        """From the end of an entry to the beginning of the next one, or to ``closing``."""
        here = self._token(end)
        if self.text[here] == closing:
            return here
        if self.text[here] != ",":
            blame_separator(self.text, here, end, closing, self.name)
        following = self._token(here + 1)
        if self.text[following] == closing:
            what = f"There is a comma with nothing after it but the closing {closing}"
            self._fail(TrailingComma, here, what)
        return following

    def _enter(self, at: int) -> None:
        if len(self.open) == DEEPEST:
            self._fail(
                NestedTooDeep, at, f"More than {DEEPEST} objects and lists stand in each other"
            )
        self.open.append(at)

    def _duplicate(self, member: Member, first: int) -> None:
        earlier, later = place_at(self.text, first), place_at(self.text, member.start)
        shown = member.name if member.name.isprintable() else ascii(member.name)[1:-1]
        error = fault(
            DuplicateKey,
            self.name,
            later,
            f'The key "{shown}" stands a second time',
            more=f"The first is in {earlier}.",
            key=member.name,
            first_line=earlier.line,
            first_column=earlier.column,
        )
        self.flaws.add(error)

    def _number(self, at: int, word: str) -> int | float:
        found = _NUMBER.fullmatch(word)
        if found is None:
            blame_value(self.text, at, word, self.name)
        # dockerd decodes every number as a 64-bit floating point number first.
        if not math.isfinite(float(word)):
            self._fail(NumberTooLarge, at, "There is a number that is too large")
        whole, rest = found.groups()
        return float(word) if rest else int(whole)

    def _string(self, at: int) -> tuple[str, int]:
        """The text that the quote at ``at`` begins, and where it ends."""
        parts: list[str] = []
        here = at + 1
        while True:
            found = _PLAIN.match(self.text, here)
            end = found.end() if found else here
            parts.append(self.text[here:end])
            stop = self.text[end : end + 1]
            if stop == '"':
                return "".join(parts), end + 1
            if stop == "\\":
                piece, here = self._escape(end)
                parts.append(piece)
            elif stop in "\r\n":  # also at the end of the whole text
                self._fail(
                    MissingQuote,
                    at,
                    "A closing quote is missing for the text that begins",
                    "It has to stand on the same line.",
                )
            else:
                blame_text(ControlCharacter, self.text, end, "within a text", self.name)

    def _escape(self, at: int) -> tuple[str, int]:
        letter = self.text[at + 1 : at + 2]
        if letter in _ESCAPES:
            return _ESCAPES[letter], at + 2
        unit = self._unit(at)
        if unit is None:
            self._fail(WrongEscape, at, "A backslash begins no escape")
        if not 0xD800 <= unit <= 0xDFFF:
            return chr(unit), at + 6
        # Characters beyond 16 bits are written as two escapes (RFC 8259, section 7).
        low = self._unit(at + 6)
        if unit >= 0xDC00 or low is None or not 0xDC00 <= low <= 0xDFFF:
            what = "An escape is only half of a character"
            self.flaws.add(fault(LoneSurrogate, self.name, place_at(self.text, at), what))
            # As dockerd reads it.
            return "\ufffd", at + 6
        return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)), at + 12

    def _unit(self, at: int) -> int | None:
        """The number of the escape ``\\uXXXX`` at ``at``; None when there is none."""
        digits = _HEX.match(self.text, at + 2)
        if digits is None or not self.text.startswith("\\u", at):
            return None
        return int(digits.group(), 16)

    def _fail(self, cls: type[ConfigurationError], at: int, what: str, more: str = "") -> NoReturn:
        raise fault(cls, self.name, place_at(self.text, at), what, more=more)


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
