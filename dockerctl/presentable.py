"""Text of others made fit for a terminal and for one line."""

from __future__ import annotations

LONGEST_LINE = 600


def presentable(text: str) -> str:
    """``text`` on one line, of bounded length, with nothing in it that moves a terminal."""
    # More than is shown need not be looked at: a line of the journal may have megabytes.
    flat = " ".join(text[: 4 * LONGEST_LINE].split())
    shown = "".join(char if char.isprintable() else _escape(char) for char in flat)
    return shown if len(shown) <= LONGEST_LINE else shown[: LONGEST_LINE - 1] + "…"


def _escape(char: str) -> str:
    return f"\\x{ord(char):02x}" if ord(char) < 0x100 else f"\\u{ord(char):04x}"
