"""A change of a file that is killed, or fails, at each of its system calls in turn."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dockerctl.errors import DockerctlError
from dockerctl.host.files import (
    FileState,
    read_file,
    remove_file,
    restore_file,
    sweep_folder,
    write_file,
)
from dockerctl.host.folders import make_folder
from tests.fakes.syscalls import failing, killed_at

OLD = b"old " * 500
NEW = b"new " * 700
TEMPORARY = re.compile(r"\.dockerctl-[0-9a-f]{16}\.tmp")
# Far more than any of these takes; the loops end by themselves.
MOST_CALLS = 300


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "daemon.json"
    path.write_bytes(OLD)
    path.chmod(0o640)
    return path


Change = Callable[[FileState], object]
CHANGES: dict[str, tuple[Change, bytes | None]] = {
    "write": (lambda s: write_file(s.path, NEW, like=s, expect=s.tag), NEW),
    "remove": (lambda s: remove_file(s.path, expect=s.tag), None),
}
each_change = pytest.mark.parametrize("name", CHANGES)


def content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def others(path: Path) -> list[str]:
    return [entry.name for entry in path.parent.iterdir() if entry.name != path.name]


@each_change
@pytest.mark.parametrize("halfway", [False, True])
def test_killed_at_each_call(target: Path, name: str, halfway: bool) -> None:
    change, after = CHANGES[name]
    before = read_file(str(target))
    seen: list[bytes | None] = []
    left_behind = 0

    for nth in range(1, MOST_CALLS):
        came_so_far = killed_at(nth, lambda: change(before), halfway=halfway)
        found = content(target)
        assert found in (OLD, after)
        seen.append(found)
        if found is not None:
            assert read_file(str(target)).mode == 0o640
        assert all(TEMPORARY.fullmatch(other) for other in others(target))
        left_behind += len(others(target))
        sweep_folder(str(target.parent))
        assert others(target) == []
        restore_file(before)
        assert read_file(str(target)) == before
        if not came_so_far:
            break
    else:
        pytest.fail("it never ended")

    # First the old one, then the new one, and never back.
    turn = seen.index(after)
    assert seen == [OLD] * turn + [after] * (len(seen) - turn)
    assert turn > 5
    assert (left_behind > 0) == (name == "write")


def test_a_restore_killed_at_each_call(target: Path) -> None:
    before = read_file(str(target))

    for nth in range(1, MOST_CALLS):
        target.write_bytes(NEW)
        target.chmod(0o600)
        came_so_far = killed_at(nth, lambda: restore_file(before))
        assert content(target) in (OLD, NEW)
        restore_file(before)
        assert read_file(str(target)) == before
        sweep_folder(str(target.parent))
        if not came_so_far:
            return
    pytest.fail("it never ended")


@each_change
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EACCES])
def test_an_error_at_each_call(target: Path, name: str, number: int) -> None:
    change, after = CHANGES[name]
    before = read_file(str(target))
    failed = 0

    for nth in range(1, MOST_CALLS):
        try:
            with failing("", number, nth=nth):
                change(before)
        except DockerctlError:
            failed += 1
        assert content(target) in (OLD, after)
        assert others(target) == []
        restore_file(before)
        assert read_file(str(target)) == before
        if nth > 10 * (failed + 1):
            break
    assert failed > 5


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, MemoryError])
def test_what_is_no_error_of_the_system(
    target: Path, interruption: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_file(str(target))

    def rename(*_args: object, **_named: object) -> None:
        raise interruption

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(interruption):
        write_file(str(target), NEW, like=before)
    assert content(target) == OLD
    assert others(target) == []


def test_folders_killed_at_each_call(tmp_path: Path) -> None:
    wanted = tmp_path / "a" / "b"

    for nth in range(1, MOST_CALLS):
        came_so_far = killed_at(nth, lambda: make_folder(str(wanted)))
        make_folder(str(wanted))
        assert wanted.is_dir()
        wanted.rmdir()
        wanted.parent.rmdir()
        if not came_so_far:
            return
    pytest.fail("it never ended")


def test_folders_with_an_error_at_each_call(tmp_path: Path) -> None:
    wanted = tmp_path / "a" / "b"
    failed = 0

    for nth in range(1, MOST_CALLS):
        try:
            with failing("", errno.ENOSPC, nth=nth):
                make_folder(str(wanted))
        except DockerctlError:
            failed += 1
            if wanted.is_dir():
                # All had been done, and only closing failed.
                wanted.rmdir()
                wanted.parent.rmdir()
            assert list(tmp_path.iterdir()) == []
            continue
        break
    assert failed > 10
