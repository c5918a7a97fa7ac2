"""Values as systemd writes them: sizes, shares, counts, time spans; checked before they are used.

Each check returns the value as it is to be written and raises OverrideValueInvalid, naming the
option that it was given for. Sources: parse_size(), parse_permyriad(), parse_sec() of systemd.
"""

from __future__ import annotations

import re

from dockerctl.errors import OverrideValueInvalid

INFINITY = "infinity"

_SIZE = re.compile(r"([0-9]+)([KMGTPE]?)\Z")
_UNITS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4, "P": 5, "E": 6}
_PERCENT = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,2}))?%\Z")
_NUMBER = re.compile(r"[0-9]{1,19}\Z")
# With its terminating NUL it takes 108 bytes.
_LONGEST_SOCKET = 107
_LARGEST_LIMIT = 2**64 - 1
_SPAN_PART = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")
_SECONDS = {
    "": 1, "s": 1, "sec": 1, "second": 1, "seconds": 1, "ms": 1e-3, "msec": 1e-3, "us": 1e-6,
    "usec": 1e-6, "m": 60, "min": 60, "minute": 60, "minutes": 60, "h": 3600, "hr": 3600,
    "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400, "w": 604800,
    "week": 604800, "weeks": 604800,
}  # fmt: skip


def check_size(text: str, name: str) -> str:
    """A size of memory: bytes with K, M, G or T (of 1024), a percentage, or ``infinity``."""
    match = _SIZE.match(text)
    if text == INFINITY or _is_share(text):
        return text
    if match is None or not 0 < int(match[1]) << (10 * _UNITS[match[2]]) < _LARGEST_LIMIT:
        raise _bad(name, text, "a size such as 512M, 4G, 25% or infinity")
    return text


def bytes_of(size: str) -> int | None:
    """The bytes of a size that ``check_size`` has passed; None for a share and for infinity."""
    match = _SIZE.match(size)
    return int(match[1]) << (10 * _UNITS[match[2]]) if match else None


def check_quota(text: str, name: str) -> str:
    """Time of processors: a percentage above 0, 100% being one processor."""
    match = _PERCENT.match(text)
    if match is None or not float(text[:-1]) > 0:
        raise _bad(name, text, "a share of one processor such as 50% or 200%")
    return text


def check_count(text: str, name: str, *, share: bool = False) -> str:
    """A whole number above 0, or ``infinity``; with ``share`` also a percentage."""
    if text == INFINITY or (share and _is_share(text)):
        return text
    if not _NUMBER.match(text) or int(text) == 0:
        raise _bad(name, text, f"a number{', 10%' if share else ''} or infinity")
    return text


def check_limit(text: str, name: str) -> str:
    """A limit of a process: one value, or SOFT:HARD with the soft one no larger."""
    soft, colon, hard = text.partition(":")
    for part in (soft, hard) if colon else (soft,):
        if part != INFINITY and not (_NUMBER.match(part) and 0 < int(part) < _LARGEST_LIMIT):
            raise _bad(name, text, "a number, SOFT:HARD, or infinity")
    if colon and _number(soft) > _number(hard):
        raise _bad(name, text, "a soft limit that is no larger than the hard one")
    return text


def check_range(text: str, name: str, lowest: int, highest: int) -> str:
    """A whole number within a range."""
    if not re.fullmatch(r"-?[0-9]{1,10}", text) or not lowest <= int(text) <= highest:
        raise _bad(name, text, f"a whole number from {lowest} to {highest}")
    return str(int(text))


def check_choice(text: str, name: str, choices: tuple[str, ...]) -> str:
    """One of some words."""
    if text not in choices:
        raise _bad(name, text, f"one of {', '.join(choices)}")
    return text


def check_span(text: str, name: str) -> str:
    """A time span as systemd.time(7) has it: ``5``, ``500ms``, ``1min 30s``."""
    if seconds_of(text) is None:
        raise _bad(name, text, "a time span such as 5s, 500ms or 1min 30s")
    return text


def seconds_of(span: str) -> float | None:
    """The seconds of a time span; None for a text that is none."""
    total = 0.0
    position = 0
    while position < len(span):
        match = _SPAN_PART.match(span, position)
        if match is None or match[2] not in _SECONDS:
            return None
        total += float(match[1]) * _SECONDS[match[2]]
        position = match.end()
    return total if span else None


def check_path(text: str, name: str) -> str:
    """An absolute path without ``.``, ``..``, doubled slashes or characters that do not print."""
    parts = text.split("/")[1:]
    clean = text == "/" or all(part not in ("", ".", "..") for part in parts)
    if not text.startswith("/") or not clean or not text.isprintable():
        raise _bad(name, text, "an absolute path without '.' and '..'")
    return text


def is_socket_path(text: str) -> bool:
    """Whether a path is absolute and short enough for a socket (sun_path of unix(7))."""
    return text.startswith("/") and text.isprintable() and len(text.encode()) <= _LONGEST_SOCKET


def _is_share(text: str) -> bool:
    match = _PERCENT.match(text)
    return match is not None and 0 < float(text[:-1]) <= 100


def _number(text: str) -> float:
    return float("inf") if text == INFINITY else int(text)


def _bad(name: str, text: str, wanted: str) -> OverrideValueInvalid:
    return OverrideValueInvalid(f"{name} does not take {text!a}.", hint=f"Give {wanted}.")
