"""Paths of keys as people type them: ``log-opts.max-size``, ``log-opts."a.b"``."""

from __future__ import annotations

import json
import re

from dockerctl.errors import UsageError

# The names of keys from the root of the file inwards. Never empty when it was parsed.
KeyPath = tuple[str, ...]

# A name that needs no quotes: all of dockerd's own keys, and most of those that people choose.
_BARE = re.compile(r"[^\s.=\"'\\\x00-\x1f\x7f]+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_HINT = (
    "Keys are joined by dots, as in log-opts.max-size; a key with a dot, a space or '=' stands in "
    'double quotes: log-opts."a.b". Mind the quotes of the shell around it.'
)


def parse_path(text: str) -> KeyPath:
    """The path that was typed. In quotes, escapes are those of JSON.

    Raises UsageError with the column where it goes wrong.
    """
    path, end = _names(text)
    if end < len(text):
        raise _wrong(text, end, "is not taken without quotes")
    return path


def parse_assignment(text: str) -> tuple[KeyPath, str]:
    """The path and the value's text of ``log-opts.max-size=10m``; the value may be empty.

    Raises UsageError, which does not quote the value.
    """
    path, end = _names(text)
    if end == len(text):
        raise UsageError(
            f"There is no '=' after the key {format_path(path)}.",
            hint="Write KEY=VALUE, such as log-opts.max-size=10m.",
        )
    if text[end] != "=":
        raise _wrong(text, end, "is not taken without quotes")
    return path, text[end + 1 :]


def format_path(path: KeyPath) -> str:
    """The path as it can be typed: ``parse_path(format_path(path)) == path``. Printable."""
    return ".".join(_format_name(name) for name in path)


def _format_name(name: str) -> str:
    if name.isprintable():
        found = _BARE.fullmatch(name)
        return name if found else json.dumps(name, ensure_ascii=False)
    return json.dumps(name).replace("\x7f", "\\u007f")


def _names(text: str) -> tuple[KeyPath, int]:
    """The names at the beginning of ``text``, and where they end."""
    names: list[str] = []
    at = 0
    while True:
        name, at = _name(text, at)
        names.append(name)
        if at == len(text) or text[at] != ".":
            return tuple(names), at
        at += 1


def _name(text: str, at: int) -> tuple[str, int]:
    if text[at : at + 1] == '"':
        quoted = _QUOTED.match(text, at)
        if quoted is None:
            raise _wrong(text, at, "begins a quoted key that does not end")
        try:
            name = str(json.loads(quoted.group(), strict=False))
        except ValueError:
            raise _wrong(text, at, "begins a quoted key with a wrong escape") from None
        end = quoted.end()
    else:
        bare = _BARE.match(text, at)
        if bare is None:
            what = "is not taken without quotes" if text[at : at + 1].strip(".=") else ""
            raise _wrong(text, at, what)
        name, end = bare.group(), bare.end()
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise _wrong(text, at, "begins a key that is not UTF-8")
    return name, end


def _wrong(text: str, at: int, what: str) -> UsageError:
    """``what`` says what is wrong with the character at ``at``; empty: a name is missing there."""
    column = at + 1
    if what:
        what = f"{text[at]!a} at column {column} {what}"
    else:
        what = f"a key is missing at column {column}"
    # What follows the column can be a value, so it is not shown.
    shown = text[:at]
    shown = shown if shown.isprintable() else ascii(shown)[1:-1]
    message = f"This is no key{f', after {shown}' if shown else ''}: {what}."
    return UsageError(message, hint=_HINT, details={"column": column})
