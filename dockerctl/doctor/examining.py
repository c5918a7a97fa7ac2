"""Running checks over facts: no check can stop another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dockerctl.doctor.finding import Finding, warning
from dockerctl.doctor.model import Check, Facts, NotKnownError
from dockerctl.doctor.ranking import rank


@dataclass(frozen=True)
class Examination:
    """The findings in order, and what could not be judged: name of a check, and why."""

    findings: tuple[Finding, ...]
    unseen: tuple[tuple[str, str], ...]
    checks: int


def examine(checks: Iterable[Check], facts: Facts) -> Examination:
    """Judge ``facts``. A check that lacks facts is told of in ``unseen``; a check that crashes is
    a finding."""
    found: list[Finding] = []
    unseen: list[tuple[str, str]] = []
    count = 0
    for check in checks:
        count += 1
        try:
            for kind in check.needs:
                facts.of(kind)
            # A check may have found something before it lacked facts.
            for finding in check.judge(facts):
                found.append(finding)
        except NotKnownError as error:
            unseen.append((check.name, error.why))
        except Exception as error:  # noqa: BLE001  (one check must not hide what others know)
            found.append(
                warning(
                    "check-crashed",
                    f"the check {check.name!r} failed",
                    (f"{type(error).__name__}: {error}",),
                    "report it, with the file of 'dockerctl doctor --bundle FILE'",
                )
            )
    return Examination(rank(found), tuple(unseen), count)
