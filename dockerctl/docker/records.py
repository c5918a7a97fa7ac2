"""What dockerd and containerd write to their logs, taken apart; pure.

Both log with github.com/sirupsen/logrus: as logfmt (text_formatter.go), or as JSON where
``log-format`` (dockerd 25.0) or ``debug.format`` (containerd) says so (json_formatter.go). What
they say before the logger is set up, and their last words, are plain text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# From the least to the most urgent.
LEVELS = ("trace", "debug", "info", "warning", "error", "fatal")
# logrus reads these names (logrus.go, ParseLevel); its panic and fatal both end the process.
_NAMES = {**{level: level for level in LEVELS}, "warn": "warning", "panic": "fatal"}

# The formatter writes these three first, in this order. What has nothing but letters, digits and
# -._/@^+ is not quoted; all else is, by Go's strconv.Quote.
_HEAD = re.compile(r'time=(?:"(?P<quoted>[^"\\]*)"|(?P<bare>\S+)) +level=(?P<level>\w+) +msg=')
_VALUE = re.compile(r'"(?P<quoted>[^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?\Z)|(?P<bare>[^\s"]*)', re.DOTALL)
_KEY = re.compile(r' +(?P<key>[^\s="]+)=')
_ESCAPE = re.compile(
    r'\\(?:(?P<one>[abfnrtv\\"])|x(?P<byte>[0-9a-fA-F]{2})'
    r"|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8}))"
)
_ONE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_NO_CHARACTER = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class LogRecord:
    """One line of a log."""

    message: str
    # One of ``LEVELS``; None for plain text, which has none.
    level: str | None = None
    # When it was written, as it says itself; None for plain text.
    time: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


def parse_record(text: str) -> LogRecord:
    """A line of the log of dockerd or containerd; of what is neither logfmt nor JSON, a record
    with nothing but the text. Never raises."""
    head = _HEAD.match(text)
    if head is not None and head["level"].lower() in _NAMES:
        return _logfmt(text, head)
    if text.startswith("{"):
        return _json(text) or LogRecord(text)
    return LogRecord(text)


def _logfmt(text: str, head: re.Match[str]) -> LogRecord:
    message, end = _value(text, head.end())
    fields: dict[str, str] = {}
    while (key := _KEY.match(text, end)) is not None:
        fields[key["key"]], end = _value(text, key.end())
    # What is no field was not written by logrus; it is shown all the same.
    rest = text[end:].rstrip()
    return LogRecord(
        message=message + rest,
        level=_NAMES[head["level"].lower()],
        time=head["bare"] if head["quoted"] is None else head["quoted"],
        fields=fields,
    )


def _value(text: str, start: int) -> tuple[str, int]:
    # The journal cuts a line at 48 KiB (journald.conf(5), LineMax=): a quote may not be closed.
    match = _VALUE.match(text, start)
    if match is None:
        return "", start
    quoted = match["quoted"]
    return (match["bare"] if quoted is None else _ESCAPE.sub(_unescaped, quoted)), match.end()


def _unescaped(match: re.Match[str]) -> str:
    if (one := match["one"]) is not None:
        return _ONE.get(one, one)
    if (byte := match["byte"]) is not None:
        # Go writes a byte that is not UTF-8 like a control character.
        return chr(int(byte, 16)) if int(byte, 16) < 0x80 else _NO_CHARACTER
    code = int(match["short"] or match["long"], 16)
    return chr(code) if code < 0xD800 or 0xDFFF < code < 0x110000 else _NO_CHARACTER


def _json(text: str) -> LogRecord | None:
    import json  # noqa: PLC0415  (loaded by few commands)

    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    message, level, time = value.get("msg"), value.get("level"), value.get("time")
    if not isinstance(message, str) or not isinstance(level, str) or level.lower() not in _NAMES:
        return None
    return LogRecord(
        message=message,
        level=_NAMES[level.lower()],
        time=time if isinstance(time, str) else None,
        fields={
            name: item if isinstance(item, str) else json.dumps(item)
            for name, item in value.items()
            if name not in ("msg", "level", "time")
        },
    )
