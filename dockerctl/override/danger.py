"""Drop-ins that stop or break a running daemon as soon as systemd has read them. Pure.

After a daemon-reload systemd looks again at how units depend on each other: a daemon that is bound
to a unit that is not active is stopped at once (unit_submit_to_stop_when_bound_queue() and
unit_submit_to_stop_when_unneeded_queue(), src/core/unit.c). Other settings leave the running
daemon alone, and the next restart is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from dockerctl.override.lint_finding import LintFinding, error, warning
from dockerctl.override.merged import MergedUnit, Value


@dataclass(frozen=True)
class UnitLook:
    """A unit as far as it matters: whether it can be loaded, and whether it is active.

    ``needed`` tells whether another active unit wants, requires, upholds or is bound to it; None
    when that is not known.
    """

    exists: bool
    active: bool
    needed: bool | None = None


class UnitLooks(Protocol):
    """Where the state of other units comes from."""

    def look(self, unit: str) -> UnitLook | None:
        """The state of a unit; None when it cannot be told."""
        ...


def dangers(
    before: MergedUnit, after: MergedUnit, units: UnitLooks, unit: str = "docker.service"
) -> tuple[LintFinding, ...]:
    """What ``after`` adds to ``before`` that would stop or break the daemon of ``unit``."""
    judge = _Judge(before, after, units, unit)
    return (
        *judge.bound(),
        *judge.required(),
        *judge.conflicting(),
        *judge.dependent(),
        *judge.switches(),
        *judge.type_change(),
    )


class _Judge:
    """One comparison of two merged units."""

    def __init__(self, before: MergedUnit, after: MergedUnit, units: UnitLooks, unit: str) -> None:
        self._before = before
        self._after = after
        self._units = units
        self._unit = unit

    def bound(self) -> Iterator[LintFinding]:
        """BindsTo= stops the daemon with the unit, also when that was never active."""
        for value, name in self._added("BindsTo"):
            look = self._units.look(name)
            if look is None or look.active:
                continue
            state = "is not active" if look.exists else "does not exist"
            yield error(
                "stops-on-reload",
                value.path,
                value.line,
                f"BindsTo={name}: the unit {state}, so systemd would stop the daemon at once.",
                f"Start {name} first, or use Wants=.",
            )

    def required(self) -> Iterator[LintFinding]:
        """Requires= and Requisite= leave the daemon alone until it is started again."""
        for directive in ("Requires", "Requisite"):
            for value, name in self._added(directive):
                look = self._units.look(name)
                if look is None or (look.active or (look.exists and directive == "Requires")):
                    continue
                state = "is not active" if look.exists else "does not exist"
                message = f"{directive}={name}: the unit {state}, and the daemon would not start."
                hint = f"Correct the name, or use Wants= if the daemon can do without {name}."
                if look.exists and not self._names("After", name):
                    # Seen with systemd 252 and 262: without an order between the two it starts.
                    message = f"{directive}={name} does nothing without After={name}."
                    hint = f"Add After={name}, or remove the line."
                    code, make = "requisite-without-order", warning
                else:
                    code, make = "required-unit-missing", error
                yield make(code, value.path, value.line, message, hint)

    def conflicting(self) -> Iterator[LintFinding]:
        """Conflicts= with what runs: the next start of the one stops the other."""
        for value, name in self._added("Conflicts"):
            if any(self._names(directive, name) for directive in ("Requires", "BindsTo")):
                yield error(
                    "conflicts-with-required",
                    value.path,
                    value.line,
                    f"Conflicts={name}: the daemon requires that unit, and would not start.",
                    "Remove the line.",
                )
                continue
            look = self._units.look(name)
            if look is None or not look.active:
                continue
            yield warning(
                "conflicts-with-running",
                value.path,
                value.line,
                f"Conflicts={name}: it is active, and the next start of the daemon would stop it.",
                f"Stop {name} first if that is meant, or remove the line.",
            )

    def dependent(self) -> Iterator[LintFinding]:
        """PartOf= and StopPropagatedFrom= stop the daemon with another unit."""
        for directive in ("PartOf", "StopPropagatedFrom"):
            for value, name in self._added(directive):
                look = self._units.look(name)
                if look is None or look.exists:
                    continue
                yield warning(
                    "unit-missing",
                    value.path,
                    value.line,
                    f"{directive}={name}: there is no such unit, so the line does nothing.",
                    "Correct the name, or remove the line.",
                )
        for value, name in self._added("JoinsNamespaceOf"):
            yield warning(
                "joins-namespace",
                value.path,
                value.line,
                f"JoinsNamespaceOf={name} gives the daemon the mounts or network of another unit.",
                "Remove it unless containers are to live there.",
            )

    def switches(self) -> Iterator[LintFinding]:
        """Switches that take the daemon from the hands of whoever wants to start or stop it."""
        for name, consequence in _SWITCHES.items():
            value = self._switched_on(name)
            if value is not None:
                yield error(
                    "refuses-to-be-managed",
                    value.path,
                    value.line,
                    f"{name}={value.value}: {consequence}.",
                    "Remove the line.",
                )
        value = self._switched_on("StopWhenUnneeded")
        if value is None:
            return
        look = self._units.look(self._unit)
        if look is not None and look.needed:
            yield warning(
                "stops-when-unneeded",
                value.path,
                value.line,
                "StopWhenUnneeded= stops the daemon as soon as no other active unit needs it.",
                "Remove the line.",
            )
        else:
            yield error(
                "stops-on-reload",
                value.path,
                value.line,
                "StopWhenUnneeded=: unless an active unit needs the daemon, systemd stops it now.",
                "Remove the line.",
            )

    def _switched_on(self, name: str) -> Value | None:
        """Where a switch is put on that was off before."""
        if self._before.truth("Unit", name, default=False):
            return None
        on = self._after.truth("Unit", name, default=False)
        return self._after.values("Unit", name)[-1] if on else None

    def _names(self, directive: str, unit: str) -> bool:
        """Whether a dependency names a unit, whoever wrote it."""
        return any(unit in value.value.split() for value in self._after.values("Unit", directive))

    def type_change(self) -> Iterator[LintFinding]:
        """Another Type= makes systemd wait for something that dockerd never does."""
        values = self._after.values("Service", "Type")
        new = values[-1].value if values else ""
        if not values or new == self._before.last("Service", "Type"):
            return
        if new in _TYPES_THAT_FAIL:
            yield error(
                "type-does-not-fit",
                values[-1].path,
                values[-1].line,
                f"Type={new}: {_TYPES_THAT_FAIL[new]}.",
                "Leave Type=notify, which dockerd is made for.",
            )
        elif new not in ("notify", "notify-reload"):
            yield warning(
                "type-does-not-wait",
                values[-1].path,
                values[-1].line,
                f"Type={new}: systemd counts the daemon as started before it is ready.",
                "Leave Type=notify, which dockerd is made for.",
            )

    def _added(self, name: str) -> Iterator[tuple[Value, str]]:
        """The units that a dependency names now and did not name before."""
        old = {word for value in self._before.values("Unit", name) for word in value.value.split()}
        told: set[str] = set()
        for value in self._after.values("Unit", name):
            for word in value.value.split():
                if word not in old | told and word != self._unit and "%" not in word:
                    told.add(word)
                    yield value, word


_SWITCHES = {
    "RefuseManualStart": "nobody could start the daemon, only a unit that depends on it",
    "RefuseManualStop": "nobody could stop or restart the daemon",
}
_TYPES_THAT_FAIL = {
    "oneshot": "systemd would wait for the end of a daemon that does not end",
    "forking": "systemd would wait for a child that dockerd does not make",
    "dbus": "systemd would wait for a name on the bus that dockerd does not take",
}
