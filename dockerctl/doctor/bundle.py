"""All that the doctor knows of a host as files of text, with every secret masked."""

from __future__ import annotations

import dataclasses
import enum
import ipaddress
import json
from collections.abc import Iterable, Iterator, Mapping

from dockerctl.change.hidden import MASK, mask_text, mask_value
from dockerctl.config.document import Document
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.model import Facts
from dockerctl.presentable import presentable
from dockerctl.systemd.journal import JournalEntry

# How deep and how long what is written may be: facts are trees, and small.
_DEEPEST = 12
_LONGEST_TEXT = 20_000
# A secret of fewer letters is found in half of all words.
_SHORTEST = 4
# Variables of a process or of a unit: any of them may be a secret.
_VARIABLES = frozenset({"environment", "environ", "Environment"})


def facts_document(facts: Facts) -> dict[str, object]:
    """The facts as JSON values, by the name of their kind; what is missing says why."""
    known = {kind.__name__: plain(part) for kind, part in facts.parts.items()}
    missing = {kind.__name__: why for kind, why in facts.missing.items()}
    return {"known": known, "missing": missing}


def plain(value: object, name: str = "", depth: int = 0) -> object:
    """A value of the facts as a JSON value without secrets; ``name`` is the field it was in."""
    if depth > _DEEPEST:
        return "…"
    if isinstance(value, JournalEntry):
        return entry_line(value)
    if name in _VARIABLES:
        return _variable_names(value)
    if isinstance(value, Document):
        # Its nodes have values without their names, which tell what is a secret.
        value = {"name": value.name, "values": value.values}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item, str(key), depth + 1) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=str)
    if isinstance(value, (list, tuple)):
        return [plain(item, name, depth + 1) for item in value]
    return _scalar(value, name)


def _scalar(value: object, name: str) -> object:
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        masked = "\n".join(mask_text(line) for line in value[:_LONGEST_TEXT].split("\n"))
        return mask_value(masked, name)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (ipaddress.IPv4Network, ipaddress.IPv6Network)):
        return str(value)
    return type(value).__name__


def entry_line(entry: JournalEntry) -> str:
    """A line of the journal as text: seconds since the epoch, unit, message."""
    return f"{entry.time_usec / 1e6:.6f} {entry.unit}: {mask_text(presentable(entry.message))}"


def secrets_of(facts: Facts) -> tuple[bytes, ...]:
    """The values that are secrets by the name that they stand under, the longest first."""
    configuration = facts.maybe(ConfigurationFacts)
    if configuration is None:
        return ()
    values = {} if configuration.document is None else configuration.document.values
    found = {*_secret_texts(values, ""), *_secret_texts(configuration.environment, "")}
    return tuple(sorted((s.encode() for s in found if len(s) >= _SHORTEST), key=len, reverse=True))


def _secret_texts(value: object, name: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _secret_texts(item, str(key))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _secret_texts(item, name)
    elif isinstance(value, str) and mask_value(value, name) == MASK:
        yield value


def hidden(data: bytes, secrets: Iterable[bytes]) -> bytes:
    """``data`` without ``secrets``, wherever and in whatever form they got into it."""
    for secret in secrets:
        data = data.replace(secret, MASK.encode())
    return data


def to_json(document: object) -> bytes:
    """A file of a bundle."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _variable_names(value: object) -> object:
    if isinstance(value, Mapping):
        return sorted(str(name) for name in value)
    if isinstance(value, (list, tuple)):
        return sorted(str(word).partition("=")[0] for word in value)
    return None
