"""doctor: look at everything, name what is wrong and why, and repair what is safe to repair."""

from __future__ import annotations

import typer

from dockerctl.cli.compose import wired
from dockerctl.cli.doctor_compose import look
from dockerctl.cli.doctor_fix import Repair, carry_out, plan_repair, repaired
from dockerctl.cli.doctor_text import (
    examination_lines,
    explanation_document,
    explanation_lines,
    findings_document,
)
from dockerctl.cli.live import TerminalReporter
from dockerctl.cli.options import flag
from dockerctl.cli.session import Session
from dockerctl.cli.style import Style
from dockerctl.doctor.codes import code_table
from dockerctl.doctor.examining import Examination
from dockerctl.doctor.finding import Finding, Severity, When
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.registry import all_checks
from dockerctl.errors import UsageError
from dockerctl.exits import ExitCode
from dockerctl.result import Level, Result
from dockerctl.settings import DOCTOR_S

WORDS = typer.Argument(
    None,
    metavar="CODE",
    help="Look for these findings only; behind 'explain', say what they mean.",
    show_default=False,
)
PREFLIGHT = flag("--preflight", "Only what will fail at the next start or boot.")
FIX = typer.Option(
    None,
    "--fix",
    metavar="CODE",
    help="Carry out the repair of this finding, if it is safe, and look again.",
    envvar="DOCKERCTL_FIX",
    show_default=False,
)
YES = flag("--yes", "Do the repair although containers stop.")
DRY_RUN = flag("--dry-run", "Print the plan of --fix and change nothing.")
BUNDLE = typer.Option(
    None,
    "--bundle",
    metavar="FILE",
    help="Write facts, findings and logs, secrets masked, into a tar file.",
    envvar="DOCKERCTL_BUNDLE",
    show_default=False,
)

SCHEMA = "dockerctl/doctor/v1"


def doctor(
    session: Session,
    words: list[str] | None = WORDS,
    preflight: bool = PREFLIGHT,
    fix: str | None = FIX,
    yes: bool = YES,
    dry_run: bool = DRY_RUN,
    bundle: str | None = BUNDLE,
) -> Result:
    """Check everything without changing anything, and name causes with evidence and repair."""
    codes = tuple(words or ())
    if codes[:1] == ("explain",):
        return _explain(codes[1:])
    _require_known(codes)
    if fix is not None:
        _require_known((fix,))
        if codes or preflight or bundle:
            raise UsageError("--fix goes with --yes and --dry-run only.")
        return _fix(session, fix, yes=yes, dry_run=dry_run)
    facts, examination = _examination(session, codes)
    if codes:
        examination = _only(examination, [f for f in examination.findings if f.code in codes])
    if preflight:
        ahead = [f for f in examination.findings if f.when is not When.NOW]
        examination = _only(examination, ahead)
    if bundle is not None:
        _write_bundle(session, bundle, facts, examination)
    return _result(session, examination, bundle=bundle)


def _explain(codes: tuple[str, ...]) -> Result:
    if not codes:
        raise UsageError("explain needs a code.", hint="Such as one that 'dockerctl doctor' shows.")
    _require_known(codes)
    found = [code_table()[code] for code in codes]
    lines: list[str] = []
    for code in found:
        lines += [*explanation_lines(code), ""]
    return Result(
        schema=SCHEMA,
        payload=_payload(explained=[explanation_document(code) for code in found]),
        text=tuple(lines[:-1]),
    )


def _fix(session: Session, code: str, *, yes: bool, dry_run: bool) -> Result:
    _, examination = _examination(session, (code,))
    plan = plan_repair(code, examination.findings)
    if plan is None:
        return _result(session, _only(examination, []))
    reporter = TerminalReporter(session.resolved(), session.messages)
    if not dry_run:
        for line in plan.lines():
            reporter.say(Level.INFO, line)
    if dry_run:
        return _result(session, _only(examination, [plan.finding]), plan=plan, text=plan.lines())
    done = carry_out(plan, session, yes=yes)
    _, again = _examination(session, (code,))
    left = _only(again, [f for f in again.findings if f.code == code])
    return _result(session, left, plan=done, text=repaired(done, left))


def _examination(session: Session, codes: tuple[str, ...]) -> tuple[Facts, Examination]:
    with wired(session, DOCTOR_S, changes=False) as wiring:
        return look(lambda: _checks_for(codes), wiring)


def _write_bundle(session: Session, path: str, facts: Facts, examination: Examination) -> None:
    from dockerctl.cli.doctor_bundle import write_bundle  # noqa: PLC0415

    write_bundle(path, session, facts, examination)


def _checks_for(codes: tuple[str, ...]) -> tuple[Check, ...]:
    if not codes:
        return all_checks()
    return tuple(check for check in all_checks() if set(codes) & set(check.codes))


def _require_known(codes: tuple[str, ...]) -> None:
    table = code_table()
    for code in codes:
        if code not in table:
            from difflib import get_close_matches  # noqa: PLC0415

            near = get_close_matches(code, table, 3)
            raise UsageError(
                f"{code!a} is not a finding of the doctor.",
                hint=f"Did you mean {' or '.join(near)}?" if near else "See 'dockerctl doctor'.",
            )


def _only(examination: Examination, findings: list[Finding]) -> Examination:
    return Examination(tuple(findings), examination.unseen, examination.checks)


def _payload(
    examination: Examination | None = None,
    *,
    explained: list[dict[str, object]] | None = None,
    plan: Repair | None = None,
    bundle: str | None = None,
) -> dict[str, object]:
    return {
        "findings": [] if examination is None else findings_document(examination.findings),
        "unseen": (
            []
            if examination is None
            else [{"check": name, "why": why} for name, why in examination.unseen]
        ),
        "checks": 0 if examination is None else examination.checks,
        "explained": explained,
        "repair": None if plan is None else plan.document(),
        "bundle": bundle,
    }


def _result(
    session: Session,
    examination: Examination,
    *,
    plan: Repair | None = None,
    bundle: str | None = None,
    text: tuple[str, ...] | None = None,
) -> Result:
    style = Style.of(session.stdout, session.environ, wanted=session.resolved().color)
    wrong = any(finding.severity is not Severity.INFO for finding in examination.findings)
    return Result(
        schema=SCHEMA,
        exit_code=ExitCode.FINDINGS if wrong else ExitCode.OK,
        changed=None if plan is None else plan.changed,
        messages=tuple(session.messages),
        payload=_payload(examination, plan=plan, bundle=bundle),
        text=examination_lines(examination, style) if text is None else text,
    )
