"""A clock that moves only when somebody waits."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable


class FakeClock:
    """``Clock`` with alarms: what is due happens on the way, at its own time."""

    def __init__(self, monotonic: float = 1_000.0, epoch: float = 1_700_000_000.0) -> None:
        self._now = monotonic
        self._epoch = epoch - monotonic
        self._order = itertools.count()
        self._alarms: list[tuple[float, int, Callable[[], None]]] = []

    def monotonic(self) -> float:
        return self._now

    def time(self) -> float:
        return self._epoch + self._now

    def sleep(self, seconds: float) -> None:
        self.advance_to(self._now + seconds)

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Let ``act`` happen ``seconds`` from now, in whatever is waited for then."""
        assert seconds >= 0, f"the past cannot be changed: {seconds} s"
        heapq.heappush(self._alarms, (self._now + seconds, next(self._order), act))

    def next_alarm(self) -> float | None:
        """When the next thing happens, or None."""
        return self._alarms[0][0] if self._alarms else None

    def advance_to(self, moment: float) -> None:
        """Pass the time until ``moment`` and do all that is due by then."""
        assert moment >= self._now, f"time goes forward only: {self._now} to {moment}"
        while self._alarms and self._alarms[0][0] <= moment:
            due, _, act = heapq.heappop(self._alarms)
            # An alarm that acts may itself wait; the clock is then past what was due.
            self._now = max(self._now, due)
            act()
        self._now = max(self._now, moment)
