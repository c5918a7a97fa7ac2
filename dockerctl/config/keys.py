"""The table of keys of daemon.json; ``keys.toml`` holds the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from dockerctl.config import spelling
from dockerctl.config.path import KeyPath
from dockerctl.config.release import Release
from dockerctl.config.types import (
    ByRelease,
    Kind,
    Member,
    Type,
    TypeReader,
    by_release,
    release_of,
    table_of,
)


@dataclass(frozen=True)
class Span:
    """Releases from ``since`` on, before ``until``; None leaves that end open."""

    since: Release | None = None
    until: Release | None = None

    def holds(self, release: Release | None) -> bool:
        """Whether ``release`` is among them. An unknown release may be any."""
        if release is None:
            return True
        return (self.since is None or self.since <= release) and (
            self.until is None or release < self.until
        )


@dataclass(frozen=True)
class Key:
    """One key of daemon.json. ``keys.toml`` says what each field means.

    ``flag`` is the flag without dashes, "" for none; ``short`` the letter of the short one.
    ``hides_data`` says what a change does to data that is there, "" for nothing.
    """

    name: str
    text: str
    types: ByRelease[Type]
    since: Release | None = None
    until: Release | None = None
    refused: Release | None = None
    passed: bool = False
    flag: str = ""
    flag_since: Release | None = None
    short: str | None = None
    defaults: ByRelease[object] = field(default_factory=lambda: by_release(None, {}))
    default_v1: object = None
    reload: Span | None = None
    absent_resets: bool = False
    reset_value: object = None
    reset_v1: object = None
    new_containers_only: bool = False
    hides_data: str = ""
    zero_counts: bool = False
    deep: bool = False
    choices: tuple[str, ...] = ()

    @property
    def type(self) -> Type:
        """The type in the newest release."""
        return self.types.at(None)

    @property
    def kind(self) -> Kind:
        """What a value is, in the newest release."""
        return self.type.kind

    @property
    def is_list(self) -> bool:
        """Whether the flag can be given again and again, and what it says adds up."""
        return self.kind in (Kind.LIST, Kind.MAP)

    @property
    def default(self) -> object:
        """The default of the newest release, with cgroup v2."""
        return self.defaults.at(None)

    def known(self, release: Release | None) -> bool:
        """Whether ``release`` decodes the key; an unknown release is taken to."""
        return Span(self.since, self.until).holds(release)

    def flag_known(self, release: Release | None) -> bool:
        """Whether ``release`` has the key's flag."""
        since = max((each for each in (self.since, self.flag_since) if each), default=None)
        return bool(self.flag) and Span(since, self.until).holds(release)

    def reloads(self, release: Release | None) -> bool:
        """Whether a reload applies a new value; False where the release is not known and it
        differs."""
        if self.reload is None or not self.known(release):
            return False
        return self.reload == Span() if release is None else self.reload.holds(release)

    def resets_when_absent(self, release: Release | None) -> bool:
        """Whether a reload without the key resets it."""
        return self.absent_resets and self.reloads(release)

    def reset_for(self, *, cgroup_v2: bool) -> object:
        """The value that resets the key in a reload; None where there is none."""
        return self.reset_v1 if self.reset_v1 is not None and not cgroup_v2 else self.reset_value

    def default_for(self, release: Release | None, *, cgroup_v2: bool = True) -> object:
        """What holds where nothing is said; None where dockerd chooses, or there is nothing."""
        if self.default_v1 is not None and not cgroup_v2:
            return self.default_v1
        return self.defaults.at(release)


@dataclass(frozen=True)
class OtherFlag:
    """A flag of dockerd that is no key of the file. ``switch``: it takes no value."""

    name: str
    short: str | None = None
    switch: bool = False
    span: Span = Span()


@dataclass(frozen=True)
class KeyTable:
    """All keys, the flags that are none, and names that people write by mistake.

    ``aliases`` leads from such a name to the right one, ``foreign`` to the file it belongs into.
    ``hidden`` are names that dockerd decodes and yet refuses.
    """

    keys: Mapping[str, Key]
    flags: Mapping[str, OtherFlag]
    aliases: Mapping[str, str]
    foreign: Mapping[str, str]
    hidden: frozenset[str] = frozenset()

    def known(self, name: str, release: Release | None) -> bool:
        """Whether ``release`` reads a key of this name at the top level."""
        key = self.keys.get(name)
        return key is not None and key.known(release)

    def accepted(self, name: str, release: Release | None) -> bool:
        """Whether dockerd's check of names lets ``name`` pass, be it read or not.

        It does for keys, for names of flags, and for a few that are passed over
        (``findConfigurationConflicts``). It does not for a key that is only a place for others.
        """
        key = self.keys.get(name)
        if key is not None and not key.deep:
            late = key.passed and (release is None or key.since is None or key.since <= release)
            if key.known(release) or late:
                return True
        return self.ignored(name, release)

    def ignored(self, name: str, release: Release | None) -> bool:
        """Whether dockerd takes ``name`` for known at the top level, and never reads it."""
        if self.known(name, release):
            return False
        key = self.keys.get(name)
        if key is not None and key.passed and not key.known(release):
            return True
        flag = self.flags.get(name)
        if flag is not None and flag.span.holds(release):
            return True
        return any(
            key.flag_known(release) and key.flag == name for key in self.keys.values()
        ) or any(member.flag == name for _, member in self._flag_members(release))

    def deep(self, name: str, release: Release | None) -> bool:
        """Whether dockerd checks the names in an object under ``name`` as if they stood outside.

        It does for all that it does not know to be one value (``flatOptions``).
        """
        key = self.keys.get(name)
        if key is None or key.deep or key.kind not in (Kind.MAP, Kind.OBJECT):
            return True
        return release is not None and key.since is not None and release < key.since

    def folded(self, name: str, release: Release | None) -> Key | None:
        """The key of the same name in other letter case, which the decoder does not mind.

        The check of names does; it does not look at the name of an unknown object.
        """
        key = self.keys.get(name.lower())
        return key if key is not None and key.name != name and key.known(release) else None

    def right_name(self, name: str) -> str | None:
        """What is meant by a name that is no key, where that is certain: ``label`` -> ``labels``.

        A dotted name for what stands inside a key: ``proxies.http-proxy``.
        """
        return spelling.right_name(self, name)

    def suggest(self, name: str) -> str | None:
        """The name that is meant, else the one that looks most like ``name``; None for neither."""
        return spelling.suggest(self, name)

    def type_at(self, path: KeyPath, release: Release | None) -> Type | None:
        """The type of the value at ``path``; None where dockerd knows no such path."""
        key = self.keys.get(path[0]) if path else None
        if key is None or not key.known(release):
            return None
        found = key.types.at(release)
        for name in path[1:]:
            if found.kind is Kind.MAP and found.item is not None:
                found = found.item
                continue
            member = found.member(name, release) if found.kind is Kind.OBJECT else None
            if member is None:
                return None
            found = member.types.at(release)
        return found

    def by_flag(self) -> Mapping[str, tuple[str, ...]]:
        """Flag, without dashes, long or short, to the names of its keys; dotted for members."""
        return self._by_flag

    @cached_property
    def _by_flag(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for key in self.keys.values():
            for flag in (key.flag, key.short):
                if flag:
                    found.setdefault(flag, []).append(key.name)
        for name, member in self._flag_members(None):
            found.setdefault(member.flag, []).append(f"{name}.{member.name}")
        return {flag: tuple(names) for flag, names in found.items()}

    def _flag_members(self, release: Release | None) -> Iterator[tuple[str, Member]]:
        """Members of keys that have a flag of their own, with the name of the key."""
        for key in self.keys.values():
            if key.deep and key.known(release):
                for member in key.types.at(release).known_members(release):
                    if member.flag:
                        yield key.name, member


@cache
def key_table() -> KeyTable:
    """The table that comes with the program."""
    import tomllib  # noqa: PLC0415 - a help text needs no table
    from importlib.resources import files  # noqa: PLC0415

    raw = tomllib.loads(files("dockerctl.config").joinpath("keys.toml").read_text("utf-8"))
    types = TypeReader(raw["objects"])
    return KeyTable(
        keys={name: _key(name, row, types) for name, row in raw["keys"].items()},
        flags={name: _flag(name, row) for name, row in raw["flags"].items()},
        aliases=raw["aliases"],
        foreign=raw["foreign"],
        hidden=frozenset(raw["hidden"]["names"]),
    )


def _key(name: str, row: Mapping[str, object], types: TypeReader) -> Key:
    short = row.get("short")
    choices = row.get("choices")
    return Key(
        name=name,
        text=str(row["text"]),
        types=types.steps(row),
        since=_release(row, "since"),
        until=_release(row, "until"),
        refused=_release(row, "refused"),
        passed=row.get("passed") is True,
        flag=str(row.get("flag", name)),
        flag_since=_release(row, "flag-since"),
        short=None if short is None else str(short),
        defaults=by_release(row.get("default"), table_of(row.get("defaults"))),
        default_v1=row.get("default-v1"),
        reload=_reload(row.get("reload")),
        absent_resets=row.get("absent") is True,
        reset_value=row.get("reset"),
        reset_v1=row.get("reset-v1"),
        new_containers_only=row.get("new") is True,
        hides_data=str(row.get("hides", "")),
        zero_counts=row.get("zero") is True,
        deep=row.get("deep") is True,
        choices=tuple(choices) if isinstance(choices, list) else (),
    )


def _flag(name: str, row: Mapping[str, object]) -> OtherFlag:
    short = row.get("short")
    return OtherFlag(
        name,
        None if short is None else str(short),
        row.get("switch") is True,
        Span(_release(row, "since"), _release(row, "until")),
    )


def _reload(value: object) -> Span | None:
    if value is None:
        return None
    row = table_of(value)
    return Span(_release(row, "since"), _release(row, "until"))


def _release(row: Mapping[str, object], name: str) -> Release | None:
    text = row.get(name)
    return None if text is None else release_of(str(text))
