"""What the doctor found, for a person and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from dockerctl.cli.style import Style, harmless
from dockerctl.doctor.codes import Code, code_table
from dockerctl.doctor.examining import Examination
from dockerctl.doctor.finding import Finding, Severity, When

WIDTH = 80
_LABEL = 10
_COLORS = {Severity.ERROR: ("red", "bold"), Severity.WARNING: ("yellow",), Severity.INFO: ()}
_WHENS = {
    When.NOW: "",
    When.NEXT_START: "at the next start: ",
    When.NEXT_BOOT: "at the next boot: ",
}


def findings_document(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """``findings`` of the JSON document."""
    table = code_table()
    return [finding.document(table[finding.code].why) for finding in findings]


def examination_lines(examination: Examination, style: Style) -> tuple[str, ...]:
    """Causes in the order of repair, each with what follows from it; then what was not seen."""
    lines: list[str] = []
    causes = [f for f in examination.findings if not f.because_of]
    for cause in causes:
        lines += _finding_lines(cause, style)
        follows = [f for f in examination.findings if f.because_of == cause.code]
        for finding in follows:
            lines += _wrapped("so", f"{finding.title} [{finding.code}]")
        lines.append("")
    shown = {f.code for f in causes}
    for finding in examination.findings:
        if finding.because_of and finding.because_of not in shown:
            lines += [*_finding_lines(finding, style), ""]
    if examination.unseen:
        by_reason: dict[str, list[str]] = {}
        for name, why in examination.unseen:
            by_reason.setdefault(why, []).append(name)
        for why, names in by_reason.items():
            lines += _wrapped("not seen", f"{', '.join(names)}: {why}")
        lines.append("")
    return (*lines, _summary(examination))


def explanation_lines(code: Code) -> tuple[str, ...]:
    """``doctor explain``: the page section of one code."""
    return (
        code.code,
        f"  {sentence(code.title)}",
        "",
        *_paragraphs(code.why),
        "",
        *_paragraphs(code.meaning),
        "",
        "Repair:",
        *_paragraphs(code.repair),
    )


def explanation_document(code: Code) -> dict[str, object]:
    """The same as JSON."""
    return {
        "code": code.code,
        "title": code.title,
        "why": code.why,
        "meaning": code.meaning,
        "repair": code.repair,
    }


def _finding_lines(finding: Finding, style: Style) -> list[str]:
    label = style.paint(f"{finding.severity:>{_LABEL}}", *_COLORS[finding.severity])
    title = f"{_WHENS[finding.when]}{finding.title} [{finding.code}]"
    head = _fold(title)
    lines = [f"{label}  {style.paint(head[0], 'bold')}"]
    lines += [_line("", style.paint(line, "bold")) for line in head[1:]]
    for index, evidence in enumerate(finding.evidence):
        # Whole and unbroken, so that it can be searched for.
        lines.append(_line("evidence" if index == 0 else "", harmless(evidence)))
    lines += _wrapped("why", code_table()[finding.code].why)
    if finding.fix:
        lines.append(_line("fix", harmless(finding.fix)))
    return lines


def _summary(examination: Examination) -> str:
    causes = [f for f in examination.findings if not f.because_of] or examination.findings
    counts = {severity: sum(f.severity is severity for f in causes) for severity in Severity}
    checks = f"{examination.checks} check{'s' if examination.checks != 1 else ''}"
    if not counts[Severity.ERROR] and not counts[Severity.WARNING]:
        told = f", {counts[Severity.INFO]} worth knowing" if counts[Severity.INFO] else ""
        return f"Nothing is wrong ({checks}{told})."
    parts = [
        f"{count} {severity.value}{'s' if count != 1 else ''}"
        for severity, count in counts.items()
        if count and severity is not Severity.INFO
    ]
    return f"{' and '.join(parts)} ({checks}). More on one: dockerctl doctor explain CODE"


def sentence(title: str) -> str:
    """The title of a code as a sentence; the name of a file stays as it is."""
    return f"{title if title.startswith('daemon.json') else title[:1].upper() + title[1:]}."


def _paragraphs(text: str) -> list[str]:
    lines: list[str] = []
    for paragraph in text.split("\n\n"):
        lines += textwrap.wrap(" ".join(paragraph.split()), WIDTH, break_on_hyphens=False)
        lines.append("")
    return lines[:-1]


def _wrapped(label: str, text: str) -> list[str]:
    return [_line(label if at == 0 else "", line) for at, line in enumerate(_fold(text))]


def _fold(text: str) -> Sequence[str]:
    return textwrap.wrap(
        harmless(text), WIDTH - _LABEL - 2, break_long_words=False, break_on_hyphens=False
    ) or [""]


def _line(label: str, text: str) -> str:
    return f"{label:>{_LABEL}}  {text}".rstrip()
