"""The reporter: messages at once, and a live line on a terminal and nowhere else."""

from __future__ import annotations

import fcntl
import io
import os
import struct
import sys
import termios
from collections.abc import Iterator

import pytest

from dockerctl.cli.live import TerminalReporter
from dockerctl.deadline import Deadline
from dockerctl.result import Level, Message
from dockerctl.settings import Output, Settings
from tests.fakes.clock import FakeClock

TEXT = Settings(Output.TEXT, False, True, None, "docker.service", False)
JSON = Settings(Output.JSON, False, True, None, "docker.service", False)
QUIET = Settings(Output.TEXT, True, True, None, "docker.service", False)

ERASE = "\r\x1b[K"


class Screen(io.StringIO):
    """A terminal in place of stderr: what is written is kept, and the size is that of a real one.

    The kernel hands on what is written to a terminal in its own time.
    """

    def __init__(self, terminal: int, patch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self._terminal = terminal
        self._patch = patch

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._terminal

    def resize(self, columns: int) -> None:
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def shown(self) -> str:
        """What was written since the last look."""
        text = self.getvalue()
        self.seek(0)
        self.truncate()
        return text

    def reporter(
        self, settings: Settings, messages: list[Message] | None = None
    ) -> TerminalReporter:
        """A reporter that writes here; pytest has its own stderr before the test begins."""
        self._patch.setattr(sys, "stderr", self)
        return TerminalReporter(settings, [] if messages is None else messages)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    ours, theirs = os.openpty()
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen(theirs, monkeypatch)
    screen.resize(80)
    yield screen
    os.close(theirs)
    os.close(ours)


def deadline(seconds: float = 30.0) -> Deadline:
    return Deadline.after(seconds, FakeClock())


def test_the_live_line_on_a_terminal(screen: Screen) -> None:
    reporter = screen.reporter(TEXT)
    reporter.waiting("docker.service", deadline(29.6))
    assert screen.shown() == f"{ERASE}Waiting for docker.service, 30 s left"
    reporter.waiting("docker.service", deadline(29.6))
    assert screen.shown() == ""
    reporter.waiting("docker.service", deadline(12))
    assert screen.shown() == f"{ERASE}Waiting for docker.service, 12 s left"
    reporter.settled()
    assert screen.shown() == ERASE
    reporter.settled()
    assert screen.shown() == ""


def test_a_message_takes_the_place_of_the_live_line(screen: Screen) -> None:
    messages: list[Message] = []
    reporter = screen.reporter(TEXT, messages)
    reporter.waiting("x", deadline())
    reporter.say(Level.WARNING, "careful")
    reporter.waiting("x", deadline())
    line = f"{ERASE}Waiting for x, 30 s left"
    assert screen.shown() == f"{line}{ERASE}warning: careful\n{line}"
    assert messages == [Message(Level.WARNING, "careful")]


@pytest.mark.parametrize(("columns", "width"), [(80, 79), (20, 19), (1, 0), (0, 79)])
def test_the_live_line_never_wraps(screen: Screen, columns: int, width: int) -> None:
    screen.resize(columns)
    screen.reporter(TEXT).waiting("y" * 200, deadline())
    assert screen.shown() in (ERASE + ("Waiting for " + "y" * 200)[:width], ERASE, "")


@pytest.mark.parametrize("term", ["dumb", ""])
def test_no_live_line_on_a_dumb_terminal(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, term: str
) -> None:
    monkeypatch.setenv("TERM", term)
    screen.reporter(TEXT).waiting("x", deadline())
    assert screen.shown() == ""


@pytest.mark.parametrize("settings", [JSON, QUIET])
def test_no_live_line_with_json_or_quiet(screen: Screen, settings: Settings) -> None:
    reporter = screen.reporter(settings)
    reporter.waiting("x", deadline())
    reporter.settled()
    assert screen.shown() == ""


def test_no_live_line_through_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = TerminalReporter(TEXT, [])
    reporter.waiting("x", deadline())
    reporter.say(Level.INFO, "done")
    reporter.settled()
    assert capsys.readouterr() == ("", "done\n")


@pytest.mark.parametrize(
    ("settings", "written"), [(TEXT, "i\nwarning: w\n"), (JSON, "i\nwarning: w\n"), (QUIET, "")]
)
def test_messages_go_to_stderr_and_are_kept(
    capsys: pytest.CaptureFixture[str], settings: Settings, written: str
) -> None:
    messages: list[Message] = []
    reporter = TerminalReporter(settings, messages)
    reporter.say(Level.INFO, "i")
    reporter.say(Level.WARNING, "w")
    assert capsys.readouterr() == ("", written)
    assert messages == [Message(Level.INFO, "i"), Message(Level.WARNING, "w")]


class Broken(io.StringIO):
    """A stream whose reader is gone."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize("stream", [None, Broken()])
def test_work_goes_on_when_nobody_listens(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO | None
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    messages: list[Message] = []
    reporter = TerminalReporter(TEXT, messages)
    for text in ("one", "two"):
        reporter.say(Level.INFO, text)
        reporter.waiting("x", deadline())
    reporter.settled()
    assert [message.text for message in messages] == ["one", "two"]


def test_a_stderr_that_was_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    messages: list[Message] = []
    reporter = TerminalReporter(TEXT, messages)
    reporter.say(Level.INFO, "one")
    assert messages == [Message(Level.INFO, "one")]
