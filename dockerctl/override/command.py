"""Command lines of units (``ExecStart=``): reading, writing, and expanding them as systemd does.

Source: config_parse_exec() in src/core/load-fragment.c and replace_env_argv() in
src/basic/env-util.c, systemd 252 to 262, and "Command lines" in systemd.service(5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dockerctl.errors import OverrideCommandUnreadable, OverrideTextInvalid
from dockerctl.override.words import (
    VARIABLE_NAME,
    WHITESPACE,
    expand_specifiers,
    extract_word,
    quote_word,
)

# Before the program, in any order: "@" takes the next word as argv[0], ":" forbids variables, "-"
# forgives failures, "+", "!" and "!!" are about privileges, "|" runs a shell (systemd 258).
PREFIXES = "@-:+!|"

# An absolute path, also by a specifier, or a name to be looked for; no folder, no odd characters.
_PROGRAM = re.compile(r"(?=[^\x00-\x1f\x7f\"'\\]+\Z)(?:[/%].*[^/]|[^/]+)\Z", re.DOTALL)

_EXPANSION = re.compile(r"\$\$|\$\{([^}:]*)\}")
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class ExecLine:
    """A command line as systemd holds it after the quotes, and before everything else.

    ``words`` are the program and its arguments (after ``@`` the second is argv[0]). Specifiers
    (``%t``, ``%%``) and variables (``$DOCKER_OPTS``, ``$$``) are as they are spelled in the unit.
    """

    prefixes: str
    words: tuple[str, ...]

    @property
    def program(self) -> str:
        """The path or name of what is run, as it is spelled."""
        return self.words[0]

    @property
    def arguments(self) -> tuple[str, ...]:
        """What follows the program, and argv[0] where that is given."""
        return self.words[self._first_argument :]

    @property
    def expands(self) -> bool:
        """Whether ``$`` is special."""
        return ":" not in self.prefixes

    def with_arguments(self, arguments: tuple[str, ...]) -> ExecLine:
        """The same program with other arguments, in the same spelling."""
        return ExecLine(self.prefixes, self.words[: self._first_argument] + arguments)

    def literal(self, text: str) -> str:
        """The word that becomes the argument ``text``, whatever it holds."""
        text = text.replace("%", "%%")
        return text.replace("$", "$$") if self.expands else text

    @property
    def _first_argument(self) -> int:
        return 2 if "@" in self.prefixes else 1


def parse_exec(value: str) -> ExecLine:
    """Read one value of ``ExecStart=``.

    Raises OverrideCommandUnreadable for what systemd would not take, and for more than one command
    in the line, which only units of Type=oneshot may have.
    """
    words: list[str] = []
    position = len(value) - len(value.lstrip(WHITESPACE))
    while position < len(value):
        token = _SEMICOLON.match(value, position)
        if token is not None and token[1] == ";":
            if not words or value[token.end() :].strip(WHITESPACE):
                raise OverrideCommandUnreadable(
                    "The line has more than one command, separated by ';'.",
                    hint="Give each command a line of its own.",
                )
            break
        if token is not None and words:
            words.append(";")
            position = token.end()
            continue
        try:
            found = extract_word(value, position, relaxed=True)
        except OverrideTextInvalid as error:
            raise OverrideCommandUnreadable(
                f"systemd cannot split the command line. {error.message}"
            ) from error
        if found is None:
            break
        words.append(found[0])
        position = found[1]
    if not words:
        raise OverrideCommandUnreadable("The command line is empty.")
    prefixes = _prefixes(words[0])
    line = ExecLine(prefixes, (words[0][len(prefixes) :], *words[1:]))
    _check(line)
    return line


# A ";" or "\;" that is a word of its own, with the blanks behind it.
_SEMICOLON = re.compile(r"(\\?;)(?:[ \t\n\r]+|\Z)")


def render_exec(line: ExecLine) -> str:
    """The value of ``ExecStart=`` that ``parse_exec`` reads as ``line``.

    Raises OverrideCommandUnreadable for a line that systemd would not take, and OverrideTextInvalid
    for a word that cannot be written.
    """
    if _prefixes(line.prefixes) != line.prefixes:
        raise OverrideCommandUnreadable(f"{line.prefixes!a} is no prefix of a command.")
    _check(line)
    first = quote_word(line.prefixes + line.program, keep_percent=True)
    return " ".join((first, *(quote_word(word, keep_percent=True) for word in line.words[1:])))


def _check(line: ExecLine) -> None:
    if not line.words or not line.program:
        raise OverrideCommandUnreadable("The command line has no program.")
    if (
        line.program == ";"
        or _prefixes(line.prefixes + line.program) != line.prefixes
        or not _PROGRAM.match(line.program)
    ):
        raise OverrideCommandUnreadable(
            "The command line does not begin with an absolute path or a plain name of a program."
        )
    if "@" in line.prefixes and len(line.words) < 2:
        raise OverrideCommandUnreadable(
            "The command line has '@', and no argv[0] after its program."
        )


def _prefixes(word: str) -> str:
    """The prefixes at the beginning of a word; one that is there already begins the program."""
    taken = ""
    for char in word:
        if char in taken and not (char == "!" and taken.count("!") == 1):
            break
        if char not in PREFIXES:
            break
        # "+" and "!" exclude each other.
        if (char == "+" and "!" in taken) or (char == "!" and "+" in taken):
            break
        taken += char
    return taken


def expand(
    line: ExecLine,
    environment: Mapping[str, str],
    specifiers: Mapping[str, str] = _NOTHING,
) -> list[str]:
    """The argv of the process, with argv[0] first, as systemd makes it.

    ``$NAME`` as a word of its own becomes its words, none when it is unset. ``${NAME}`` anywhere
    becomes its value. ``$$`` becomes ``$``. Specifiers with no value in ``specifiers`` stay as
    they are spelled. Raises OverrideTextInvalid for a specifier that systemd does not know.
    """
    words = [expand_specifiers(word, specifiers) for word in line.words]
    if "@" in line.prefixes:
        del words[0]
    if not line.expands:
        return words
    argv: list[str] = []
    for word in words:
        if word.startswith("$") and word[1:2] not in ("{", "$"):
            # A name that is none is as good as an unset variable.
            argv += _split_value(environment.get(word[1:], ""))
        else:
            argv.append(_EXPANSION.sub(lambda match: _value(match, environment), word))
    return argv


def _value(match: re.Match[str], environment: Mapping[str, str]) -> str:
    return "$" if match[0] == "$$" else environment.get(match[1], "")


def variables(line: ExecLine) -> tuple[str, ...]:
    """The names of the variables that the line uses, each once, in order."""
    if not line.expands:
        return ()
    names: dict[str, None] = {}
    for word in line.words:
        if word.startswith("$") and word[1:2] not in ("{", "$"):
            names[word[1:]] = None
        else:
            names.update((match[1], None) for match in _EXPANSION.finditer(word) if match[1])
    return tuple(name for name in names if VARIABLE_NAME.match(name))


def _split_value(value: str) -> list[str]:
    """Split a variable's value: quotes and backslashes are taken off, nothing is an error."""
    words: list[str] = []
    word: str | None = None
    quote = ""
    characters = iter(value)
    for char in characters:
        if char == "\\":
            word = (word or "") + next(characters, "")
        elif quote:
            quote = "" if char == quote else quote
            word = (word or "") + (char if quote else "")
        elif char in "\"'":
            quote = char
            word = word or ""
        elif char in WHITESPACE:
            if word is not None:
                words.append(word)
            word = None
        else:
            word = (word or "") + char
    if word is not None:
        words.append(word)
    return words
