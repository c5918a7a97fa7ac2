"""The repair of what ``override.lint`` finds in a drop-in: a command, where there is one.

A line is corrected where it is certain what was meant. Otherwise it becomes a comment: the unit of
the package starts without it, and nothing that somebody wrote is lost. What may have been meant to
keep the daemon from starting, such as a condition, is for a person to decide.
"""

from __future__ import annotations

import re
import shlex

from dockerctl.override.directives import directive_table, sections_of_unit
from dockerctl.override.lint_finding import LintFinding

# Folders of the administrator; a package's files come back with its next version.
_OWN = ("/etc/systemd/system/", "/run/systemd/system/")
# Files of ours have a checksum, and verbs that change them.
_OURS = "-dockerctl-"
# systemd ignores such a line already, or does not start with it.
_TO_COMMENT = frozenset(
    {
        "bad-value", "bad-specifier", "line-ignored", "file-cut-short", "unknown-directive",
        "directive-without-effect", "reset-without-effect", "environment-ignored",
        "environment-file-ignored", "program-missing", "script-program-missing",
        "script-never-ends", "account-missing", "path-missing", "no-exec-start", "no-listener",
        "docker-daemon-command", "empty-argument", "daemon-arguments", "variable-too-long",
    }
)  # fmt: skip
_MEANT_NAME = re.compile(r"Did you mean (\w+)=\?")
_MEANT_SECTION = re.compile(r"Write \[(\w+)\]\.")
_RIGHT_SECTION = re.compile(r"It belongs in \[(\w+)\]\.")
_IGNORED_OF = re.compile(r"does not know (\w+)=")
_IGNORED_IN = re.compile(r"ignores (\w+)= in \[(\w+)\]")
_WRONG_SECTION = re.compile(r"ignores the section \[([\w-]+)\]")
_ELSEWHERE = re.compile(r"It is at ([\w/.+-]+) here\.")
_RUN = re.compile(r"Run '([^']+)'\.\Z")
_NAME = re.compile(r"\s*(\w+)\s*=\s*(.*)")
_PLAIN = re.compile(r"[\w/.+-]+\Z")


def line_repair(found: LintFinding, data: bytes, unit: str, *, up: bool, tried: bool) -> str:
    """One line. ``up`` is whether the daemon runs, ``tried`` whether a start of it has failed."""
    run = _RUN.search(found.hint)
    if run:
        return run[1]
    lines = data.decode("utf-8", "replace").splitlines()
    command, changes = _command(found, lines, unit)
    if not command or not found.path.startswith(_OWN) or _OURS in found.path:
        return f"{found.hint.rstrip('.') or 'correct the line'}, then: systemctl daemon-reload"
    after = " && dockerctl restart" if up and changes else " && dockerctl start" if tried else ""
    return f"{command} && systemctl daemon-reload{after}"


def _command(found: LintFinding, lines: list[str], unit: str) -> tuple[str, bool]:
    """The command, and whether a daemon that runs with the file needs a restart after it."""
    path = shlex.quote(found.path)
    if found.code == "drop-in-name" and not found.line:
        return f"mv {path} {shlex.quote(found.path + '.conf')}", True
    if not 0 < found.line <= len(lines):
        return "", False
    edit = _correction(found, lines, unit)
    if edit:
        return f"sed -i {edit} {path}", True
    if found.code not in _TO_COMMENT:
        return "", False
    spans = [_span(lines, line) for line in (*_resets_before(found, lines), found.line)]
    return f"sed -i '{';'.join(f'{span}s/^/#/' for span in spans)}' {path}", False


def _correction(found: LintFinding, lines: list[str], unit: str) -> str:
    """The words of sed that correct the line; "" where it is not certain what was meant."""
    at = found.line
    if found.hint.startswith("A comment is a line of its own"):
        return f"'{at}s/[[:space:]][#;].*$//'"
    if found.code == "second-exec-start":
        return f"'{at}i ExecStart='"
    if found.code == "environment-file-missing":
        return f"'{at}s/=[[:space:]]*/=-/'"
    if found.code == "line-ignored" and "outside of any section" in found.message:
        section = _section_of(lines[at - 1], unit)
        return f"'{at}i [{section}]'" if section else ""
    return _other_section(found, lines) or _other_word(found)


def _other_section(found: LintFinding, lines: list[str]) -> str:
    if found.code == "unknown-section":
        meant, wrong = _MEANT_SECTION.search(found.hint), _WRONG_SECTION.search(found.message)
        return rf"'s/^\[{wrong[1]}\]/[{meant[1]}]/'" if meant and wrong else ""
    right, inside = _RIGHT_SECTION.search(found.hint), _IGNORED_IN.search(found.message)
    if found.code != "wrong-section" or right is None or inside is None:
        return ""
    last = _span(lines, found.line).rpartition(",")[2]
    return f"-e '{found.line}i [{right[1]}]' -e '{last}a [{inside[2]}]'"


def _other_word(found: LintFinding) -> str:
    meant, named = _MEANT_NAME.search(found.hint), _IGNORED_OF.search(found.message)
    if found.code == "unknown-directive" and meant and named:
        return f"'{found.line}s/{named[1]}/{meant[1]}/'"
    elsewhere = _ELSEWHERE.search(found.hint)
    program = found.message.partition(" ")[0]
    if found.code == "program-missing" and elsewhere and _PLAIN.match(program):
        return f"'{found.line}s#{program}#{elsewhere[1]}#'"
    return ""


def _section_of(line: str, unit: str) -> str:
    named = _NAME.match(line)
    known = directive_table().sections_of(named[1]) if named else ()
    return next((s for s in reversed(sections_of_unit(unit)) if s in known), "")


def _span(lines: list[str], at: int) -> str:
    """The lines of the file that a setting takes up, with those that it is continued on."""
    last = at
    while last < len(lines) and lines[last - 1].endswith("\\"):
        last += 1
    return str(at) if last == at else f"{at},{last}"


def _resets_before(found: LintFinding, lines: list[str]) -> list[int]:
    """Empty ``ExecStart=`` lines, which without the one behind them leave no command at all."""
    named = _NAME.match(lines[found.line - 1])
    if named is None or named[1] not in ("ExecStart", "ListenStream") or not named[2]:
        return []
    before = enumerate(lines[: found.line - 1], 1)
    return [
        at for at, line in before if (m := _NAME.match(line)) and (m[1], m[2]) == (named[1], "")
    ]
