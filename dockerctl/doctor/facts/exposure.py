"""Owners and modes of what must not be everybody's, and who is as good as root by Docker."""

from __future__ import annotations

import grp
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from dockerctl.doctor.facts.certificates import REGISTRIES, uses_tls
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.seen_file import SeenFile, see_file
from dockerctl.doctor.ground import Ground

_MOST_KEYS = 50


@dataclass(frozen=True)
class ExposureFacts:
    """Files as they are; those that do not exist are left out."""

    # Whose writer decides what dockerd or containerd does: settings, and folders on the way.
    settings: tuple[SeenFile, ...] = ()
    programs: tuple[SeenFile, ...] = ()
    keys: tuple[SeenFile, ...] = ()
    data_root: SeenFile | None = None
    # The group that may use the socket, and its members; None where there is no such group.
    group: str = "docker"
    members: tuple[str, ...] | None = None

    LIMIT_S: ClassVar[float] = 2.0

    @classmethod
    def gather(cls, ground: Ground) -> ExposureFacts:
        """Stat, and read the table of groups."""
        configuration = ground.configuration
        given = configuration.value("group")
        group = given if isinstance(given, str) and given else "docker"
        units = [u for u in (ground.units.service, ground.units.containerd) if u is not None]
        programs = dict.fromkeys(u.program for u in units if u.program.startswith("/"))
        settings = (
            "/etc/docker", configuration.config_path, "/etc/containerd",
            "/etc/containerd/config.toml", "/etc/default/docker",
            *(u.text("FragmentPath") for u in units if u.text("FragmentPath")),
        )  # fmt: skip
        return cls(
            settings=_there(dict.fromkeys(settings)),
            programs=_there(programs),
            keys=_there(_keys(configuration)),
            data_root=next(iter(_there([configuration.data_root])), None),
            group=group,
            members=_members(group),
        )


def _there(paths: object) -> tuple[SeenFile, ...]:
    names = [str(path) for path in paths] if isinstance(paths, (list, tuple, dict)) else []
    seen = (see_file(path) for path in names)
    # /dev/null is what a mask leads to.
    return tuple(file for file in seen if file.kind in ("file", "folder"))


def _keys(configuration: ConfigurationFacts) -> list[str]:
    paths = []
    key = configuration.value("tlskey")
    if isinstance(key, str) and key.startswith("/") and uses_tls(configuration):
        paths.append(key)
    try:
        paths += [str(path) for path in sorted(Path(REGISTRIES).glob("*/*.key"))[:_MOST_KEYS]]
    except OSError:
        return paths
    return paths


def _members(name: str) -> tuple[str, ...] | None:
    try:
        group = grp.getgrnam(name)
    except (KeyError, ValueError):
        return None
    by_login = [user.pw_name for user in pwd.getpwall() if user.pw_gid == group.gr_gid]
    return tuple(dict.fromkeys((*group.gr_mem, *by_login)))
