"""Which drop-ins of a unit count, and in which order: the search path of systemd. Pure.

Source: systemd.unit(5), lookup_paths_init() in src/libsystemd/sd-path/path-lookup.c and
unit_file_find_dropin_paths() in src/shared/dropin.c, systemd 252 to 262.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """Whose manager loads the unit."""

    SYSTEM = "system"
    USER = "user"


@dataclass(frozen=True)
class Found:
    """A file in one of the drop-in folders; ``masks`` where it is empty or leads to /dev/null."""

    folder: str
    name: str
    masks: bool = False

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}"


@dataclass(frozen=True)
class Placed:
    """A found file with its part in the unit.

    ``shadowed_by`` is the path of the file of the same name that is taken instead. ``reason`` is
    "" when it is in effect.
    """

    found: Found
    in_effect: bool
    shadowed_by: str | None = None
    reason: str = ""


_SYSTEM = (
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    # Where /lib is no link to /usr/lib.
    "/lib/systemd/system",
    "/run/systemd/generator.late",
)
_SUFFIX = ".conf"


def unit_folders(scope: Scope, environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The folders of unit files, the strongest first.

    For a user's manager ``environment`` gives HOME and the XDG_* variables.
    """
    if scope is Scope.SYSTEM:
        return _SYSTEM
    variables = environment or {}
    home = variables.get("HOME", "/root")
    config = variables.get("XDG_CONFIG_HOME") or f"{home}/.config"
    data = variables.get("XDG_DATA_HOME") or f"{home}/.local/share"
    runtime = variables.get("XDG_RUNTIME_DIR", "")
    config_folders = _list(variables, "XDG_CONFIG_DIRS", "/etc/xdg")
    data_folders = _list(variables, "XDG_DATA_DIRS", "/usr/local/share:/usr/share")
    of_runtime = [f"{runtime}/systemd/"] if runtime else []
    return tuple(
        dict.fromkeys(
            (
                f"{config}/systemd/user.control",
                *(f"{at}{name}" for at in of_runtime for name in _RUNTIME_BEFORE),
                f"{config}/systemd/user",
                *(f"{folder}/systemd/user" for folder in config_folders),
                "/etc/systemd/user",
                *(f"{at}user" for at in of_runtime),
                "/run/systemd/user",
                *(f"{at}generator" for at in of_runtime),
                f"{data}/systemd/user",
                *(f"{folder}/systemd/user" for folder in data_folders),
                "/usr/local/lib/systemd/user",
                "/usr/lib/systemd/user",
                *(f"{at}generator.late" for at in of_runtime),
            )
        )
    )


_RUNTIME_BEFORE = ("user.control", "transient", "generator.early")


def _list(variables: Mapping[str, str], name: str, default: str) -> list[str]:
    value = variables.get(name) or default
    return [folder.rstrip("/") for folder in value.split(":") if folder.startswith("/")]


def drop_in_names(unit: str) -> tuple[str, ...]:
    """The names of drop-in folders that are looked for in each folder, without the type's own.

    ``a-b.service`` has a-b.service.d and a-.service.d; ``x@1.service`` also x@.service.d.
    """
    stem, _, kind = unit.rpartition(".")
    prefix, at, instance = stem.partition("@")
    names = []
    while True:
        names.append(f"{prefix}{at}{instance}.{kind}.d")
        if instance:
            names.append(f"{prefix}@.{kind}.d")
        shorter = prefix.removesuffix("-").rpartition("-")[0]
        if not shorter:
            return tuple(names)
        prefix = f"{shorter}-"


def type_name(unit: str) -> str:
    """The name of the drop-in folder of all units of the type, such as ``service.d``."""
    return f"{unit.rpartition('.')[2]}.d"


def drop_in_folders(
    unit: str, folders: Sequence[str], *, aliases: Iterable[str] = ()
) -> tuple[str, ...]:
    """Every drop-in folder of a unit, the strongest first.

    A file in one hides files of the same name in those behind it. ``aliases`` are other names of
    the unit (links to its file); their folders count too.
    """
    found = [
        f"{at}/{name}" for u in (unit, *aliases) for at in folders for name in drop_in_names(u)
    ]
    found += [f"{at}/{type_name(unit)}" for at in folders]
    return tuple(dict.fromkeys(found))


def place(files: Iterable[Found]) -> tuple[Placed, ...]:
    """Files of the drop-in folders, given strongest folder first, in the order of their effect.

    All folders are merged by file name. A file that another one replaces stands directly behind
    that one.
    """
    winners: dict[str, Found] = {}
    placed: list[Placed] = []
    for found in files:
        reason = _left_out(found.name)
        if reason:
            placed.append(Placed(found, in_effect=False, reason=reason))
        elif found.name in winners:
            winner = winners[found.name].path
            how = "masked by" if winners[found.name].masks else "replaced by its namesake"
            placed.append(
                Placed(found, in_effect=False, shadowed_by=winner, reason=f"{how} {winner}")
            )
        elif found.masks:
            winners[found.name] = found
            placed.append(
                Placed(found, in_effect=False, reason="empty: it only masks files of its name")
            )
        else:
            winners[found.name] = found
            placed.append(Placed(found, in_effect=True))
    # The sort is stable: of one name, the strongest folder's file stays first. systemd sorts bytes.
    return tuple(
        sorted(placed, key=lambda item: item.found.name.encode("utf-8", "surrogateescape"))
    )


def _left_out(name: str) -> str:
    """Why systemd does not read a file of this name; "" when it does."""
    if name.startswith("."):
        return "hidden: its name begins with a dot"
    if name.endswith(_SUFFIX):
        return ""
    return "its name does not end in .conf"
