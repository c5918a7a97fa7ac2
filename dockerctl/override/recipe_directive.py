"""The recipe ``settings``: any setting of the unit, by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dockerctl.errors import (
    OverrideCommandUnreadable,
    OverrideSettingRefused,
    OverrideTextInvalid,
    OverrideValueInvalid,
)
from dockerctl.override.command import parse_exec
from dockerctl.override.directives import directive_table, sections_of_unit, suggest_section
from dockerctl.override.model import Draft, UnitText
from dockerctl.override.recipe_env import refuse_passwords
from dockerctl.override.recipe_merge import (
    Setting,
    draft,
    is_list,
    is_resettable,
    merge,
    values_with_reset,
)
from dockerctl.override.words import WHITESPACE, expand_specifiers, parse_environment

RECIPE = "settings"

_COMMANDS = frozenset(
    {
        "ExecCondition", "ExecReload", "ExecReloadPost", "ExecStart", "ExecStartPost",
        "ExecStartPre", "ExecStop", "ExecStopPost", "ExecStopPre",
    }
)  # fmt: skip


def set_directive(unit: str, texts: Sequence[str], before: UnitText | None = None) -> Draft:
    """Set each ``Section.Directive=VALUE``, the value in systemd's own spelling.

    Several values for one name are the values of a list. What the recipe had for a name before is
    replaced; of a list, other files' values stay, except of ExecStart=, ExecReload= and
    ListenStream=, which begin with a reset. Raises OverrideSettingRefused for a name that has no
    place in a drop-in of this unit, OverrideValueInvalid and OverrideTextInvalid for the value.
    """
    wanted: dict[Setting, list[str]] = {}
    for text in texts:
        setting, value = parse_setting(unit, text)
        _check_value(setting, value)
        values = wanted.setdefault(setting, [])
        if not is_list(setting):
            values.clear()
        values.append(value)
    whole = {setting: values_with_reset(setting, values) for setting, values in wanted.items()}
    for setting, given in whole.items():
        _check_values(setting, given)
    return draft(unit, RECIPE, merge(before, whole), notes=_notes(whole))


def unset_directive(unit: str, names: Sequence[str], before: UnitText | None = None) -> Draft:
    """Take each ``Section.Directive`` out of what the recipe has set; other files stay.

    A name that the recipe has not set is told in a note. Raises OverrideSettingRefused for a text
    that is no such name.
    """
    settings = [parse_name(unit, name) for name in names]
    there = {(a.section, a.name) for a in before.assignments} if before else set()
    notes = [
        f"{section}.{name} is not among the settings that dockerctl has made for {unit}."
        for section, name in settings
        if (section, name) not in there
    ]
    return draft(unit, RECIPE, merge(before, dict.fromkeys(settings, ())), notes=notes)


def parse_setting(unit: str, text: str) -> tuple[Setting, str]:
    """``Section.Directive=VALUE`` as a setting of ``unit`` and its value without outer blanks.

    Raises OverrideSettingRefused.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise OverrideSettingRefused(f"{text!a} has no '='.")
    return parse_name(unit, name), value.strip(WHITESPACE)


def parse_name(unit: str, text: str) -> Setting:
    """``Section.Directive`` as a setting that has an effect in a drop-in of ``unit``.

    Raises OverrideSettingRefused, with the right spelling where one is near.
    """
    section, dot, name = text.strip(WHITESPACE).partition(".")
    if not dot or not section or not name:
        raise OverrideSettingRefused(f"{text!a} is not of the form Section.Directive.")
    if section == "Install":
        raise OverrideSettingRefused(
            "[Install] has no effect in a drop-in.",
            hint="Use 'dockerctl enable' and 'dockerctl disable' for the start at boot.",
        )
    sections = [known for known in sections_of_unit(unit) if known != "Install"]
    if section not in sections:
        near = suggest_section(section, unit)
        raise OverrideSettingRefused(
            f"{unit} has no section {section!a}.",
            hint=f"Did you mean {near}.{name}?"
            if near in sections
            else f"Its sections are {' and '.join(sections)}.",
        )
    table = directive_table()
    right = table.right_name(name)
    if table.get(section, right) is not None:
        return section, right
    elsewhere = [other for other in table.sections_of(right) if other in sections]
    near = table.suggest(section, name)
    if elsewhere:
        hint = f"It belongs to [{elsewhere[0]}]: {elsewhere[0]}.{right}."
    elif near:
        hint = f"Did you mean {section}.{near}?"
    else:
        hint = "See systemd.directives(7) for all of them."
    raise OverrideSettingRefused(f"systemd knows no {name!a} in [{section}].", hint=hint)


def _check_value(setting: Setting, value: str) -> None:
    """Refuse a value that systemd would drop in silence or that breaks the unit."""
    section, name = setting
    full = f"{section}.{name}"
    if not value:
        if setting == ("Service", "ExecStart"):
            raise OverrideValueInvalid(f"Without {full} the unit cannot start.")
        if is_list(setting) and not is_resettable(setting):
            raise OverrideValueInvalid(
                f"An empty value does nothing in {full}: systemd cannot take back what it has.",
                hint="Override the unit file itself with 'systemctl edit --full'.",
            )
        return
    problems: tuple[str, ...] = ()
    try:
        if setting == ("Service", "Environment"):
            line = parse_environment(value)
            problems = line.problems
            refuse_passwords(line.pairs)
        elif name in _COMMANDS:
            for word in parse_exec(value).words:
                expand_specifiers(word)
        else:
            expand_specifiers(value)
    except (OverrideTextInvalid, OverrideCommandUnreadable) as error:
        problems = (error.message,)
    if problems:
        raise OverrideValueInvalid(
            f"{full}: {problems[0]}", hint="See systemd.syntax(7) and systemd.unit(5)."
        )


def _check_values(setting: Setting, values: Sequence[str]) -> None:
    if setting == ("Service", "ExecStart") and len(values) > 2:
        raise OverrideValueInvalid(
            "Service.ExecStart takes one command: Docker is no oneshot unit."
        )


def _notes(wanted: Mapping[Setting, Sequence[str]]) -> list[str]:
    return [
        f"{'.'.join(setting)} is a list: the unit's other values stay."
        for setting, values in wanted.items()
        if is_list(setting) and values and "" not in values
    ]
