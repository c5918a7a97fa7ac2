"""The status screen: whole screens, plain and painted."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dockerctl.cli.status_text import WIDTH, status_lines
from dockerctl.cli.style import Style
from dockerctl.errors import ReadTimeout
from dockerctl.health.model import Rung, StatusReport
from dockerctl.systemd.model import UnitFileState
from tests.fakes.reports import REPORT, failed_at, report
from tests.fakes.snapshots import (
    ABSENT,
    BAD_SETTING,
    CLOSED,
    FAILED,
    LISTENING,
    NEVER_STARTED,
    RETRYING,
    RUNNING,
    SOCKET_FAILED,
    STARTING,
    STOPPED,
    TAKEN,
    both,
)

PLAIN = Style(color=False, unicode=True)
PAINTED = Style(color=True, unicode=True)
NOW_S = 1_700_000_125.0

HUNG = report(both(RUNNING, TAKEN), failed_at(Rung.PING, ReadTimeout("No answer in 2.0 s.")))
EDITED = report(
    both(
        replace(
            RUNNING,
            drop_in_paths=("/etc/systemd/system/docker.service.d/a.conf",),
            need_daemon_reload=True,
        ),
        replace(TAKEN, drop_in_paths=("/etc/systemd/system/docker.socket.d/b.conf",)),
    ),
    REPORT.probe,
)

SCREENS: dict[str, tuple[StatusReport, str]] = {
    "healthy": (
        REPORT,
        """\
● docker.service: healthy
   service  active (running) since 2023-11-14 22:13:20 UTC, 2 min ago
    socket  active (running) since 2023-11-14 22:13:20 UTC, 2 min ago
      boot  service enabled, socket enabled
  last run  no failure
     probe  unix:///run/docker.sock
            unit ok · socket ok · connect ok · ping ok · version ok · list ok
    engine  Docker 28.5.2, API 1.51, ping 0.2 ms
   process  PID 1234, 100.0 MiB, 31 open files, 12 threads, started 2023-11-14
            21:56:40 UTC, 18 min ago
""",
    ),
    "not installed": (
        report(both(ABSENT, None)),
        """\
● docker.service: not-installed
   because  systemd knows no docker.service.
""",
    ),
    "never started, without a socket": (
        report(both(replace(NEVER_STARTED, unit_file_state=UnitFileState.DISABLED), None)),
        """\
● docker.service: stopped
   because  docker.service is stopped.
   service  inactive (dead)
    socket  no socket unit: the daemon makes its own
      boot  service disabled
  last run  no failure
""",
    ),
    "armed": (
        report(both(STOPPED, LISTENING)),
        """\
● docker.service: armed
   because  docker.service is stopped and docker.socket listens: the next client
            starts it.
   service  inactive (dead) since 2023-11-14 22:13:20 UTC, 2 min ago
    socket  active (listening) since 2023-11-14 22:13:20 UTC, 2 min ago
      boot  service enabled, socket enabled
  last run  no failure
""",
    ),
    "in auto-restart": (
        report(both(RETRYING, LISTENING)),
        """\
● docker.service: failed
   because  Result exit-code: the daemon exited with status 1; systemd is about
            to try again (auto-restart).
   service  activating (auto-restart) since 2023-11-14 22:13:20 UTC, 2 min ago
    socket  active (listening) since 2023-11-14 22:13:20 UTC, 2 min ago
      boot  service enabled, socket enabled
  last run  Result exit-code: the daemon exited with status 1; 1 automatic
            restart
""",
    ),
    "hung": (
        HUNG,
        """\
● docker.service: hung
   because  docker.service is active, and 'ping' fails: No answer in 2.0 s.
   service  active (running) since 2023-11-14 22:13:20 UTC, 2 min ago
    socket  active (running) since 2023-11-14 22:13:20 UTC, 2 min ago
      boot  service enabled, socket enabled
  last run  no failure
     probe  unix:///run/docker.sock
            unit ok · socket ok · connect ok · ping FAILED
   process  PID 1234, 100.0 MiB, 31 open files, 12 threads, started 2023-11-14
            21:56:40 UTC, 18 min ago
""",
    ),
    "a bad setting": (
        report(both(BAD_SETTING, CLOSED)),
        """\
● docker.service: failed
   because  systemd cannot load docker.service: Unit docker.service has a bad
            unit file setting.
   service  bad-setting, inactive (dead)
    socket  inactive (dead) since 2023-11-14 22:13:20 UTC, 2 min ago
      boot  service enabled, socket enabled
  last run  no failure
     error  systemd refuses docker.service: it cannot be started or restarted
            (Unit docker.service has a bad unit file setting). Fix:
            systemd-analyze verify docker.service
""",
    ),
}


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("name", SCREENS)
def test_a_whole_screen(name: str) -> None:
    shown, screen = SCREENS[name]
    assert "\n".join(status_lines(shown, PLAIN, NOW_S)) + "\n" == screen


ALL = [
    *(shown for shown, _ in SCREENS.values()),
    EDITED,
    report(both(FAILED, SOCKET_FAILED)),
    report(both(STARTING, TAKEN)),
]


@pytest.mark.parametrize("shown", ALL)
def test_colour_changes_nothing_but_colour(shown: StatusReport) -> None:
    painted = status_lines(shown, PAINTED, NOW_S)
    assert any("\x1b[" in line for line in painted)
    bare = tuple(re.sub(r"\x1b\[[0-9;]*m", "", line) for line in painted)
    assert bare == status_lines(shown, PLAIN, NOW_S)
    # Whatever is painted ends within its line.
    assert all(line.count("\x1b[0m") == line.count("\x1b[") / 2 for line in painted)


@pytest.mark.parametrize("shown", ALL)
def test_it_fits_a_terminal_of_80_columns(shown: StatusReport) -> None:
    assert max(len(line) for line in status_lines(shown, PLAIN, NOW_S)) <= WIDTH
    assert len(status_lines(shown, PLAIN, NOW_S)) <= 24


@pytest.mark.parametrize("shown", ALL)
def test_a_terminal_without_unicode(shown: StatusReport) -> None:
    ascii_only = status_lines(shown, Style(color=False, unicode=False), NOW_S)
    assert all(line.isascii() for line in ascii_only)
    assert ascii_only[0].startswith("* docker.service: ")


def test_drop_ins_of_both_units_and_a_finding() -> None:
    lines = status_lines(EDITED, PLAIN, NOW_S)
    assert "  drop-ins  /etc/systemd/system/docker.service.d/a.conf" in lines
    assert "            /etc/systemd/system/docker.socket.d/b.conf" in lines
    assert any(line.startswith("   warning  the files of docker.service") for line in lines)


def test_what_could_move_a_terminal_is_escaped() -> None:
    odd = replace(RUNNING, drop_in_paths=("/etc/\x1b[2J.conf",), load_error="\x07")
    shown = report(both(odd, TAKEN), REPORT.probe)
    assert all(line.isprintable() for line in status_lines(shown, PLAIN, NOW_S))


@pytest.mark.parametrize(
    ("passed_s", "ago"),
    [(0, "0 s ago"), (59, "59 s ago"), (60, "1 min ago"), (3_600, "1 h ago"), (200_000, "2 d ago")],
)
def test_how_long_ago(passed_s: int, ago: str) -> None:
    lines = status_lines(REPORT, PLAIN, 1_700_000_000.0 + passed_s)
    assert lines[1].endswith(f", {ago}")


def test_a_clock_that_was_set_back() -> None:
    assert status_lines(REPORT, PLAIN, 1_600_000_000.0)[1].endswith(", 0 s ago")


@pytest.mark.parametrize(
    ("environ", "wanted", "painted"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm"}, False, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({}, True, False),
    ],
)
def test_when_a_terminal_is_painted(environ: dict[str, str], wanted: bool, painted: bool) -> None:
    style = Style.of(Terminal(), environ, wanted=wanted)
    assert (style.paint("x", "red") != "x") is painted
    assert Style.of(None, environ, wanted=wanted).paint("x", "red") == "x"


class Terminal(io.TextIOWrapper):
    """A stream that calls itself a terminal."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")

    def isatty(self) -> bool:
        return True
