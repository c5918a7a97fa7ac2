"""Which finding explains why the daemon is down."""

from __future__ import annotations

from collections.abc import Iterable

from dockerctl.doctor.finding import Finding, Severity, When


def first_cause(findings: Iterable[Finding]) -> Finding | None:
    """The first error of now that does not follow from another; ``findings`` are ranked."""
    return next(
        (
            finding
            for finding in findings
            if finding.severity is Severity.ERROR
            and finding.when is When.NOW
            and not finding.because_of
        ),
        None,
    )
