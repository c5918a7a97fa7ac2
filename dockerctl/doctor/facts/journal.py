"""The runs of the daemon in the journal, and what was said of them."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from dockerctl.doctor.ground import Ground
from dockerctl.errors import DockerctlError, ProgramFailed
from dockerctl.health.decisive import decisive_lines
from dockerctl.systemd.journal import MOST_ENTRIES, JournalEntry

# MESSAGE_ID= of PID 1 about units (systemd: src/systemd/sd-messages.h).
STARTING = "7d4958e842da4a758f6c1cdc7b36dcc5"
STARTED = "39f53479d3a045ac8e11786248231fbf"
STOPPING = "de5b426a63be47a7b6ac3eaac82e2f6f"
START_FAILED = "be02cf6855d2428ba40df7e9d022f03d"
PROCESS_EXIT = "98e322203f7a4ed290d09fe03c09fe15"
RESULT = "d9b373ed55a64feb8242e02dbe79a49c"
RESTART = "5eb03494b6584870a536b337290809b3"
OUT_OF_MEMORY = "fe6faa94e7774663a0da52717891d8ef"
# The kernel killed a process (mm/oom_kill.c); also for a control group alone.
_KILLED = re.compile(r"[Oo]ut of memory.*: Killed process \d+ \(|Killed process \d+ \(")
_LIMIT_S = 2.5
# Some twenty failing starts.
_FEW = 800


@dataclass(frozen=True)
class Run:
    """One run of the service, from "Starting" to its end."""

    invocation_id: str
    # All lines of the run, those of PID 1 about it as well, in order.
    entries: tuple[JournalEntry, ...] = ()
    # How it ended, from PID 1's fields: "exited", "killed", "dumped", or "" while it goes on.
    exit_code: str = ""
    # The exit status or the number of the signal; None where PID 1 did not say.
    exit_status: int | None = None
    # UNIT_RESULT, such as "exit-code", "timeout", "oom-kill"; "" without a failure.
    result: str = ""
    # Whether systemd called it started.
    came_up: bool = False
    # Which process ended so: "ExecStart" is the daemon, "ExecStartPre" a command before it.
    command: str = ""
    # Whether systemd made it by itself, after the run before it failed.
    automatic: bool = False
    # Whether its stop was asked for.
    asked_to_stop: bool = False

    @property
    def own(self) -> tuple[str, ...]:
        """What the daemon itself wrote."""
        return tuple(entry.message for entry in self.entries if not entry.from_manager)

    @property
    def failed(self) -> bool:
        """Whether systemd counts it as failed."""
        return self.result not in ("", "success")


@dataclass(frozen=True)
class JournalFacts:
    """The journal of this boot about Docker's units, the newest few thousand lines."""

    runs: tuple[Run, ...] = ()
    # The first run that failed since the daemon was last up, or since somebody asked for a start
    # anew: it has the cause. None when the daemon is up, or was stopped in order.
    failed: Run | None = None
    # The run that goes on, or the last one.
    last: Run | None = None
    # The decisive lines of ``failed`` as ``health.decisive`` picks them, the most telling last.
    words: tuple[str, ...] = ()
    # What PID 1 said about the files of Docker's units, and other lines of PID 1 about the units.
    manager: tuple[JournalEntry, ...] = ()
    containerd: tuple[JournalEntry, ...] = ()
    # Lines of the kernel about processes killed for lack of memory.
    kernel: tuple[JournalEntry, ...] = ()
    # Why less may be here than there is, such as a missing permission; "" otherwise.
    problem: str = ""

    LIMIT_S: ClassVar[float] = 3.0

    @classmethod
    def gather(cls, ground: Ground) -> JournalFacts:
        """Read three parts of the journal at once. Raises where the units' part is not to be had,
        so that no check takes silence for health."""
        socket = ground.units.socket.name if ground.units.socket else None
        containerd = ground.units.containerd
        tasks = [
            _Reading(ground, (ground.unit, *([socket] if socket else []))),
            _Reading(ground, (containerd.name,) if containerd and containerd.exists else ()),
            _Reading(ground, None),
        ]
        for task in tasks[1:]:
            task.start()
        tasks[0].run()
        if tasks[0].problem is not None:
            raise tasks[0].problem
        entries = tasks[0].entries
        if not entries and os.geteuid() != 0 and ground.units.service.words("InvocationID"):
            raise ProgramFailed(
                "The journal shows nothing of the unit; only root and the members of adm or "
                "systemd-journal may read it."
            )
        for task in tasks[1:]:
            task.join(ground.deadline.at_most(_LIMIT_S).remaining())
        own = facts_of(entries, ground.unit, socket, up=ground.units.service.runs)
        if len(entries) >= _FEW and own.failed is not None and _begins_late(own.failed):
            # A dump of the Go runtime may be longer than that.
            again = _Reading(ground, tasks[0].units, MOST_ENTRIES)
            again.run()
            own = facts_of(again.entries or entries, ground.unit, socket, up=False)
        return replace(
            own,
            containerd=tasks[1].entries,
            manager=tuple(e for t in tasks[:2] for e in t.entries if e.from_manager),
            kernel=tuple(e for e in tasks[2].entries if _KILLED.search(e.message)),
            problem="; ".join(t.problem.sentence for t in tasks[1:] if t.problem is not None),
        )


def facts_of(
    entries: Sequence[JournalEntry], service: str, socket: str | None, *, up: bool
) -> JournalFacts:
    """What the lines of the service and its socket tell; ``up`` is whether the daemon runs."""
    runs = tuple(_runs(entries, service))
    failed = None if up else _first_failed(runs)
    words = (
        ()
        if failed is None
        else decisive_lines(failed.entries, service, socket, failed.invocation_id)
    )
    return JournalFacts(
        runs=runs,
        failed=failed,
        last=runs[-1] if runs else None,
        words=words,
        manager=tuple(entry for entry in entries if entry.from_manager),
    )


@dataclass
class _Lines:
    """The lines of a run that is being collected."""

    entries: list[JournalEntry] = field(default_factory=list)
    automatic: bool = False


def _runs(entries: Iterable[JournalEntry], service: str) -> Iterable[Run]:
    lines: dict[str, _Lines] = {}
    latest = ""
    scheduled = False
    for entry in entries:
        if entry.unit != service:
            continue
        # The journal learns the run from the process, and of one that ended at once the line has
        # none; it belongs to the run that was spoken of last.
        latest = entry.invocation_id or latest
        if not latest:
            continue
        if latest not in lines:
            lines[latest] = _Lines(automatic=scheduled)
            scheduled = False
        lines[latest].entries.append(entry)
        if entry.from_manager and entry.message_id == RESTART:
            scheduled = True
        elif entry.from_manager and entry.message_id == RESULT:
            # The restart was refused: the start limit.
            scheduled = False
    for invocation, one in lines.items():
        yield _run(invocation, one)


def _run(invocation: str, lines: _Lines) -> Run:
    run = Run(invocation, tuple(lines.entries), automatic=lines.automatic)
    for entry in lines.entries:
        if not entry.from_manager:
            continue
        told = entry.told
        if entry.message_id == STARTED:
            run = replace(run, came_up=True)
        elif entry.message_id == STOPPING:
            run = replace(run, asked_to_stop=True)
        elif entry.message_id == RESULT and not run.result:
            run = replace(run, result=told.get("UNIT_RESULT", ""))
        elif entry.message_id == PROCESS_EXIT and _decides(run, told.get("COMMAND", "")):
            run = replace(
                run,
                exit_code=told.get("EXIT_CODE", ""),
                exit_status=_whole(told.get("EXIT_STATUS", "")),
                command=told.get("COMMAND", ""),
            )
    return run


def _decides(run: Run, command: str) -> bool:
    # The daemon's own end counts more than that of a command before or after it, and of commands
    # the first: what follows are those that clean up.
    return not run.command or (command == "ExecStart" and run.command != "ExecStart")


def _first_failed(runs: Sequence[Run]) -> Run | None:
    chain: list[Run] = []
    for run in runs:
        if not run.automatic or run.came_up:
            chain.clear()
        chain.append(run)
    failed = [run for run in chain if run.failed]
    # A run that came up and was killed is the cause only if no run after it failed by itself.
    return next((run for run in failed if not run.came_up), failed[0] if failed else None)


def _begins_late(run: Run) -> bool:
    """Whether the beginning of a run is missing."""
    return not any(entry.message_id == STARTING for entry in run.entries)


class _Reading(threading.Thread):
    """One reading of the journal: of units, or without any of the kernel."""

    def __init__(self, ground: Ground, units: tuple[str, ...] | None, most: int = _FEW) -> None:
        super().__init__(daemon=True)
        self._ground = ground
        self._most = most
        self.units = units
        self.entries: tuple[JournalEntry, ...] = ()
        self.problem: DockerctlError | None = None

    def run(self) -> None:
        limit_s = self._ground.deadline.at_most(_LIMIT_S).remaining()
        journal = self._ground.journal
        try:
            if self.units is None:
                self.entries = journal.kernel_errors(since_s=0.0, limit_s=limit_s)
            elif self.units:
                self.entries = journal.entries(
                    self.units, since_s=0.0, limit_s=limit_s, most=self._most
                )
        except DockerctlError as error:
            self.problem = error


def _whole(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
