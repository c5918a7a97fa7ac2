"""The storage driver that the daemon uses: the one that has the images, and a good one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.storage import StorageFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, error, info, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.said import said

# What containerd's store calls itself where dockerd's own has "overlay2" (moby, daemon/containerd).
_SNAPSHOTTER = "io.containerd.snapshotter"
# Drivers that later engines do not have any more, and those that all have.
_OF_THE_PAST = ("aufs", "devicemapper", "overlay")
_IN_EVERY = frozenset({"overlay2", "fuse-overlayfs", "btrfs"})


def _driver(facts: Facts) -> Iterator[Finding]:
    storage, engine = facts.of(StorageFacts), facts.of(EngineFacts)
    if engine.info is None:
        return
    driver = str(engine.info.get("Driver", ""))
    status = dict(_rows(engine.info))
    by_containerd = _SNAPSHOTTER in status.get("driver-type", "")
    images = storage.content.images
    shown = f"GET /info: Driver: {driver}" + (" (containerd's store)" if by_containerd else "")
    if images and (by_containerd or driver not in images):
        other = max(images, key=lambda name: images[name])
        # A store of containerd's is not counted; it may have the images as well.
        make = info if by_containerd and engine.info.get("Images") else warning
        yield make(
            "storage-driver-changed",
            f"the daemon uses {driver}, and images lie in the folder of {other}: they seem gone",
            (shown, *(f"folder: {storage.real}/image/{d}: {n} images" for d, n in images.items())),
            "dockerctl config set features.containerd-snapshotter=false --allow-data-move"
            if by_containerd
            else f"dockerctl config set storage-driver={other} --allow-data-move",
        )
    named = facts.of(ConfigurationFacts).value("storage-driver")
    past = [d for d in storage.content.used_drivers if d in _OF_THE_PAST and d != driver]
    if past and not images:
        yield warning(
            "storage-prior-driver",
            f"{storage.real} has data of the storage driver {past[0]}, and the daemon uses "
            f"{driver}: what was made before seems gone",
            (shown, *(f"folder: {storage.real}/{name}: not empty" for name in past)),
            "what is in it can be used by an older engine only: save images and volumes with that, "
            "or remove the folder",
        )
    if driver == "vfs" and named != "vfs":
        yield info(
            "storage-fallback",
            "the daemon uses the storage driver vfs, which copies whole images",
            (shown, *said(facts, r"overlay")),
            "put the data folder on ext4 or xfs, or name a driver: dockerctl config set "
            "storage-driver=overlay2",
        )
    if driver.startswith("overlay") and status.get("Supports d_type") == "false":
        yield warning(
            "no-file-types",
            f"the file system of {storage.root} does not keep the types of files, which overlay "
            "needs",
            (shown, "GET /info: DriverStatus: Supports d_type: false"),
            "make the file system anew (mkfs.xfs -n ftype=1), and move the data there",
        )


def _programs(facts: Facts) -> Iterator[Finding]:
    """Whether programs of containers may run where they lie."""
    storage, engine = facts.of(StorageFacts), facts.maybe(EngineFacts)
    mount = storage.mount
    if mount is None or "noexec" not in mount.options:
        return
    known = None if engine is None or engine.info is None else engine.info.get("Driver")
    driver = known or facts.of(ConfigurationFacts).value("storage-driver")
    # A mount of overlay does not have the options of what lies under it.
    harmless = isinstance(driver, str) and "overlay" in driver
    make = info if harmless else error if driver else warning
    yield make(
        "data-root-noexec",
        f"{storage.root} is mounted noexec, which does no harm to {driver}"
        if harmless
        else f"{storage.root} is mounted noexec: programs in containers may not be run",
        (storage.mount_line, *((f"storage driver: {driver}",) if driver else ())),
        f"mount -o remount,exec {mount.point}",
    )


def _prior(facts: Facts) -> Iterator[Finding]:
    """Without a driver by name dockerd takes the one that was used before, and only if it is one
    and works (moby, daemon/graphdriver, New)."""
    storage, units = facts.of(StorageFacts), facts.of(UnitsFacts)
    configuration = facts.of(ConfigurationFacts)
    if configuration.value("storage-driver") or configuration.environment.get("DOCKER_DRIVER"):
        return
    # vfs is never taken for a prior one.
    used = tuple(d for d in storage.content.used_drivers if d != "vfs")
    folders = tuple(f"folder: {storage.real}/{driver}: not empty" for driver in used)
    several = said(facts, r"contains several valid graphdrivers")
    failed = said(facts, r"prior storage driver \S+ (?:failed|is not supported)")
    if len(used) > 1 and ((several and units.tried) or len(_IN_EVERY & {*used}) > 1):
        images = storage.content.images
        best = max(used, key=lambda name: (images.get(name, 0), name == "overlay2"))
        yield replace(
            error(
                "storage-ambiguous",
                f"{storage.real} has data of several storage drivers ({', '.join(used)}), and none "
                "is named",
                (*folders, *several),
                f"dockerctl config set storage-driver={best} --allow-data-move && dockerctl start",
            ),
            when=units.when,
        )
    elif failed and used and units.tried:
        match = re.search(r"prior storage driver (\S+)", failed[0])
        name = match[1] if match else used[0]
        yield error(
            "storage-prior-driver",
            f"{storage.real} has data of the storage driver {name}, which does not work here",
            (*folders, *failed),
            f"what is in {storage.real}/{name} cannot be used by this engine on this file system; "
            f"without need for it: mv {storage.real}/{name} {storage.real}/{name}.old && dockerctl "
            "start",
        )


def _rows(answer: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    rows = answer.get("DriverStatus")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, list) and len(row) == 2:
            yield str(row[0]), str(row[1])


CHECKS: tuple[Check, ...] = (
    Check(
        "storage driver",
        (StorageFacts, ConfigurationFacts, EngineFacts),
        (
            "storage-driver-changed", "storage-fallback", "storage-prior-driver", "no-file-types",
        ),
        _driver,
    ),
    Check(
        "programs of containers",
        (StorageFacts, ConfigurationFacts),
        ("data-root-noexec",),
        _programs,
        also=(EngineFacts,),
    ),
    Check(
        "storage driver of before",
        (StorageFacts, ConfigurationFacts, UnitsFacts),
        ("storage-ambiguous", "storage-prior-driver"),
        _prior,
        also=(JournalFacts,),
        explains_start=True,
    ),
)  # fmt: skip
