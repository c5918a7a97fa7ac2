"""Trying again: how often, with which pauses, until when. Time passes only by sleeping."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dockerctl
from dockerctl.deadline import Deadline
from dockerctl.retry import Operation, Retry, retry_call


class FakeClock:
    """A clock that advances by what was slept on it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.now += seconds


class Passing(Exception):
    """An error that is worth another attempt."""


class Lasting(Exception):
    """An error that is not."""


class Reader:
    """Fails with the given errors in turn, then answers; counts the attempts."""

    def __init__(self, *errors: Exception, takes: Callable[[], None] = lambda: None) -> None:
        self.errors = list(errors)
        self.attempts = 0
        self._takes = takes

    def __call__(self) -> str:
        self.attempts += 1
        self._takes()
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def endless() -> Passing:
    return Passing("again")


def run(
    operation: Operation, reader: Callable[[], str], clock: FakeClock, within_s: float = 60.0
) -> tuple[str, list[Retry]]:
    seen: list[Retry] = []
    value = retry_call(
        operation,
        reader,
        deadline=Deadline.after(within_s, clock),
        retry_on=(Passing,),
        observe=seen.append,
    )
    return value, seen


each_operation = pytest.mark.parametrize("operation", Operation)


@each_operation
def test_the_first_attempt_may_be_enough(operation: Operation) -> None:
    clock = FakeClock()

    assert run(operation, Reader(), clock) == ("answer", [])
    assert clock.slept == []


@each_operation
def test_it_goes_on_until_it_works(operation: Operation) -> None:
    clock = FakeClock()
    errors = [Passing("one"), Passing("two")]
    reader = Reader(*errors)

    value, seen = run(operation, reader, clock)

    assert value == "answer"
    assert reader.attempts == 3
    assert [(retry.operation, retry.attempt, retry.error) for retry in seen] == [
        (operation, 1, errors[0]),
        (operation, 2, errors[1]),
    ]
    assert [retry.pause_s for retry in seen] == clock.slept


@each_operation
@pytest.mark.parametrize("before", [0, 1])
def test_another_error_is_raised_at_once(operation: Operation, before: int) -> None:
    lasting = Lasting("no")
    reader = Reader(*[Passing("again")] * before, lasting)

    with pytest.raises(Lasting) as caught:
        run(operation, reader, FakeClock())

    assert caught.value is lasting
    assert reader.attempts == before + 1


@each_operation
@pytest.mark.parametrize("before", [0, 1])
def test_ctrl_c_is_not_an_error_to_try_again(operation: Operation, before: int) -> None:
    def reader() -> str:
        raise errors.pop(0)

    errors: list[BaseException] = [*[Passing("again")] * before, KeyboardInterrupt()]

    with pytest.raises(KeyboardInterrupt):
        run(operation, reader, FakeClock())


def test_a_probe_is_tried_three_times_and_the_last_error_comes_out_as_it_is() -> None:
    clock = FakeClock()
    errors = [Passing("one"), Passing("two"), Passing("three"), Passing("never")]
    reader = Reader(*errors)

    with pytest.raises(Passing) as caught:
        run(Operation.PROBE, reader, clock)

    assert caught.value is errors[2]
    assert reader.attempts == 3
    assert len(clock.slept) == 2


@pytest.mark.parametrize(
    ("operation", "first", "longest", "jitter"),
    [
        (Operation.PROBE, 0.1, 1.0, 0.05),
        (Operation.READINESS, 0.01, 0.25, 0.005),
        (Operation.BUS_READ, 0.05, 0.5, 0.05),
    ],
)
def test_pauses_double_up_to_a_limit_with_jitter_on_top(
    operation: Operation, first: float, longest: float, jitter: float
) -> None:
    clock = FakeClock()
    attempts = 3 if operation is Operation.PROBE else 20

    run(operation, Reader(*[Passing("again")] * (attempts - 1)), clock, within_s=1000)

    assert len(clock.slept) == attempts - 1
    for number, pause in enumerate(clock.slept):
        planned = min(first * 2**number, longest)
        assert planned <= pause <= planned + jitter


def test_jitter_differs_between_runs() -> None:
    pauses = set()
    for _ in range(20):
        clock = FakeClock()
        run(Operation.PROBE, Reader(Passing("again")), clock)
        pauses.add(clock.slept[0])

    assert len(pauses) > 1


@each_operation
@given(
    within_s=st.floats(0.0, 30.0),
    each_takes_s=st.floats(0.0, 3.0),
    woken=st.lists(st.floats(0.0, 1.0), max_size=5),
)
@settings(max_examples=60, deadline=None)
def test_no_pause_reaches_the_deadline(
    operation: Operation, within_s: float, each_takes_s: float, woken: list[float]
) -> None:
    clock = FakeClock()
    deadline = Deadline.after(within_s, clock)
    left_at_attempt: list[float] = []
    shares = list(woken)

    def reader() -> str:
        left_at_attempt.append(deadline.remaining())
        clock.now += each_takes_s
        raise endless()

    def sleep(seconds: float) -> None:
        """Sleep all of it, or less when an event comes."""
        assert 0 <= seconds < deadline.remaining()
        clock.sleep(seconds * (shares.pop() if shares else 1.0))

    with pytest.raises(Passing):
        retry_call(operation, reader, deadline=deadline, retry_on=(Passing,), sleep=sleep)

    assert len(left_at_attempt) == len(clock.slept) + 1
    # An attempt always has time left but for the first, which is made in any case.
    assert all(left > 0 for left in left_at_attempt[1:])
    assert all(later <= earlier for earlier, later in pairwise(left_at_attempt))


def test_waiting_for_readiness_uses_the_time_up() -> None:
    clock = FakeClock()
    deadline = Deadline.after(10, clock)
    reader = Reader(*[Passing("again")] * 1000)

    with pytest.raises(Passing):
        retry_call(Operation.READINESS, reader, deadline=deadline, retry_on=(Passing,))

    assert 0 < deadline.remaining() <= 0.01
    assert reader.attempts > 10 / 0.255


def test_a_sleep_that_always_ends_at_once_does_not_loop_for_ever() -> None:
    clock = FakeClock()
    reader = Reader(*[Passing("again")] * 20_000)

    with pytest.raises(Passing):
        retry_call(
            Operation.READINESS,
            reader,
            deadline=Deadline.after(10, clock),
            retry_on=(Passing,),
            sleep=lambda _seconds: None,
        )

    assert reader.attempts == 10_000


@each_operation
def test_after_the_deadline_there_is_one_attempt(operation: Operation) -> None:
    reader = Reader(*[Passing("again")] * 5)

    with pytest.raises(Passing):
        run(operation, reader, FakeClock(), within_s=0)

    assert reader.attempts == 1


def test_several_kinds_of_errors_may_be_tried_again() -> None:
    clock = FakeClock()
    reader = Reader(Passing("a"), Lasting("b"))

    value = retry_call(
        Operation.PROBE,
        reader,
        deadline=Deadline.after(10, clock),
        retry_on=(Passing, Lasting),
    )

    assert value == "answer"


def test_an_observer_that_fails_is_not_hidden() -> None:
    def observe(_retry: Retry) -> None:
        raise Lasting("the observer's")

    with pytest.raises(Lasting):
        retry_call(
            Operation.PROBE,
            Reader(Passing("again")),
            deadline=Deadline.after(10, FakeClock()),
            retry_on=(Passing,),
            observe=observe,
        )


def test_tenacity_is_loaded_only_for_a_second_attempt() -> None:
    program = """
import sys
from dockerctl.deadline import Deadline
from dockerctl.retry import Operation, retry_call

class Clock:
    def monotonic(self): return 0.0
    def time(self): return 0.0
    def sleep(self, seconds): pass

def call(fn):
    return retry_call(
        Operation.PROBE, fn, deadline=Deadline.after(1, Clock()), retry_on=(ValueError,)
    )

call(lambda: 1)
try:
    call(lambda: {}[1])
except KeyError:
    pass
assert "tenacity" not in sys.modules
try:
    call(lambda: int("x"))
except ValueError:
    pass
assert "tenacity" in sys.modules
"""
    root = Path(dockerctl.__file__).parents[1]
    subprocess.run([sys.executable, "-c", program], cwd=root, check=True, timeout=60)
