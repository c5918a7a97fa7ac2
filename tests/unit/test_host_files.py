"""One file: read, replaced, removed, brought back; on the real file system."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
import struct
from pathlib import Path

import pytest

from dockerctl.errors import (
    AttributesNotKept,
    DockerctlError,
    FileChanged,
    FileFailed,
    FileForbidden,
    FileHasHardLinks,
    FileImmutable,
    FileIsMount,
    FileSystemReadOnly,
    FileTooLarge,
    FolderMissing,
    LinkRefused,
    NoSpace,
    WrongFileKind,
)
from dockerctl.exits import ExitCode
from dockerctl.host import attributes
from dockerctl.host.files import (
    FileState,
    read_file,
    remove_file,
    restore_file,
    sweep_folder,
    tag_of,
    write_file,
)
from tests.fakes.syscalls import failing, recorded

OLD = b'{"debug": true}\n'
NEW = b'{"debug": false}\n'
ACCESS_LIST = "system.posix_acl_access"
DEFAULT_LIST = "system.posix_acl_default"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A file with something in it, in a folder of its own."""
    folder = tmp_path / "docker"
    folder.mkdir()
    folder.chmod(0o755)
    path = folder / "daemon.json"
    path.write_bytes(OLD)
    path.chmod(0o644)
    return path


def access_list(user_rights: int) -> bytes:
    """An access list (acl(5)) that gives rights to the user with the number 4321."""
    none = 0xFFFFFFFF
    entries = [(0x01, 6, none), (0x02, user_rights, 4321), (0x04, 4, none), (0x10, 6, none)]
    packed = [struct.pack("<HHI", *entry) for entry in [*entries, (0x20, 0, none)]]
    return struct.pack("<I", 2) + b"".join(packed)


def leftovers(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir() if entry.name != path.name)


# --- reading ---------------------------------------------------------------------------------


def test_a_file(target: Path) -> None:
    target.chmod(0o640)

    state = read_file(str(target))

    assert state == FileState(
        str(target), str(target), OLD, 0o640, os.geteuid(), target.stat().st_gid, state.xattrs
    )
    assert state.exists
    assert state.tag == tag_of(OLD)
    assert state.tag.startswith("sha256:")
    assert len(state.tag) == 7 + 64


@pytest.mark.parametrize("name", ["missing.json", "missing/daemon.json", "a/b/c/d"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    path = str(tmp_path / name)

    state = read_file(path)

    assert state == FileState(path, path, None, 0, 0, 0, ())
    assert not state.exists
    assert state.tag == "absent"


def test_an_empty_file_is_not_absent(target: Path) -> None:
    target.write_bytes(b"")

    assert read_file(str(target)).exists


def test_a_path_from_here(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(target.parent)

    assert read_file("daemon.json").path == f"{target.parent}/daemon.json"
    assert read_file("./../docker//daemon.json").real == str(target)


@pytest.mark.parametrize("path", ["", "/etc/docker/\0daemon.json"])
def test_no_path(path: str) -> None:
    with pytest.raises(FileFailed):
        read_file(path)


def test_as_large_as_may_be(target: Path) -> None:
    target.write_bytes(b"x" * 100)

    assert read_file(str(target), limit=100).data == b"x" * 100
    with pytest.raises(FileTooLarge, match="more than 99 bytes"):
        read_file(str(target), limit=99)


@pytest.mark.parametrize("kind", ["folder", "FIFO", "socket"])
def test_something_else_in_its_place(tmp_path: Path, kind: str) -> None:
    # A socket's path is short.
    path = tmp_path / "f"
    if kind == "folder":
        path.mkdir()
    elif kind == "FIFO":
        os.mkfifo(path)
    else:
        with socket.socket(socket.AF_UNIX) as listener:
            here = Path.cwd()
            os.chdir(tmp_path)
            listener.bind("f")
            os.chdir(here)
    absent = FileState(str(path), str(path), None, 0, 0, 0, ())

    for work in (
        lambda: read_file(str(path)),
        lambda: write_file(str(path), NEW, like=absent),
        lambda: remove_file(str(path)),
        lambda: remove_file(str(path), expect=tag_of(OLD)),
    ):
        with pytest.raises(WrongFileKind, match=f"a {kind}, not a regular file"):
            work()
    assert path.exists()
    assert leftovers(path) == []


@pytest.mark.parametrize("path", ["/dev/null", "/", "/dev/.."])
def test_what_is_never_a_file(path: str) -> None:
    with pytest.raises(WrongFileKind):
        read_file(path)


def test_a_file_where_a_folder_has_to_be(target: Path) -> None:
    for below in ("daemon.json", "", ".", ".."):
        with pytest.raises(WrongFileKind, match=r"daemon\.json is a regular file, not a folder"):
            read_file(f"{target}/{below}")


# --- writing ---------------------------------------------------------------------------------


def test_a_file_is_replaced_with_all_that_it_had(target: Path) -> None:
    target.chmod(0o600)
    os.setxattr(target, ACCESS_LIST, access_list(4))
    before = read_file(str(target))
    inode = target.stat().st_ino

    after = write_file(str(target), NEW, like=before, expect=before.tag)

    assert target.read_bytes() == NEW
    assert target.stat().st_ino != inode
    assert after == read_file(str(target))
    assert (after.mode, after.uid, after.gid) == (before.mode, before.uid, before.gid)
    assert after.xattrs == before.xattrs
    assert dict(after.xattrs)[ACCESS_LIST] == access_list(4)
    assert leftovers(target) == []


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o444, 0o664])
def test_the_mode_stays_whatever_the_umask(target: Path, mode: int) -> None:
    target.chmod(mode)
    before = os.umask(0o077)
    try:
        write_file(str(target), NEW, like=read_file(str(target)))
    finally:
        os.umask(before)

    assert stat.S_IMODE(target.stat().st_mode) == mode


def test_a_default_access_list_of_the_folder_does_not_get_in(target: Path) -> None:
    before = read_file(str(target))
    os.setxattr(target.parent, DEFAULT_LIST, access_list(6))

    after = write_file(str(target), NEW, like=before)

    assert ACCESS_LIST not in dict(after.xattrs)
    assert after.mode == 0o644


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_new_file(target: Path, mode: int) -> None:
    target.unlink()
    state = read_file(str(target))

    after = write_file(str(target), NEW, like=state, mode=mode, expect="absent")

    assert target.read_bytes() == NEW
    assert (after.mode, after.uid) == (mode, os.geteuid())
    assert after == read_file(str(target))


def test_a_large_file(target: Path) -> None:
    data = bytes(range(256)) * 40_000

    write_file(str(target), data, like=read_file(str(target)))

    assert target.read_bytes() == data


def test_a_file_without_its_folder(tmp_path: Path) -> None:
    path = str(tmp_path / "docker" / "x" / "daemon.json")

    with pytest.raises(FolderMissing, match=r"There is no folder .*/docker\.$"):
        write_file(path, NEW, like=read_file(path))
    assert list(tmp_path.iterdir()) == []


def test_the_order_on_disk(target: Path) -> None:
    before = read_file(str(target))

    with recorded() as calls:
        write_file(str(target), NEW, like=before, expect=before.tag)

    wanted = ["write", "fchmod", "fsync", "read", "rename", "fsync"]
    at = 0
    for name in wanted:
        at = calls.index(name, at) + 1
    assert calls.count("rename") == 1
    assert "write" not in calls[calls.index("fsync") :]


def test_a_foreign_edit_in_between(target: Path) -> None:
    before = read_file(str(target))
    target.write_bytes(b"theirs")

    with pytest.raises(FileChanged, match="was changed by someone else") as caught:
        write_file(str(target), NEW, like=before, expect=before.tag)

    assert caught.value.exit_code == ExitCode.CHANGED_MEANWHILE
    assert target.read_bytes() == b"theirs"
    assert leftovers(target) == []


def test_a_foreign_removal_in_between(target: Path) -> None:
    before = read_file(str(target))
    target.unlink()

    with pytest.raises(FileChanged, match="was removed by someone else"):
        write_file(str(target), NEW, like=before, expect=before.tag)
    assert not target.exists()


def test_a_foreign_file_in_between(target: Path) -> None:
    target.unlink()
    before = read_file(str(target))
    target.write_bytes(b"theirs")

    with pytest.raises(FileChanged, match="was made by someone else"):
        write_file(str(target), NEW, like=before, expect="absent")
    assert target.read_bytes() == b"theirs"


@pytest.mark.parametrize("kind", ["a FIFO", "a symbolic link", "a folder"])
def test_something_else_comes_in_its_place_meanwhile(
    target: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    before = read_file(str(target))
    flush = os.fsync

    def swap(_fd: int) -> None:
        monkeypatch.setattr(os, "fsync", flush)
        target.unlink()
        if kind == "a folder":
            target.mkdir()
        elif kind == "a FIFO":
            os.mkfifo(target)
        else:
            target.symlink_to("/etc/passwd")

    monkeypatch.setattr(os, "fsync", swap)
    with pytest.raises(FileChanged, match=f"was replaced with {kind} by someone else"):
        write_file(str(target), NEW, like=before, expect=before.tag)
    assert leftovers(target) == []


def test_a_foreign_file_that_is_huge_is_not_read(target: Path) -> None:
    before = read_file(str(target))
    os.truncate(target, 1 << 40)

    with pytest.raises(FileChanged):
        write_file(str(target), NEW, like=before, expect=before.tag)


def test_without_an_expectation_the_last_one_wins(target: Path) -> None:
    before = read_file(str(target))
    target.write_bytes(b"theirs")

    write_file(str(target), NEW, like=before)

    assert target.read_bytes() == NEW


def test_hard_links(target: Path) -> None:
    other = target.with_name("backup")
    other.hardlink_to(target)
    before = read_file(str(target))

    with pytest.raises(FileHasHardLinks, match="1 further name "):
        write_file(str(target), NEW, like=before)
    assert target.read_bytes() == other.read_bytes() == OLD

    restore_file(before)
    target.write_bytes(b"broken")
    restore_file(before)
    assert target.read_bytes() == OLD
    assert other.read_bytes() == b"broken"


# --- what the system refuses -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "number", "ours", "exit_code", "says"),
    [
        ("write", errno.ENOSPC, NoSpace, 1, "no space is left on its file system"),
        ("fsync", errno.EDQUOT, NoSpace, 1, "the disk quota is used up"),
        ("setxattr", errno.ENOSPC, NoSpace, 1, "no space is left on its file system"),
        ("setxattr", errno.ENOTSUP, AttributesNotKept, 1, "the attribute system.posix_acl_access"),
        ("write", errno.EIO, FileFailed, 1, "input/output error"),
        ("rename", errno.EBUSY, FileIsMount, 1, "it is a mount point"),
        ("rename", errno.EROFS, FileSystemReadOnly, 1, "its file system is read-only"),
        ("rename", errno.EACCES, FileForbidden, 4, "permission denied"),
        ("rename", errno.EISDIR, WrongFileKind, 1, "it is a folder"),
        ("fchmod", errno.EPERM, FileForbidden, 4, "operation not permitted"),
    ],
)
def test_what_the_system_refuses_has_its_error(
    target: Path, call: str, number: int, ours: type[DockerctlError], exit_code: int, says: str
) -> None:
    os.setxattr(target, ACCESS_LIST, access_list(4))
    before = read_file(str(target))

    with failing(call, number), pytest.raises(DockerctlError) as caught:
        write_file(str(target), NEW, like=before, expect=before.tag)

    assert type(caught.value) is ours
    assert caught.value.exit_code == exit_code
    assert says in caught.value.message.lower()
    assert caught.value.message.endswith(".")
    assert read_file(str(target)) == before
    assert leftovers(target) == []


def test_the_owner_cannot_be_kept(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_file(str(target))
    like = FileState(before.path, before.real, OLD, 0o644, 4321, 4321, ())
    with failing("fchown", errno.EPERM), pytest.raises(FileForbidden, match="user 4321"):
        write_file(str(target), NEW, like=like)
    assert target.read_bytes() == OLD
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "fchown", lambda _fd, uid, gid: given.append((uid, gid)))

    write_file(str(target), NEW, like=like)

    assert given == [(4321, 4321)]


@pytest.mark.parametrize("number", [errno.ENOTSUP, errno.EPERM, errno.EACCES])
def test_a_label_that_may_not_be_set_is_left_to_the_folder(target: Path, number: int) -> None:
    before = read_file(str(target))
    label = (("security.selinux", b"system_u:object_r:container_config_t:s0\0"),)
    like = FileState(before.path, before.real, OLD, 0o644, before.uid, before.gid, label)

    with failing("setxattr", number):
        write_file(str(target), NEW, like=like)

    assert target.read_bytes() == NEW


def test_attributes_that_vanish_or_hide_while_they_are_read(target: Path) -> None:
    os.setxattr(target, ACCESS_LIST, access_list(4))

    with failing("getxattr", errno.ENODATA):
        assert ACCESS_LIST not in dict(read_file(str(target)).xattrs)
    with failing("listxattr", errno.ENOTSUP):
        assert read_file(str(target)).xattrs == ()
    with failing("getxattr", errno.EIO), pytest.raises(FileFailed):
        read_file(str(target))


def test_sums_over_the_content_are_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["security.evm", "security.ima", "security.selinux", "user.b", "user.a"]
    monkeypatch.setattr(os, "listxattr", lambda _fd: names)
    monkeypatch.setattr(os, "getxattr", lambda _fd, name: name.encode())

    assert [name for name, _ in attributes.read_attributes(0)] == [
        "security.selinux", "user.a", "user.b",
    ]  # fmt: skip


@pytest.mark.parametrize("held", ["daemon.json", "."])
def test_the_immutable_attribute(target: Path, monkeypatch: pytest.MonkeyPatch, held: str) -> None:
    before = read_file(str(target))
    number = {"daemon.json": target.stat().st_ino, ".": target.parent.stat().st_ino}[held]

    def flags(fd: int, _request: int, buffer: bytes) -> bytes:
        return struct.pack("l", 0x10 if os.fstat(fd).st_ino == number else 0)[: len(buffer)]

    monkeypatch.setattr(fcntl, "ioctl", flags)
    for call, work in (
        ("rename", lambda: write_file(str(target), NEW, like=before)),
        ("unlink", lambda: remove_file(str(target))),
    ):
        with failing(call, errno.EPERM), pytest.raises(FileImmutable) as caught:
            work()
        assert caught.value.exit_code == ExitCode.NOT_PERMITTED
        what = target if held == "daemon.json" else target.parent
        assert caught.value.message.startswith(f"{what} has the immutable")
    assert target.read_bytes() == OLD
    assert leftovers(target) == []


def test_a_folder_that_cannot_be_flushed(target: Path) -> None:
    before = read_file(str(target))

    with failing("fsync", errno.EINVAL, nth=2):
        write_file(str(target), NEW, like=before)
    with failing("fsync", errno.EIO, nth=2), pytest.raises(FileFailed):
        write_file(str(target), OLD, like=before)
    assert target.read_bytes() == OLD


@pytest.mark.parametrize("call", ["open", "read"])
def test_a_file_that_cannot_be_read(target: Path, call: str) -> None:
    with failing(call, errno.EACCES), pytest.raises(FileForbidden, match="cannot be read"):
        read_file(str(target))


def test_an_unprivileged_caller(target: Path) -> None:
    before = read_file(str(target))
    target.parent.chmod(0o555)
    outcome, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setresgid(65534, 65534, 65534)
                os.setresuid(65534, 65534, 65534)
            try:
                write_file(str(target), NEW, like=before)
            except DockerctlError as error:
                os.write(theirs, error.code.encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    target.parent.chmod(0o755)

    assert os.read(outcome, 100) == b"file-forbidden"
    os.close(outcome)
    os.close(theirs)
    assert target.read_bytes() == OLD
    assert leftovers(target) == []


def test_a_path_that_no_terminal_should_get(tmp_path: Path) -> None:
    path = str(tmp_path / "a\x1b[31m\n")
    Path(path).mkdir()

    with pytest.raises(WrongFileKind) as caught:
        read_file(path)
    assert caught.value.message.isprintable()


# --- removing and bringing back --------------------------------------------------------------


def test_a_file_is_removed(target: Path) -> None:
    remove_file(str(target), expect=tag_of(OLD))
    remove_file(str(target), expect="absent")
    remove_file(str(target))
    remove_file(str(target.parent / "missing" / "daemon.json"))

    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("expect", [tag_of(NEW), "absent"])
def test_another_file_is_not_removed(target: Path, expect: str) -> None:
    with pytest.raises(FileChanged):
        remove_file(str(target), expect=expect)
    assert target.read_bytes() == OLD


def test_a_removal_of_what_is_gone(target: Path) -> None:
    target.unlink()

    with pytest.raises(FileChanged, match="was removed"):
        remove_file(str(target), expect=tag_of(OLD))


def test_a_removal_that_someone_else_was_faster_with(target: Path) -> None:
    with failing("unlink", errno.ENOENT):
        remove_file(str(target))


def test_all_is_brought_back(target: Path) -> None:
    target.chmod(0o640)
    os.setxattr(target, ACCESS_LIST, access_list(4))
    before = read_file(str(target))
    target.unlink()
    target.write_bytes(NEW)

    restore_file(before)

    assert read_file(str(target)) == before


@pytest.mark.parametrize("what", ["mode", "bytes", "more bytes", "attributes", "absent"])
def test_each_difference_is_undone(target: Path, what: str) -> None:
    before = read_file(str(target))
    if what == "mode":
        target.chmod(0o600)
    elif what == "attributes":
        os.setxattr(target, ACCESS_LIST, access_list(4))
    elif what == "absent":
        target.unlink()
    else:
        target.write_bytes(NEW if what == "bytes" else OLD * 2)

    restore_file(before)

    assert read_file(str(target)) == before


def test_an_absence_is_brought_back(target: Path) -> None:
    target.unlink()
    before = read_file(str(target))
    target.write_bytes(NEW)

    restore_file(before)
    restore_file(before)

    assert not target.exists()


def test_what_is_there_already_needs_no_space(target: Path) -> None:
    before = read_file(str(target))

    with recorded() as calls:
        restore_file(before)

    assert "write" not in calls
    assert "rename" not in calls
    assert calls.count("fsync") == 1


def test_a_link_that_came_in_place_of_nothing_is_not_removed(target: Path) -> None:
    other = target.with_name("other.json")
    other.write_bytes(NEW)
    target.unlink()
    before = read_file(str(target))
    target.symlink_to(other)

    with pytest.raises(LinkRefused, match="is a symbolic link, and is not removed"):
        restore_file(before)
    assert other.read_bytes() == NEW


# --- what a killed run leaves ----------------------------------------------------------------


def test_leftovers_are_swept(target: Path) -> None:
    folder = target.parent
    mine = [folder / f".dockerctl-{letter * 16}.tmp" for letter in "a0"]
    foreign = [
        folder / ".dockerctl-notes",
        folder / f"dockerctl-{'a' * 16}.tmp",
        folder / f".dockerctl-{'a' * 16}.tmp.conf",
    ]
    for path in (*mine, *foreign):
        path.write_bytes(b"")
    (folder / f".dockerctl-{'f' * 16}.tmp").mkdir()

    assert sweep_folder(str(folder)) == tuple(sorted(map(str, mine)))
    assert sweep_folder(f"{folder}/") == ()
    assert sweep_folder(str(folder / "missing")) == ()

    assert target.exists()
    assert all(path.exists() for path in foreign)


def test_a_sweep_of_a_file(target: Path) -> None:
    with pytest.raises(WrongFileKind):
        sweep_folder(str(target))
