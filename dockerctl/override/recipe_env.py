"""The recipe ``env``: variables of the daemon's environment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from dockerctl.errors import OverrideValueInvalid
from dockerctl.override.model import Draft, UnitText
from dockerctl.override.proxies import has_credentials
from dockerctl.override.recipe_merge import draft, merge
from dockerctl.override.words import environment_assignment, parse_environment

RECIPE = "env"

_SECRET = re.compile(r"PASS|SECRET|TOKEN|CREDENTIAL|(?:\b|_)KEY\Z", re.IGNORECASE)


def set_env(
    unit: str, variables: Mapping[str, str | None], before: UnitText | None = None
) -> Draft:
    """Set variables beside those that the recipe has set already; None takes one out.

    Raises OverrideValueInvalid for a name that is none and for a proxy with a password, which
    every local user could read, and OverrideTextInvalid for a value that cannot be one.
    """
    merged = environment_of(before)
    notes = []
    for name, value in variables.items():
        if value is None:
            if merged.pop(name, None) is None:
                notes.append(f"{name} is not among the variables that dockerctl has set.")
            continue
        refuse_passwords([(name, value)])
        if _SECRET.search(name):
            notes.append(f"Every local user can read {name} with 'systemctl show'.")
        merged[name] = value
    lines = environment_lines(merged)
    assignments = merge(before, {("Service", "Environment"): lines})
    return draft(unit, RECIPE, assignments, notes=notes)


def refuse_passwords(variables: Iterable[tuple[str, str]]) -> None:
    """Raise OverrideValueInvalid for a proxy with a password."""
    for name, value in variables:
        if name.upper().endswith("_PROXY") and has_credentials(value):
            raise OverrideValueInvalid(
                f"{name} holds a password, and every local user can read a unit's environment.",
                hint="Use 'dockerctl override proxy', which keeps it in a file of its own.",
            )


def environment_of(text: UnitText | None) -> dict[str, str]:
    """The variables that the ``Environment=`` lines of a text set, the last of a name counting.

    Specifiers stay as they are spelled, so this is exact only for what ``environment_lines`` wrote.
    """
    variables: dict[str, str] = {}
    for value in text.values("Service", "Environment") if text else ():
        if not value:
            variables.clear()
        variables.update(parse_environment(value).pairs)
    return variables


def environment_lines(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Values of ``Environment=``, one for each variable; raises as ``environment_assignment``."""
    return tuple(environment_assignment(name, value) for name, value in variables.items())
