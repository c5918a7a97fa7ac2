"""What is at the paths that Docker's units name, and who looks."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import ClassVar

from dockerctl.doctor.facts.units import UnitFacts
from dockerctl.doctor.ground import Ground

# Settings with paths that must be there before the process runs (systemd.exec(5)).
FOLDER_SETTINGS = ("WorkingDirectory", "RootDirectory")
LIST_SETTINGS = (
    "ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths", "ExecPaths", "NoExecPaths",
)  # fmt: skip
BIND_SETTINGS = ("BindPaths", "BindReadOnlyPaths")
COMMAND_SETTINGS = ("ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost")
PATH_CONDITIONS = ("PathExists", "PathIsDirectory", "FileNotEmpty", "FileIsExecutable")
# Folders where packages put units (systemd.unit(5), "Unit File Load Path"), the first counts.
PACKAGED = ("/usr/lib/systemd/system", "/lib/systemd/system")
# Of an administrator, of the runtime, and of software that is installed beside the packages.
OWN = ("/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system")

# One letter more, less or wrong in "docker.service".
_ALIKE = 0.92


@dataclass(frozen=True)
class UnitPathsFacts:
    """Paths to what is there: "file", "program", "folder", "other", "absent"; a path that could
    not be looked at is missing."""

    paths: Mapping[str, str] = field(default_factory=dict)
    # User= and Group= that do not exist, as "User=NAME".
    no_accounts: frozenset[str] = frozenset()
    # Drop-ins that lie in the folders of Docker's units, by unit; a unit is missing where a
    # folder could not be read.
    drop_ins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Drop-ins in folders that look meant for one of the units and that systemd reads for none: the
    # unit, and the files, by folder.
    unread: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    euid: int = 0

    LIMIT_S: ClassVar[float] = 3.0

    @classmethod
    def gather(cls, ground: Ground) -> UnitPathsFacts:
        """Look at every path that the units name."""
        wanted: list[str] = []
        for unit in ground.units.all:
            wanted += [path for _, path in named_paths(unit)]
            wanted += [path for _, path in condition_paths(unit)]
            wanted += [f"{folder}/{unit.name}" for folder in PACKAGED]
        paths = {path: kind for path in dict.fromkeys(wanted) if (kind := _kind(path))}
        missing = {
            f"{name}={value}"
            for unit in ground.units.all
            for name in ("User", "Group", "SocketUser", "SocketGroup")
            if (value := unit.text(name)) and not _account(name, value)
        }
        found = (
            (unit.name, _drop_ins(unit.name))
            for unit in ground.units.all
            # Those of a user's own systemd lie elsewhere.
            if unit.exists and "/systemd/user/" not in unit.text("FragmentPath")
        )
        return cls(
            paths=paths,
            no_accounts=frozenset(missing),
            drop_ins={name: files for name, files in found if files is not None},
            unread=_unread([unit.name for unit in ground.units.all if unit.exists]),
            euid=os.geteuid(),
        )

    def absent(self, path: str) -> bool:
        """Whether it is certain that nothing is there."""
        return self.paths.get(path) == "absent"


def named_paths(unit: UnitFacts) -> Iterable[tuple[str, str]]:
    """Setting and path of all that must exist for a start."""
    for name in FOLDER_SETTINGS:
        value = unit.text(name)
        if value.startswith("/") and value != "/":
            yield name, value
    for name in LIST_SETTINGS:
        for word in unit.words(name):
            if not word.startswith(("-", "+-")):
                yield name, word.removeprefix("+")
    for name in (*BIND_SETTINGS, *COMMAND_SETTINGS):
        for row in unit.rows(name):
            # The third of both kinds of rows tells whether a failure is ignored.
            if len(row) > 2 and row[2] is not True:
                yield name, str(row[0])
    for row in unit.rows("EnvironmentFiles"):
        # With a pattern it is enough that one is there.
        if len(row) == 2 and row[1] is not True and not any(c in str(row[0]) for c in "*?["):
            yield "EnvironmentFile", str(row[0])


def condition_paths(unit: UnitFacts) -> Iterable[tuple[tuple[object, ...], str]]:
    """Conditions and assertions about a path, each with the path."""
    for name in ("Conditions", "Asserts"):
        for row in unit.rows(name):
            if (
                len(row) == 5
                and str(row[0]).removeprefix("Condition").removeprefix("Assert") in PATH_CONDITIONS
            ):
                yield row, str(row[3])


def _kind(path: str) -> str:
    try:
        mode = Path(path).stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "absent"
    except (OSError, ValueError):
        return ""
    if stat.S_ISDIR(mode):
        return "folder"
    if stat.S_ISREG(mode):
        return "program" if mode & 0o111 else "file"
    return "other"


def _account(name: str, value: str) -> bool:
    if value.isdigit():
        return True
    try:
        grp.getgrnam(value) if name.endswith("Group") else pwd.getpwnam(value)
    except KeyError:
        return False
    return True


def _drop_ins(unit: str) -> tuple[str, ...] | None:
    # Of two with the same name the one of the first folder counts, wherever the other lies.
    found: dict[str, str] = {}
    for folder in (*OWN, *PACKAGED):
        try:
            names = [entry.name for entry in Path(f"{folder}/{unit}.d").iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return None
        for name in names:
            if name.endswith(".conf") and not name.startswith("."):
                found.setdefault(name, f"{folder}/{unit}.d/{name}")
    # systemd lists a drop-in that is a link to /dev/null in one release and not in another.
    return tuple(
        path for name in sorted(found) if os.path.realpath(path := found[name]) != "/dev/null"
    )


def _unread(units: list[str]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Folders with a wrong name. One of a unit that exists, whatever it is called, is right."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for parent in OWN:
        try:
            names = sorted(entry.name for entry in Path(parent).iterdir())
        except OSError:
            continue
        for name in names:
            meant = meant_unit(name, units)
            if not meant or not Path(parent, name).is_dir():
                continue
            if name != meant and _is_unit(name.removesuffix(".d")):
                continue
            files = sorted(str(path) for path in Path(parent, name).glob("*.conf"))
            if files:
                found[f"{parent}/{name}"] = (meant, tuple(files))
    return found


def meant_unit(folder: str, units: Iterable[str]) -> str:
    """The unit that a folder's name seems to mean and is not right for; "" where there is none."""
    base = folder.lower().removesuffix(".d").removesuffix(".conf")
    for unit in units:
        stem, _, kind = unit.rpartition(".")
        if folder == f"{unit}.d":
            return ""
        # Of the unit, of the program, or with a letter of it wrong. A name without ".d" or its kind
        # is told by the whole of it: "docker.slice.d" and "docker-.service.d" are others.
        if base in (unit, f"{stem}-{kind}") or (kind == "service" and base in (stem, f"{stem}d")):
            return unit
        if folder.endswith(".d") and SequenceMatcher(None, base, unit).ratio() > _ALIKE:
            return "" if base.endswith(("-.service", "@.service")) else unit
    return ""


def _is_unit(name: str) -> bool:
    return any(Path(folder, name).is_file() for folder in (*OWN, *PACKAGED))
