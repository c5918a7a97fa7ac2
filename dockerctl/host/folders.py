"""Making the folders that a file needs, and taking them away again."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress

from dockerctl.errors import FolderMissing
from dockerctl.host.file_errors import explained
from dockerctl.host.interrupts import INTERRUPTS
from dockerctl.host.links import Spot, inside, locate, shown


def make_folder(path: str, mode: int = 0o755) -> tuple[str, ...]:
    """Make a folder and those above it that are missing; those that were made, outermost first.

    They are on disk when it returns. When one cannot be made, those made before are taken away.
    Raises LinkRefused, WrongFileKind when a file stands there, and what the system makes of it.
    """
    with INTERRUPTS.held(), explained(path, "made"), locate(inside(path)) as spot:
        if ".." in spot.below:
            raise FolderMissing(f"{shown(path)} goes up from a folder that does not exist.")
        made: list[str] = []
        try:
            _make_below(spot, mode, made)
        except BaseException:
            for folder in reversed(made):
                with suppress(OSError):
                    os.rmdir(folder)  # noqa: PTH106
            raise
        return tuple(made)


def remove_folders(paths: Iterable[str]) -> tuple[str, ...]:
    """Remove what ``make_folder`` made, innermost first; those that are not empty stay.

    Returns those that were removed.
    """
    removed: list[str] = []
    for path in reversed(tuple(paths)):
        # A folder that has something in it, or is gone, is none of ours any more.
        with suppress(OSError), INTERRUPTS.held(), locate(path) as spot:
            os.rmdir(spot.name, dir_fd=spot.folder)
            removed.append(path)
    return tuple(removed)


def _make_below(spot: Spot, mode: int, made: list[str]) -> None:
    """Make all names but the last, which only stands for what will lie in the folder."""
    parent = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=spot.folder)
    where = spot.folder_path.rstrip("/")
    try:
        for name in (spot.name, *spot.below)[:-1]:
            where = f"{where}/{name}"
            is_new = True
            try:
                os.mkdir(name, mode, dir_fd=parent)
            except FileExistsError:
                # Someone else made it a moment ago.
                is_new = False
            else:
                made.append(where)
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
            try:
                if is_new:
                    _settle(inner, mode)
                os.fsync(parent)
            except BaseException:
                os.close(inner)
                raise
            os.close(parent)
            parent = inner
    finally:
        os.close(parent)


def _settle(folder: int, mode: int) -> None:
    """The mode without the umask's doing; a set-group-ID bit from the folder above stays."""
    now = stat.S_IMODE(os.fstat(folder).st_mode)
    wanted = mode | now & stat.S_ISGID
    if now != wanted:
        os.fchmod(folder, wanted)
    os.fsync(folder)
