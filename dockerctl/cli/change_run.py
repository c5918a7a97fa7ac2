"""One change from what is wanted to its result: check, ask, carry out, report."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace

from dockerctl.change.consequences import Consequences, consequences_of
from dockerctl.change.current import Current
from dockerctl.change.hidden import mask_word
from dockerctl.change.model import Effect, Plan
from dockerctl.change.past import foreign_edits
from dockerctl.change.propose import Proposal, Wanted, plan_of, propose
from dockerctl.change.resolve import conflict_error, conflicting, resolve, with_fd
from dockerctl.cli.change_checks import check_proposal
from dockerctl.cli.change_host import ChangeHost, DaemonView
from dockerctl.cli.change_options import ChangeOptions
from dockerctl.cli.change_text import ending_result, plain_result, planned_result
from dockerctl.cli.compose import wired
from dockerctl.cli.session import Session
from dockerctl.config.facts import gather_facts
from dockerctl.config.keys import key_table
from dockerctl.errors import HostError, NeedsConfirmation
from dockerctl.host.files import read_file
from dockerctl.result import Level, Result
from dockerctl.settings import START_S, STOP_S

CHANGE_S = START_S + STOP_S + 60.0

Make = Callable[[Current, ChangeHost], Wanted]


@dataclass(frozen=True)
class Request:
    """A change as a verb asks for it."""

    # Of the result's schema, such as "config-set".
    name: str
    make: Make
    kind: str = "change"
    # The transaction that is gone back to.
    of: str = ""
    # Whether findings about parts that the change does not touch stop it as well.
    judge_all: bool = False


def run_change(session: Session, request: Request, options: ChangeOptions) -> Result:
    """Carry a change out and say how it ended; raises what keeps it from being begun."""
    with wired(session, CHANGE_S, changes=not options.dry_run) as wiring:
        host = ChangeHost(wiring, command_text())
        with nullcontext() if options.dry_run else host.locked():
            if not options.dry_run:
                host.recover()
            return _run(session, host, request, options)


def _run(session: Session, host: ChangeHost, request: Request, options: ChangeOptions) -> Result:
    current = host.current()
    _tell_of_foreign_edits(host)
    view = host.view(current)
    wanted = request.make(current, host)
    wanted = _without_conflicts(wanted, current, host, options)
    proposal = _proposal(wanted, current, host)
    if not proposal.changes:
        return plain_result(session, request.name, current, proposal)
    facts = host.facts(proposal, current, view, strict=options.strict)
    check_proposal(proposal, current, facts, host, strict=options.strict, whole=request.judge_all)
    plan = plan_of(
        proposal,
        current,
        start=options.start,
        stable_s=options.stable_s,
        confirm_s=options.confirm_s,
        command=host.command,
        message=options.message,
        kind=request.kind,
        of=request.of,
    )
    consequences = _consequences(plan, view)
    if options.dry_run:
        return planned_result(session, request.name, plan, proposal, consequences)
    _require_data_move(proposal, options)
    _say_before(host, plan, proposal, consequences)
    _require_yes(plan, consequences, options)
    ending = host.engine.carry_out(plan, host.wiring.deadline)
    if ending.record.phase.ended:
        host.ledger.prune()
    return ending_result(session, request.name, host, plan, proposal, ending)


def command_text() -> str:
    """The command as it was typed, for the history, without what may be a secret."""
    return shlex.join(["dockerctl", *map(mask_word, sys.argv[1:])])[:500]


def _proposal(wanted: Wanted, current: Current, host: ChangeHost) -> Proposal:
    names = [current.service.unit, *(["" if current.socket is None else current.socket.unit])]
    units = {*names, *(draft.unit for draft in wanted.drafts)}
    folders = dict.fromkeys(units, host.drop_in_folder)
    return propose(current, wanted, folders, cgroup_v2=gather_facts({}, None).cgroup_v2)


def _without_conflicts(
    wanted: Wanted, current: Current, host: ChangeHost, options: ChangeOptions
) -> Wanted:
    """With --resolve, flags that stand in the way of keys go out of the command line."""
    document = wanted.document
    if document is None:
        return wanted
    if options.resolve and current.fd_socket:
        document, note = with_fd(document)
        wanted = replace(wanted, document=document)
        if note:
            host.wiring.reporter.say(Level.INFO, note)
    if not conflicting(document, current.flags):
        return wanted
    if any(draft.recipe == "command" for draft in wanted.drafts):
        # The command line is about to be another; the checks look at that one.
        return wanted
    if not options.resolve:
        raise conflict_error(document, current)
    resolution = resolve(
        document, current, key_table(), host.own_text(current.service.unit, "command")
    )
    host.wiring.reporter.say(Level.INFO, resolution.note)
    return replace(wanted, drafts=(*wanted.drafts, resolution.draft))


def _tell_of_foreign_edits(host: ChangeHost) -> None:
    try:
        edits = foreign_edits(host.ledger.all(), read_file)
    except HostError:
        return
    for edit in edits:
        host.wiring.reporter.say(
            Level.INFO,
            f"{edit.path} was changed by another program after transaction {edit.transaction}; "
            "the change goes on top of that.",
        )


def _consequences(plan: Plan, view: DaemonView) -> Consequences:
    if not plan.running:
        return Consequences()
    return consequences_of(plan.effect, view.running)


def _say_before(
    host: ChangeHost, plan: Plan, proposal: Proposal, consequences: Consequences
) -> None:
    say = host.wiring.reporter.say
    if plan.effect is Effect.RESTART and plan.running:
        for reason in proposal.reasons:
            say(Level.INFO, reason)
        expected = host.expected_downtime()
        how_long = "" if expected is None else f", about {expected:.1f} s as last time"
        say(Level.INFO, f"{plan.unit} has to be restarted{how_long}.")
    for text in consequences.sentences():
        say(Level.WARNING if consequences.stops else Level.INFO, text)


def _require_data_move(proposal: Proposal, options: ChangeOptions) -> None:
    """Raises ``NeedsConfirmation`` for a change that hides data, unless that is allowed."""
    if proposal.decision.hides and not options.allow_data_move:
        raise NeedsConfirmation(
            " ".join(proposal.decision.hides),
            hint="Nothing was changed. Move the data first, or repeat with --allow-data-move.",
            details={"flag": "--allow-data-move", "keys": list(proposal.decision.changed)},
        )


def _require_yes(plan: Plan, consequences: Consequences, options: ChangeOptions) -> None:
    """Raises ``NeedsConfirmation`` when containers would stop, unless that is allowed."""
    if not consequences.stops or options.yes or not plan.running:
        return
    if _asks() and _says_yes(f"Restart {plan.unit} and stop these containers? [y/N] "):
        return
    raise NeedsConfirmation(
        " ".join(consequences.sentences()),
        hint="Nothing was changed. Repeat with --yes, or turn live-restore on first: "
        "'dockerctl config set live-restore=true'.",
        details={"flag": "--yes", "containers": consequences.stops},
    )


def _asks() -> bool:
    return (
        sys.stdin is not None
        and sys.stderr is not None
        and sys.stdin.isatty()
        and sys.stderr.isatty()
    )


def _says_yes(question: str) -> bool:
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
