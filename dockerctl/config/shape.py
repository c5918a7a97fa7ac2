"""Does dockerd take the file as it is written: its names, its types, and its flags beside it?

The rules are those of moby's daemon/config/config.go: ``configValuesSet`` and
``findConfigurationConflicts`` for names and flags, then Go's decoder for types. A finding that is
an error is something with which the release does not start. What it passes over in silence is a
warning; an error where ``strict`` is asked for. No value that may be a secret is in a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from dockerctl.config import shape_words as words
from dockerctl.config.decoding import WrongType, problems
from dockerctl.config.document import Document, Place
from dockerctl.config.finding import Finding, Severity
from dockerctl.config.flags import Flags
from dockerctl.config.keys import Key, KeyTable, key_table
from dockerctl.config.path import KeyPath
from dockerctl.config.release import Release
from dockerctl.config.types import Kind

# The release that began to take a blank file for an empty object.
_BLANK_TAKEN = Release(23, 0, 0)
# The only key that dockerd lets stand on both sides (skipDuplicates).
_MERGED = "runtimes"
_OLD_GATEWAY, _NEW_GATEWAY = "host-gateway-ip", "host-gateway-ips"


class ShapeFlags(Protocol):
    """The command line, by names of keys (``config/flags.py``)."""

    @property
    def values(self) -> Mapping[str, tuple[str, ...]]:
        """Name of the key to the values of its flag."""

    @property
    def written(self) -> Mapping[str, tuple[str, ...]]:
        """Name of the key to the words as they were typed."""


class ShapeFacts(Protocol):
    """What has to be known besides the file (``config/facts.py``)."""

    @property
    def release(self) -> Release | None:
        """The engine; None: not known, then a key of any release is taken."""

    @property
    def flags(self) -> ShapeFlags:
        """The daemon's flags."""

    @property
    def strict(self) -> bool:
        """Whether what dockerd passes over in silence is refused."""

    @property
    def cgroup_v2(self) -> bool:
        """Whether the host has cgroup v2."""


def check_shape(document: Document, facts: ShapeFacts) -> list[Finding]:
    """All that is wrong with names, types, releases and flags, in the order of the file."""
    table = key_table()
    if document.blank:
        return _blank(facts)
    findings: list[Finding] = []
    for name, value in document.values.items():
        findings += _Entry(table, facts, name, value).findings()
    findings += _conflicts(document, table, facts)
    findings += _labels(document.values.get("labels"))
    findings += _without_effect(document.values, facts)
    return [replace(finding, place=_place(document, finding.path)) for finding in findings]


def _place(document: Document, path: KeyPath) -> Place | None:
    """The place of the key, else of the innermost one around it: a list has no names inside."""
    ends = range(len(path), 0, -1)
    return next((place for end in ends if (place := document.place(path[:end]))), None)


def flag_conflicts(
    values: Mapping[str, object], flags: ShapeFlags, release: Release | None
) -> dict[str, KeyPath]:
    """Names of flags that the file says too, as ``flags.values`` has them, and where it does.

    dockerd starts with none of them, whatever the values are. ``runtimes`` may stand on both
    sides.
    """
    places = _names(values, key_table(), release)
    found = {}
    for name in flags.values:
        place = places.get(name.removeprefix("proxies."))
        if place is not None and name != _MERGED:
            found[name] = place
    return found


def _names(
    values: Mapping[str, object], table: KeyTable, release: Release | None
) -> dict[str, KeyPath]:
    """The names that dockerd compares with its flags, and where they stand."""
    places: dict[str, KeyPath] = {}
    for name, value in values.items():
        if isinstance(value, dict) and table.deep(name, release):
            places |= {inner: (name, inner) for inner in value}
        else:
            places[name] = (name,)
    return places


class _Entry:
    """One entry of the top level."""

    def __init__(self, table: KeyTable, facts: ShapeFacts, name: str, value: object) -> None:
        self._table = table
        self._facts = facts
        self._release = facts.release
        self._name = name
        self._value = value

    def findings(self) -> Iterator[Finding]:
        name, key = self._name, self._table.keys.get(self._name)
        known = key if key is not None and key.known(self._release) else None
        if isinstance(self._value, dict) and self._table.deep(name, self._release):
            if known is not None and known.deep:
                yield from self._members(known, self._value)
            elif known is not None:
                yield from self._decoded(known)
            else:
                yield from self._unknown_object(self._value)
        elif known is not None and known.deep:
            yield words.wrong_type(WrongType((name,), self._value, known.type), known)
        elif known is not None:
            yield from self._decoded(known)
        elif self._table.ignored(name, self._release):
            yield self._passed_over((name,))
        else:
            yield self._refused_name((name,))

    def _members(self, key: Key, members: Mapping[str, object]) -> Iterator[Finding]:
        """A key whose members dockerd checks as if they stood at the top level."""
        wanted = key.types.at(self._release)
        for inner, value in members.items():
            path = (self._name, inner)
            member = next((each for each in wanted.members if each.name == inner), None)
            if member is not None:
                yield from self._typed(value, (self._name, inner), key)
            elif self._table.accepted(inner, self._release):
                yield self._passed_over(path)
            else:
                yield self._refused_name(path)

    def _unknown_object(self, members: Mapping[str, object]) -> Iterator[Finding]:
        """dockerd does not look at an object that it does not know, only at the names in it."""
        path = (self._name,)
        refused = [name for name in members if not self._table.accepted(name, self._release)]
        folded = self._table.folded(self._name, self._release)
        if refused:
            finding = self._refused_name(path)
            yield replace(finding, hint=f"{finding.hint} {words.names_inside(refused)}".strip())
            return
        if self._name.lower() in self._table.hidden:
            yield self._refused_name(path)
            return
        if folded is not None:
            yield from self._folded(folded)
            return
        yield self._passed_over(path)
        for inner in members:
            key = self._table.keys.get(inner)
            if key is not None and key.known(self._release):
                yield self._soft(words.misplaced((self._name, inner), key))

    def _folded(self, key: Key) -> Iterator[Finding]:
        """An object under the name of a key in other letter case: it is decoded all the same."""
        wanted = key.types.at(self._release)
        found = list(problems(self._value, wanted, self._release, (self._name,)))
        wrong = [problem for problem in found if isinstance(problem, WrongType)]
        yield from (words.wrong_type(problem, key) for problem in wrong)
        if not wrong:
            yield self._soft(words.other_case(self._name, key))

    def _decoded(self, key: Key) -> Iterator[Finding]:
        found = list(self._typed(self._value, (self._name,), key))
        yield from found
        if any(finding.severity is Severity.ERROR for finding in found):
            return
        if key.refused is not None and self._release is not None and self._release >= key.refused:
            if self._value not in (None, "", 0, {}):
                yield words.refused_value(key, key.refused, self._table)
            return
        yield from self._nothing_said(key)

    def _typed(self, value: object, path: KeyPath, key: Key) -> Iterator[Finding]:
        wanted = self._table.type_at(path, self._release)
        if wanted is None:
            return
        for problem in problems(value, wanted, self._release, path):
            if isinstance(problem, WrongType):
                yield words.wrong_type(problem, key)
            else:
                yield self._soft(words.unknown_member(problem))

    def _nothing_said(self, key: Key) -> Iterator[Finding]:
        """Values that dockerd cannot tell from none: the default of the flag comes back (mergo)."""
        default = key.default_for(self._release, cgroup_v2=self._facts.cgroup_v2)
        if self._value is None and key.kind is Kind.BOOL and default is True:
            # pflag sets a switch to false when it cannot read the text of its value.
            yield words.null_switch(key)
        scalar = isinstance(self._value, int | str) and not isinstance(self._value, bool)
        if scalar and not self._value and default and not key.zero_counts:
            yield words.falls_back(key, self._value, default)

    def _passed_over(self, path: KeyPath) -> Finding:
        return self._soft(words.passed_over(path, self._table, self._release))

    def _refused_name(self, path: KeyPath) -> Finding:
        return words.refused_name(path, self._table, self._release)

    def _soft(self, finding: Finding) -> Finding:
        return replace(finding, severity=Severity.ERROR) if self._facts.strict else finding


def _blank(facts: ShapeFacts) -> list[Finding]:
    if facts.release is None or facts.release >= _BLANK_TAKEN:
        return []
    return [
        Finding(
            "blank-file",
            Severity.ERROR,
            (),
            f"The file has nothing but white space; Docker {facts.release} does not start with it.",
            "Write {} into it, or remove the file.",
        )
    ]


def _conflicts(document: Document, table: KeyTable, facts: ShapeFacts) -> Iterator[Finding]:
    for name, path in flag_conflicts(document.values, facts.flags, facts.release).items():
        yield words.flag_conflict(name, path, facts.flags.written.get(name, ()))
    places = _names(document.values, table, facts.release)
    others = facts.flags.others if isinstance(facts.flags, Flags) else {}
    for name in others.keys() & places.keys():
        yield words.flag_conflict(name, places[name], (f"--{name}",))
    both = _OLD_GATEWAY in places and _NEW_GATEWAY in places
    if both and table.known(_NEW_GATEWAY, facts.release):
        yield Finding(
            "old-and-new-key",
            Severity.ERROR,
            places[_OLD_GATEWAY],
            f"{_OLD_GATEWAY} is the old name of {_NEW_GATEWAY}, and dockerd refuses both together.",
            f"Put the address into {_NEW_GATEWAY}, and remove {_OLD_GATEWAY}.",
        )


def _labels(value: object) -> Iterator[Finding]:
    """The same label twice, with two values (``GetConflictFreeLabels``)."""
    seen: dict[str, str] = {}
    for label in value if isinstance(value, list) else ():
        name, equals, text = label.partition("=") if isinstance(label, str) else ("", "", "")
        if equals and seen.setdefault(name, text) != text:
            yield Finding(
                "label-twice",
                Severity.ERROR,
                ("labels",),
                f"The label {name!a} is there twice, with two values.",
                "Keep one of them.",
            )


def _without_effect(values: Mapping[str, object], facts: ShapeFacts) -> Iterator[Finding]:
    hosts = facts.flags.values.get("hosts", ())
    # That socket belongs to the group docker, unless someone changed it.
    group = values.get("group")
    if (
        group not in (None, "", "docker")
        and hosts
        and all(host.startswith("fd://") for host in hosts)
    ):
        yield Finding(
            "no-effect",
            Severity.WARNING,
            ("group",),
            "group has no effect: docker.socket makes the API socket, not dockerd.",
            "SocketGroup= of docker.socket names the group.",
        )
