"""Whether a proposal may be carried out: findings about daemon.json, drop-ins and flags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dockerctl.config.check import check
from dockerctl.config.document import Document
from dockerctl.config.facts import Facts, NoFlags
from dockerctl.config.finding import Finding, Severity
from dockerctl.config.flag_values import flag_value
from dockerctl.config.flags import parse_flags
from dockerctl.config.keys import key_table
from dockerctl.config.meaning import check_meaning
from dockerctl.config.path import format_path
from dockerctl.errors import ConfigInvalid
from dockerctl.override.lint_facts import ArgumentProblem

# With these the daemon starts, and something else comes about than what somebody sets a key for.
_NOT_MEANT = frozenset({"proxy", "relative-path", "runtime", "runtime-missing", "ulimit"})


def judge_document(
    document: Document, facts: Facts, touched: Sequence[str], *, strict: bool
) -> tuple[Finding, ...]:
    """All findings about daemon.json as it is to be.

    Keys that are ``touched`` are judged strictly: who sets a key that the daemon would ignore
    wants something that does not come about; likewise a value of no use, such as a runtime whose
    program is missing. Others only warn, unless ``strict``.
    """
    lenient = tuple(
        replace(finding, severity=Severity.ERROR)
        if finding.code in _NOT_MEANT and finding.path[:1] and finding.path[0] in touched
        else finding
        for finding in (
            *_flaws(document, strict=strict),
            *check(document, replace(facts, strict=strict)),
        )
    )
    if strict or not touched:
        return lenient
    severe = [
        finding
        for finding in check(document, replace(facts, strict=True))
        if finding.path[:1] and finding.path[0] in touched and finding.severity is Severity.ERROR
    ]
    known = {(f.code, f.path) for f in severe}
    return (*severe, *(f for f in lenient if (f.code, f.path) not in known))


def _flaws(document: Document, *, strict: bool) -> Iterator[Finding]:
    """What the daemon passes over in the text of the file."""
    for flaw in document.flaws:
        severity = Severity.ERROR if strict else Severity.WARNING
        yield Finding(flaw.code, severity, (), flaw.message, flaw.hint)


def new_findings(
    findings: Iterable[Finding], before: Iterable[Finding], touched: Sequence[str]
) -> tuple[Finding, ...]:
    """Findings that a change brings, or that are about a key it touches: those of the rest of the
    file were there before and are not its business."""
    old = {(finding.code, finding.path, finding.message) for finding in before}
    return tuple(
        finding
        for finding in findings
        if (finding.path[:1] and finding.path[0] in touched)
        or (finding.code, finding.path, finding.message) not in old
    )


def require_valid(findings: Sequence[Finding], name: str) -> None:
    """Raises ``ConfigInvalid`` when one of the findings is an error."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if not errors:
        return
    first = errors[0]
    more = f" There are {len(errors)} errors." if len(errors) > 1 else ""
    raise ConfigInvalid(
        f"{sentence(first, name)}{more}",
        hint=f"{first.hint} Nothing was changed.",
        details={"findings": [finding_row(finding) for finding in findings]},
    )


def judge_arguments(words: Sequence[str], *, facts: Facts) -> Iterator[ArgumentProblem]:
    """What is wrong with the daemon's arguments, by the same rules as the keys of daemon.json."""
    table = key_table()
    flags = parse_flags(["dockerd", *words], table)
    for stray in flags.strays:
        yield ArgumentProblem(
            fatal=True,
            message=f"dockerd does not know {stray!a}, and would not start.",
            hint="See 'dockerd --help' for its flags.",
        )
    values = {
        name: flag_value(name, table.keys[name].types.at(facts.release), given)
        for name, given in flags.values.items()
        if name in table.keys
    }
    for finding in check_meaning(values, replace(facts, flags=NoFlags())):
        yield ArgumentProblem(
            fatal=finding.severity is Severity.ERROR, message=finding.message, hint=finding.hint
        )


def sentence(finding: Finding, name: str) -> str:
    """A finding as a sentence with its place, for a person."""
    place = f":{finding.place.line}:{finding.place.column}" if finding.place is not None else ""
    return f"{name}{place}: {finding.message}"


def finding_row(finding: Finding) -> dict[str, object]:
    """A finding as JSON."""
    return {
        "code": finding.code,
        "severity": str(finding.severity),
        "key": format_path(finding.path) if finding.path else "",
        "line": None if finding.place is None else finding.place.line,
        "column": None if finding.place is None else finding.place.column,
        "message": finding.message,
        "hint": finding.hint,
        "from_host": finding.from_host,
    }
