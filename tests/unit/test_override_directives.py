"""The table of directives."""

from __future__ import annotations

import pytest

from dockerctl.override.directives import (
    Kind,
    directive_table,
    sections_of_unit,
    suggest_section,
)
from dockerctl.override.lint_values import judge_value

TABLE = directive_table()


@pytest.mark.parametrize(
    ("section", "name", "kind"),
    [
        ("Service", "ExecStart", Kind.RESETTABLE),
        ("Service", "Environment", Kind.RESETTABLE),
        ("Service", "EnvironmentFile", Kind.RESETTABLE),
        ("Service", "LimitNOFILE", Kind.SCALAR),
        ("Socket", "LimitNOFILE", Kind.SCALAR),
        ("Service", "Restart", Kind.SCALAR),
        ("Socket", "ListenStream", Kind.RESETTABLE),
        ("Unit", "Wants", Kind.LIST),
        ("Unit", "After", Kind.LIST),
        ("Unit", "ConditionPathExists", Kind.RESETTABLE),
        ("Install", "WantedBy", Kind.RESETTABLE),
    ],
)
def test_kinds(section: str, name: str, kind: Kind) -> None:
    directive = TABLE.get(section, name)
    assert directive is not None
    assert directive.kind is kind


@pytest.mark.parametrize(
    ("section", "name"),
    [("Unit", "ExecStart"), ("Socket", "ExecStart"), ("Service", "ListenStream"), ("Unit", "Foo")],
)
def test_what_is_not_there(section: str, name: str) -> None:
    assert TABLE.get(section, name) is None


@pytest.mark.parametrize(
    ("section", "name", "release", "works"),
    [
        ("Service", "RestartSteps", 252, False),
        ("Service", "RestartSteps", 254, True),
        ("Service", "RestartSteps", None, True),
        ("Service", "MemoryLimit", 257, True),
        ("Service", "MemoryLimit", 258, False),
        ("Service", "MemoryLimit", None, False),
        ("Unit", "AssertVersion", 257, False),
        ("Service", "MemoryMax", 252, True),
    ],
)
def test_releases(section: str, name: str, release: int | None, works: bool) -> None:
    directive = TABLE.get(section, name)
    assert directive is not None
    assert directive.works(release) is works


@pytest.mark.parametrize(
    ("section", "name", "meant"),
    [
        ("Service", "Enviroment", "Environment"),
        ("Service", "execstart", "ExecStart"),
        ("Service", "LimitNOFILES", "LimitNOFILE"),
        ("Service", "MemoryMaximum", "MemoryMax"),
        ("Unit", "Require", "Requires"),
        ("Service", "Zzz", None),
    ],
)
def test_suggestions(section: str, name: str, meant: str | None) -> None:
    assert TABLE.suggest(section, name) == meant


def test_sections() -> None:
    assert TABLE.sections_of("LimitNOFILE") == ("Service", "Socket")
    assert TABLE.sections_of("StartLimitBurst") == ("Unit", "Service")
    assert sections_of_unit("docker.socket") == ("Unit", "Socket", "Install")
    assert suggest_section("service", "docker.service") == "Service"
    assert suggest_section("Services", "docker.service") == "Service"
    assert suggest_section("Timer", "docker.service") is None
    with pytest.raises(ValueError, match="not a service or socket"):
        sections_of_unit("docker.timer")


def test_names_of_before() -> None:
    assert TABLE.right_name("BindTo") == "BindsTo"
    assert TABLE.right_name("BindsTo") == "BindsTo"
    for old, new in TABLE.aliases.items():
        assert TABLE.sections_of(old), old
        assert TABLE.sections_of(new), new


def test_the_table_is_sound() -> None:
    for (section, name), directive in TABLE.directives.items():
        assert (directive.section, directive.name) == (section, name)
        assert directive.since == 0 or 252 < directive.since <= 262
        assert (directive.choices is not None) == (directive.value == "choice")
        assert directive.value in KNOWN_VALUES, name
        assert not (directive.refuses_empty and directive.kind is Kind.LIST)


KNOWN_VALUES = {
    "boolean", "choice", "command", "count", "cpu-weight", "environment", "environment-file",
    "limit", "memory", "mode", "nice", "number", "oom-score", "path-condition", "paths", "percent",
    "signal", "size", "tasks", "text", "time", "units", "weight",
}  # fmt: skip


# What systemd-analyze verify of 252, 257 and 262 said about each of these.
@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("Restart", ["no", "always", "on-failure"], ["yes", "Always", "no # c"]),
        (
            "RestartSec",
            ["5", "1.5", "1min 30s", "2 min", "100ms", "1h30", "infinity", ".5", "5M", "5µs", "0"],
            ["5x", "-1", "abc", "1..5", "5.", "3 sec ;c", "1d2x", "90s # x"],
        ),
        ("KillMode", ["process", "mixed"], ["control_group", "cgroup"]),
        (
            "LimitNOFILE",
            ["1048576", "infinity", "1024:2048", "0x10", "+5", "1024:infinity"],
            ["2048:1024", "unlimited", "1M", "-1", "1024:", "infinity:5", "1e6", "65536 # c"],
        ),
        ("LimitCORE", ["infinity", "1G", "0", "100M:1G", "1.5G"], ["1g", "1G:100M", "2GB"]),
        ("LimitNICE", ["+5", "-5", "10"], ["x", "50", "+30"]),
        ("LimitCPU", ["10", "10s", "1min", "infinity"], ["x"]),
        ("OOMScoreAdjust", ["-500", "1000", "+5", "0x10", "010"], ["1001", "-1001", "abc"]),
        ("Nice", ["-5", "19", "-20"], ["20", "-21", "x"]),
        (
            "MemoryMax",
            ["1G", "50%", "infinity", "1.5G", "512 M", "1G 5M", "10‰", "50", "1024K"],
            ["0", "1g", "max", "100.5%", "101%", "${X}", "-1", "1GiB", "1GB", "unlimited"],
        ),
        ("MemorySwapMax", ["0", "1G"], ["x"]),
        ("TasksMax", ["infinity", "100", "10%", "0x10"], ["0", "max", "-1", "1k", "101%"]),
        ("CPUQuota", ["80%", "200%", "1.5%", "0.5%"], ["0%", "50", "abc%", "%"]),
        ("CPUWeight", ["100", "idle", "1"], ["0", "10001", "x"]),
        ("IOWeight", ["500"], ["idle", "0"]),
        ("RemainAfterExit", ["yes", "1", "On", "TRUE", "y"], ["maybe", "enabled"]),
        ("UMask", ["0022", "22", "7777"], ["0999", "x", "77777"]),
        ("KillSignal", ["SIGTERM", "TERM", "15", "SIGRTMIN", "RTMIN+1"], ["SIGFOO", "0", "65"]),
    ],
)
def test_values_of_a_service(name: str, good: list[str], bad: list[str]) -> None:
    directive = TABLE.get("Service", name)
    assert directive is not None
    assert [value for value in good if judge_value(directive, value, 257) is not None] == []
    assert [value for value in bad if judge_value(directive, value, 257) is None] == []


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("StartLimitBurst", ["5", "0"], ["-1", "x", "4294967296", "5 # c"]),
        (
            "After",
            ["a.service b.target", "%n", "a@b.service"],
            ["a", "a.service,", "a.service # c"],
        ),
        ("ConditionPathExists", ["/x", "!/x", "|/x", "|!/x"], ["x", "! /x"]),
        ("RequiresMountsFor", ["/a /b"], ["a", "/a b"]),
    ],
)
def test_values_of_a_unit(name: str, good: list[str], bad: list[str]) -> None:
    directive = TABLE.get("Unit", name)
    assert directive is not None
    assert [value for value in good if judge_value(directive, value, 257) is not None] == []
    assert [value for value in bad if judge_value(directive, value, 257) is None] == []


def test_a_word_that_a_later_release_brought() -> None:
    directive = TABLE.get("Service", "Type")
    assert directive is not None
    assert judge_value(directive, "notify-reload", 252) == "needs systemd 253"
    assert judge_value(directive, "notify-reload", 253) is None
    assert judge_value(directive, "notify-reload", None) is None
