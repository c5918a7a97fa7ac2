"""containerd: where dockerd looks for it, its socket, its configuration, its process."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from dockerctl.doctor.facts.bolt import database_problem
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.locks import holders
from dockerctl.doctor.facts.program import what_is_wrong
from dockerctl.doctor.facts.seen_file import SeenFile, see_file
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.ground import Ground

# containerd: defaults/defaults_unix.go.
DEFAULT_SOCKET = "/run/containerd/containerd.sock"
DEFAULT_CONFIG = "/etc/containerd/config.toml"
# The problem of a file of settings that is named and not there.
NO_FILE = "no such file"
DEFAULT_ROOT = "/var/lib/containerd"
_DATABASE = "io.containerd.metadata.v1.bolt/meta.db"
# Where dockerd keeps what belongs to a containerd of its own (moby: libcontainerd/supervisor).
OWN_FOLDER = "/run/docker/containerd"

# __SO_ACCEPTCON in the column of flags of /proc/net/unix: somebody listens (proc(5)).
_ACCEPTS = 0x10000
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True)
class ContainerdFacts:
    """What dockerd needs of containerd, seen from outside: no socket is connected to."""

    # The socket that dockerd uses, and whether flag or daemon.json name it. Without that dockerd
    # takes containerd's default socket if its file is there, and else starts one of its own.
    address: str = DEFAULT_SOCKET
    named: bool = False
    socket: SeenFile = field(default_factory=lambda: SeenFile(DEFAULT_SOCKET, "socket"))
    # Whether some process listens on that path; None where it cannot be told.
    listening: bool | None = None
    # The paths below a folder "containerd" on which some process listens.
    listeners: tuple[str, ...] = ()
    config_path: str = DEFAULT_CONFIG
    config: Mapping[str, object] | None = None
    config_problem: str = ""
    # "line:column" of the problem, where it is known.
    config_place: str = ""
    # The socket that the command line of containerd.service names.
    flag_address: str = ""
    # Its database, why that cannot be used, and another process that has it locked.
    database: str = ""
    database_problem: str = ""
    database_holder: int = 0
    # The program that containerd.service starts, and why the kernel would not run it.
    program: str = ""
    program_problem: str = ""
    # State of the process of containerd.service as in proc(5), such as "S", "T", "D".
    state: str = ""
    pid: int = 0
    # The file in which dockerd notes the process of its own containerd, and who that is now.
    own_pid_file: str = ""
    own_pid: int = 0
    own_name: str = ""
    # Children of dockerd that are its own containerd.
    own_children: tuple[int, ...] = ()

    LIMIT_S: ClassVar[float] = 3.0

    @classmethod
    def gather(cls, ground: Ground) -> ContainerdFacts:
        """Look at files and at /proc."""
        address, named = containerd_address(ground.configuration)
        unit = ground.units.containerd
        argv = unit.argv if unit is not None else ()
        config_path = _flag(argv, "-c", "--config")
        named_config = bool(config_path)
        config_path = config_path or DEFAULT_CONFIG
        config, problem, place = _read_config(config_path, must_be=named_config)
        root = _flag(argv, "--root") or (config or {}).get("root") or DEFAULT_ROOT
        database = f"{root}/{_DATABASE}"
        listeners = _listeners(Path("/proc/net/unix"))
        program = unit.program if unit is not None else ""
        pid = unit.number("MainPID") if unit is not None else 0
        folder = ground.configuration.folder("exec-root", "/run/docker").rstrip("/") + "/containerd"
        own_pid_file = f"{folder}/containerd.pid"
        own_pid = _pid_in(own_pid_file)
        return cls(
            address=address,
            named=named,
            socket=see_file(address),
            listening=None if listeners is None else real_path(address) in listeners,
            listeners=tuple(p for p in listeners or () if p.endswith("/containerd.sock")),
            config_path=config_path,
            config=config,
            config_problem=problem,
            config_place=place,
            flag_address=_flag(argv, "-a", "--address").removeprefix("unix://"),
            database=database,
            database_problem=database_problem(database),
            database_holder=next((found for found in holders(database) if found != pid), 0),
            program=program,
            program_problem=what_is_wrong(program) if program else "",
            pid=pid,
            state=_status(pid).get("State", "")[:1],
            own_pid_file=own_pid_file,
            own_pid=own_pid,
            own_name=_status(own_pid).get("Name", ""),
            own_children=_own_children(ground.units, folder),
        )

    @property
    def own_address(self) -> str:
        """The socket that containerd.service makes: a flag counts before the file."""
        told = self.setting("grpc", "address")
        return self.flag_address or (told if isinstance(told, str) else "") or DEFAULT_SOCKET

    def setting(self, *keys: str) -> object:
        """A value of containerd's configuration, None where it is not set."""
        value: object = self.config
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


def containerd_address(configuration: ConfigurationFacts) -> tuple[str, bool]:
    """The socket that dockerd will use, and whether somebody named it."""
    given = configuration.value("containerd")
    if isinstance(given, tuple):
        given = given[-1]
    if isinstance(given, str) and given:
        return given.removeprefix("unix://"), True
    return DEFAULT_SOCKET, False


def real_path(path: str) -> str:
    """``path`` as /proc/net/unix may have it: /var/run is a link to /run everywhere."""
    return "/run/" + path.removeprefix("/var/run/") if path.startswith("/var/run/") else path


def _listeners(table: Path) -> frozenset[str] | None:
    try:
        lines = table.read_text("utf-8", "replace").splitlines()[1:]
    except OSError:
        return None
    rows = (line.split(maxsplit=7) for line in lines)
    return frozenset(
        real_path(row[7]) for row in rows if len(row) == 8 and int(row[3], 16) & _ACCEPTS
    )


def _flag(argv: Sequence[str], *flags: str) -> str:
    """The value of a flag, "" without it."""
    for word, following in zip(argv, (*argv[1:], ""), strict=False):
        name, equals, value = word.partition("=")
        if name in flags:
            return value if equals else following
    return ""


def _read_config(path: str, *, must_be: bool) -> tuple[Mapping[str, object] | None, str, str]:
    seen = see_file(path, read=True)
    if seen.kind == "absent":
        # Only of the usual place it does without (containerd, cmd/containerd/command/main.go).
        return None, NO_FILE if must_be else "", ""
    if seen.data is None:
        return None, seen.problem or f"it is a {seen.kind}", ""
    return parse_config(seen.data)


def parse_config(data: bytes) -> tuple[Mapping[str, object] | None, str, str]:
    """The document, or what is wrong with it and where."""
    try:
        return tomllib.loads(data.decode("utf-8")), "", ""
    except UnicodeDecodeError:
        return None, "it is not UTF-8", ""
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _PLACE.search(str(error))
        place = f"{found[1]}:{found[2]}" if found else ""
        return None, _PLACE.sub("", str(error)).strip(), place


def _pid_in(path: str) -> int:
    data = see_file(path, read=True, most=32).data
    text = (data or b"").strip()
    return int(text) if re.fullmatch(rb"[0-9]{1,9}", text) else 0


def _status(pid: int) -> dict[str, str]:
    if pid <= 0:
        return {}
    try:
        text = Path(f"/proc/{pid}/status").read_text("utf-8", "replace")
    except OSError:
        return {}
    rows = (line.partition(":") for line in text.splitlines())
    return {name: value.strip() for name, _, value in rows}


def _own_children(units: UnitsFacts, folder: str) -> tuple[int, ...]:
    daemon = units.service.number("MainPID")
    if daemon <= 0:
        return ()
    found = []
    # The main thread starts it; a child of another thread is listed there.
    for task in sorted(Path(f"/proc/{daemon}/task").glob("*/children"))[:400]:
        try:
            children = [int(word) for word in task.read_text().split()]
        except (OSError, ValueError):
            continue
        found += [pid for pid in children if _is_own(pid, folder)]
    return tuple(found)


def _is_own(pid: int, folder: str) -> bool:
    try:
        argv = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    name = argv[0].rpartition(b"/")[2]
    return name.endswith(b"containerd") and any(
        word.decode("utf-8", "replace").removeprefix("/var").startswith(folder) for word in argv[1:]
    )
