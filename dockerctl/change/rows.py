"""A record as JSON and back; what cannot be read as one is told from what can."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from dockerctl.change.model import BootWish, Effect, Failure, Phase, Record, SavedFile

# Grows when an older dockerctl could misread what a newer one has written.
FORMAT = 1


class RecordUnreadable(Exception):
    """A record that is damaged, or of a newer dockerctl; the text says which."""


def render_record(record: Record) -> bytes:
    """The record as JSON text."""
    document = {"format": FORMAT, **asdict(record)}
    return (json.dumps(document, indent=1) + "\n").encode()


def parse_record(data: bytes) -> Record:
    """Raises ``RecordUnreadable``."""
    try:
        document: Any = json.loads(data)
        if document["format"] > FORMAT:
            raise RecordUnreadable("it was written by a newer dockerctl")
        return _record(document)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordUnreadable("it is damaged") from error


def _record(row: Mapping[str, Any]) -> Record:
    values = {name: value for name, value in row.items() if name != "format"}
    values["phase"] = Phase(row["phase"])
    values["reached"] = Phase(row["reached"])
    values["effect"] = Effect(row["effect"])
    values["files"] = tuple(_saved(file) for file in row["files"])
    values["boot"] = _boot(row["boot"])
    values["failure"] = _failure(row["failure"])
    values["undo_failure"] = _failure(row["undo_failure"])
    return Record(**values)


def _saved(row: Mapping[str, Any]) -> SavedFile:
    xattrs = tuple((str(name), str(value)) for name, value in row["xattrs"])
    return SavedFile(**{**row, "xattrs": xattrs})


def _boot(row: Mapping[str, Any] | None) -> BootWish | None:
    if row is None:
        return None
    return BootWish(row["enable"], tuple(row["units"]), tuple(row["enabled_before"]))


def _failure(row: Mapping[str, Any] | None) -> Failure | None:
    return None if row is None else Failure(**row)
