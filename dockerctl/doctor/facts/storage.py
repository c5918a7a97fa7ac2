"""Where the daemon keeps its data: mounts, space, and what lies there."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from dockerctl.config.look import is_remote
from dockerctl.doctor.facts.data_folder import (
    DataFolder,
    Elsewhere,
    json_problem,
    look_elsewhere,
    look_into,
    remapped_folders,
)
from dockerctl.doctor.facts.mounts import Mount, awaited_points, mount_of, mounts
from dockerctl.doctor.facts.seen_file import see_file

if TYPE_CHECKING:
    from dockerctl.doctor.facts.configuration import ConfigurationFacts
    from dockerctl.doctor.ground import Ground

DEFAULT = "/var/lib/docker"
_SNAP = "/var/snap/docker/common/var-lib-docker"
_EXEC_ROOT = "/var/run/docker"
# File systems of the kernel's own, in which nobody makes folders.
_NO_FOLDERS = ("proc", "sysfs", "securityfs", "debugfs", "tracefs", "devpts", "mqueue")
# How long the file system of the data may take to answer.
_ANSWER_S = 2.0
_NOTHING = 256 * 1024


@dataclass(frozen=True)
class Space:
    """A file system (statvfs(3)) by a path on it; bytes and inodes."""

    path: str
    total: int = 0
    available: int = 0
    inodes: int = 0
    free_inodes: int = 0
    read_only: bool = False

    @property
    def is_full(self) -> bool:
        """Whether no bytes are left: dockerd and its databases write a few pages at a start."""
        return bool(self.total) and not self.read_only and self.available < _NOTHING


@dataclass(frozen=True)
class StorageFacts:
    """The data folder and the other places that the daemon writes to."""

    root: str = DEFAULT
    # "folder", "absent", "link" to nothing, "other", "unseen"; "remote" on a file system of the
    # network and "silent" on one that does not answer: these are not looked into.
    kind: str = "folder"
    # The folder that counts, links followed; with remapped users the one in it.
    real: str = DEFAULT
    mount: Mount | None = None
    # Mount points that the data folder lies below, that /etc/fstab or a mount unit names, and that
    # nothing is mounted on: point to the file that names it.
    not_mounted: Mapping[str, str] = field(default_factory=dict)
    # By the path that was asked for: the data folder, /run, /tmp, /etc, /var/log.
    spaces: Mapping[str, Space] = field(default_factory=dict)
    # Folders that the daemon makes or writes to and cannot: path to why.
    unwritable: Mapping[str, str] = field(default_factory=dict)
    content: DataFolder = field(default_factory=DataFolder)
    # Other data folders that have something in them, and the users' ones in this one.
    elsewhere: tuple[Elsewhere, ...] = ()
    # Whether users are remapped.
    remaps: bool = False
    key_file: str = "/etc/docker/key.json"
    key_problem: str = ""

    LIMIT_S: ClassVar[float] = 3.0

    @property
    def mount_line(self) -> str:
        """The mount under the data folder, as evidence."""
        if self.mount is None:
            return f"mountinfo: {self.root}"
        options = ",".join(self.mount.options)
        return f"mountinfo: {self.root} is on {self.mount.point} ({self.mount.kind}, {options})"

    @classmethod
    def gather(cls, ground: Ground) -> StorageFacts:
        """Look at mounts and folders; a data folder on a network mount is not touched."""
        configuration = ground.configuration
        root = os.path.normpath(configuration.data_root)
        table = mounts()
        others = _others(configuration)
        key = configuration.folder("deprecated-key-path", "/etc/docker/key.json")
        mount = mount_of(root, table)
        found = cls(
            root=root,
            real=root,
            mount=mount,
            not_mounted=awaited_points(root, table),
            spaces=dict(_spaces(("/run", "/tmp", "/etc", "/var/log"), table)),  # noqa: S108
            unwritable=dict(_unwritable(others, table)),
            remaps=bool(configuration.value("userns-remap")),
            key_file=key,
            key_problem=json_problem(see_file(key, read=True)),
        )
        if mount is not None and is_remote(mount.kind):
            return replace(found, kind="remote")
        return _answered(found, table) or replace(found, kind="silent")


class _Looking(threading.Thread):
    """Looks at the data folder; a file system that hangs keeps it for ever."""

    def __init__(self, found: StorageFacts, table: tuple[Mount, ...]) -> None:
        super().__init__(daemon=True)
        self._found = found
        self._table = table
        self.result: StorageFacts | None = None
        self.problem: Exception | None = None

    def run(self) -> None:
        try:
            self.result = _inside(self._found, self._table)
        except Exception as error:  # noqa: BLE001  (told of by the thread that waits)
            self.problem = error


def _answered(found: StorageFacts, table: tuple[Mount, ...]) -> StorageFacts | None:
    """The same with what lies in the data folder; None where its file system does not answer."""
    looking = _Looking(found, table)
    looking.start()
    looking.join(_ANSWER_S)
    if looking.problem is not None:
        raise looking.problem
    return looking.result


def _inside(found: StorageFacts, table: tuple[Mount, ...]) -> StorageFacts:
    root = found.root
    kind = see_file(root).kind
    if kind in ("socket", "file"):
        kind = "other"
    real = Path(os.path.realpath(root))
    found = replace(
        found,
        kind=kind,
        real=str(real),
        # A link to a folder on a disk that is not there.
        not_mounted={**awaited_points(str(real), table), **found.not_mounted},
        mount=mount_of(str(real), table),
        spaces={root: next((s for _, s in _spaces((root,), table)), Space(root)), **found.spaces},
        unwritable={**found.unwritable, **dict(_unwritable((root,), table))},
    )
    elsewhere = [Path(DEFAULT), Path(_SNAP)]
    if kind == "folder":
        remapped = remapped_folders(real)
        if found.remaps and remapped:
            elsewhere.append(real)
            real = remapped[0]
        else:
            elsewhere += remapped
        content = look_into(real)
        space = found.spaces[root]
        # On a read-only mount nothing can be written, and that is another matter.
        frozen = () if space.read_only or _is_read_only(found.mount) else content.frozen
        found = replace(
            found,
            real=str(real),
            content=content,
            unwritable={**found.unwritable, **{path: _immutable(path) for path in frozen}},
        )
    others = [look_elsewhere(p) for p in elsewhere if os.path.realpath(p) != str(real)]
    return replace(found, elsewhere=tuple(o for o in others if o.images or o.containers))


def _others(configuration: ConfigurationFacts) -> tuple[str, ...]:
    exec_root = configuration.folder("exec-root", _EXEC_ROOT)
    pid_file = configuration.folder("pidfile", "/var/run/docker.pid")
    return (exec_root, str(Path(pid_file).parent))


def _spaces(paths: tuple[str, ...], table: tuple[Mount, ...]) -> Iterator[tuple[str, Space]]:
    for path in paths:
        mount = mount_of(path, table)
        if mount is not None and is_remote(mount.kind):
            continue
        try:
            found = os.statvfs(_existing(path))
        except OSError:
            continue
        yield (
            path,
            Space(
                path,
                found.f_blocks * found.f_frsize,
                found.f_bavail * found.f_frsize,
                found.f_files,
                found.f_favail,
                bool(found.f_flag & os.ST_RDONLY),
            ),
        )


def _existing(path: str) -> Path:
    """The path, or the folder above it that is there."""
    found = Path(path)
    while not found.exists() and found != found.parent:
        found = found.parent
    return found


def _unwritable(paths: tuple[str, ...], table: tuple[Mount, ...]) -> Iterator[tuple[str, str]]:
    """Folders that root cannot make or write to, for another reason than a read-only mount."""
    for path in paths:
        mount = mount_of(path, table)
        if mount is not None and is_remote(mount.kind):
            continue
        existing = _existing(path)
        if Path(path).is_symlink() and str(existing) != path:
            yield path, f"a link to {_target(path)}, which leads to nothing"
        elif not existing.is_dir():
            yield path, f"{existing} is not a folder"
        elif mount is not None and mount.kind in _NO_FOLDERS:
            yield path, f"nobody makes folders in {mount.point} ({mount.kind})"
        elif os.geteuid() == 0 and not _may_write(existing):
            yield path, _immutable(str(existing))


def _immutable(path: str) -> str:
    return f"{path} cannot be written to, even by root (lsattr -d {path})"


def _is_read_only(mount: Mount | None) -> bool:
    return mount is not None and "ro" in mount.options


def _target(path: str) -> str:
    try:
        return os.readlink(path)  # noqa: PTH115  (as it is written)
    except OSError:
        return "nothing"


def _may_write(folder: Path) -> bool:
    """Only an immutable folder keeps root from it; a read-only mount is another matter."""
    try:
        read_only = bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return True
    return read_only or os.access(folder, os.W_OK)
