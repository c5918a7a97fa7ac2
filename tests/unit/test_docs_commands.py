"""The pages about commands and variables against the command tree."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from dockerctl import settings
from dockerctl.cli.app import GROUPS, VERBS, build_app
from dockerctl.cli.change_options import change_options
from dockerctl.cli.change_run import CHANGE_S
from generate.reading import read_tree
from generate.tree import Argument, Command, Option, own_options
from tests.unit.test_docs_pages import DOCS, PAGES, blocks, codes, name_of, rows, sections, spans

TREE = read_tree(get_command(build_app()))
COMMANDS = {
    " ".join(command.path): command
    for command in TREE.walk()
    if command.path and not command.commands
}
PAGE = (DOCS / "reference/commands.md").read_text("utf-8")
OF_CHANGES = (DOCS / "reference/commands-configuration.md").read_text("utf-8")
SECTIONS = {
    codes(title)[0]: section
    for page in (PAGE, OF_CHANGES)
    for title, section in sections(page, 3).items()
}
# How a section says that its verb takes the options of all changes.
ALL_OPTIONS = "[options of every change](#options-of-every-change)"

# A command line of ours up to what ends it in a shell: a separator, a redirection, a comment.
_CALL = re.compile(r"(?<![\w./-])(?:/usr/bin/)?dockerctl((?: +(?!#|\d?[<>])[^\s|;&)<>`]+)*)")
_PLACEHOLDERS = {"VERB", "…"}


def in_the_table(text: str) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Option names to variables, of all tables in ``text`` whose first cell is an option."""
    return {
        tuple(codes(names)): tuple(codes(variable))
        for names, variable, _ in (row for row in rows(text) if len(row) == 3)
        if names.startswith("`-")
    }


def in_the_tree(options: tuple[Option, ...]) -> dict[tuple[str, ...], tuple[str, ...]]:
    return {option.all_names: option.environment for option in options}


def unordered(
    table: dict[tuple[str, ...], tuple[str, ...]],
) -> dict[frozenset[str], tuple[str, ...]]:
    return {frozenset(names): variable for names, variable in table.items()}


def options_of_changes(verb: str) -> tuple[Option, ...]:
    """Those of a verb that all verbs have which change the configuration; all of them or none."""
    names = {names for _, option in change_options().values() for names in option.param_decls}
    own = tuple(o for o in own_options(TREE, COMMANDS[verb]) if o.names[0] in names)
    return own if len(own) == len(change_options()) else ()


def usage(verb: str) -> str:
    """A verb with its arguments, as the page has to show it."""
    return " ".join(["dockerctl", verb, *map(typed_argument, COMMANDS[verb].arguments)])


def typed_argument(argument: Argument) -> str:
    text = argument.value.metavar + ("..." if argument.repeatable else "")
    return text if argument.required else f"[{text}]"


def test_the_pages_have_exactly_the_verbs() -> None:
    documented = [codes(title)[0] for page in (PAGE, OF_CHANGES) for title in sections(page, 3)]
    assert sorted(documented) == sorted(COMMANDS) == sorted(VERBS)


@pytest.mark.parametrize("verb", COMMANDS)
def test_a_verb_has_exactly_its_options(verb: str) -> None:
    shared = options_of_changes(verb)
    own = tuple(o for o in own_options(TREE, COMMANDS[verb]) if o not in shared)
    assert in_the_table(SECTIONS[verb]) == in_the_tree(own)
    assert (ALL_OPTIONS in " ".join(SECTIONS[verb].split())) is bool(shared)


def test_the_options_of_every_change() -> None:
    documented = in_the_table(sections(OF_CHANGES, 2)["Options of every change"])
    assert documented == in_the_tree(options_of_changes("config set"))


@pytest.mark.parametrize("verb", [verb for verb, tree in COMMANDS.items() if tree.arguments])
def test_a_verb_shows_its_arguments(verb: str) -> None:
    text = " ".join(SECTIONS[verb].split())
    choices = [c for argument in COMMANDS[verb].arguments for c in argument.value.choices]
    for choice in choices:
        assert f"`dockerctl {verb} {choice}`" in text
    assert choices or f"`{usage(verb)}`" in text


def test_the_common_options() -> None:
    documented = in_the_table(sections(PAGE, 2)["Options of every verb"])
    assert unordered(documented) == unordered(in_the_tree(TREE.options))


def test_the_default_deadlines() -> None:
    s = settings
    lines = [row for row in rows(sections(PAGE, 2)["Options of every verb"]) if len(row) == 2]
    now = s.BOOT_S + max(s.START_S, s.STOP_S)
    assert s.START_S == s.STOP_S
    assert s.WAIT_S == 150
    changing = [verb for verb in COMMANDS if options_of_changes(verb)]
    assert {cells[0]: cells[1] for cells in lines} == {
        "`start`, `stop`": f"{s.START_S:g}",
        "`restart`, `try-restart`": f"{s.START_S + s.STOP_S:g}",
        "`reload`": f"{s.RELOAD_S:g}",
        "`enable`, `disable`, `mask`, `unmask`": f"{s.BOOT_S:g}, with `--now` {now:g}",
        "`status`, `is-active`, `is-enabled`, `is-healthy`": f"{s.STATUS_S:g}",
        "`status --wait`, `wait`": f"{s.WAIT_S:g}",
        "`config validate`, `config diff`": f"{s.START_S:g}",
        "`logs`": f"{s.LOGS_S:g}, with `--follow` none",
        "`doctor`": f"{s.DOCTOR_S:g}, and for `--fix` that of the repair as well",
        "the other verbs of `config` and `override` that look, `history`": f"{s.STATUS_S:g}",
        "all verbs with the options of every change, `checkpoint`, `confirm`, `recover`": (
            f"{CHANGE_S:g}"
        ),
    }
    assert {"apply", "rollback", "config set", "override revert"} <= set(changing)


def test_the_page_of_variables_has_exactly_those_of_the_options() -> None:
    text = (DOCS / "reference/environment.md").read_text("utf-8")
    documented = {
        codes(variable)[0]: codes(option)[0]
        for variable, option in rows(sections(text, 2)["Of dockerctl"])
    }
    options = [option for command in TREE.walk() for option in command.options]
    assert documented == {o.environment[0]: o.names[0] for o in options if o.environment}


def code_of(page: Path) -> list[str]:
    """All that a reader may take for a command line: what is typed in sessions, scripts, spans."""
    text = page.read_text("utf-8")
    lines = spans(text)
    for block in blocks(text):
        if block.language == "console":
            # A command may go on behind a backslash.
            whole = "\n".join(block.lines).replace("\\\n", " ").splitlines()
            lines += [line[2:] for line in whole if line.startswith(("# ", "$ "))]
        elif block.language:
            lines += [line for line in block.lines if not line.lstrip().startswith("#")]
    return lines


def calls(page: Path) -> list[list[str]]:
    """The words after ``dockerctl`` of every call on a page."""
    return [words_of(call) for line in code_of(page) for call in _CALL.findall(line)]


def words_of(call: str) -> list[str]:
    """The words of a command line; a quote that ends a quoted call is not one of them."""
    try:
        return shlex.split(call)
    except ValueError:
        return [word.strip("'\"") for word in call.split()]


def check_call(words: list[str]) -> None:
    """Fail when a call has a verb, an option or an argument that does not exist."""
    command: Command = TREE
    pending = list(words)
    arguments: list[str] = []
    while pending:
        word = pending.pop(0)
        if word in _PLACEHOLDERS:
            return
        if word.startswith("-") and word != "-":
            name = word.partition("=")[0]
            option = next((o for o in command.options if name in o.all_names), None)
            assert option is not None, f"no option {name} in: dockerctl {' '.join(words)}"
            if option.value is not None and "=" not in word:
                assert pending, f"no value for {name}"
                pending.pop(0)
        elif command.commands:
            found = next((c for c in command.commands if c.path[-1] == word), None)
            assert found is not None, f"no verb {word!r} in: dockerctl {' '.join(words)}"
            command = found
        else:
            arguments.append(word)
    check_arguments(command, arguments)


def check_arguments(command: Command, words: list[str]) -> None:
    """Fail when there are more arguments than a command takes, or others."""
    choices = {choice for a in command.arguments for choice in a.value.choices}
    if choices:
        assert set(words) <= choices, f"{words} for {command.path}"
    if not any(argument.repeatable for argument in command.arguments):
        assert len(words) <= len(command.arguments), f"{words} for {command.path}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_calls_what_does_not_exist(page: Path) -> None:
    for words in calls(page):
        check_call(words)


def test_the_calls_are_found() -> None:
    found = [" ".join(words) for words in calls(DOCS / "how-to/provisioning-script.md")]
    assert "--quiet enable --now" in found
    assert "--timeout 600 wait healthy" in found


@pytest.mark.parametrize(
    "words",
    [
        "repair", "start --keep-socket", "wait up", "--timeout", "config put debug=true",
        "config get debug icc", "override set --http http://proxy:1", "confirm 20261124",
    ],
)  # fmt: skip
def test_a_wrong_call_is_noticed(words: str) -> None:
    with pytest.raises(AssertionError):
        check_call(words.split())


def test_groups_are_no_verbs() -> None:
    assert not set(GROUPS) & set(VERBS)
    assert {verb.partition(" ")[0] for verb in VERBS if " " in verb} == set(GROUPS)
