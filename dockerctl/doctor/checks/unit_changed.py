"""Unit files that systemd has not read: changed since, or in a folder of no unit."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

from dockerctl.doctor.facts.unit_paths import UnitPathsFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, warning
from dockerctl.doctor.model import Check, Facts


def _changed(facts: Facts) -> Iterator[Finding]:
    paths = facts.maybe(UnitPathsFacts)
    for unit in facts.of(UnitsFacts).all:
        # With a unit that it refuses systemd says so even right after it has read the files.
        if unit.load_state not in ("loaded", "not-found"):
            continue
        evidence = unit.shown("NeedDaemonReload") if unit.truth("NeedDaemonReload") else ()
        evidence += _differences(unit, paths)
        if evidence:
            yield warning(
                "unit-changed",
                f"files of {unit.name} were changed, and systemd has not read them",
                evidence,
                "systemctl daemon-reload && dockerctl restart",
            )


def _differences(unit: UnitFacts, paths: UnitPathsFacts | None) -> tuple[str, ...]:
    if paths is None or unit.name not in paths.drop_ins or not unit.exists:
        return ()
    on_disk = paths.drop_ins[unit.name]
    loaded = unit.words("DropInPaths")
    # Folders such as "service.d" and "-.service.d" count for all units; they are not compared.
    own = {_plain(path) for path in loaded if f"/{unit.name}.d/" in path}
    new = [path for path in on_disk if _plain(path) not in own]
    gone = own - {_plain(path) for path in on_disk} - {"/dev/null"}
    return (
        *(f"stat: {path} is there, and systemd has not read it" for path in new),
        *(f"stat: {path} was read by systemd, and is gone" for path in sorted(gone)),
    )


def _plain(path: str) -> str:
    # On a merged /usr the same file has two names.
    return path.removeprefix("/usr") if path.startswith("/usr/lib/") else path


def _unread(facts: Facts) -> Iterator[Finding]:
    up = facts.of(UnitsFacts).service.runs
    for folder, (unit, files) in facts.of(UnitPathsFacts).unread.items():
        right = f"{PurePosixPath(folder).parent}/{unit}.d"
        words = " ".join(shlex.quote(path) for path in files)
        yield warning(
            "drop-in-name",
            f"systemd reads no drop-in in {folder}: those of {unit} belong in {unit}.d",
            tuple(f"stat: {path} is there, and no unit reads it" for path in files),
            f"mkdir -p {right} && mv -n {words} {right}/ && "
            f"rmdir --ignore-fail-on-non-empty {shlex.quote(folder)} && systemctl daemon-reload"
            + (" && dockerctl restart" if up else ""),
        )


CHECKS: tuple[Check, ...] = (
    Check(
        "unit files that were changed",
        (UnitsFacts,),
        ("unit-changed",),
        _changed,
        also=(UnitPathsFacts,),
    ),
    Check(
        "drop-ins in folders of no unit",
        (UnitsFacts, UnitPathsFacts),
        ("drop-in-name",),
        _unread,
    ),
)
