"""The lock: one holder at a time, over real processes, however these end."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import dockerctl
from dockerctl.deadline import Deadline
from dockerctl.errors import Busy, FolderUnsafe, LinkRefused, WrongFileKind
from dockerctl.exits import ExitCode
from dockerctl.host import lock as module
from dockerctl.host.lock import LOCK_PATH, change_lock
from tests.fakes.clock import FakeClock

HOLDER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from dockerctl.deadline import Deadline
from dockerctl.host.lock import change_lock
with change_lock(sys.argv[2], Deadline.after(30), "config set debug=true"):
    print("held", flush=True)
    time.sleep(float(sys.argv[3]))
"""
COUNTER = """
import sys, pathlib
sys.path.insert(0, sys.argv[1])
from dockerctl.deadline import Deadline
from dockerctl.host.lock import change_lock
count = pathlib.Path(sys.argv[3])
for _ in range(10):
    with change_lock(sys.argv[2], Deadline.after(60), "count"):
        value = int(count.read_text())
        count.write_text("")
        count.write_text(str(value + 1))
"""
PACKAGE = str(Path(dockerctl.__file__).parents[1])


@pytest.fixture
def lock(tmp_path: Path) -> str:
    return str(tmp_path / "run" / "dockerctl" / "lock")


@contextmanager
def held_elsewhere(lock: str, seconds: float = 60) -> Iterator[subprocess.Popen[str]]:
    """Another process holds the lock for so long."""
    argv = [sys.executable, "-I", "-c", HOLDER, PACKAGE, lock, str(seconds)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def mode_of(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def test_the_default() -> None:
    assert LOCK_PATH == "/run/dockerctl/lock"


def test_it_says_who_holds_it(lock: str) -> None:
    with change_lock(lock, Deadline.after(0), "config set debug=true"):
        note = json.loads(Path(lock).read_text())
        assert (mode_of(lock), mode_of(os.path.dirname(lock))) == (0o600, 0o700)

    assert note.keys() == {"pid", "command", "since"}
    assert (note["pid"], note["command"]) == (os.getpid(), "config set debug=true")
    assert abs(note["since"] - time.time()) < 60
    assert Path(lock).read_text() == ""


def test_one_after_another(lock: str) -> None:
    for _ in range(3):
        with change_lock(lock, Deadline.after(0), "a"):
            pass


def test_an_error_inside_drops_it(lock: str) -> None:
    with pytest.raises(KeyboardInterrupt), change_lock(lock, Deadline.after(0), "a"):
        raise KeyboardInterrupt
    with change_lock(lock, Deadline.after(0), "b"):
        pass


def test_another_process_has_it(lock: str) -> None:
    with held_elsewhere(lock) as process:
        with pytest.raises(Busy) as caught, change_lock(lock, Deadline.after(0.1), "mine"):
            pytest.fail("two at once")
        error = caught.value
        assert error.exit_code == ExitCode.BUSY
        assert error.message == (
            f"Another dockerctl is at work: process {process.pid}, 'config set debug=true'."
        )
        assert error.details["pid"] == process.pid
        assert error.details["command"] == "config set debug=true"


def test_it_is_waited_for(lock: str) -> None:
    with held_elsewhere(lock, 0.3), change_lock(lock, Deadline.after(30), "mine"):
        assert json.loads(Path(lock).read_text())["pid"] == os.getpid()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_its_process(lock: str, number: int) -> None:
    with held_elsewhere(lock) as process:
        process.send_signal(number)
        with change_lock(lock, Deadline.after(30), "mine"):
            pass
    assert Path(lock).exists()


def test_many_processes(lock: str, tmp_path: Path) -> None:
    count = tmp_path / "count"
    count.write_text("0")
    argv = [sys.executable, "-I", "-c", COUNTER, PACKAGE, lock, str(count)]
    processes = [subprocess.Popen(argv) for _ in range(4)]

    assert [process.wait(120) for process in processes] == [0] * 4
    assert count.read_text() == "40"


def test_a_child_that_lives_on_does_not_keep_it(lock: str) -> None:
    reads, writes = os.pipe()
    with change_lock(lock, Deadline.after(0), "mine"):
        child = os.fork()
        if child == 0:
            os.read(reads, 1)
            os._exit(0)
    try:
        with change_lock(lock, Deadline.after(0), "mine again"):
            pass
    finally:
        os.write(writes, b"x")
        os.waitpid(child, 0)
        os.close(reads)
        os.close(writes)


def test_the_wait_ends_with_the_deadline(lock: str) -> None:
    clock = FakeClock()
    with change_lock(lock, Deadline.after(0), "outer"):
        with pytest.raises(Busy), change_lock(lock, Deadline.after(7, clock), "inner"):
            pytest.fail("two at once")
        assert clock.monotonic() == pytest.approx(1_007)
        # The one that waited in vain has left the holder's note alone.
        assert json.loads(Path(lock).read_text())["command"] == "outer"


def test_a_lock_file_that_is_removed(lock: str) -> None:
    with change_lock(lock, Deadline.after(0), "first"):
        os.unlink(lock)
        with change_lock(lock, Deadline.after(0), "second"):
            pass


def test_a_lock_file_that_is_removed_while_it_is_taken(
    lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = module._try_lock

    def try_lock(fd: int) -> bool:
        monkeypatch.setattr(module, "_try_lock", real)
        locked = real(fd)
        os.unlink(lock)
        return locked

    monkeypatch.setattr(module, "_try_lock", try_lock)
    with change_lock(lock, Deadline.after(0), "mine"):
        assert json.loads(Path(lock).read_text())["command"] == "mine"


@pytest.mark.parametrize(
    "note",
    [
        b"", b"{", b"[]", b"null", b"5", b"\xff", b'{"pid": 5}', b"[" * 5_000, b'{"pid": "x"}',
        b'{"pid": 1e999, "command": "c", "since": 0}', b'{"pid": null, "command": 1, "since": []}',
    ],
)  # fmt: skip
def test_a_note_that_is_none(lock: str, note: bytes) -> None:
    with change_lock(lock, Deadline.after(0), "outer"):
        Path(lock).write_bytes(note)
        with pytest.raises(Busy) as caught, change_lock(lock, Deadline.after(0), "inner"):
            pytest.fail("two at once")
    assert caught.value.message == "Another dockerctl is at work."


def test_a_note_is_short_and_printable(lock: str) -> None:
    with (
        change_lock(lock, Deadline.after(0), "\x1b[31m" + "x" * 100_000),
        pytest.raises(Busy) as caught,
        change_lock(lock, Deadline.after(0), "inner"),
    ):
        pytest.fail("two at once")
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 300


def test_a_full_disk_does_not_stop_a_repair(lock: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def pwrite(*_args: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", pwrite)
    with change_lock(lock, Deadline.after(0), "mine"):
        assert Path(lock).read_bytes() == b""


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o775])
def test_a_folder_that_others_can_write(lock: str, mode: int) -> None:
    folder = Path(lock).parent
    folder.mkdir(parents=True)
    folder.chmod(mode)

    with pytest.raises(FolderUnsafe), change_lock(lock, Deadline.after(0), "mine"):
        pytest.fail("not safe")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("kind", ["link", "dangling link", "folder", "FIFO"])
def test_something_else_in_its_place(lock: str, tmp_path: Path, kind: str) -> None:
    path = Path(lock)
    path.parent.mkdir(parents=True)
    path.parent.chmod(0o700)
    path.parent.parent.chmod(0o755)
    victim = tmp_path / "victim"
    victim.write_text("theirs")
    if kind == "folder":
        path.mkdir()
    elif kind == "FIFO":
        os.mkfifo(path)
    else:
        path.symlink_to(victim if kind == "link" else "nowhere")

    with (
        pytest.raises(LinkRefused if "link" in kind else WrongFileKind),
        change_lock(lock, Deadline.after(0), "mine"),
    ):
        pytest.fail("not a lock")
    assert victim.read_text() == "theirs"
