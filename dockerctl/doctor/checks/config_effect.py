"""Whether the running daemon has the configuration that lies on disk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from dockerctl.change.hidden import mask_text
from dockerctl.change.readback import expected_info, info_differences
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.processes import ProcessesFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, info, warning
from dockerctl.doctor.model import Check, Facts

# moby, cmd/dockerd/daemon.go and daemon/reload.go.
_ASKED = "Got signal to reload configuration"
_TAKEN = "Reloaded configuration: "
_REFUSED = re.compile(r'level=error msg="(?P<text>(?:[^"\\]|\\.)*)"')


def _reload(facts: Facts) -> Iterator[Finding]:
    """The last reload of this run; dockerd tells systemd that it is ready whatever came of it."""
    run = facts.of(JournalFacts).last
    if run is None or not facts.of(UnitsFacts).service.runs:
        return
    refused = ""
    asked = False
    for line in run.own:
        if _ASKED in line:
            asked, refused = True, ""
        elif _TAKEN in line:
            asked = False
        elif asked and not refused and (match := _REFUSED.search(line)) is not None:
            refused = match["text"].replace('\\"', '"')
    if asked and refused:
        yield warning(
            "reload-refused",
            "the last reload was refused, and the daemon runs with its old configuration",
            (f"journal: {mask_text(refused)}",),
            "dockerctl config edit && dockerctl reload",
        )


def _effect(facts: Facts) -> Iterator[Finding]:
    """What GET /info shows otherwise than the file says."""
    configuration, engine = facts.of(ConfigurationFacts), facts.of(EngineFacts)
    document, service = configuration.document, facts.of(UnitsFacts).service
    if document is None or engine.info is None or not service.runs:
        return
    expected = expected_info(document.values)
    # Two names of one folder may be the same: to tell, links have to be followed.
    expected.pop("data-root", None)
    differences = info_differences(expected, engine.info)
    if differences:
        yield warning(
            "config-not-in-effect",
            f"the running daemon does not have what {configuration.config_path} says",
            tuple(f"docker info: {mask_text(phrase)}" for phrase in differences),
            "dockerctl restart",
        )
        return
    started = service.number("ActiveEnterTimestamp") / 1e6
    if configuration.kind == "file" and started and configuration.changed_s > started:
        journal = facts.maybe(JournalFacts)
        last = "" if journal is None or journal.last is None else "\n".join(journal.last.own)
        if _TAKEN not in last:
            yield info(
                "config-changed",
                f"{configuration.config_path} was changed after the daemon was started",
                (f"stat: {configuration.config_path}",),
                "dockerctl restart",
            )


def _command_line(facts: Facts) -> Iterator[Finding]:
    configuration, units = facts.of(ConfigurationFacts), facts.of(UnitsFacts)
    process = facts.of(ProcessesFacts).by_pid(units.service.number("MainPID"))
    wanted = configuration.argv
    if process is None or not process.argv or not wanted or not units.service.runs:
        return
    if PurePosixPath(process.argv[0]).name != PurePosixPath(wanted[0]).name:
        # A wrapper: what it makes of its own arguments cannot be told.
        return
    if process.argv[1:] != wanted[1:]:
        yield warning(
            "command-line-differs",
            "the daemon runs with another command line than its next start will have",
            (
                f"runs: {mask_text(' '.join(process.argv))}",
                f"on disk: {mask_text(' '.join(wanted))}",
            ),
            "dockerctl restart",
        )


def _environment(facts: Facts) -> Iterator[Finding]:
    configuration, units = facts.of(ConfigurationFacts), facts.of(UnitsFacts)
    process = facts.of(ProcessesFacts).by_pid(units.service.number("MainPID"))
    if process is None or process.environment is None or not units.service.runs:
        return
    has = process.environment
    names = sorted(n for n, v in configuration.environment.items() if has.get(n) != v)
    if names:
        yield warning(
            "environment-differs",
            "the daemon runs with another environment than its next start will have",
            tuple(f"variable: {name}" for name in names),
            "dockerctl restart",
        )


CHECKS: tuple[Check, ...] = (
    Check("last reload", (JournalFacts, UnitsFacts), ("reload-refused",), _reload),
    Check(
        "daemon.json in effect",
        (ConfigurationFacts, EngineFacts, UnitsFacts),
        ("config-not-in-effect", "config-changed"),
        _effect,
        also=(JournalFacts,),
    ),
    Check(
        "command line in effect",
        (ConfigurationFacts, ProcessesFacts, UnitsFacts),
        ("command-line-differs",),
        _command_line,
    ),
    Check(
        "environment in effect",
        (ConfigurationFacts, ProcessesFacts, UnitsFacts),
        ("environment-differs",),
        _environment,
    ),
)
