"""What dockerd's decoder does with a value: refuses it, or passes over some of it; pure.

The rules are those of Go's encoding/json and of the types that moby decodes into. null is taken
for everything but a size, and means that nothing was said.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from dockerctl.config.path import KeyPath
from dockerctl.config.release import Release
from dockerctl.config.types import TEXT_KINDS, Kind, Member, Type

_INT_64 = range(-(2**63), 2**63)
_GO_DURATION = re.compile(
    r"[-+]?(?:0|(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)|[-+]?[0-9]+"
)
_PREFIX_BITS = re.compile(r"0|[1-9][0-9]{0,2}")
_FILTER_LIST = Type(Kind.LIST, item=Type(Kind.STRING))
_FILTER_OBJECT = Type(Kind.MAP, item=Type(Kind.MAP, item=Type(Kind.BOOL)))


@dataclass(frozen=True)
class WrongType:
    """A value that dockerd refuses. ``wanted`` is the type that it should have.

    ``path`` leads to the innermost key around it, ``index`` to the item where that is a list.
    """

    path: KeyPath
    value: object
    wanted: Type
    index: int | None = None


@dataclass(frozen=True)
class UnknownMember:
    """A name inside the object ``around`` that dockerd does not know.

    It passes over it, or refuses it where ``refused``. ``later`` is the member that another
    release knows under this name.
    """

    path: KeyPath
    around: Type
    refused: bool
    later: Member | None = None


Problem: TypeAlias = WrongType | UnknownMember


def problems(
    value: object, wanted: Type, release: Release | None, path: KeyPath, index: int | None = None
) -> Iterator[Problem]:
    """All that dockerd refuses or passes over in ``value``."""
    if value is None and wanted.kind is not Kind.SIZE:
        return
    if wanted.kind is Kind.FILTER:
        wanted = _FILTER_OBJECT if isinstance(value, dict) else _FILTER_LIST
    if not fits(value, wanted.kind):
        yield WrongType(path, value, wanted, index)
    elif wanted.item is not None and isinstance(value, list):
        for number, item in enumerate(value):
            at = number if index is None else index
            yield from problems(item, wanted.item, release, path, at)
    elif wanted.item is not None and isinstance(value, dict):
        for name, item in value.items():
            yield from problems(item, wanted.item, release, (*path, name), index)
    elif wanted.kind is Kind.OBJECT and isinstance(value, dict):
        for name, item in value.items():
            inner = (*path, name)
            member = wanted.member(name, release)
            if member is not None:
                yield from problems(item, member.types.at(release), release, inner, index)
            else:
                yield UnknownMember(inner, wanted, wanted.closed, wanted.member(name, None))


def fits(value: object, kind: Kind) -> bool:
    """Whether the decoder takes ``value`` itself, whatever is inside it."""
    match kind:
        case Kind.ANY:
            return True
        case Kind.BOOL:
            return isinstance(value, bool)
        case Kind.INT:
            # A number with a point or an exponent is none, not even 15.0.
            return isinstance(value, int) and not isinstance(value, bool) and value in _INT_64
        case Kind.LIST:
            return isinstance(value, list)
        case Kind.MAP | Kind.OBJECT:
            return isinstance(value, dict)
        case _:
            return kind in TEXT_KINDS and isinstance(value, str) and _is_text(value, kind)


def _is_text(text: str, kind: Kind) -> bool:
    """Whether the text has the form that the decoder itself asks for. Empty is "nothing said"."""
    match kind:
        case Kind.SIZE:
            # The form of the number is a question of meaning.
            return text != ""
        case Kind.IP:
            return text == "" or ("%" not in text and _is_address(text))
        case Kind.ADDRESS:
            return text == "" or _is_address(text)
        case Kind.PREFIX:
            return text == "" or _is_prefix(text)
        case Kind.DURATION:
            return text == "" or _GO_DURATION.fullmatch(text.strip('"')) is not None
        case _:
            return True


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_prefix(text: str) -> bool:
    address, slash, bits = text.rpartition("/")
    if not slash or "%" in address or not _is_address(address) or not _PREFIX_BITS.fullmatch(bits):
        return False
    return int(bits) <= ipaddress.ip_address(address).max_prefixlen
