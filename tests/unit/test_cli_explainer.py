"""The explainer of failed starts: the journal's lines, and the doctor's cause where it has one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from dockerctl.cli import explainer
from dockerctl.cli.explainer import DoctorExplainer
from dockerctl.deadline import Deadline
from dockerctl.doctor.finding import Finding, error
from dockerctl.errors import BusTimeout
from dockerctl.lifecycle.ports import Explanation
from tests.fakes.lifecycle import FakeReporter

RUN = "a" * 32
LINES = ("failed to start daemon: because",)


class Quoter:
    def __init__(self, run: str) -> None:
        self.run = run
        self.lines: tuple[str, ...] = LINES

    def explain(self, *_: object, **__: object) -> Explanation:
        return Explanation(self.lines, self.run, False, "")


def explained(
    monkeypatch: pytest.MonkeyPatch, cause: Finding | Exception | None, run: str = RUN
) -> tuple[DoctorExplainer, Quoter, list[int]]:
    asked: list[int] = []

    def cause_of(_wiring: object) -> Finding | None:
        asked.append(1)
        if isinstance(cause, Exception):
            raise cause
        return cause

    monkeypatch.setattr(explainer, "cause_of", cause_of)
    monkeypatch.setattr(explainer, "replace", replaced)
    wiring = SimpleNamespace(deadline=Deadline.after(10), reporter=FakeReporter())
    made = DoctorExplainer(cast(Any, wiring))
    quoter = Quoter(run)
    monkeypatch.setattr(made, "_quoter", quoter)
    return made, quoter, asked


def replaced(value: object, **changes: object) -> Any:
    """``dataclasses.replace``, for the wiring of this test as well."""
    return type(value)(**{**vars(value), **changes})


def ask(made: DoctorExplainer) -> Explanation:
    return made.explain("docker.service", None, since_s=0.0, not_run="", limit_s=5.0)


def test_the_cause_stands_beside_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    cause = error("unknown-key", "debgu is no key", ("x",), "dockerctl config unset debgu")
    made, _, _ = explained(monkeypatch, cause)
    answer = ask(made)
    assert (answer.lines, answer.permanent) == (LINES, True)
    assert answer.finding is not None
    assert (answer.finding["code"], answer.finding["fix"]) == ("unknown-key", cause.fix)


def test_a_run_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made, quoter, asked = explained(monkeypatch, error("unknown-key", "t", (), ""))
    first = ask(made)
    quoter.lines = (*LINES, "more")
    again = ask(made)
    assert (again.finding, again.lines) == (first.finding, quoter.lines)
    assert len(asked) == 1
    quoter.run = "b" * 32
    ask(made)
    assert len(asked) == 2


def test_without_a_run_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _, asked = explained(monkeypatch, error("unknown-key", "t", (), ""), run="")
    ask(made)
    ask(made)
    assert len(asked) == 2


@pytest.mark.parametrize("cause", [None, BusTimeout("No answer."), ValueError("broken")])
def test_without_a_cause_the_lines_stand(
    monkeypatch: pytest.MonkeyPatch, cause: Exception | None
) -> None:
    made, _, _ = explained(monkeypatch, cause)
    answer = ask(made)
    assert (answer.lines, answer.permanent, answer.finding) == (LINES, False, None)
    # A defect of ours is told; that systemd cannot be asked shows in other ways.
    said = made._wiring.reporter.said  # type: ignore[attr-defined]
    assert [text for _, text in said] == (
        ["The doctor could not look for the cause, by a defect of dockerctl: ValueError: broken."]
        if isinstance(cause, ValueError)
        else []
    )
