"""The daemon's own events: a reload that it has carried out, with the values that resulted.

The event is the only proof of a reload. A reload that fails sends none; systemd calls both done.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from dockerctl.docker.answers import Fields
from dockerctl.errors import AnswerUnexpected

_PATH = "/events"
_FILTERS = {"type": ["daemon"], "event": ["reload"]}
# Between the objects: white space, and the record separator of RFC 7464.
_BETWEEN = " \t\r\n\x1e"


@dataclass(frozen=True)
class ReloadEvent:
    """A reload that was carried out.

    ``time`` is in seconds since the epoch. ``attributes`` are the daemon's settings afterwards as
    it names and writes them, such as ``labels`` with ``["a=1"]``; lists and objects are JSON.
    """

    time: float
    attributes: Mapping[str, str]


def reload_events_path(since: float, until: float) -> str:
    """The request for the reloads between two times in seconds since the epoch."""
    filters = quote(json.dumps(_FILTERS, separators=(",", ":")), safe="")
    return f"{_PATH}?since={_moment(since)}&until={_moment(until)}&filters={filters}"


def read_reload_events(body: bytes) -> tuple[ReloadEvent, ...]:
    """The reloads in an answer of /events, in its order. Raises AnswerUnexpected."""
    found: list[ReloadEvent] = []
    for document in _objects(body):
        event = Fields(_PATH, document)
        # A filter that an engine does not know would let other events through.
        if event.text("Type") != "daemon" or event.text("Action") != "reload":
            continue
        time_s = event.count("timeNano") / 1e9
        found.append(ReloadEvent(time_s, event.inner("Actor").texts_by_name("Attributes")))
    return tuple(found)


def _moment(time_s: float) -> str:
    """A time as the daemon reads it: seconds, and nanoseconds as nine digits."""
    if not (math.isfinite(time_s) and time_s >= 0):
        raise ValueError(f"no time since the epoch: {time_s}")
    return f"{time_s:.9f}"


def _objects(body: bytes) -> Iterator[object]:
    """The JSON values that follow one another in ``body``."""
    decoder = json.JSONDecoder()
    try:
        text = body.decode("utf-8")
        at = _skip(text, 0)
        while at < len(text):
            value, at = decoder.raw_decode(text, at)
            yield value
            at = _skip(text, at)
    except (ValueError, RecursionError) as error:
        raise AnswerUnexpected(
            f"the answer to {_PATH} is not JSON", details={"path": _PATH, "key": None}
        ) from error


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BETWEEN:
        at += 1
    return at
