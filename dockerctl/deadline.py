"""One deadline for a whole wait, and shorter ones for the calls inside it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol


class Clock(Protocol):
    """Where time comes from, so that a test can hold it still."""

    def monotonic(self) -> float:
        """Seconds that only grow; the zero point means nothing."""

    def time(self) -> float:
        """Seconds since the epoch, as the journal counts them."""

    def sleep(self, seconds: float) -> None:
        """Pass ``seconds``."""


class SystemClock:
    """The real clock."""

    def monotonic(self) -> float:
        return time.monotonic()

    def time(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


SYSTEM_CLOCK = SystemClock()


@dataclass(frozen=True)
class Deadline:
    """A point in time that a wait may not pass.

    ``total_s`` is what was allowed at first, for messages.
    """

    at: float
    total_s: float
    clock: Clock

    @classmethod
    def after(cls, seconds: float, clock: Clock = SYSTEM_CLOCK) -> Deadline:
        """The deadline ``seconds`` from now."""
        return cls(clock.monotonic() + seconds, seconds, clock)

    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.at - self.clock.monotonic())

    @property
    def passed(self) -> bool:
        """Whether no time is left."""
        return self.remaining() <= 0.0

    def at_most(self, seconds: float) -> Deadline:
        """A deadline ``seconds`` from now, and never later than this one."""
        now = self.clock.monotonic()
        end = min(self.at, now + seconds)
        return Deadline(end, max(0.0, end - now), self.clock)
