"""Flags that dockerd refused: the file and line that they come from."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from difflib import get_close_matches

from dockerctl.config.keys import key_table
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, error
from dockerctl.doctor.model import Check, Facts

# spf13/pflag, "unknown flag: %s" and "invalid argument %q for %q flag".
_UNKNOWN = re.compile(r"unknown flag: (--[\w-]+)")
_VALUE = re.compile(r'invalid argument ".*" for "(?:-\w, )?(--[\w-]+)" flag')
# Files of ours have a checksum, and verbs that change them.
_OURS = "-dockerctl-"


def _refused(facts: Facts) -> Iterator[Finding]:
    units, journal = facts.of(UnitsFacts), facts.of(JournalFacts)
    if not units.tried:
        return
    for code, pattern, said in (
        ("unknown-flag", _UNKNOWN, "a flag that dockerd does not know"),
        ("bad-flag-value", _VALUE, "which has a value that dockerd does not take"),
    ):
        for line in journal.words[-1:]:
            named = pattern.search(line)
            if named:
                yield from _placed(facts, code, named[1], f"{named[1]}, {said}")


def _placed(facts: Facts, code: str, flag: str, said: str) -> Iterator[Finding]:
    unit = facts.of(UnitsFacts).service.name
    word = re.compile(rf"(?<![\w-]){re.escape(flag)}(?![\w-])")
    # The last file has the last word: what is cleared before it does not count.
    places = [place for place in facts.of(ConfigurationFacts).flag_lines if word.search(place[2])]
    if places:
        path, number, text = places[-1]
        yield error(
            code,
            f"{path} gives {unit} {said}",
            (f"{path}:{number}: {text}",),
            _fix(code, flag, path, number),
        )


def _fix(code: str, flag: str, path: str, number: int) -> str:
    if _OURS in path:
        return f"dockerctl override flags --remove={flag} && dockerctl start"
    known = sorted({f"--{key.flag}" for key in key_table().keys.values() if key.flag})
    meant = get_close_matches(flag, known, 1, 0.85) if code == "unknown-flag" else []
    if meant:
        edit = f"{number}s/{flag}/{meant[0]}/"
    else:
        # With its value, which is one word, behind "=" or a blank; quotes around all flags stay.
        word = r"[^[:space:]\"]*"
        edit = rf"{number}s/{flag}\(={word}\|[[:space:]]\+[^-[:space:]\"]{word}\)\?//"
    reload = "systemctl daemon-reload && " if path.endswith(".conf") else ""
    return f"sed -i {shlex.quote(edit)} {shlex.quote(path)} && {reload}dockerctl start"


CHECKS: tuple[Check, ...] = (
    Check(
        "flags that dockerd refused",
        (UnitsFacts, JournalFacts, ConfigurationFacts),
        ("unknown-flag", "bad-flag-value"),
        _refused,
        explains_start=True,
    ),
)
