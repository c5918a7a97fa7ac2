"""What a unit's files together say."""

from __future__ import annotations

from dockerctl.override.merged import Layer, MergedUnit, layers, merge
from dockerctl.override.store import DropIn, Owner
from dockerctl.override.text import parse_text


def merged(*texts: str, release: int | None = None) -> MergedUnit:
    files = [Layer(f"/{at}", parse_text(text.encode())) for at, text in enumerate(texts)]
    return merge(files, release=release)


def values(unit: MergedUnit, section: str, name: str) -> list[tuple[str, str]]:
    return [(value.value, value.path) for value in unit.values(section, name)]


def test_the_last_scalar_counts() -> None:
    unit = merged("[Service]\nRestart=no\n", "[Service]\nRestart=always\n")
    assert values(unit, "Service", "Restart") == [("always", "/1")]
    assert unit.last("Service", "Restart") == "always"
    assert unit.last("Service", "User") is None


def test_lists_add_up_and_know_their_files() -> None:
    unit = merged("[Service]\nEnvironment=A=1\n", "[Service]\n\nEnvironment=B=2\n")
    assert values(unit, "Service", "Environment") == [("A=1", "/0"), ("B=2", "/1")]
    assert unit.values("Service", "Environment")[1].line == 3


def test_an_empty_assignment_clears_a_list() -> None:
    unit = merged("[Service]\nExecStart=/a\n", "[Service]\nExecStart=\nExecStart=/b\n")
    assert values(unit, "Service", "ExecStart") == [("/b", "/1")]
    assert unit.resets["Service", "ExecStart"] == ("/1", 2)


def test_an_empty_assignment_clears_no_dependency() -> None:
    unit = merged("[Unit]\nWants=a.service\n", "[Unit]\nWants=\n")
    assert values(unit, "Unit", "Wants") == [("a.service", "/0")]


def test_an_empty_scalar_goes_back_to_the_default_or_is_refused() -> None:
    unit = merged(
        "[Service]\nKillMode=process\nRestart=always\n", "[Service]\nKillMode=\nRestart=\n"
    )
    assert values(unit, "Service", "KillMode") == []
    assert values(unit, "Service", "Restart") == [("always", "/0")]


def test_a_value_that_cannot_be_read_changes_nothing() -> None:
    unit = merged("[Service]\nType=notify\n", "[Service]\nType=daemon\n")
    assert unit.last("Service", "Type") == "notify"
    text = "[Service]\nType=notify\nType=notify-reload\n"
    assert merged(text, release=252).last("Service", "Type") == "notify"
    assert merged(text, release=253).last("Service", "Type") == "notify-reload"


def test_one_empty_condition_clears_all_of_them() -> None:
    unit = merged(
        "[Unit]\nConditionPathExists=/a\nConditionUser=root\nAssertUser=root\n",
        "[Unit]\nConditionHost=\n",
    )
    assert values(unit, "Unit", "ConditionPathExists") == []
    assert values(unit, "Unit", "ConditionUser") == []
    assert values(unit, "Unit", "AssertUser") == [("root", "/0")]


def test_one_empty_listener_clears_all_of_them() -> None:
    unit = merged("[Socket]\nListenStream=/a\nListenFIFO=/f\n", "[Socket]\nListenStream=\n")
    assert values(unit, "Socket", "ListenStream") == []
    assert values(unit, "Socket", "ListenFIFO") == []


def test_a_name_of_before_is_the_same_setting() -> None:
    unit = merged("[Unit]\nBindTo=a.service\n", "[Unit]\nBindsTo=b.service\n")
    assert values(unit, "Unit", "BindsTo") == [("a.service", "/0"), ("b.service", "/1")]


def test_unknown_settings_are_left_out() -> None:
    assert merged("[Service]\nFoo=1\n[service]\nRestart=no\n").settings == {}


def test_truth() -> None:
    unit = merged("[Unit]\nStopWhenUnneeded=On\n")
    assert unit.truth("Unit", "StopWhenUnneeded", default=False)
    assert not unit.truth("Unit", "RefuseManualStop", default=False)
    assert unit.truth("Unit", "DefaultDependencies", default=True)


def test_layers_are_the_files_that_count() -> None:
    drop_ins = [
        DropIn("/a.conf", "a.conf", b"[Service]\nNice=1\n", Owner.ADMIN, in_effect=True),
        DropIn("/b.conf", "b.conf", b"[Service]\nNice=2\n", Owner.ADMIN, in_effect=False),
        DropIn("/c.conf", "c.conf", None, Owner.ADMIN, in_effect=False),
    ]
    assert [layer.path for layer in layers("/f", b"[Service]\n", drop_ins)] == ["/f", "/a.conf"]
    assert [layer.path for layer in layers("/f", None, drop_ins)] == ["/a.conf"]


def test_a_bad_command_line_ends_the_file() -> None:
    unit = merged("[Service]\nExecStartPre=/a %k\nNice=1\n", "[Service]\nNice=2\n")
    assert values(unit, "Service", "ExecStartPre") == []
    assert values(unit, "Service", "Nice") == [("2", "/1")]
    lenient = merged("[Service]\nExecStartPre=-/a %k\nExecStartPre='/b\nNice=1\n")
    assert values(lenient, "Service", "ExecStartPre") == []
    assert values(lenient, "Service", "Nice") == [("1", "/0")]
