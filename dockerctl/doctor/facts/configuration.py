"""The configuration as it lies on disk: daemon.json, unit files, the command line they make."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from dockerctl.change.current import (
    UnitFiles,
    command_line,
    config_path,
    exec_line,
    program_release,
    read_document,
    unit_files,
)
from dockerctl.change.drift import unit_environment
from dockerctl.change.hidden import mask_text
from dockerctl.config.check import check
from dockerctl.config.document import Document
from dockerctl.config.facts import gather_facts
from dockerctl.config.finding import Finding
from dockerctl.config.flags import Flags, parse_flags
from dockerctl.config.keys import key_table
from dockerctl.config.release import Release
from dockerctl.errors import ConfigurationError, DockerctlError, HostError
from dockerctl.health.model import Units
from dockerctl.host.files import read_file
from dockerctl.override.lint import lint
from dockerctl.override.lint_facts import gather_lint_facts
from dockerctl.override.lint_finding import LintFinding
from dockerctl.override.order import Scope

if TYPE_CHECKING:
    from dockerctl.doctor.ground import Ground, Run

_FLAG = re.compile(r"(?:^|[\s\"'=])--?\w")


@dataclass(frozen=True)
class ConfigurationFacts:
    """Read once, before all other facts; every part may be missing."""

    config_path: str = "/etc/docker/daemon.json"
    # "file", "folder", "link" (to nothing), "loop" (of links), "blocked" (by a file in the place of
    # a folder), "other", "absent", "unreadable".
    kind: str = "absent"
    data: bytes | None = None
    # None where it cannot be read as the daemon reads it; ``problem`` says why then, with its
    # place ("daemon.json:3:5") in ``place``.
    document: Document | None = None
    problem_code: str = ""
    problem: str = ""
    place: str = ""
    # What ``config.check`` found, and what ``override.lint`` found, by unit.
    findings: tuple[Finding, ...] = ()
    lint: Mapping[str, tuple[LintFinding, ...]] = field(default_factory=dict)
    files: Mapping[str, UnitFiles] = field(default_factory=dict)
    # The daemon's argv as systemd would start it now; empty where that cannot be told.
    argv: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    flags: Flags | None = None
    # Of the program on disk; None where it does not tell.
    release: Release | None = None
    # When the file was last changed, also by a rename, in seconds since the epoch; 0 without one.
    changed_s: float = 0.0
    # Lines with flags, of drop-ins and of files of variables: path, line, and text without secrets.
    flag_lines: tuple[tuple[str, int, str], ...] = ()
    # What could not be read, a sentence each.
    unseen: tuple[str, ...] = ()

    def value(self, key: str) -> object:
        """The value of a key of daemon.json as it counts: of the flag, else of the file, else
        None. A flag's is a text, or a tuple of texts where it was given more than once."""
        if self.flags is not None and self.flags.values.get(key):
            given = self.flags.values[key]
            return given[0] if len(given) == 1 else given
        return None if self.document is None else self.document.values.get(key)

    def folder(self, key: str, default: str) -> str:
        """The value of a key that is an absolute path."""
        value = self.value(key)
        return value if isinstance(value, str) and value.startswith("/") else default

    @property
    def data_root(self) -> str:
        """The data folder, /var/lib/docker by default."""
        old = self.folder("graph", "/var/lib/docker")
        return self.folder("data-root", old)

    LIMIT_S: ClassVar[float] = 3.0

    @classmethod
    def gather(cls, ground: Ground) -> ConfigurationFacts:
        """What was gathered when the ground was made: all other facts stand on it."""
        return ground.configuration


def gather_configuration(
    units: Units, *, run: Run, scope: Scope = Scope.SYSTEM, environ: Mapping[str, str]
) -> ConfigurationFacts:
    """Read the files as a change reads them. Never raises: what cannot be read is told."""
    unseen: list[str] = []
    files = dict(_unit_files(units, scope, environ, unseen))
    service = files.get(units.service.name)
    line = None if service is None else exec_line(service.merged)
    environment = unit_environment(units.service)
    if environment is None:
        unseen.append("an EnvironmentFile= of the service may not be read")
    argv = command_line(line, environment or {})
    path = config_path(argv, scope, environ)
    flags = parse_flags(argv, key_table())
    release = program_release(argv[0], run=run) if argv else None
    seen = look_at(path, release)
    return ConfigurationFacts(
        config_path=path,
        kind=seen.kind,
        data=seen.data,
        document=seen.document,
        problem_code=seen.problem_code,
        problem=seen.problem,
        place=seen.place,
        findings=_findings(seen.document, release, flags, units),
        lint={name: _lint(name, one, units) for name, one in files.items()},
        files=files,
        argv=argv,
        environment=environment or {},
        flags=flags,
        release=release,
        changed_s=_changed_s(path),
        flag_lines=() if service is None else tuple(_flag_lines(service)),
        unseen=(*unseen, *([seen.unseen] if seen.unseen else [])),
    )


@dataclass(frozen=True)
class ConfigurationFile:
    """daemon.json as it lies there; see the fields of ``ConfigurationFacts``."""

    kind: str
    data: bytes | None = None
    document: Document | None = None
    problem_code: str = ""
    problem: str = ""
    place: str = ""
    unseen: str = ""


def look_at(path: str, release: Release | None) -> ConfigurationFile:
    """What stands at ``path``, read as the daemon of ``release`` reads it."""
    kind = _kind(path)
    if kind == "absent":
        return ConfigurationFile(kind, document=Document.parse(None, path))
    if kind != "file":
        unseen = f"{path} may not be read" if kind == "unreadable" else ""
        return ConfigurationFile(kind, unseen=unseen)
    try:
        data = read_file(path).data
    except HostError as error:
        return ConfigurationFile("unreadable", unseen=error.sentence)
    try:
        return ConfigurationFile(kind, data, read_document(data, path, release))
    except ConfigurationError as error:
        line, column = error.details.get("line"), error.details.get("column")
        place = path if line is None else f"{path}:{line}:{column}"
        return ConfigurationFile(kind, data, None, error.code, error.message, place)


def _kind(path: str) -> str:
    """What the daemon finds at a path, links followed; "link" is one that leads nowhere."""
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        return "link" if Path(path).is_symlink() else "absent"
    except NotADirectoryError:
        # A file that is not there is passed over, and this is an error (daemon/config, open(2)).
        return "link" if Path(path).is_symlink() else "blocked"
    except OSError as error:
        return "loop" if error.errno == errno.ELOOP else "unreadable"
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        return "other"
    return "file" if os.access(path, os.R_OK) else "unreadable"


def _changed_s(path: str) -> float:
    """By its inode: a rename keeps the other time."""
    try:
        found = Path(path).stat()
    except OSError:
        return 0.0
    return max(found.st_mtime, found.st_ctime)


def _unit_files(
    units: Units, scope: Scope, environ: Mapping[str, str], unseen: list[str]
) -> Iterator[tuple[str, UnitFiles]]:
    for unit in (units.service, units.socket):
        if unit is None or not unit.exists:
            continue
        try:
            yield unit.name, unit_files(unit, scope=scope, environ=environ)
        except DockerctlError as error:
            unseen.append(f"the files of {unit.name}: {error.sentence}")


def _flag_lines(service: UnitFiles) -> Iterator[tuple[str, int, str]]:
    for drop_in in service.drop_ins:
        if drop_in.in_effect and drop_in.data is not None:
            yield from _with_flags(drop_in.path, drop_in.data)
    for value in service.merged.values("Service", "EnvironmentFile"):
        path = value.value.removeprefix("-")
        if not path.startswith("/") or _kind(path) != "file":
            continue
        with suppress(HostError):
            yield from _with_flags(path, read_file(path).data or b"")


def _with_flags(path: str, data: bytes) -> Iterator[tuple[str, int, str]]:
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        if _FLAG.search(line) and not line.lstrip().startswith(("#", ";")):
            yield path, number, mask_text(line.strip())


def _findings(
    document: Document | None, release: Release | None, flags: Flags, units: Units
) -> tuple[Finding, ...]:
    if document is None:
        return ()
    facts = gather_facts(document.values, release, flags, socket_activated=units.socket is not None)
    return check(document, facts)


def _lint(name: str, files: UnitFiles, units: Units) -> tuple[LintFinding, ...]:
    fragment = files.layers[0] if files.fragment is not None and files.layers else None
    facts = gather_lint_facts(files.layers, sockets=units.socket is not None)
    return lint(name, files.drop_ins, fragment, facts)
