"""Reading a unit's journal, through journalctl's JSON (systemd.journal-fields(7)).

journalctl is the reader that every systemd host has; a hung or broken journal costs its time limit
and raises, it never yields silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class JournalEntry:
    """One line of the journal."""

    # Microseconds since the epoch, as the journal received it.
    time_usec: int
    message: str
    # syslog(3): 0 emergency to 7 debug; 6 when the line has none.
    priority: int
    # The run of the unit that the line belongs to, 32 hexadecimal digits, or "".
    invocation_id: str
    # Whether systemd says it about the unit, rather than the unit itself.
    from_manager: bool
    unit: str
    # What kind of message it is (systemd.journal-fields(7), MESSAGE_ID=), or "".
    message_id: str = ""
    # Who says it: "dockerd", "systemd", "(dockerd)" for the child before it becomes the daemon.
    identifier: str = ""
    # All other fields of the manager's messages that say in words for a program what happened;
    # only those of ``TOLD`` that the line has.
    told: Mapping[str, str] = field(default_factory=dict)


# Fields of PID 1's messages about a unit (systemd: src/core/unit.c, service.c, job.c, log.c).
TOLD = (
    "COMMAND", "EXIT_CODE", "EXIT_STATUS", "UNIT_RESULT", "JOB_RESULT", "JOB_TYPE", "N_RESTARTS",
    "CONFIG_FILE", "CONFIG_LINE",
)  # fmt: skip
# All that an entry is made of; the time comes by itself.
FIELDS = (
    "MESSAGE", "PRIORITY", "UNIT", "INVOCATION_ID", "_SYSTEMD_UNIT", "_SYSTEMD_INVOCATION_ID",
    "MESSAGE_ID", "SYSLOG_IDENTIFIER", *TOLD,
)  # fmt: skip
# Far more than a failing start writes, and little enough to read in an instant.
MOST_ENTRIES = 3000


class Journal(Protocol):
    """Where the lines of a unit's runs can be read."""

    def entries(
        self,
        units: Sequence[str],
        *,
        since_s: float,
        limit_s: float,
        most: int = MOST_ENTRIES,
    ) -> tuple[JournalEntry, ...]:
        """The lines of and about ``units`` since a moment (seconds since the epoch), in order;
        with 0 the newest ``most`` of this boot.

        Raises ``ProgramMissing`` or ``ProgramFailed``.
        """

    def kernel_errors(self, *, since_s: float, limit_s: float) -> tuple[JournalEntry, ...]:
        """The newest lines of the kernel that are errors or worse, likewise."""


def parse_journal(text: bytes) -> tuple[JournalEntry, ...]:
    """The entries in journalctl's ``-o json`` output; what is not one is passed over.

    A field is a string, a list of numbers where it has bytes that are not text, a list of strings
    where it occurs more than once, or null where it is too large (systemd: docs/JOURNAL_EXPORT).
    """
    return tuple(_entries(text.splitlines()))


def _entries(lines: Iterable[bytes]) -> Iterable[JournalEntry]:
    import json  # noqa: PLC0415  (only a start that failed reads the journal)

    for line in lines:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield _entry(record)


def _entry(record: dict[str, object]) -> JournalEntry:
    about = _field(record, "UNIT")
    return JournalEntry(
        time_usec=_integer(_field(record, "__REALTIME_TIMESTAMP"), 0),
        message=_field(record, "MESSAGE"),
        priority=_integer(_field(record, "PRIORITY"), 6),
        invocation_id=_field(record, "INVOCATION_ID" if about else "_SYSTEMD_INVOCATION_ID"),
        from_manager=bool(about),
        unit=about or _field(record, "_SYSTEMD_UNIT"),
        message_id=_field(record, "MESSAGE_ID"),
        identifier=_field(record, "SYSLOG_IDENTIFIER"),
        told={name: _field(record, name) for name in TOLD if name in record} if about else {},
    )


def _field(record: dict[str, object], name: str) -> str:
    value = record.get(name)
    if isinstance(value, list) and value and all(isinstance(item, int) for item in value):
        return bytes(item & 0xFF for item in value).decode("utf-8", "replace")
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, str) else ""


def _integer(text: str, default: int) -> int:
    try:
        return int(text)
    except ValueError:
        return default
