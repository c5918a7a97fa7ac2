"""daemon.json: whether it can be read, and what ``config.check`` finds in it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace

from dockerctl.change.hidden import mask_text
from dockerctl.config.finding import Finding as ConfigFinding
from dockerctl.config.finding import Severity as ConfigSeverity
from dockerctl.config.path import format_path
from dockerctl.doctor.codes import codes_of
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, Severity, When, error, warning
from dockerctl.doctor.key_repair import key_repair
from dockerctl.doctor.model import Check, Facts

_FOLDERS = ("data-root", "graph", "exec-root")
_ASIDE = "mv {path} {path}.aside && dockerctl start"
_KINDS = {
    "folder": ("config-is-a-folder", "{path} is a folder, and the daemon wants a file there",
               _ASIDE),
    # A daemon that reads a pipe is stuck in its start, and a start would wait with it.
    "other": ("config-is-no-file", "{path} is not a regular file",
              "mv {path} {path}.aside && dockerctl restart"),
    "loop": ("config-is-no-file", "{path} is a link that leads back to itself", _ASIDE),
    "blocked": ("config-is-no-file", "{folder} is a file, and the daemon wants a folder there",
                "mv {folder} {folder}.aside && mkdir {folder} && dockerctl start"),
}  # fmt: skip


def _readable(facts: Facts) -> Iterator[Finding]:
    configuration, units = facts.of(ConfigurationFacts), facts.of(UnitsFacts)
    path, words = configuration.config_path, _words(facts)
    if configuration.kind in _KINDS:
        code, title, fix = _KINDS[configuration.kind]
        names = {"path": path, "folder": path.rpartition("/")[0]}
        quoted = {name: shlex.quote(value) for name, value in names.items()}
        found = error(code, title.format(**names), (f"stat: {path}", *words), fix.format(**quoted))
        yield replace(found, when=units.when)
    elif configuration.kind == "link":
        yield from _dangling(configuration, units, words)
    elif configuration.kind == "absent" and _is_named(configuration):
        yield replace(
            error(
                "config-file-missing",
                f"the daemon is told to read {path}, and there is no such file",
                (f"command line: --config-file {path}", *words),
                "make the file, or take --config-file away, then: dockerctl start",
            ),
            when=units.when,
        )
    if configuration.problem_code:
        yield replace(
            error(
                configuration.problem_code,
                f"{path} cannot be read as JSON: {_phrase(configuration.problem, path)}",
                (*_line(configuration), *words),
                "dockerctl config edit && dockerctl start",
            ),
            when=units.when,
        )
    elif configuration.document is not None:
        for flaw in configuration.document.flaws:
            place = f"{path}:{flaw.details.get('line')}:{flaw.details.get('column')}"
            yield warning(
                flaw.code,
                f"{path} has a flaw that this daemon passes over: {_phrase(flaw.message, path)}",
                (place,),
                "dockerctl config edit",
            )


def _dangling(
    configuration: ConfigurationFacts, units: UnitsFacts, words: tuple[str, ...]
) -> Iterator[Finding]:
    path = configuration.config_path
    if _is_named(configuration):
        yield replace(
            error(
                "config-file-missing",
                f"{path} is a link that leads nowhere, and the daemon is told to read it",
                (f"readlink: {path}", *words),
                "make the file that the link names, or remove the link",
            ),
            when=units.when,
        )
        return
    yield warning(
        "config-dangling-link",
        f"{path} is a link that leads nowhere: the daemon uses its defaults without a word",
        (f"readlink: {path}",),
        "make the file that the link names, or remove the link",
    )


def _keys(facts: Facts) -> Iterator[Finding]:
    configuration, units = facts.of(ConfigurationFacts), facts.of(UnitsFacts)
    for found in configuration.findings:
        stops = _stops_containers(found, configuration) and units.service.runs
        is_error = found.severity is ConfigSeverity.ERROR or stops or _hangs(found, units)
        fix = key_repair(found, configuration.document, up=units.service.runs)
        message, hint = found.message.rstrip("."), found.hint.rstrip(".")
        yield Finding(
            found.code,
            Severity.ERROR if is_error else Severity.WARNING,
            mask_text(message if not hint or hint in fix else f"{message}. {hint}"),
            (_place(found, configuration), *(_words(facts) if is_error else ())),
            fix,
            when=units.when if is_error and not stops else When.NOW,
        )


# The daemon starts with it, and no container does.
_NO_CONTAINER = (
    "unknown-log-driver",
    "log-option-value",
    "log-option-missing",
    "log-compress",
    "ulimit",
)


def _stops_containers(found: ConfigFinding, configuration: ConfigurationFacts) -> bool:
    if found.code == "runtime-missing":
        # Of the others only those containers suffer that ask for it.
        return configuration.value("default-runtime") in found.path
    return found.code in _NO_CONTAINER


def _hangs(found: ConfigFinding, units: UnitsFacts) -> bool:
    """Whether the daemon may be down for what is a warning otherwise.

    With a data folder that is not an absolute path dockerd 20.10 turns in circles at its start,
    and says nothing; others take it as relative to their working folder.
    """
    return found.code == "relative-path" and found.path[0] in _FOLDERS and units.tried


def _place(found: ConfigFinding, configuration: ConfigurationFacts) -> str:
    path = configuration.config_path
    if found.place is None:
        return f"{path}: {format_path(found.path)}" if found.path else path
    line = _text_line(configuration, found.place.line)
    return f"{path}:{found.place.line}:{found.place.column}: {line}"


def _words(facts: Facts) -> tuple[str, ...]:
    """The daemon's last words where they are about its configuration."""
    journal = facts.maybe(JournalFacts)
    if journal is None or not journal.words:
        return ()
    return (f"journal: {journal.words[-1]}",)


def _line(configuration: ConfigurationFacts) -> tuple[str, ...]:
    place = configuration.place or configuration.config_path
    number = place.removeprefix(configuration.config_path).strip(":").partition(":")[0]
    text = _text_line(configuration, int(number)) if number.isdigit() else ""
    return (f"{place}: {text}" if text else place,)


def _text_line(configuration: ConfigurationFacts, number: int) -> str:
    """A line of the file, with secrets masked."""
    lines = (configuration.data or b"").decode("utf-8", "replace").splitlines()
    return mask_text(lines[number - 1].strip()) if 0 < number <= len(lines) else ""


def _is_named(configuration: ConfigurationFacts) -> bool:
    return any(word.startswith("--config-file") for word in configuration.argv)


def _phrase(message: str, path: str) -> str:
    """An error's sentence without the place, which the evidence has."""
    text = re.sub(
        rf" ?(?:in )?{re.escape(path)}(?:, line \d+, column \d+|:\d+:\d+)?:? ?", " ", message
    )
    text = re.sub(r" +(?=[.,])", "", " ".join(text.split())).rstrip(". ")
    return text[:1].lower() + text[1:]


CHECKS: tuple[Check, ...] = (
    Check(
        "daemon.json as a text",
        (ConfigurationFacts, UnitsFacts),
        codes_of("texts"),
        _readable,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check(
        "keys of daemon.json",
        (ConfigurationFacts, UnitsFacts),
        codes_of("keys"),
        _keys,
        also=(JournalFacts,),
        explains_start=True,
    ),
)
