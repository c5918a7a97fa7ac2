"""config validate and config diff: judging a file, and comparing it, without changing anything."""

from __future__ import annotations

import typer

from dockerctl.change.current import read_document
from dockerctl.change.dockerd_validate import is_root_owned, validate_by_dockerd
from dockerctl.change.hidden import mask_text
from dockerctl.change.judge import finding_row, judge_document, sentence
from dockerctl.change.propose import Wanted, propose
from dockerctl.cli.change_host import ChangeHost
from dockerctl.cli.compose import wired
from dockerctl.cli.config_verbs import read_input
from dockerctl.cli.options import flag
from dockerctl.cli.session import Session
from dockerctl.config.diff import unified_diff
from dockerctl.config.document import Document
from dockerctl.config.facts import gather_facts
from dockerctl.config.finding import Finding, Severity
from dockerctl.config.release import Release
from dockerctl.errors import ConfigInvalid, DockerctlError, HostError
from dockerctl.exits import ExitCode
from dockerctl.host.programs import run_program
from dockerctl.result import Level, Result
from dockerctl.settings import START_S

FILE = typer.Argument(
    None, metavar="[FILE]", help="A file to judge in the place of the live one; - is stdin.",
    show_default=False,
)  # fmt: skip
OTHER = typer.Argument(
    ..., metavar="FILE", help="A file to compare with the live one; - is stdin.",
    show_default=False,
)  # fmt: skip
STRICT = flag("--strict", "Refuse what the daemon would ignore in silence.")


def config_validate(session: Session, file: str | None = FILE, strict: bool = STRICT) -> Result:
    """Check daemon.json, or a file that is to take its place, by all that is known."""
    data = None if file is None else read_input(file)
    with wired(session, START_S, changes=False) as wiring:
        host = ChangeHost(wiring, "")
        current = host.current()
        name = current.config_path if file in (None, "-") else file
        raw = current.file.data if data is None else data
        document = read_document(raw, name, current.release)
        proposal = propose(
            current,
            Wanted(document),
            {},
            cgroup_v2=gather_facts({}, None).cgroup_v2,
        )
        facts = host.facts(proposal, current, host.view(current), strict=strict)
        findings = judge_document(document, facts, (), strict=strict)
        error: DockerctlError | None = _first_error(findings, name)
        if error is None and current.argv and is_root_owned(current.argv[0]):
            error = _by_dockerd(host, current.argv, document, facts.release)
    return Result(
        schema="dockerctl/config-validate/v1",
        exit_code=ExitCode.OK if error is None else error.exit_code,
        messages=tuple(session.messages),
        error=error,
        payload={
            "path": name,
            "valid": error is None,
            "engine": None if current.release is None else str(current.release),
            "findings": [finding_row(finding) for finding in findings],
        },
        text=(*_lines(findings, name), *([f"{name} is valid."] if error is None else [])),
    )


def config_diff(session: Session, file: str = OTHER) -> Result:
    """Show how a file differs from the live daemon.json, and what its change would need."""
    data = read_input(file)
    with wired(session, START_S, changes=False) as wiring:
        host = ChangeHost(wiring, "")
        current = host.current()
        document = read_document(data, current.config_path, current.release)
        proposal = propose(
            current, Wanted(document), {}, cgroup_v2=gather_facts({}, None).cgroup_v2
        )
    text = unified_diff(current.file.data or b"", data, current.config_path, file, mask=mask_text)
    keys = proposal.decision.changed
    summary = (
        f"{len(keys)} key{'' if len(keys) == 1 else 's'} differ{'s' if len(keys) == 1 else ''}: "
        f"{', '.join(keys)}. The change needs: {proposal.effect}."
        if keys
        else "No key differs."
    )
    return Result(
        schema="dockerctl/config-diff/v1",
        messages=tuple(session.messages),
        payload={"diff": text, "keys": list(keys), "effect": str(proposal.effect)},
        text=(*text.splitlines(), summary),
    )


def _by_dockerd(
    host: ChangeHost, argv: tuple[str, ...], document: Document, release: Release | None
) -> DockerctlError | None:
    try:
        validate_by_dockerd(argv[0], argv[1:], document, release, run=run_program)
    except ConfigInvalid as error:
        return error
    except HostError as error:
        host.wiring.reporter.say(
            Level.WARNING, f"dockerd could not be asked about the file: {error.sentence}"
        )
    return None


def _first_error(findings: tuple[Finding, ...], name: str) -> ConfigInvalid | None:
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if not errors:
        return None
    more = f" There are {len(errors)} errors." if len(errors) > 1 else ""
    return ConfigInvalid(f"{sentence(errors[0], name)}{more}", hint=errors[0].hint)


def _lines(findings: tuple[Finding, ...], name: str) -> list[str]:
    return [f"{finding.severity}: {sentence(finding, name)} {finding.hint}" for finding in findings]
