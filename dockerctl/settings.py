"""What the common options and their environment variables add up to, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from dockerctl.errors import UsageError


class Output(StrEnum):
    """The form of the answer."""

    TEXT = "text"
    JSON = "json"
    # Of a log: its lines as they were written.
    CAT = "cat"


# Seconds that a verb may take where nothing else is said. A start loads every container; a stop
# waits for them (dockerd's shutdown-timeout, then TimeoutStopSec=, 90 s by default).
START_S = 150.0
STOP_S = 150.0
RELOAD_S = 30.0
BOOT_S = 60.0
WAIT_S = 150.0
STATUS_S = 10.0
DOCTOR_S = 20.0
LOGS_S = 20.0

DEFAULT_UNIT = "docker.service"


@dataclass(frozen=True)
class Typed:
    """The common options as they were typed at one place; None or False where they were not."""

    output: str | None = None
    quiet: bool = False
    no_color: bool = False
    timeout: str | None = None
    unit: str | None = None
    user: bool = False


@dataclass(frozen=True)
class Settings:
    """The common options of one command, checked."""

    output: Output
    quiet: bool
    color: bool
    # None: the verb's own default.
    timeout_s: float | None
    unit: str
    user: bool


def resolve_settings(before: Typed, after: Typed) -> Settings:
    """Settings from what stood before and after the verb; the latter wins.

    Raises ``UsageError`` for an unknown output form or a timeout that is not a positive number.
    """
    return Settings(
        output=parse_output(after.output or before.output),
        quiet=before.quiet or after.quiet,
        color=not (before.no_color or after.no_color),
        timeout_s=parse_timeout(after.timeout if after.timeout is not None else before.timeout),
        unit=_first(after.unit, before.unit, DEFAULT_UNIT),
        user=before.user or after.user,
    )


def _first(*texts: str | None) -> str:
    """The first that was typed, be it empty: --unit "$UNSET" must not mean docker.service."""
    return next(text for text in texts if text is not None)


def parse_output(text: str | None) -> Output:
    """The output form; ``text`` by default."""
    try:
        return Output(text or Output.TEXT.value)
    except ValueError:
        raise UsageError(
            f"{text!a} is not an output form.",
            hint="--output and DOCKERCTL_OUTPUT take 'text' or 'json'.",
        ) from None


def parse_timeout(text: str | None) -> float | None:
    """Seconds, positive and finite; a fraction is allowed."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise UsageError(
            f"{text!a} is not a time limit.",
            hint="--timeout and DOCKERCTL_TIMEOUT take seconds, such as 30 or 0.5, more than 0.",
        )
    return seconds
