"""Settings that name paths which have to exist when the process starts. Pure."""

from __future__ import annotations

from dockerctl.errors import OverrideTextInvalid
from dockerctl.override.words import split_words

# Settings with one path; the others have a list of words.
_ONE = ("RootDirectory", "RootImage", "WorkingDirectory")
_BINDS = ("BindPaths", "BindReadOnlyPaths")
PATH_SETTINGS = (
    *_ONE,
    *_BINDS,
    "ReadWritePaths",
    "ReadOnlyPaths",
    "InaccessiblePaths",
    "ExecPaths",
    "NoExecPaths",
)


def required_paths(name: str, value: str) -> tuple[str, ...]:
    """The absolute paths in a value that may not be missing; those with specifiers are left out."""
    if name in _ONE:
        words = [value]
    else:
        try:
            words = split_words(value)
        except OverrideTextInvalid:
            # The whole line is ignored.
            return ()
    paths = []
    for word in words:
        # "+" means below RootDirectory=, "-" that it may be missing; both can stand there.
        if word.startswith(("-", "+-")):
            continue
        path = word.removeprefix("+")
        if name in _BINDS:
            path = path.partition(":")[0]
        if path.startswith("/") and "%" not in path:
            paths.append(path)
    return tuple(paths)
