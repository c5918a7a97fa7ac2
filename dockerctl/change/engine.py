"""Carrying a plan out: checkpoint, write, take effect, prove, commit; else the way back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace

from dockerctl.change.model import Effect, Failure, Phase, Plan, Record, Target
from dockerctl.change.ports import Control, Proven, Reporter
from dockerctl.change.proof import require_info, require_loaded, require_reloaded
from dockerctl.change.store import Ledger, new_record, saved_file
from dockerctl.change.undo import WayBack
from dockerctl.deadline import SYSTEM_CLOCK, Clock, Deadline
from dockerctl.errors import DockerctlError, FileFailed, Interrupted
from dockerctl.host.files import remove_file, tag_of, write_file
from dockerctl.host.folders import make_folder
from dockerctl.host.interrupts import INTERRUPTS
from dockerctl.result import Level

# The way back has its own time: what was allowed for the change may be used up.
WAY_BACK_S = 240.0

Connect = Callable[[Deadline], AbstractContextManager[Control]]


@dataclass(frozen=True)
class Ending:
    """How a transaction ended: its record, and the error that undid it."""

    record: Record
    cause: DockerctlError | None = None


@dataclass(frozen=True)
class Author:
    """Who asks for a transaction, and in which boot of the host."""

    who: str
    boot_id: str


class Engine:
    """Carries out one transaction at a time; the caller holds the lock."""

    def __init__(
        self,
        connect: Connect,
        ledger: Ledger,
        reporter: Reporter,
        author: Author,
        *,
        clock: Clock = SYSTEM_CLOCK,
        arm: Callable[[Record], None] | None = None,
    ) -> None:
        self._connect = connect
        self._ledger = ledger
        self._reporter = reporter
        self._author = author
        self._clock = clock
        self._way_back = WayBack(ledger, reporter, clock)
        # Sees to it that a record which waits is undone when nobody confirms it.
        self._arm = arm

    def carry_out(self, plan: Plan, deadline: Deadline) -> Ending:
        """Bring ``plan`` to one of its two ends; both are on disk when this returns.

        Raises a ``DockerctlError`` only when not even the checkpoint could be made: then nothing
        has been touched.
        """
        with INTERRUPTS.deaf_to_hangup():
            with self._connect(deadline) as control:
                record = new_record(
                    plan,
                    began=self._clock.time(),
                    old_run=control.daemon().invocation_id,
                    who=self._author.who,
                    boot_id=self._author.boot_id,
                )
                record = self._ledger.open(record, plan.changed)
                try:
                    return Ending(self._forward(record, plan, control))
                except DockerctlError as error:
                    cause: DockerctlError = error
                except KeyboardInterrupt:
                    cause = Interrupted("Interrupted before the change was proven.")
                except OSError as error:
                    cause = FileFailed(f"A file could not be handled: {error.strerror}.")
            return self._undo(self._ledger.load(record.id), cause)

    def undo(self, record: Record, cause: DockerctlError) -> Ending:
        """Take a transaction back that waits, or that a killed run has left unfinished."""
        with INTERRUPTS.deaf_to_hangup():
            return self._undo(record, cause)

    def undo_files(self, record: Record, cause: DockerctlError, control: Control | None) -> Record:
        """At boot, before the daemon is started: take back the files alone."""
        failure = record.failure or Failure(cause.code, cause.message, cause.hint)
        return self._way_back.files_only(record, failure, control)

    def confirm(self, record: Record) -> Record:
        """Keep a change that waits for its confirmation."""
        return self._ledger.update(replace(record, phase=Phase.COMMITTED, ended=self._clock.time()))

    def checkpoint(self, name: str, targets: tuple[Target, ...], plan: Plan) -> Record:
        """Keep files as they are, under a name, without changing anything."""
        began = self._clock.time()
        record = new_record(
            plan, began=began, old_run="", who=self._author.who, boot_id=self._author.boot_id
        )
        files = tuple(saved_file(target) for target in targets)
        record = self._ledger.open(
            replace(record, files=files, kind="checkpoint", checkpoint=name), targets
        )
        return self._ledger.update(replace(record, phase=Phase.COMMITTED, ended=began))

    def _undo(self, record: Record, cause: DockerctlError) -> Ending:
        failure = record.failure or Failure(cause.code, cause.message, cause.hint)
        if record.phase is not Phase.PREPARED:
            self._reporter.say(Level.WARNING, "The change failed; going back to what was before.")
        deadline = Deadline.after(WAY_BACK_S, self._clock)
        # A second Ctrl-C must not leave the host half-way.
        with INTERRUPTS.postponed(), ExitStack() as stack:
            try:
                control = stack.enter_context(self._connect(deadline))
            except DockerctlError as error:
                return Ending(self._way_back.out_of_reach(record, failure, error), cause)
            return Ending(self._way_back.go(record, failure, control), cause)

    # --- the way forward ---------------------------------------------------------------------

    def _forward(self, record: Record, plan: Plan, control: Control) -> Record:
        record = self._enter(record, Phase.WRITING)
        for target in plan.changed:
            _write(target, target.after if target.interim is None else target.interim)
        record = self._load(record, plan, control)
        record = self._apply(record, plan, control)
        if any(target.interim is not None for target in plan.changed):
            record = self._enter(record, Phase.SETTLING)
            for target in plan.changed:
                if target.interim is not None:
                    _settle(target, target.interim)
        return self._end(record, plan)

    def _load(self, record: Record, plan: Plan, control: Control) -> Record:
        if plan.touches_units or plan.boot is not None:
            record = self._enter(record, Phase.LOADING)
            if plan.boot is not None:
                control.set_boot(plan.boot.units, enable=plan.boot.enable)
            control.daemon_reload()
            require_loaded(plan, control)
        return record

    def _apply(self, record: Record, plan: Plan, control: Control) -> Record:
        if not plan.running:
            if not plan.start:
                return record
            record = self._enter(record, Phase.APPLYING)
            proven = control.start(stable_s=plan.stable_s)
            return self._proved(record, plan, control, proven, counts=False)
        if plan.effect is Effect.RELOAD:
            record = self._enter(record, Phase.APPLYING)
            attributes = control.reload()
            record = self._enter(record, Phase.PROVING)
            require_reloaded(plan.expectation.reloaded, attributes)
            # A reload is taken or not; there is no start-up whose end has to be waited for.
            proven = control.prove(stable_s=0.0)
            return self._proved(record, plan, control, proven, counts=False)
        if plan.effect is Effect.RESTART:
            record = self._enter(record, Phase.APPLYING)
            proven = control.restart(renew_socket=plan.renews_socket, stable_s=plan.stable_s)
            return self._proved(record, plan, control, proven, counts=True)
        return record

    def _proved(
        self, record: Record, plan: Plan, control: Control, proven: Proven, *, counts: bool
    ) -> Record:
        record = self._enter(record, Phase.PROVING)
        if plan.expectation.info:
            require_info(plan.expectation.info, control.info())
        if counts:
            record = replace(record, downtime_ms=round(proven.down_s * 1000))
        return record

    def _end(self, record: Record, plan: Plan) -> Record:
        now = self._clock.time()
        if plan.confirm_s is not None and self._arm is not None:
            waiting = replace(record, confirm_until=now + plan.confirm_s)
            self._arm(waiting)
            return self._enter(waiting, Phase.WAITING)
        return self._ledger.update(
            replace(record, phase=Phase.COMMITTED, reached=record.phase, ended=now)
        )

    def _enter(self, record: Record, phase: Phase) -> Record:
        down_since = record.down_since
        if phase is Phase.APPLYING and record.effect is Effect.RESTART and record.running:
            down_since = self._clock.time()
        return self._ledger.update(
            replace(record, phase=phase, reached=phase, down_since=down_since)
        )


def _write(target: Target, data: bytes | None) -> None:
    if data is None:
        remove_file(target.path, expect=target.before.tag)
        return
    make_folder(target.path.rpartition("/")[0])
    write_file(target.path, data, like=target.before, mode=target.mode, expect=target.before.tag)


def _settle(target: Target, interim: bytes) -> None:
    """Put the final bytes in the place of those that were written for the reload."""
    if target.after is None:
        remove_file(target.path, expect=tag_of(interim))
        return
    write_file(
        target.path, target.after, like=target.before, mode=target.mode, expect=tag_of(interim)
    )
