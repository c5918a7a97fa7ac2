"""The errors: unique codes, hints, exit codes, and no class that nobody raises."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from dockerctl import errors
from dockerctl.errors import BootStateUnproven, DockerctlError, UnitMasked, error_classes
from dockerctl.exits import ExitCode
from dockerctl.systemd.bus_errors import BY_NAME

PACKAGE = Path(errors.__file__).parents[1]
CLASSES = list(error_classes())

# LSB's numbers for init scripts, the range that LSB leaves to applications, and 128 + signal.
ALLOWED = {0, 1, 2, 3, 4, 5, 6, 7, 130, 143, *range(150, 159)}


def test_the_codes_are_unique() -> None:
    codes = [cls.code for cls in CLASSES]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("cls", CLASSES)
def test_a_class(cls: type[DockerctlError]) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", cls.code)
    assert isinstance(cls.exit_code, ExitCode)
    assert cls.exit_code is not ExitCode.OK
    assert cls.default_hint.endswith((".", ")"))
    assert cls.__doc__


@pytest.mark.parametrize("cls", CLASSES)
def test_a_class_does_not_inherit_its_code(cls: type[DockerctlError]) -> None:
    assert "code" in vars(cls)
    assert "default_hint" in vars(cls)


def test_the_bases_have_no_code_of_their_own() -> None:
    coded = set(CLASSES)
    bases = {base for cls in coded for base in cls.__mro__ if issubclass(base, DockerctlError)}
    assert {base.__name__ for base in bases - coded} == {
        "ConfigurationError",
        "DockerctlError",
        "DoctorError",
        "EngineError",
        "HostError",
        "JournalError",
        "LifecycleError",
        "OverrideError",
        "SystemdError",
        "TransactionError",
    }


def test_the_exit_codes() -> None:
    assert {int(code) for code in ExitCode} <= ALLOWED
    assert int(ExitCode.UNKNOWN) == int(ExitCode.NOT_PERMITTED)


def test_every_class_is_made_somewhere() -> None:
    made = set(BY_NAME.values())
    named = {
        node.id
        for path in PACKAGE.rglob("*.py")
        if path.parent.name != "errors"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name)
    }
    unused = [cls.__name__ for cls in CLASSES if cls not in made and cls.__name__ not in named]
    assert unused == []


def test_a_hint_of_its_own() -> None:
    assert UnitMasked("m").hint == UnitMasked.default_hint
    assert UnitMasked("m", hint="h").hint == "h"
    assert UnitMasked("m", hint="").hint == ""


@pytest.mark.parametrize("cls", CLASSES)
def test_a_hint_names_the_unit_that_was_asked_for(cls: type[DockerctlError]) -> None:
    error = cls("m")
    assert "{" not in error.hint
    plain = error.hint
    error.concern("other.service")
    commands = re.compile(r"'[^']*docker\.(service|socket)[^']*'")
    assert commands.search(error.hint) is None
    assert (error.hint != plain) is (commands.search(plain) is not None)


@pytest.mark.parametrize("typed", ["other", "other.service"])
def test_a_hint_names_units_in_full(typed: str) -> None:
    error = BootStateUnproven("m")
    error.concern(typed)
    assert error.hint == "See 'systemctl is-enabled other.service other.socket'."


def test_a_hint_that_was_given_stays() -> None:
    error = UnitMasked("m", hint="See 'systemctl cat docker.service'.")
    error.concern("other.service")
    assert error.hint == "See 'systemctl cat docker.service'."


def test_details_are_a_copy() -> None:
    details: dict[str, object] = {"unit": "docker.service"}
    error = UnitMasked("m", details=details)
    details.clear()
    assert error.details == {"unit": "docker.service"}
    assert UnitMasked("m").details == {}


@pytest.mark.parametrize(
    ("message", "sentence"), [("It is.", "It is."), ("It is", "It is."), ("Is it?", "Is it?")]
)
def test_a_message_within_a_longer_text(message: str, sentence: str) -> None:
    error = DockerctlError(message)
    assert (str(error), error.sentence) == (message, sentence)
