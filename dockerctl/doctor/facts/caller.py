"""Who asks, and which daemon their docker command would reach."""

from __future__ import annotations

import os
import pwd
import re
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from dockerctl.docker.address import TcpAddress, UnixAddress, parse_address, tls_from_environment
from dockerctl.docker.context import CallerEndpoint, caller_endpoint
from dockerctl.doctor.facts.sockets import SocketFile, look_at
from dockerctl.doctor.ground import Ground
from dockerctl.errors import AddressUnsupported, DockerctlError
from dockerctl.host.programs import find_program

_LOOKUP_S = 1.0
_PROGRAM_S = 1.5
# Enough to get from a program to the session that it was started from.
_ANCESTORS = 12
# Of the engine: from this release on old clients are refused.
_CHOOSY = 29
_API = re.compile(r"^\s*API version:\s*([0-9]+\.[0-9]+)", re.MULTILINE)


@dataclass(frozen=True)
class CallerFacts:
    """The caller: the user who typed the command, also through sudo."""

    uid: int = 0
    # Of the person: of the session that sudo was called from, where it was.
    user: str = "root"
    through_sudo: bool = False
    # Groups of the person's session, and those of the group database; None: not known.
    session_groups: frozenset[int] | None = None
    database_groups: frozenset[int] | None = None
    endpoint: CallerEndpoint = field(
        default_factory=lambda: CallerEndpoint("default", None, "unix:///var/run/docker.sock")
    )
    # The endpoint where it is a socket file; None where it is none.
    socket: SocketFile | None = None
    # Whether the endpoint's text can be read as an address; "ssh://" counts as one.
    address_problem: str = ""
    # Addresses of the endpoint's host name; None where it was not looked up, or not answered in
    # time. Empty where the lookup failed, for the reason that ``lookup_problem`` has.
    resolved: tuple[str, ...] | None = None
    lookup_problem: str = ""
    # Files that DOCKER_TLS_VERIFY makes the docker command need, and that are not there.
    missing_tls_files: tuple[str, ...] = ()
    # DOCKER_API_VERSION.
    api_version: str = ""
    # The docker command: its path, and the newest API that it speaks.
    program: str = ""
    program_api: str = ""

    LIMIT_S: ClassVar[float] = 3.0

    @classmethod
    def gather(cls, ground: Ground) -> CallerFacts:
        """Look at the environment, the caller's files and the caller's groups."""
        environ = ground.environ
        home = environ.get("HOME") or None
        uid = os.getuid()
        user, groups, sudo = _session(uid, environ)
        endpoint = caller_endpoint(environ, home)
        address, problem = _address(endpoint.address_text)
        resolved, lookup_problem = _resolve(endpoint, address)
        program = find_program("docker") or ""
        return cls(
            uid=uid,
            user=user,
            through_sudo=sudo,
            session_groups=groups,
            database_groups=_database_groups(user),
            endpoint=endpoint,
            socket=look_at(address.path, None) if isinstance(address, UnixAddress) else None,
            address_problem=problem,
            resolved=resolved,
            lookup_problem=lookup_problem,
            missing_tls_files=_missing_tls_files(endpoint, environ),
            api_version=environ.get("DOCKER_API_VERSION", ""),
            program=program,
            program_api=_program_api(ground, program),
        )


def _address(text: str | None) -> tuple[UnixAddress | TcpAddress | None, str]:
    if text is None:
        return None, ""
    # The docker command takes "HOST:PORT" as tcp (docker/cli, opts/hosts.go).
    whole = text if "://" in text else f"tcp://{text}"
    scheme = whole.partition("://")[0]
    if scheme in ("ssh", "npipe"):
        return None, ""
    try:
        return parse_address(whole), ""
    except AddressUnsupported as error:
        return None, error.sentence


def _session(uid: int, environ: Mapping[str, str]) -> tuple[str, frozenset[int] | None, bool]:
    """The person's name, the groups of their session, and whether sudo is between."""
    own = frozenset((os.getgid(), *os.getgroups()))
    if uid != 0 or not environ.get("SUDO_UID", "").isdecimal():
        return _user_name(uid), own, False
    asker = int(environ["SUDO_UID"])
    if asker == 0:
        return _user_name(uid), own, False
    return _user_name(asker), _groups_of_ancestor(asker), True


def _groups_of_ancestor(uid: int) -> frozenset[int] | None:
    """The groups of the nearest process above this one that belongs to ``uid`` alone."""
    pid = os.getppid()
    for _ in range(_ANCESTORS):
        status = _status(pid)
        if status.get("Uid", "").split() == [str(uid)] * 4:
            numbers = (*status.get("Gid", "").split(), *status.get("Groups", "").split())
            return frozenset(int(number) for number in numbers if number.isdecimal())
        parent = status.get("PPid", "0").strip()
        if not parent.isdecimal() or parent == "0":
            return None
        pid = int(parent)
    return None


def _status(pid: int) -> dict[str, str]:
    try:
        text = Path(f"/proc/{pid}/status").read_text("utf-8", "replace")
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.splitlines())
    return {name: value for name, _, value in pairs}


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _database_groups(user: str) -> frozenset[int] | None:
    try:
        entry = pwd.getpwnam(user)
        return frozenset(os.getgrouplist(user, entry.pw_gid))
    except (KeyError, OSError):
        return None


def _resolve(
    endpoint: CallerEndpoint, address: UnixAddress | TcpAddress | None
) -> tuple[tuple[str, ...] | None, str]:
    """The addresses of the host that the caller named; a lookup that hangs is left behind."""
    if endpoint.source == "default" or not isinstance(address, TcpAddress):
        return None, ""
    found: list[tuple[tuple[str, ...], str]] = []

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            found.append(((), str(getattr(error, "strerror", None) or error)))
        else:
            found.append((tuple(dict.fromkeys(str(row[4][0]) for row in rows)), ""))

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(_LOOKUP_S)
    return found[0] if found else (None, "")


def _missing_tls_files(endpoint: CallerEndpoint, environ: Mapping[str, str]) -> tuple[str, ...]:
    """What the docker command stops at before it connects (docker/cli, cli/command/cli.go); a
    context of a name has certificates of its own."""
    if not environ.get("DOCKER_TLS_VERIFY") or endpoint.name not in (None, "default"):
        return ()
    files = tls_from_environment(environ)
    wanted = () if files is None else (files.ca, files.cert, files.key)
    return tuple(path for path in wanted if path and not Path(path).exists())


def _program_api(ground: Ground, program: str) -> str:
    """The newest API of the docker command. It is sent to a socket that cannot be there, so that
    it asks no daemon; engines before 29.0 take the API of every command that is still in use."""
    release = ground.configuration.release
    if not program or ground.ask is None or release is None or release.major < _CHOOSY:
        return ""
    try:
        output = ground.run(program, ["-H", "unix:///dev/null/none", "version"], limit_s=_PROGRAM_S)
    except DockerctlError:
        return ""
    found = _API.search(output.stdout[:4096].decode("utf-8", "replace"))
    return found[1] if found else ""
