"""Options before and after the verb, and their environment variables.

Each case ends in an error before any connection, which tells what was understood.
"""

from __future__ import annotations

import pytest

from tests.invocation import Run

BAD_UNIT = ("--unit", "a b")


@pytest.mark.parametrize(
    "words",
    [
        ("-o", "json", "status", *BAD_UNIT),
        ("status", "-o", "json", *BAD_UNIT),
        ("status", *BAD_UNIT, "-o", "json"),
        ("status", *BAD_UNIT, "-ojson"),
        ("status", *BAD_UNIT, "--output", "json"),
        ("status", *BAD_UNIT, "--output=json"),
        ("--output=json", *BAD_UNIT, "status"),
        ("-o", "text", "status", *BAD_UNIT, "-o", "json"),
        ("-q", "status", *BAD_UNIT, "-qo", "json"),
    ],
)
def test_json_is_understood_wherever_it_stands(dockerctl: Run, words: tuple[str, ...]) -> None:
    assert dockerctl(*words).document["error"]["message"] == "'a b' is not a unit name."


@pytest.mark.parametrize(
    "words",
    [
        ("-o", "json", "status", "--frobnicate"),
        ("status", "--frobnicate", "-o", "json"),
        ("status", "--frobnicate", "-ojson"),
        ("status", "--frobnicate", "-qojson"),
        ("status", "--frobnicate", "-qo", "json"),
        ("status", "--frobnicate", "--output=json"),
        ("status", "-o", "text", "--frobnicate", "-o", "json"),
    ],
)
def test_json_is_understood_also_where_the_rest_is_not(
    dockerctl: Run, words: tuple[str, ...]
) -> None:
    assert "frobnicate" in dockerctl(*words).document["error"]["message"]


def test_after_the_verb_wins(dockerctl: Run) -> None:
    answer = dockerctl("-o", "json", *BAD_UNIT, "status", "-o", "text", "--unit", "c d")
    assert answer.err.startswith("dockerctl: 'c d' is not a unit name.")
    answer = dockerctl("--timeout", "soon", "status", "--timeout", "3", *BAD_UNIT)
    assert answer.err.startswith("dockerctl: 'a b' is not a unit name.")


@pytest.mark.parametrize(
    ("env", "words", "says"),
    [
        ({"DOCKERCTL_UNIT": "a b"}, (), "'a b' is not a unit name."),
        ({"DOCKERCTL_UNIT": "a b"}, ("--unit", "c d"), "'c d' is not a unit name."),
        ({"DOCKERCTL_TIMEOUT": "soon"}, (), "'soon' is not a time limit."),
        ({"DOCKERCTL_TIMEOUT": "soon"}, ("--timeout", "3", *BAD_UNIT), "'a b' is not"),
        ({"DOCKERCTL_OUTPUT": "yaml"}, (), "'yaml' is not an output form."),
        ({"DOCKERCTL_OUTPUT": "yaml"}, ("-o", "text", *BAD_UNIT), "'a b' is not"),
    ],
)
def test_a_variable_stands_in_for_an_option(
    dockerctl: Run, env: dict[str, str], words: tuple[str, ...], says: str
) -> None:
    assert says in dockerctl("status", *words, **env).err


@pytest.mark.parametrize("side", ["before", "after"])
def test_what_is_typed_before_or_after_wins_over_a_variable(dockerctl: Run, side: str) -> None:
    typed = ("--unit", "c d")
    words = (*typed, "status") if side == "before" else ("status", *typed)
    answer = dockerctl(*words, DOCKERCTL_UNIT="a b", DOCKERCTL_OUTPUT="json")
    assert answer.document["error"]["message"] == "'c d' is not a unit name."


def test_the_output_variable_holds_for_usage_errors(dockerctl: Run) -> None:
    document = dockerctl("frobnicate", DOCKERCTL_OUTPUT="json").document
    assert document["schema"] == "dockerctl/error/v1"
    assert dockerctl("frobnicate", "-o", "text", DOCKERCTL_OUTPUT="json").out == ""


@pytest.mark.parametrize("value", ["1", "true", "yes"])
def test_a_switch_has_a_variable(dockerctl: Run, value: str) -> None:
    # A switch that is understood leaves the error of the unit name to be told.
    answer = dockerctl("start", *BAD_UNIT, DOCKERCTL_NO_WAIT=value, DOCKERCTL_DRY_RUN=value)
    assert "'a b' is not a unit name." in answer.err


def test_a_switch_whose_variable_is_nonsense(dockerctl: Run) -> None:
    answer = dockerctl("start", DOCKERCTL_NO_WAIT="perhaps")
    assert (answer.code, answer.out) == (2, "")
    assert "boolean" in answer.err
    assert "--no-wait" in answer.err
