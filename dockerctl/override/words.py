"""Words of a unit file's value: quotes, escapes, percent signs and ``Environment=``.

The rules are those of extract_first_word() and cunescape_one() in systemd 252 to 262
(src/basic/extract-word.c, src/basic/escape.c) and of systemd.syntax(7). A byte that is no UTF-8,
which only an escape can bring in, becomes a surrogate, as Python's ``surrogateescape`` has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dockerctl.errors import OverrideTextInvalid, OverrideValueInvalid

WHITESPACE = " \t\n\r"

# The kernel's limit of one string of a new process, with its terminating NUL (MAX_ARG_STRLEN).
LONGEST_VARIABLE = 128 * 1024

# Letters that stand for something after "%" in a service or socket, in any release from 252 on
# (systemd.unit(5); c, r and R are deprecated).
SPECIFIERS = frozenset("aAbBcCdDEfgGhHiIjJlLmMnNopPqrRsStTuUvVwWyY")

VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

# What systemd's utf8_is_valid() refuses besides what is no UTF-8: the noncharacters of Unicode.
# Surrogates stand for bytes that are no UTF-8.
UNWRITABLE = re.compile(
    "[\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
    + "]"
)

_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./${}!|-]+\Z")
_NO_SPECIFIERS: Mapping[str, str] = MappingProxyType({})
_LETTERS = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
    "\\": "\\", '"': '"', "'": "'", "s": " ",
}  # fmt: skip
_BACKSLASHED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_NUMBERED = re.compile(
    r"x(?P<x>[0-9a-fA-F]{2})|(?P<o>[0-7]{3})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})"
)


def quote_word(text: str, *, keep_percent: bool = False) -> str:
    """One word that systemd reads as ``text``: in double quotes where it needs them.

    Percent signs are doubled; with ``keep_percent`` they are specifiers and stay. ``$`` stays too:
    it is special only on a command line, see ``command.literal``.
    Raises OverrideTextInvalid for NUL and for surrogates that stand for no byte.
    """
    _no_nul(text)
    if not keep_percent:
        text = text.replace("%", "%%")
    if _PLAIN.match(text):
        return text
    escaped = "".join(_BACKSLASHED.get(char, char) for char in text)
    return f'"{UNWRITABLE.sub(_as_bytes, escaped)}"'


def _as_bytes(match: re.Match[str]) -> str:
    try:
        raw = match[0].encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise OverrideTextInvalid("A word holds half a character (a lone surrogate).") from None
    return "".join(f"\\x{byte:02x}" for byte in raw)


def split_words(value: str, *, keep_percent: bool = False, relaxed: bool = False) -> list[str]:
    """The words of ``value``, without quotes and escapes.

    ``%%`` becomes ``%``, and other specifiers stay as they are spelled; with ``keep_percent`` both
    do. ``relaxed`` keeps unknown escapes as they are, as systemd does on command lines.
    Raises OverrideTextInvalid for an unbalanced quote, an unknown escape and NUL.
    """
    words = []
    position = 0
    while (found := extract_word(value, position, relaxed=relaxed)) is not None:
        word, position = found
        words.append(word if keep_percent else word.replace("%%", "%"))
    return words


def extract_word(value: str, start: int, *, relaxed: bool = False) -> tuple[str, int] | None:
    """The word at or after ``start``, and where the next one begins; None when there is none.

    Raises OverrideTextInvalid as ``split_words`` does.
    """
    _no_nul(value)
    at = _skip_blanks(value, start)
    if at >= len(value):
        return None
    word = bytearray()
    quote = ""
    while at < len(value):
        char = value[at]
        if char == "\\":
            escaped = _unescape(value, at + 1)
            if escaped is not None:
                raw, at = escaped
                word += raw
                continue
            # systemd gives up its leniency for a backslash that ends the line within quotes.
            if not relaxed or (quote and at + 1 == len(value)):
                raise OverrideTextInvalid("A value has an escape that systemd does not know.")
            word += value[at : at + 2].encode("utf-8", "surrogateescape")
            at = min(at + 2, len(value))
            continue
        if quote:
            if char == quote:
                quote = ""
            else:
                word += char.encode("utf-8", "surrogateescape")
        elif char in "\"'":
            quote = char
        elif char in WHITESPACE:
            break
        else:
            word += char.encode("utf-8", "surrogateescape")
        at += 1
    if quote:
        raise OverrideTextInvalid("A value has an unbalanced quote.")
    return word.decode("utf-8", "surrogateescape"), _skip_blanks(value, at)


def _skip_blanks(value: str, at: int) -> int:
    while at < len(value) and value[at] in WHITESPACE:
        at += 1
    return at


def _unescape(value: str, at: int) -> tuple[bytes, int] | None:
    """The bytes of the escape whose letter is at ``at``, and where it ends; None if it is none."""
    letter = value[at : at + 1]
    if letter in _LETTERS:
        return _LETTERS[letter].encode(), at + 1
    match = _NUMBERED.match(value, at)
    if match is None:
        return None
    kind = match.lastgroup or ""
    number = int(match[kind], 8 if kind == "o" else 16)
    if number == 0:
        return None
    if kind in ("x", "o"):
        return (bytes((number,)), match.end()) if number <= 0xFF else None
    if kind == "U" and (number > 0x10FFFF or UNWRITABLE.match(chr(number))):
        return None
    return chr(number).encode("utf-8", "surrogatepass"), match.end()


def expand_specifiers(text: str, known: Mapping[str, str] = _NO_SPECIFIERS) -> str:
    """``text`` with ``%%`` as ``%``, and with the specifiers whose values are ``known``.

    The others stay as they are spelled, and so does a ``%`` before a character that is neither a
    letter nor a digit (src/shared/specifier.c).
    Raises OverrideTextInvalid for a letter that stands for nothing: systemd drops the setting.
    """

    def replace(match: re.Match[str]) -> str:
        letter = match[1]
        if letter == "%":
            return "%"
        if letter not in SPECIFIERS and letter.isascii() and letter.isalnum():
            raise OverrideTextInvalid(
                f"%{letter} is no specifier of systemd.",
                hint="Write %% for a percent sign.",
            )
        return known.get(letter, match[0])

    return re.sub(r"%(.)", replace, text, flags=re.DOTALL)


def environment_assignment(name: str, value: str) -> str:
    """``"NAME=value"`` as ``Environment=`` takes it, whatever ``value`` holds.

    Raises OverrideValueInvalid for a name that is none, and OverrideTextInvalid for what cannot be
    a variable's value: NUL, no valid UTF-8, or longer than the kernel allows. No message holds the
    value, which may be a secret.
    """
    check_variable(name, value)
    escaped = "".join(_BACKSLASHED.get(char, char) for char in value.replace("%", "%%"))
    return f'"{name}={escaped}"'


def check_variable(name: str, value: str) -> None:
    """Raise as ``environment_assignment`` does for what cannot be a variable of a process."""
    if not VARIABLE_NAME.match(name):
        raise OverrideValueInvalid(
            f"{name!a} is no name of a variable.",
            hint="A name has letters, digits and '_', and does not begin with a digit.",
        )
    if "\0" in value or UNWRITABLE.search(value):
        raise OverrideTextInvalid(f"The value of {name} holds NUL, or is no valid UTF-8.")
    if len(name) + len(value.encode()) + 2 > LONGEST_VARIABLE:
        raise OverrideTextInvalid(
            f"The value of {name} is longer than the kernel passes on (128 KiB)."
        )


@dataclass(frozen=True)
class EnvironmentLine:
    """The variables that one ``Environment=`` line sets, in order, and what it loses.

    A specifier whose value is not known stays in a value as it is spelled.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()


def parse_environment(
    value: str, specifiers: Mapping[str, str] = _NO_SPECIFIERS
) -> EnvironmentLine:
    """Read one value of ``Environment=`` as systemd does. Never fails.

    A bad word is lost alone; from a bad quote or escape on, the rest of the line is lost.
    No problem quotes a value, which may be a secret.
    """
    pairs: list[tuple[str, str]] = []
    problems: list[str] = []
    position = 0
    while True:
        try:
            found = extract_word(value, position)
        except OverrideTextInvalid as error:
            problems.append(f"{error.message} systemd ignores the line from there on.")
            break
        if found is None:
            break
        word, position = found
        name, equals, text = word.partition("=")
        try:
            if not equals:
                problems.append("A word without '=' is ignored: a value with blanks needs quotes.")
            elif not VARIABLE_NAME.match(name):
                problems.append(f"{name!a} is no name of a variable, and is ignored.")
            elif UNWRITABLE.search(text):
                problems.append(f"The value of {name} is no valid UTF-8, and is ignored.")
            else:
                pairs.append((name, expand_specifiers(text, specifiers)))
        except OverrideTextInvalid as error:
            problems.append(f"{name} is ignored: {error.message}")
    return EnvironmentLine(tuple(pairs), tuple(problems))


def _no_nul(text: str) -> None:
    if "\0" in text:
        raise OverrideTextInvalid("A value holds a NUL byte.")
