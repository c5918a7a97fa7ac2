"""The daemon's command line as its flag library (spf13/pflag) reads it, by keys of daemon.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dockerctl.config.keys import KeyTable
from dockerctl.config.types import Kind

# What a switch without a value stands for.
_ON = "true"


@dataclass(frozen=True)
class Flags:
    """What a command line says.

    ``values``: name of the key to the values of its flag, in their order; a member of ``proxies``
    is called ``proxies.http-proxy``. ``written``: the same names to the words as they were typed,
    ``("-H", "fd://")``. ``others``: values of flags that are no keys, such as ``config-file``,
    by the flag's long name. ``strays``: words that are no flag of dockerd, or no flag at all;
    with one of them dockerd does not start.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    written: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    others: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    strays: tuple[str, ...] = ()


def parse_flags(argv: Sequence[str], table: KeyTable) -> Flags:
    """Read ``argv``, whose first element is the program itself. Never fails.

    A flag of two keys (``--host-gateway-ip``, whose key got a new name) counts for both. A flag
    without the value that it needs has the value "".
    """
    return _Reader(table).read(argv[1:])


class _Reader:
    def __init__(self, table: KeyTable) -> None:
        self._names = table.by_flag()
        self._others = {
            flag: other.name
            for other in table.flags.values()
            for flag in (other.name, other.short)
            if flag
        }
        switches = {key.flag for key in table.keys.values() if key.kind is Kind.BOOL}
        switches |= {key.short for key in table.keys.values() if key.short and key.flag in switches}
        switches |= {
            flag
            for other in table.flags.values()
            if other.switch
            for flag in (other.name, other.short)
            if flag
        }
        self._switches = switches
        self._values: dict[str, list[str]] = {}
        self._written: dict[str, list[str]] = {}
        self._other_values: dict[str, list[str]] = {}
        self._strays: list[str] = []

    def read(self, words: Sequence[str]) -> Flags:
        rest = list(words)
        while rest:
            word = rest.pop(0)
            if word == "--":
                self._strays += rest
                break
            if word.startswith("--"):
                self._long(word, rest)
            elif word.startswith("-") and word != "-":
                self._short(word, rest)
            else:
                self._strays.append(word)
        return Flags(
            _frozen(self._values),
            _frozen(self._written),
            _frozen(self._other_values),
            tuple(self._strays),
        )

    def _long(self, word: str, rest: list[str]) -> None:
        flag, equals, value = word[2:].partition("=")
        # One letter is no long flag, though the names of both are in the same table.
        if not self._is_flag(flag) or len(flag) < 2:
            self._strays.append(word)
        elif equals:
            self._take(flag, value, [word])
        elif flag in self._switches:
            self._take(flag, _ON, [word])
        else:
            following = [rest.pop(0)] if rest else []
            self._take(flag, "".join(following), [word, *following])

    def _short(self, word: str, rest: list[str]) -> None:
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if not self._is_flag(letter):
                self._strays.append(word)
                return
            if letters.startswith("=") and len(letters) > 1:
                self._take(letter, letters[1:], [word])
                return
            if letter in self._switches:
                self._take(letter, _ON, [word])
                continue
            following = [] if letters or not rest else [rest.pop(0)]
            self._take(letter, letters or "".join(following), [word, *following])
            return

    def _is_flag(self, flag: str) -> bool:
        return flag in self._names or flag in self._others

    def _take(self, flag: str, value: str, words: list[str]) -> None:
        if flag in self._others:
            self._other_values.setdefault(self._others[flag], []).append(value)
        for name in self._names.get(flag, ()):
            self._values.setdefault(name, []).append(value)
            self._written.setdefault(name, []).extend(words)


def _frozen(lists: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(values) for name, values in lists.items()}
