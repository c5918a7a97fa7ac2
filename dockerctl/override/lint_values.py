"""Are the values of settings written as systemd reads them? Pure.

systemd ignores a setting whose value it cannot read and goes on. The rules are those of the
config_parse_*() functions in src/core/load-fragment.c and of parse_time() and parse_size() in
src/basic, systemd 252 to 262.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable

from dockerctl.override.directives import Directive

TRUE = frozenset(("1", "yes", "y", "true", "t", "on"))
FALSE = frozenset(("0", "no", "n", "false", "f", "off"))

_TIME_UNITS = (
    "seconds|second|sec|s|minutes|minute|min|months|month|M|msec|ms|m|hours|hour|hr|h|days|day|d"
    "|weeks|week|w|years|year|y|usec|us|µs|μs|nsec|ns"
)
_TIME = re.compile(rf"(?:\s*(?:\d+(?:\.\d+)?|\.\d+)\s*(?:{_TIME_UNITS})?(?![A-Za-z]))+\s*\Z")
_SIZE = re.compile(r"(?:\s*\d+(?:\.\d*)?\s*[EPTGMKB]?)+\s*\Z")
_UNSIGNED = re.compile(r"\+?(?:0[xX][0-9a-fA-F]+|0b[01]+|0o[0-7]+|\d+)\Z")
_SIGNED = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|0b[01]+|0o[0-7]+|\d+)\Z")
_SHARE = re.compile(r"(\d+(?:\.\d{1,2})?)%\Z|(\d+(?:\.\d)?)‰\Z|(\d+)‱\Z")
_MODE = re.compile(r"[0-7]{1,5}\Z")
_UNIT_NAME = re.compile(
    r"[A-Za-z0-9:_.\\@%-]+"
    r"\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)\Z"
)
_REALTIME = re.compile(r"(?:SIG)?RTM(?:IN|AX)(?:[+-]\d+)?\Z")
# A comment behind a value, which is none for systemd.
TRAILING_COMMENT = re.compile(r"\s[#;]")

_INFINITY = "infinity"
_ZERO_MEMORY = ("MemoryMin", "MemoryLow", "StartupMemoryLow")
_BYTE_LIMITS = frozenset(
    f"Limit{name}"
    for name in ("FSIZE", "DATA", "STACK", "CORE", "RSS", "AS", "MEMLOCK", "MSGQUEUE")
)


def judge_value(directive: Directive, value: str, release: int | None) -> str | None:
    """Why systemd would ignore the value, as the end of a sentence; None when it reads it."""
    if directive.choices is not None:
        return _choice(directive, value, release)
    judge = _JUDGES.get(directive.value)
    return None if judge is None else judge(directive, value)


def _choice(directive: Directive, value: str, release: int | None) -> str | None:
    choices = directive.choices or {}
    if value not in choices:
        return f"is none of {', '.join(choices)}"
    if release is not None and choices[value] > release:
        return f"needs systemd {choices[value]}"
    return None


def _boolean(_: Directive, value: str) -> str | None:
    return None if value.lower() in TRUE | FALSE else "is neither yes nor no"


def _time(_: Directive, value: str) -> str | None:
    if value == _INFINITY or _TIME.match(value):
        return None
    return "is no time span such as 90, 2min or infinity"


def _size(_: Directive, value: str) -> str | None:
    return None if _SIZE.match(value) else "is no size such as 512M or 2G"


def _share(value: str) -> float | None:
    """A share of the whole, or None for what is written otherwise."""
    match = _SHARE.match(value)
    if match is None:
        return None
    percent, permille, permyriad = match.groups()
    if percent is not None:
        return float(percent) / 100
    return float(permille) / 1000 if permille is not None else int(permyriad) / 10000


def _memory(directive: Directive, value: str) -> str | None:
    if value == _INFINITY:
        return None
    share = _share(value)
    if share is not None:
        return "is more than 100%" if share > 1 else None
    if not _SIZE.match(value):
        return "is no amount of memory such as 2G, 50% or infinity"
    may_be_zero = directive.name in _ZERO_MEMORY or "Swap" in directive.name
    if not may_be_zero and not re.search(r"[1-9]", value):
        return "is zero, which systemd does not take"
    return None


def _tasks(_: Directive, value: str) -> str | None:
    share = _share(value)
    if share is not None:
        return "is more than 100%" if share > 1 else None
    if value == _INFINITY:
        return None
    if _UNSIGNED.match(value) and int(value.lstrip("+"), _base(value)) > 0:
        return None
    return "is no number of tasks such as 4096, 10% or infinity"


def _percent(_: Directive, value: str) -> str | None:
    share = _share(value)
    return None if share else "is no share of a processor such as 80% or 200%"


def _whole(low: int, high: int) -> Callable[[Directive, str], str | None]:
    def judge(_: Directive, value: str) -> str | None:
        if _SIGNED.match(value) and low <= int(value.lstrip("+"), _base(value)) <= high:
            return None
        return f"is no whole number from {low} to {high}"

    return judge


def _base(value: str) -> int:
    """The base that C's strtoul() would take: a leading zero makes a number octal."""
    digits = value.lstrip("+-")
    if digits[:2].lower() in ("0x", "0b", "0o"):
        return 0
    return 8 if digits.startswith("0") and not set(digits) - set("01234567") else 10


def _cpu_weight(directive: Directive, value: str) -> str | None:
    return None if value == "idle" else _whole(1, 10000)(directive, value)


def _mode(_: Directive, value: str) -> str | None:
    return None if _MODE.match(value) and int(value, 8) <= 0o7777 else "is no mode such as 0660"


def _signal(_: Directive, value: str) -> str | None:
    name = value if value.startswith("SIG") else f"SIG{value}"
    if name in signal.Signals.__members__ or _REALTIME.match(value):
        return None
    return None if value.isdigit() and 1 <= int(value) <= 64 else "is no signal such as SIGTERM"


def _limit(directive: Directive, value: str) -> str | None:
    soft, colon, hard = value.partition(":")
    parts = [_limit_number(directive.name, part) for part in ((soft, hard) if colon else (soft,))]
    if None in parts:
        return "is no limit such as 1048576, 1024:1048576 or infinity"
    numbers = [part for part in parts if part is not None]
    return "has a soft limit above the hard one" if numbers[0] > numbers[-1] else None


def _limit_number(name: str, text: str) -> float | None:
    """A limit, where two can be compared; None for what systemd does not read."""
    if text == _INFINITY:
        return float("inf")
    if name == "LimitNICE":
        return _nice_limit(text)
    if _UNSIGNED.match(text):
        return int(text.lstrip("+"), _base(text))
    if name in _BYTE_LIMITS and _SIZE.match(text):
        return _bytes(text)
    if name in ("LimitCPU", "LimitRTTIME") and _TIME.match(text):
        return 0
    return None


def _nice_limit(text: str) -> float | None:
    """With a sign it is a nice value, without one the kernel's 20 minus that."""
    if not _SIGNED.match(text):
        return None
    number = int(text, 10)
    if text[0] in "+-":
        return 20 - number if -20 <= number <= 19 else None
    return number if number <= 40 else None


def _bytes(text: str) -> float:
    powers = {letter: 1024.0**power for power, letter in enumerate("BKMGTPE")}
    total = 0.0
    for match in re.finditer(r"(\d+(?:\.\d*)?)\s*([EPTGMKB]?)", text):
        total += float(match[1]) * powers[match[2] or "B"]
    return total


def _units(_: Directive, value: str) -> str | None:
    bad = [
        word
        for word in value.split()
        if "%" not in word and not _UNIT_NAME.match(word.strip("\"'"))
    ]
    return f"has {bad[0]!a}, which is no name of a unit" if bad else None


def _paths(_: Directive, value: str) -> str | None:
    bad = [word for word in value.split() if not word.strip("\"'").startswith(("/", "%"))]
    return f"has {bad[0]!a}, which is no absolute path" if bad else None


def condition_path(value: str) -> str:
    """The path in a condition, without the marks before it."""
    return value.removeprefix("|").removeprefix("!")


def _path_condition(_: Directive, value: str) -> str | None:
    path = condition_path(value)
    return None if path.startswith(("/", "%")) else "is no absolute path"


_JUDGES: dict[str, Callable[[Directive, str], str | None]] = {
    "boolean": _boolean,
    "time": _time,
    "size": _size,
    "memory": _memory,
    "tasks": _tasks,
    "percent": _percent,
    "weight": _whole(1, 10000),
    "cpu-weight": _cpu_weight,
    "oom-score": _whole(-1000, 1000),
    "nice": _whole(-20, 19),
    "count": _whole(0, 2**32 - 1),
    "number": _whole(-(2**63), 2**63 - 1),
    "mode": _mode,
    "signal": _signal,
    "limit": _limit,
    "units": _units,
    "paths": _paths,
    "path-condition": _path_condition,
}
