"""What a text has where JSON expects something else: the error that fits it best; pure.

Nothing of the text is quoted but single marks and words that cannot be a secret.
"""

from __future__ import annotations

import re
from typing import NoReturn

from dockerctl.config.source import fault, place_at
from dockerctl.errors import (
    ConfigurationError,
    MissingComma,
    MissingQuote,
    MissingValue,
    NotANumber,
    NumberMalformed,
    SingleQuotes,
    TemplateLeft,
    TypographicQuotes,
    UnexpectedText,
    WrongWord,
)

_TYPOGRAPHIC = "“”„‟‘’‚‛«»‹›″′＂"
# Jinja, Go templates, ERB, and variables of shells and tools.
_TEMPLATES = ("{{", "{%", "<%", "${", "$(", "$", "@@")
_NOT_NUMBERS = {"nan", "infinity", "inf"}
_NUMBER_LIKE = re.compile(r"[-+.]*[0-9][-+.0-9_]*(?:[eE][-+.0-9]*)?|[-+]*0[xXoObB][0-9A-Fa-f_]*")
_WRONG_WORDS = {"true", "false", "null", "none", "nil", "yes", "no", "on", "off", "undefined"}
_ENTRY_STARTS = re.compile(r'["{\[\w\'-]')


def blame_name(text: str, at: int, name: str) -> NoReturn:
    """Raise the error for what stands at ``at``, where the name of a key should."""
    _blame_marks(text, at, name)
    first = text[at]
    if first.isalnum() or first in "_-":
        _raise(MissingQuote, text, at, name, "A key without quotes stands")
    if first in ",:":
        _raise(UnexpectedText, text, at, name, f"There is a {_MARKS[first]} where a key belongs")
    blame_text(UnexpectedText, text, at, "where a key belongs", name)


def blame_value(text: str, at: int, word: str, name: str) -> NoReturn:
    """Raise the error for what stands at ``at``, where a value should.

    ``word`` are the letters, digits, signs and points there; it is no number and no word of JSON.
    """
    _blame_marks(text, at, name)
    first = text[at]
    if first in ",}]":
        _raise(MissingValue, text, at, name, "A value is missing")
    if word.lstrip("+-").lower() in _NOT_NUMBERS:
        _raise(NotANumber, text, at, name, f"The word {word} stands in place of a number")
    if word.lower() in _WRONG_WORDS:
        _raise(WrongWord, text, at, name, f"The word {word} stands in place of a value")
    if _NUMBER_LIKE.fullmatch(word):
        _raise(NumberMalformed, text, at, name, "There is a number in a wrong spelling")
    if word or first == "/":
        _raise(MissingQuote, text, at, name, "A text without quotes stands")
    blame_text(UnexpectedText, text, at, "where a value belongs", name)


def blame_separator(text: str, at: int, end: int, closing: str, name: str) -> NoReturn:
    """Raise the error for what stands at ``at``, where a comma or ``closing`` should.

    ``end`` is where the entry before it ends.
    """
    first = text[at]
    if first in "}]":
        what = f"There is a {_MARKS[first]} where a {_MARKS[closing]} belongs"
        _raise(UnexpectedText, text, at, name, what)
    if _ENTRY_STARTS.match(first) or first in _TYPOGRAPHIC:
        _raise(MissingComma, text, end, name, "A comma is missing after the value that ends")
    if first == ";":
        _raise(MissingComma, text, at, name, "There is a semicolon in place of a comma")
    _blame_marks(text, at, name)
    blame_text(UnexpectedText, text, at, "after a value", name)


def blame_text(
    cls: type[ConfigurationError], text: str, at: int, where: str, name: str
) -> NoReturn:
    """Raise an error of ``cls`` that names the character at ``at``."""
    character = text[at]
    if character.isascii() and character.isprintable():
        shown = f"a character {character}"
    else:
        kinds = {"\t": "a tab", "\0": "a zero byte", "\u00a0": "a no-break space"}
        kind = kinds.get(character, "a character")
        shown = f"{kind} (U+{ord(character):04X})"
    _raise(cls, text, at, name, f"There is {shown} {where}")


_MARKS = {
    ",": "comma", ":": "colon", "}": "closing brace }", "]": "closing bracket ]",
}  # fmt: skip


def _blame_marks(text: str, at: int, name: str) -> None:
    """Raise the error for quotes of another kind and for templates, if there are any."""
    if text[at] in "'`":
        _raise(SingleQuotes, text, at, name, "A single quote stands in place of a double quote")
    if text[at] in _TYPOGRAPHIC:
        what = "A typographic quote stands in place of a plain double quote"
        _raise(TypographicQuotes, text, at, name, what)
    # A template's second brace is met when the first was taken for an object.
    for start in (at, at - 1):
        if start >= 0 and text.startswith(_TEMPLATES, start):
            _raise(TemplateLeft, text, start, name, "There is a template that was not filled in")


def _raise(cls: type[ConfigurationError], text: str, at: int, name: str, what: str) -> NoReturn:
    raise fault(cls, name, place_at(text, at), what)
