"""What ``override.lint`` finds in the drop-ins of Docker's units."""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.change.hidden import mask_text
from dockerctl.doctor.codes import codes_of
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, Severity, When
from dockerctl.doctor.model import Check, Facts
from dockerctl.override.lint_finding import LintFinding
from dockerctl.override.lint_finding import Severity as LintSeverity


def _lint(facts: Facts) -> Iterator[Finding]:
    configuration, units = facts.of(ConfigurationFacts), facts.of(UnitsFacts)
    for unit, findings in configuration.lint.items():
        for found in findings:
            is_error = found.severity is LintSeverity.ERROR
            yield Finding(
                found.code,
                Severity.ERROR if is_error else Severity.WARNING,
                f"{unit}: {found.message.rstrip('.')}",
                (_place(found, unit, configuration),),
                f"{found.hint.rstrip('.') or 'correct the line'}, then: systemctl daemon-reload",
                when=units.when if is_error else When.NOW,
            )


def _place(found: LintFinding, unit: str, configuration: ConfigurationFacts) -> str:
    if not found.line:
        return found.path
    drop_ins = configuration.files[unit].drop_ins if unit in configuration.files else ()
    data = next((d.data for d in drop_ins if d.path == found.path), None) or b""
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
