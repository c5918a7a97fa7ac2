"""Saying what goes on: messages at once, and on a terminal one live line while waiting."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from dockerctl.cli.streams import discard
from dockerctl.deadline import Deadline
from dockerctl.result import Level, Message
from dockerctl.settings import Output, Settings

# ECMA-48: back to the first column, and erase to the end of the line.
_ERASE = "\r\x1b[K"


class TerminalReporter:
    """``Reporter`` that writes to stderr and keeps the messages for the result.

    With JSON the messages stand in the document; they go to stderr as well, for whoever watches.
    """

    def __init__(self, settings: Settings, messages: list[Message]) -> None:
        self._messages = messages
        self._quiet = settings.quiet
        self._stream: TextIO | None = sys.stderr
        self._live = (
            not settings.quiet and settings.output is Output.TEXT and _is_terminal(sys.stderr)
        )
        self._shown = ""

    def say(self, level: Level, text: str) -> None:
        self.settled()
        self._messages.append(Message(level, text))
        if not self._quiet:
            self._write(f"{level.value}: {text}\n" if level is Level.WARNING else f"{text}\n")

    def waiting(self, what: str, deadline: Deadline) -> None:
        if not self._live:
            return
        line = f"Waiting for {what}, {deadline.remaining():.0f} s left"[: self._width() - 1]
        if line != self._shown:
            # In this order: Ctrl-C may come between the two, and the line is to be erased.
            self._shown = line
            self._write(_ERASE + line)

    def settled(self) -> None:
        if self._shown:
            self._write(_ERASE)
            self._shown = ""

    def _width(self) -> int:
        # Of the terminal that the line is written to; COLUMNS and stdout may be of another. One
        # without a size, as on a serial console, has 0 columns.
        try:
            return os.get_terminal_size(sys.stderr.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def _write(self, text: str) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            # Nobody reads what goes on; the work goes on all the same.
            discard(self._stream)
            self._stream = None


def _is_terminal(stream: TextIO | None) -> bool:
    # A dumb terminal cannot erase a line (terminfo(5)).
    try:
        return (
            stream is not None
            and stream.isatty()
            and os.environ.get("TERM", "")
            not in (
                "",
                "dumb",
            )
        )
    except ValueError:
        return False
