"""Folders, made and taken away again."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from dockerctl.errors import FolderMissing, LinkRefused, WrongFileKind
from dockerctl.host.folders import make_folder, remove_folders


def mode_of(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_all_that_are_missing_are_made(tmp_path: Path, mode: int) -> None:
    before = os.umask(0o077)
    try:
        made = make_folder(str(tmp_path / "a" / "b" / "c"), mode)
    finally:
        os.umask(before)

    assert made == tuple(str(tmp_path / name) for name in ("a", "a/b", "a/b/c"))
    assert [mode_of(path) for path in made] == [mode] * 3
    assert make_folder(str(tmp_path / "a" / "b")) == ()
    assert mode_of(made[0]) == mode


@pytest.mark.parametrize("path", ["/", "/.", "/dev/..", "/tmp"])
def test_what_is_there(path: str) -> None:
    assert make_folder(path) == ()


def test_a_bit_for_the_group_is_passed_on(tmp_path: Path) -> None:
    tmp_path.chmod(0o2755)

    (made,) = make_folder(str(tmp_path / "a"), 0o750)

    assert mode_of(made) == 0o2750


@pytest.mark.parametrize("path", ["file", "file/a", "file/a/b"])
def test_a_file_in_the_way(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(WrongFileKind, match="is a regular file, not a folder"):
        make_folder(str(tmp_path / path))


def test_a_dangling_link_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")

    with pytest.raises(LinkRefused):
        make_folder(str(tmp_path / "link" / "a"))
    assert not (tmp_path / "nowhere").exists()


def test_up_from_nowhere(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing):
        make_folder(str(tmp_path / "a" / ".." / "b"))
    assert list(tmp_path.iterdir()) == []


def test_someone_else_makes_it_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.mkdir

    def mkdir(name: str, _mode: int, *, dir_fd: int) -> None:
        real(name, 0o711, dir_fd=dir_fd)
        if name == "a":
            raise FileExistsError

    monkeypatch.setattr(os, "mkdir", mkdir)

    assert make_folder(str(tmp_path / "a" / "b")) == (str(tmp_path / "a" / "b"),)
    assert (mode_of(str(tmp_path / "a")), mode_of(str(tmp_path / "a/b"))) == (0o711, 0o755)


def test_they_are_taken_away_again(tmp_path: Path) -> None:
    made = make_folder(str(tmp_path / "a" / "b" / "c"))
    (tmp_path / "a" / "theirs").write_bytes(b"")

    assert remove_folders(made) == (made[2], made[1])
    assert remove_folders(made) == ()
    assert (tmp_path / "a" / "theirs").exists()
