"""Which journal lines tell why a run failed: recorded journals first, then made-up ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dockerctl.health.decisive import MOST_LINES, decisive_lines, first_run
from dockerctl.presentable import LONGEST_LINE, presentable
from dockerctl.systemd.journal import JournalEntry, parse_journal

RECORDED = Path(__file__).parents[1] / "fixtures" / "journal"
SERVICE, SOCKET = "docker.service", "docker.socket"
RUN, OTHER_RUN = "a" * 32, "b" * 32

_CONFIG = "unable to configure the Docker daemon with file /etc/docker/daemon.json: "
_BROKEN = "invalid character '}' looking for beginning of object key string"
_UNKNOWN = "the following directives don't match any configuration option: frobnicate"
_GONE = 'failed to dial "/run/containerd/gone.sock"'
_NO_PROGRAM = "Failed at step EXEC spawning /usr/sbin/dockerd-gone: No such file or directory"

# The last and most telling line of every recorded case, per release where they differ.
LAST_LINES = {
    "broken-json": {"*": _CONFIG + _BROKEN, "forky": _CONFIG + "invalid JSON: " + _BROKEN},
    "unknown-key": {"*": _CONFIG + _UNKNOWN},
    "port-in-use": {
        "*": "failed to load listeners: listen tcp 127.0.0.1:2375: bind: address already in use"
    },
    "missing-binary": {"*": f"docker.service: {_NO_PROGRAM}"},
    "containerd-gone": {
        "*": f"failed to start daemon: {_GONE}: {_GONE}: context deadline exceeded"
    },
    "socket-group": {
        "*": "docker.socket: Failed to resolve group nobody-has-this-group: No such process",
        "forky": "docker.socket: Failed to resolve group 'nobody-has-this-group': Unknown group",
    },
    "start-limit": {"*": _CONFIG + _BROKEN, "forky": _CONFIG + "invalid JSON: " + _BROKEN},
}


def recorded(release: str, case: str) -> tuple[JournalEntry, ...]:
    return parse_journal((RECORDED / release / f"{case}.jsonl").read_bytes())


def explained(entries: tuple[JournalEntry, ...]) -> tuple[str, ...]:
    return decisive_lines(entries, SERVICE, SOCKET, first_run(entries, SERVICE, ""))


CASES = sorted((path.parent.name, path.stem) for path in RECORDED.glob("*/*.jsonl"))


@pytest.mark.parametrize(("release", "case"), [pair for pair in CASES if pair[1] != "dump"])
def test_a_recorded_failure(release: str, case: str) -> None:
    lines = explained(recorded(release, case))
    expected = LAST_LINES[case]
    assert lines[-1] == expected.get(release, expected["*"])
    # One line is enough, except where systemd says the same twice.
    assert len(lines) == (2 if case == "missing-binary" else 1)


@pytest.mark.parametrize("release", ["bookworm", "forky", "trixie"])
def test_a_recorded_dump_shows_its_head(release: str) -> None:
    lines = explained(recorded(release, "dump"))
    assert lines[0] == "SIGABRT: abort"
    assert len(lines) == 2


def test_all_cases_are_recorded_on_all_suites() -> None:
    releases = {release for release, _ in CASES}
    cases = {case for _, case in CASES}
    assert releases == {"bookworm", "forky", "trixie"}
    assert cases == {*LAST_LINES, "dump"}
    missing = {(release, case) for release in releases for case in cases} - set(CASES)
    assert missing == {("forky", "containerd-gone")}


@pytest.mark.parametrize(("release", "case"), CASES)
def test_the_first_run_is_the_first(release: str, case: str) -> None:
    entries = recorded(release, case)
    runs = [e.invocation_id for e in entries if e.unit == SERVICE and e.invocation_id]
    assert first_run(entries, SERVICE, "") == (runs[0] if runs else "")
    # A run that was there before is passed over.
    later = next((run for run in runs if run != runs[0]), "")
    assert first_run(entries, SERVICE, runs[0] if runs else "") == later


# --- made-up journals ---------------------------------------------------------------------------

LINE = JournalEntry(1, "", 6, RUN, from_manager=False, unit=SERVICE)


def daemon(message: str, run: str = RUN) -> JournalEntry:
    return replace(LINE, message=message, invocation_id=run)


def manager(message: str, *, unit: str = SERVICE, run: str = RUN) -> JournalEntry:
    return replace(LINE, message=message, from_manager=True, unit=unit, invocation_id=run)


def lines_of(*entries: JournalEntry, run: str = RUN) -> tuple[str, ...]:
    return decisive_lines(entries, SERVICE, SOCKET, run)


def test_a_refused_command_line_has_its_reason_before_all_the_flags() -> None:
    said = (
        "Status: unknown flag: --nosuch",
        "Usage:  dockerd [OPTIONS]",
        "      --userns-remap string   User/Group setting for user namespaces",
        ", Code: 125",
    )
    assert lines_of(*(daemon(line) for line in said)) == ("Status: unknown flag: --nosuch",)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("failed to start daemon: no space", "failed to start daemon: no space"),
        ('time="t" level=error msg="it broke" error="the disk"', 'it broke error="the disk"'),
        # log-format json, from 25.0 on.
        ('{"error":"disk","level":"error","msg":"it broke","time":"t"}', "it broke error=disk"),
        ('time="t" level=fatal msg="a \\"b\\" c\\nd"', 'a "b" c d'),
        ("time=t level=panic msg=bare rest=1", "bare rest=1"),
    ],
)
def test_what_the_daemon_says(message: str, shown: str) -> None:
    assert lines_of(daemon(message)) == (shown,)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "   ",
        'time="t" level=info msg="Starting up"',
        'time="t" level=warning msg="no swap"',
        'time="t" level=debug msg="x"',
        'time="t" level=error msg="failed to load plugin io.containerd.x" error="y"',
        'time="t" level=error msg="grpc: addrConn.createTransport failed"',
        "docker.service: Referenced but unset environment variable evaluates to an empty string: A",
    ],
)
def test_what_tells_nothing(message: str) -> None:
    assert lines_of(daemon(message)) == ()


def test_the_last_words_count_most() -> None:
    entries = [daemon(f"failed: {number}") for number in range(MOST_LINES + 3)]
    assert lines_of(*entries) == tuple(f"failed: {number}" for number in range(3, MOST_LINES + 3))


@pytest.mark.parametrize(
    "head",
    [
        "panic: runtime error: index out of range",
        "fatal error: all goroutines are asleep - deadlock!",
        "SIGSEGV: segmentation violation",
        "unexpected fault address 0x0",
        "runtime: out of memory",
    ],
)
def test_of_a_dump_the_head(head: str) -> None:
    dump = [daemon(f"goroutine {number} [running]:") for number in range(100)]
    assert lines_of(daemon("before"), daemon(head), *dump) == (head, "goroutine 0 [running]:")


def test_other_runs_do_not_count() -> None:
    entries = (daemon("failed: old", OTHER_RUN), daemon("failed: this"))
    assert lines_of(*entries) == ("failed: this",)
    assert lines_of(*entries, run=OTHER_RUN) == ("failed: old",)


def test_a_line_without_a_run_belongs_to_the_one_before() -> None:
    # A daemon that ends at once may be gone before the journal can look at it.
    entries = (manager("Starting docker.service..."), daemon("failed: at once", ""))
    assert lines_of(*entries) == ("failed: at once",)
    assert lines_of(*entries, daemon("x", OTHER_RUN), daemon("y", ""))[-1] == "failed: at once"


def test_systemd_speaks_where_the_daemon_is_silent() -> None:
    entries = (
        manager("Starting docker.service - Docker..."),
        manager("docker.service: Failed at step EXEC spawning /x: No such file or directory"),
        manager("docker.service: Failed at step EXEC spawning /x: No such file or directory"),
        manager("docker.service: Main process exited, code=exited, status=203/EXEC"),
        manager("docker.service: Failed with result 'exit-code'."),
        manager("Failed to start docker.service - Docker."),
    )
    assert lines_of(*entries) == (
        "docker.service: Failed at step EXEC spawning /x: No such file or directory",
    )


def test_without_a_run_the_socket_is_looked_at() -> None:
    entries = (
        manager("docker.socket: Failed to resolve group x: No such process", unit=SOCKET, run="c"),
        manager("unrelated trouble", unit="other.service", run="d"),
    )
    assert lines_of(*entries, run="") == (
        "docker.socket: Failed to resolve group x: No such process",
    )


def test_a_journal_that_tells_nothing() -> None:
    assert lines_of() == ()
    assert lines_of(manager("Starting docker.service - Docker...")) == ()
    assert first_run((), SERVICE, "") == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand\r\nmore", "two lines and more"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\x00b\x7f", "a\\x00b\\x7f"),
        ("\u202eright to left", "\\u202eright to left"),
        ("é ü 漢", "é ü 漢"),
        ("\udce9", "\\udce9"),
        ("x" * (LONGEST_LINE + 1), "x" * (LONGEST_LINE - 1) + "…"),
        ("x" * LONGEST_LINE, "x" * LONGEST_LINE),
    ],
)
def test_what_a_terminal_gets_to_see(text: str, shown: str) -> None:
    assert presentable(text) == shown
