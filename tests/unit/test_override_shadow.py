"""What each file changes, and which later one takes that back."""

from __future__ import annotations

from dockerctl.override.merged import Layer
from dockerctl.override.shadow import Change, changes
from dockerctl.override.text import parse_text


def found(*texts: str) -> list[tuple[Change, ...]]:
    files = [Layer(f"/{at}", parse_text(text.encode())) for at, text in enumerate(texts)]
    return list(changes(files).values())


def test_a_later_scalar_shadows() -> None:
    first, second = found("[Service]\nRestart=no\n", "[Service]\nRestart=always\n")
    assert (first[0].shadowed_by, first[0].counts) == ("/1", False)
    assert second[0].counts


def test_a_reset_shadows_all_before_it() -> None:
    first, second = found("[Service]\nExecStart=/a\n", "[Service]\nExecStart=\nExecStart=/b\n")
    assert first[0].shadowed_by == "/1"
    assert [(change.resets, change.counts) for change in second] == [(True, True), (False, True)]


def test_dependencies_are_never_shadowed() -> None:
    first, second = found("[Unit]\nAfter=a.service\n", "[Unit]\nAfter=\nAfter=b.service\n")
    assert first[0].counts
    assert [change.counts for change in second] == [False, True]


def test_each_variable_is_a_change_of_its_own() -> None:
    first, second = found("[Service]\nEnvironment=A=1 B=2\n", '[Service]\nEnvironment="B=3" C=4\n')
    assert [(c.variable, c.value, c.shadowed_by) for c in first] == [
        ("A", "1", None),
        ("B", "2", "/1"),
    ]
    assert [c.variable for c in second] == ["B", "C"]


def test_what_systemd_ignores_does_not_count_and_shadows_nothing() -> None:
    first, second = found(
        "[Service]\nType=notify\n", "[Service]\nType=daemon\nFoo=1\nRestart=\n[x]\nNice=1\n"
    )
    assert first[0].counts
    assert [change.counts for change in second] == [False, False, False, False]


def test_a_file_can_shadow_itself() -> None:
    (only,) = found("[Service]\nNice=1\nNice=2\n")
    assert [change.shadowed_by for change in only] == ["/0", None]
    assert [change.line for change in only] == [2, 3]


def test_a_file_without_settings_is_there() -> None:
    assert found("# nothing\n") == [()]


def test_nothing_counts_after_a_bad_command_line() -> None:
    first, second = found(
        "[Service]\nNice=1\n", "[Service]\nExecStartPre=/a %k\nNice=2\nExecStart=\n"
    )
    assert first[0].counts
    assert [change.counts for change in second] == [False, False, False]
