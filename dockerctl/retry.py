"""Trying again, by named kinds of operation; the only module that knows tenacity.

Only reads are tried again. After a write that broke nobody knows whether the other side acted,
so what changes something is asked for once and then looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from dockerctl.deadline import Deadline

if TYPE_CHECKING:
    from tenacity import RetryCallState

_T = TypeVar("_T")


class Operation(Enum):
    """What is tried again; the numbers that go with it are this module's."""

    PROBE = "probe"
    """One look at a daemon that should be up."""

    READINESS = "readiness"
    """Waiting for a daemon that we have started; bounded by the deadline alone."""

    BUS_READ = "bus-read"
    """Reading over D-Bus, while the bus or systemd itself may be restarting."""


@dataclass(frozen=True)
class Retry:
    """One retry that is about to happen: attempt number ``attempt`` failed with ``error``.

    ``pause_s`` is the pause until the next attempt.
    """

    operation: Operation
    attempt: int
    error: Exception
    pause_s: float


@dataclass(frozen=True)
class _Policy:
    """The pause doubles from ``first_pause_s`` to ``longest_pause_s``; jitter comes on top."""

    attempts: int
    first_pause_s: float
    longest_pause_s: float
    jitter_s: float


_POLICIES = {
    Operation.PROBE: _Policy(3, 0.1, 1.0, 0.05),
    # The limit is there only so that a pause that returns at once cannot loop for ever.
    Operation.READINESS: _Policy(10_000, 0.01, 0.25, 0.005),
    # Bounded by the time of one call: a daemon-reexec of a large host takes seconds.
    Operation.BUS_READ: _Policy(100, 0.05, 0.5, 0.05),
}


def retry_call(
    operation: Operation,
    fn: Callable[[], _T],
    *,
    deadline: Deadline,
    retry_on: tuple[type[Exception], ...],
    sleep: Callable[[float], None] | None = None,
    observe: Callable[[Retry], None] | None = None,
) -> _T:
    """Call ``fn``, which only reads, until it returns; give its value.

    An error of ``retry_on`` is followed by a pause and another attempt, any other one is raised
    at once. The last error is raised as it is when the attempts are used up or ``deadline`` is
    nearer than the operation's shortest pause. A pause takes at most half of the time that is
    left, so that an attempt always follows it; ``fn`` keeps its own time-outs.

    ``sleep`` passes the seconds it is given, or fewer when something happened that makes another
    attempt worth it; without it the deadline's clock sleeps. ``observe`` is told of each retry
    before its pause.
    """
    try:
        return fn()
    except retry_on as error:
        # tenacity is loaded only now: 35 to 60 ms, and most first attempts succeed.
        first = error
    return _retry(
        operation,
        fn,
        first,
        deadline=deadline,
        retry_on=retry_on,
        sleep=sleep or deadline.clock.sleep,
        observe=observe,
    )


def _retry(
    operation: Operation,
    fn: Callable[[], _T],
    first: Exception,
    *,
    deadline: Deadline,
    retry_on: tuple[type[Exception], ...],
    sleep: Callable[[float], None],
    observe: Callable[[Retry], None] | None,
) -> _T:
    """Go on after the attempt that failed with ``first``."""
    import tenacity  # noqa: PLC0415

    policy = _POLICIES[operation]
    backoff = tenacity.wait_exponential(
        multiplier=policy.first_pause_s, max=policy.longest_pause_s
    ) + tenacity.wait_random(0, policy.jitter_s)
    failed_before = [first]

    def attempt() -> _T:
        if failed_before:
            raise failed_before.pop()
        return fn()

    def is_last(state: RetryCallState) -> bool:
        left = deadline.remaining()
        return state.attempt_number >= policy.attempts or left <= policy.first_pause_s

    def pause_s(state: RetryCallState) -> float:
        return min(backoff(state), deadline.remaining() / 2)

    def report(state: RetryCallState) -> None:
        error = None if state.outcome is None else state.outcome.exception()
        if observe is None or not isinstance(error, Exception) or state.next_action is None:
            return
        observe(Retry(operation, state.attempt_number, error, state.next_action.sleep))

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(retry_on),
        stop=is_last,
        wait=pause_s,
        before_sleep=report,
        sleep=sleep,
        reraise=True,
    )
    return retrying(attempt)
