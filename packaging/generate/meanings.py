"""Which options take which values, as tables that a shell can look things up in."""

from __future__ import annotations

from generate.tree import Command, Value


class Meanings:
    """The values of all options, by key.

    The key is the option's name alone where it means the same everywhere, which is nearly always;
    else the command's path, a space and the name. No value means a flag.
    """

    def __init__(self, root: Command) -> None:
        found: dict[str, dict[str, Value | None]] = {}
        for command in root.walk():
            for option in command.options:
                for name in option.all_names:
                    found.setdefault(name, {})[" ".join(command.path)] = option.value
        self.by_key: dict[str, Value | None] = {}
        for name, values in found.items():
            if len(set(values.values())) == 1:
                self.by_key[name] = next(iter(values.values()))
            else:
                self.by_key |= {f"{path} {name}": value for path, value in values.items()}
