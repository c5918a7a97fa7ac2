"""The command tree that the manual page and the completions are made from."""

import pytest
from typer.main import get_command

from generate.reading import read_tree
from generate.tree import Argument, Command, Option, Value, one_line, own_options
from tests.fixtures import sample_cli


@pytest.fixture(scope="module")
def root() -> Command:
    return read_tree(get_command(sample_cli.build_app()))


def at(root: Command, *path: str) -> Command:
    return next(command for command in root.walk() if command.path == path)


def option(command: Command, name: str) -> Option:
    return next(option for option in command.options if name in option.all_names)


def test_visible_commands_in_order(root: Command) -> None:
    assert [" ".join(command.path) for command in root.walk()] == [
        *("", "start", "try-stop", "status", "wait", "config", "config set", "config load")
    ]


def test_option_with_choices(root: Command) -> None:
    assert option(root, "-o") == Option(
        names=("--output", "-o"),
        help="Form of the answer.",
        value=Value("text|json", ("text", "json")),
        environment=("SAMPLE_OUTPUT",),
    )


def test_counted_option_is_a_repeatable_flag(root: Command) -> None:
    assert option(root, "-v") == Option(("--verbose", "-v"), "Say more.", repeatable=True)


def test_plain_value_and_list_of_variables(root: Command) -> None:
    timeout = option(root, "--timeout")
    assert timeout.value == Value("SECONDS")
    assert timeout.environment == ("SAMPLE_TIMEOUT",)


def test_help_is_an_option_of_every_command(root: Command) -> None:
    assert all(option(command, "--help").value is None for command in root.walk())


def test_typers_own_options_are_left_out(root: Command) -> None:
    names = {name for o in root.options for name in o.all_names}
    assert names == {"--output", "-o", "--verbose", "-v", "--timeout", "--help", "-h"}


def test_switch_with_a_negation(root: Command) -> None:
    assert option(at(root, "start"), "--wait").negations == ("--no-wait",)


def test_own_options_are_those_that_are_not_global(root: Command) -> None:
    own = own_options(root, at(root, "start"))
    assert [o.names for o in own] == [("--wait",), ("--again",)]
    assert own_options(root, root) == ()


def test_help_ends_at_the_form_feed(root: Command) -> None:
    start = at(root, "start")
    assert start.summary == "Start it; it's quick"
    assert start.help.endswith(".starts with a dot.")


def test_choices_spelled_in_a_metavar(root: Command) -> None:
    assert at(root, "wait").arguments == (
        Argument(Value("healthy|stopped", ("healthy", "stopped")), "For what."),
    )


def test_arguments(root: Command) -> None:
    assert at(root, "config", "set").arguments == (
        Argument(Value("KEY"), ""),
        Argument(
            Value("VALUE"),
            "The value; none unsets.",
            required=False,
            environment=("SAMPLE_VALUE",),
        ),
    )


def test_paths(root: Command) -> None:
    load = at(root, "config", "load")
    assert load.arguments == (
        Argument(Value("FILES", is_path=True), "What to read.", repeatable=True),
    )
    assert option(load, "--base").value == Value("PATH", is_path=True, is_folder=True)
    assert option(load, "--like").value == Value("PATH", is_path=True)


def test_lists_and_numbers(root: Command) -> None:
    load = at(root, "config", "load")
    assert option(load, "--label") == Option(
        ("--label",), "A label.", value=Value("TEXT"), repeatable=True
    )
    assert option(load, "--level").value == Value("NUMBER")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two.", "One"),
        ("One\ntwo.", "One two"),
        ("See docker.service for it.", "See docker.service for it"),
        ("", ""),
    ],
)
def test_one_line(text: str, expected: str) -> None:
    assert one_line(text) == expected
