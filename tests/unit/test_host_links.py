"""Where a path leads, and which links are not followed; "others" are all but root and us."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockerctl.errors import DockerctlError, FileChanged, LinkRefused
from dockerctl.host import links
from dockerctl.host.files import read_file, remove_file, restore_file, write_file
from dockerctl.host.folders import make_folder
from dockerctl.host.links import kind_of, locate

OLD = b"old"
NEW = b"new"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """``docker/`` for the path, ``conf/daemon.json`` for what it may lead to; ours alone."""
    for name in ("docker", "conf"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o755)
    (tmp_path / "conf" / "daemon.json").write_bytes(OLD)
    return tmp_path


# How docker/daemon.json comes to conf/daemon.json: the links, and what they hold.
WAYS: dict[str, dict[str, str]] = {
    "absolute": {"docker/daemon.json": "{tree}/conf/daemon.json"},
    "relative": {"docker/daemon.json": "../conf/daemon.json"},
    "round about": {"docker/daemon.json": ".././docker//../conf/daemon.json"},
    "link to link": {"docker/daemon.json": "second", "docker/second": "{tree}/conf/daemon.json"},
    "over a folder": {"docker/daemon.json": "over/daemon.json", "docker/over": "{tree}/conf"},
    "folder": {"docker": "conf"},
}
each_way = pytest.mark.parametrize("way", WAYS)


def plant(tree: Path, way: str) -> None:
    for link, leads_to in WAYS[way].items():
        if (tree / link).is_dir():
            (tree / link).rmdir()
        (tree / link).symlink_to(leads_to.format(tree=tree))


@each_way
def test_a_link_is_followed_and_its_target_replaced(tree: Path, way: str) -> None:
    plant(tree, way)
    path, target = tree / "docker/daemon.json", tree / "conf/daemon.json"

    before = read_file(str(path))
    after = write_file(str(path), NEW, like=before, expect=before.tag)

    assert (before.path, before.real, before.data) == (str(path), str(target), OLD)
    assert (after.path, after.real) == (str(path), str(target))
    assert path.is_symlink() == (way != "folder")
    assert not target.is_symlink()
    assert target.read_bytes() == NEW
    assert [entry.name for entry in target.parent.iterdir()] == ["daemon.json"]
    restore_file(before)
    assert target.read_bytes() == OLD


@each_way
@pytest.mark.parametrize("who", [stat.S_IWGRP, stat.S_IWOTH], ids=["group", "others"])
@pytest.mark.parametrize("where", ["conf", "docker", "."])
@pytest.mark.parametrize("sticky", [0, stat.S_ISVTX], ids=["", "sticky"])
def test_a_folder_that_others_can_write(
    tree: Path, way: str, who: int, where: str, sticky: int
) -> None:
    plant(tree, way)
    weak = (tree / where).resolve()
    weak.chmod(0o755 | who | sticky)
    path = str(tree / "docker/daemon.json")
    # In a folder such as /tmp nobody can swap what is ours; but a link must not end there.
    ends_there = weak.name == "conf"
    if sticky and not ends_there:
        assert read_file(path).data == OLD
        return

    with pytest.raises(LinkRefused, match=r"goes over the symbolic link .* and the folder"):
        read_file(path)
    # Without a link it is that folder's affair.
    assert read_file(str(tree / "conf/daemon.json")).data == OLD


@pytest.mark.parametrize("who", ["docker", "conf", "link"])
def test_what_belongs_to_another_user(
    tree: Path, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    plant(tree, "absolute")
    strange = os.lstat(tree / ("docker/daemon.json" if who == "link" else who)).st_ino
    trusted = links._trusted
    monkeypatch.setattr(links, "_trusted", lambda info: info.st_ino != strange and trusted(info))

    with pytest.raises(LinkRefused):
        read_file(str(tree / "docker/daemon.json"))


def test_a_planted_link_in_a_sticky_folder(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / "docker").chmod(0o1777)
    plant(tree, "absolute")
    planted = os.lstat(tree / "docker/daemon.json").st_ino
    trusted = links._trusted
    monkeypatch.setattr(links, "_trusted", lambda info: info.st_ino != planted and trusted(info))

    with pytest.raises(LinkRefused, match="belongs to the user with the number"):
        write_file(
            str(tree / "docker/daemon.json"), NEW, like=read_file(str(tree / "conf/daemon.json"))
        )
    assert (tree / "conf/daemon.json").read_bytes() == OLD


@pytest.mark.parametrize("leads_to", ["nowhere", "../nowhere/daemon.json", "/nowhere/at/all"])
def test_a_dangling_link(tree: Path, leads_to: str) -> None:
    path = tree / "docker/daemon.json"
    path.symlink_to(leads_to)

    for work in (
        lambda: read_file(str(path)),
        lambda: write_file(str(path), NEW, like=read_file(str(tree / "conf/daemon.json"))),
        lambda: remove_file(str(path)),
    ):
        with pytest.raises(LinkRefused, match="leads to something that is not there"):
            work()
    assert path.is_symlink()


@pytest.mark.parametrize("length", [1, 2, 60])
def test_links_in_a_circle(tree: Path, length: int) -> None:
    for number in range(length):
        (tree / f"docker/{number}").symlink_to(str((number + 1) % length))

    with pytest.raises(LinkRefused, match="go round in a circle"):
        read_file(str(tree / "docker/0"))


def test_a_folder_link_and_a_file_that_is_missing(tree: Path) -> None:
    plant(tree, "folder")
    path = str(tree / "docker/other.json")

    state = read_file(path)
    write_file(path, NEW, like=state, expect="absent")

    assert state.real == str(tree / "conf/other.json")
    assert (tree / "conf/other.json").read_bytes() == NEW
    remove_file(path)
    assert not (tree / "conf/other.json").exists()


def test_a_link_that_is_turned_meanwhile(tree: Path) -> None:
    plant(tree, "absolute")
    path = tree / "docker/daemon.json"
    before = read_file(str(path))
    (tree / "conf/other.json").write_bytes(OLD)
    path.unlink()
    path.symlink_to("../conf/other.json")

    with pytest.raises(FileChanged, match="now leads to another file"):
        write_file(str(path), NEW, like=before, expect=before.tag)
    assert (tree / "conf/other.json").read_bytes() == OLD


def test_a_link_is_not_removed(tree: Path) -> None:
    plant(tree, "absolute")

    with pytest.raises(LinkRefused):
        remove_file(str(tree / "docker/daemon.json"))
    assert (tree / "docker/daemon.json").read_bytes() == OLD


def test_folders_are_made_behind_a_link(tree: Path) -> None:
    plant(tree, "folder")

    assert make_folder(str(tree / "docker/a/b")) == (
        str(tree / "conf/a"), str(tree / "conf/a/b"),
    )  # fmt: skip


def test_the_root_and_its_entries() -> None:
    with locate("/no-such-file") as spot:
        assert (spot.folder_path, spot.name, spot.real) == ("/", "no-such-file", "/no-such-file")
    with locate("/../../etc/../no-such-file") as spot:
        assert spot.real == "/no-such-file"


def test_no_descriptor_is_left_open(tree: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for way in ("absolute", "over a folder"):
        (tree / "docker/daemon.json").unlink(missing_ok=True)
        plant(tree, way)
        state = read_file(str(tree / "docker/daemon.json"))
        write_file(state.path, NEW, like=state)
    (tree / "docker/dangling").symlink_to("nowhere")
    for path in ("docker/dangling", "conf/daemon.json/x", "conf/a/b"):
        with pytest.raises(Exception):  # noqa: B017, PT011
            write_file(str(tree / path), NEW, like=state)

    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    ("path", "word"), [("/dev/null", "a device"), ("/", "a folder"), ("/proc/self/exe", "a file")]
)
def test_words_for_kinds(path: str, word: str) -> None:
    assert kind_of(os.stat(path)).replace("regular ", "") == word


def test_a_folder_that_is_swapped_for_a_link_meanwhile(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, victim = tree / "docker/daemon.json", tree / "conf/daemon.json"
    path.write_bytes(OLD)
    before = read_file(str(path))
    flush = os.fsync

    def swap(fd: int) -> None:
        monkeypatch.setattr(os, "fsync", flush)
        flush(fd)
        (tree / "docker").rename(tree / "moved")
        (tree / "docker").symlink_to("conf")

    monkeypatch.setattr(os, "fsync", swap)
    write_file(str(path), NEW, like=before, expect=before.tag)

    # What was judged is what is written.
    assert (tree / "moved/daemon.json").read_bytes() == NEW
    assert victim.read_bytes() == OLD
    assert [entry.name for entry in victim.parent.iterdir()] == ["daemon.json"]


NAMES = ("a", "b", "c", "..", ".", "")
paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=5).map("/".join)


@settings(deadline=None, max_examples=150)
@given(links=st.dictionaries(st.sampled_from(["a/a", "a/b", "b/c", "c"]), paths), path=paths)
def test_any_tree_is_walked_as_the_system_does(links: dict[str, str], path: str) -> None:
    with tempfile.TemporaryDirectory() as root:
        for folder in ("a", "b", "b/a", "b/b"):
            os.mkdir(f"{root}/{folder}", 0o700)
        for name in ("b/b/c", "b/a/a"):
            Path(root, name).write_text(name)
        for link, leads_to in links.items():
            os.symlink(leads_to or ".", f"{root}/{link}")
        wanted = f"{root}/{path}"
        try:
            # Not Path, which takes "/." off the end.
            with open(wanted) as stream:
                system: str | None = stream.read()
        except OSError:
            system = None
        try:
            state = read_file(wanted)
        except DockerctlError:
            assert system is None
            return
        if state.data is None:
            assert not os.path.lexists(wanted)
            return
        assert state.data.decode() == system
        assert state.real == os.path.realpath(wanted)
