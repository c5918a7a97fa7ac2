"""Editing the flags of a command line, by the rules of spf13/pflag, which dockerd uses.

``--name=value``, ``--name value``, ``-n value``, ``-nvalue``, ``-n=value``; short switches may
share one dash, and with a last short flag that takes a value. Words that are variables are left
where they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from dockerctl.errors import OverrideValueInvalid
from dockerctl.override.command import ExecLine


@dataclass(frozen=True)
class FlagTable:
    """What has to be known of a program's flags to tell values from flags.

    All names are without dashes. ``takes_value`` are the long names of flags that need a value;
    ``repeatable`` those of them that may be given more than once; ``shorts`` maps a letter to the
    long name.
    """

    takes_value: frozenset[str] = frozenset()
    repeatable: frozenset[str] = frozenset()
    shorts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Flag:
    """One flag of a command line: its long name (or unknown letter), and its value.

    ``value`` is None for a switch without one. ``words`` is how it is spelled by itself.
    """

    name: str
    value: str | None
    words: tuple[str, ...]


@dataclass(frozen=True)
class _Other:
    """A word that is no flag."""

    word: str


def read_flags(words: Sequence[str], table: FlagTable) -> tuple[Flag, ...]:
    """The flags among ``words``, in order; the rest is passed over."""
    return tuple(part for part in _parts(words, table) if isinstance(part, Flag))


def add_flags(line: ExecLine, words: Sequence[str], table: FlagTable) -> ExecLine:
    """``line`` with the flags ``words``, which are literal: ``%`` and ``$`` mean themselves.

    A flag that may be given once replaces the one that is there; a repeatable one joins the
    others, unless it is there with the same value. Raises OverrideValueInvalid for words that are
    no flags, and for a flag whose value is missing.
    """
    for part in _parts(words, table):
        if isinstance(part, _Other):
            raise OverrideValueInvalid(
                f"{part.word!a} is no flag.",
                hint="Write the flag and its value as one word, such as --log-level=warn.",
            )
        if part.value is None and part.name in table.takes_value:
            raise OverrideValueInvalid(f"The flag {part.words[0]!a} needs a value.")
        literal = tuple(line.literal(word) for word in part.words)
        value = None if part.value is None else line.literal(part.value)
        parts = list(_parts(line.arguments, table))
        if part.name in table.repeatable:
            if any(_is(other, part.name) and _value(other) == value for other in parts):
                continue
        else:
            parts = [other for other in parts if not _is(other, part.name)]
        line = line.with_arguments(_insert(_spell(parts), literal))
    return line


def remove_flags(line: ExecLine, names: Sequence[str], table: FlagTable) -> ExecLine:
    """``line`` without some flags, given as ``--name``, ``-n``, ``name`` or ``--name=value``.

    With a value only the flags that have it go, else all of the name. One that is not there is no
    error. Raises OverrideValueInvalid for an empty name.
    """
    for given in names:
        name, value = _named(given, table)
        literal = None if value is None else line.literal(value)
        parts = [
            part
            for part in _parts(line.arguments, table)
            if not (_is(part, name) and literal in (None, _value(part)))
        ]
        line = line.with_arguments(_spell(parts))
    return line


def _named(given: str, table: FlagTable) -> tuple[str, str | None]:
    name, equals, value = given.partition("=")
    if name.startswith("-") and not name.startswith("--"):
        letter, attached = name[1:2], name[2:]
        name = table.shorts.get(letter, letter)
        if attached:
            value, equals = attached + equals + value, "="
    name = name.removeprefix("--")
    if not name:
        raise OverrideValueInvalid(f"{given!a} names no flag.")
    return name, value if equals else None


def _is(part: Flag | _Other, name: str) -> bool:
    return isinstance(part, Flag) and part.name == name


def _value(part: Flag | _Other) -> str | None:
    return part.value if isinstance(part, Flag) else None


def _spell(parts: Sequence[Flag | _Other]) -> tuple[str, ...]:
    words: list[str] = []
    for part in parts:
        words += part.words if isinstance(part, Flag) else (part.word,)
    return tuple(words)


def _insert(words: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """Behind all others, so that the last one counts; "--" ends the flags."""
    end = words.index("--") if "--" in words else len(words)
    return words[:end] + new + words[end:]


def _parts(words: Sequence[str], table: FlagTable) -> Iterator[Flag | _Other]:
    rest = iter(words)
    for word in rest:
        if word == "--":
            yield _Other(word)
            yield from (_Other(other) for other in rest)
        elif word.startswith("--"):
            yield _long(word, rest, table)
        elif word.startswith("-") and len(word) > 1:
            yield from _short(word[1:], rest, table)
        else:
            yield _Other(word)


def _long(word: str, rest: Iterator[str], table: FlagTable) -> Flag:
    name, equals, value = word[2:].partition("=")
    if equals:
        return Flag(name, value, (word,))
    if name in table.takes_value:
        following = next(rest, None)
        return Flag(name, following, (word,) if following is None else (word, following))
    return Flag(name, None, (word,))


def _short(letters: str, rest: Iterator[str], table: FlagTable) -> Iterator[Flag]:
    while letters:
        letter, letters = letters[0], letters[1:]
        name = table.shorts.get(letter, letter)
        if letters.startswith("="):
            yield Flag(name, letters[1:], (f"-{letter}{letters}",))
            return
        if name not in table.takes_value:
            yield Flag(name, None, (f"-{letter}",))
            continue
        following = letters or next(rest, None)
        if following is None:
            yield Flag(name, None, (f"-{letter}",))
        elif letters:
            yield Flag(name, letters, (f"-{letter}{letters}",))
        else:
            yield Flag(name, following, (f"-{letter}", following))
        return
