"""Colour and symbols, as far as the terminal has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

# ECMA-48, "Select Graphic Rendition".
_CODES = {"green": "32", "red": "31", "yellow": "33", "bold": "1", "dim": "2"}


def harmless(text: str) -> str:
    """``text`` with everything that could move a terminal written as an escape."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


class Style:
    """Paints words, or leaves them plain."""

    def __init__(self, *, color: bool, unicode: bool) -> None:
        self._color = color
        self.bullet = "●" if unicode else "*"
        self.dot = "·" if unicode else "-"

    @classmethod
    def of(cls, stream: TextIO | None, environ: Mapping[str, str], *, wanted: bool) -> Style:
        """The style for a stream: colour only on a terminal, and never with NO_COLOR
        (https://no-color.org)."""
        terminal = stream is not None and not stream.closed and stream.isatty()
        encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
        color = (
            wanted
            and terminal
            and not environ.get("NO_COLOR")
            and environ.get("TERM", "dumb") != "dumb"
        )
        # In the C locale Python writes UTF-8 all the same (PEP 540); the terminal may not read it.
        plain = environ.get("LC_ALL") in ("C", "POSIX")
        return cls(color=color, unicode=encoding.startswith("utf") and not plain)

    def paint(self, text: str, *names: str) -> str:
        """``text`` in the named colours."""
        if not self._color or not names:
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"
