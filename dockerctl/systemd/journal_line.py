"""One line of the journal with all that a person who reads a log asks of it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from dockerctl.systemd.journal import TOLD, JournalEntry

# The year 6536: what every calendar can hold.
_LATEST_USEC = 2**57


@dataclass(frozen=True)
class JournalLine:
    """A line, and where it stands."""

    entry: JournalEntry
    # Its place in the journal (systemd.journal-fields(7), __CURSOR=).
    cursor: str
    # How it came there: "stdout" for what a service prints, "journal", "syslog", "kernel", ...
    transport: str
    pid: int | None


def read_line(raw: bytes) -> JournalLine | None:
    """The line in one line of journalctl's ``-o json``; None for what is not one.

    A field is a string, a list of numbers where it has bytes that are not text, a list of those
    where it occurs more than once, or null (systemd: docs/JOURNAL_EXPORT_FORMATS.md).
    """
    try:
        record = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    # A user's manager has names of its own for what PID 1 calls UNIT= and INVOCATION_ID=.
    user = "USER_" if "USER_UNIT" in record else ""
    about = field_text(record, f"{user}UNIT")
    run = f"{user}INVOCATION_ID" if about else "_SYSTEMD_INVOCATION_ID"
    entry = JournalEntry(
        time_usec=_moment(_integer(field_text(record, "__REALTIME_TIMESTAMP"))),
        message=field_text(record, "MESSAGE"),
        priority=_priority(_integer(field_text(record, "PRIORITY"))),
        invocation_id=field_text(record, run),
        from_manager=bool(about),
        unit=(
            about or field_text(record, "_SYSTEMD_USER_UNIT") or field_text(record, "_SYSTEMD_UNIT")
        ),
        message_id=field_text(record, "MESSAGE_ID"),
        identifier=field_text(record, "SYSLOG_IDENTIFIER") or field_text(record, "_COMM"),
        told={name: field_text(record, name) for name in TOLD if name in record} if about else {},
    )
    return JournalLine(
        entry=entry,
        cursor=field_text(record, "__CURSOR"),
        transport=field_text(record, "_TRANSPORT"),
        pid=_integer(field_text(record, "_PID")),
    )


def field_text(record: dict[str, object], name: str) -> str:
    """The first value of a field as text that can be encoded; "" where it has none."""
    value = record.get(name)
    if isinstance(value, list) and value and not isinstance(value[0], int):
        value = value[0]
    if isinstance(value, list):
        value = bytes(i & 0xFF for i in value if isinstance(i, int)).decode("utf-8", "replace")
    # JSON may hold half of a character, which nothing can write.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _integer(text: str) -> int | None:
    # int() takes more than digits, and refuses more than 4300 of them.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _moment(usec: int | None) -> int:
    # A damaged file of the journal may hold any number.
    return usec if usec is not None and usec < _LATEST_USEC else 0


def _priority(number: int | None) -> int:
    return number if number is not None and number <= 7 else 6
