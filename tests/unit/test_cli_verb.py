"""A function becomes a verb that also takes the common options."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import typer
from typer.main import get_command

from dockerctl.cli.options import flag, variable
from dockerctl.cli.session import Session
from dockerctl.cli.verb import with_common_options
from dockerctl.errors import DockerctlError, Interrupted, UnitMasked, UsageError
from dockerctl.result import Result
from dockerctl.settings import Output, Settings, Typed

LOUD = flag("--loud", "Say it loudly.")


def greet(session: Session, name: str = typer.Argument("you"), loud: bool = LOUD) -> Result:
    """Greet someone."""
    if name == "masked":
        raise UnitMasked("m")
    if name == "ctrl-c":
        raise KeyboardInterrupt
    text = f"{'HELLO' if loud else 'hello'} {name}"
    return Result("test/greet/v1", payload={"settings": session.settings}, text=(text,))


def invoke(words: Sequence[str], before: Typed | None = None) -> Session:
    app = typer.Typer(add_completion=False)
    app.command("greet")(with_common_options(greet))
    session = Session(before=before or Typed())
    get_command(app).main(args=list(words), standalone_mode=False, obj=session)
    return session


def settings(session: Session) -> Settings:
    assert session.result is not None
    found = session.result.payload["settings"]
    assert isinstance(found, Settings)
    return found


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "hello you"),
        (["me"], "hello me"),
        (["--loud", "me"], "HELLO me"),
        (["me", "--loud", "-q"], "HELLO me"),
    ],
)
def test_its_own_options(words: list[str], text: str) -> None:
    session = invoke(words)
    assert session.result is not None
    assert session.result.text == (text,)
    assert session.verb == "greet"


def test_the_common_options() -> None:
    words = ["-o", "json", "-q", "--no-color", "--timeout", "2", "--unit", "x", "--user"]
    assert settings(invoke(words)) == Settings(Output.JSON, True, False, 2.0, "x", True)


def test_none_of_them() -> None:
    expected = Settings(Output.TEXT, False, True, None, "docker.service", False)
    assert settings(invoke([])) == expected


def test_what_stood_before_the_verb() -> None:
    before = Typed(output="json", timeout="5", unit="x", quiet=True)
    assert settings(invoke([], before)) == Settings(Output.JSON, True, True, 5.0, "x", False)
    assert settings(invoke(["-o", "text"], before)).output is Output.TEXT


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["masked"], UnitMasked),
        (["ctrl-c"], Interrupted),
        (["--timeout", "soon"], UsageError),
        (["-o", "yaml"], UsageError),
    ],
)
def test_errors_pass_through(words: list[str], error: type[DockerctlError]) -> None:
    with pytest.raises(DockerctlError) as caught:
        invoke(words)
    assert type(caught.value) is error


def test_the_text_for_people_is_kept() -> None:
    command = with_common_options(greet)
    assert (command.__name__, command.__doc__) == ("greet", "Greet someone.")


def test_the_name_of_a_variable() -> None:
    assert variable("--no-wait") == "DOCKERCTL_NO_WAIT"
    assert variable("-o") == "DOCKERCTL_O"
