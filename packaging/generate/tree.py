"""The command tree as plain data: what ``--help`` knows, without Typer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

_MANY = 5


@dataclass(frozen=True)
class Value:
    """What an option or argument takes: how it is called, and what a shell can offer for it."""

    metavar: str
    choices: tuple[str, ...] = ()
    is_path: bool = False
    is_folder: bool = False


@dataclass(frozen=True)
class Option:
    """One option. ``value`` is None for a flag, ``negations`` are the names that switch it off."""

    names: tuple[str, ...]
    help: str
    value: Value | None = None
    negations: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    repeatable: bool = False

    @property
    def all_names(self) -> tuple[str, ...]:
        """Every spelling, the negative ones last."""
        return self.names + self.negations


@dataclass(frozen=True)
class Argument:
    """One positional argument; ``repeatable`` takes all that follow."""

    value: Value
    help: str
    required: bool = True
    repeatable: bool = False
    environment: tuple[str, ...] = ()


@dataclass(frozen=True)
class Command:
    """A command; ``path`` are the words after the program's name, none for the program itself.

    ``options`` are those that may be typed after ``path``.
    """

    path: tuple[str, ...]
    help: str
    options: tuple[Option, ...] = ()
    arguments: tuple[Argument, ...] = ()
    commands: tuple[Command, ...] = ()

    @property
    def summary(self) -> str:
        """The first sentence of the help, in one line and without its full stop."""
        paragraph = self.help.split("\n\n", maxsplit=1)[0]
        return one_line(paragraph)

    def walk(self) -> Iterator[Command]:
        """This command and all below it, in the order of ``--help``."""
        yield self
        for command in self.commands:
            yield from command.walk()

    def takes(self, option: Option) -> bool:
        """Whether the command has an option of that name."""
        return any(set(option.all_names) & set(own.all_names) for own in self.options)


def own_options(root: Command, command: Command) -> tuple[Option, ...]:
    """A command's options without those that the program itself has, too."""
    return tuple(option for option in command.options if not root.takes(option))


def shared_options(root: Command) -> tuple[Option, ...]:
    """A set of options, beside the program's own, that many commands have in the same words.

    It is worth a list of its own, which the commands that have all of it refer to. Of several such
    sets the one that saves most.
    """
    owned = [own_options(root, command) for command in root.walk() if command.path]
    count = Counter(option for options in owned for option in options)
    best: tuple[Option, ...] = ()
    saved = 0
    for options in owned:
        common = tuple(option for option in options if count[option] >= _MANY)
        users = sum(set(common) <= set(others) for others in owned)
        if users >= _MANY and users * len(common) > saved and len(common) > 1:
            best, saved = common, users * len(common)
    return best


def one_line(text: str) -> str:
    """The first sentence of ``text``, in one line and without its full stop."""
    flat = " ".join(text.split())
    sentence = re.split(r"(?<=[.!?])\s+(?=[A-Z])", flat, maxsplit=1)[0]
    return sentence.removesuffix(".")
