"""history, rollback, checkpoint, confirm, recover: past transactions and going back on them."""

from __future__ import annotations

import re
import time

import typer

from dockerctl.change.back import Goal, goal_of, last_change
from dockerctl.change.current import Current, read_document
from dockerctl.change.engine import Ending
from dockerctl.change.model import Effect, Phase, Plan, Record, Target
from dockerctl.change.past import foreign_edits
from dockerctl.change.propose import Wanted
from dockerctl.cli.change_host import ChangeHost, boot_id
from dockerctl.cli.change_options import ChangeOptions
from dockerctl.cli.change_run import CHANGE_S, Request, command_text, run_change
from dockerctl.cli.change_text import diff_text, ending_error, transaction_document
from dockerctl.cli.compose import wired
from dockerctl.cli.options import flag
from dockerctl.cli.session import Session
from dockerctl.config.document import Document
from dockerctl.errors import (
    DockerctlError,
    HostError,
    Interrupted,
    NothingToConfirm,
    SystemdError,
    UsageError,
)
from dockerctl.exits import ExitCode
from dockerctl.host.files import read_file
from dockerctl.override.store import Owner
from dockerctl.result import Level, Result
from dockerctl.settings import STATUS_S
from dockerctl.systemd.model import JobType

SHOW = typer.Argument(
    None, metavar="[show]", help="One with its differences; without it, the list.",
    show_default=False,
)  # fmt: skip
SHOWN = typer.Argument(
    None, metavar="[ID]", help="A transaction, or the beginning of its ID; a checkpoint.",
    show_default=False,
)  # fmt: skip
ID = typer.Argument(
    None, metavar="[ID]", help="A transaction or a checkpoint; the last change by default.",
    show_default=False,
)  # fmt: skip
NAME = typer.Argument(..., metavar="NAME", help="How it is called.", show_default=False)
MESSAGE = typer.Option(
    None, "--message", "-m", metavar="TEXT", help="Why, for the history.",
    envvar="DOCKERCTL_MESSAGE", show_default=False,
)  # fmt: skip
UNCONFIRMED = flag("--unconfirmed", "Only if it still waits for its confirmation.")
BOOT = flag("--boot", "Before the daemon is started: the files alone.")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")


def history(session: Session, show: str | None = SHOW, id: str | None = SHOWN) -> Result:
    """List the transactions, newest first, or show one with its differences."""
    if (show, id) != (None, None) and (show != "show" or id is None):
        raise UsageError(
            "history takes nothing, or 'show' and an ID.", hint="Such as 'dockerctl history'."
        )
    with wired(session, STATUS_S, changes=False) as wiring:
        host = ChangeHost(wiring, "")
        ledger = host.ledger
        records = [ledger.load(id)] if id is not None else list(ledger.all())
        rows = [_row(record, host, whole=id is not None) for record in records]
        edits = foreign_edits(ledger.all(), read_file)
        damaged = ledger.damaged()
    lines = _shown(records[0], rows[0]) if id is not None else [_line(record) for record in records]
    lines += [f"{e.path} was changed by another program after {e.transaction}." for e in edits]
    lines += [f"The record of {id} cannot be read." for id in damaged]
    return Result(
        schema="dockerctl/history/v1",
        messages=tuple(session.messages),
        payload={
            "transactions": rows,
            "foreign_edits": [{"path": e.path, "transaction": e.transaction} for e in edits],
            "damaged": list(damaged),
        },
        text=tuple(lines or ["No change has been made yet."]),
    )


def rollback(
    session: Session,
    change: ChangeOptions,
    id: str | None = ID,
    unconfirmed: bool = UNCONFIRMED,
) -> Result:
    """Go back to before a transaction, or to a checkpoint; itself a transaction."""
    waiting = _waiting(session, id, only=unconfirmed)
    if waiting is not None:
        return waiting
    goal: list[Goal] = []

    def back(current: Current, host: ChangeHost) -> Wanted:
        records = list(host.ledger.all())
        record = last_change(records) if id is None else host.ledger.load(id)
        goal.append(goal_of(record, records, host.ledger))
        return _wanted(goal[0], current)

    return run_change(
        session, Request("rollback", back, kind="rollback", of=id or "", judge_all=True), change
    )


def checkpoint(session: Session, name: str = NAME, message: str | None = MESSAGE) -> Result:
    """Keep the configuration of now under a name, for 'dockerctl rollback NAME'."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!a} is no name of a checkpoint.",
            hint="Letters, digits, dots, dashes and underscores, a letter first.",
        )
    with wired(session, CHANGE_S, changes=False) as wiring:
        host = ChangeHost(wiring, command_text())
        with host.locked():
            host.recover()
            if any(record.checkpoint == name for record in host.ledger.all()):
                raise UsageError(
                    f"There is a checkpoint {name} already.", hint="See 'dockerctl history'."
                )
            current = host.current()
            plan = Plan(
                current.service.unit,
                (),
                Effect.NONE,
                running=current.units.service.runs,
                command=host.command,
                message=message or "",
            )
            record = host.engine.checkpoint(name, _all_files(current, host), plan)
    return Result(
        schema="dockerctl/checkpoint/v1",
        changed=True,
        messages=tuple(session.messages),
        payload={"transaction": transaction_document(record.state, id=record.id)},
        text=(f"Checkpoint {name} ({record.id}): {len(record.files)} files kept.",),
    )


def confirm(session: Session) -> Result:
    """Keep the change that waits for its confirmation."""
    with wired(session, CHANGE_S, changes=True) as wiring:
        host = ChangeHost(wiring, command_text())
        with host.locked():
            record = next((r for r in host.ledger.all() if r.phase is Phase.WAITING), None)
            if record is None:
                raise NothingToConfirm("No change waits for a confirmation.")
            record = host.engine.confirm(record)
            _stop_timer(host, record)
    return Result(
        schema="dockerctl/confirm/v1",
        changed=True,
        messages=tuple(session.messages),
        payload={
            "transaction": transaction_document(
                record.state,
                id=record.id,
                effect=record.effect,
                downtime_ms=record.downtime_ms,
            )
        },
        text=(f"Confirmed ({record.id}): the change stays.",),
    )


def recover(session: Session, boot: bool = BOOT) -> Result:
    """Finish the way back of a change that was killed, or try one again that failed."""
    with wired(session, CHANGE_S, changes=True) as wiring:
        host = ChangeHost(wiring, command_text())
        with host.locked():
            endings = _at_boot(host) if boot else _recovered(host)
            errors = [e for end in endings if (e := _undo_error(end, host)) is not None]
    return Result(
        schema="dockerctl/recover/v1",
        exit_code=errors[0].exit_code if errors else ExitCode.OK,
        changed=bool(endings),
        messages=tuple(session.messages),
        error=errors[0] if errors else None,
        payload={
            "transactions": [
                transaction_document(end.record.state, id=end.record.id, effect=end.record.effect)
                for end in endings
            ]
        },
        text=tuple(f"{end.record.id} is {end.record.state}." for end in endings)
        or ("Nothing to recover.",),
    )


def _recovered(host: ChangeHost) -> list[Ending]:
    endings = list(host.recover())
    newest = next(host.ledger.all(), None)
    if newest is not None and newest.phase is Phase.UNDO_FAILED:
        cause = Interrupted("Its way back had failed.")
        endings.append(host.engine.undo(newest, cause))
    return endings


def _at_boot(host: ChangeHost) -> list[Ending]:
    now = boot_id()
    endings = []
    for record in host.ledger.unfinished():
        if record.boot_id == now:
            # Of this boot: its run may still be at work, or a timer waits for it.
            continue
        cause = Interrupted("The host was started anew before the change was kept.")
        with host.control(host.wiring.deadline) as control:
            endings.append(Ending(host.engine.undo_files(record, cause, control), cause))
        host.wiring.reporter.say(Level.WARNING, f"{record.id}: {cause.message}")
    return endings


def _undo_error(ending: Ending, host: ChangeHost) -> DockerctlError | None:
    if ending.record.phase is not Phase.UNDO_FAILED:
        return None
    return ending_error(ending.record, ending.cause, host)


def _waiting(session: Session, id: str | None, *, only: bool) -> Result | None:
    """Undo a change that waits for its confirmation; None when there is none to undo."""
    with wired(session, CHANGE_S, changes=True) as wiring:
        host = ChangeHost(wiring, command_text())
        record = next((r for r in host.ledger.all() if r.phase is Phase.WAITING), None)
        mine = record is not None and (id is None or record.id.startswith(id))
        if not mine and not only:
            return None
        if record is None or not mine:
            return _nothing_waits(session)
        with host.locked():
            record = host.ledger.load(record.id)
            if record.phase is not Phase.WAITING:
                return _nothing_waits(session)
            cause = Interrupted("It was not confirmed." if only else "It was taken back.")
            ending = host.engine.undo(record, cause)
            error = _undo_error(ending, host)
            if not only:
                _stop_timer(host, record)
    done = ending.record
    return Result(
        schema="dockerctl/rollback/v1",
        exit_code=ExitCode.OK if error is None else error.exit_code,
        changed=True,
        messages=tuple(session.messages),
        error=error,
        payload={
            "transaction": transaction_document(
                done.state, id=done.id, effect=done.effect, downtime_ms=done.downtime_ms
            )
        },
        text=(f"Undone ({done.id}): the configuration is as before.",) if error is None else (),
    )


def _nothing_waits(session: Session) -> Result:
    return Result(
        schema="dockerctl/rollback/v1",
        changed=False,
        messages=tuple(session.messages),
        payload={"transaction": transaction_document("unchanged")},
        text=("The change does not wait for a confirmation; nothing to undo.",),
    )


def _stop_timer(host: ChangeHost, record: Record) -> None:
    """Take away the timer that would undo the change; it finds nothing to do otherwise."""
    try:
        host.wiring.manager.enqueue(JobType.STOP, f"dockerctl-revert-{record.id}.timer")
    except SystemdError:
        return


def _wanted(goal: Goal, current: Current) -> Wanted:
    document: Document | None = None
    files = []
    for path, state in goal.files.items():
        if path == current.config_path:
            document = read_document(state.data, path, current.release)
            continue
        files.append(
            Target(
                read_file(path), state.data, state.mode if state.exists else 0o644,
                unit=goal.units[path],
            )
        )  # fmt: skip
    return Wanted(document, files=tuple(files), boot=goal.boot)


def _all_files(current: Current, host: ChangeHost) -> tuple[Target, ...]:
    """daemon.json, our drop-ins and their environment file, as they are."""
    targets = [Target(current.file, current.file.data)]
    for files in (current.service, current.socket):
        for drop_in in () if files is None else files.drop_ins:
            if drop_in.owner is Owner.DOCKERCTL:
                state = read_file(drop_in.path)
                targets.append(Target(state, state.data, unit=files.unit if files else ""))
    proxy = read_file(host.proxy_file)
    targets.append(Target(proxy, proxy.data, 0o600))
    return tuple(targets)


def _row(record: Record, host: ChangeHost, *, whole: bool) -> dict[str, object]:
    return {
        "id": record.id,
        "state": record.state,
        "kind": record.kind,
        "effect": str(record.effect),
        "unit": record.unit,
        "began": _moment(record.began),
        "ended": None if record.ended is None else _moment(record.ended),
        "who": record.who,
        "command": record.command,
        "message": record.message,
        "checkpoint": record.checkpoint or None,
        "files": [saved.path for saved in record.files],
        "downtime_ms": record.downtime_ms,
        "error": None if record.failure is None else record.failure.message,
        "undo_error": None if record.undo_failure is None else record.undo_failure.message,
        "diff": _diff(record, host) if whole else None,
    }


def _diff(record: Record, host: ChangeHost) -> str | None:
    try:
        targets = tuple(
            Target(host.ledger.before(record, number), host.ledger.after(record, number))
            for number in range(len(record.files))
        )
    except (DockerctlError, HostError):
        return None
    return diff_text(targets)


def _line(record: Record) -> str:
    what = f"checkpoint {record.checkpoint}" if record.checkpoint else record.command
    why = f"  # {record.message}" if record.message else ""
    return f"{record.id}  {record.state:12}  {record.who:10}  {what}{why}"


def _shown(record: Record, row: dict[str, object]) -> list[str]:
    lines = [
        f"transaction  {record.id}",
        f"state        {record.state}",
        f"when         {_moment(record.began)}",
        f"who          {record.who}",
        f"command      {record.command}",
    ]
    pairs: tuple[tuple[str, str], ...] = (
        ("why", record.message),
        ("error", "" if record.failure is None else record.failure.message),
        ("undoing", "" if record.undo_failure is None else record.undo_failure.message),
        ("downtime", f"{record.downtime_ms / 1000:.1f} s" if record.downtime_ms else ""),
    )
    lines += [f"{label:12} {text}" for label, text in pairs if text]
    return [*lines, *str(row["diff"] or "").splitlines()]


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
