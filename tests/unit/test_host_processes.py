"""Figures of real processes: our own, a child's, and one that is gone."""

from __future__ import annotations

import os
import subprocess
import time

from dockerctl.host.processes import command_line, process_figures


def argv_of(pid: int) -> tuple[str, ...]:
    """The argv of a program that has just been started: the kernel shows it a moment later."""
    limit = time.monotonic() + 10
    while not (argv := command_line(pid)):
        assert time.monotonic() < limit
    return argv


def test_our_own_figures() -> None:
    figures = process_figures(os.getpid())
    assert figures is not None
    assert figures.pid == os.getpid()
    assert figures.rss_bytes is not None
    assert figures.rss_bytes > 1_000_000
    assert figures.open_files is not None
    assert figures.open_files >= 3
    assert figures.threads is not None
    assert figures.threads >= 1
    assert figures.started_at is not None
    assert 0 < time.time() - figures.started_at < 86_400


def test_the_argv_of_a_child() -> None:
    with subprocess.Popen(["/bin/sleep", "60"]) as child:
        try:
            assert argv_of(child.pid) == ("/bin/sleep", "60")
        finally:
            child.kill()


def test_an_argv_with_an_empty_word_and_odd_bytes() -> None:
    words: list[str | bytes] = ["/bin/sh", "-c", "read x", "", "a b", b"caf\xe9"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as child:
        expected = ("/bin/sh", "-c", "read x", "", "a b", "caf\udce9")
        assert argv_of(child.pid) == expected


def test_a_process_that_is_gone() -> None:
    with subprocess.Popen(["/bin/true"]) as child:
        child.wait()
    assert process_figures(child.pid) is None
    assert command_line(child.pid) == ()
