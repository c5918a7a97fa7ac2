"""How runs of the daemon ended, where that alone says something: killed, out of memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.journal import OUT_OF_MEMORY, JournalFacts, Run
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, Severity, error, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.systemd.journal import JournalEntry

# Of signal(7), those that somebody sends to end a process.
_SIGNALS = {
    2: "SIGINT",
    9: "SIGKILL",
    15: "SIGTERM",
}
_VICTIM = re.compile(r"Killed process \d+ \((dockerd|containerd)\)")


def _ends(facts: Facts) -> Iterator[Finding]:
    units, journal = facts.of(UnitsFacts), facts.of(JournalFacts)
    run = journal.failed
    if run is not None and units.tried:
        found = _of_memory(journal, run) or _killed(run)
        if found is not None:
            yield found
        return
    if units.service.runs:
        yield from _history(units, journal)


def _of_memory(journal: JournalFacts, run: Run) -> Finding | None:
    said = [e for e in run.entries if e.message_id == OUT_OF_MEMORY or _is_oomd(e)]
    span = _span(run)
    kernel = [e for e in journal.kernel if _VICTIM.search(e.message) and e.time_usec in span]
    if run.result != "oom-kill" and not said and not kernel:
        return None
    lines = [*said[:1], *kernel[:1]]
    return error(
        "killed-for-memory",
        "the daemon was killed because memory ran out",
        (
            f"{run.entries[0].unit}: Result={run.result}" if run.result else "",
            *(f"journal: {entry.message}" for entry in lines),
        )
        if run.result
        else tuple(f"journal: {entry.message}" for entry in lines),
        "give the host more memory or the containers limits (--memory), then: dockerctl start",
    )


def _is_oomd(entry: JournalEntry) -> bool:
    return entry.from_manager and "systemd-oomd killed" in entry.message


def _span(run: Run) -> range:
    """The microseconds of a run, with a second after it for what the kernel says."""
    times = [entry.time_usec for entry in run.entries]
    return range(min(times, default=0), max(times, default=0) + 1_000_000)


def _killed(run: Run) -> Finding | None:
    if run.exit_code != "killed" or run.exit_status not in _SIGNALS:
        return None
    # A time limit ends a run by the same signals, and is told of as such.
    if run.result != "signal" or run.asked_to_stop or run.command != "ExecStart":
        return None
    signal = _SIGNALS[run.exit_status]
    return error(
        "daemon-killed",
        f"the daemon was killed from outside with {signal}",
        (f"Result=signal, ExecMainStatus={run.exit_status} ({signal})", *_exit_line(run)),
        "find out who killed it (an operator, a script, a memory killer), then: dockerctl start",
    )


def _history(units: UnitsFacts, journal: JournalFacts) -> Iterator[Finding]:
    """A daemon that runs, and did not always: the run before this one ended badly."""
    if len(journal.runs) < 2 or not units.service.number("NRestarts"):
        return
    before = journal.runs[-2]
    found = _of_memory(journal, before) or _killed(before)
    if found is None:
        return
    if found.code == "daemon-killed":
        # It is up again; who killed it may do so again.
        yield replace(found, severity=Severity.INFO, title=f"{found.title}, and started again")
    else:
        yield warning(
            found.code, f"{found.title}, and was started again", found.evidence, found.fix
        )


def _exit_line(run: Run) -> tuple[str, ...]:
    lines = [e.message for e in run.entries if "EXIT_CODE" in e.told]
    return tuple(f"journal: {line}" for line in lines[:1])


CHECKS: tuple[Check, ...] = (
    Check(
        "how the daemon ended",
        (UnitsFacts, JournalFacts),
        ("killed-for-memory", "daemon-killed"),
        _ends,
        explains_start=True,
    ),
)
