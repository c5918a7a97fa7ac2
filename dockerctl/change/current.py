"""The configuration of the daemon as it lies on the host now, read once for one change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dockerctl.change.drift import unit_environment
from dockerctl.config.document import Document, is_harmless
from dockerctl.config.flags import Flags, parse_flags
from dockerctl.config.keys import key_table
from dockerctl.config.release import Release, parse_release
from dockerctl.docker.argv import DEFAULT_CONFIG_FILE, config_file
from dockerctl.errors import HostError, OverrideError, UnitNotFound
from dockerctl.health.model import Units
from dockerctl.host.files import FileState, read_file
from dockerctl.host.programs import Output
from dockerctl.override.command import ExecLine, expand, parse_exec
from dockerctl.override.merged import Layer, MergedUnit, layers, merge
from dockerctl.override.order import Scope
from dockerctl.override.store import DropIn, list_drop_ins
from dockerctl.systemd.model import Service, Socket

Run = Callable[..., Output]

VERSION_LIMIT_S = 10.0


@dataclass(frozen=True)
class UnitFiles:
    """The files of one unit on disk, which need not be those that systemd has loaded."""

    unit: str
    fragment_path: str
    fragment: bytes | None
    drop_ins: tuple[DropIn, ...]
    layers: tuple[Layer, ...]
    merged: MergedUnit


@dataclass(frozen=True)
class Current:
    """All of it, at one moment."""

    units: Units
    service: UnitFiles
    # None where the service has no socket unit.
    socket: UnitFiles | None
    # None where ExecStart= cannot be read, or is not one line.
    line: ExecLine | None
    environment: Mapping[str, str]
    # The daemon's argv as systemd would start it now, the program first.
    argv: tuple[str, ...]
    flags: Flags
    config_path: str
    file: FileState
    # Of the program on disk; None where it does not tell.
    release: Release | None

    @property
    def document(self) -> Document:
        """daemon.json; raises what ``read_document`` raises."""
        return read_document(self.file.data, self.config_path, self.release)

    @property
    def fd_socket(self) -> bool:
        """Whether a socket unit starts the service."""
        return self.socket is not None


def read_document(data: bytes | None, name: str, release: Release | None) -> Document:
    """A daemon.json as the daemon of ``release`` reads it.

    Raises the error of ``Document.parse`` for all with which that daemon does not start. A flaw
    that it passes over is kept in the document, which cannot be edited then.
    """
    document = Document.parse(data, name, lenient=True)
    for flaw in document.flaws:
        if not is_harmless(flaw, release):
            raise flaw
    return document


def gather_current(
    units: Units,
    *,
    run: Run,
    scope: Scope = Scope.SYSTEM,
    environ: Mapping[str, str] | None = None,
) -> Current:
    """Read the files of ``units`` and the daemon's own version.

    Raises ``UnitNotFound`` when there is no such service, and what reading daemon.json raises.
    """
    if not units.service.exists:
        raise UnitNotFound(
            f"systemd knows no {units.service.name}: Docker is not installed, or its unit has "
            "another name.",
            details={"unit": units.service.name},
        )
    service = unit_files(units.service, scope=scope, environ=environ)
    socket = (
        None if units.socket is None else unit_files(units.socket, scope=scope, environ=environ)
    )
    line = exec_line(service.merged)
    environment = unit_environment(units.service) or {}
    argv = command_line(line, environment)
    path = config_path(argv, scope, environ or {})
    return Current(
        units=units,
        service=service,
        socket=socket,
        line=line,
        environment=environment,
        argv=argv,
        flags=parse_flags(argv, key_table()),
        config_path=path,
        file=read_file(path),
        release=program_release(argv[0], run=run) if argv else None,
    )


def unit_files(
    unit: Service | Socket,
    *,
    scope: Scope = Scope.SYSTEM,
    environ: Mapping[str, str] | None = None,
) -> UnitFiles:
    """The fragment and drop-ins of a unit, as they lie on disk."""
    drop_ins = list_drop_ins(unit.name, scope=scope, environment=environ)
    fragment = read_file(unit.fragment_path).data if unit.fragment_path else None
    files = layers(unit.fragment_path, fragment, drop_ins)
    return UnitFiles(unit.name, unit.fragment_path, fragment, drop_ins, files, merge(files))


def exec_line(merged: MergedUnit) -> ExecLine | None:
    """The one ExecStart= of a merged unit; None when it has none, several, or an unreadable one."""
    values = merged.values("Service", "ExecStart")
    if len(values) != 1:
        return None
    try:
        return parse_exec(values[0].value)
    except OverrideError:
        return None


def command_line(line: ExecLine | None, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The daemon's argv with its variables replaced; empty where the line cannot be read."""
    if line is None:
        return ()
    try:
        words = expand(line, environment)
    except OverrideError:
        return ()
    # What argv[0] is called does not matter here; what is run does.
    return (line.program, *words[1:])


def program_release(program: str, *, run: Run) -> Release | None:
    """The version of a dockerd on disk: ``dockerd --version``; None when it does not tell.

    A script in its place is not run: it need not look at its arguments, and may start a daemon.
    """
    if not program.startswith("/") or not _is_elf(program):
        return None
    try:
        output = run(program, ["--version"], limit_s=VERSION_LIMIT_S)
    except HostError:
        return None
    return parse_release(_version_word(output.stdout.decode("utf-8", "replace").split()))


def _is_elf(program: str) -> bool:
    try:
        with Path(program).open("rb") as file:
            return file.read(4) == b"\x7fELF"
    except OSError:
        return False


def _version_word(words: Sequence[str]) -> str:
    """Of "Docker version 28.5.2, build ecc6942"."""
    position = next((i for i, word in enumerate(words) if word == "version"), -1)
    return words[position + 1].rstrip(",") if 0 <= position < len(words) - 1 else ""


def config_path(argv: Sequence[str], scope: Scope, environ: Mapping[str, str]) -> str:
    """Where a daemon with this command line reads its configuration."""
    path = config_file(argv) if argv else DEFAULT_CONFIG_FILE
    if path == DEFAULT_CONFIG_FILE and scope is Scope.USER:
        # moby, cmd/dockerd/daemon_unix.go: under RootlessKit the user's own.
        home = environ.get("XDG_CONFIG_HOME") or f"{environ.get('HOME', '')}/.config"
        return f"{home}/docker/daemon.json"
    return path
