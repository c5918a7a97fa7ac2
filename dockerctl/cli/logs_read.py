"""Reading the log that was chosen: what is stored, and what comes after it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

from dockerctl.change.hidden import mask_urls
from dockerctl.cli.compose import wired
from dockerctl.cli.live import TerminalReporter
from dockerctl.cli.logs_options import MOST_LINES, LogChoice
from dockerctl.cli.session import Session
from dockerctl.deadline import Deadline
from dockerctl.doctor.run_choice import Stretch, Which, choose_run
from dockerctl.errors import (
    DockerctlError,
    JournalForbidden,
    JournalMissing,
    NotRunning,
    UnitNotFound,
)
from dockerctl.health.log_lines import LogLine, log_line
from dockerctl.result import Level
from dockerctl.settings import STATUS_S
from dockerctl.systemd.journal_access import Access, journal_access
from dockerctl.systemd.journal_line import JournalLine
from dockerctl.systemd.journal_query import JournalQuery, usec_words
from dockerctl.systemd.journal_reader import JournalReader
from dockerctl.systemd.model import Unit

# Lines of systemd about a unit in which its runs are looked for: some hundred failed starts.
_MOST_OF_RUNS = 3000


class Log:
    """The log of one command."""

    def __init__(self, session: Session, choice: LogChoice, deadline: Deadline) -> None:
        self._session = session
        self._choice = choice
        self._deadline = deadline
        self._journal = JournalReader()
        self._started_usec = int(deadline.clock.time() * 1_000_000)
        self._cursor = ""
        # The run that the lines are of, with --run.
        self.stretch: Stretch | None = None
        # Whether there are no older lines that fit; false when nobody looked for more.
        self.complete = True

    def stored(self) -> list[LogLine]:
        """The newest lines that fit, the oldest first. Raises ``DockerctlError``."""
        query = self._query()
        if self._choice.run is not None:
            self.stretch = self._run(self._choice.run)
            if self.stretch is None:
                return []
            query = _within(query, self.stretch)
        found: list[LogLine] = []
        silent = True
        with closing(self._journal.newest_first(query, self._deadline)) as lines:
            for line in lines:
                silent = False
                self._cursor = self._cursor or line.cursor
                if len(found) >= self._choice.most:
                    self.complete = False
                    break
                if (fitting := self._fitting(line)) is not None:
                    found.append(fitting)
        if silent:
            self._explain_silence()
        found.reverse()
        return found

    def coming(self, reader: int | None) -> Iterator[LogLine]:
        """The lines that come after ``stored`` was read, until nobody reads ``reader``."""
        # A journal without a line of the unit has no place to go on from.
        since = "" if self._cursor else usec_words(self._started_usec)
        query = replace(self._query(), since=since, after_cursor=self._cursor)
        limited = self._session.resolved().timeout_s is not None
        deadline = self._deadline if limited else None
        with closing(self._journal.coming(query, deadline, reader=reader)) as lines:
            for line in lines:
                shown = log_line(line, mask_urls)
                if self._choice.wanted.takes(shown):
                    yield shown

    def remark(self, found: Sequence[LogLine]) -> None:
        """Say what the lines themselves do not."""
        reporter = TerminalReporter(self._session.resolved(), self._session.messages)
        names = ", ".join(self._choice.units)
        if self._choice.run is not None and self.stretch is None:
            kind = "failed run" if self._choice.run is Which.FAILED else "run"
            reporter.say(Level.INFO, f"The journal knows no {kind} of {names}.")
        elif not found and self._choice.most:
            reporter.say(Level.INFO, f"The journal has no such lines of {names}.")
        if not self.complete and not self._choice.counted:
            reporter.say(
                Level.WARNING, f"Older lines are left out: these are the newest {MOST_LINES}."
            )
        if self._journal.dropped:
            reporter.say(
                Level.WARNING,
                f"Lines too large to be read were passed over: {self._journal.dropped}.",
            )

    def _query(self) -> JournalQuery:
        choice = self._choice
        uid = os.getuid() if self._session.resolved().user else None
        return JournalQuery(choice.units, uid, since=choice.since, until=choice.until)

    def _fitting(self, line: JournalLine) -> LogLine | None:
        if self.stretch is not None and not self.stretch.holds(line.entry):
            return None
        shown = log_line(line, mask_urls)
        return shown if self._choice.wanted.takes(shown) else None

    def _run(self, which: Which) -> Stretch | None:
        (unit,) = self._choice.units
        current = self._current_run(unit) if which is Which.CURRENT else ""
        query = replace(self._query(), manager_only=True)
        entries = []
        with closing(self._journal.newest_first(query, self._deadline)) as lines:
            for line in lines:
                entries.append(line.entry)
                if len(entries) == _MOST_OF_RUNS:
                    break
        if not entries:
            self._explain_silence()
        return choose_run(entries[::-1], unit, which, current)

    def _current_run(self, name: str) -> str:
        unit = self._unit(name)
        if unit.invocation_id and not unit.down:
            return unit.invocation_id
        if not unit.exists:
            raise UnitNotFound(f"systemd knows no {name}.", details={"unit": name})
        raise NotRunning(
            f"{name} is {unit.active_state}; it has no current run.",
            hint="See its last run with --run last.",
        )

    def _unit(self, name: str) -> Unit:
        with wired(self._session, STATUS_S, changes=False) as wiring:
            if name.endswith(".socket"):
                return wiring.manager.socket(name)
            return wiring.manager.service(name)

    def _explain_silence(self) -> None:
        """Raise why there is nothing, unless there is nothing indeed."""
        access = journal_access()
        if not self._session.resolved().user:
            if access is Access.FORBIDDEN:
                raise JournalForbidden("This user may not read the journal of the system.")
            if access is Access.MISSING:
                raise JournalMissing("There is no journal on this host.")
        for name in self._choice.units:
            try:
                exists = self._unit(name).exists
            except DockerctlError:
                # Then nobody knows; the journal has been asked all the same.
                return
            if not exists:
                raise UnitNotFound(f"systemd knows no {name}.", details={"unit": name})


def _within(query: JournalQuery, stretch: Stretch) -> JournalQuery:
    since = usec_words(stretch.since_usec) if stretch.since_usec else ""
    until = "" if stretch.until_usec is None else usec_words(stretch.until_usec)
    return replace(query, since=since, until=until)
