"""Where the daemon listens: learnt from its unit and its process, never from the caller."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dockerctl.docker.address import (
    DEFAULT_SOCKET,
    Address,
    daemon_addresses,
    tls_from_environment,
)
from dockerctl.docker.argv import DEFAULT_CONFIG_FILE, parse_argv
from dockerctl.health.model import Units

# dockerd itself reads the whole file; a daemon.json of this size is a mistake or an attack.
_LARGEST_CONFIG = 4 * 1024 * 1024


@dataclass(frozen=True)
class Defaults:
    """What a dockerd uses that is told nothing else."""

    socket: str = DEFAULT_SOCKET
    config: str = DEFAULT_CONFIG_FILE

    @classmethod
    def of_user(cls, environ: Mapping[str, str]) -> Defaults:
        """Those of a dockerd below its user's own service manager (moby: rootless mode). The
        system's would be another daemon."""
        runtime = environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
        config = environ.get("XDG_CONFIG_HOME") or f"{environ.get('HOME', '')}/.config"
        return cls(f"{runtime}/docker.sock", f"{config}/docker/daemon.json")


PACKAGED_SOCKET = "/run/docker.sock"


class Whereabouts:
    """Finds the address to probe. ``command_line`` reads a process's argv, ``environ`` is ours."""

    def __init__(
        self,
        command_line: Callable[[int], tuple[str, ...]],
        environ: Mapping[str, str],
        defaults: Defaults | None = None,
    ) -> None:
        self._command_line = command_line
        self._environ = environ
        self._defaults = defaults or Defaults()

    def address(self, units: Units) -> Address | None:
        """The first address that the daemon listens on, sockets before ports; None if unknown."""
        listen = _listeners(units)
        argv = self._argv(units)
        flags = parse_argv(argv)
        if units.socket is None and not flags.hosts and not _is_dockerd(argv):
            # The default socket belongs to another daemon, which a connection might even start.
            return None
        config = (
            _Config() if flags.hosts else _read_config(flags.config_file or self._defaults.config)
        )
        found = daemon_addresses(
            listen,
            argv,
            config.hosts,
            tls=tls_from_environment(self._environ),
            config_tls=config.tls,
            default_socket=self._defaults.socket,
        )
        return found[0] if found else None

    def _argv(self, units: Units) -> tuple[str, ...]:
        # The running process has the variables of the unit expanded.
        service = units.service
        real = self._command_line(service.main_pid) if service.main_pid else ()
        if real:
            return real
        return service.exec_start[0] if service.exec_start else ()


def _is_dockerd(argv: tuple[str, ...]) -> bool:
    # Not the first word alone: there are wrappers such as rootlesskit.
    return any("dockerd" in word for word in argv)


def _listeners(units: Units) -> tuple[tuple[str, str], ...]:
    socket = units.socket
    if socket is None:
        return ()
    # systemd forgets what a masked unit says, while its socket goes on listening; this is where
    # every packaged docker.socket listens.
    return socket.listen or ((("Stream", PACKAGED_SOCKET),) if socket.masked else ())


@dataclass(frozen=True)
class _Config:
    """What daemon.json says about listening."""

    hosts: tuple[str, ...] = ()
    tls: bool = False


def _read_config(path: str) -> _Config:
    """Those keys of a daemon.json; nothing when it cannot be read: the daemon runs without."""
    import json  # noqa: PLC0415  (the usual unit names its hosts itself)

    try:
        with Path(path).open("rb") as file:
            document = json.loads(file.read(_LARGEST_CONFIG))
    except (OSError, ValueError, RecursionError):
        return _Config()
    if not isinstance(document, dict):
        return _Config()
    hosts = document.get("hosts")
    return _Config(
        tuple(host for host in hosts if isinstance(host, str)) if isinstance(hosts, list) else (),
        document.get("tls") is True or document.get("tlsverify") is True,
    )
