"""apply: bring the host to a declared state, in one transaction; a second run changes nothing."""

from __future__ import annotations

from dataclasses import replace

import typer

from dockerctl.change.current import Current
from dockerctl.change.declaration import Declaration, Managed, parse_declaration
from dockerctl.change.model import BootWish
from dockerctl.change.propose import Wanted
from dockerctl.cli.apply_drafts import declared_drafts
from dockerctl.cli.change_host import ChangeHost
from dockerctl.cli.change_options import ChangeOptions
from dockerctl.cli.change_run import CHANGE_S, Request, run_change
from dockerctl.cli.compose import wired
from dockerctl.cli.config_verbs import read_input
from dockerctl.cli.lifecycle_verbs import lifecycle_of
from dockerctl.cli.options import flag
from dockerctl.cli.session import Session
from dockerctl.config.document import Document
from dockerctl.config.edit import set_value, unset
from dockerctl.errors import DockerctlError
from dockerctl.lifecycle.plan import Action, is_boot_done
from dockerctl.lifecycle.verbs import Wish
from dockerctl.result import Result

FILE = typer.Argument(
    ..., metavar="FILE", help="TOML, or JSON; - is standard input.", show_default=False
)
CHECK = flag("--check", "Say what would change, and change nothing; exit code 0.")
DIFF = flag("--diff", "Print the differences.")


def apply(
    session: Session,
    change: ChangeOptions,
    file: str = FILE,
    check: bool = CHECK,
    diff: bool = DIFF,
) -> Result:
    """Bring Docker to the state that a file declares: service, daemon.json, drop-ins."""
    declaration = parse_declaration(read_input(file), file)
    options = replace(
        change,
        dry_run=change.dry_run or check,
        start=change.start or declaration.started is True,
    )

    def wanted(current: Current, host: ChangeHost) -> Wanted:
        return Wanted(
            _document(declaration, current),
            declared_drafts(declaration, current, host),
            boot=_boot(declaration, current, host),
        )

    result = run_change(session, Request("apply", wanted, kind="apply"), options)
    result = _stated(session, declaration, result, options)
    lines = result.text if diff or options.dry_run else _without_diff(result.text)
    word = "Changed." if result.changed else "Unchanged."
    return replace(result, text=(*lines, word) if result.ok and not options.dry_run else lines)


def _document(declaration: Declaration, current: Current) -> Document | None:
    if declaration.config is None:
        return None
    document = current.document
    for name, value in declaration.config.items():
        document = set_value(document, (name,), value)
    if declaration.managed is Managed.EXACT:
        for name in list(document.values):
            if name not in declaration.config:
                document = unset(document, (name,))
    return document


def _boot(declaration: Declaration, current: Current, host: ChangeHost) -> BootWish | None:
    enable = declaration.enabled
    if enable is None:
        return None
    units = [files.unit for files in (current.service, current.socket) if files is not None]
    action = Action.ENABLE if enable else Action.DISABLE
    states = {unit: host.wiring.manager.unit_file_state(unit) for unit in units}
    if all(is_boot_done(action, state) for state in states.values()):
        return None
    enabled = tuple(u for u, state in states.items() if is_boot_done(Action.ENABLE, state))
    return BootWish(enable, tuple(units), enabled)


def _stated(
    session: Session, declaration: Declaration, result: Result, options: ChangeOptions
) -> Result:
    """Start or stop the daemon where the transaction left that open."""
    if declaration.started is None or not result.ok:
        return result
    try:
        with wired(session, CHANGE_S, changes=not options.dry_run) as wiring:
            lifecycle = lifecycle_of(wiring)
            wish = Wish(wiring.unit, dry_run=options.dry_run)
            verb = lifecycle.start if declaration.started else lifecycle.stop
            outcome = verb(wish)
    except DockerctlError as error:
        # The transaction stands, and the document has to tell of it.
        return replace(
            result,
            exit_code=error.exit_code,
            error=error,
            changed=bool(result.changed) or session.wrote,
            messages=tuple(session.messages),
        )
    if options.dry_run:
        steps = [s for s in outcome.steps if s.action is not Action.PROVE]
        would = tuple(f"would {s.action.value} {' '.join(s.units)}: {s.note}" for s in steps)
        return replace(result, text=(*would, *result.text))
    return replace(
        result,
        changed=bool(result.changed) or outcome.changed,
        messages=tuple(session.messages),
        text=(*result.text, *((outcome.summary,) if outcome.changed else ())),
    )


def _without_diff(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for line in lines if not line.startswith(("+", "-", "@@", " ", "\\")))
