"""doctor --fix: the repair of one finding, carried out by dockerctl's own verbs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace

from dockerctl.cli.session import Session
from dockerctl.doctor.examining import Examination
from dockerctl.doctor.finding import Finding
from dockerctl.errors import DockerctlError, NoSafeRepair, RepairFailed
from dockerctl.result import Result

# Verbs that prove what they do, and undo it or say so when it fails.
_SAFE = (
    ("start",), ("restart",), ("reload",), ("stop",), ("enable",), ("disable",), ("unmask",),
    ("config", "set"), ("config", "unset"), ("config", "add"), ("config", "remove"),
    ("override", "set"), ("override", "unset"), ("override", "flags"), ("override", "hosts"),
    ("override", "socket"), ("override", "revert"), ("override", "requires-mount"),
    ("override", "limits"), ("override", "restart-policy"), ("override", "env"),
    ("override", "proxy"), ("rollback",),
)  # fmt: skip
_CHANGES = ("config", "override", "rollback")
# A word that stands for something: NAME, FILE, a value in angle brackets, three dots.
_PLACEHOLDER = re.compile(r"[A-Z][A-Z_]*|.*(<|\.\.\.|…).*|.*=[A-Z]{2,}")


@dataclass(frozen=True)
class Repair:
    """Commands of dockerctl, each as its words behind the program's name."""

    finding: Finding
    commands: tuple[tuple[str, ...], ...]
    done: bool = False
    changed: bool = False

    def lines(self) -> tuple[str, ...]:
        """The plan for a person."""
        return tuple(f"would run: dockerctl {shlex.join(words)}" for words in self.commands)

    def document(self) -> dict[str, object]:
        """The repair as JSON."""
        return {
            "code": self.finding.code,
            "commands": [["dockerctl", *words] for words in self.commands],
            "done": self.done,
        }


def plan_repair(code: str, findings: Iterable[Finding]) -> Repair | None:
    """The repair of the first finding of this code; None where there is no such finding.

    Raises ``NoSafeRepair`` when its repair needs a person.
    """
    finding = next((f for f in findings if f.code == code), None)
    if finding is None:
        return None
    commands = repair_commands(finding.fix)
    if not commands:
        raise NoSafeRepair(
            f"The repair of {code} is not one that dockerctl can do by itself: {finding.fix}",
            details={"code": code, "fix": finding.fix},
        )
    return Repair(finding, commands)


def repair_commands(fix: str) -> tuple[tuple[str, ...], ...]:
    """The commands that a ``fix`` consists of; empty where anything else is in it."""
    found: list[tuple[str, ...]] = []
    for part in re.split(r" && |, then |; ", fix.strip()):
        try:
            words = tuple(shlex.split(part))
        except ValueError:
            return ()
        if words[:1] != ("dockerctl",):
            return ()
        rest = words[1:]
        safe = any(rest[: len(verb)] == verb for verb in _SAFE)
        if not safe or any(_PLACEHOLDER.fullmatch(word) for word in rest):
            return ()
        found.append(rest)
    return tuple(found)


def carry_out(plan: Repair, session: Session, *, yes: bool) -> Repair:
    """Run the commands, one after the other; raises ``RepairFailed`` at the first that fails."""
    changed = False
    for words in plan.commands:
        shown = f"dockerctl {shlex.join(words)}"
        try:
            result = _run(words, session, yes=yes)
        except DockerctlError as error:
            raise RepairFailed(
                f"'{shown}' failed: {error.message}",
                hint=error.hint,
                details={"code": plan.finding.code, "cause": error.code},
            ) from error
        session.messages += result.messages
        changed = changed or result.changed is True
        session.wrote = session.wrote or changed
        if result.error is not None:
            raise RepairFailed(
                f"'{shown}' failed: {result.error.message}",
                hint=result.error.hint,
                details={"code": plan.finding.code, "cause": result.error.code},
            )
    return replace(plan, done=True, changed=changed)


def repaired(plan: Repair, left: Examination) -> tuple[str, ...]:
    """What the repair has come to."""
    commands = " && ".join(f"dockerctl {shlex.join(words)}" for words in plan.commands)
    if left.findings:
        return (f"Done: {commands}. The finding {plan.finding.code} is still there.",)
    return (f"Done: {commands}. The finding {plan.finding.code} is gone.",)


def _run(words: tuple[str, ...], session: Session, *, yes: bool) -> Result:
    """One verb, as if it had been typed with our own common options."""
    from typer.main import get_command  # noqa: PLC0415

    from dockerctl.cli.app import build_app  # noqa: PLC0415

    settings = session.resolved()
    common = [f"--unit={settings.unit}", *(["--user"] if settings.user else [])]
    confirmed = ["--yes"] if yes and words[0] in _CHANGES else []
    inner = Session(environ=session.environ, stdout=session.stdout)
    get_command(build_app(words)).main(
        args=[*words, *common, *confirmed],
        prog_name="dockerctl",
        standalone_mode=False,
        obj=inner,
    )
    if inner.result is None:
        raise RepairFailed(f"'dockerctl {shlex.join(words)}' is not a command.")
    return inner.result
