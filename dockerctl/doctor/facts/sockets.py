"""Where the daemon listens and where it will: socket files, TCP ports, and who has them."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import ClassVar

from dockerctl.docker.address import DEFAULT_SOCKET, TcpAddress, UnixAddress, parse_address
from dockerctl.docker.argv import parse_argv
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.units import UnitFacts
from dockerctl.doctor.ground import Ground
from dockerctl.errors import AddressUnsupported
from dockerctl.host.processes import command_line
from dockerctl.host.tcp_ports import TcpListener, holders, tcp_listeners
from dockerctl.host.unix_sockets import UnixListener, unix_listeners

SYSTEM_SOCKET = "/run/docker.sock"
DEFAULT_GROUP = "docker"
_FD = "fd://"


@dataclass(frozen=True)
class SocketFile:
    """What is at a path where a socket is or will be; links are not followed at its end."""

    # "socket", "folder", "file", "link", "other", "absent", "no-folder" where the folder above
    # it is missing too, "unknown" where it may not be looked at.
    kind: str = "absent"
    mode: int = 0
    uid: int = 0
    gid: int = 0
    group: str = ""
    # The same with links in its folders resolved.
    real: str = ""
    # Listening sockets that were bound to this path.
    listeners: int = 0
    # Whether the file is that of one of them; None where that cannot be told.
    served: bool | None = None
    # Clients that wait to be accepted.
    waiting: int = 0
    # Whether the caller may connect.
    allowed: bool | None = None


@dataclass(frozen=True)
class Port:
    """A TCP port that somebody listens on. ``pid`` is 0 where the process may not be seen."""

    address: str
    port: int
    pid: int = 0
    program: str = ""

    def meets(self, address: str, port: int) -> bool:
        """Whether nobody else can listen on ``address`` and ``port`` beside it."""
        return TcpListener(self.address, self.port).meets(address, port)


@dataclass(frozen=True)
class SocketsFacts:
    """Addresses are texts as ``-H`` has them; "" in a list stands for dockerd's default."""

    # Of the process that runs, from its command line and daemon.json; None where none runs.
    hosts: tuple[str, ...] | None = None
    # Of the next start, with those of the command line apart; None where it cannot be told.
    next_hosts: tuple[str, ...] | None = None
    by_flag: tuple[str, ...] = ()
    # What docker.socket listens on: ("Stream", "/run/docker.sock").
    listen: tuple[tuple[str, str], ...] = ()
    # TLS of the daemon that runs, and of the next one.
    tls: bool = False
    next_tls: bool = False
    files: Mapping[str, SocketFile] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    # "link", "folder", "absent", "other".
    var_run: str = "link"
    # Members of the groups that matter, by the group's name; a group that is missing is None.
    groups: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    # The group of sockets that the daemon makes itself.
    own_group: str = DEFAULT_GROUP
    main_pid: int = 0
    # Why less may be here than there is.
    problem: str = ""

    LIMIT_S: ClassVar[float] = 3.0

    @classmethod
    def gather(cls, ground: Ground) -> SocketsFacts:
        """Look at files and at the kernel's tables; no socket is connected to."""
        units, configuration = ground.units, ground.configuration
        listen = listened(units.socket)
        pid = units.service.number("MainPID")
        # A script that runs before the daemon is a main process too, of another name.
        running = command_line(pid) if pid else ()
        daemon = running if any("dockerd" in word for word in running) else ()
        hosts = _hosts(daemon, configuration) if daemon else None
        following = _hosts(configuration.argv, configuration) if configuration.argv else None
        wanted = (*(hosts or ()), *(following or ()))
        group = configuration.value("group")
        own_group = group if isinstance(group, str) and group else DEFAULT_GROUP
        socket_group = units.socket.text("SocketGroup") if units.socket else ""
        paths = dict.fromkeys(
            (SYSTEM_SOCKET, DEFAULT_SOCKET, *paths_of(listen), *unix_paths(wanted))
        )
        bound, problem = _listeners()
        return cls(
            hosts=hosts,
            next_hosts=following,
            by_flag=parse_argv(configuration.argv).hosts,
            listen=listen,
            tls=_tls(daemon, configuration),
            next_tls=_tls(configuration.argv, configuration),
            files={path: look_at(path, bound) for path in paths},
            ports=_ports(wanted, listen, configuration),
            var_run=_kind_of("/var/run"),
            groups={
                name: _members(name)
                for name in {DEFAULT_GROUP, own_group, socket_group}
                if name and not name.isdigit()
            },
            own_group=own_group,
            main_pid=pid,
            problem=problem,
        )

    def at(self, path: str) -> SocketFile | None:
        """What is at a path; None where nobody looked."""
        return self.files.get(path)

    def holder(self, address: str, port: int) -> Port | None:
        """Who listens where ``address`` and ``port`` are wanted."""
        return next((p for p in self.ports if p.meets(address, port)), None)


def listened(socket: UnitFacts | None) -> tuple[tuple[str, str], ...]:
    """What a socket unit listens on: kind and address."""
    rows = () if socket is None else socket.rows("Listen")
    return tuple((str(row[0]), str(row[1])) for row in rows if len(row) == 2)


def paths_of(listen: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The paths among a socket unit's listeners."""
    return tuple(path for kind, path in listen if kind == "Stream" and path.startswith("/"))


def unix_paths(hosts: Iterable[str]) -> tuple[str, ...]:
    """The paths of the sockets that dockerd makes itself for these hosts."""
    found = (parse_host(host) for host in hosts)
    return tuple(address.path for address in found if isinstance(address, UnixAddress))


def tcp_addresses(hosts: Iterable[str]) -> tuple[TcpAddress, ...]:
    """The ports among these hosts."""
    found = (parse_host(host) for host in hosts)
    return tuple(address for address in found if isinstance(address, TcpAddress))


def parse_host(host: str) -> UnixAddress | TcpAddress | None:
    """A host of ``-H`` as dockerd reads it (moby, opts/hosts.go); None for fd:// and for what it
    would refuse. A relative path begins at the root, a service's working folder."""
    text = host.strip()
    if text.startswith(_FD):
        return None
    if not text:
        text = f"unix://{DEFAULT_SOCKET}"
    elif "://" not in text:
        text = f"tcp://{text}"
    elif not text.startswith(("unix://", "tcp://")):
        return None
    elif text.startswith("unix://") and not text.startswith("unix:///") and text != "unix://":
        text = f"unix:///{text.removeprefix('unix://')}"
    try:
        return parse_address(text)
    except AddressUnsupported:
        return None


def takes_over(hosts: Iterable[str]) -> bool:
    """Whether the daemon takes sockets from systemd."""
    return any(host.strip().startswith(_FD) for host in hosts)


def look_at(path: str, bound: Collection[UnixListener] | None) -> SocketFile:
    """What is at ``path``, and which of the listening sockets ``bound`` belong to it."""
    real = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))  # noqa: PTH118, PTH119, PTH120
    status: os.stat_result | None = None
    try:
        status = os.lstat(path)
        seen = SocketFile(
            kind=_name_of(status.st_mode),
            mode=stat.S_IMODE(status.st_mode),
            uid=status.st_uid,
            gid=status.st_gid,
            group=_group_name(status.st_gid),
            real=real,
            allowed=os.access(path, os.R_OK | os.W_OK),
        )
    except (FileNotFoundError, NotADirectoryError):
        above = os.path.isdir(os.path.dirname(path))  # noqa: PTH112, PTH120
        seen = SocketFile("absent" if above else "no-folder", real=real)
    except (OSError, ValueError):
        return SocketFile("unknown", real=real)
    if bound is None:
        return seen
    mine = [listener for listener in bound if _same_path(listener.path, real)]
    served: bool | None = False
    if status is not None and mine:
        answers = [listener.is_at(status) for listener in mine]
        served = True if True in answers else None if None in answers else False
    return replace(
        seen,
        listeners=len(mine),
        served=served,
        waiting=sum(listener.waiting for listener in mine),
    )


def _same_path(bound: str, real: str) -> bool:
    folder, _, name = bound.rpartition("/")
    return name == real.rpartition("/")[2] and f"{os.path.realpath(folder or '/')}/{name}" == real


def _hosts(argv: Collection[str], configuration: ConfigurationFacts) -> tuple[str, ...]:
    words = tuple(argv)
    flags = parse_argv(words)
    document = configuration.document
    given = document.values.get("hosts") if document is not None else None
    of_file = tuple(h for h in given if isinstance(h, str)) if isinstance(given, list) else ()
    return (*flags.hosts, *of_file) or ("",)


def _tls(argv: Collection[str], configuration: ConfigurationFacts) -> bool:
    document = configuration.document
    values = document.values if document is not None else {}
    by_file = values.get("tls") is True or "tlsverify" in values
    return parse_argv(tuple(argv)).tls or by_file


def _ports(
    hosts: Iterable[str], listen: Iterable[tuple[str, str]], configuration: ConfigurationFacts
) -> tuple[Port, ...]:
    """The listeners on the ports that the daemon has or wants."""
    wanted = {address.port for address in tcp_addresses(hosts)}
    texts = [path for _, path in listen if not path.startswith("/")]
    metrics = configuration.value("metrics-addr")
    if isinstance(metrics, str):
        texts.append(metrics)
    for text in texts:
        tail = text.rpartition(":")[2]
        if tail.isdecimal():
            wanted.add(int(tail))
    return ports_at(wanted)


def ports_at(wanted: Collection[int]) -> tuple[Port, ...]:
    """Who listens on these ports."""
    return _with_holders([one for one in tcp_listeners() if one.port in wanted]) if wanted else ()


def all_ports() -> tuple[Port, ...]:
    """Who listens on what."""
    return _with_holders(tcp_listeners())


def _with_holders(found: Collection[TcpListener]) -> tuple[Port, ...]:
    pids = holders([listener.inode for listener in found])
    return tuple(
        Port(one.address, one.port, pid := pids.get(one.inode, 0), _program(pid)) for one in found
    )


def _program(pid: int) -> str:
    words = command_line(pid) if pid else ()
    return words[0].rpartition("/")[2] if words else ""


def _listeners() -> tuple[tuple[UnixListener, ...] | None, str]:
    try:
        return unix_listeners(), ""
    except OSError as error:
        return None, f"the kernel does not list unix sockets: {error.strerror}"


def _kind_of(path: str) -> str:
    try:
        return _name_of(os.lstat(path).st_mode)
    except OSError:
        return "absent"


def _name_of(mode: int) -> str:
    if stat.S_ISSOCK(mode):
        return "socket"
    if stat.S_ISDIR(mode):
        return "folder"
    if stat.S_ISREG(mode):
        return "file"
    return "link" if stat.S_ISLNK(mode) else "other"


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _members(name: str) -> tuple[str, ...] | None:
    """Those that the group lists, and those whose first group it is."""
    try:
        group = grp.getgrnam(name)
    except KeyError:
        return None
    first: list[str] = []
    with suppress(OSError):
        first = [user.pw_name for user in pwd.getpwall() if user.pw_gid == group.gr_gid]
    return tuple(dict.fromkeys((*group.gr_mem, *first)))
