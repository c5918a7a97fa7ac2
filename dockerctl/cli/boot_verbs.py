"""enable, disable, mask, unmask."""

from __future__ import annotations

from dockerctl.cli.compose import wired
from dockerctl.cli.lifecycle_verbs import DRY_RUN, lifecycle_of
from dockerctl.cli.options import flag
from dockerctl.cli.session import Session
from dockerctl.lifecycle.boot import Boot, BootOutcome
from dockerctl.lifecycle.plan import Action
from dockerctl.lifecycle.verbs import Wish
from dockerctl.result import Result
from dockerctl.settings import BOOT_S, START_S, STOP_S

NOW_START = flag("--now", "Start it as well.")
NOW_STOP = flag("--now", "Stop it as well.")


def enable(session: Session, now: bool = NOW_START, dry_run: bool = DRY_RUN) -> Result:
    """Start the daemon at boot: service and socket."""
    return _run(session, Action.ENABLE, now=now, dry_run=dry_run)


def disable(session: Session, now: bool = NOW_STOP, dry_run: bool = DRY_RUN) -> Result:
    """Do not start the daemon at boot: service and socket."""
    return _run(session, Action.DISABLE, now=now, dry_run=dry_run)


def mask(session: Session, now: bool = NOW_STOP, dry_run: bool = DRY_RUN) -> Result:
    """Forbid every start of service and socket."""
    return _run(session, Action.MASK, now=now, dry_run=dry_run)


def unmask(session: Session, dry_run: bool = DRY_RUN) -> Result:
    """Allow starts again."""
    return _run(session, Action.UNMASK, now=False, dry_run=dry_run)


def _run(session: Session, action: Action, *, now: bool, dry_run: bool) -> Result:
    default_s = BOOT_S + max(START_S, STOP_S) if now else BOOT_S
    with wired(session, default_s, changes=not dry_run) as wiring:
        boot = Boot(wiring.manager, lifecycle_of(wiring), wiring.reporter)
        outcome = boot.change(action, Wish(wiring.unit, dry_run=dry_run), now=now)
    return Result(
        schema=f"dockerctl/{action.value}/v1",
        changed=outcome.changed,
        messages=tuple(session.messages),
        payload=_document(outcome),
        text=(*_plan_lines(outcome, dry_run=dry_run), outcome.summary),
    )


def _document(outcome: BootOutcome) -> dict[str, object]:
    return {
        "steps": [step.document() for step in outcome.steps],
        "unit_files": {unit: str(state) for unit, state in outcome.states.items()},
        "changes": [
            {"kind": change.kind, "file": change.file, "destination": change.destination}
            for change in outcome.changes
        ],
    }


def _plan_lines(outcome: BootOutcome, *, dry_run: bool) -> tuple[str, ...]:
    if not dry_run:
        return ()
    return tuple(
        f"would {step.action.value} {' '.join(step.units)}".rstrip() + f": {step.note}"
        for step in outcome.steps
    )
