"""Reading the journal line by line, through journalctl: from the newest back, or as lines come."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from dockerctl.deadline import Deadline
from dockerctl.errors import DeadlinePassed, JournalForbidden, ProgramFailed, UsageError
from dockerctl.host.streaming import StreamedProgram
from dockerctl.systemd.journal_line import JournalLine, read_line
from dockerctl.systemd.journal_query import JournalQuery, journalctl_arguments, not_a_moment

# How long journalctl may take to go once it has said all.
_END_S = 5.0
# What journalctl says of moments (src/journal/journalctl.c), in the C locale.
_UNPARSED = "Failed to parse timestamp"
_REVERSED = "--since= must be before --until="
_FORBIDDEN = "insufficient permissions"


@dataclass
class JournalReader:
    """One journal; ``program`` is journalctl, or in a test what stands for it."""

    program: str = "journalctl"
    # Lines that were too long to be read.
    dropped: int = 0

    def newest_first(
        self, query: JournalQuery, deadline: Deadline
    ) -> Generator[JournalLine, None, None]:
        """The lines that there are, from the newest back.

        Raises ``ProgramMissing``, ``ProgramFailed``, ``DeadlinePassed``, ``JournalForbidden``, and
        ``UsageError`` for moments that journalctl does not take.
        """
        yield from self._lines(query, deadline, follow=False, reader=None)

    def coming(
        self, query: JournalQuery, deadline: Deadline | None, *, reader: int | None
    ) -> Generator[JournalLine, None, None]:
        """The lines behind ``after_cursor`` as they come, until the deadline, or until nobody
        reads the descriptor ``reader`` any more. Raises as ``newest_first``."""
        yield from self._lines(query, deadline, follow=True, reader=reader)

    def _lines(
        self, query: JournalQuery, deadline: Deadline | None, *, follow: bool, reader: int | None
    ) -> Generator[JournalLine, None, None]:
        read = False
        with StreamedProgram(self.program, journalctl_arguments(query, follow=follow)) as program:
            for raw in program.lines(deadline, reader=reader):
                if (line := read_line(raw)) is not None:
                    read = True
                    yield line
            self.dropped += program.dropped
            if program.reader_gone or (follow and program.timed_out):
                return
            if program.timed_out and deadline is not None:
                raise _too_slow(deadline, read=read)
            _check_end(program, query)


def _too_slow(deadline: Deadline, *, read: bool) -> DeadlinePassed:
    if read:
        return DeadlinePassed(
            f"The journal could not be read to its end in {deadline.total_s:g} s.",
            hint="Ask for less with --since or --lines, or allow more time with --timeout.",
        )
    return DeadlinePassed(
        f"The journal did not answer in {deadline.total_s:g} s.",
        hint="journalctl or the disk of the journal may hang: see 'findmnt /var/log/journal', "
        "'dmesg'. More time: --timeout.",
    )


def _check_end(program: StreamedProgram, query: JournalQuery) -> None:
    status = program.status(_END_S)
    if status == 0:
        return
    said = program.complaint
    if _UNPARSED in said:
        for option, text in (("--since", query.since), ("--until", query.until)):
            if text and text in said:
                raise not_a_moment(text, option)
    if _REVERSED in said:
        raise UsageError("--since has to be before --until.")
    if _FORBIDDEN in said:
        raise JournalForbidden("This user may not read the journal.")
    why = said.splitlines()[-1] if said else "no reason given"
    raise ProgramFailed(f"journalctl ended with {status}: {why.removesuffix('.')}.")
