"""The programs beside dockerd without which it does not start, or starts no container."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dockerctl.config.release import Release
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.installation import InstallationFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.program import Program
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, When, error
from dockerctl.doctor.model import Check, Facts

_PROXY_REQUIRED = Release(25)
_FALSE = ("false", "0", "f", "F", "FALSE", "False")


def _programs(facts: Facts) -> Iterator[Finding]:
    yield from _missing(facts, "runc", "runc-missing", "apt-get install --reinstall runc")
    yield from _missing(
        facts, "containerd-shim-runc-v2", "shim-missing",
        "apt-get install --reinstall containerd",
    )  # fmt: skip


def _proxy(facts: Facts) -> Iterator[Finding]:
    configuration = facts.of(ConfigurationFacts)
    given = configuration.value("userland-proxy")
    if given is False or given in _FALSE:
        return
    if any(f.path[:1] == ("userland-proxy-path",) for f in configuration.findings):
        # The check of daemon.json has said so.
        return
    for finding in _missing(
        facts, "docker-proxy", "docker-proxy-missing",
        "dockerctl config set userland-proxy=false && dockerctl restart",
    ):  # fmt: skip
        release = configuration.release
        if release is not None and release < _PROXY_REQUIRED:
            # Only containers with published ports fail; the daemon starts.
            yield replace(finding, when=When.NOW)
        elif facts.of(UnitsFacts).service.runs:
            yield replace(finding, when=When.NEXT_START)
        else:
            yield finding


def _init(facts: Facts) -> Iterator[Finding]:
    configuration, engine = facts.of(ConfigurationFacts), facts.maybe(EngineFacts)
    by_default = configuration.value("init")
    wanted = by_default is True or (isinstance(by_default, str) and by_default not in _FALSE)
    if not wanted and engine is not None:
        wanted = any(_wants_init(document) for document in engine.inspected.values())
    if wanted and not any(f.path[:1] == ("init-path",) for f in configuration.findings):
        yield from _missing(facts, "docker-init", "init-missing", "apt-get install tini")


def _wants_init(document: Mapping[str, object]) -> bool:
    host = document.get("HostConfig")
    return isinstance(host, Mapping) and host.get("Init") is True


def _missing(facts: Facts, name: str, code: str, fix: str) -> Iterator[Finding]:
    installation, units = facts.of(InstallationFacts), facts.of(UnitsFacts)
    program = installation.programs.get(name, Program(name))
    if not program.problem or not units.service.exists:
        return
    service = units.service
    at_rest = service.active_state == "inactive" and service.text("Result") in ("", "success")
    evidence = (
        (f"stat: {program.path}: {program.problem}",)
        if program.path
        else (f"{name}: not found in PATH={installation.path}",)
    )
    yield replace(
        error(
            code,
            f"{program.path or name}: {program.problem}",
            (*evidence, *_said(facts, name)),
            fix,
        ),
        when=When.NEXT_START if at_rest else When.NOW,
    )


def _said(facts: Facts, name: str) -> tuple[str, ...]:
    journal = facts.maybe(JournalFacts)
    if journal is None:
        return ()
    word = "userland-proxy" if name == "docker-proxy" else name
    return tuple(f"journal: {line}" for line in journal.words if word in line)[-1:]


CHECKS = (
    Check(
        name="engine-programs",
        needs=(UnitsFacts, InstallationFacts),
        codes=("runc-missing", "shim-missing"),
        judge=_programs,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check(
        name="engine-proxy-program",
        needs=(UnitsFacts, InstallationFacts, ConfigurationFacts),
        codes=("docker-proxy-missing",),
        judge=_proxy,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check(
        name="engine-init-program",
        needs=(UnitsFacts, InstallationFacts, ConfigurationFacts),
        codes=("init-missing",),
        judge=_init,
        also=(JournalFacts, EngineFacts),
    ),
)
