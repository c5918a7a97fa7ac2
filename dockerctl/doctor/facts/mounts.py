"""The table of mounts, and what /etc/fstab would mount."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dockerctl.doctor.facts.seen_file import see_file

_UNITS = "/etc/systemd/system"


@dataclass(frozen=True)
class Mount:
    """One line of /proc/self/mountinfo (proc(5))."""

    point: str
    kind: str
    source: str = ""
    # Of the mount and of the file system together, such as "ro" and "noexec".
    options: tuple[str, ...] = ()


def mounts(text: str | None = None) -> tuple[Mount, ...]:
    """All mounts that this process sees, in their order."""
    if text is None:
        try:
            text = Path("/proc/self/mountinfo").read_text("utf-8", "replace")
        except OSError:
            return ()
    return tuple(_parsed(text))


def _parsed(text: str) -> Iterator[Mount]:
    for line in text.splitlines():
        before, separator, after = line.partition(" - ")
        fields, rest = before.split(), after.split()
        if separator and len(fields) > 5 and len(rest) > 1:
            more = rest[2].split(",") if len(rest) > 2 else []
            options = dict.fromkeys((*fields[5].split(","), *more))
            yield Mount(_plain(fields[4]), rest[0], _plain(rest[1]), tuple(options))


def mount_of(path: str, table: tuple[Mount, ...]) -> Mount | None:
    """The mount that a path lies on, by its name; later ones lie over earlier ones."""
    best: Mount | None = None
    for mount in table:
        below = mount.point in ("/", path) or path.startswith(f"{mount.point}/")
        if below and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def awaited_points(
    path: str, table: tuple[Mount, ...], fstab: str | None = None, units: str = _UNITS
) -> dict[str, str]:
    """Mount points at or above ``path`` that /etc/fstab (fstab(5)) or a mount unit of the host's
    own names, and that nothing is mounted on: point to the file that names it."""
    if fstab is None:
        fstab = (see_file("/etc/fstab", read=True).data or b"").decode("utf-8", "replace")
    named = dict(_of_units(units)) | dict.fromkeys(_of_fstab(fstab), "/etc/fstab")
    mounted = {mount.point for mount in table}
    return {
        point: file
        for point, file in named.items()
        if point not in mounted and (path == point or path.startswith(f"{point}/"))
    }


def _of_fstab(text: str) -> Iterator[str]:
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 2 or fields[0].startswith("#"):
            continue
        options = fields[3].split(",") if len(fields) > 3 else []
        point = os.path.normpath(_plain(fields[1]))
        # With noauto nobody awaits it.
        if point.startswith("/") and point != "/" and "noauto" not in options:
            yield point


def _of_units(folder: str) -> Iterator[tuple[str, str]]:
    """Mount units that an administrator made; the name is the point (systemd.mount(5))."""
    try:
        names = [entry.name for entry in Path(folder).iterdir()]
    except OSError:
        return
    for name in names:
        file = Path(folder, name)
        # A link to /dev/null is a mask.
        if name.endswith(".mount") and file.exists() and not file.is_char_device():
            yield mount_point_of(name), str(file)


def mount_point_of(unit: str) -> str:
    """The mount point of a mount unit (systemd-escape(1), --path)."""
    name = unit.removesuffix(".mount")
    if name == "-":
        return "/"
    path = "/" + name.replace("-", "/")
    return re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), path)


def _plain(text: str) -> str:
    """Blanks and backslashes are written as octal numbers in both files."""
    for escape, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(escape, char)
    return text
