"""What a change has done, as a result: the transaction as JSON, and lines for a person."""

from __future__ import annotations

from dockerctl.change.consequences import Consequences
from dockerctl.change.current import Current
from dockerctl.change.engine import Ending
from dockerctl.change.hidden import mask_text
from dockerctl.change.model import Effect, Failure, Phase, Plan, Record, Target
from dockerctl.change.propose import Proposal
from dockerctl.cli.change_host import ChangeHost
from dockerctl.cli.documents import moment
from dockerctl.cli.session import Session
from dockerctl.config.diff import unified_diff
from dockerctl.errors import DockerctlError, Interrupted, RollbackFailed, RolledBack
from dockerctl.exits import ExitCode
from dockerctl.result import Result


def plain_result(session: Session, name: str, current: Current, proposal: Proposal) -> Result:
    """Nothing is to be otherwise."""
    unit = current.units.service.name
    text = "Nothing to change."
    if proposal.decision.changed:
        text = f"Nothing to change for {unit}."
    return Result(
        schema=f"dockerctl/{name}/v1",
        changed=False,
        messages=tuple(session.messages),
        payload={"transaction": transaction_document("unchanged")},
        text=(text,),
    )


def planned_result(
    session: Session,
    name: str,
    plan: Plan,
    proposal: Proposal,
    consequences: Consequences,
) -> Result:
    """All checks passed, and nothing was done."""
    lines = diff_lines(plan.changed)
    lines += [f"would {step}" for step in plan_steps(plan)]
    lines += [f"note: {text}" for text in (*proposal.decision.hides, *consequences.sentences())]
    lines.append("Nothing was changed (--dry-run).")
    return Result(
        schema=f"dockerctl/{name}/v1",
        changed=False,
        messages=tuple(session.messages),
        payload={
            "transaction": transaction_document(
                "planned", effect=plan.effect, diff=diff_text(plan.changed)
            )
        },
        text=tuple(lines),
    )


def ending_result(
    session: Session,
    name: str,
    host: ChangeHost,
    plan: Plan,
    proposal: Proposal,
    ending: Ending,
) -> Result:
    """A transaction that has come to its end."""
    record = ending.record
    error = ending_error(record, ending.cause, host)
    payload = {
        "transaction": transaction_document(
            record.state,
            id=record.id,
            effect=record.effect,
            diff=diff_text(plan.changed),
            downtime_ms=record.downtime_ms,
            confirm_until=record.confirm_until,
        )
    }
    if error is None:
        return Result(
            schema=f"dockerctl/{name}/v1",
            changed=True,
            messages=tuple(session.messages),
            payload=payload,
            text=(*diff_lines(plan.changed), *_done_lines(record, plan, proposal)),
        )
    return Result(
        schema=f"dockerctl/{name}/v1",
        exit_code=_exit_code(error),
        changed=record.phase is Phase.UNDO_FAILED,
        messages=tuple(session.messages),
        error=error,
        payload=payload,
    )


def ending_error(
    record: Record, cause: DockerctlError | None, host: ChangeHost
) -> DockerctlError | None:
    """None for a change that is committed or waits, else why it is not."""
    if record.phase in (Phase.COMMITTED, Phase.WAITING):
        return None
    failure = record.failure or Failure("", "", "")
    details: dict[str, object] = {"id": record.id, "cause": failure.code}
    if cause is not None:
        details |= {f"cause_{name}": value for name, value in cause.details.items()}
    if record.phase is Phase.UNDO_FAILED:
        problem = record.undo_failure or failure
        return RollbackFailed(
            f"{_dot(failure.message)} Going back failed as well: {problem.message}",
            hint=f"What was before lies in {host.ledger.folder(record)}. See 'dockerctl status' "
            f"and 'journalctl -u {record.unit} -n 50'; 'dockerctl recover' tries again.",
            details=details,
        )
    if isinstance(cause, Interrupted):
        return Interrupted(
            f"{cause.sentence} Everything is as before.",
            hint="'dockerctl history' has it.",
            details=details,
        )
    if record.reached in (Phase.PREPARED, Phase.WRITING) and cause is not None:
        # Nothing had taken effect: the cause alone is what matters, with its own exit code.
        return cause
    back = "the daemon is as before" if record.running else "the files are as before"
    return RolledBack(
        f"{_dot(failure.message)} The change was undone; {back}, proven.",
        hint=failure.hint or None,
        details=details,
    )


def transaction_document(
    state: str,
    *,
    id: str | None = None,
    effect: Effect = Effect.NONE,
    diff: str = "",
    downtime_ms: int = 0,
    confirm_until: float | None = None,
) -> dict[str, object]:
    """The field ``transaction`` (design.md, "JSON")."""
    return {
        "id": id,
        "state": state,
        "effect": str(effect),
        "diff": diff,
        "downtime_ms": downtime_ms,
        "confirm_until": None if confirm_until is None else moment(round(confirm_until * 1e6)),
    }


def diff_text(targets: tuple[Target, ...]) -> str:
    """The differences of all files, secrets masked."""
    return "".join(
        unified_diff(
            target.before.data or b"",
            target.after or b"",
            target.path if target.before.exists else "/dev/null",
            target.path if target.after is not None else "/dev/null",
            mask=mask_text,
        )
        for target in targets
    )


def diff_lines(targets: tuple[Target, ...]) -> list[str]:
    """The same, for a person."""
    return diff_text(targets).splitlines()


def plan_steps(plan: Plan) -> list[str]:
    """What a plan does, a phrase each."""
    steps = [
        f"{'remove' if target.after is None else 'write'} {target.path}" for target in plan.changed
    ]
    if plan.boot is not None:
        verb = "enable" if plan.boot.enable else "disable"
        steps.append(f"{verb} {' and '.join(plan.boot.units)}")
    if plan.touches_units:
        steps.append("daemon-reload, and see that systemd has loaded what is meant")
    if not plan.running:
        steps.append(
            f"start {plan.unit} and prove it" if plan.start else f"leave {plan.unit} stopped"
        )
    elif plan.effect is Effect.RELOAD:
        steps.append(f"reload {plan.unit} and read the values back")
    elif plan.effect is Effect.RESTART:
        steps.append(f"restart {plan.unit} and watch it for {plan.stable_s:g} s")
    return steps


def _done_lines(record: Record, plan: Plan, proposal: Proposal) -> tuple[str, ...]:
    lines = [_done_line(record, plan)]
    new = proposal.decision.new_containers
    if new:
        lines.append(f"Containers made before keep their own: {', '.join(new)}.")
    if record.phase is Phase.WAITING:
        lines.append(
            f"It is undone in {plan.confirm_s:g} s unless 'dockerctl confirm' comes before."
        )
    return tuple(lines)


def _done_line(record: Record, plan: Plan) -> str:
    proven = "In effect" if record.phase is Phase.COMMITTED else "In effect, not kept yet"
    how = {
        Effect.NONE: "nothing had to be reloaded",
        Effect.RELOAD: f"{plan.unit} reloaded it, and the values were read back",
        Effect.RESTART: f"{plan.unit} was restarted and is healthy, "
        f"{record.downtime_ms / 1000:.1f} s without an answer",
    }[record.effect]
    if not plan.running:
        how = "the daemon was started and is healthy" if plan.start else "the daemon is stopped"
        proven = proven if plan.start else "Written and checked"
    return f"{proven} ({record.id}): {how}."


def _exit_code(error: DockerctlError) -> ExitCode:
    if isinstance(error, Interrupted):
        import signal  # noqa: PLC0415

        from dockerctl.host.interrupts import INTERRUPTS  # noqa: PLC0415

        return ExitCode.TERMINATED if INTERRUPTS.last == signal.SIGTERM else ExitCode.INTERRUPTED
    return error.exit_code


def _dot(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
