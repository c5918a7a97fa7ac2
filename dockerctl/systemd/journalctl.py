"""The journal port over the journalctl program."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dockerctl.errors import ProgramFailed
from dockerctl.host.programs import Output
from dockerctl.systemd.journal import FIELDS, MOST_ENTRIES, JournalEntry, parse_journal

MOST_OF_KERNEL = 200

RunProgram = Callable[..., Output]


class JournalctlJournal:
    """``Journal`` by running journalctl; ``run`` is ``host.programs.run_program``."""

    def __init__(self, run: RunProgram) -> None:
        self._run = run

    def entries(
        self,
        units: Sequence[str],
        *,
        since_s: float,
        limit_s: float,
        most: int = MOST_ENTRIES,
    ) -> tuple[JournalEntry, ...]:
        return self._read(_about(units), most, since_s, limit_s)

    def kernel_errors(self, *, since_s: float, limit_s: float) -> tuple[JournalEntry, ...]:
        # By priority, which is indexed; a search for words would read the whole log.
        matches = ["_TRANSPORT=kernel", "--priority=err"]
        return self._read(matches, MOST_OF_KERNEL, since_s, limit_s)

    def _read(
        self, matches: Sequence[str], most: int, since_s: float, limit_s: float
    ) -> tuple[JournalEntry, ...]:
        done = self._run(
            "journalctl",
            [
                "--output=json",
                # All fields are twice as much to write and to read.
                f"--output-fields={','.join(FIELDS)}",
                "--no-pager",
                "--quiet",
                "--all",
                "--boot",
                f"--lines={most}",
                # With a moment to begin at, the journalctl of systemd 252 shows the first lines
                # from there on, and not the newest; that of 257 and 262 does not.
                *([f"--since=@{since_s:.6f}"] if since_s else []),
                *matches,
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
