"""The journal port over the journalctl program."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dockerctl.errors import ProgramFailed
from dockerctl.host.programs import Output
from dockerctl.systemd.journal import JournalEntry, parse_journal

# Far more than a failing start writes, and little enough to read in an instant.
MOST_ENTRIES = 3000

RunProgram = Callable[..., Output]


class JournalctlJournal:
    """``Journal`` by running journalctl; ``run`` is ``host.programs.run_program``."""

    def __init__(self, run: RunProgram) -> None:
        self._run = run

    def entries(
        self, units: Sequence[str], *, since_s: float, limit_s: float
    ) -> tuple[JournalEntry, ...]:
        done = self._run(
            "journalctl",
            [
                "--output=json",
                "--no-pager",
                "--quiet",
                "--all",
                "--boot",
                f"--lines={MOST_ENTRIES}",
                f"--since=@{since_s:.6f}",
                *_about(units),
            ],
            limit_s=limit_s,
        )
        if done.status != 0:
            said = done.stderr.decode("utf-8", "replace").strip() or "no reason given"
            raise ProgramFailed(f"journalctl ended with {done.status}: {said}.")
        return parse_journal(done.stdout)


def _about(units: Sequence[str]) -> list[str]:
    """Matches for what ``units`` say and what systemd says about them.

    --unit takes the latter from PID 1 alone. The children of systemd, which prepare a socket or an
    execution, say why it failed, and the journal cannot tell their unit when they are gone by then.
    The user is known always, so that nobody but root can put words into a unit's mouth.
    """
    matches: list[str] = []
    for unit in units:
        matches += [f"_SYSTEMD_UNIT={unit}", "+", f"UNIT={unit}", "_UID=0", "+"]
    return matches[:-1]
