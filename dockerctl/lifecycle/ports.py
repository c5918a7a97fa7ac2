"""What the lifecycle needs of others: someone to tell, and someone who explains a failed run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from dockerctl.deadline import Deadline
from dockerctl.result import Level


class Reporter(Protocol):
    """Where a verb says what goes on while it goes on."""

    def say(self, level: Level, text: str) -> None:
        """Something worth knowing; it also becomes one of the result's messages."""

    def waiting(self, what: str, deadline: Deadline) -> None:
        """What is being waited for; called again and again, shown only on a terminal."""

    def settled(self) -> None:
        """The wait is over: take the live line away."""


@dataclass(frozen=True)
class Explanation:
    """Why a run of the daemon failed, as far as it is known."""

    # The lines that decide it, the most telling one last; ready for a terminal.
    lines: tuple[str, ...]
    # The failed run, 32 hexadecimal digits, or "".
    invocation_id: str
    # Whether another attempt is bound to fail in the same way.
    permanent: bool
    # Why there are no lines, or "".
    problem: str
    # The cause as a finding, in the fields of its JSON; None where no cause is known.
    finding: Mapping[str, object] | None = None


class Explainer(Protocol):
    """Says why a run failed."""

    def explain(
        self, service: str, socket: str | None, *, since_s: float, not_run: str, limit_s: float
    ) -> Explanation:
        """The first failed run of ``service`` since a moment; ``not_run`` is an older one's ID.

        Never raises: what cannot be known is said in ``problem``.
        """
