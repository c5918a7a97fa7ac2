"""The values of a file as the checks of meaning read them, and the findings they make.

A value of a wrong type is the business of ``config/shape.py``: here it counts as not given. So does
null, and so do zero and the empty text, which dockerd cannot tell from "not given" (mergo).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dockerctl.config.facts import Facts
from dockerctl.config.finding import Finding, Severity
from dockerctl.config.meaning_go import parse_bool
from dockerctl.config.path import KeyPath

# What dockerd takes for a switch that neither file nor flag sets; all others are off.
_ON_BY_DEFAULT = frozenset({"icc", "iptables", "ip-forward", "ip-masq", "userland-proxy"})


@dataclass(frozen=True)
class Values:
    """The members of a file's top level, with the daemon's flags behind them."""

    file: Mapping[str, object]
    facts: Facts

    def text(self, key: str) -> str:
        """The text of ``key`` in the file, or ""."""
        value = self.file.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int | None:
        """The whole number of ``key`` in the file."""
        value = self.file.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def texts(self, key: str) -> tuple[tuple[int, str], ...]:
        """The texts of the list ``key`` in the file, each with its place in the list."""
        value = self.file.get(key)
        items = value if isinstance(value, list) else []
        return tuple((index, item) for index, item in enumerate(items) if isinstance(item, str))

    def objects(self, key: str) -> tuple[tuple[int, Mapping[str, object]], ...]:
        """The objects of the list ``key`` in the file, each with its place in the list."""
        value = self.file.get(key)
        items = value if isinstance(value, list) else []
        return tuple((index, item) for index, item in enumerate(items) if isinstance(item, dict))

    def members(self, key: str) -> Mapping[str, object]:
        """The members of the object ``key`` in the file."""
        value = self.file.get(key)
        return value if isinstance(value, dict) else {}

    def is_set(self, key: str) -> bool:
        """Whether the file names ``key`` at all, be it with null."""
        return key in self.file

    def effective_text(self, key: str, default: str = "") -> str:
        """The text of ``key`` in the file, else of its last flag, else ``default``."""
        given = self.facts.flags.values.get(key, ())
        return self.text(key) or (given[-1] if given else "") or default

    def effective_texts(self, key: str) -> tuple[str, ...]:
        """The texts of the list ``key``: of the file, and of its flags."""
        of_file = tuple(item for _, item in self.texts(key))
        return of_file + tuple(self.facts.flags.values.get(key, ()))

    def switch(self, key: str) -> bool:
        """Whether ``key`` is on: by the file, else by its flag, else by default."""
        value = self.file.get(key)
        if isinstance(value, bool):
            return value
        given = self.facts.flags.values.get(key, ())
        flag = parse_bool(given[-1]) if given else None
        if flag is not None:
            return flag
        if key == "ip6tables":
            return self.since(27)
        return key in _ON_BY_DEFAULT

    def since(self, major: int, minor: int = 0) -> bool:
        """Whether the engine is known to be of this release or a later one."""
        release = self.facts.release
        return release is not None and release >= (major, minor, 0)

    def before(self, major: int, minor: int = 0) -> bool:
        """Whether the engine is known to be of an earlier release."""
        release = self.facts.release
        return release is not None and release < (major, minor, 0)


def member(item: Mapping[str, object], name: str) -> object:
    """The member ``name`` of an object that dockerd decodes into a struct, in any case, or None."""
    if name in item:
        return item[name]
    lowered = name.lower()
    return next((value for key, value in item.items() if key.lower() == lowered), None)


def text_members(item: Mapping[str, object]) -> dict[str, str]:
    """The members whose values are texts."""
    return {key: value for key, value in item.items() if isinstance(value, str)}


def refuse(
    code: str, path: KeyPath, message: str, hint: str, *, from_host: bool = False
) -> Finding:
    """dockerd of this release does not start with it."""
    return Finding(code, Severity.ERROR, path, message, hint, from_host=from_host)


def warn(code: str, path: KeyPath, message: str, hint: str, *, from_host: bool = False) -> Finding:
    """dockerd starts with it, and it does not do what it seems to say."""
    return Finding(code, Severity.WARNING, path, message, hint, from_host=from_host)


def judge(
    certain: bool, code: str, path: KeyPath, message: str, hint: str, *, from_host: bool = False
) -> Finding:
    """Refuse when it is certain that dockerd does not start with it, else warn."""
    make = refuse if certain else warn
    return make(code, path, message, hint, from_host=from_host)


Findings = Iterator[Finding]
