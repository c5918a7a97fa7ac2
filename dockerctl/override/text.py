"""The text of unit files and drop-ins: reading it as systemd does, and writing it.

Source: config_parse() and parse_line() in src/shared/conf-parser.c and read_line_full() in
src/basic/fileio.c, systemd 252 to 262.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dockerctl.errors import OverrideTextInvalid
from dockerctl.override.model import Assignment, TextProblem, UnitText
from dockerctl.override.words import UNWRITABLE, WHITESPACE

# LONG_LINE_MAX: a line, also a joined one, has to be shorter.
LONGEST_LINE = 1024 * 1024

_BLANKS = WHITESPACE.encode()
_BOM = b"\xef\xbb\xbf"
# An end of line is "\n", "\r" or NUL, or several of them, none twice and NUL last.
_LINE = re.compile(rb"([^\n\r\0]*)(\n\r?\0?|\r\n?\0?|\0|\Z)")
# string_is_safe(), which section names have to pass.
_UNSAFE = re.compile(r"[\x01-\x1f\x7f\"'\\]")
_SECTION = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*\Z")
_LAST_BACKSLASHES = re.compile(r"\\*\Z")


def parse_text(data: bytes) -> UnitText:
    """Every assignment that systemd sees in ``data``, and every line that it does not take.

    Sections and names are not judged here: one that systemd does not know is returned as well.
    Never raises.
    """
    return _Reader().read(data)


def render_text(assignments: Sequence[Assignment], header: Sequence[str] = ()) -> bytes:
    """A file that holds the assignments in their order, below the lines of ``header``.

    A header line is a comment as it is to stand, beginning with ``#``. Nothing is escaped here:
    values are in systemd's spelling (``words.quote_word``). ``parse_text`` gives back the same
    assignments. Raises OverrideTextInvalid for what could not be read back as the same.
    """
    lines = [_checked_comment(line) for line in header]
    section = ""
    for assignment in assignments:
        check_assignment(assignment)
        if assignment.section != section:
            section = assignment.section
            if lines:
                lines.append("")
            lines.append(f"[{section}]")
        lines.append(f"{assignment.name}={assignment.value}")
    return "".join(f"{line}\n" for line in lines).encode()


def check_assignment(assignment: Assignment) -> None:
    """Raise OverrideTextInvalid for an assignment that systemd would not read back as it is."""
    name = assignment.full_name
    value = assignment.value
    if not _SECTION.match(assignment.section) or not _NAME.match(assignment.name):
        raise OverrideTextInvalid(f"{name!a} is not the name of a setting.")
    if re.search(r"[\n\r\0]", value):
        raise OverrideTextInvalid(f"The value of {name} holds a line break or a NUL byte.")
    if value != value.strip(WHITESPACE):
        raise OverrideTextInvalid(f"The value of {name} begins or ends with a blank.")
    if UNWRITABLE.search(value):
        raise OverrideTextInvalid(f"The value of {name} is no valid UTF-8.")
    if len(_LAST_BACKSLASHES.findall(value)[0]) % 2:
        raise OverrideTextInvalid(
            f"The value of {name} ends with a backslash, which would take the next line into it."
        )
    if len(f"{assignment.name}={value}".encode()) >= LONGEST_LINE:
        raise OverrideTextInvalid(f"The value of {name} is longer than systemd reads (1 MiB).")


def _checked_comment(line: str) -> str:
    if not line.startswith("#") or re.search(r"[\n\r\0]", line) or UNWRITABLE.search(line):
        raise OverrideTextInvalid("A header line is one line that begins with '#'.")
    return line


class _Reader:
    """One pass over one file."""

    def __init__(self) -> None:
        self._assignments: list[Assignment] = []
        self._problems: list[TextProblem] = []
        self._section: str | None = None

    def read(self, data: bytes) -> UnitText:
        for line, joined in self._logical_lines(data):
            if not self._take(line, joined):
                break
        return UnitText(tuple(self._assignments), tuple(self._problems))

    def _logical_lines(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Lines without comments, with continued ones joined, and the number of their first."""
        bom_seen = False
        begun: bytes | None = None
        first = 0
        for number, (line, end) in enumerate(_physical_lines(data), 1):
            if end.endswith(b"\0"):
                self._problem(number, "A NUL byte ends the line for systemd.")
            if len(line) >= LONGEST_LINE:
                self._problem(number, "The line is 1 MiB or longer.", stops=True)
                return
            if line.lstrip(_BLANKS).startswith((b"#", b";")):
                continue
            if not bom_seen and line.startswith(_BOM):
                bom_seen = True
                line = line[len(_BOM) :]  # noqa: PLW2901 - the rest is all that counts
            if begun is None:
                first = number
            elif len(begun) + len(line) > LONGEST_LINE:
                self._problem(first, "The continued line is longer than 1 MiB.", stops=True)
                return
            joined = (begun or b"") + line
            backslashes = len(joined) - len(joined.rstrip(b"\\"))
            if backslashes % 2:
                begun = joined[:-1] + b" "
                continue
            begun = None
            yield first, joined
        if begun is not None:
            yield first, begun

    def _take(self, number: int, joined: bytes) -> bool:
        """Take one line in; whether systemd reads on."""
        stripped = joined.strip(_BLANKS)
        if not stripped:
            return True
        try:
            line = stripped.decode()
        except UnicodeDecodeError:
            line = "\ud800"
        if UNWRITABLE.search(line):
            return self._problem(number, "The line is no valid UTF-8.", stops=True)
        if line.startswith("["):
            return self._enter(number, line)
        if self._section is None:
            return self._problem(number, "The line stands outside of any section.")
        name, equals, value = line.partition("=")
        if not equals or not name:
            return self._problem(number, f"The line has no {'name before ' if equals else ''}'='.")
        self._assignments.append(
            Assignment(self._section, name.strip(WHITESPACE), value.strip(WHITESPACE), number)
        )
        return True

    def _enter(self, number: int, line: str) -> bool:
        if not line.endswith("]"):
            return self._problem(number, "The section header has no ']' at its end.", stops=True)
        if _UNSAFE.search(line[1:-1]):
            return self._problem(number, "The section header has bad characters.", stops=True)
        self._section = line[1:-1]
        return True

    def _problem(self, line: int, what: str, *, stops: bool = False) -> bool:
        self._problems.append(TextProblem(line, what, stops))
        return not stops


def _physical_lines(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each line and what ends it."""
    position = 0
    while position < len(data):
        match = _LINE.match(data, position)
        if match is None:
            return
        yield match[1], match[2]
        position = match.end()
