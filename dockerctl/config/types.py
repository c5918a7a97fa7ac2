"""The types of keys: what a value may be, as dockerd's decoder (Go, encoding/json) takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from dockerctl.config.release import Release

T = TypeVar("T")


class Kind(StrEnum):
    """What a value is. ``keys.toml`` explains those that are text of some form."""

    ANY = "any"
    BOOL = "bool"
    INT = "int"
    STRING = "string"
    IP = "ip"
    ADDRESS = "address"
    PREFIX = "prefix"
    SIZE = "size"
    DURATION = "duration"
    FILTER = "filter"
    LIST = "list"
    MAP = "map"
    OBJECT = "object"


# Kinds that are text in the file.
TEXT_KINDS = frozenset({Kind.STRING, Kind.IP, Kind.ADDRESS, Kind.PREFIX, Kind.SIZE, Kind.DURATION})

_WORDS = {
    Kind.ANY: "any value",
    Kind.BOOL: "true or false",
    Kind.INT: "a whole number",
    Kind.STRING: "a string",
    Kind.IP: "an IP address",
    Kind.ADDRESS: "an IP address",
    Kind.PREFIX: "a network such as 10.0.0.0/8",
    Kind.SIZE: 'a string such as "64M"',
    Kind.DURATION: 'a string such as "48h"',
    Kind.FILTER: "a list of strings",
}
_MANY_WORDS = {
    Kind.ANY: "values",
    Kind.BOOL: "true or false",
    Kind.INT: "whole numbers",
    Kind.STRING: "strings",
    Kind.IP: "IP addresses",
    Kind.ADDRESS: "IP addresses",
    Kind.LIST: "lists",
    Kind.MAP: "objects",
    Kind.OBJECT: "objects",
}


@dataclass(frozen=True)
class ByRelease(Generic[T]):
    """Something that changed with releases: pairs of a first release and what holds from it on."""

    steps: tuple[tuple[Release, T], ...]

    def at(self, release: Release | None) -> T:
        """What holds in ``release``; None stands for the newest."""
        if release is not None:
            for since, value in reversed(self.steps):
                if since <= release:
                    return value
            return self.steps[0][1]
        return self.steps[-1][1]


@dataclass(frozen=True)
class Type:
    """A type. ``item`` is that of the members of a list or map; an object has ``members``.

    ``closed``: a member that is unknown is refused; else dockerd passes over it.
    """

    kind: Kind
    item: Type | None = None
    members: tuple[Member, ...] = ()
    closed: bool = False

    def words(self) -> str:
        """What a value must be, for a sentence: "a list of strings"."""
        match self.kind:
            case Kind.LIST if self.item is not None:
                return f"a list of {_MANY_WORDS[self.item.kind]}"
            case Kind.MAP if self.item is not None:
                return f"an object whose values are {_MANY_WORDS[self.item.kind]}"
            case Kind.OBJECT:
                return "an object"
            case _:
                return _WORDS[self.kind]

    def member(self, name: str, release: Release | None) -> Member | None:
        """The member that dockerd finds for ``name``: without regard to case."""
        folded = name.lower()
        for member in self.members:
            if member.name.lower() == folded and member.known(release):
                return member
        return None

    def known_members(self, release: Release | None) -> tuple[Member, ...]:
        """The members that ``release`` knows."""
        return tuple(member for member in self.members if member.known(release))


@dataclass(frozen=True)
class Member:
    """One name inside an object. ``flag`` is its flag, "" for none."""

    name: str
    types: ByRelease[Type]
    since: Release | None = None
    flag: str = ""
    text: str = ""

    def known(self, release: Release | None) -> bool:
        return release is None or self.since is None or self.since <= release


class TypeReader:
    """Makes types of their names in ``keys.toml``; ``objects`` is that table's part of the name."""

    def __init__(self, objects: Mapping[str, Mapping[str, object]]) -> None:
        self._objects = objects

    def read(self, words: str) -> Type:
        """The type called ``words``, such as "list of pool". Raises KeyError for an unknown one."""
        for kind in (Kind.LIST, Kind.MAP):
            if words.startswith(f"{kind} of "):
                return Type(kind, item=self.read(words.removeprefix(f"{kind} of ")))
        if words in self._objects:
            raw = self._objects[words]
            return Type(
                Kind.OBJECT,
                members=tuple(
                    self._member(name, row) for name, row in table_of(raw["members"]).items()
                ),
                closed=raw.get("closed") is True,
            )
        return Type(Kind(words))

    def steps(self, row: Mapping[str, object]) -> ByRelease[Type]:
        """The types of a row: ``type``, and those of later releases in ``types``."""
        return by_release(
            self.read(str(row["type"])),
            {since: self.read(str(words)) for since, words in table_of(row.get("types")).items()},
        )

    def _member(self, name: str, raw: object) -> Member:
        row = table_of(raw)
        since = row.get("since")
        return Member(
            name,
            self.steps(row),
            None if since is None else release_of(str(since)),
            str(row.get("flag", "")),
            str(row.get("text", "")),
        )


def by_release(first: T, later: Mapping[str, T]) -> ByRelease[T]:
    """``first`` from the beginning on, then each of ``later`` from its release on."""
    steps: Sequence[tuple[Release, T]] = [
        (release_of(since), value) for since, value in later.items()
    ]
    return ByRelease(((Release(0), first), *sorted(steps, key=lambda step: step[0])))


def release_of(text: str) -> Release:
    """A release as ``keys.toml`` writes it: ``28.1``."""
    return Release(*(int(number) for number in text.split(".")))


def table_of(value: object) -> Mapping[str, object]:
    """A table of a TOML document; an empty one where there is none."""
    return value if isinstance(value, Mapping) else {}
