"""start, stop, restart, try-restart, reload."""

from __future__ import annotations

from collections.abc import Callable

from dockerctl.cli.compose import Wiring, wired
from dockerctl.cli.documents import probe_document, units_document
from dockerctl.cli.explainer import DoctorExplainer
from dockerctl.cli.options import flag
from dockerctl.cli.session import Session
from dockerctl.lifecycle.verbs import Lifecycle, Outcome, Wish
from dockerctl.result import Result
from dockerctl.settings import RELOAD_S, START_S, STOP_S

NO_WAIT = flag("--no-wait", "Ask systemd and leave at once.")
DRY_RUN = flag("--dry-run", "Print the plan and change nothing.")
FAIL_FAST = flag("--fail-fast", "Give up at the first failed run; do not wait for systemd's own.")
KEEP_SOCKET = flag("--keep-socket", "Leave the socket listening: the next client starts it again.")


def start(
    session: Session,
    no_wait: bool = NO_WAIT,
    fail_fast: bool = FAIL_FAST,
    dry_run: bool = DRY_RUN,
) -> Result:
    """Start the daemon, and return when its API answers."""
    return _run(
        session,
        "start",
        START_S,
        Lifecycle.start,
        wait=not no_wait,
        fail_fast=fail_fast,
        dry_run=dry_run,
    )


def stop(
    session: Session,
    keep_socket: bool = KEEP_SOCKET,
    no_wait: bool = NO_WAIT,
    dry_run: bool = DRY_RUN,
) -> Result:
    """Stop the daemon and its socket, so that no client wakes it."""
    return _run(
        session,
        "stop",
        STOP_S,
        Lifecycle.stop,
        wait=not no_wait,
        keep_socket=keep_socket,
        dry_run=dry_run,
    )


def restart(
    session: Session,
    no_wait: bool = NO_WAIT,
    fail_fast: bool = FAIL_FAST,
    dry_run: bool = DRY_RUN,
) -> Result:
    """Stop the daemon if it runs, start it, and return when its API answers."""
    return _run(
        session,
        "restart",
        START_S + STOP_S,
        Lifecycle.restart,
        wait=not no_wait,
        fail_fast=fail_fast,
        dry_run=dry_run,
    )


def try_restart(
    session: Session,
    no_wait: bool = NO_WAIT,
    fail_fast: bool = FAIL_FAST,
    dry_run: bool = DRY_RUN,
) -> Result:
    """Restart the daemon if it runs, and do nothing otherwise."""
    return _run(
        session,
        "try-restart",
        START_S + STOP_S,
        Lifecycle.try_restart,
        wait=not no_wait,
        fail_fast=fail_fast,
        dry_run=dry_run,
    )


def reload(session: Session, no_wait: bool = NO_WAIT, dry_run: bool = DRY_RUN) -> Result:
    """Ask the daemon to read its configuration again (delivery, not proof)."""
    return _run(session, "reload", RELOAD_S, Lifecycle.reload, wait=not no_wait, dry_run=dry_run)


def lifecycle_of(wiring: Wiring) -> Lifecycle:
    """The lifecycle of a wiring, with the doctor as explainer."""
    return Lifecycle(
        wiring.manager,
        wiring.prober,
        DoctorExplainer(wiring),
        wiring.reporter,
        wiring.deadline,
    )


def outcome_document(outcome: Outcome) -> dict[str, object]:
    """The fields of a lifecycle verb's JSON document."""
    return {
        "steps": [step.document() for step in outcome.steps],
        **units_document(outcome.units),
        "probe": None if outcome.probe is None else probe_document(outcome.probe),
        "failed_runs": outcome.failed_runs,
    }


def plan_lines(outcome: Outcome) -> tuple[str, ...]:
    """A plan for a person: a line each step."""
    return tuple(
        f"would {step.action.value} {' '.join(step.units)}".rstrip() + f": {step.note}"
        for step in outcome.steps
    )


def _run(
    session: Session,
    name: str,
    default_s: float,
    verb: Callable[[Lifecycle, Wish], Outcome],
    *,
    wait: bool,
    dry_run: bool,
    fail_fast: bool = False,
    keep_socket: bool = False,
) -> Result:
    with wired(session, default_s, changes=not dry_run) as wiring:
        wish = Wish(wiring.unit, wait, dry_run, fail_fast, keep_socket)
        outcome = verb(lifecycle_of(wiring), wish)
    lines = (*plan_lines(outcome), outcome.summary) if dry_run else (outcome.summary,)
    return Result(
        schema=f"dockerctl/{name}/v1",
        changed=outcome.changed,
        messages=tuple(session.messages),
        payload=outcome_document(outcome),
        text=lines,
    )
