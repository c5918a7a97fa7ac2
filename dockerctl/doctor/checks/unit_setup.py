"""What systemd does before the daemon runs: paths, accounts, files of variables, commands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.exec_steps import STEPS, Step
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.unit_paths import UnitPathsFacts, named_paths
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error
from dockerctl.doctor.model import Check, Facts

_EDIT = "correct it (dockerctl override list), then: dockerctl start"
_COMMANDS = ("ExecCondition", "ExecStartPre", "ExecStartPost")
# si_code of waitid(2), as ExecMainCode and the rows of commands have it.
_EXITED = 1
_NAMES = {1: "exited", 2: "killed", 3: "dumped"}


def _named(facts: Facts) -> Iterator[Finding]:
    """What the settings name and what is not there, whether or not a start has failed of it."""
    units, paths = facts.of(UnitsFacts), facts.of(UnitPathsFacts)
    unit = units.service
    if unit.load_state != "loaded":
        return
    for name, path in named_paths(unit):
        code = _code_of(name)
        if _is_linted(facts, unit, code):
            continue
        if paths.absent(path):
            found = error(
                code,
                f"{name}= of {unit.name} names {path}, which does not exist",
                (f"stat: {path}: no such file or directory", *_last_words(facts)),
                _EDIT,
            )
            yield replace(found, when=units.when)
        elif code == "program-missing" and paths.paths.get(path, "program") != "program":
            found = error(
                code,
                f"{name}= of {unit.name} names {path}, which is no program",
                (f"stat: {path} is a {paths.paths[path]}", *_last_words(facts)),
                f"chmod 755 {path}, or {_EDIT}",
            )
            yield replace(found, when=units.when)
        elif code == "environment-file-missing" and paths.paths.get(path) == "folder":
            found = error(
                code,
                f"{name}= of {unit.name} names {path}, which is a folder",
                (f"stat: {path} is a folder", *_last_words(facts)),
                _EDIT,
            )
            yield replace(found, when=units.when)
    for account in sorted(paths.no_accounts):
        name, _, value = account.partition("=")
        if unit.text(name) == value and not _is_linted(facts, unit, "account-missing"):
            found = error(
                "account-missing",
                f"{account} of {unit.name}: there is no such account",
                (f"{unit.name}: {account}", *_last_words(facts)),
                _EDIT,
            )
            yield replace(found, when=units.when)


def _code_of(setting: str) -> str:
    if setting == "EnvironmentFile":
        return "environment-file-missing"
    return (
        "program-missing"
        if setting.startswith("Exec") and "Paths" not in setting
        else ("path-missing")
    )


def _is_linted(facts: Facts, unit: UnitFacts, code: str) -> bool:
    """Whether the file and line of it are known from the drop-ins; that finding says more."""
    configuration = facts.maybe(ConfigurationFacts)
    lint = () if configuration is None else configuration.lint.get(unit.name, ())
    return any(f.code == code and f.severity.value == "error" for f in lint)


def _last_words(facts: Facts) -> tuple[str, ...]:
    """What systemd's child said before it became the daemon, in the run that failed."""
    journal = facts.maybe(JournalFacts)
    if journal is None or journal.failed is None:
        return ()
    said = [e.message for e in journal.failed.entries if e.identifier.startswith("(")]
    return tuple(f"journal: {line}" for line in said)


def _status(facts: Facts) -> Iterator[Finding]:
    """A step that failed, by the exit status, which needs no words."""
    units = facts.of(UnitsFacts)
    unit = units.service
    status = unit.number("ExecMainStatus")
    step = STEPS.get(status)
    if (
        units.when is not When.NOW
        or step is None
        or unit.number("ExecMainCode") != _EXITED
        or unit.text("Result") != "exit-code"
        or not _is_of_child(facts)
    ):
        return
    yield error(
        "unit-setup-failed",
        f"systemd could not run {unit.program or unit.name}: step {step.name} failed, which is "
        f"about {step.settings}",
        (
            f"{unit.name}: Result=exit-code, ExecMainStatus={status} ({step.name})",
            *_last_words(facts),
        ),
        _EDIT,
    )
    if step.code in ("unit-setup-failed", "program-missing") or _is_linted(facts, unit, step.code):
        return
    yield from _by_step(facts, unit, step)


def _by_step(facts: Facts, unit: UnitFacts, step: Step) -> Iterator[Finding]:
    if step.code != "output-not-to-be-opened":
        # What is missing is known by its path or name.
        return
    yield error(
        step.code,
        f"{step.settings} of {unit.name} cannot be opened",
        (*unit.shown(step.settings.rstrip("=")), *_last_words(facts)),
        _EDIT,
    )


def _is_of_child(facts: Facts) -> bool:
    # dockerd itself may end with any status; systemd's child speaks with a name in brackets.
    journal = facts.maybe(JournalFacts)
    if journal is None or journal.failed is None or not journal.failed.own:
        return True
    return bool(_last_words(facts))


def _commands(facts: Facts) -> Iterator[Finding]:
    """A command around the start that failed; the daemon was never run, or was stopped for it."""
    units = facts.of(UnitsFacts)
    unit = units.service
    result = unit.text("Result")
    # A command that systemd ended for its time did not fail by itself.
    if result == "timeout" or (not units.tried and result != "exec-condition"):
        return
    for name in _COMMANDS:
        for row in unit.rows(name):
            if len(row) < 10 or row[2] is True:
                continue
            code, status = row[8], row[9]
            if not isinstance(code, int) or (code, status) in ((0, 0), (_EXITED, 0)):
                continue
            argv = row[1] if isinstance(row[1], (list, tuple)) else (row[0],)
            yield error(
                "start-command-failed",
                f"{name}= of {unit.name} failed: {' '.join(str(word) for word in argv)}",
                (
                    f"{unit.name}: {name}: {_NAMES.get(code, 'ended')}, status={status}",
                    *_said_before(facts),
                ),
                "run the command by hand and repair what it reports, then: dockerctl start",
            )


def _said_before(facts: Facts) -> tuple[str, ...]:
    journal = facts.maybe(JournalFacts)
    if journal is None or journal.failed is None:
        return ()
    ended = [
        e.message
        for e in journal.failed.entries
        if e.told.get("COMMAND", "ExecStart") != "ExecStart" and "EXIT_CODE" in e.told
    ]
    return tuple(f"journal: {line}" for line in (*journal.failed.own[-3:], *ended[:1]))


def _resources(facts: Facts) -> Iterator[Finding]:
    """A start for which systemd itself lacked something."""
    units = facts.of(UnitsFacts)
    unit = units.service
    if not units.tried or unit.text("Result") != "resources":
        return
    journal = facts.maybe(JournalFacts)
    failed = None if journal is None else journal.failed
    entries = () if failed is None else failed.entries
    said = [e.message for e in entries if e.from_manager and ": Failed to " in e.message]
    found = error(
        "unit-setup-failed",
        f"systemd could not prepare the start of {unit.name}",
        (f"{unit.name}: Result=resources", *(f"journal: {line}" for line in said)),
        "repair what the journal names, then: dockerctl start",
    )
    # Read before anything runs; a file that is a folder has a finding of its own.
    of_file = any("Failed to load environment files" in line for line in said)
    named = of_file and any(f.code == "environment-file-missing" for f in _named_of(facts))
    yield replace(found, because_of="environment-file-missing" if named else "")


def _named_of(facts: Facts) -> Iterator[Finding]:
    if facts.maybe(UnitPathsFacts) is not None:
        yield from _named(facts)


CHECKS: tuple[Check, ...] = (
    Check(
        "what the unit names",
        (UnitsFacts, UnitPathsFacts),
        ("path-missing", "program-missing", "account-missing", "environment-file-missing"),
        _named,
        also=(JournalFacts, ConfigurationFacts),
        explains_start=True,
    ),
    Check(
        "steps before the daemon",
        (UnitsFacts,),
        ("unit-setup-failed", "output-not-to-be-opened"),
        _status,
        also=(JournalFacts, ConfigurationFacts),
        explains_start=True,
    ),
    Check(
        "commands before the daemon",
        (UnitsFacts,),
        ("start-command-failed",),
        _commands,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check(
        "resources for the start",
        (UnitsFacts,),
        ("unit-setup-failed",),
        _resources,
        also=(JournalFacts, UnitPathsFacts, ConfigurationFacts),
        explains_start=True,
    ),
)
