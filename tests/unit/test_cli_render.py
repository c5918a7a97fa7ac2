"""The renderer: the answer to stdout, the error to stderr, one exit code."""

from __future__ import annotations

import io
import json
import sys

import pytest

from dockerctl.cli.render import render, render_printed
from dockerctl.errors import StartFailed
from dockerctl.exits import ExitCode
from dockerctl.result import Level, Message, Result
from dockerctl.settings import Output

Capture = pytest.CaptureFixture[str]

GOOD = Result("dockerctl/is-active/v1", payload={"active_state": "active"}, text=("active",))
BAD = Result(
    "dockerctl/start/v1",
    exit_code=ExitCode.START_FAILED,
    changed=True,
    messages=(Message(Level.WARNING, "was told already"),),
    error=StartFailed("It did not come up.\n  because", hint="Look here."),
)


def test_text(capsys: Capture) -> None:
    assert render(GOOD, Output.TEXT) == 0
    assert capsys.readouterr() == ("active\n", "")


def test_several_lines(capsys: Capture) -> None:
    assert render(Result("s", text=("one", "two")), Output.TEXT) == 0
    assert capsys.readouterr().out == "one\ntwo\n"


def test_no_answer_is_no_empty_line(capsys: Capture) -> None:
    assert render(Result("s"), Output.TEXT) == 0
    assert capsys.readouterr() == ("", "")


def test_an_error_in_text(capsys: Capture) -> None:
    assert render(BAD, Output.TEXT) == 152
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "dockerctl: It did not come up.\n  because\n  hint: Look here.\n"


def test_an_error_without_a_hint(capsys: Capture) -> None:
    result = Result("s", exit_code=ExitCode.FAILED, error=StartFailed("m", hint=""))
    assert render(result, Output.TEXT) == 1
    assert capsys.readouterr().err == "dockerctl: m\n"


@pytest.mark.parametrize("result", [GOOD, BAD])
def test_json_is_one_document_and_nothing_else(capsys: Capture, result: Result) -> None:
    assert render(result, Output.JSON) == int(result.exit_code)
    out, err = capsys.readouterr()
    assert err == ""
    assert out.endswith("}\n")
    assert out.isascii()
    assert json.loads(out) == json.loads(json.dumps(result.document()))


@pytest.mark.parametrize("result", [GOOD, BAD])
@pytest.mark.parametrize("output", list(Output))
def test_a_result_is_rendered_the_same_twice(
    capsys: Capture, result: Result, output: Output
) -> None:
    first = render(result, output), capsys.readouterr()
    assert (render(result, output), capsys.readouterr()) == first


def test_what_cannot_be_encoded(capsys: Capture) -> None:
    odd = Result("s", text=("caf\udce9",), payload={"text": "caf\udce9 \x1b"})
    assert render(odd, Output.JSON) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "caf\udce9 \x1b"


def test_a_printed_text(capsys: Capture) -> None:
    assert render_printed("help\n") == 0
    assert capsys.readouterr() == ("help\n", "")


@pytest.mark.parametrize("closed", [None, "closed"])
@pytest.mark.parametrize(("result", "code"), [(GOOD, 1), (BAD, 152)])
def test_a_stdout_that_is_closed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
    closed: str | None,
    result: Result,
    code: int,
) -> None:
    stream = None if closed is None else io.StringIO()
    if stream is not None:
        stream.close()
    monkeypatch.setattr(sys, "stdout", stream)
    assert render(result, Output.JSON) == code
    assert capsys.readouterr().err == (
        "dockerctl: the answer could not be written to stdout: it is closed\n"
    )
