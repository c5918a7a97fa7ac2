"""override list, show, lint: all drop-ins of Docker's units, whose they are, what they do."""

from __future__ import annotations

import typer

from dockerctl.change.current import UnitFiles, unit_files
from dockerctl.change.hidden import mask_text, mask_value
from dockerctl.cli.change_checks import lint_row
from dockerctl.cli.change_host import ChangeHost
from dockerctl.cli.compose import wired
from dockerctl.cli.options import flag
from dockerctl.cli.session import Session
from dockerctl.errors import UnitFilesInvalid
from dockerctl.exits import ExitCode
from dockerctl.override.lint import lint
from dockerctl.override.lint_facts import gather_lint_facts
from dockerctl.override.lint_finding import LintFinding, Severity
from dockerctl.override.shadow import Change, changes
from dockerctl.override.store import DropIn
from dockerctl.result import Result
from dockerctl.settings import STATUS_S

CONTAINERD = "containerd.service"
UNIT = typer.Argument(
    None, metavar="[UNIT]", help="One unit; all of Docker's by default.", show_default=False
)
STRICT = flag("--strict", "Fail for warnings, too.")


def override_list(session: Session, of_unit: str | None = UNIT) -> Result:
    """List the drop-ins in the order of their effect: owner, what each changes, what shadows it."""
    units = _units(session, of_unit)
    lines: list[str] = []
    for files in units:
        lines += _unit_lines(files)
    return Result(
        schema="dockerctl/override-list/v1",
        messages=tuple(session.messages),
        payload={"units": [_unit_row(files) for files in units]},
        text=tuple(lines),
    )


def override_show(session: Session, of_unit: str | None = UNIT) -> Result:
    """Print the drop-ins as they lie on disk, secrets masked."""
    units = _units(session, of_unit)
    rows = [
        {"path": drop_in.path, "unit": files.unit, "owner": str(drop_in.owner), "text": text}
        for files in units
        for drop_in in files.drop_ins
        if (text := _text(drop_in)) is not None
    ]
    lines: list[str] = []
    for row in rows:
        lines += [f"# {row['path']} ({row['owner']})", *str(row["text"]).splitlines(), ""]
    return Result(
        schema="dockerctl/override-show/v1",
        messages=tuple(session.messages),
        payload={"files": rows},
        text=tuple(lines[:-1] or ["There are no drop-ins."]),
    )


def override_lint(session: Session, of_unit: str | None = UNIT, strict: bool = STRICT) -> Result:
    """Check all drop-ins, also other people's, for what systemd would ignore or refuse."""
    found: list[LintFinding] = []
    for files in _units(session, of_unit):
        fragment = files.layers[0] if files.fragment is not None else None
        facts = gather_lint_facts(files.layers)
        found += lint(files.unit, files.drop_ins, fragment, facts)
    wrong = [f for f in found if strict or f.severity is Severity.ERROR]
    error = None
    if wrong:
        first = wrong[0]
        error = UnitFilesInvalid(f"{first.path}:{first.line}: {first.message}", hint=first.hint)
    lines = [f"{f.severity}: {f.path}:{f.line}: {f.message} {f.hint}".rstrip() for f in found]
    return Result(
        schema="dockerctl/override-lint/v1",
        exit_code=ExitCode.OK if error is None else error.exit_code,
        messages=tuple(session.messages),
        error=error,
        payload={"findings": [lint_row(finding) for finding in found]},
        text=tuple(lines or ["Nothing is wrong with the drop-ins."]),
    )


def _units(session: Session, unit: str | None) -> list[UnitFiles]:
    with wired(session, STATUS_S, changes=False) as wiring:
        host = ChangeHost(wiring, "")
        current = host.current()
        known = [files for files in (current.service, current.socket) if files is not None]
        if unit is None:
            containerd = _other(host, CONTAINERD)
            return known if containerd is None else [*known, containerd]
        name = unit if "." in unit else f"{unit}.service"
        mine = next((files for files in known if files.unit == name), None)
        found = mine if mine is not None else _other(host, name)
        return [] if found is None else [found]


def _other(host: ChangeHost, name: str) -> UnitFiles | None:
    manager = host.wiring.manager
    unit = manager.socket(name) if name.endswith(".socket") else manager.service(name)
    if not unit.exists:
        return None
    return unit_files(unit, scope=host.scope, environ=host.wiring.environ)


def _unit_row(files: UnitFiles) -> dict[str, object]:
    by_path = changes(files.layers)
    return {
        "unit": files.unit,
        "fragment_path": files.fragment_path,
        "drop_ins": [
            {
                "path": drop_in.path,
                "owner": str(drop_in.owner),
                "in_effect": drop_in.in_effect,
                "shadowed_by": drop_in.shadowed_by,
                "reason": drop_in.reason or None,
                "changes": [_change_row(change) for change in by_path.get(drop_in.path, ())],
            }
            for drop_in in files.drop_ins
        ],
    }


def _change_row(change: Change) -> dict[str, object]:
    return {
        "setting": f"{change.section}.{change.name}",
        "value": _value(change),
        "variable": change.variable or None,
        "line": change.line,
        "read": change.read,
        "shadowed_by": change.shadowed_by,
    }


def _unit_lines(files: UnitFiles) -> list[str]:
    by_path = changes(files.layers)
    lines = [f"{files.unit}  {files.fragment_path or '(no unit file)'}"]
    if not files.drop_ins:
        lines.append("  no drop-ins")
    for drop_in in files.drop_ins:
        state = "" if drop_in.in_effect else f"  not in effect: {drop_in.reason}"
        lines.append(f"  {drop_in.path}  ({drop_in.owner}){state}")
        lines += [_change_line(change) for change in by_path.get(drop_in.path, ())]
    return lines


def _change_line(change: Change) -> str:
    variable = f"{change.variable}=" if change.variable else ""
    value = _value(change)
    text = f"    {change.section}.{change.name}={variable}{value}"
    if not change.read:
        return f"{text}  (systemd ignores it)"
    if change.resets:
        text += "  (reset)"
    return f"{text}  (shadowed by {change.shadowed_by})" if change.shadowed_by else text


def _value(change: Change) -> str:
    return str(mask_value(change.value, change.variable or ""))


def _text(drop_in: DropIn) -> str | None:
    if drop_in.data is None:
        return None
    text = drop_in.data.decode("utf-8", "replace")
    return "\n".join(mask_text(line) for line in text.splitlines())
