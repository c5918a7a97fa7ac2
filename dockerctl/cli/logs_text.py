"""A line of a log as text, as it was written, or as JSON; nothing raw reaches a terminal."""

from __future__ import annotations

from datetime import datetime

from dockerctl.cli.documents import moment
from dockerctl.cli.style import Style, harmless
from dockerctl.health.log_lines import LogLine, with_fields

# A line that is shown may have so many characters. Those of -o json and -o cat are whole.
LONGEST_TEXT = 10_000
_LONGEST_NAME = 64
_PAINT = {
    "fatal": ("red", "bold"),
    "error": ("red",),
    "warning": ("yellow",),
    "debug": ("dim",),
    "trace": ("dim",),
}
_WIDTH = len("warning")


def text_line(line: LogLine, style: Style) -> str:
    """Time, level, who says it, and what: one line, whatever is in it."""
    level = line.level or "-"
    shown = _one_line(with_fields(line), LONGEST_TEXT)
    name = _one_line(line.identifier or line.unit, _LONGEST_NAME)
    return " ".join(
        (
            style.paint(_local(line.time_usec), "dim"),
            style.paint(level, *_PAINT.get(level, ())) + " " * (_WIDTH - len(level)),
            f"{name}: {shown}",
        )
    )


def raw_line(line: LogLine) -> str:
    """The line as it was written, fit for a terminal."""
    return _one_line(line.raw, None)


def line_document(line: LogLine) -> dict[str, object]:
    """The line as JSON."""
    return {
        "time": moment(line.time_usec),
        "own_time": line.own_time,
        "level": line.level,
        "message": line.message,
        "fields": dict(line.fields),
        "raw": line.raw,
        "unit": line.unit,
        "identifier": line.identifier,
        "pid": line.pid,
        "from_manager": line.from_manager,
        "invocation_id": line.invocation_id,
    }


def _local(usec: int) -> str:
    return datetime.fromtimestamp(usec / 1_000_000).astimezone().isoformat("T", "milliseconds")


def _one_line(text: str, longest: int | None) -> str:
    cut = text if longest is None or len(text) <= longest else text[:longest]
    shown = harmless(cut.rstrip("\r\n").replace("\t", "    "))
    return shown if cut is text else f"{shown}… ({len(text)} characters)"
