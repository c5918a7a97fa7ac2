"""Where the daemon listens: learnt from its unit and its process, never from the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dockerctl.docker.address import Address, daemon_addresses, tls_from_environment
from dockerctl.docker.argv import config_file, parse_argv
from dockerctl.health.model import Units

# dockerd itself reads the whole file; a daemon.json of this size is a mistake or an attack.
_LARGEST_CONFIG = 4 * 1024 * 1024


class Whereabouts:
    """Finds the address to probe. ``command_line`` reads a process's argv, ``environ`` is ours."""

    def __init__(
        self, command_line: Callable[[int], tuple[str, ...]], environ: Mapping[str, str]
    ) -> None:
        self._command_line = command_line
        self._environ = environ

    def address(self, units: Units) -> Address | None:
        """The first address that the daemon listens on, sockets before ports; None if unknown."""
        listen = () if units.socket is None else units.socket.listen
        argv = self._argv(units)
        flags = parse_argv(argv)
        if units.socket is None and not flags.hosts and not _is_dockerd(argv):
            # The default socket belongs to another daemon, which a connection might even start.
            return None
        config = _Config() if flags.hosts else _read_config(config_file(argv))
        found = daemon_addresses(
            listen,
            argv,
            config.hosts,
            tls=tls_from_environment(self._environ),
            config_tls=config.tls,
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
