"""Environment files (``EnvironmentFile=``): reading them as systemd does, and writing them.

Source: parse_env_file_internal() in src/basic/env-file.c, systemd 252 to 262. It is not a shell:
``export`` is no keyword, and neither ``$`` nor ``%`` is special.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dockerctl.errors import OverrideTextInvalid
from dockerctl.override.model import TextProblem
from dockerctl.override.words import UNWRITABLE, VARIABLE_NAME, WHITESPACE, check_variable

# The release from which a backslash at the end of a comment no longer continues it.
_COMMENTS_END = 254

_NEWLINES = "\n\r"
_NEED_ESCAPE = '"\\`$'
_ESCAPED = str.maketrans({char: f"\\{char}" for char in _NEED_ESCAPE})


@dataclass(frozen=True)
class EnvFileContent:
    """The variables of an environment file in the order of their last assignment, and its flaws.

    With ``refused`` systemd takes nothing of the file: a unit that names it without ``-`` does not
    start.
    """

    variables: Mapping[str, str]
    problems: tuple[TextProblem, ...] = ()
    refused: bool = False


def parse_env_file(data: bytes, *, release: int | None = None) -> dict[str, str]:
    """The variables that systemd takes from ``data``. Never fails; see ``read_env_file``."""
    return dict(read_env_file(data, release=release).variables)


def read_env_file(data: bytes, *, release: int | None = None) -> EnvFileContent:
    """The variables and the problems of ``data``; ``release`` is systemd's, None the newest.

    Never fails. No problem quotes a value, which may be a secret.
    """
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        return EnvFileContent({}, (TextProblem(line, "A NUL byte.", stops=True),), refused=True)
    reader = _Reader(comments_continue=release is not None and release < _COMMENTS_END)
    return reader.read(data.decode("utf-8", "surrogateescape"))


def render_env_file(variables: Mapping[str, str], header: Sequence[str] = ()) -> bytes:
    """An environment file with ``variables``, below comment lines that begin with ``#``.

    Raises OverrideValueInvalid for a bad name and OverrideTextInvalid for a value that cannot be
    one, never quoting it.
    """
    lines = []
    for comment in header:
        if not comment.startswith("#") or any(char in comment for char in "\n\r\0\\"):
            raise OverrideTextInvalid("A header line is one line that begins with '#'.")
        lines.append(comment)
    for name, value in variables.items():
        check_variable(name, value)
        lines.append(f'{name}="{value.translate(_ESCAPED)}"')
    return "".join(f"{line}\n" for line in lines).encode()


class _Reader:
    """The state machine of systemd, with its states as methods: each takes one character."""

    def __init__(self, *, comments_continue: bool) -> None:
        self._comments_continue = comments_continue
        self._state: Callable[[str], None] = self._before_key
        self._key: list[str] = []
        self._value: list[str] = []
        # How much of the value was there before the blanks at its end.
        self._solid: int | None = None
        self._quote = ""
        self._line = 1
        self._began = 1
        self._variables: dict[str, str] = {}
        self._problems: list[TextProblem] = []
        self._refused = False

    def read(self, text: str) -> EnvFileContent:
        for char in text:
            self._state(char)
            if self._refused:
                return EnvFileContent({}, tuple(self._problems), refused=True)
            if char == "\n":
                self._line += 1
        if self._state == self._in_key:
            self._problem("The line has no '='.")
        elif self._state not in (self._before_key, self._in_comment, self._after_comment_escape):
            if self._quote:
                self._problem("A quote is not closed.")
            self._push()
        return EnvFileContent(
            {} if self._refused else self._variables, tuple(self._problems), self._refused
        )

    def _before_key(self, char: str) -> None:
        self._began = self._line
        if char in "#;":
            self._state = self._in_comment
        elif char not in WHITESPACE:
            self._key = [char]
            self._state = self._in_key

    def _in_key(self, char: str) -> None:
        if char in _NEWLINES:
            self._problem("The line has no '='.")
            self._state = self._before_key
        elif char == "=":
            self._value = []
            self._solid = None
            self._state = self._before_value
        else:
            self._key.append(char)

    def _before_value(self, char: str) -> None:
        if char in _NEWLINES:
            self._push()
        elif char in "\"'":
            self._quote = char
            self._state = self._in_quotes
        elif char == "\\":
            self._state = self._after_escape
        elif char not in WHITESPACE:
            self._value.append(char)
            self._state = self._in_value

    def _in_value(self, char: str) -> None:
        if char in _NEWLINES:
            self._push()
        elif char == "\\":
            self._solid = None
            self._state = self._after_escape
        else:
            if char not in WHITESPACE:
                self._solid = None
            elif self._solid is None:
                self._solid = len(self._value)
            self._value.append(char)

    def _after_escape(self, char: str) -> None:
        # An escaped end of line is eaten.
        if char not in _NEWLINES:
            self._value.append(char)
        self._state = self._in_value

    def _in_quotes(self, char: str) -> None:
        if char == self._quote:
            self._quote = ""
            self._state = self._before_value
        elif char == "\\" and self._quote == '"':
            self._state = self._after_quoted_escape
        else:
            self._value.append(char)

    def _after_quoted_escape(self, char: str) -> None:
        if char in _NEED_ESCAPE:
            self._value.append(char)
        elif char != "\n":
            self._value += ("\\", char)
        self._state = self._in_quotes

    def _in_comment(self, char: str) -> None:
        if char == "\\":
            self._state = self._after_comment_escape
        elif char in _NEWLINES:
            self._state = self._before_key

    def _after_comment_escape(self, char: str) -> None:
        if char not in _NEWLINES:
            self._state = self._in_comment
            return
        self._problem(
            "The comment ends with a backslash: systemd before 254 takes the next line into it."
        )
        self._state = self._in_comment if self._comments_continue else self._before_key

    def _push(self) -> None:
        key = "".join(self._key).rstrip(WHITESPACE)
        value = "".join(self._value[: self._solid])
        self._state = self._before_key
        if UNWRITABLE.search(key) or UNWRITABLE.search(value):
            self._problem("The line is no valid UTF-8.", stops=True)
            self._refused = True
        elif not VARIABLE_NAME.match(key):
            export = " ('export' is not understood)" if key.startswith("export ") else ""
            self._problem(f"{key!a} is no name of a variable{export}, and is ignored.")
        else:
            self._variables.pop(key, None)
            self._variables[key] = value

    def _problem(self, what: str, *, stops: bool = False) -> None:
        self._problems.append(TextProblem(self._began, what, stops))
