"""The text of a configuration file: from bytes, and the places in it."""

from __future__ import annotations

from typing import NamedTuple, TypeVar

from dockerctl.errors import (
    ByteOrderMark,
    ConfigTooLarge,
    ConfigurationError,
    InvalidEncoding,
    WideEncoding,
    ZeroBytes,
)

# The largest file that is read, in bytes. Real ones have some hundred.
LARGEST = 1024 * 1024

_UTF_8_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF_32_MARK = b"\x00\x00\xfe\xff"  # the other one begins with a mark of UTF-16

E = TypeVar("E", bound=ConfigurationError)


class Place(NamedTuple):
    """Where something stands in a file: line and column from 1, the column in characters."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


def place_at(text: str, offset: int) -> Place:
    """The place of the character at ``offset``; lines end with a line feed."""
    return Place(text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1)


def fault(
    cls: type[E], name: str, place: Place, what: str, *, more: str = "", **details: object
) -> E:
    """An error that says ``what`` and where, then ``more``; ``what`` is a clause.

    Neither may quote a value of the file: it can be a secret.
    """
    message = f"{what} in {name}, {place}.{' ' if more else ''}{more}"
    facts = {"file": name, "line": place.line, "column": place.column}
    return cls(message, details=facts | details)


class Flaws:
    """What dockerd may put up with: raised at once, or kept when ``lenient``."""

    def __init__(self, *, lenient: bool = False) -> None:
        self.lenient = lenient
        self.found: list[ConfigurationError] = []

    def add(self, error: ConfigurationError) -> None:
        """Keep ``error``. Raises it when this is not lenient."""
        if not self.lenient:
            raise error
        self.found.append(error)


def decode(data: bytes, name: str, flaws: Flaws) -> str:
    """The text of a file named ``name``.

    Raises ConfigTooLarge, ZeroBytes, and WideEncoding without a byte order mark. Flaws are
    ByteOrderMark, WideEncoding with a mark, and InvalidEncoding.
    """
    if len(data) > LARGEST:
        raise ConfigTooLarge(
            f"The file {name} has {len(data)} bytes; at most {LARGEST} are read.",
            details={"file": name, "bytes": len(data), "limit": LARGEST},
        )
    if data and not data.strip(b"\0"):
        raise fault(ZeroBytes, name, Place(1, 1), "There is nothing but zero bytes")
    if data.startswith(_UTF_8_MARK):
        what = "There is a byte order mark before the text"
        flaws.add(fault(ByteOrderMark, name, Place(1, 1), what))
        data = data.removeprefix(_UTF_8_MARK)
    if _is_wide(data):
        what = "The text is not UTF-8 but UTF-16 or UTF-32"
        error = fault(WideEncoding, name, Place(1, 1), what)
        if not data.startswith(_UTF_16_MARKS):
            raise error
        flaws.add(error)
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        offset = error.start
    before = data[:offset].decode("utf-8")
    what = f"The byte 0x{data[offset]:02x} at offset {offset} is not UTF-8"
    flaws.add(fault(InvalidEncoding, name, place_at(before, len(before)), what, offset=offset))
    return data.decode("utf-8", "replace")


def _is_wide(data: bytes) -> bool:
    """Whether this is UTF-16 or UTF-32: by the mark, or by zeros beside each ASCII character.

    A text in JSON begins with two ASCII characters at least (RFC 4627, section 3).
    """
    if data.startswith((*_UTF_16_MARKS, _UTF_32_MARK)):
        return True
    zeros = [byte == 0 for byte in data[:4]]
    return zeros in (
        [False, True], [True, False],
        [False, True, False, True], [True, False, True, False],
        [False, True, True, True], [True, True, True, False],
    )  # fmt: skip
