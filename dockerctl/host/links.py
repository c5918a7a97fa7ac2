"""Where a path really leads: a walk from folder to folder, with each symbolic link judged.

A path without links is taken as it is. Once a link is followed, nobody but root and the caller
may be able to write in any folder on the way, or to change the link: else whoever can would
choose the file that is read or replaced. Folders are held open during the walk and used by
descriptor afterwards, so that what was judged is what is worked on.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from dockerctl.errors import FileFailed, FolderMissing, LinkRefused, WrongFileKind

# As many as the kernel follows (path_resolution(7)).
_MOST_LINKS = 40

_LOOK = os.O_PATH | os.O_NOFOLLOW
_ENTER = _LOOK | os.O_DIRECTORY

_KINDS = (
    (stat.S_ISREG, "a regular file"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True)
class Spot:
    """Where a path leads, valid inside ``locate``.

    ``folder`` is an O_PATH descriptor of the innermost folder that exists, ``name`` what is
    looked for in it, and ``below`` what would come below that: empty unless ``name`` is a missing
    folder. ``found`` is what lies there, or None. ``by_link`` says that the path's own last part
    is a symbolic link. ``real`` is the path without links.
    """

    folder: int
    folder_path: str
    name: str
    below: tuple[str, ...]
    found: os.stat_result | None
    by_link: bool

    @property
    def real(self) -> str:
        """The path without links."""
        return "/".join((self.folder_path.rstrip("/"), self.name, *self.below))

    def open_folder(self) -> int:
        """A descriptor of the folder that can be flushed, for the caller to close.

        Raises FolderMissing, and OSError.
        """
        if self.below:
            missing = os.path.join(self.folder_path, self.name)  # noqa: PTH118
            raise FolderMissing(f"There is no folder {shown(missing)}.")
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self.folder)


@contextmanager
def locate(path: str) -> Iterator[Spot]:
    """Find out where ``path`` leads; a file that is missing is found as well.

    Raises LinkRefused, WrongFileKind when a file stands where a folder has to be, and OSError.
    """
    walk = _Walk(absolute(path))
    try:
        yield walk.to_the_end()
    finally:
        walk.close()


def absolute(path: str) -> str:
    """``path`` from the root. Its ".." stay: what they mean depends on links before them."""
    if "\0" in path or not path:
        raise FileFailed("A path is empty or has a zero byte in it.", hint="Name a file.")
    return path if path.startswith("/") else f"{os.getcwd()}/{path}"  # noqa: PTH109


def inside(folder: str) -> str:
    """A name in ``folder``, to walk into the folder itself by ``locate``."""
    return f"{absolute(folder)}/.dockerctl"


def written_by_others(info: os.stat_result) -> bool:
    """Whether somebody else than root and the caller may write in a folder.

    With an access list the group's bits are its mask, so that they tell of any user in it.
    """
    return not _trusted(info) or bool(info.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def kind_of(info: os.stat_result) -> str:
    """What a directory entry is, in words."""
    return next((word for test, word in _KINDS if test(info.st_mode)), "no file")


def shown(path: str) -> str:
    """A path as part of a message: what a terminal should not get is a question mark."""
    return "".join(character if character.isprintable() else "?" for character in path)


def _trusted(info: os.stat_result) -> bool:
    return info.st_uid in (0, os.geteuid())


class _Part(NamedTuple):
    """One name of a path that is still to be walked, and the link that it came from, or ""."""

    name: str
    link: str


class _Folder(NamedTuple):
    name: str
    fd: int
    info: os.stat_result


class _Walk:
    """The state of one walk."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._folders: list[_Folder] = []
        self._todo: list[_Part] = []
        self._links = 0
        # The last link that was followed, and a folder on the way that others can write.
        self._link = ""
        self._weak = ""
        self._by_link = False

    def close(self) -> None:
        while self._folders:
            os.close(self._folders.pop().fd)

    def to_the_end(self) -> Spot:
        self._push(self._path, "")
        while self._todo:
            part = self._todo.pop()
            if part.name == ".":
                continue
            if part.name == "..":
                if len(self._folders) > 1:
                    os.close(self._folders.pop().fd)
                continue
            spot = self._step(part)
            if spot is not None:
                if self._link:
                    self._judge()
                return spot
        raise WrongFileKind(f"{shown(self._path)} is a folder, not a regular file.")

    def _step(self, part: _Part) -> Spot | None:
        """Walk one part; the spot when it is the last, or missing."""
        try:
            fd = self._open(part.name)
        except FileNotFoundError:
            if part.link:
                raise LinkRefused(
                    f"The symbolic link {shown(part.link)} leads to something that is not there."
                ) from None
            below = tuple(left.name for left in reversed(self._todo))
            return self._spot(part.name, below, None)
        keep = False
        try:
            info = os.fstat(fd)
            self._weigh_entry(info)
            if stat.S_ISLNK(info.st_mode):
                self._follow(part.name, fd, info)
                return None
            if not self._todo:
                return self._spot(part.name, (), info)
            if not stat.S_ISDIR(info.st_mode):
                where = shown(self._path_to(part.name))
                raise WrongFileKind(f"{where} is {kind_of(info)}, not a folder.")
            self._folders.append(_Folder(part.name, fd, info))
            keep = True
        finally:
            if not keep:
                os.close(fd)
        return None

    def _open(self, name: str) -> int:
        folder = self._folders[-1].fd
        if not self._todo:
            return os.open(name, _LOOK, dir_fd=folder)
        try:
            # An automount point is mounted when it is opened as a folder, and only then.
            return os.open(name, _ENTER, dir_fd=folder)
        except NotADirectoryError:
            return os.open(name, _LOOK, dir_fd=folder)

    def _push(self, path: str, link: str) -> None:
        if path.startswith("/"):
            self.close()
            fd = os.open("/", _ENTER)
            self._folders.append(_Folder("", fd, os.fstat(fd)))
        names = path.split("/")
        parts = [_Part(name, link) for name in names if name not in ("", ".")]
        if names[-1] in ("", "."):
            # What comes before has to be a folder.
            parts.append(_Part(".", link))
        self._todo.extend(reversed(parts))

    def _follow(self, name: str, fd: int, info: os.stat_result) -> None:
        self._link = self._path_to(name)
        self._by_link = self._by_link or not self._todo
        self._links += 1
        if self._links > _MOST_LINKS:
            raise LinkRefused(f"The symbolic links from {shown(self._path)} go round in a circle.")
        if not _trusted(info):
            raise LinkRefused(
                f"The symbolic link {shown(self._link)} belongs to the user with the number "
                f"{info.st_uid}, who can turn it elsewhere."
            )
        self._push(os.readlink("", dir_fd=fd), self._link)

    def _weigh_entry(self, info: os.stat_result) -> None:
        """Remember the current folder when others could put another entry in this one's place.

        In a folder with the sticky bit, such as /tmp, only an entry's owner can.
        """
        folder = self._folders[-1].info
        sticky = _trusted(folder) and folder.st_mode & stat.S_ISVTX
        if written_by_others(folder) and not (sticky and _trusted(info)):
            self._note_weak()

    def _note_weak(self) -> None:
        self._weak = self._weak or self._folder_path()

    def _judge(self) -> None:
        """Refuse the way that was walked, if a link on it could be made to lead elsewhere."""
        # In the last folder a file is made: there the sticky bit is no help.
        if written_by_others(self._folders[-1].info):
            self._note_weak()
        if self._weak:
            raise LinkRefused(
                f"{shown(self._path)} goes over the symbolic link {shown(self._link)} and the "
                f"folder {shown(self._weak)}, which others than root can write."
            )

    def _spot(self, name: str, below: tuple[str, ...], found: os.stat_result | None) -> Spot:
        folder = self._folders[-1].fd
        return Spot(folder, self._folder_path(), name, below, found, self._by_link)

    def _folder_path(self) -> str:
        return "/".join(folder.name for folder in self._folders) or "/"

    def _path_to(self, name: str) -> str:
        return f"{self._folder_path().rstrip('/')}/{name}"
