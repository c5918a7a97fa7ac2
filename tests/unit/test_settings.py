"""The common options: what was typed before and after the verb adds up to one set."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockerctl.errors import UsageError
from dockerctl.settings import (
    Output,
    Settings,
    Typed,
    parse_output,
    parse_timeout,
    resolve_settings,
)

NOTHING = Typed()
DEFAULTS = Settings(Output.TEXT, False, True, None, "docker.service", False)


def test_nothing_typed() -> None:
    assert resolve_settings(NOTHING, NOTHING) == DEFAULTS


@pytest.mark.parametrize(
    ("typed", "change"),
    [
        (Typed(output="json"), {"output": Output.JSON}),
        (Typed(output="text"), {}),
        (Typed(output=""), {}),
        (Typed(quiet=True), {"quiet": True}),
        (Typed(no_color=True), {"color": False}),
        (Typed(timeout="2.5"), {"timeout_s": 2.5}),
        (Typed(unit="other"), {"unit": "other"}),
        (Typed(unit=""), {"unit": ""}),
        (Typed(user=True), {"user": True}),
    ],
)
def test_each_option_on_either_side(typed: Typed, change: dict[str, object]) -> None:
    expected = replace(DEFAULTS, **change)  # type: ignore[arg-type]
    assert resolve_settings(typed, NOTHING) == expected
    assert resolve_settings(NOTHING, typed) == expected
    assert resolve_settings(typed, typed) == expected


def test_after_the_verb_wins() -> None:
    before = Typed(output="json", timeout="1", unit="one")
    after = Typed(output="text", timeout="2", unit="two")
    assert resolve_settings(before, after) == replace(DEFAULTS, timeout_s=2.0, unit="two")


def test_a_switch_counts_on_either_side() -> None:
    before, after = Typed(quiet=True), Typed(no_color=True, user=True)
    assert resolve_settings(before, after) == replace(DEFAULTS, quiet=True, color=False, user=True)


@pytest.mark.parametrize("text", ["yaml", "JSON", "text ", "caf\udce9", "\x1b[31m"])
def test_an_unknown_form(text: str) -> None:
    with pytest.raises(UsageError, match="is not an output form") as caught:
        parse_output(text)
    assert caught.value.message.isprintable()
    assert caught.value.message.isascii()


@pytest.mark.parametrize(
    ("text", "seconds"), [(None, None), ("1", 1.0), ("0.25", 0.25), ("1e2", 100.0), (" 3 ", 3.0)]
)
def test_a_time_limit(text: str | None, seconds: float | None) -> None:
    assert parse_timeout(text) == seconds


@pytest.mark.parametrize(
    "text", ["0", "-1", "-0.0", "nan", "inf", "-inf", "1e999", "", "soon", "5s", "0x10", "é\n"]
)
def test_what_is_no_time_limit(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time limit") as caught:
        parse_timeout(text)
    assert caught.value.message.isprintable()


def test_the_side_that_loses_is_not_checked() -> None:
    assert resolve_settings(Typed(timeout="soon"), Typed(timeout="3")).timeout_s == 3.0
