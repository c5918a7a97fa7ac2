"""The drop-ins of a unit as they lie on the host, and the mark by which dockerctl knows its own."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from dockerctl.override.order import Found, Placed, Scope, drop_in_folders, place, unit_folders

SYSTEM_FOLDER = "/etc/systemd/system"
# Nothing that systemd reads is longer, see ``text.LONGEST_LINE``; more is not worth the memory.
LARGEST_FILE = 4 * 1024 * 1024

_FIRST_LINE = b"# Written by dockerctl; change it with 'dockerctl override'.\n"
_SECOND_LINE = re.compile(rb"# sha256:([0-9a-f]{64})\r?\n")
_RECIPE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_UNIT = re.compile(r"[A-Za-z0-9:_.@-]+\.(service|socket)\Z")


class Seal(StrEnum):
    """Whose a file is, by its first lines."""

    OURS = "ours"
    OURS_EDITED = "ours-edited"
    FOREIGN = "foreign"


class Owner(StrEnum):
    """Who put a drop-in there, by its mark and its folder."""

    DOCKERCTL = "dockerctl"
    PACKAGE = "package"
    RUNTIME = "runtime"
    ADMIN = "admin"


@dataclass(frozen=True)
class DropIn:
    """One file in a drop-in folder of a unit.

    ``data`` is None when it could not be read; ``reason`` then says why. ``in_effect`` tells
    whether systemd takes it, ``shadowed_by`` which file of the same name it takes instead.
    ``mode``, ``uid`` and ``gid`` are those of the file that a link leads to.
    """

    path: str
    name: str
    data: bytes | None = field(repr=False)
    owner: Owner
    in_effect: bool
    shadowed_by: str | None = None
    reason: str = ""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0


def owned_path(unit: str, recipe: str, *, folder: str = SYSTEM_FOLDER) -> str:
    """The drop-in that a recipe owns; raises ValueError for a name that is none."""
    if not _RECIPE.match(recipe):
        raise ValueError(f"not the name of a recipe: {recipe!a}")
    if not _UNIT.match(unit):
        raise ValueError(f"not the name of a service or socket: {unit!a}")
    return f"{folder}/{unit}.d/90-dockerctl-{recipe}.conf"


def seal(body: bytes) -> bytes:
    """A drop-in's text below the two lines that mark it as written by dockerctl."""
    return _FIRST_LINE + f"# sha256:{hashlib.sha256(body).hexdigest()}\n".encode() + body


def judge_seal(data: bytes) -> Seal:
    """Whether dockerctl wrote these bytes, and whether somebody changed them since."""
    first, newline, rest = data.partition(b"\n")
    if first.rstrip(b"\r") + newline != _FIRST_LINE:
        return Seal.FOREIGN
    match = _SECOND_LINE.match(rest)
    if match is None:
        return Seal.OURS_EDITED
    body = rest[match.end() :]
    return Seal.OURS if data == seal(body) else Seal.OURS_EDITED


def list_drop_ins(
    unit: str,
    *,
    root: str = "/",
    scope: Scope = Scope.SYSTEM,
    environment: Mapping[str, str] | None = None,
    aliases: Iterable[str] = (),
) -> tuple[DropIn, ...]:
    """Every file in the unit's drop-in folders, in the order in which systemd applies them.

    Those that systemd does not take are among them, with the reason. ``environment`` is that of
    the user for ``Scope.USER``. Paths are as seen below ``root``. A folder that cannot be read
    counts as empty.
    """
    base = root.rstrip("/")
    folders = drop_in_folders(unit, unit_folders(scope, environment), aliases=aliases)
    found: list[Found] = []
    seen: set[str] = set()
    for folder in folders:
        # /lib and /usr/lib are one folder on most hosts.
        real = os.path.realpath(base + folder)
        if real in seen:
            continue
        seen.add(real)
        found += [Found(folder, name, _masks(f"{base}{folder}/{name}")) for name in _names(real)]
    return tuple(_read(base, placed) for placed in place(found))


def plan_drop_ins(
    unit: str,
    drop_ins: Iterable[DropIn],
    planned: Mapping[str, bytes | None],
    *,
    scope: Scope = Scope.SYSTEM,
    environment: Mapping[str, str] | None = None,
    aliases: Iterable[str] = (),
) -> tuple[DropIn, ...]:
    """The drop-ins as they will be once ``planned`` is written: by path the content, None to go.

    Paths outside of the unit's drop-in folders are left out: they belong to another unit. A file
    that is there keeps its mode and owner, a new one has those that dockerctl gives (root, 0644).
    """
    folders = drop_in_folders(unit, unit_folders(scope, environment), aliases=aliases)
    files = {drop_in.path: drop_in for drop_in in drop_ins}
    for path, data in planned.items():
        folder, _, name = path.rpartition("/")
        old = files.pop(path, None)
        if data is None or folder not in folders:
            continue
        new = old or DropIn(path, name, data, Owner.ADMIN, in_effect=True)
        files[path] = replace(new, data=data, owner=_owner(path, data))
    ranks = {folder: rank for rank, folder in enumerate(folders)}
    ordered = sorted(files.values(), key=lambda file: ranks[file.path.rpartition("/")[0]])
    found = [Found(f.path.rpartition("/")[0], f.name, f.data == b"") for f in ordered]
    return tuple(
        replace(
            files[placed.found.path],
            in_effect=placed.in_effect and files[placed.found.path].data is not None,
            shadowed_by=placed.shadowed_by,
            reason=placed.reason or _unread(files[placed.found.path]),
        )
        for placed in place(found)
    )


def _unread(drop_in: DropIn) -> str:
    return drop_in.reason if drop_in.data is None else ""


def _names(folder: str) -> Iterator[str]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        yield from (entry.name for entry in entries if not entry.is_dir())


def _masks(path: str) -> bool:
    """Whether it has nothing in it: an empty file, or a link to /dev/null (null_or_empty())."""
    try:
        status = Path(path).stat()
    except OSError:
        return False
    if stat.S_ISREG(status.st_mode):
        return status.st_size == 0
    return stat.S_ISCHR(status.st_mode)


def _read(base: str, placed: Placed) -> DropIn:
    path = placed.found.path
    data: bytes | None = None
    status: os.stat_result | None = None
    reason = placed.reason
    try:
        status = Path(base + path).stat()
        if stat.S_ISREG(status.st_mode):
            with Path(base + path).open("rb") as file:
                data = file.read(LARGEST_FILE)
        elif placed.found.masks:
            data = b""
        else:
            reason = "not a regular file"
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
    return DropIn(
        path,
        placed.found.name,
        data,
        _owner(path, data),
        placed.in_effect and data is not None,
        placed.shadowed_by,
        reason,
        *((stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) if status else ()),
    )


def _owner(path: str, data: bytes | None) -> Owner:
    if data is not None and judge_seal(data) is not Seal.FOREIGN:
        return Owner.DOCKERCTL
    if path.startswith("/run/"):
        return Owner.RUNTIME
    if path.startswith(("/usr/lib/", "/lib/", "/usr/share/")):
        return Owner.PACKAGE
    return Owner.ADMIN
