"""Ctrl-C and SIGTERM: KeyboardInterrupt where it can be caught, and never lost."""

from __future__ import annotations

import os
import signal
import sys
import time

import pytest

from dockerctl.host.interrupts import Interrupts


def interrupt(number: int = signal.SIGINT) -> None:
    """Signal ourselves; Python runs the handler within the next few instructions."""
    os.kill(os.getpid(), number)
    limit = time.monotonic() + 5
    while time.monotonic() < limit:
        pass
    raise AssertionError("the signal did not come")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_what_goes_on(number: int) -> None:
    interrupts = Interrupts()
    with interrupts.handled(), pytest.raises(KeyboardInterrupt):
        interrupt(number)
    assert interrupts.last == number


def test_a_signal_waits_until_it_can_be_caught() -> None:
    interrupts = Interrupts()
    steps: list[str] = []

    def held() -> None:
        with interrupts.held():
            with interrupts.held():
                os.kill(os.getpid(), signal.SIGINT)
                steps.append("inner")
            steps.append("outer")

    with interrupts.handled():
        with pytest.raises(KeyboardInterrupt):
            held()
        # It came once, and is not told again.
        with interrupts.held():
            steps.append("later")
    assert steps == ["inner", "outer", "later"]


def test_without_a_signal_nothing_happens() -> None:
    interrupts = Interrupts()
    with interrupts.handled(), interrupts.held():
        assert interrupts.last is None


def test_a_signal_that_a_destructor_swallows_comes_again() -> None:
    interrupts = Interrupts()

    class Dying:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.001)

    def lose() -> None:
        held = Dying()
        del held
        limit = time.monotonic() + 5
        while time.monotonic() < limit:
            pass

    with interrupts.handled(), pytest.raises(KeyboardInterrupt):
        lose()
    assert interrupts.last == signal.SIGTERM


def test_what_else_a_destructor_raises_is_told_as_before() -> None:
    told: list[str] = []
    before = sys.unraisablehook
    sys.unraisablehook = lambda lost: told.append(str(lost.exc_value))

    class Broken:
        def __del__(self) -> None:
            raise ValueError("broken")

    try:
        with Interrupts().handled():
            broken = Broken()
            del broken
    finally:
        sys.unraisablehook = before
    assert told == ["broken"]


def test_the_handlers_of_before_come_back() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interrupts().handled():
        assert signal.getsignal(signal.SIGTERM) is not before[1]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_what_the_caller_ignores_stays_ignored() -> None:
    interrupts = Interrupts()
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with interrupts.handled():
            os.kill(os.getpid(), signal.SIGTERM)
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
        assert interrupts.last is None
    finally:
        signal.signal(signal.SIGTERM, before)
