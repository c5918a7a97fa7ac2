"""Printing a session: plain text of 80 columns, and on a terminal with colours."""

from __future__ import annotations

import textwrap
from typing import TextIO

WIDTH = 80

# ECMA-48, "Select Graphic Rendition".
_BOLD, _DIM, _CYAN = "1", "2", "36"
# Back to the first column and erase the line: what stood before it is gone.
_ERASED = "\r\x1b[K"


class Screen:
    """Where the demo is shown."""

    def __init__(self, stream: TextIO, *, color: bool) -> None:
        self._stream = stream
        self._color = color

    def explain(self, text: str) -> None:
        """A line for the reader."""
        self._write(f"\n{self._painted(text, _CYAN)}\n")

    def typed(self, command: str) -> None:
        """A command, as it stands after the prompt."""
        self._write(f"{self._painted(f'# {command}', _BOLD)}\n")

    def output(self, text: str) -> None:
        """What the command printed, as the terminal stood when it had ended."""
        if not text:
            return
        for line in text.replace("\r\n", "\n").removesuffix("\n").split("\n"):
            self._write(f"{_folded(line.rpartition(_ERASED)[2])}\n")

    def ended(self, exit_code: int) -> None:
        """How it ended, where that is worth a word."""
        if exit_code != 0:
            self._write(f"{self._painted(f'(exit code {exit_code})', _DIM)}\n")

    def _painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._color else text

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def _folded(line: str) -> str:
    """A line that is too long, broken between words; one with escape sequences is left alone."""
    if len(line) <= WIDTH or "\x1b" in line:
        return line
    return "\n".join(textwrap.wrap(line, WIDTH, subsequent_indent="    ", break_on_hyphens=False))
