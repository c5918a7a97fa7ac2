"""The mount under the data folder: there, writable, of a kind that Docker can use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.mounts import mount_point_of
from dockerctl.doctor.facts.storage import StorageFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, error, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.said import said

# What overlay takes for no upper folder (moby, daemon/graphdriver/overlay2 and overlayutils).
_UNSUITABLE = ("overlay", "aufs", "ecryptfs", "fuseblk", "vfat", "exfat", "ntfs", "ntfs3")
_REFUSED = r"driver not supported|failed to mount overlay|error initializing graphdriver"


def _mounted(facts: Facts) -> Iterator[Finding]:
    storage, units = facts.of(StorageFacts), facts.of(UnitsFacts)
    for point, file in storage.not_mounted.items():
        # A daemon that runs does so with an empty folder on another disk.
        make = error if units.tried else warning
        yield make(
            "data-root-not-mounted",
            f"{point} is not mounted, and the data of Docker belongs there",
            (f"{file}: {point}", storage.mount_line),
            f"dockerctl stop && mount {point} && dockerctl start && "
            f"dockerctl override requires-mount {point}"
            if file == "/etc/fstab"
            else f"dockerctl stop && systemctl start '{file.rpartition('/')[2]}' && dockerctl "
            "start",
        )
    for unit in units.others.values():
        if not unit.name.endswith(".mount") or unit.active_state in ("active", "activating"):
            continue
        point = mount_point_of(unit.name)
        if point not in storage.not_mounted and _is_above(point, storage.root):
            yield error(
                "data-root-not-mounted",
                f"{unit.name}, which the data of Docker lies on, is {unit.active_state}",
                unit.shown("ActiveState", "Result"),
                f"systemctl start '{unit.name}' && dockerctl start",
            )


def _is_above(point: str, path: str) -> bool:
    return point != "/" and (path == point or path.startswith(f"{point}/"))


def _writable(facts: Facts) -> Iterator[Finding]:
    storage = facts.of(StorageFacts)
    mount = storage.mount
    space = storage.spaces.get(storage.root)
    read_only = (space is not None and space.read_only) or (
        mount is not None and "ro" in mount.options
    )
    if read_only:
        yield replace(
            error(
                "data-root-read-only",
                f"{storage.root} lies on a file system that is mounted read-only",
                (storage.mount_line, *said(facts, r"read-only file system")),
                f"mount -o remount,rw {mount.point if mount else storage.root} && dockerctl start",
            ),
            when=facts.of(UnitsFacts).when,
        )


def _suits(facts: Facts) -> Iterator[Finding]:
    """The daemon has refused its storage driver, and the file system explains that."""
    storage, units = facts.of(StorageFacts), facts.of(UnitsFacts)
    mount, lines = storage.mount, said(facts, _REFUSED)
    # Where no driver is named, dockerd tries the next one.
    named = facts.of(ConfigurationFacts).value("storage-driver")
    if not isinstance(named, str) or "overlay" not in named or not units.tried or not lines:
        return
    if mount is None or mount.kind not in _UNSUITABLE:
        return
    yield error(
        "file-system-unsuitable",
        f"{storage.root} lies on {mount.kind}, on which overlay cannot be mounted",
        (storage.mount_line, *lines),
        "put the data folder on ext4 or xfs (dockerctl config set data-root=PATH "
        "--allow-data-move), or let the daemon choose: dockerctl config unset storage-driver "
        "--allow-data-move && dockerctl start",
    )


def _answers(facts: Facts) -> Iterator[Finding]:
    storage = facts.of(StorageFacts)
    # One that is mounted when it is first used is no matter of ours until then.
    if storage.kind == "remote" and storage.mount is not None and storage.mount.kind != "autofs":
        units = facts.maybe(UnitsFacts)
        # It is not touched to find out: who touches one that hangs, hangs.
        stands = units is not None and units.service.active_state == "activating"
        make = error if stands else warning
        yield make(
            "data-root-remote",
            f"{storage.root} lies on a file system of the network or of a program"
            + (", and the start does not go on" if stands else ""),
            (storage.mount_line, *(units.service.shown("ActiveState") if stands and units else ())),
            "move it to a local disk: overlay2 does not work there, and a hanging server stops "
            "the daemon",
        )
    if storage.kind == "silent":
        yield error(
            "data-root-hangs",
            f"the file system of {storage.root} does not answer",
            (f"stat: {storage.root}: no answer in time", storage.mount_line),
            "look at dmesg, at the disk and at the process or the server behind the mount; when "
            "it answers again: dockerctl restart",
        )


CHECKS: tuple[Check, ...] = (
    Check(
        "mount of the data folder",
        (StorageFacts, UnitsFacts),
        ("data-root-not-mounted",),
        _mounted,
        explains_start=True,
    ),
    Check(
        "writing to the mount",
        (StorageFacts, UnitsFacts),
        ("data-root-read-only",),
        _writable,
        explains_start=True,
    ),
    Check(
        "kind of the file system",
        (StorageFacts, UnitsFacts, ConfigurationFacts),
        ("file-system-unsuitable",),
        _suits,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check(
        "answer of the mount",
        (StorageFacts,),
        ("data-root-remote", "data-root-hangs"),
        _answers,
        also=(UnitsFacts,),
        explains_start=True,
    ),
)
