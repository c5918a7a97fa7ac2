"""Deadlines: one for a whole wait, and shorter ones inside it."""

from __future__ import annotations

import time

import pytest

from dockerctl.deadline import SYSTEM_CLOCK, Deadline
from tests.fakes.clock import FakeClock


def test_it_passes() -> None:
    clock = FakeClock()
    deadline = Deadline.after(2.0, clock)
    assert (deadline.remaining(), deadline.passed, deadline.total_s) == (2.0, False, 2.0)
    clock.sleep(1.5)
    assert (deadline.remaining(), deadline.passed) == (0.5, False)
    clock.sleep(0.5)
    assert (deadline.remaining(), deadline.passed) == (0.0, True)
    clock.sleep(5)
    assert (deadline.remaining(), deadline.total_s) == (0.0, 2.0)


@pytest.mark.parametrize(("limit_s", "total_s"), [(1.0, 1.0), (2.0, 2.0), (9.0, 2.0), (0.0, 0.0)])
def test_a_shorter_one_never_outlasts_the_longer(limit_s: float, total_s: float) -> None:
    inner = Deadline.after(2.0, FakeClock()).at_most(limit_s)
    assert (inner.total_s, inner.remaining()) == (total_s, total_s)


def test_a_shorter_one_of_what_has_passed() -> None:
    clock = FakeClock()
    deadline = Deadline.after(1.0, clock)
    clock.sleep(3)
    inner = deadline.at_most(1.0)
    assert (inner.total_s, inner.passed) == (0.0, True)


def test_the_real_clock() -> None:
    before = time.monotonic()
    assert before <= SYSTEM_CLOCK.monotonic() <= time.monotonic()
    assert abs(SYSTEM_CLOCK.time() - time.time()) < 60
    SYSTEM_CLOCK.sleep(0.0)
    assert Deadline.after(60).remaining() > 59


def test_the_fake_clock_does_what_is_due_on_the_way() -> None:
    clock = FakeClock(monotonic=10.0, epoch=100.0)
    seen: list[tuple[float, float]] = []

    def note() -> None:
        seen.append((clock.monotonic(), clock.time()))

    clock.after(2.0, note)
    clock.after(1.0, lambda: clock.after(0.5, note))
    assert clock.next_alarm() == 11.0
    clock.sleep(3.0)
    assert seen == [(11.5, 101.5), (12.0, 102.0)]
    assert (clock.monotonic(), clock.next_alarm()) == (13.0, None)
    with pytest.raises(AssertionError):
        clock.advance_to(1.0)
