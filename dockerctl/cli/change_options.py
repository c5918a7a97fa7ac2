"""The options that every change of the configuration takes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import typer

from dockerctl.cli.options import flag, variable
from dockerctl.errors import UsageError

# How long a new run of the daemon is watched before it counts as proven.
STABLE_S = 5.0


@dataclass(frozen=True)
class ChangeOptions:
    """What was typed of them, checked."""

    dry_run: bool = False
    yes: bool = False
    start: bool = False
    resolve: bool = False
    strict: bool = False
    allow_data_move: bool = False
    message: str = ""
    confirm_s: float | None = None
    stable_s: float = STABLE_S


def change_options() -> dict[str, tuple[type, Any]]:
    """Parameter name to type and declaration."""
    return {
        "dry_run": (bool, flag("--dry-run", "Check everything, print the plan, change nothing.")),
        "yes": (bool, flag("--yes", "Let running containers stop; do not ask.")),
        "start": (bool, flag("--start", "Start a daemon that is stopped, to prove the change.")),
        "resolve": (
            bool,
            flag("--resolve", "Take flags that stand in the way of a key out of ExecStart=."),
        ),
        "strict": (bool, flag("--strict", "Refuse what the daemon would ignore in silence.")),
        "allow_data_move": (
            bool,
            flag("--allow-data-move", "Allow what hides images, containers and volumes."),
        ),
        "confirm_within": (
            str,
            _text("--confirm-within", "SECONDS", "Undo the change unless confirmed in time."),
        ),
        "stable_for": (
            str,
            _text("--stable-for", "SECONDS", "How long a new run must stay up to count (5)."),
        ),
        "message": (str, _text("--message", "TEXT", "Why, for the history.", "-m")),
    }


def read_change_options(values: Mapping[str, Any]) -> ChangeOptions:
    """Raises ``UsageError`` for a time that is none."""
    confirm = _seconds(values["confirm_within"], "--confirm-within", least=1.0)
    stable = _seconds(values["stable_for"], "--stable-for", least=0.0)
    return ChangeOptions(
        dry_run=values["dry_run"],
        yes=values["yes"],
        start=values["start"],
        resolve=values["resolve"],
        strict=values["strict"],
        allow_data_move=values["allow_data_move"],
        message=values["message"] or "",
        confirm_s=confirm,
        stable_s=STABLE_S if stable is None else stable,
    )


def _text(name: str, metavar: str, text: str, *more: str) -> Any:
    return typer.Option(
        None, name, *more, metavar=metavar, help=text, envvar=variable(name), show_default=False
    )


def _seconds(text: str | None, option: str, *, least: float) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds >= least):
        raise UsageError(
            f"{text!a} is no time for {option}.", hint=f"It takes seconds, at least {least:g}."
        )
    return seconds
