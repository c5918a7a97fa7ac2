"""Findings about the data folder, and looking at a made one."""

from __future__ import annotations

import fcntl
import json
import os
import struct
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from dockerctl.config.flags import parse_flags
from dockerctl.config.keys import key_table
from dockerctl.config.release import parse_release
from dockerctl.doctor.checks import (
    storage_data,
    storage_driver,
    storage_folder,
    storage_mount,
    storage_space,
)
from dockerctl.doctor.examining import examine
from dockerctl.doctor.facts import storage
from dockerctl.doctor.facts.bolt import bolt_problem
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.data_folder import DataFolder, Elsewhere, LogFile
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.journal import JournalFacts, Run
from dockerctl.doctor.facts.mounts import Mount, awaited_points, mount_of, mount_point_of, mounts
from dockerctl.doctor.facts.processes import Proc, ProcessesFacts
from dockerctl.doctor.facts.seen_file import SeenFile
from dockerctl.doctor.facts.storage import Space, StorageFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding
from dockerctl.doctor.model import Facts
from dockerctl.systemd.journal import JournalEntry

ROOT = "/var/lib/docker"
GIB = 1024**3
UP = UnitsFacts(UnitFacts("docker.service", {"ActiveState": "active", "Result": "success"}))
DOWN = UnitsFacts(UnitFacts("docker.service", {"ActiveState": "failed", "Result": "exit-code"}))
SPACE = Space(ROOT, 100 * GIB, 50 * GIB, 1_000_000, 900_000)
MOUNT = Mount("/", "ext4", "/dev/sda1", ("rw", "relatime"))
WELL = StorageFacts(mount=MOUNT, spaces={ROOT: SPACE, "/run": replace(SPACE, path="/run")})
CHECKS = (
    *storage_space.CHECKS,
    *storage_mount.CHECKS,
    *storage_folder.CHECKS,
    *storage_data.CHECKS,
    *storage_driver.CHECKS,
)
NOTHING_RUNS = ProcessesFacts()


def found(*parts: object) -> tuple[Finding, ...]:
    given = {type(part) for part in parts}
    others = [p for p in (UP, ConfigurationFacts(), NOTHING_RUNS) if type(p) not in given]
    return examine(CHECKS, Facts.of_parts(*parts, *others)).findings


def codes(*parts: object) -> list[tuple[str, str]]:
    return [(f.code, f.severity.value) for f in found(*parts)]


def with_space(path: str = ROOT, **changes: Any) -> StorageFacts:
    return replace(WELL, spaces={**WELL.spaces, path: replace(SPACE, path=path, **changes)})


def holding(**content: Any) -> StorageFacts:
    return replace(WELL, content=DataFolder(**content))


CASES: list[tuple[StorageFacts, str, str]] = [
    (with_space(available=0), "data-root-full", "error"),
    (with_space(path="/run", available=0), "run-full", "error"),
    (with_space(path="/etc", available=0), "system-folder-full", "warning"),
    (with_space(available=100 * 1024 * 1024), "data-root-nearly-full", "warning"),
    (with_space(free_inodes=0), "data-root-no-inodes", "error"),
    (with_space(free_inodes=5_000), "data-root-few-inodes", "warning"),
    (with_space(read_only=True, available=0), "data-root-read-only", "error"),
    (
        replace(WELL, mount=replace(MOUNT, options=("ro",))),
        "data-root-read-only",
        "error",
    ),
    (replace(WELL, mount=replace(MOUNT, options=("rw", "noexec"))), "data-root-noexec", "warning"),
    (replace(WELL, kind="remote"), "data-root-remote", "warning"),
    (replace(WELL, kind="silent"), "data-root-hangs", "error"),
    (replace(WELL, unwritable={ROOT: "a link to nothing"}), "folder-unusable", "error"),
    (holding(no_folders=(f"{ROOT}/swarm",)), "folder-unusable", "error"),
    (replace(WELL, not_mounted={ROOT: "/etc/fstab"}), "data-root-not-mounted", "warning"),
    (
        replace(WELL, not_mounted={ROOT: "/etc/systemd/system/x.mount"}),
        "data-root-not-mounted",
        "warning",
    ),
    (holding(damaged_databases={"x.db": "it is no database"}), "database-damaged", "error"),
    (holding(damaged_state={"repositories.json": "it is empty"}), "state-file-damaged", "error"),
    (holding(damaged_state={"x/swarm/y.json": "it is empty"}), "swarm-state-damaged", "error"),
    (holding(locked={"x.db": 99}), "database-locked", "error"),
    (replace(WELL, key_file="k.json", key_problem="it is empty"), "key-file-damaged", "error"),
    (
        holding(damaged_records={"c/config.v2.json": "it is empty"}),
        "container-record-damaged",
        "warning",
    ),
    (holding(missing_layers=("overlay2/abc",), layers=3), "layers-missing", "error"),
    (replace(WELL, elsewhere=(Elsewhere("/srv", 1, 2),)), "data-root-moved", "warning"),
    (replace(WELL, elsewhere=(Elsewhere("/srv", 1, 0),)), "data-root-moved", "info"),
    (
        replace(WELL, elsewhere=(Elsewhere(f"{ROOT}/100000.100000", 1, 2),)),
        "data-of-other-users",
        "warning",
    ),
    (
        replace(WELL, remaps=True, elsewhere=(Elsewhere(ROOT, 1, 2),)),
        "data-of-other-users",
        "warning",
    ),
    (holding(logs=(LogFile("c", "c.log", 2 * GIB),)), "container-log-large", "warning"),
    (
        holding(logs=(LogFile("c", "c.log", 30 * GIB, limited=True),)),
        "container-log-large",
        "warning",
    ),
]


@pytest.mark.parametrize(("facts", "code", "severity"), CASES, ids=[c[1] for c in CASES])
def test_what_is_wrong_is_found(facts: StorageFacts, code: str, severity: str) -> None:
    assert codes(facts) == [(code, severity)]
    (one,) = found(facts, DOWN)
    assert one.evidence
    assert one.fix
    assert one.when.value == "now"


def test_an_error_of_a_running_daemon_is_one_of_its_next_start() -> None:
    assert found(with_space(read_only=True))[0].when.value == "next-start"
    # It cannot write now either.
    assert found(with_space(available=0))[0].when.value == "now"


@pytest.mark.parametrize(
    "facts",
    [
        WELL,
        StorageFacts(kind="absent"),
        holding(containers=300, images={"overlay2": 20}),
        # It is used, whatever lies in the usual place.
        replace(
            holding(containers=1, images={"overlay2": 1}), elsewhere=(Elsewhere("/srv", 9, 9),)
        ),
        replace(WELL, kind="remote", mount=Mount(ROOT, "autofs")),
        with_space(total=20 * 1024 * 1024, available=5 * 1024 * 1024),
        holding(logs=(LogFile("c", "c.log", GIB // 2),)),
        holding(logs=(LogFile("c", "c.log", 5 * GIB, limited=True),)),
        # btrfs has no inodes to run out of.
        with_space(inodes=0, free_inodes=0),
    ],
)
def test_nothing_is_found_in_a_healthy_folder(facts: StorageFacts) -> None:
    assert codes(facts, EngineFacts(info={"Driver": "overlay2"})) == []


def test_the_line_of_the_journal_is_quoted() -> None:
    line = "failed to start daemon: mkdir /var/lib/docker/tmp: no space left on device"
    entry = JournalEntry(1, line, 6, "a" * 32, False, "docker.service")
    run = Run("a" * 32, (entry,), result="exit-code")
    journal = JournalFacts(runs=(run,), failed=run, last=run, words=(line,))
    (full,) = found(with_space(available=0), DOWN, journal)
    assert f"journal: {line}" in full.evidence


def test_less_than_the_daemon_wanted_is_full() -> None:
    line = "failed to start daemon: write /var/lib/docker/x.db: no space left on device"
    entry = JournalEntry(1, line, 6, "a" * 32, False, "docker.service")
    run = Run("a" * 32, (entry,), result="exit-code")
    journal = JournalFacts(runs=(run,), failed=run, last=run, words=(line,))
    little = with_space(total=100 * 1024 * 1024, available=1024 * 1024)
    assert codes(little, DOWN) == [("data-root-nearly-full", "warning")]
    assert codes(little, DOWN, journal) == [("data-root-full", "error")]


def test_a_database_of_a_full_disk_follows_from_it() -> None:
    full = replace(
        with_space(available=0), content=DataFolder(damaged_databases={"x.db": "cut off"})
    )
    assert [(f.code, f.because_of) for f in found(full, DOWN)] == [
        ("data-root-full", ""),
        ("database-damaged", "data-root-full"),
    ]


def test_a_database_of_builds_may_be_made_anew() -> None:
    damaged = holding(damaged_databases={"x/buildkit/cache.db": "it is no database"})
    assert codes(damaged) == [("database-damaged", "warning")]
    assert codes(damaged, DOWN) == [("database-damaged", "error")]


def test_the_key_file_matters_to_old_releases_only() -> None:
    damaged = replace(WELL, key_problem="it is empty")
    release = parse_release("26.1.5")
    assert codes(damaged, ConfigurationFacts(release=release)) == []


def test_a_lock_of_a_daemon_is_no_lock_of_a_stranger() -> None:
    other = ProcessesFacts((Proc(99, name="dockerd"),))
    assert codes(holding(locked={"x.db": 99}), other) == []


def test_images_of_another_driver() -> None:
    facts = holding(images={"overlay2": 5})
    vfs = EngineFacts(info={"Driver": "vfs"})
    changed, fallback = found(facts, vfs)
    assert (changed.code, fallback.code) == ("storage-driver-changed", "storage-fallback")
    assert "storage-driver=overlay2" in changed.fix
    assert codes(facts, EngineFacts(info={"Driver": "overlay2"})) == []
    # Both have images: nothing seems gone.
    both = holding(images={"overlay2": 5, "btrfs": 1})
    assert codes(both, EngineFacts(info={"Driver": "btrfs"})) == []


def test_images_of_before_containerds_store() -> None:
    status = [["driver-type", "io.containerd.snapshotter.v1"]]
    info = {"Driver": "overlayfs", "DriverStatus": status}
    (one,) = found(holding(images={"overlay2": 5}), EngineFacts(info=info))
    assert (one.code, one.severity.value) == ("storage-driver-changed", "warning")
    assert "containerd-snapshotter=false" in one.fix
    (one,) = found(holding(images={"overlay2": 5}), EngineFacts(info={**info, "Images": 4}))
    assert one.severity.value == "info"


def test_noexec_matters_to_drivers_without_a_mount_of_their_own() -> None:
    facts = replace(WELL, mount=replace(MOUNT, options=("rw", "noexec")))
    assert codes(facts, EngineFacts(info={"Driver": "overlay2"})) == [("data-root-noexec", "info")]
    assert ("data-root-noexec", "error") in codes(facts, EngineFacts(info={"Driver": "vfs"}))


def test_drivers_of_before() -> None:
    two = holding(used_drivers=("overlay2", "btrfs", "vfs"), images={"btrfs": 3})
    (one,) = found(two)
    assert (one.code, one.when.value) == ("storage-ambiguous", "next-start")
    assert "storage-driver=btrfs" in one.fix
    assert codes(holding(used_drivers=("overlay2", "vfs"))) == []
    line = "[graphdriver] prior storage driver devicemapper failed: driver not supported"
    entry = JournalEntry(1, line, 6, "a" * 32, False, "docker.service")
    run = Run("a" * 32, (entry,), result="exit-code")
    journal = JournalFacts(runs=(run,), failed=run, last=run, words=(line,))
    old = holding(used_drivers=("devicemapper",))
    assert codes(old, DOWN, journal) == [("storage-prior-driver", "error")]
    assert codes(old, journal) == []
    # Later engines do not look at it.
    runs = EngineFacts(info={"Driver": "overlay2"})
    assert codes(old, runs) == [("storage-prior-driver", "warning")]


def test_a_file_system_without_types_of_files() -> None:
    info = {"Driver": "overlay2", "DriverStatus": [["Supports d_type", "false"]]}
    assert codes(WELL, EngineFacts(info=info)) == [("no-file-types", "warning")]


def test_a_daemon_that_is_down_for_want_of_its_disk() -> None:
    missing = replace(WELL, not_mounted={ROOT: "/etc/fstab"})
    (one,) = found(missing, DOWN)
    assert one.severity.value == "error"
    assert "/etc/fstab" in one.evidence[0]


def test_a_file_system_that_the_driver_was_refused_on() -> None:
    line = "failed to start daemon: error initializing graphdriver: driver not supported"
    entry = JournalEntry(1, line, 6, "a" * 32, False, "docker.service")
    run = Run("a" * 32, (entry,), result="exit-code")
    journal = JournalFacts(runs=(run,), failed=run, last=run, words=(line,))
    overlay = replace(WELL, mount=replace(MOUNT, kind="overlay"))
    argv = ("dockerd", "--storage-driver=overlay2")
    named = ConfigurationFacts(flags=parse_flags(argv, key_table()))
    assert codes(overlay, DOWN, journal, named) == [("file-system-unsuitable", "error")]
    # Without a name dockerd tries the next driver.
    assert codes(overlay, DOWN, journal) == codes(overlay, DOWN, named) == []
    assert codes(overlay, journal, named) == codes(WELL, DOWN, journal, named) == []


def test_a_mount_unit_that_failed() -> None:
    mount = UnitFacts("var-lib.mount", {"ActiveState": "failed"})
    units = replace(DOWN, others={mount.name: mount})
    assert codes(WELL, units) == [("data-root-not-mounted", "error")]
    other = UnitFacts("srv.mount", {"ActiveState": "failed"})
    assert codes(WELL, replace(DOWN, others={other.name: other})) == []


# --- looking ---------------------------------------------------------------------------------

MOUNTINFO = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
30 22 0:20 / /run rw,nosuid - tmpfs tmpfs rw,size=10k
31 22 8:2 / /var/lib/dock\\040er ro,noexec - xfs /dev/sdb1 rw
"""


def test_mounts() -> None:
    table = mounts(MOUNTINFO)
    assert [m.point for m in table] == ["/", "/run", "/var/lib/dock er"]
    on = mount_of("/var/lib/dock er/x", table)
    assert on is not None
    assert (on.kind, "noexec" in on.options) == ("xfs", True)
    root = mount_of("/var/lib/docker", table)
    assert root is not None
    assert root.point == "/"


def test_points_that_a_mount_is_awaited_on(tmp_path: Path) -> None:
    fstab = (
        "# a\n/dev/sdc /var/lib/docker ext4 defaults 0 0\nx /run tmpfs\nx none swap\nx / ext4\n"
        "y /var/lib/docker/volumes ext4\nz /var/lib xfs noauto\n"
    )
    (tmp_path / "var.mount").write_text("")
    (tmp_path / "srv.mount").write_text("")
    (tmp_path / "var-lib.mount").symlink_to("/dev/null")

    def awaited(path: str) -> dict[str, str]:
        return awaited_points(path, mounts(MOUNTINFO), fstab, str(tmp_path))

    assert awaited("/var/lib/docker") == {
        "/var": str(tmp_path / "var.mount"),
        "/var/lib/docker": "/etc/fstab",
    }
    assert awaited("/run/docker") == {}


@pytest.mark.parametrize(
    ("unit", "point"),
    [("-.mount", "/"), ("srv.mount", "/srv"), ("srv-a\\x2db-c.mount", "/srv/a-b/c")],
)
def test_the_mount_point_of_a_unit(unit: str, point: str) -> None:
    assert mount_point_of(unit) == point


def gather(root: Path, **values: object) -> StorageFacts:
    class Configured(ConfigurationFacts):
        def value(self, key: str) -> object:
            return {"data-root": str(root), **values}.get(key)

    class Ground:
        configuration = Configured()

    return StorageFacts.gather(cast(Any, Ground()))


def database(pages: int = 4, size: int = 16384) -> bytes:
    """As bbolt makes one: two meta pages, a free list, an empty leaf."""
    data = bytearray(size)
    for page in (0, 1):
        meta = struct.pack("=IIIIQQQQQ", 0xED0CDAED, 2, 4096, 0, 3, 0, 2, pages, page)
        checksum = 0xCBF29CE484222325
        for byte in meta:
            checksum = ((checksum ^ byte) * 0x100000001B3) % 2**64
        data[page * 4096 + 16 : page * 4096 + 80] = meta + struct.pack("=Q", checksum)
    for page, flags in ((2, 0x10), (3, 0x02)):
        data[page * 4096 : page * 4096 + 16] = struct.pack("=QHHI", page, flags, 0, 0)
    return bytes(data[:size])


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (database(), ""),
        # It is made anew.
        (b"", ""),
        # One of both pages is enough.
        (b"\0" * 4096 + database()[4096:], ""),
        (database()[:4096] + os.urandom(4096) + database()[8192:], ""),
        (b"\0" * 16384, "nothing but zeros"),
        (b"no" * 8192, "it is no database"),
        (database()[:9000], "it was cut off: 9000 bytes of 16384"),
        (database()[:8192] + b"\0" * 8192, "the page of its root, 3, is damaged"),
        (
            database()[:8192] + b"\0" * 4096 + database()[12288:],
            "the page of its free list, 2, is damaged",
        ),
    ],
)
def test_a_database(data: bytes, why: str) -> None:
    assert bolt_problem(SeenFile("x.db", "file", size=len(data), data=data)) == why


def test_a_folder_is_looked_through(tmp_path: Path) -> None:
    root = tmp_path / "docker"
    (root / "containers/good").mkdir(parents=True)
    (root / "containers/good/config.v2.json").write_text(json.dumps({"ID": "good"}))
    (root / "containers/good/good-json.log").write_text("{}")
    with (root / "containers/good/good-json.log.1").open("w") as rotated:
        rotated.truncate(20 * 1024 * 1024)
    (root / "containers/good/hostconfig.json").write_text('{"Config": {"max-size": "1m"}}')
    (root / "containers/bad").mkdir()
    (root / "containers/bad/config.v2.json").write_text("")
    (root / "image/overlay2/imagedb/content/sha256").mkdir(parents=True)
    (root / "image/overlay2/imagedb/content/sha256/abc").write_text("{}")
    (root / "image/overlay2/layerdb/sha256/l1").mkdir(parents=True)
    (root / "image/overlay2/layerdb/sha256/l1/cache-id").write_text("feed")
    (root / "overlay2").mkdir()
    (root / "volumes").mkdir()
    (root / "volumes/metadata.db").write_bytes(b"\0" * 32768)
    (root / "network/files").mkdir(parents=True)
    (root / "network/files/local-kv.db").write_bytes(database())
    (root / "image/overlay2/repositories.json").write_text("")
    (root / "swarm").write_text("")
    facts = gather(root)
    content = facts.content
    assert (facts.kind, content.containers) == ("folder", 2)
    assert content.images == {"overlay2": 1}
    assert content.damaged_records == {str(root / "containers/bad/config.v2.json"): "it is empty"}
    assert content.damaged_databases == {str(root / "volumes/metadata.db"): "nothing but zeros"}
    assert content.damaged_state == {str(root / "image/overlay2/repositories.json"): "it is empty"}
    assert content.missing_layers == (str(root / "overlay2/feed/diff"),)
    assert content.no_folders == (str(root / "swarm"),)
    assert [(log.container, log.limited) for log in content.logs] == [("good", True)]
    assert str(root) in facts.spaces


def test_a_lock_is_seen_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "volumes/metadata.db"
    path.parent.mkdir()
    path.write_bytes(database())
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert gather(tmp_path).content.locked == {str(path): os.getpid()}
    assert gather(tmp_path).content.locked == {}


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    facts = gather(tmp_path / "none")
    assert (facts.kind, facts.content.containers, facts.unwritable) == ("absent", 0, {})
    file = tmp_path / "file"
    file.write_text("")
    assert (gather(file).kind, str(file) in gather(file).unwritable) == ("other", True)
    inside = gather(file / "docker")
    assert inside.unwritable[str(file / "docker")] == f"{file} is not a folder"
    link = tmp_path / "link"
    link.symlink_to("/mnt/gone/docker")
    assert gather(link).unwritable == {
        str(link): "a link to /mnt/gone/docker, which leads to nothing"
    }
    assert "/proc" in gather(Path("/proc/docker")).unwritable["/proc/docker"]


def test_a_file_system_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    monkeypatch.setattr(storage, "look_into", lambda _: release.wait(10))
    monkeypatch.setattr(storage, "_ANSWER_S", 0.05)
    try:
        assert gather(tmp_path).kind == "silent"
    finally:
        release.set()


def test_the_folder_of_remapped_users(tmp_path: Path) -> None:
    inner = tmp_path / "100000.100000"
    (inner / "containers/c").mkdir(parents=True)
    assert gather(tmp_path).elsewhere[-1] == Elsewhere(str(inner), 0, 1)
    remapped = gather(tmp_path, **{"userns-remap": "default"})
    assert (remapped.real, remapped.content.containers) == (str(inner), 1)
