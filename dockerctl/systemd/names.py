"""Unit names: what may be typed, and how systemd writes a name into an object path."""

from __future__ import annotations

import re

from dockerctl.errors import UsageError

# systemd.unit(5): a name prefix of ASCII letters, digits and ":-_.\", an optional "@" instance.
_VALID = re.compile(r"[A-Za-z0-9:_.\\-]+(@[A-Za-z0-9:_.\\-]*)?\.service\Z")
_LONGEST = 255
_SUFFIXES = (
    ".socket", ".target", ".timer", ".mount", ".path", ".slice", ".scope", ".device", ".swap",
    ".automount",
)  # fmt: skip


def service_name(typed: str) -> str:
    """The full name of the service that was typed: ``docker`` means ``docker.service``.

    Raises ``UsageError`` for a name that systemd would refuse, and for another kind of unit.
    """
    if typed.endswith(_SUFFIXES):
        raise UsageError(
            f"{printable(typed)} is not a service.",
            hint="Name the service, such as docker.service; its socket is found by itself.",
        )
    name = typed if typed.endswith(".service") else f"{typed}.service"
    if len(name) > _LONGEST or not _VALID.match(name) or name.endswith("@.service"):
        raise UsageError(
            f"{printable(typed)} is not a unit name.",
            hint="--unit and DOCKERCTL_UNIT take a name of letters, digits and ':-_.\\', such as "
            "docker.service.",
        )
    return name


def unit_name(typed: str) -> str:
    """The full name of the service or socket that was typed; raises ``UsageError``."""
    if typed.endswith(".socket"):
        stem = service_name(typed.removesuffix(".socket")).removesuffix(".service")
        return f"{stem}.socket"
    return service_name(typed)


def printable(text: str) -> str:
    """``text`` in quotes, with what a terminal must not see written as escapes."""
    return repr(text)


def unit_path(unit: str) -> str:
    """The object path of a unit, escaped as sd_bus_path_encode(3) says."""
    escaped = "".join(
        char
        if char.isascii() and char.isalnum() and not (index == 0 and char.isdigit())
        else "".join(f"_{byte:02x}" for byte in char.encode())
        for index, char in enumerate(unit)
    )
    return f"/org/freedesktop/systemd1/unit/{escaped}"
