"""The difference of two files as text for people; pure."""

from __future__ import annotations

import difflib
from collections.abc import Callable

_NO_END = "\\ No newline at end of file"


def unified_diff(
    old: bytes,
    new: bytes,
    old_name: str,
    new_name: str,
    *,
    mask: Callable[[str], str],
    context: int = 3,
) -> str:
    """A unified diff from ``old`` to ``new``, ending with a newline; empty when they are equal.

    ``mask`` takes a line without its end and gives it with its secrets masked. It is applied
    after the comparison, so that a secret that changed is seen to change. Bytes that are not
    UTF-8 and characters that cannot be seen are shown as escapes, so also the CR of a CRLF.
    ``context`` is the number of unchanged lines around a change.
    """
    shown: list[str] = []
    lines = difflib.unified_diff(
        _lines(old), _lines(new), _show(old_name), _show(new_name), n=context, lineterm=""
    )
    for number, line in enumerate(lines):
        if number < 2 or line.startswith("@@"):
            shown.append(line)
            continue
        sign, text = line[0], line[1:]
        shown.append(sign + _show(mask(text.removesuffix("\n"))))
        if not text.endswith("\n"):
            shown.append(_NO_END)
    return "".join(f"{line}\n" for line in shown)


def _lines(data: bytes) -> list[str]:
    """The lines with their line feeds; bytes that are not UTF-8 stay apart from each other."""
    lines = [f"{line}\n" for line in data.decode("utf-8", "surrogateescape").split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    return lines if lines[-1] else lines[:-1]


def _show(text: str) -> str:
    return "".join(each if each.isprintable() or each == "\t" else _escape(each) for each in text)


def _escape(character: str) -> str:
    number = ord(character)
    if character == "\r":
        return "\\r"
    if 0xDC80 <= number <= 0xDCFF:
        # A byte as "surrogateescape" keeps it.
        number -= 0xDC00
    return f"\\x{number:02x}" if number <= 0xFF else f"\\u{number:04x}"
