"""What can be typed after logs, and what it adds up to."""

from __future__ import annotations

import re

import pytest

from dockerctl.cli.logs_options import MOST_LINES, LogChoice, read_choice
from dockerctl.doctor.run_choice import Which
from dockerctl.errors import UsageError
from dockerctl.health.log_lines import Wanted
from tests.invocation import Run


def choice(
    *,
    source: list[str] | None = None,
    follow: bool = False,
    since: str | None = None,
    until: str | None = None,
    lines: str | None = None,
    level: str | None = None,
    grep: str | None = None,
    run: str | None = None,
) -> LogChoice:
    return read_choice(
        "docker.service",
        source=source,
        follow=follow,
        since=since,
        until=until,
        lines=lines,
        level=level,
        grep=grep,
        run=run,
    )


def test_nothing_typed() -> None:
    assert choice() == LogChoice(
        ("docker.service",), False, "", "", 100, counted=True, wanted=Wanted(), run=None
    )


@pytest.mark.parametrize(
    ("found", "most", "counted"),
    [
        (choice(lines="7"), 7, True),
        (choice(lines="all"), MOST_LINES, False),
        (choice(lines="999999999"), MOST_LINES, True),
        (choice(since="10m"), MOST_LINES, False),
        (choice(run="last"), MOST_LINES, False),
        (choice(run="failed", lines="3"), 3, True),
        (choice(follow=True), 10, True),
        (choice(follow=True, since="10m"), MOST_LINES, False),
    ],
)
def test_how_many(found: LogChoice, most: int, counted: bool) -> None:
    assert (found.most, found.counted) == (most, counted)


def test_the_rest() -> None:
    found = choice(
        source=["containerd", "docker.socket", "containerd.service"],
        since="10m",
        until="yesterday",
        level="error",
        grep="oom",
    )
    assert found.units == ("containerd.service", "docker.socket")
    assert (found.since, found.until) == ("-10m", "yesterday")
    assert found.wanted == Wanted("error", re.compile("oom", re.IGNORECASE))
    assert choice(grep="OOM").wanted.pattern == re.compile("OOM")
    assert choice(run="current", follow=True).run is Which.CURRENT


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("-n", "few"), "'few' is not a number of lines."),
    (("-n", "-1"), "'-1' is not a number of lines."),
    (("--level", "loud"), "'loud' is not a level."),
    (("--run", "next"), "'next' is not a run."),
    (("--grep", "("), "'(' is not a regular expression"),
    (("--since", ""), "'' is not a moment for --since."),
    (("--until", "a\nb"), "is not a moment for --until."),
    (("-u", "a b"), "is not a unit name."),
    (("-u", "docker.timer"), "is not a service."),
    (("-f", "--until", "10m"), "--follow shows what comes"),
    (("-f", "--run", "last"), "--follow shows what comes"),
    (("--run", "last", "--since", "10m"), "goes without --since"),
    (("--run", "last", "-u", "docker", "-u", "containerd"), "--run is of one unit."),
    (("-o", "yaml"), "is not an output form"),
]


@pytest.mark.parametrize(("words", "says"), WRONG)
def test_what_is_wrong(dockerctl: Run, words: tuple[str, ...], says: str) -> None:
    answer = dockerctl("logs", *words)
    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert all(char.isprintable() or char == "\n" for char in answer.err)


def test_what_is_wrong_in_json(dockerctl: Run) -> None:
    document = dockerctl("logs", "-f", "--level", "loud", "-o", "json").document
    assert document["schema"] == "dockerctl/logs/v1"
    assert document["error"]["code"] == "usage"
    assert "changed" not in document


@pytest.mark.parametrize("verb", ["status", "start", "doctor"])
def test_no_other_verb_has_the_form_of_lines(dockerctl: Run, verb: str) -> None:
    answer = dockerctl(verb, "-o", "cat")
    assert (answer.code, answer.out) == (2, "")
    assert f"{verb} has no output form 'cat'." in answer.err


def test_wrong_is_wrong_everywhere() -> None:
    for wrong in ("0x10", "", "1.5", "٣", "1" * 10):
        with pytest.raises(UsageError):
            choice(lines=wrong)
