"""Editing the flags of a command line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.errors import OverrideValueInvalid
from dockerctl.override.command import ExecLine, expand, parse_exec, render_exec
from dockerctl.override.recipe_flags import FlagTable, add_flags, read_flags, remove_flags

TABLE = FlagTable(
    frozenset({"host", "log-level", "label", "exec-opt", "config-file"}),
    frozenset({"host", "label", "exec-opt"}),
    {"H": "host", "l": "log-level", "D": "debug"},
)


def line(arguments: str) -> ExecLine:
    return parse_exec(f"/usr/bin/dockerd {arguments}")


@pytest.mark.parametrize(
    ("words", "flags"),
    [
        (["--debug"], [("debug", None)]),
        (["--debug=false"], [("debug", "false")]),
        (["--host", "fd://"], [("host", "fd://")]),
        (["--host=fd://"], [("host", "fd://")]),
        (["--host="], [("host", "")]),
        (["-H", "fd://"], [("host", "fd://")]),
        (["-Hfd://"], [("host", "fd://")]),
        (["-H=fd://"], [("host", "fd://")]),
        (["-DH", "fd://", "-D"], [("debug", None), ("host", "fd://"), ("debug", None)]),
        (["-DHfd://"], [("debug", None), ("host", "fd://")]),
        (["-H", "-D"], [("host", "-D")]),
        (["-H"], [("host", None)]),
        (["--host"], [("host", None)]),
        (["$X", "-", "x", "--", "-D"], []),
        (["--new", "value"], [("new", None)]),
        (["-x"], [("x", None)]),
    ],
)
def test_reading(words: list[str], flags: list[tuple[str, str | None]]) -> None:
    assert [(flag.name, flag.value) for flag in read_flags(words, TABLE)] == flags


@pytest.mark.parametrize(
    ("before", "names", "after"),
    [
        ("-H fd:// --debug", ["--host"], "--debug"),
        ("-H fd:// --host=a --host b -Hc -DHd $O", ["-H"], "-D $O"),
        ("-H a -H b", ["--host=a"], "-H b"),
        ("-H a -H b", ["-Ha"], "-H b"),
        ("-H a -H b", ["-H=b"], "-H a"),
        ("--debug -D x", ["debug"], "x"),
        ("--log-level -D -D", ["-D"], "--log-level -D"),
        ("--debug", ["--host"], "--debug"),
        ("-- --debug", ["--debug"], "-- --debug"),
        ("--label a=$$x", ["--label=a=$x"], ""),
    ],
)
def test_removing(before: str, names: list[str], after: str) -> None:
    assert remove_flags(line(before), names, TABLE) == line(after)


@pytest.mark.parametrize(
    ("before", "words", "after"),
    [
        ("", ["--debug"], "--debug"),
        ("--debug $O", ["--debug=false"], "$O --debug=false"),
        ("--log-level warn $O", ["-l", "info"], "$O -l info"),
        ("-H fd://", ["-H", "unix:///a"], "-H fd:// -H unix:///a"),
        ("-H fd://", ["--host=fd://"], "-H fd://"),
        ("a -- b", ["-D"], "a -D -- b"),
        ("", ["--label=a=50%$X b"], "'--label=a=50%%$$X b'"),
        ("-D", ["-D", "--label", "x"], "-D --label x"),
    ],
)
def test_adding(before: str, words: list[str], after: str) -> None:
    assert add_flags(line(before), words, TABLE) == line(after)


@pytest.mark.parametrize("words", [["x"], ["--log-level"], ["-H"], ["--new", "x"], [""], ["--"]])
def test_what_is_no_flag(words: list[str]) -> None:
    with pytest.raises(OverrideValueInvalid):
        add_flags(line(""), words, TABLE)


@pytest.mark.parametrize("name", ["", "--", "-", "=x"])
def test_what_names_no_flag(name: str) -> None:
    with pytest.raises(OverrideValueInvalid):
        remove_flags(line(""), [name], TABLE)


def test_a_line_without_variables() -> None:
    plain = add_flags(parse_exec(":/usr/bin/dockerd"), ["--label=$X"], TABLE)
    assert plain.arguments == ("--label=$X",)


values = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
others = st.lists(
    st.sampled_from(["-D", "--debug", "$O", "-H", "x", "--label=a", "-l", "--", "-DH"])
)


@given(others, st.lists(values, unique=True))
def test_what_was_added_is_there_and_can_be_removed(before: list[str], labels: list[str]) -> None:
    start = remove_flags(line(" ".join(before)), ["--label"], TABLE)
    if "-H" in start.arguments[-1:] or "-l" in start.arguments[-1:] or "--" in start.arguments:
        return
    if "-DH" in start.arguments[-1:]:
        return
    added = add_flags(start, [f"--label={label}" for label in labels], TABLE)
    argv = expand(parse_exec(render_exec(added)), {})
    read = [flag.value for flag in read_flags(argv[1:], TABLE) if flag.name == "label"]
    # An unset variable vanishes, and a flag before it then takes what follows.
    if "$O" not in before:
        assert read == labels
    assert remove_flags(added, ["--label"], TABLE) == remove_flags(start, ["--label"], TABLE)
