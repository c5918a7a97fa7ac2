"""Room for the daemon: bytes and inodes."""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.doctor.facts.storage import Space, StorageFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, error, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.said import said

_MIB = 1024 * 1024
# Where the daemon has said that it has no room, less than this bears it out: what it wanted to
# write may have been larger than what is left.
_TOO_LITTLE = 64 * _MIB
_FEW_INODES = 16
# A share of the whole, and a sum: what is less than both is soon used up.
_LITTLE_SHARE = 0.05
_LITTLE = 1024 * _MIB
_FEW_SHARE = 0.02
_NO_SPACE = r"no space left on device|disk quota exceeded"


def _space(facts: Facts) -> Iterator[Finding]:
    storage, units = facts.of(StorageFacts), facts.of(UnitsFacts)
    lines = said(facts, _NO_SPACE)
    for path, space in storage.spaces.items():
        # The journal's line may be about another one of them, and about inodes.
        complained = bool(lines) and path in (storage.root, "/run") and not _no_inodes(space)
        if space.is_full or (complained and units.tried and _is_small(space)):
            # A daemon that runs cannot write either.
            yield _full(storage, space, lines)
        elif path == storage.root and _is_little(space):
            yield warning(
                "data-root-nearly-full",
                f"{path} is nearly full: {space.available // _MIB} MiB are left",
                (_shown(space),),
                "docker system prune",
            )


def _full(storage: StorageFacts, space: Space, lines: tuple[str, ...]) -> Finding:
    path, room = space.path, f"du -xhd1 {space.path}"
    if path == storage.root:
        return error(
            "data-root-full",
            f"{path} is full",
            (_shown(space), *lines),
            f"make room ({room}; docker system prune frees images), then: dockerctl start",
        )
    if path == "/run":
        return error(
            "run-full",
            f"{path} is full",
            (_shown(space), *lines),
            f"make room ({room}), then: dockerctl start",
        )
    # It hurts, and keeps no daemon from its start.
    return warning("system-folder-full", f"{path} is full", (_shown(space),), f"make room: {room}")


def _is_small(space: Space) -> bool:
    return bool(space.total) and not space.read_only and space.available < _TOO_LITTLE


def _is_little(space: Space) -> bool:
    if space.read_only or not space.total:
        return False
    return space.available < min(_LITTLE, space.total * _LITTLE_SHARE)


def _no_inodes(space: Space) -> bool:
    return bool(space.inodes) and space.free_inodes < _FEW_INODES


def _inodes(facts: Facts) -> Iterator[Finding]:
    storage = facts.of(StorageFacts)
    for path in (storage.root, "/run"):
        space = storage.spaces.get(path)
        if space is None or not space.inodes or space.read_only:
            continue
        if _no_inodes(space):
            yield error(
                "data-root-no-inodes" if path == storage.root else "run-full",
                f"{path} has no inodes left: no file can be made there",
                (_shown(space), *said(facts, _NO_SPACE)),
                f"remove files (du --inodes -xd1 {path}; docker system prune), then: dockerctl "
                "start",
            )
        elif path == storage.root and space.free_inodes < space.inodes * _FEW_SHARE:
            yield warning(
                "data-root-few-inodes",
                f"{path} has few inodes left: {space.free_inodes}",
                (_shown(space),),
                "docker system prune",
            )


def _shown(space: Space) -> str:
    return (
        f"statvfs {space.path}: {space.available // _MIB} of {space.total // _MIB} MiB and "
        f"{space.free_inodes} of {space.inodes} inodes free"
    )


CHECKS: tuple[Check, ...] = (
    Check(
        "space",
        (StorageFacts, UnitsFacts),
        ("data-root-full", "run-full", "data-root-nearly-full", "system-folder-full"),
        _space,
        explains_start=True,
    ),
    Check(
        "inodes",
        (StorageFacts,),
        ("data-root-no-inodes", "data-root-few-inodes", "run-full"),
        _inodes,
        explains_start=True,
    ),
)
