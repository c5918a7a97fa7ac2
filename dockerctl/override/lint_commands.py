"""The command lines of a unit. Pure.

A bad ``ExecStart=`` is what keeps a daemon from starting, so most of what is found here is an
error: systemd takes the file, and the next restart fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.override.command import ExecLine, expand, variables
from dockerctl.override.exec_lines import read_exec
from dockerctl.override.lint_environment import set_variables, variables_set_to
from dockerctl.override.lint_facts import LintFacts, Program
from dockerctl.override.lint_finding import LintFinding, Severity, error, warning
from dockerctl.override.lint_scripts import programs_in_script, programs_waited_for
from dockerctl.override.merged import Layer, MergedUnit, Value

# A unit does not start when one of these fails; the failure of another one is only noted.
_ON_THE_WAY_UP = ("ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost")
_OTHERS = ("ExecReload", "ExecReloadPost", "ExecStop", "ExecStopPre", "ExecStopPost")
# What systemd itself sets for a service, whatever the unit says (systemd.exec(5)).
_GIVEN = frozenset(
    (
        "HOME", "INVOCATION_ID", "JOURNAL_STREAM", "LANG", "LISTEN_FDNAMES", "LISTEN_FDS",
        "LISTEN_PID", "LOGNAME", "MAINPID", "NOTIFY_SOCKET", "PATH", "SHELL", "SYSTEMD_EXEC_PID",
        "USER", "WATCHDOG_PID", "WATCHDOG_USEC", "RUNTIME_DIRECTORY", "STATE_DIRECTORY",
        "CACHE_DIRECTORY", "LOGS_DIRECTORY", "CONFIGURATION_DIRECTORY", "CREDENTIALS_DIRECTORY",
        "EXIT_CODE", "EXIT_STATUS", "SERVICE_RESULT", "TERM", "TZ",
    )
)  # fmt: skip


def lint_commands(
    section: str, merged: MergedUnit, fragment: Layer | None, facts: LintFacts
) -> Iterator[LintFinding]:
    """What is wrong with the command lines that count, except those of the unit's own file."""
    fragment_path = fragment.path if fragment else ""
    if section == "Service":
        yield from _lint_count(merged, fragment_path)
    known = set_variables(section, merged, facts)
    if known is not None and fragment is not None:
        # The package means them to be empty, as $DOCKER_OPTS, until somebody sets them.
        known |= _variables_of(fragment)
    for name in (*_ON_THE_WAY_UP, *_OTHERS):
        for value in merged.values(section, name):
            if value.path != fragment_path:
                yield from _lint_line(name, value, known, merged, facts)


def _variables_of(fragment: Layer) -> frozenset[str]:
    names: set[str] = set()
    for assignment in fragment.text.assignments:
        if assignment.name in (*_ON_THE_WAY_UP, *_OTHERS):
            for command in read_exec(assignment.value).commands:
                names.update(variables(command))
    return frozenset(names)


def _lint_count(merged: MergedUnit, fragment_path: str) -> Iterator[LintFinding]:
    """A service that stays has one ExecStart= (service_verify(), src/core/service.c)."""
    values = merged.values("Service", "ExecStart")
    commands = sum(len(read_exec(value.value).commands) for value in values)
    if commands > 1 and merged.last("Service", "Type") != "oneshot":
        last = values[-1]
        if last.path == fragment_path:
            return
        yield error(
            "second-exec-start",
            last.path,
            last.line,
            "The service would have more than one ExecStart=, and systemd refuses to start it.",
            "Put an empty 'ExecStart=' on the line before it, and one command behind it.",
        )
    reset = merged.resets.get(("Service", "ExecStart"))
    if not values and reset is not None:
        path, line = reset
        yield error(
            "no-exec-start",
            path,
            line,
            "ExecStart= is cleared and not set again: systemd refuses to start the service.",
            "Put the new ExecStart= behind the empty one.",
        )


def _lint_line(
    name: str,
    value: Value,
    known: frozenset[str] | None,
    merged: MergedUnit,
    facts: LintFacts,
) -> Iterator[LintFinding]:
    for line in read_exec(value.value).commands:
        yield from _lint_command(name, line, value, known, merged, facts)


def _lint_command(
    name: str,
    line: ExecLine,
    value: Value,
    known: frozenset[str] | None,
    merged: MergedUnit,
    facts: LintFacts,
) -> Iterator[LintFinding]:
    path, at = value.path, value.line
    yield from _lint_program(name, line, value, merged, facts)
    yield from _lint_script(name, line, value, facts)
    if any(word.startswith("#") for word in line.arguments):
        severity = Severity.ERROR if name == "ExecStart" else Severity.WARNING
        yield LintFinding(
            "trailing-comment",
            severity,
            path,
            at,
            f"What stands behind '#' is given to the program of {name}= as arguments.",
            "A comment is a line of its own.",
        )
    unset = [v for v in variables(line) if known is not None and v not in known | _GIVEN]
    if unset:
        yield warning(
            "unset-variable",
            path,
            at,
            f"{name}= uses ${unset[0]}, which nothing sets: it becomes nothing.",
            "Set it with Environment=, or write '$$' for a dollar sign.",
        )
    if name == "ExecStart":
        yield from _lint_daemon(line, value, known, merged, facts)


def _lint_program(
    name: str, line: ExecLine, value: Value, merged: MergedUnit, facts: LintFacts
) -> Iterator[LintFinding]:
    state = facts.programs.get(line.program)
    if state in (None, Program.THERE) or "|" in line.prefixes:
        return
    program = line.program
    what = "is not executable" if state is Program.NOT_EXECUTABLE else "does not exist"
    elsewhere = _same_program_elsewhere(program, facts)
    hint = f"It is at {elsewhere} here." if elsewhere else "Install it, or correct the path."
    if merged.last("Service", "RootDirectory") or merged.last("Service", "RootImage"):
        # The path is looked up in another tree, which is not looked at.
        return
    if "-" in line.prefixes:
        yield warning(
            "program-missing",
            value.path,
            value.line,
            f"{program} {what}. The command is skipped, because of the '-' before it.",
            hint,
        )
    elif name in _ON_THE_WAY_UP:
        yield error(
            "program-missing",
            value.path,
            value.line,
            f"{program} {what}: the service does not start without its {name}=.",
            hint,
        )
    else:
        yield warning(
            "program-missing", value.path, value.line, f"{program} of {name}= {what}.", hint
        )


def _same_program_elsewhere(program: str, facts: LintFacts) -> str | None:
    """A program of the same name that is there, among those that the unit's files name."""
    base = program.rpartition("/")[2]
    return next(
        (
            other
            for other, state in facts.programs.items()
            if state is Program.THERE and other.rpartition("/")[2] == base
        ),
        None,
    )


def _lint_script(
    name: str, line: ExecLine, value: Value, facts: LintFacts
) -> Iterator[LintFinding]:
    waited_for = programs_waited_for(line)
    for program in programs_in_script(line):
        if facts.programs.get(program, Program.THERE) is Program.THERE:
            continue
        if program in waited_for and name in _ON_THE_WAY_UP:
            yield error(
                "script-never-ends",
                value.path,
                value.line,
                f"The script of {name}= waits for {program}, which is not there: it hangs.",
                "Install it, or remove the line.",
            )
        else:
            yield warning(
                "script-program-missing",
                value.path,
                value.line,
                f"The script of {name}= names {program}, which does not exist.",
                "Install it, or correct the path.",
            )


def _lint_daemon(
    line: ExecLine,
    value: Value,
    known: frozenset[str] | None,
    merged: MergedUnit,
    facts: LintFacts,
) -> Iterator[LintFinding]:
    base = line.program.rpartition("/")[2]
    if base == "docker" and line.arguments[:1] in (("daemon",), ("-d",)):
        yield error(
            "docker-daemon-command",
            value.path,
            value.line,
            "'docker daemon' is no command since Docker 17.12: the service does not start.",
            "Run dockerd, with the same options.",
        )
    if base != "dockerd":
        return
    argv = tuple(expand(line, variables_set_to(merged)))
    if facts.sockets is False and any(word.endswith("fd://") for word in argv):
        yield error(
            "no-socket-unit",
            value.path,
            value.line,
            "The daemon is to take its sockets from systemd (fd://), and no socket unit has any.",
            "Enable docker.socket, or use '-H unix:///run/docker.sock'.",
        )
    if known is not None and "" in argv[1:] and set(variables(line)) - known:
        yield error(
            "empty-argument",
            value.path,
            value.line,
            "A variable in braces that nothing sets is an empty argument, which dockerd refuses.",
            "Write $NAME without braces: it is left out when it is empty.",
        )
    for problem in facts.judge_arguments(argv[1:]):
        yield LintFinding(
            "daemon-arguments",
            Severity.ERROR if problem.fatal else Severity.WARNING,
            value.path,
            value.line,
            problem.message,
            problem.hint,
        )
