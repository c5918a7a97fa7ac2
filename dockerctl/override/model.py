"""Overrides as data: assignments, the text of a file, and the draft that a recipe makes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Assignment:
    """One setting: ``[section]`` with ``name=value``.

    ``value`` is systemd's own spelling, with its quotes, escapes and doubled percent signs.
    ``line`` is where it begins in the file it was read from, from 1; 0 where there is none. It is
    no part of the meaning and does not count in comparisons.
    """

    section: str
    name: str
    value: str
    line: int = field(default=0, compare=False)

    @property
    def full_name(self) -> str:
        """Such as ``Service.ExecStart``."""
        return f"{self.section}.{self.name}"

    @property
    def is_reset(self) -> bool:
        """Whether the value is empty, which clears a list and takes most others to the default."""
        return not self.value


@dataclass(frozen=True)
class TextProblem:
    """A line that systemd does not take as it stands.

    ``stops`` tells that systemd reads nothing of the file from that line on.
    """

    line: int
    what: str
    stops: bool = False


@dataclass(frozen=True)
class UnitText:
    """What systemd reads in one file, in its order, and the lines it does not take."""

    assignments: tuple[Assignment, ...] = ()
    problems: tuple[TextProblem, ...] = ()

    def values(self, section: str, name: str) -> tuple[str, ...]:
        """Every value that is assigned to one setting, in order."""
        return tuple(a.value for a in self.assignments if (a.section, a.name) == (section, name))


@dataclass(frozen=True)
class EnvFile:
    """An environment file that belongs to a draft; None as ``data`` means that it is to go.

    The default mode keeps a password from every other user.
    """

    path: str
    data: bytes | None = field(repr=False)
    mode: int = 0o600


@dataclass(frozen=True)
class Draft:
    """What a recipe wants: the assignments of its own drop-in of one unit, and other files.

    Without assignments the drop-in is to go. ``notes`` are sentences for the user.
    """

    unit: str
    recipe: str
    assignments: tuple[Assignment, ...] = ()
    env_files: tuple[EnvFile, ...] = ()
    notes: tuple[str, ...] = ()
