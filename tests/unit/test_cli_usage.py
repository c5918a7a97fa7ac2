"""What can be typed wrong, in text and in JSON; help and version."""

from __future__ import annotations

import re

import pytest

from dockerctl import __version__
from dockerctl.cli.app import GROUPS, VERBS
from tests.invocation import Run

# Words typed, and what the error says.
WRONG: list[tuple[tuple[str, ...], str]] = [
    (("frobnicate",), "No such command 'frobnicate'"),
    (("status", "--frobnicate"), "No such option"),
    (("--frobnicate", "status"), "No such option"),
    (("start", "now"), "unexpected extra argument"),
    (("--timeout",), "requires an argument"),
    (("status", "--timeout"), "requires an argument"),
    (("status", "--timeout", "soon"), "'soon' is not a time limit."),
    (("start", "--timeout", "-5"), "'-5' is not a time limit."),
    (("--timeout", "0", "stop"), "'0' is not a time limit."),
    (("is-active", "--unit", "a b"), "'a b' is not a unit name."),
    (("is-active", "--unit", ""), "'' is not a unit name."),
    (("status", "--unit", "docker.socket"), "'docker.socket' is not a service."),
    (("wait",), "Missing argument"),
    (("wait", "ready"), "'ready' is not a state to wait for."),
    (("start", "--unit", "caf\udce9"), "is not a unit name."),
    (("caf\udce9",), "No such command"),
]


@pytest.mark.parametrize(("words", "says"), WRONG)
def test_in_text(dockerctl: Run, words: tuple[str, ...], says: str) -> None:
    answer = dockerctl(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("dockerctl: ")
    assert says.lower() in answer.err.lower()
    assert "\n  hint: " in answer.err
    assert all(char.isprintable() or char == "\n" for char in answer.err)


@pytest.mark.parametrize(("words", "says"), WRONG)
def test_in_json(dockerctl: Run, words: tuple[str, ...], says: str) -> None:
    document = dockerctl("-o", "json", *words).document
    assert document["exit_code"] == 2
    assert document["error"]["code"] == "usage"
    assert says.lower() in document["error"]["message"].lower()
    assert document["error"]["hint"]
    verb = next((word for word in words if word in VERBS), "error")
    assert document["schema"] == f"dockerctl/{verb}/v1"
    changing = verb not in ("error", "wait", "status", "is-active", "is-enabled", "is-healthy")
    assert document.get("changed") is (False if changing else None)


def test_in_json_nothing_goes_to_stderr(dockerctl: Run) -> None:
    answer = dockerctl("status", "--timeout", "soon", "-o", "json")
    assert answer.document["verdict"] is None
    assert answer.err == ""


@pytest.mark.parametrize("form", ["yaml", "", "JSON"])
def test_an_output_form_that_is_none_is_told_in_text(dockerctl: Run, form: str) -> None:
    answer = dockerctl("status", "-o", form, "--unit", "a b")
    assert (answer.code, answer.out) == (2, "")
    told = "'a b' is not a unit name" if form == "" else "is not an output form"
    assert told in answer.err


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("start", "--help"), ("wait", "-h")])
def test_help_is_an_answer(dockerctl: Run, words: tuple[str, ...]) -> None:
    answer = dockerctl(*words)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.lstrip().startswith("Usage: dockerctl")
    assert "\x1b" not in answer.out


def listed(text: str) -> list[str]:
    return re.findall(r"^ +([a-z-]+)  ", text, re.M)


def test_help_names_every_verb(dockerctl: Run) -> None:
    found = listed(dockerctl("--help").out)
    # Typer before 0.12 sorts them.
    assert {verb.split()[0] for verb in VERBS} <= set(found)
    assert set(GROUPS) <= set(found)


@pytest.mark.parametrize("group", GROUPS)
def test_help_of_a_group_names_its_verbs(dockerctl: Run, group: str) -> None:
    verbs = {verb.split()[1] for verb in VERBS if verb.startswith(f"{group} ")}
    assert verbs <= set(listed(dockerctl(group, "--help").out))
    assert dockerctl(group).code == 2


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_shows_the_common_options(dockerctl: Run, verb: str) -> None:
    text = dockerctl(*verb.split(), "--help").out
    for option in ("--output", "--quiet", "--no-color", "--timeout", "--unit", "--user", "--help"):
        assert option in text


def test_the_version(dockerctl: Run) -> None:
    answer = dockerctl("--version")
    assert (answer.code, answer.out, answer.err) == (0, f"dockerctl {__version__}\n", "")
