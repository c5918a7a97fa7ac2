"""What lies on disk and is not in the running daemon.

Cheap where there is nothing: files are read only when their times say that they changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dockerctl.docker.argv import config_file
from dockerctl.errors import HostError, OverrideError
from dockerctl.host.processes import command_line, process_environment
from dockerctl.systemd.model import Service


@dataclass(frozen=True)
class Drift:
    """One difference between what is on disk and what runs; ``message`` is a phrase."""

    code: str
    path: str
    message: str


# The tag of what the last transaction has proven of a file; "" without one, None where the
# caller may not know.
ProvenTag = Callable[[str], str | None]


def find_drift(service: Service, proven_tag: ProvenTag) -> tuple[Drift, ...]:
    """The differences of a running daemon; none of one that is down. Never raises."""
    if not service.runs or not service.main_pid:
        return ()
    argv = command_line(service.main_pid)
    return (
        *_unit(service),
        *_config(service, config_file(argv) if argv else "", proven_tag),
        *_process(service, argv),
    )


def _unit(service: Service) -> Iterator[Drift]:
    if service.need_daemon_reload:
        yield Drift(
            "unit-changed",
            service.fragment_path,
            f"the unit files of {service.name} were changed, and systemd has not read them",
        )


def _config(service: Service, path: str, proven_tag: ProvenTag) -> Iterator[Drift]:
    started = service.active_enter_usec
    if not path or started is None or not _changed_after(path, started):
        return
    proven = proven_tag(path)
    if proven is None or proven == _tag(path):
        return
    yield Drift(
        "config-changed",
        path,
        f"{path} was changed after the daemon was started",
    )


def _tag(path: str) -> str:
    from dockerctl.host.files import read_file  # noqa: PLC0415  (only for a file that changed)

    try:
        return read_file(path).tag
    except HostError:
        return ""


def _changed_after(path: str, usec: int) -> bool:
    """Whether a file was written after a moment: by its inode, as a rename keeps the other time."""
    try:
        found = Path(path).stat()
    except OSError:
        return False
    return max(found.st_mtime_ns, found.st_ctime_ns) // 1000 > usec


def _process(service: Service, argv: tuple[str, ...]) -> Iterator[Drift]:
    """The process against what a start of the unit would give it now."""
    if len(service.exec_start) != 1 or not argv:
        return
    words = service.exec_start[0]
    if not words or PurePosixPath(words[0]).name != PurePosixPath(argv[0]).name:
        # A wrapper: what it makes of its own arguments cannot be told.
        return
    environment = unit_environment(service)
    if environment is None:
        return
    if _expanded(words, environment)[1:] != argv[1:]:
        yield Drift(
            "command-line-differs",
            service.name,
            f"{service.name} runs with another command line than a start would give it",
        )
    present = process_environment(service.main_pid)
    if present is None:
        return
    names = sorted(name for name, value in environment.items() if present.get(name) != value)
    if names:
        yield Drift(
            "environment-differs",
            service.name,
            f"{service.name} runs with another environment than a start would give it "
            f"({', '.join(names)})",
        )


def unit_environment(service: Service) -> dict[str, str] | None:
    """The variables that systemd gives the service: Environment=, then EnvironmentFile= over it,
    and at last UnsetEnvironment= (systemd.exec(5)).

    None where a file may not be read, so that nothing can be said.
    """
    environment = dict(word.split("=", 1) for word in service.environment if "=" in word)
    for pattern, _ in service.environment_files:
        from dockerctl.override.env_file import parse_env_file  # noqa: PLC0415

        for path in _paths(pattern):
            try:
                environment |= parse_env_file(Path(path).read_bytes())
            except FileNotFoundError:
                continue
            except OSError:
                return None
    unset = service.unset_environment
    return {
        name: value
        for name, value in environment.items()
        if name not in unset and f"{name}={value}" not in unset
    }


def _paths(pattern: str) -> list[str]:
    if not any(letter in pattern for letter in "*?["):
        return [pattern]
    from glob import glob  # noqa: PLC0415

    return sorted(glob(pattern))  # noqa: PTH207  (a pattern from the root on)


def _expanded(words: tuple[str, ...], environment: Mapping[str, str]) -> tuple[str, ...]:
    if not any("$" in word for word in words):
        return words
    from dockerctl.override.command import ExecLine, expand  # noqa: PLC0415

    # systemd has replaced the specifiers in these words already.
    line = ExecLine("", tuple(word.replace("%", "%%") for word in words))
    try:
        return tuple(expand(line, environment))
    except OverrideError:
        return words
