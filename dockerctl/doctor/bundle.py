"""All that the doctor knows of a host as files of text, with every secret masked."""

from __future__ import annotations

import dataclasses
import enum
import ipaddress
import json
from collections.abc import Mapping

from dockerctl.change.hidden import mask_text, mask_value
from dockerctl.doctor.model import Facts
from dockerctl.presentable import presentable
from dockerctl.systemd.journal import JournalEntry

# How deep and how long what is written may be: facts are trees, and small.
_DEEPEST = 12
_LONGEST_TEXT = 20_000
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


def to_json(document: object) -> bytes:
    """A file of a bundle."""
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _variable_names(value: object) -> object:
    if isinstance(value, Mapping):
        return sorted(str(name) for name in value)
    if isinstance(value, (list, tuple)):
        return sorted(str(word).partition("=")[0] for word in value)
    return None
