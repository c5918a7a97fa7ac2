"""The options of logs, and what they add up to, checked before anything is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import typer

from dockerctl.cli.options import variable
from dockerctl.docker.records import LEVELS
from dockerctl.doctor.run_choice import Which
from dockerctl.errors import UsageError
from dockerctl.health.log_lines import Wanted
from dockerctl.systemd.journal_query import moment_words
from dockerctl.systemd.names import unit_name

# How many lines are shown where nothing limits them, and before those that --follow waits for.
DEFAULT_LINES = 100
DEFAULT_BEFORE = 10
# More than anybody reads, and what still fits into memory.
MOST_LINES = 50_000


def _option(names: tuple[str, ...], metavar: str, text: str) -> Any:
    return typer.Option(
        None,
        *names,
        metavar=metavar,
        help=text,
        envvar=variable(names[0]),
        show_default=False,
    )


SOURCE = _option(
    ("--source", "-u"),
    "NAME",
    "Whose lines, such as containerd or docker.socket; the daemon's by default. May be repeated.",
)
FOLLOW = typer.Option(
    False, "--follow", "-f", help="Go on with the lines that come, until Ctrl-C.",
    envvar=variable("--follow"), show_default=False,
)  # fmt: skip
SINCE = _option(("--since",), "MOMENT", "Lines from then on, such as 10m, yesterday, 08:15.")
UNTIL = _option(("--until",), "MOMENT", "Lines until then.")
LINES = _option(("--lines", "-n"), "COUNT", "The newest COUNT lines that fit, or 'all'.")
LEVEL = _option(("--level",), "|".join(LEVELS), "Lines of this level and above.")
GREP = _option(
    ("--grep", "-g"),
    "PATTERN",
    "Lines that match a regular expression; small letters match capitals as well.",
)
RUN = _option(
    ("--run",), "|".join(Which), "Lines of one run: that of now, the last, the first that failed."
)


@dataclass(frozen=True)
class LogChoice:
    """What is to be shown."""

    units: tuple[str, ...]
    follow: bool
    # In journalctl's words, or "".
    since: str
    until: str
    # How many lines at most.
    most: int
    # Whether the caller set that number, so that older lines are left out as asked for.
    counted: bool
    wanted: Wanted
    run: Which | None


def read_choice(
    unit: str,
    *,
    source: list[str] | None,
    follow: bool,
    since: str | None,
    until: str | None,
    lines: str | None,
    level: str | None,
    grep: str | None,
    run: str | None,
) -> LogChoice:
    """The options as one value; ``unit`` is the daemon's. Raises ``UsageError``."""
    which = _run(run)
    units = tuple(dict.fromkeys(unit_name(name) for name in source or ())) or (unit,)
    if follow and (until is not None or which in (Which.LAST, Which.FAILED)):
        raise UsageError(
            "--follow shows what comes: it goes neither with --until nor with a run of the past."
        )
    if which is not None and (since is not None or until is not None):
        raise UsageError("--run says from when to when: it goes without --since and --until.")
    if which is not None and len(units) > 1:
        raise UsageError("--run is of one unit.", hint="Name one with --source.")
    bounded = which is not None or since is not None or until is not None
    default = MOST_LINES if bounded else DEFAULT_BEFORE if follow else DEFAULT_LINES
    return LogChoice(
        units=units,
        follow=follow,
        since="" if since is None else moment_words(since, "--since"),
        until="" if until is None else moment_words(until, "--until"),
        most=default if lines is None else _count(lines),
        counted=not bounded if lines is None else lines != "all",
        wanted=Wanted(_level(level), _pattern(grep)),
        run=which,
    )


def _run(text: str | None) -> Which | None:
    try:
        return None if text is None else Which(text)
    except ValueError:
        raise UsageError(
            f"{text!a} is not a run.", hint=f"--run takes {', '.join(Which)}."
        ) from None


def _count(text: str) -> int:
    if text == "all":
        return MOST_LINES
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError(
            f"{text!a} is not a number of lines.", hint="--lines takes a number, or 'all'."
        )
    return min(int(text), MOST_LINES)


def _level(text: str | None) -> str | None:
    if text is not None and text not in LEVELS:
        raise UsageError(f"{text!a} is not a level.", hint=f"--level takes {', '.join(LEVELS)}.")
    return text


def _pattern(text: str | None) -> re.Pattern[str] | None:
    """As journalctl does it: a pattern without capitals matches them as well."""
    if text is None:
        return None
    try:
        return re.compile(text, 0 if any(char.isupper() for char in text) else re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(
            f"{text!a} is not a regular expression: {error}.",
            hint="A dot or bracket that is meant as such takes a backslash before it.",
        ) from None
