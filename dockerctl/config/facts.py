"""What is known besides the file: the engine, its flags, the host. Gathered once, then read."""

from __future__ import annotations

import ipaddress
import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

from dockerctl.config.look import BlindLook, HostLook, Look
from dockerctl.config.release import Release

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class Route(NamedTuple):
    """A network that the host reaches over an interface of its own."""

    network: Network
    device: str
    # No gateway between: the host stands in this network itself.
    on_link: bool = True


class DockerNetwork(NamedTuple):
    """A network that dockerd has made, with its subnets as dockerd says them."""

    name: str
    subnets: tuple[str, ...]


class FlagValues(Protocol):
    """What the daemon's command line says, by the names of the keys (``config/flags.py``)."""

    @property
    def values(self) -> Mapping[str, tuple[str, ...]]:
        """Name of the key to the values of its flag, in their order."""

    @property
    def written(self) -> Mapping[str, tuple[str, ...]]:
        """Name of the key to the words as they were typed."""


@dataclass(frozen=True)
class NoFlags:
    """A command line without flags."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    written: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What the checks know. Everything has a default that makes a check say less, not more."""

    # None: not known; a rule that differs between releases then only warns.
    release: Release | None = None
    flags: FlagValues = field(default_factory=NoFlags)
    # What is only ignored or useless is refused too.
    strict: bool = False
    cgroup_v2: bool = True
    # systemd is PID 1, so that it also drives the control groups of containers by default.
    systemd: bool = True
    # A socket unit passes its sockets to the daemon, so that fd:// has something to take.
    socket_activated: bool = True
    look: Look = field(default_factory=BlindLook)
    routes: tuple[Route, ...] = ()
    # Addresses that the default bridge has now; dockerd takes them up again.
    bridge_addresses: tuple[str, ...] = ()
    networks: tuple[DockerNetwork, ...] = ()
    # Names of the logging drivers that the daemon has, plugins included; None: not known.
    log_drivers: tuple[str, ...] | None = None
    # Names of the authorization plugins that the daemon has; None: not known.
    authorization_plugins: tuple[str, ...] | None = None
    runtimes_in_use: tuple[str, ...] = ()
    swarm_active: bool = False
    containers_running: int = 0
    # The data folder holds images, containers or volumes (images of containerd's store apart).
    has_data: bool = False


def gather_facts(
    values: Mapping[str, object],
    release: Release | None,
    flags: FlagValues | None = None,
    *,
    networks: Iterable[tuple[str, Sequence[str]]] = (),
    log_drivers: Iterable[str] | None = None,
    authorization_plugins: Iterable[str] | None = None,
    runtimes_in_use: Iterable[str] = (),
    swarm_active: bool = False,
    containers_running: int = 0,
    socket_activated: bool = True,
    strict: bool = False,
    root: str = "/",
) -> Facts:
    """Read the host and put it together with what the caller knows of the daemon.

    ``values`` are those of the file: they name the data folder. ``networks`` are the daemon's own,
    as name and subnets. ``root`` is the root folder of the host, another one only in tests.
    """
    flags = flags or NoFlags()
    look = HostLook(root)
    data = _data_folder(values, flags)
    routes = (*_routes_v4(_read(root, "/proc/net/route")), *_routes_v6(_read(root, _ROUTES_V6)))
    return Facts(
        release=release,
        flags=flags,
        strict=strict,
        cgroup_v2=_is_cgroup_v2(_read(root, "/proc/self/mountinfo")),
        systemd=_is_folder(_path(root, "/run/systemd/system")),
        socket_activated=socket_activated,
        look=look,
        routes=routes,
        bridge_addresses=tuple(
            str(route.network) for route in routes if route.on_link and route.device == "docker0"
        ),
        networks=tuple(DockerNetwork(name, tuple(subnets)) for name, subnets in networks),
        log_drivers=None if log_drivers is None else tuple(log_drivers),
        authorization_plugins=(
            None if authorization_plugins is None else tuple(authorization_plugins)
        ),
        runtimes_in_use=tuple(runtimes_in_use),
        swarm_active=swarm_active,
        containers_running=containers_running,
        # A folder on a network mount is not looked into: that can hang.
        has_data=look.is_folder(data) is True and _has_data(_path(root, data)),
    )


_ROUTES_V6 = "/proc/net/ipv6_route"
_MOST = 4 * 1024 * 1024

# Flags of a route (linux/route.h, linux/ipv6_route.h).
_UP, _GATEWAY, _REJECT = 0x1, 0x2, 0x200


def _data_folder(values: Mapping[str, object], flags: FlagValues) -> str:
    for name in ("data-root", "graph"):
        value = values.get(name)
        if isinstance(value, str) and value.startswith("/"):
            return value
    given = flags.values.get("data-root", ())
    return given[-1] if given and given[-1].startswith("/") else "/var/lib/docker"


def _has_data(folder: str) -> bool:
    """Whether there is an image of some storage driver, a container or a volume."""
    images = [f"image/{name}/imagedb/content/sha256" for name in _names(Path(folder, "image"))]
    found = {
        name for inner in ("containers", "volumes", *images) for name in _names(Path(folder, inner))
    }
    # What is beside the volumes even when there are none.
    return bool(found - {"metadata.db", "backingFsBlockDev"})


def _names(folder: Path) -> tuple[str, ...]:
    try:
        with os.scandir(folder) as entries:
            return tuple(entry.name for entry in entries)
    except OSError:
        return ()


def _is_cgroup_v2(mountinfo: str) -> bool:
    """Whether /sys/fs/cgroup is the unified tree; so it is taken to be where nothing is known."""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) > 4 and fields[4] == "/sys/fs/cgroup":
            return after.split()[:1] == ["cgroup2"]
    return True


def _routes_v4(text: str) -> Iterator[Route]:
    """The routes of /proc/net/route, which has hexadecimal numbers in the host's byte order."""
    for line in text.splitlines()[1:]:
        words = line.split()
        try:
            device, target, flags, mask = words[0], words[1], int(words[3], 16), words[7]
            network = ipaddress.IPv4Network((_address(target), _address(mask)))
        except (IndexError, ValueError):
            continue
        if flags & _UP and not flags & _REJECT and network.prefixlen:
            yield Route(network, device, not flags & _GATEWAY)


def _address(word: str) -> str:
    number = bytes.fromhex(word.zfill(8))
    return str(ipaddress.IPv4Address(number[::-1] if _LITTLE_ENDIAN else number))


_LITTLE_ENDIAN = memoryview(b"\1\0").cast("H")[0] == 1


def _routes_v6(text: str) -> Iterator[Route]:
    """The routes of /proc/net/ipv6_route, without multicast, link-local and single addresses."""
    for line in text.splitlines():
        words = line.split()
        try:
            number = ipaddress.IPv6Address(int(words[0], 16))
            prefix, gateway, flags = int(words[1], 16), int(words[4], 16), int(words[8], 16)
            network = ipaddress.IPv6Network((number, prefix))
            device = words[9]
        except (IndexError, ValueError):
            continue
        if not 0 < prefix < 128 or number.is_multicast or number.is_link_local:
            continue
        if flags & _UP and not flags & _REJECT:
            yield Route(network, device, gateway == 0)


def _path(root: str, path: str) -> str:
    return path if root == "/" else f"{root}{path}"


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False


def _read(root: str, path: str) -> str:
    try:
        with Path(_path(root, path)).open("rb") as file:
            return file.read(_MOST).decode("ascii", "replace")
    except OSError:
        return ""
