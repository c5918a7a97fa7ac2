"""The result of a command and its JSON document."""

from __future__ import annotations

import json

import pytest

from dockerctl.errors import StartFailed, UnitMasked
from dockerctl.exits import ExitCode
from dockerctl.result import Level, Message, Result, error_document


def test_the_smallest_document() -> None:
    assert Result("dockerctl/is-active/v1").document() == {
        "schema": "dockerctl/is-active/v1",
        "ok": True,
        "exit_code": 0,
        "messages": [],
        "error": None,
    }


def test_a_whole_document_in_its_order() -> None:
    result = Result(
        schema="dockerctl/start/v1",
        exit_code=ExitCode.START_FAILED,
        changed=True,
        messages=(Message(Level.INFO, "i"), Message(Level.WARNING, "w")),
        error=StartFailed("It failed.", hint="Look.", details={"lines": ["x"]}),
        payload={"steps": []},
        text=("not in the document",),
    )
    document = result.document()
    assert list(document) == [
        "schema",
        "ok",
        "exit_code",
        "changed",
        "messages",
        "error",
        "steps",
    ]
    assert json.loads(json.dumps(document)) == {
        "schema": "dockerctl/start/v1",
        "ok": False,
        "exit_code": 152,
        "changed": True,
        "messages": [{"level": "info", "text": "i"}, {"level": "warning", "text": "w"}],
        "error": {
            "code": "start-failed",
            "message": "It failed.",
            "hint": "Look.",
            "details": {"lines": ["x"]},
        },
        "steps": [],
    }


@pytest.mark.parametrize("changed", [True, False])
def test_only_what_can_change_something_says_whether(changed: bool) -> None:
    assert Result("s", changed=changed).document()["changed"] is changed
    assert "changed" not in Result("s").document()


@pytest.mark.parametrize("code", list(ExitCode))
def test_ok_follows_from_the_exit_code(code: ExitCode) -> None:
    assert Result("s", exit_code=code).ok is (code == 0)


def test_an_error_as_json() -> None:
    assert error_document(UnitMasked("m")) == {
        "code": "unit-masked",
        "message": "m",
        "hint": UnitMasked.default_hint,
        "details": {},
    }
