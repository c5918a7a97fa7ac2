"""The way back: bytes, absence, owner and mode, unit state and the daemon, proven again.

It is taken within the run that failed, or by a later one after a kill or a power cut; it must not
matter which, so all that it needs is the record on disk and the state of the host.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from dockerctl.change.model import Effect, Failure, Phase, Record
from dockerctl.change.ports import Control, Daemon, Reporter
from dockerctl.change.store import Ledger
from dockerctl.deadline import Clock
from dockerctl.errors import DockerctlError, FileChanged, FileFailed
from dockerctl.host.files import read_file, restore_file, sweep_folder, write_file
from dockerctl.result import Level

_WROTE = (
    Phase.WRITING,
    Phase.LOADING,
    Phase.APPLYING,
    Phase.PROVING,
    Phase.SETTLING,
    Phase.WAITING,
)
_LOADED = _WROTE[1:]
_APPLIED = _WROTE[2:]


class WayBack:
    """Undoes one transaction, whatever it has reached."""

    def __init__(self, ledger: Ledger, reporter: Reporter, clock: Clock) -> None:
        self._ledger = ledger
        self._reporter = reporter
        self._clock = clock

    def go(self, record: Record, failure: Failure, control: Control) -> Record:
        """Undo, prove, and say in the record how it went. Raises nothing of the undoing itself."""
        record = self._begin(record, failure)
        if record.reached in _WROTE:
            problems = self._files(record, back=_reloads(record))
            problems += self._daemon(record, control)
        else:
            problems = self._sweep(record)
        return self._end(record, problems)

    def files_only(self, record: Record, failure: Failure, control: Control | None) -> Record:
        """Undo before the daemon is started, at boot: the files, and what systemd has read."""
        record = self._begin(record, failure)
        problems = self._files(record, back=False) if record.reached in _WROTE else []
        if control is not None and record.reached in _WROTE and _of_units(record):
            problems += _tried(control.daemon_reload)
            problems += self._boot(record, control)
        return self._end(record, problems)

    def out_of_reach(self, record: Record, failure: Failure, problem: DockerctlError) -> Record:
        """Undo the files where systemd cannot be talked to, for the reason in ``problem``."""
        record = self._begin(record, failure)
        files = self._files(record, back=False) if record.reached in _WROTE else []
        return self._end(record, [problem, *files])

    def _begin(self, record: Record, failure: Failure) -> Record:
        return self._note(replace(record, phase=Phase.UNDOING, failure=failure, undo_failure=None))

    def _note(self, record: Record) -> Record:
        """Put the record on disk. Where that fails, as with a full /var, the way back goes on all
        the same: the older record leads to it as well."""
        for problem in _tried(partial(self._ledger.update, record)):
            self._reporter.say(
                Level.WARNING,
                f"The record of {record.id} could not be written: {problem.sentence}",
            )
        return record

    # --- files -------------------------------------------------------------------------------

    def _files(self, record: Record, *, back: bool) -> list[DockerctlError]:
        problems: list[DockerctlError] = []
        for number in reversed(range(len(record.files))):
            try:
                self._restore(record, number, back=back)
            except FileChanged as error:
                if record.reached is not Phase.WRITING:
                    problems.append(error)
                # Nothing has been made effective, so there is nothing to go back on: whoever
                # changed the file keeps what they wrote.
            except DockerctlError as error:
                problems.append(error)
            except OSError as error:
                problems.append(FileFailed(f"{error.filename}: {error.strerror}."))
        return [*problems, *self._sweep(record)]

    def _restore(self, record: Record, number: int, *, back: bool) -> None:
        saved = record.files[number]
        now = read_file(saved.path)
        if not saved.known(now.tag):
            raise FileChanged(
                f"{saved.path} was changed by another program meanwhile, and is left as it is.",
                hint=f"What it was before lies in {self._ledger.folder(record)}.",
                details={"path": saved.path},
            )
        before = self._ledger.before(record, number)
        data = self._ledger.back(record, number) if back else None
        if data is not None:
            write_file(saved.path, data, like=before, mode=saved.mode or saved.mode_after)
        else:
            restore_file(before)

    def _sweep(self, record: Record) -> list[DockerctlError]:
        """Remove what a killed run has left beside the files."""
        problems: list[DockerctlError] = []
        for folder in {saved.real.rpartition("/")[0] for saved in record.files}:
            problems += _tried(partial(sweep_folder, folder))
        return problems

    # --- the daemon --------------------------------------------------------------------------

    def _daemon(self, record: Record, control: Control) -> list[DockerctlError]:
        problems: list[DockerctlError] = []
        if record.reached in _LOADED and _of_units(record):
            problems += _tried(control.daemon_reload)
        problems += self._boot(record, control)
        problems += _tried(partial(self._revive, record, control))
        if _reloads(record):
            # The bytes that were there, in place of those for the reload back.
            problems += self._files(record, back=False)
        return problems

    def _revive(self, record: Record, control: Control) -> None:
        daemon = control.daemon()
        if not record.running:
            self._lay_down(record, daemon, control)
        elif not daemon.runs or daemon.invocation_id != record.old_run:
            control.restart(renew_socket=_renews(record, daemon), stable_s=record.stable_s)
        elif record.reached not in _APPLIED or record.effect is Effect.NONE:
            control.prove(stable_s=0.0)
        elif record.effect is Effect.RELOAD:
            self._reload_back(record, control)
        else:
            # The old run still, although a restart was asked for: whether its job has begun is
            # not known, so it is asked for again, with the old configuration.
            control.restart(renew_socket=_renews(record, daemon), stable_s=record.stable_s)

    def _reload_back(self, record: Record, control: Control) -> None:
        try:
            control.reload()
            control.prove(stable_s=0.0)
        except DockerctlError as error:
            # Refused, or not in a state to answer: then the old file needs a new run.
            self._reporter.say(Level.WARNING, f"{error.sentence} Restarting the daemon instead.")
            self._files(record, back=False)
            control.restart(renew_socket=False, stable_s=record.stable_s)

    def _lay_down(self, record: Record, daemon: Daemon, control: Control) -> None:
        if record.started:
            if record.listened:
                control.listen()
            else:
                control.stop()
        elif daemon.runs:
            # A client has woken it meanwhile, perhaps with the new configuration.
            control.restart(renew_socket=False, stable_s=record.stable_s)

    def _boot(self, record: Record, control: Control) -> list[DockerctlError]:
        boot = record.boot
        if boot is None:
            return []
        enabled = boot.enabled_before
        disabled = tuple(unit for unit in boot.units if unit not in enabled)
        problems: list[DockerctlError] = []
        for units, enable in ((enabled, True), (disabled, False)):
            if units:
                problems += _tried(partial(control.set_boot, units, enable=enable))
        return problems

    # --- the end -----------------------------------------------------------------------------

    def _end(self, record: Record, problems: list[DockerctlError]) -> Record:
        now = self._clock.time()
        downtime = record.downtime_ms
        if record.down_since is not None:
            # The window in which the daemon is watched belongs to the proof: it answers then.
            downtime = max(0, round((now - record.down_since - record.stable_s) * 1000))
        phase = Phase.UNDO_FAILED if problems else Phase.ROLLED_BACK
        failed = None
        if problems:
            text = " ".join(problem.sentence for problem in problems)
            failed = Failure(problems[0].code, text, problems[0].hint)
        return self._note(
            replace(record, phase=phase, undo_failure=failed, ended=now, downtime_ms=downtime)
        )


def _tried(step: Callable[[], object]) -> list[DockerctlError]:
    try:
        step()
    except DockerctlError as error:
        return [error]
    except OSError as error:
        return [FileFailed(f"{error.filename or 'A file'}: {error.strerror}.")]
    return []


def _of_units(record: Record) -> bool:
    return record.boot is not None or any(saved.unit for saved in record.files)


def _reloads(record: Record) -> bool:
    return record.effect is Effect.RELOAD and record.running and record.reached in _APPLIED


def _renews(record: Record, daemon: Daemon) -> bool:
    return record.renews_socket and record.reached in _APPLIED and not daemon.down
