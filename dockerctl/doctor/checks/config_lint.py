"""What ``override.lint`` finds in the drop-ins of Docker's units."""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.change.hidden import mask_text
from dockerctl.doctor.codes import codes_of
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, Severity, When
from dockerctl.doctor.line_repair import line_repair
from dockerctl.doctor.model import Check, Facts
from dockerctl.override.lint_finding import LintFinding
from dockerctl.override.lint_finding import Severity as LintSeverity


def _lint(facts: Facts) -> Iterator[Finding]:
    configuration, units = facts.of(ConfigurationFacts), facts.of(UnitsFacts)
    up = units.service.runs
    for unit, findings in configuration.lint.items():
        lost = _lost_command(findings)
        for found in findings:
            is_error = found.severity is LintSeverity.ERROR or found is lost
            data = _data(found, unit, configuration)
            yield Finding(
                found.code,
                Severity.ERROR if is_error else Severity.WARNING,
                f"{unit}: {found.message.rstrip('.')}",
                (_place(found, data),),
                line_repair(found, data, unit, up=up, tried=units.tried),
                when=units.when if is_error else When.NOW,
                because_of=lost.code if lost and found.code == "no-exec-start" else "",
            )


def _lost_command(findings: tuple[LintFinding, ...]) -> LintFinding | None:
    """The line that was to be the command, where systemd could not read it and has none now."""
    files = {found.path for found in findings if found.code == "no-exec-start"}
    return next(
        (
            found
            for found in findings
            if found.path in files
            and found.code in ("file-cut-short", "line-ignored")
            and "ExecStart=" in found.message
        ),
        None,
    )


def _data(found: LintFinding, unit: str, configuration: ConfigurationFacts) -> bytes:
    drop_ins = configuration.files[unit].drop_ins if unit in configuration.files else ()
    return next((d.data for d in drop_ins if d.path == found.path), None) or b""


def _place(found: LintFinding, data: bytes) -> str:
    if not found.line:
        return found.path
    lines = data.decode("utf-8", "replace").splitlines()
    text = lines[found.line - 1].strip() if found.line <= len(lines) else ""
    return f"{found.path}:{found.line}: {mask_text(text)}".rstrip(": ")


CHECKS: tuple[Check, ...] = (
    Check(
        "drop-ins of Docker's units",
        (ConfigurationFacts, UnitsFacts),
        codes_of("overrides"),
        _lint,
        explains_start=True,
    ),
)
