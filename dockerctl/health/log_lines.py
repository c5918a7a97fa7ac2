"""Lines of the journal as a log: each with a level, a message and its fields; pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dockerctl.docker.records import LEVELS, parse_record
from dockerctl.systemd.journal_line import JournalLine

# syslog(3) to the levels of Docker's programs. What is "notice" there is no warning.
_OF_PRIORITY = ("fatal", "fatal", "fatal", "error", "warning", "info", "info", "debug")
# The priority of a line that a service prints is SyslogLevel= (systemd.exec(5)), by default this
# one, and says nothing of the line.
_DEFAULT = 6
# More of a line than this is not searched.
_SEARCHED = 100_000


@dataclass(frozen=True)
class LogLine:
    """One line of a unit's log."""

    # Microseconds since the epoch, as the journal received it: the order of the lines.
    time_usec: int
    # When it was written, in its own words; None where it does not say.
    own_time: str | None
    # One of ``docker.records.LEVELS``; None where nothing tells: last words, dumps.
    level: str | None
    message: str
    fields: Mapping[str, str]
    # The line as it was written.
    raw: str
    unit: str
    # Who says it, such as "dockerd" or "systemd".
    identifier: str
    pid: int | None
    # Whether the manager says it about the unit.
    from_manager: bool
    invocation_id: str


def log_line(line: JournalLine, hide: Callable[[str], str]) -> LogLine:
    """A line of the journal as a line of a log; ``hide`` masks what is secret in a text."""
    entry = line.entry
    raw = hide(entry.message)
    record = parse_record(raw)
    level = record.level
    if level is None and not (line.transport == "stdout" and entry.priority == _DEFAULT):
        level = _OF_PRIORITY[entry.priority]
    return LogLine(
        time_usec=entry.time_usec,
        own_time=record.time,
        level=level,
        message=record.message,
        fields=record.fields,
        raw=raw,
        unit=entry.unit,
        identifier=entry.identifier,
        pid=line.pid,
        from_manager=entry.from_manager,
        invocation_id=entry.invocation_id,
    )


@dataclass(frozen=True)
class Wanted:
    """Which lines are wanted."""

    # The least level, or None for all.
    level: str | None = None
    pattern: re.Pattern[str] | None = None

    def takes(self, line: LogLine) -> bool:
        """Whether ``line`` is wanted.

        A line without a level is, whatever level is asked for: the last words of a daemon that
        cannot start have none.
        """
        if (
            self.level is not None
            and line.level is not None
            and LEVELS.index(line.level) < LEVELS.index(self.level)
        ):
            return False
        if self.pattern is None:
            return True
        return any(
            self.pattern.search(text, 0, _SEARCHED) is not None
            for text in (line.message, with_fields(line), line.raw)
        )


def with_fields(line: LogLine) -> str:
    """The message with its fields behind it, ``name=value`` each, in quotes where need be."""
    shown = [line.message]
    for name, value in line.fields.items():
        plain = value != "" and not re.search(r"[\s\"=]", value)
        quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        shown.append(f"{name}={value if plain else quoted}")
    return " ".join(shown)
