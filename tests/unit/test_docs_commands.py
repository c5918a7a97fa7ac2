"""The pages about commands and variables against the command tree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from dockerctl import settings
from dockerctl.cli.app import VERBS, build_app
from generate.reading import read_tree
from generate.tree import Command, Option, own_options
from tests.unit.test_docs_pages import DOCS, PAGES, blocks, codes, name_of, rows, sections, spans

TREE = read_tree(get_command(build_app()))
COMMANDS = {command.path[0]: command for command in TREE.commands}
PAGE = (DOCS / "reference/commands.md").read_text("utf-8")

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


def test_the_page_has_exactly_the_verbs() -> None:
    documented = [codes(title)[0] for title in sections(PAGE, 3)]
    assert sorted(documented) == sorted(COMMANDS) == sorted(VERBS)


@pytest.mark.parametrize("verb", COMMANDS)
def test_a_verb_has_exactly_its_options(verb: str) -> None:
    own = own_options(TREE, COMMANDS[verb])
    assert in_the_table(sections(PAGE, 3)[f"`{verb}`"]) == in_the_tree(own)


@pytest.mark.parametrize("verb", [verb for verb, tree in COMMANDS.items() if tree.arguments])
def test_a_verb_shows_each_choice_of_its_argument(verb: str) -> None:
    text = " ".join(sections(PAGE, 3)[f"`{verb}`"].split())
    for argument in COMMANDS[verb].arguments:
        assert argument.value.choices
        for choice in argument.value.choices:
            assert f"`dockerctl {verb} {choice}`" in text


def test_the_common_options() -> None:
    documented = in_the_table(sections(PAGE, 2)["Options of every verb"])
    assert unordered(documented) == unordered(in_the_tree(TREE.options))


def test_the_default_deadlines() -> None:
    s = settings
    lines = [row for row in rows(sections(PAGE, 2)["Options of every verb"]) if len(row) == 2]
    now = s.BOOT_S + max(s.START_S, s.STOP_S)
    assert s.START_S == s.STOP_S
    assert s.WAIT_S == 150
    assert {cells[0]: cells[1] for cells in lines} == {
        "`start`, `stop`": f"{s.START_S:g}",
        "`restart`, `try-restart`": f"{s.START_S + s.STOP_S:g}",
        "`reload`": f"{s.RELOAD_S:g}",
        "`enable`, `disable`, `mask`, `unmask`": f"{s.BOOT_S:g}, with `--now` {now:g}",
        "`status`, `is-active`, `is-enabled`, `is-healthy`": f"{s.STATUS_S:g}",
        "`status --wait`, `wait`": f"{s.WAIT_S:g}",
    }


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
            lines += [line[2:] for line in block.lines if line.startswith(("# ", "$ "))]
        elif block.language:
            lines += [line for line in block.lines if not line.lstrip().startswith("#")]
    return lines


def calls(page: Path) -> list[list[str]]:
    """The words after ``dockerctl`` of every call on a page."""
    return [call.split() for line in code_of(page) for call in _CALL.findall(line)]


def check_call(words: list[str]) -> None:
    """Fail when a call has a verb or an option that does not exist."""
    command: Command = TREE
    pending = list(words)
    while pending:
        word = pending.pop(0)
        if word in _PLACEHOLDERS:
            return
        if word.startswith("-"):
            name = word.partition("=")[0]
            option = next((o for o in command.options if name in o.all_names), None)
            assert option is not None, f"no option {name} in: dockerctl {' '.join(words)}"
            if option.value is not None and "=" not in word:
                assert pending, f"no value for {name}"
                pending.pop(0)
        elif command is TREE:
            assert word in COMMANDS, f"no verb {word!r} in: dockerctl {' '.join(words)}"
            command = COMMANDS[word]
        else:
            choices = {choice for a in command.arguments for choice in a.value.choices}
            assert word in choices, f"{word!r} in: dockerctl {' '.join(words)}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_calls_what_does_not_exist(page: Path) -> None:
    for words in calls(page):
        check_call(words)


def test_the_calls_are_found() -> None:
    found = [" ".join(words) for words in calls(DOCS / "how-to/provisioning-script.md")]
    assert "--quiet enable --now" in found
    assert "--timeout 600 wait healthy" in found


@pytest.mark.parametrize("words", ["repair", "start --keep-socket", "wait up", "--timeout"])
def test_a_wrong_call_is_noticed(words: str) -> None:
    with pytest.raises(AssertionError):
        check_call(words.split())
