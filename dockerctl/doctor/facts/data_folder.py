"""What lies in a data folder of dockerd, and whether it is whole."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dockerctl.doctor.facts.bolt import database_problem
from dockerctl.doctor.facts.locks import holders
from dockerctl.doctor.facts.seen_file import SeenFile, see_file

DRIVERS = (
    "overlay2", "fuse-overlayfs", "btrfs", "zfs", "vfs", "aufs", "devicemapper", "overlay",
)  # fmt: skip
# Where dockerd makes folders; a file in the place of one keeps it from its start.
PARTS = (
    "buildkit", "containers", "image", "network", "plugins", "runtimes", "swarm", "tmp",
    "volumes", *DRIVERS,
)  # fmt: skip
# Folders in these, made in the same way (moby, layer/filestore.go, image/fs.go).
_INNER = (
    "buildkit/content", "buildkit/executor", "network/files", "plugins/storage", "plugins/tmp",
    *(
        f"image/{driver}/{name}"
        for driver in DRIVERS
        for name in ("distribution", "imagedb", "imagedb/content", "imagedb/metadata", "layerdb",
                     "layerdb/sha256", "layerdb/tmp")
    ),
)  # fmt: skip
# dockerd opens all of them at its start (moby, daemon/volume/service, libnetwork/datastore, and
# builder/builder-next).
_DATABASES = (
    "volumes/metadata.db", "network/files/local-kv.db", "buildkit/cache.db",
    "buildkit/metadata_v2.db", "buildkit/snapshots.db", "buildkit/containerdmeta.db",
    "buildkit/history.db",
)  # fmt: skip
# Owner and group of the first ID (moby, daemon/daemon_unix.go, setupDaemonRoot).
REMAPPED = re.compile(r"\d+\.\d+")
_MOST_CONTAINERS = 1000
_MOST_LAYERS = 50
_MOST_LOGS = 20
# Smaller logs hurt nobody.
_WORTH_NAMING = 16 * 1024 * 1024


@dataclass(frozen=True)
class LogFile:
    """The log of a container, rotated files included, in bytes."""

    container: str
    path: str
    size: int
    # Whether the container was made with ``max-size``.
    limited: bool = False


@dataclass(frozen=True)
class Elsewhere:
    """A data folder that the daemon does not use now: how much is in it."""

    path: str
    images: int = 0
    containers: int = 0


@dataclass(frozen=True)
class DataFolder:
    """One data folder; what may not be read is named in ``unseen``."""

    # Images by storage driver.
    images: Mapping[str, int] = field(default_factory=dict)
    # Storage drivers whose folders have something in them.
    used_drivers: tuple[str, ...] = ()
    # Containers that it has records of.
    containers: int = 0
    # Folders of it in whose place something else stands.
    no_folders: tuple[str, ...] = ()
    # Folders and databases of it that nobody may write to, root included.
    frozen: tuple[str, ...] = ()
    # Records of containers that cannot be read: path to why.
    damaged_records: Mapping[str, str] = field(default_factory=dict)
    # Files without which dockerd does not start: path to why.
    damaged_state: Mapping[str, str] = field(default_factory=dict)
    # Databases that are there and are none: path to why.
    damaged_databases: Mapping[str, str] = field(default_factory=dict)
    # Databases that are locked: path to the process.
    locked: Mapping[str, int] = field(default_factory=dict)
    # Layers that the index names and that are not there, and how many were looked for.
    missing_layers: tuple[str, ...] = ()
    layers: int = 0
    # The largest first.
    logs: tuple[LogFile, ...] = ()
    unseen: tuple[str, ...] = ()


def look_into(root: Path) -> DataFolder:
    """Read names, sizes and small files; never the data of containers."""
    unseen: list[str] = []
    _names(root, unseen)
    names = _names(root / "containers", unseen)
    logs = sorted(_logs(root / "containers", names), key=lambda log: -log.size)
    databases = [str(root / name) for name in _DATABASES]
    layers, missing = _layers(root)
    return DataFolder(
        images=_images(root),
        used_drivers=tuple(driver for driver in DRIVERS if _names(root / driver, [])),
        containers=len(names),
        no_folders=tuple(
            seen.path
            for part in (*PARTS, *_INNER)
            if (seen := see_file(str(root / part))).kind not in ("absent", "folder", "unseen")
        ),
        frozen=tuple(_frozen([*(str(root / part) for part in PARTS), *databases])),
        damaged_records=dict(_records(root / "containers", names)),
        damaged_state=dict(_state(root)),
        damaged_databases={p: why for p in databases if (why := database_problem(p))},
        locked={path: pid for path in databases for pid in holders(path)},
        missing_layers=missing,
        layers=layers,
        logs=tuple(logs[:_MOST_LOGS]),
        unseen=tuple(unseen),
    )


def look_elsewhere(root: Path) -> Elsewhere:
    """Count alone."""
    return Elsewhere(str(root), sum(_images(root).values()), len(_names(root / "containers", [])))


def remapped_folders(root: Path) -> tuple[Path, ...]:
    """Data folders of remapped users in a data folder."""
    return tuple(root / name for name in _names(root, []) if REMAPPED.fullmatch(name))


def json_problem(seen: SeenFile) -> str:
    """Why a JSON file of the daemon's cannot be used; "" where it can, or where that is not
    known."""
    if seen.kind != "file" or seen.data is None or seen.size > len(seen.data):
        return ""
    if not seen.data.strip(b"\0 \t\r\n"):
        return "it is empty"
    try:
        json.loads(seen.data)
    except (ValueError, RecursionError) as error:
        return f"it is no JSON: {error}"
    return ""


def _names(folder: Path, unseen: list[str]) -> tuple[str, ...]:
    try:
        with os.scandir(folder) as entries:
            return tuple(sorted(entry.name for entry in entries))
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        unseen.append(f"{folder}: {error.strerror}")
        return ()


def _images(root: Path) -> dict[str, int]:
    found = {d: len(_names(root / "image" / d / "imagedb/content/sha256", [])) for d in DRIVERS}
    return {driver: count for driver, count in found.items() if count}


def _records(folder: Path, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in names[:_MOST_CONTAINERS]:
        seen = see_file(str(folder / name / "config.v2.json"), read=True)
        why = "it is missing" if seen.kind == "absent" else json_problem(seen)
        if why:
            yield seen.path, why


def _frozen(paths: list[str]) -> Iterator[str]:
    """Only the attribute "immutable" keeps root from what does not lie on a read-only mount."""
    if os.geteuid() != 0:
        return
    for path in paths:
        seen = see_file(path)
        if seen.kind in ("file", "folder") and not os.access(path, os.W_OK):
            yield path


def _logs(folder: Path, names: tuple[str, ...]) -> Iterator[LogFile]:
    for name in names[:_MOST_CONTAINERS]:
        path = folder / name / f"{name}-json.log"
        inner = [n for n in _names(folder / name, []) if n.startswith(path.name)]
        size = sum(see_file(str(folder / name / n)).size for n in inner)
        if size >= _WORTH_NAMING:
            config = see_file(str(folder / name / "hostconfig.json"), read=True).data or b""
            yield LogFile(name, str(path), size, limited=b'"max-size"' in config)


def _state(root: Path) -> Iterator[tuple[str, str]]:
    names = ["swarm/docker-state.json"]
    names += [f"image/{driver}/repositories.json" for driver in DRIVERS]
    for name in names:
        seen = see_file(str(root / name), read=True)
        if why := json_problem(seen):
            yield seen.path, why


def _layers(root: Path) -> tuple[int, tuple[str, ...]]:
    """Layers of overlay2 that were looked for, and those that are not there."""
    index = root / "image/overlay2/layerdb/sha256"
    found, missing = 0, []
    for name in _names(index, [])[:_MOST_LAYERS]:
        seen = see_file(str(index / name / "cache-id"), read=True)
        identity = (seen.data or b"").decode("ascii", "replace").strip()
        if not identity.isalnum():
            continue
        found += 1
        layer = see_file(str(root / "overlay2" / identity / "diff"))
        if layer.kind == "absent":
            missing.append(layer.path)
    return found, tuple(missing)
