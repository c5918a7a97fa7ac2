"""The configuration of a made-up host, as a change finds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dockerctl.change.current import Current, UnitFiles, command_line, exec_line
from dockerctl.config.flags import parse_flags
from dockerctl.config.keys import key_table
from dockerctl.config.release import Release
from dockerctl.health.model import Units
from dockerctl.host.files import read_file
from dockerctl.override.merged import layers, merge
from dockerctl.override.store import DropIn, Owner
from dockerctl.systemd.model import Service
from tests.fakes.snapshots import RUNNING, TAKEN

# No host has these units, so that nothing of the host that the tests run on is read.
SERVICE, SOCKET = "dockerctl-of-tests.service", "dockerctl-of-tests.socket"
FOLDER = "/etc/systemd/system"
FOLDERS = {SERVICE: FOLDER, SOCKET: FOLDER}
V28 = Release(28, 5, 2)


def unit_files(unit: str, text: str, **drop_ins: str) -> UnitFiles:
    """The files of a unit: its fragment, and drop-ins by the name without its ending."""
    path, fragment = f"/lib/systemd/system/{unit}", text.encode()
    found = tuple(
        DropIn(f"{FOLDER}/{unit}.d/{name}.conf", f"{name}.conf", body.encode(), Owner.ADMIN, True)
        for name, body in drop_ins.items()
    )
    files = layers(path, fragment, found)
    return UnitFiles(unit, path, fragment, found, files, merge(files))


def host(
    config: Path,
    command: str = "/usr/bin/dockerd -H fd://",
    *,
    release: Release | None = V28,
    service: Service = RUNNING,
    socket: bool = True,
    environment: Mapping[str, str] | None = None,
    **drop_ins: str,
) -> Current:
    """What a change finds; ``config`` is its daemon.json, which need not exist."""
    files = unit_files(SERVICE, f"[Service]\nExecStart={command}\n", **drop_ins)
    line = exec_line(files.merged)
    argv = command_line(line, environment or {})
    listens = "[Socket]\nListenStream=/run/docker.sock\n"
    return Current(
        units=Units(
            replace(service, name=SERVICE), replace(TAKEN, name=SOCKET) if socket else None
        ),
        service=files,
        socket=unit_files(SOCKET, listens) if socket else None,
        line=line,
        environment=environment or {},
        argv=argv,
        flags=parse_flags(argv, key_table()),
        config_path=str(config),
        file=read_file(str(config)),
        release=release,
    )
