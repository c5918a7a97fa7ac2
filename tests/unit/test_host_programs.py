"""Running other programs: their own environment, a time limit, and errors of ours."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from dockerctl.errors import ProgramFailed, ProgramMissing
from dockerctl.host.programs import end_program, find_program, run_program, start_program


def test_what_it_leaves_behind() -> None:
    done = run_program("sh", ["-c", "echo out; echo err >&2; exit 3"], limit_s=10)
    assert (done.status, done.stdout, done.stderr) == (3, b"out\n", b"err\n")


def test_it_reads_nothing_and_stands_at_the_root() -> None:
    assert run_program("sh", ["-c", "cat; pwd"], limit_s=10).stdout == b"/\n"


def test_arguments_are_not_for_a_shell() -> None:
    assert run_program("echo", ["$HOME; `id` *"], limit_s=10).stdout == b"$HOME; `id` *\n"


def test_nothing_of_the_callers_environment_leaks_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_PRELOAD_OF_MINE", "x")
    monkeypatch.setenv("SYSTEMD_PAGER", "evil")
    names = {line.partition(b"=")[0] for line in run_program("env", [], limit_s=10).stdout.split()}
    assert names == {b"PATH", b"LANG", b"LC_ALL"}


def test_a_path_of_the_caller_finds_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake = tmp_path / "journalctl-of-mine"
    fake.write_text("#!/bin/sh\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program("journalctl-of-mine") is None
    with pytest.raises(ProgramMissing, match="journalctl-of-mine is not installed"):
        run_program("journalctl-of-mine", [], limit_s=10)


@pytest.mark.parametrize("name", ["sh", "env", "sleep"])
def test_a_system_program_has_an_absolute_path(name: str) -> None:
    path = find_program(name)
    assert path is not None
    assert path.startswith("/")
    assert os.access(path, os.X_OK)


def test_a_time_limit() -> None:
    began = time.monotonic()
    with pytest.raises(ProgramFailed, match=r"sleep did not end in 0\.1 s"):
        run_program("sleep", ["60"], limit_s=0.1)
    assert time.monotonic() - began < 10


def test_a_program_that_goes_on_until_it_is_ended() -> None:
    program = start_program("sleep", ["60"], pass_fds=(), extra={"TERM": "dumb"})
    assert program.poll() is None
    end_program(program, 10)
    assert program.returncode == -15


def test_a_program_that_does_not_obey_is_killed() -> None:
    reader, writer = os.pipe()
    script = f"trap '' TERM; echo ready >/proc/self/fd/{writer}; while :; do sleep 0.1; done"
    program = start_program("sh", ["-c", script], pass_fds=(writer,), extra={})
    os.close(writer)
    assert os.read(reader, 6) == b"ready\n"
    os.close(reader)
    end_program(program, 0.1)
    assert program.returncode == -9
