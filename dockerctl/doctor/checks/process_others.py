"""Others in the daemon's place: a second dockerd, or a process that the pid file names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.pidfile import PidFileFacts
from dockerctl.doctor.facts.processes import Proc, ProcessesFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, error, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.own_run import own_processes
from dockerctl.doctor.said import said

_DATA_FLAGS = ("--data-root", "-g", "--graph")


def _second(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    for process in _rivals(facts):
        shown = f"/proc/{process.pid}: {' '.join(process.argv)} (cgroup {process.cgroup})"
        make = warning if units.service.runs else error
        yield make(
            "second-daemon",
            f"another dockerd runs beside {units.service.name}, as process {process.pid}",
            (shown, *said(facts, r"pid file|still running|database: timeout|already in use")),
            f"kill {process.pid} && dockerctl start",
        )


def _rivals(facts: Facts) -> list[Proc]:
    """Other dockerd that work on the same files."""
    units, processes = facts.of(UnitsFacts), facts.of(ProcessesFacts)
    root = facts.of(ConfigurationFacts).data_root
    own = own_processes(units, processes)
    return [
        process
        for process in processes.named("dockerd")
        if process.pid not in own
        and process.uid in (0, -1)
        and process.state != "Z"
        and not _is_apart(process, processes)
        and _shares(process, root)
        # A child that has not become another program yet.
        and process.parent not in own
    ]


def _is_apart(process: Proc, processes: ProcessesFacts) -> bool:
    """In a container or a snap, or rootless: its files are others of the same names."""
    mine, host = process.namespaces.get("mnt", ""), processes.of_host.get("mnt", "")
    return bool(mine and host and mine != host)


def _shares(process: Proc, root: str) -> bool:
    """Whether its data folder is ``root``: by its command line, else by the same file as ours."""
    for word, following in zip(process.argv, (*process.argv[1:], ""), strict=True):
        flag, has_value, value = word.partition("=")
        if flag in _DATA_FLAGS:
            return (value if has_value else following) == root
    return not any(word.startswith("--config-file") for word in process.argv)


def _pid_file(facts: Facts) -> Iterator[Finding]:
    units, file = facts.of(UnitsFacts), facts.of(PidFileFacts)
    if file.kind not in ("file", "absent", "unseen"):
        yield replace(
            error(
                "pid-file-unusable",
                f"a {file.kind} stands in the place of the pid file {file.path}",
                (f"stat: {file.path}: {file.kind}", *said(facts, r"is a directory|pid")),
                f"mv {file.path} {file.path}.old && dockerctl start",
            ),
            when=units.when,
        )
    own = own_processes(units, facts.of(ProcessesFacts))
    if not file.alive or units.service.runs or file.pid in own:
        return
    if file.pid in [process.pid for process in _rivals(facts)]:
        # The other daemon is the cause, and is told of.
        return
    yield replace(
        error(
            "pid-file-taken",
            f"{file.path} names process {file.pid}, {file.name}: the daemon takes it for another "
            "dockerd",
            (
                f"file: {file.path}: {file.pid}",
                f"/proc/{file.pid}: {' '.join(file.argv) or file.name}",
                *said(facts, r"pid file|is still running"),
            ),
            f"rm {file.path} && dockerctl start",
        ),
        when=units.when,
    )


CHECKS: tuple[Check, ...] = (
    Check(
        "other daemons",
        (UnitsFacts, ProcessesFacts, ConfigurationFacts),
        ("second-daemon",),
        _second,
        explains_start=True,
    ),
    Check(
        "pid file",
        (UnitsFacts, PidFileFacts, ProcessesFacts, ConfigurationFacts),
        ("pid-file-taken", "pid-file-unusable"),
        _pid_file,
        explains_start=True,
    ),
)
