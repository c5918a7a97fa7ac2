"""Which lines of the journal decide why a run failed. Pure.

The last line is rarely the cause: after a start limit it is systemd's "Start request repeated too
quickly", after a panic it is the end of a dump. So the first run of the start is taken, and in it
the daemon's own errors; systemd's lines about the run only where the daemon said nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from dockerctl.docker.records import parse_record
from dockerctl.presentable import presentable
from dockerctl.systemd.journal import JournalEntry

MOST_LINES = 4

# How a command line that is refused is answered; behind it dockerd 28 prints all its flags
# (github.com/docker/cli, cli.StatusError).
_STATUS = "Status: "
_BAD_LEVELS = ("error", "fatal")
# How a dump of the Go runtime begins: a panic, a fatal error, or a signal (runtime, panic.go and
# signal_unix.go).
_DUMP = re.compile(r"panic: |fatal error: |runtime: |unexpected fault address |SIG[A-Z0-9]+: ")

# What systemd says about every failed run, whatever its cause.
_CONSEQUENCES = (
    "Start request repeated too quickly",
    "Failed with result",
    "Scheduled restart job",
    "Failed to start ",
    "Failed to listen on ",
    "Dependency failed for ",
    "Job ",
    "Main process exited",
    "Control process exited",
    "Starting ",
    "Stopped ",
    "Stopping ",
    "Deactivated successfully",
    "Consumed ",
    "Triggering OnFailure=",
    "Listening on ",
    "Closed ",
    "Started ",
    "Sent signal ",
)
# A notice that dockerd logs as an error and that stops nothing.
_HARMLESS = ("failed to load plugin", "skip loading plugin", "failed to dial", "grpc: addrConn")
# What systemd's own child says in the unit's name before it becomes the daemon.
_BEFORE_EXEC = "Referenced but unset environment variable evaluates to an empty string"


def first_run(entries: Sequence[JournalEntry], service: str, not_run: str) -> str:
    """The invocation ID of the first run of ``service`` in ``entries``, or ""."""
    return next(
        (
            entry.invocation_id
            for entry in entries
            if entry.unit == service and entry.invocation_id not in ("", not_run)
        ),
        "",
    )


def decisive_lines(
    entries: Sequence[JournalEntry], service: str, socket: str | None, run: str
) -> tuple[str, ...]:
    """The few lines that tell why ``run`` of ``service`` failed, the most telling one last."""
    of_run = [entry for entry, its in _with_runs(entries, service) if run and its == run]
    own = [entry for entry in of_run if not entry.from_manager]
    for candidates in (
        _daemon_lines(own),
        _manager_lines(of_run),
        _manager_lines(entry for entry in entries if entry.unit in (service, socket)),
    ):
        if candidates:
            return tuple(candidates)
    return ()


def _with_runs(entries: Iterable[JournalEntry], service: str) -> Iterable[tuple[JournalEntry, str]]:
    """Each entry with the run that it belongs to.

    The journal learns the run from the process, and a daemon that ends at once may be gone by
    then: its only line has the unit and no run, about one time in ten with a broken daemon.json.
    It belongs to the run that was spoken of last.
    """
    latest = ""
    for entry in entries:
        if entry.unit == service and entry.invocation_id:
            latest = entry.invocation_id
        yield entry, entry.invocation_id or (latest if entry.unit == service else "")


def _daemon_lines(entries: Sequence[JournalEntry]) -> list[str]:
    for index, entry in enumerate(entries):
        if _DUMP.match(entry.message):
            # The rest is a dump of every goroutine.
            return [presentable(e.message) for e in entries[index : index + 2]]
    refused = next((e.message for e in entries if e.message.startswith(_STATUS)), "")
    if refused:
        return [presentable(refused)]
    telling = [entry for entry in entries if _tells(entry.message)]
    return [presentable(_said(entry.message)) for entry in telling[-MOST_LINES:]]


def _tells(message: str) -> bool:
    if not message.strip() or _BEFORE_EXEC in message:
        return False
    # Without a level: dockerd's very last words, such as "failed to start daemon: failed to ...".
    level = parse_record(message).level
    bad = level is None or level in _BAD_LEVELS
    return bad and (level is None or not any(text in message for text in _HARMLESS))


def _said(message: str) -> str:
    record = parse_record(message)
    if record.level is None:
        return message
    return record.message + "".join(f" {n}={_shown(v)}" for n, v in record.fields.items())


def _shown(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if re.search(r'[\s"]', value) else value


def _manager_lines(entries: Iterable[JournalEntry]) -> list[str]:
    lines: list[str] = []
    for entry in entries:
        text = entry.message
        told = text.partition(": ")[2] or text
        if (
            entry.from_manager
            # What systemd goes on without, such as a counter that the kernel does not have.
            and ", ignoring: " not in text
            and not any(told.startswith(c) or text.startswith(c) for c in _CONSEQUENCES)
            and text not in lines
        ):
            lines.append(text)
    return [presentable(line) for line in lines[-MOST_LINES:]]
