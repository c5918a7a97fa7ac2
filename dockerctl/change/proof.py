"""Whether what was written is what systemd has loaded and what the daemon has taken."""

from __future__ import annotations

from collections.abc import Mapping

from dockerctl.change.model import Plan
from dockerctl.change.ports import Control, LoadedUnit
from dockerctl.change.readback import event_differences, info_differences
from dockerctl.errors import NotInEffect, NotLoadedAsMeant


def require_loaded(plan: Plan, control: Control) -> None:
    """Raises ``NotLoadedAsMeant`` unless systemd has each unit with the drop-ins as written."""
    for unit in sorted({target.unit for target in plan.changed if target.unit}):
        loaded = control.loaded(unit)
        if loaded.load_state != "loaded":
            raise NotLoadedAsMeant(
                f"After the daemon-reload systemd calls {unit} {loaded.load_state}"
                + (f": {loaded.load_error}" if loaded.load_error else "")
                + ".",
                details={"unit": unit, "load_state": loaded.load_state},
            )
        _require_paths(plan, unit, loaded)
    expected = plan.expectation
    if expected.arguments is None and not expected.environment:
        return
    service = control.loaded(plan.unit)
    if expected.arguments is not None and service.arguments != expected.arguments:
        raise NotLoadedAsMeant(
            f"systemd would start {plan.unit} with another command line than the one meant: "
            f"{' '.join(service.arguments)}",
            details={"unit": plan.unit},
        )
    has = dict(word.split("=", 1) for word in service.environment if "=" in word)
    wrong = [name for name, value in expected.environment.items() if has.get(name) != value]
    if wrong:
        raise NotLoadedAsMeant(
            f"systemd has another value than the one meant for {', '.join(sorted(wrong))}.",
            details={"unit": plan.unit, "variables": sorted(wrong)},
        )


def _require_paths(plan: Plan, unit: str, loaded: LoadedUnit) -> None:
    for target in plan.changed:
        if target.unit != unit or not target.path.endswith(".conf"):
            continue
        if (target.after is not None) != (target.path in loaded.drop_in_paths):
            how = "does not read" if target.after is not None else "still reads"
            raise NotLoadedAsMeant(
                f"systemd {how} {target.path}.", details={"unit": unit, "path": target.path}
            )


def require_reloaded(expected: Mapping[str, object], attributes: Mapping[str, str]) -> None:
    """Raises ``NotInEffect`` when the event of a reload shows other values."""
    wrong = event_differences(expected, attributes)
    if wrong:
        raise NotInEffect(
            f"The daemon took the reload, and {' and '.join(wrong)}.", details={"seen": list(wrong)}
        )


def require_info(expected: Mapping[str, object], info: Mapping[str, object]) -> None:
    """Raises ``NotInEffect`` when the daemon tells of other values than those written."""
    wrong = info_differences(expected, info)
    if wrong:
        raise NotInEffect(
            f"The daemon runs, and {' and '.join(wrong)}.", details={"seen": list(wrong)}
        )
