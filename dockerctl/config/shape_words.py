"""The findings of ``config/shape.py`` in words."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from dockerctl.config.decoding import UnknownMember, WrongType
from dockerctl.config.finding import Finding, Severity
from dockerctl.config.keys import Key, KeyTable
from dockerctl.config.path import KeyPath, format_path
from dockerctl.config.release import Release
from dockerctl.config.types import TEXT_KINDS, Kind


def refused_name(path: KeyPath, table: KeyTable, release: Release | None) -> Finding:
    """dockerd does not start with a name that it does not know."""
    name = path[-1]
    key = table.keys.get(name)
    shown = format_path(path)
    if key is not None and not table.known(name, release) and release is not None:
        if key.since is not None and release < key.since:
            return _error(
                "key-too-new",
                path,
                f"{shown} is a key of Docker {short(key.since)} and later; this is {release}.",
                "Remove it, or upgrade Docker first.",
            )
        if key.until is not None:
            return _error(
                "key-removed",
                path,
                f"{shown} is no key any more since Docker {short(key.until)}; this is {release}.",
                _instead(name, table) or "Remove it.",
            )
    message = f"{shown} is no key of daemon.json, and dockerd does not start with it."
    return _error("unknown-key", path, message, _meant(name, table, release))


def passed_over(path: KeyPath, table: KeyTable, release: Release | None) -> Finding:
    """A name that dockerd lets pass and never reads."""
    name = path[-1]
    key = table.keys.get(name)
    shown = format_path(path)
    if key is not None and key.passed and key.until is not None and len(path) == 1:
        since = f"Since Docker {short(key.until)} dockerd"
        return _warning("ignored-key", path, f"{since} ignores {shown}.", "Remove it.")
    right = table.right_name(name)
    message = f"dockerd ignores {shown} in silence: "
    if len(path) > 1:
        message = f"{name} does not belong into {path[0]}: {_does_inside(key)}."
    elif name in table.flags:
        message += "it is a flag, and no key of the file."
    elif right is not None:
        message += f"the key is called {right}."
    elif key is not None and key.since is not None and release is not None:
        message += f"it is a key of Docker {short(key.since)} and later."
    else:
        message += "it is no key."
    if len(path) > 1 and name in table.keys:
        hint = f"Write {name} at the top level of the file."
    elif right is not None:
        hint = f"Write {right} instead of {shown}."
    else:
        hint = "Remove it."
    return _warning("ignored-key", path, message, hint)


def other_case(name: str, key: Key) -> Finding:
    """A key in other letter case that dockerd happens to read."""
    return _warning(
        "key-case",
        (name,),
        f"dockerd reads {name} as {key.name}, but refuses such a spelling of most keys.",
        f"Write {key.name} instead of {name}.",
    )


def misplaced(path: KeyPath, key: Key) -> Finding:
    """A key that stands inside an object which dockerd does not know."""
    return _warning(
        "misplaced-key",
        path,
        f"{key.name} stands inside {path[0]}: {_does_inside(key)}.",
        f"Write {key.name} at the top level of the file.",
    )


def _does_inside(key: Key | None) -> str:
    """What dockerd does with a key that is one level too deep.

    For a switch it sets the flag to the value before it decodes the file
    (``getConflictFreeConfiguration``), so that a start acts on it, but for those whose flags were
    read before. A reload sees that the key is named, and has no value.
    """
    if key is not None and key.kind is Kind.BOOL and key.name not in _READ_BEFORE:
        return "dockerd acts on it when it starts, and takes it for false in a reload"
    return "dockerd does not read it there"


_READ_BEFORE = frozenset({"debug", "tls", "tlsverify"})


def names_inside(refused: Sequence[str]) -> str:
    """What dockerd itself will complain of."""
    return f"dockerd's own message names what stands inside: {', '.join(map(_shown, refused))}."


def wrong_type(problem: WrongType, key: Key) -> Finding:
    """A value of a type that the decoder does not take."""
    shown = format_path(problem.path)
    where = shown if problem.index is None else f"Item {problem.index + 1} of {shown}"
    wanted = problem.wanted
    is_text = isinstance(problem.value, str) and wanted.kind in TEXT_KINDS and problem.value != ""
    there = "the text there is none" if is_text else f"there is {found(problem.value)}"
    message = f"{where} must be {wanted.words()}; {there}."
    return _error("wrong-type", problem.path, message, _type_hint(problem, key))


def unknown_member(problem: UnknownMember) -> Finding:
    """A name inside a key that the decoder does not know."""
    shown = format_path(problem.path)
    does = "refuses" if problem.refused else "ignores"
    later = problem.later
    if later is not None and later.since is not None:
        message = f"dockerd {does} {shown}: it is read by Docker {short(later.since)} and later."
        hint = "Remove it, or upgrade Docker first."
    else:
        outer = format_path(problem.path[:-1])
        message = f"dockerd {does} {shown}: {outer} has no such member."
        names = [member.name for member in problem.around.members]
        # Such as "args" for "runtimeArgs".
        inside = [name for name in names if problem.path[-1].lower() in name.lower()]
        near = inside or difflib.get_close_matches(problem.path[-1], names, n=1)
        hint = f"Perhaps {near[0]} is meant." if near else f"It has {', '.join(names)}."
    severity = Severity.ERROR if problem.refused else Severity.WARNING
    return Finding("unknown-member", severity, problem.path, message, hint)


def refused_value(key: Key, since: Release, table: KeyTable) -> Finding:
    """A key that is still read, and refused when it says something."""
    return _error(
        "key-removed",
        (key.name,),
        f"Docker {short(since)} and later do not start with a value in {key.name}.",
        _instead(key.name, table) or "Remove it.",
    )


def null_switch(key: Key) -> Finding:
    """null in place of a switch that is on by default."""
    return _warning(
        "null-is-false",
        (key.name,),
        f"{key.name} is null, which dockerd takes for false; without the key it is true.",
        "Write true or false, or remove the key.",
    )


def falls_back(key: Key, value: object, default: object) -> Finding:
    """Zero or an empty text where dockerd then takes the default."""
    written = '""' if value == "" else str(value)
    return _warning(
        "value-is-default",
        (key.name,),
        f"{key.name} is {written}, which dockerd takes for nothing said: {default} holds.",
        "Write the value that is meant, or remove the key.",
    )


def flag_conflict(name: str, path: KeyPath, typed: Sequence[str]) -> Finding:
    """A key that the command line has too."""
    # A proxy may hold a password.
    shown = f"--{path[-1]}" if name.startswith("proxies.") else " ".join(typed)
    return _error(
        "flag-conflict",
        path,
        f"{format_path(path)} is set by the flag {shown} as well, and dockerd does not start with "
        "both.",
        "Take it out of the file, or take the flag out of the unit.",
    )


def found(value: object) -> str:
    """A JSON value in words. Texts are not quoted: they can be secrets."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return "a string" if value else "an empty string"
    return "a list" if isinstance(value, list) else "an object"


def short(release: Release) -> str:
    """A release as people call it: 28.1 for the first of its kind."""
    return f"{release.major}.{release.minor}" + (f".{release.patch}" if release.patch else "")


def _type_hint(problem: WrongType, key: Key) -> str:
    value, kind = problem.value, problem.wanted.kind
    if kind is Kind.STRING and isinstance(value, int | float):
        return f'Put it in double quotes: "{found(value).removeprefix("the number ")}".'
    if kind is Kind.LIST and isinstance(value, str | int | float):
        return "Put it in square brackets: [...]."
    if isinstance(value, str) and kind in _TEXT_HINTS:
        return _TEXT_HINTS[kind]
    if kind is Kind.INT and isinstance(value, float):
        return "Write it without a point and without an exponent."
    example = _EXAMPLES.get(key.name)
    if example is None:
        return "'dockerctl config schema' has the type of each key."
    return f'Write it as in "{key.name}": {example}.'


# What to do with a text where the decoder wants something else.
_TEXT_HINTS = {
    Kind.BOOL: "Write true or false, without quotes.",
    Kind.INT: "Write the number without quotes.",
    Kind.IP: "Mind spaces, and zeros in front of a number.",
    Kind.ADDRESS: "Mind spaces, and zeros in front of a number.",
    Kind.PREFIX: "Write address and length, such as 10.200.0.0/16.",
    Kind.DURATION: "Write a number and a unit: s, m or h.",
}

_EXAMPLES = {
    "builder": '{"gc": {"enabled": true}}',
    "default-address-pools": '[{"base": "10.200.0.0/16", "size": 24}]',
    "default-shm-size": '"64M"',
    "default-ulimits": '{"nofile": {"Name": "nofile", "Hard": 65536, "Soft": 65536}}',
    "features": '{"containerd-snapshotter": true}',
    "log-opts": '{"max-size": "10m", "max-file": "3"}',
    "proxies": '{"http-proxy": "http://proxy.example.com:3128"}',
    "runtimes": '{"crun": {"path": "/usr/bin/crun"}}',
}


def _meant(name: str, table: KeyTable, release: Release | None) -> str:
    """What may be meant by a name that is no key."""
    foreign = table.foreign.get(name)
    if foreign is not None:
        return f"It belongs into {foreign}."
    suggested = table.suggest(name)
    if suggested is None:
        return "Remove it, or see 'dockerctl config schema' for the names there are."
    key = table.keys.get(suggested.partition(".")[0])
    if key is not None and not key.known(release) and key.since is not None:
        return f"Perhaps {suggested} is meant, a key of Docker {short(key.since)} and later."
    certain = table.right_name(name) is not None
    return f"Write {suggested} instead." if certain else f"Perhaps {suggested} is meant."


def _instead(name: str, table: KeyTable) -> str:
    special = {
        "api-cors-header": "Remove it; a reverse proxy before the API can set such headers.",
        "oom-score-adjust": "Remove it; OOMScoreAdjust= of docker.service does the same.",
    }
    if name in special:
        return special[name]
    right = table.aliases.get(name)
    return f"Write {right} instead." if right is not None else ""


def _shown(name: str) -> str:
    return format_path((name,))


def _error(code: str, path: KeyPath, message: str, hint: str) -> Finding:
    return Finding(code, Severity.ERROR, path, message, hint)


def _warning(code: str, path: KeyPath, message: str, hint: str) -> Finding:
    return Finding(code, Severity.WARNING, path, message, hint)
