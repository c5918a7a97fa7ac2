"""Files of Docker's that others than root may change or read."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from dockerctl.doctor.facts.exposure import ExposureFacts
from dockerctl.doctor.facts.seen_file import SeenFile
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, info, warning
from dockerctl.doctor.model import Check, Facts


def _writable(facts: Facts) -> Iterator[Finding]:
    seen = facts.of(ExposureFacts)
    rootless = "/user@" in facts.of(UnitsFacts).service.text("ControlGroup")
    files = [f for f in (*seen.settings, *seen.programs) if f.others_write]
    # A daemon that runs without root has files of its user.
    files += [] if rootless else [f for f in (*seen.settings, *seen.programs) if f.uid != 0]
    for file in dict.fromkeys(files):
        yield warning(
            "settings-writable",
            f"others than root may change {file.path}",
            (file.stat_line,),
            f"chown root:root {file.path} && chmod go-w {file.path}",
        )
    root = seen.data_root
    if root is not None and root.mode & stat.S_IWOTH:
        yield warning(
            "data-root-open",
            f"everybody may write in the daemon's folder {root.path}",
            (root.stat_line,),
            f"chmod 0710 {root.path}",
        )


def _keys(facts: Facts) -> Iterator[Finding]:
    for key in facts.of(ExposureFacts).keys:
        if _is_read_by_others(key):
            yield warning(
                "tls-key-exposed",
                f"the private key {key.path} can be read by others",
                (key.stat_line,),
                f"chmod 0400 {key.path}",
            )


def _is_read_by_others(key: SeenFile) -> bool:
    return bool(key.mode & stat.S_IROTH or (key.mode & stat.S_IRGRP and key.gid != 0))


def _group(facts: Facts) -> Iterator[Finding]:
    seen = facts.of(ExposureFacts)
    if seen.members:
        yield info(
            "docker-group-members",
            f"{len(seen.members)} user{'s are' if len(seen.members) > 1 else ' is'} as good as "
            f"root by the group {seen.group}",
            (f"group {seen.group}: {', '.join(seen.members)}",),
            f"nothing, if they are meant to; otherwise: gpasswd -d USER {seen.group}",
        )


CHECKS = (
    Check(
        "security-writable",
        (UnitsFacts, ExposureFacts),
        ("settings-writable", "data-root-open"),
        _writable,
    ),
    Check("security-keys", (ExposureFacts,), ("tls-key-exposed",), _keys),
    Check("security-group", (ExposureFacts,), ("docker-group-members",), _group),
)
