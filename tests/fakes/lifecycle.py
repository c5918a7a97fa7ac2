"""What the lifecycle tells and asks: a reporter that remembers, an explainer that was told."""

from __future__ import annotations

from dataclasses import dataclass, field

from dockerctl.deadline import Deadline
from dockerctl.lifecycle.ports import Explanation
from dockerctl.result import Level


@dataclass
class FakeReporter:
    """``Reporter`` that keeps what it was told."""

    said: list[tuple[Level, str]] = field(default_factory=list)
    waited_for: list[str] = field(default_factory=list)

    def say(self, level: Level, text: str) -> None:
        self.said.append((level, text))

    def waiting(self, what: str, deadline: Deadline) -> None:
        assert deadline.total_s > 0
        if self.waited_for[-1:] != [what]:
            self.waited_for.append(what)

    def settled(self) -> None:
        return

    @property
    def texts(self) -> list[str]:
        """What was said, whatever its level."""
        return [text for _, text in self.said]


@dataclass(frozen=True)
class Question:
    """What an explainer was asked."""

    service: str
    socket: str | None
    since_s: float
    not_run: str


@dataclass
class FakeExplainer:
    """``Explainer`` with one explanation."""

    lines: tuple[str, ...] = ("failed to start daemon: because",)
    permanent: bool = False
    finding: dict[str, object] | None = None
    asked: list[Question] = field(default_factory=list)

    def explain(
        self, service: str, socket: str | None, *, since_s: float, not_run: str, limit_s: float
    ) -> Explanation:
        assert limit_s > 0
        self.asked.append(Question(service, socket, since_s, not_run))
        problem = "" if self.lines else "The journal is silent."
        return Explanation(self.lines, "e" * 32, self.permanent, problem, self.finding)
