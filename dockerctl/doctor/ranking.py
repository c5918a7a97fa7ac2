"""The order of findings: what to repair first stands first, what follows from it is folded in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dockerctl.doctor.codes import code_table
from dockerctl.doctor.finding import Finding, Severity, When

_SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.INFO)
_WHENS = (When.NOW, When.NEXT_START, When.NEXT_BOOT)


def rank(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors of now first, each in the order in which things must be repaired.

    The same code found twice with the same title is one finding with all its evidence, and so is
    one that only the journal names. What only follows from another finding stands at the end, with
    the code of that one: a start limit, or words of the daemon about what a check has proven.
    """
    ordered = sorted(_merged(findings), key=_key)
    causes = [f for f in ordered if _is_cause(f) and not f.general]
    layers = {code_table()[f.code].layer: f.code for f in reversed(causes)}
    first = next((f.code for f in ordered if _is_cause(f)), "")
    folded = [_folded(f, first, layers) for f in ordered]
    causes_of = {f.code: f.because_of for f in reversed(folded)}
    folded = [replace(f, because_of=_root(f.because_of, causes_of)) for f in folded]
    return tuple([f for f in folded if not f.because_of] + [f for f in folded if f.because_of])


def _root(code: str, causes: Mapping[str, str]) -> str:
    """The cause behind a cause; a circle ends where it began."""
    seen: set[str] = set()
    while causes.get(code) and code not in seen:
        seen.add(code)
        code = causes[code]
    return code


def _is_cause(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR and finding.when is When.NOW and not _follows(finding)


def _folded(finding: Finding, first: str, layers: Mapping[int, str]) -> Finding:
    if finding.because_of or finding.code == first:
        return finding
    # What the journal says is about the cause that was proven in the same layer.
    proven = layers.get(code_table()[finding.code].layer) if finding.general else None
    cause = proven or (first if _follows(finding) else "")
    return replace(finding, because_of="" if cause == finding.code else cause)


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    found: dict[tuple[str, str], Finding] = {}
    given = sorted(findings, key=lambda f: f.general)
    titles = {f.code: f.title for f in reversed(given) if not f.general}
    for finding in given:
        title = titles.get(finding.code, finding.title) if finding.general else finding.title
        key = (finding.code, title)
        other = found.get(key)
        if other is None:
            found[key] = finding
            continue
        worse = min(other, finding, key=lambda f: _SEVERITIES.index(f.severity))
        sooner = min(other, finding, key=lambda f: _WHENS.index(f.when))
        evidence = tuple(dict.fromkeys((*other.evidence, *finding.evidence)))
        base = other if finding.general else worse
        found[key] = replace(base, severity=worse.severity, when=sooner.when, evidence=evidence)
    return list(found.values())


def _key(finding: Finding) -> tuple[int, int, bool, int]:
    return (
        _SEVERITIES.index(finding.severity),
        _WHENS.index(finding.when),
        _follows(finding),
        code_table()[finding.code].layer,
    )


def _follows(finding: Finding) -> bool:
    return bool(finding.because_of) or code_table()[finding.code].consequence
