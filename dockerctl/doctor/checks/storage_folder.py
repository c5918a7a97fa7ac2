"""The folders of the daemon: what stands in their place, and who may write there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.storage import StorageFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, error, info, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.said import said

_NOT_FOLDER = " is not a folder"
# What config.check says of the same folder.
_SAID_OF_THE_FILE = ("not-a-folder", "relative-path")


def _folders(facts: Facts) -> Iterator[Finding]:
    storage, units = facts.of(StorageFacts), facts.of(UnitsFacts)
    configuration = facts.maybe(ConfigurationFacts)
    told = configuration is not None and any(
        finding.code in _SAID_OF_THE_FILE for finding in configuration.findings
    )
    broken = dict.fromkeys(storage.content.no_folders, "it is not a folder")
    if not told:
        broken |= storage.unwritable
    for path, why in broken.items():
        yield replace(
            error(
                "folder-unusable",
                f"the daemon cannot use {path}: {why}",
                (
                    f"stat: {path}: {why}",
                    *said(facts, r"not a directory|file exists|not permitted"),
                ),
                _repair(path, why, storage),
            ),
            when=units.when,
        )


def _repair(path: str, why: str, storage: StorageFacts) -> str:
    if "lsattr" in why:
        return f"chattr -i {why.split(' ', 1)[0]} && dockerctl start"
    if path in storage.content.no_folders:
        return f"mv {path} {path}.damaged && dockerctl start"
    if why.endswith(_NOT_FOLDER):
        stands = shlex.quote(why.removesuffix(_NOT_FOLDER))
        return f"mv {stands} {stands}.old && dockerctl start"
    if why.startswith("a link to"):
        return (
            "mount the disk that the link leads to; or, to begin with an empty folder: "
            f"rm {shlex.quote(path)} && dockerctl start"
        )
    return "name another folder, then: dockerctl start"


def _elsewhere(facts: Facts) -> Iterator[Finding]:
    """Data in another folder, while the one that is used has none."""
    storage = facts.of(StorageFacts)
    content = storage.content
    # Without an answer from a folder nothing can be said of what is in it.
    unseen = storage.kind not in ("folder", "absent") or content.unseen or storage.unwritable
    if unseen or content.containers or storage.not_mounted:
        return
    for other in storage.elsewhere:
        inside = other.path == storage.root or other.path.startswith(f"{storage.root}/")
        holds = f"{other.path}: {other.images} images, {other.containers} containers"
        if inside and (storage.remaps or not content.images):
            yield warning(
                "data-of-other-users",
                f"userns-remap is {'on' if storage.remaps else 'off'}, and what was made before "
                f"lies in {other.path}: it seems gone",
                (f"folder: {holds}", f"folder: {storage.real}: 0 containers"),
                f"dockerctl config {'unset userns-remap' if storage.remaps else _REMAP} "
                "--allow-data-move, or save and load what is needed",
            )
        elif not inside and not content.images:
            # A new place starts without images; containers that are gone are missed.
            make = warning if other.containers else info
            yield make(
                "data-root-moved",
                f"the data folder {storage.root} is empty, and {other.path} has images or "
                "containers: they seem gone",
                (f"folder: {holds}", f"folder: {storage.real}: 0 images, 0 containers"),
                f"to go back: dockerctl config set data-root={other.path} --allow-data-move; or "
                "stop the daemon and copy the folder",
            )


_REMAP = "set userns-remap=default"

CHECKS: tuple[Check, ...] = (
    Check(
        "folders of the daemon",
        (StorageFacts, UnitsFacts),
        ("folder-unusable",),
        _folders,
        also=(ConfigurationFacts,),
        explains_start=True,
    ),
    Check(
        "data in another folder",
        (StorageFacts,),
        ("data-of-other-users", "data-root-moved"),
        _elsewhere,
    ),
)
