"""All checks of a proposal before anything is written, systemd's and dockerd's own as well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from dockerctl.change.current import Current, UnitFiles
from dockerctl.change.dockerd_validate import is_root_owned, validate_by_dockerd
from dockerctl.change.judge import (
    judge_arguments,
    judge_document,
    new_findings,
    require_valid,
    sentence,
)
from dockerctl.change.propose import Proposal
from dockerctl.cli.change_host import ChangeHost
from dockerctl.config.check import check
from dockerctl.config.facts import Facts
from dockerctl.config.finding import Finding, Severity
from dockerctl.errors import HostError, SystemdError, UnitFilesInvalid
from dockerctl.host.programs import run_program
from dockerctl.override.danger import UnitLook, dangers
from dockerctl.override.env_file import parse_env_file
from dockerctl.override.lint import lint
from dockerctl.override.lint_facts import LintFacts, gather_lint_facts
from dockerctl.override.lint_finding import LintFinding
from dockerctl.override.lint_finding import Severity as LintSeverity
from dockerctl.override.verify import verify_merged
from dockerctl.result import Level
from dockerctl.systemd.port import Manager

VERIFY_S = 20.0


def check_proposal(
    proposal: Proposal,
    current: Current,
    facts: Facts,
    host: ChangeHost,
    *,
    strict: bool,
    whole: bool,
) -> None:
    """Raise for what must not be carried out, and say what else is worth knowing."""
    _check_config(proposal, current, facts, host, strict=strict, whole=whole)
    _check_socket(proposal, current, host)
    for before, after in _touched_units(proposal, current):
        _check_unit(before, after, proposal, facts, host)
    _tell_of_others(proposal, current, host)
    _ask_systemd(proposal, host)
    _ask_dockerd(proposal, current, host)


def _check_config(
    proposal: Proposal,
    current: Current,
    facts: Facts,
    host: ChangeHost,
    *,
    strict: bool,
    whole: bool,
) -> None:
    document = proposal.document
    touched = () if whole else proposal.decision.changed
    findings = judge_document(document, facts, touched, strict=strict)
    require_valid(findings, document.name)
    before = check(current.document, facts) if not whole and current.file.exists else ()
    for finding in new_findings(findings, before, proposal.decision.changed):
        _tell(finding, document.name, host)


def _check_socket(proposal: Proposal, current: Current, host: ChangeHost) -> None:
    """Say it when the daemon is to open its socket itself although a socket unit has it open."""
    if current.socket is None or proposal.takes_socket or not proposal.changes:
        return
    host.wiring.reporter.say(
        Level.WARNING,
        f"Without fd:// the daemon does not take the socket of {current.socket.unit} over: it "
        f"opens its own, and once it stops no client can wake it.",
    )


def _tell(finding: Finding, name: str, host: ChangeHost) -> None:
    if finding.severity is Severity.WARNING:
        host.wiring.reporter.say(Level.WARNING, f"{sentence(finding, name)} {finding.hint}".strip())


def _touched_units(proposal: Proposal, current: Current) -> Iterable[tuple[UnitFiles, UnitFiles]]:
    pairs = [(current.service, proposal.service)]
    if current.socket is not None and proposal.socket is not None:
        pairs.append((current.socket, proposal.socket))
    return [(before, after) for before, after in pairs if before is not after]


def _check_unit(
    before: UnitFiles, after: UnitFiles, proposal: Proposal, config: Facts, host: ChangeHost
) -> None:
    """The files of one unit as they are to be; what was wrong before is only told."""
    fragment = after.layers[0] if after.fragment is not None else None
    facts = _with_planned(
        gather_lint_facts(
            after.layers,
            sockets=proposal.socket is not None,
            judge_arguments=partial(judge_arguments, facts=config),
        ),
        proposal,
    )
    old = set(lint(before.unit, before.drop_ins, fragment, facts))
    found = list(lint(after.unit, after.drop_ins, fragment, facts))
    found += dangers(before.merged, after.merged, _Looks(host.wiring.manager), after.unit)
    _require_sound([f for f in found if f not in old])
    for finding in found:
        if finding not in old and finding.severity is LintSeverity.WARNING:
            host.wiring.reporter.say(Level.WARNING, f"{finding.message} {finding.hint}".strip())


def _with_planned(facts: LintFacts, proposal: Proposal) -> LintFacts:
    """The facts of the host with the environment files of the proposal in their place."""
    files: dict[str, frozenset[str] | None] = dict(facts.env_files)
    for target in proposal.targets:
        if target.path in files:
            data = target.after
            files[target.path] = None if data is None else frozenset(parse_env_file(data))
    return replace(facts, env_files=files)


def _require_sound(findings: Sequence[LintFinding]) -> None:
    errors = [finding for finding in findings if finding.severity is LintSeverity.ERROR]
    if not errors:
        return
    first = errors[0]
    raise UnitFilesInvalid(
        f"{first.path}:{first.line}: {first.message}",
        hint=f"{first.hint} Nothing was changed.",
        details={"findings": [lint_row(finding) for finding in findings]},
    )


def lint_row(finding: LintFinding) -> dict[str, object]:
    """A finding about a drop-in as JSON."""
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "path": finding.path,
        "line": finding.line,
        "message": finding.message,
        "hint": finding.hint,
    }


def _tell_of_others(proposal: Proposal, current: Current, host: ChangeHost) -> None:
    """Units that are not the daemon's, such as containerd.service, are not restarted for it."""
    mine = {files.unit for files in (current.service, current.socket) if files is not None}
    for unit in sorted({t.unit for t in proposal.targets if t.unit and t.changes} - mine):
        host.wiring.reporter.say(
            Level.INFO,
            f"{unit} takes it at its next start: 'systemctl restart {unit}' is left to you.",
        )


def _ask_systemd(proposal: Proposal, host: ChangeHost) -> None:
    """Raise ``UnitFilesInvalid`` for what systemd says against the planned files."""
    planned = {t.path: t.after for t in proposal.targets if t.unit and t.changes}
    for unit in sorted({t.unit for t in proposal.targets if t.unit and t.changes}):
        try:
            report = verify_merged(
                unit,
                planned,
                run_program,
                VERIFY_S,
                scope=host.scope,
                environment=host.wiring.environ,
            )
        except (HostError, OSError) as error:
            host.wiring.reporter.say(
                Level.WARNING, f"systemd-analyze could not be asked about {unit}: {error}"
            )
            continue
        if not report.ok:
            first = report.lines[0]
            place = f"{first.path}:{first.line}: " if first.path else ""
            raise UnitFilesInvalid(
                f"systemd would not take {unit} as it is meant: {place}{first.message}",
                details={"lines": [line.message for line in report.lines]},
            )


def _ask_dockerd(proposal: Proposal, current: Current, host: ChangeHost) -> None:
    """Raise ``ConfigRefusedByDaemon`` for what the daemon's own program says."""
    if not proposal.argv or not is_root_owned(proposal.argv[0]):
        return
    try:
        validate_by_dockerd(
            proposal.argv[0],
            proposal.argv[1:],
            proposal.document,
            current.release,
            run=run_program,
        )
    except HostError as error:
        host.wiring.reporter.say(
            Level.WARNING, f"dockerd could not be asked about the file: {error.sentence}"
        )


class _Looks:
    """``UnitLooks`` by asking the manager."""

    def __init__(self, manager: Manager) -> None:
        self._manager = manager

    def look(self, unit: str) -> UnitLook | None:
        try:
            found = self._manager.service(unit)
        except SystemdError:
            return None
        return UnitLook(exists=found.exists, active=found.runs)
