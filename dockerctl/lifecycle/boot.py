"""enable, disable, mask, unmask: the service and its socket as a pair.

systemd itself treats each unit alone, and docker.service has no Also=docker.socket, so that a
disabled service with an enabled socket still starts with the first client after a boot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from dockerctl.errors import BootStateUnproven, UnitMasked, UnitNotFound
from dockerctl.health.model import Units
from dockerctl.health.units import read_units
from dockerctl.lifecycle.plan import (
    Action,
    Step,
    is_boot_done,
    plan_boot,
    plan_start,
    plan_stop,
)
from dockerctl.lifecycle.ports import Reporter
from dockerctl.lifecycle.verbs import Lifecycle, Outcome, Wish
from dockerctl.result import Level
from dockerctl.systemd.model import UnitFileChange, UnitFileState
from dockerctl.systemd.port import Manager

_PAST = {
    Action.ENABLE: "enabled",
    Action.DISABLE: "disabled",
    Action.MASK: "masked",
    Action.UNMASK: "unmasked",
}


@dataclass(frozen=True)
class BootOutcome:
    """What a boot verb did."""

    steps: tuple[Step, ...]
    changed: bool
    states: dict[str, UnitFileState]
    changes: tuple[UnitFileChange, ...]
    # The start or stop of --now, or None.
    now: Outcome | None
    summary: str


class Boot:
    """Carries out one boot verb."""

    def __init__(self, manager: Manager, lifecycle: Lifecycle, reporter: Reporter) -> None:
        self._manager = manager
        self._lifecycle = lifecycle
        self._reporter = reporter

    def change(self, action: Action, wish: Wish, *, now: bool) -> BootOutcome:
        """Bring service and socket to the wanted unit file state, and start or stop for ``now``."""
        units = read_units(self._manager, wish.unit)
        pair = self._pair(units, action)
        states = {unit: self._manager.unit_file_state(unit) for unit in pair}
        self._refuse_masked(action, states)
        steps = plan_boot(action, states, now=self._now_steps(action, units) if now else ())
        if wish.dry_run:
            return BootOutcome(steps, False, states, (), None, "Nothing was changed (--dry-run).")
        changes = self._carry_out(action, steps)
        after = self._prove(action, pair)
        outcome = self._do_now(action, wish) if now else None
        done = f"{' and '.join(pair)} {'is' if len(pair) == 1 else 'are'} {_PAST[action]}"
        touched = any(step.action is action for step in steps)
        if action in (Action.DISABLE, Action.MASK) and not now:
            self._say_what_goes_on(units)
        summary = f"{done}{'' if touched else ' already'}."
        if outcome is not None:
            summary += f" {outcome.summary}"
        changed = touched or (outcome is not None and outcome.changed)
        return BootOutcome(steps, changed, after, changes, outcome, summary)

    def _say_what_goes_on(self, units: Units) -> None:
        service, socket = units.service, units.socket
        if not service.down:
            goes_on = f"{service.name} still runs"
        elif socket is not None and socket.listening:
            goes_on = f"{socket.name} still listens"
        else:
            return
        self._reporter.say(Level.INFO, f"{goes_on}; --now would stop it as well.")

    def _pair(self, units: Units, action: Action) -> tuple[str, ...]:
        service, socket = units.service, units.socket
        if service.exists:
            return (service.name,) if socket is None else (service.name, socket.name)
        if action is not Action.MASK:
            raise UnitNotFound(
                f"systemd knows no {service.name}: Docker is not installed, or its unit has "
                "another name.",
                details={"unit": service.name},
            )
        # As systemctl does: what is not installed yet can be forbidden in advance.
        self._reporter.say(
            Level.WARNING, f"{service.name} does not exist; masking it all the same."
        )
        return (service.name, service.name.removesuffix(".service") + ".socket")

    def _refuse_masked(self, action: Action, states: dict[str, UnitFileState]) -> None:
        masked = [
            unit
            for unit, state in states.items()
            if state in (UnitFileState.MASKED, UnitFileState.MASKED_RUNTIME)
        ]
        if action is Action.ENABLE and masked:
            raise UnitMasked(f"{' and '.join(masked)} cannot be enabled while masked.")

    def _now_steps(self, action: Action, units: Units) -> tuple[Step, ...]:
        if action is Action.ENABLE:
            return plan_start(units)
        if action in (Action.DISABLE, Action.MASK):
            return plan_stop(units, keep_socket=False)
        return ()

    def _carry_out(self, action: Action, steps: tuple[Step, ...]) -> tuple[UnitFileChange, ...]:
        step = next((step for step in steps if step.action is action), None)
        if step is None:
            return ()
        change: Callable[[tuple[str, ...]], tuple[UnitFileChange, ...]] = {
            Action.ENABLE: self._manager.enable,
            Action.DISABLE: self._manager.disable,
            Action.MASK: self._manager.mask,
            Action.UNMASK: self._manager.unmask,
        }[action]
        changes = change(step.units)
        self._manager.daemon_reload()
        return changes

    def _prove(self, action: Action, pair: tuple[str, ...]) -> dict[str, UnitFileState]:
        after = {unit: self._manager.unit_file_state(unit) for unit in pair}
        wrong = [
            f"{unit} is {state or 'without a state'}"
            for unit, state in after.items()
            if not is_boot_done(action, state)
        ]
        if wrong:
            raise BootStateUnproven(
                f"systemd reported success, and {' and '.join(wrong)}.",
                details={"states": {unit: str(state) for unit, state in after.items()}},
            )
        return after

    def _do_now(self, action: Action, wish: Wish) -> Outcome | None:
        if action is Action.ENABLE:
            return self._lifecycle.start(wish)
        if action in (Action.DISABLE, Action.MASK):
            return self._lifecycle.stop(replace(wish, keep_socket=False))
        return None
