"""From the raw numbers to the table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.plan import (
    AIMS,
    COUNTERPARTS,
    FLOOR,
    LAG_AIM_S,
    LOOKS,
    LOOP,
    LOOP_START,
    START,
    STARTS,
    Aim,
    Command,
)


@dataclass(frozen=True)
class Spread:
    """A median and the quartiles around it: half of all values lie between them."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least two values."""
        low, median, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(low, median, high)

    def milliseconds(self) -> str:
        """As two columns of the table."""
        between = f"{self.low * 1000:.1f}-{self.high * 1000:.1f}"
        return f"{self.median * 1000:9.1f}{between:>15}"


class Numbers:
    """The raw numbers of one run, as ``inside`` printed them."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._results: dict[str, dict[str, list[float]]] = document["results"]
        self.versions: dict[str, str] = document["versions"]

    def rounds(self, command: Command) -> int:
        """How often the time of a command was taken."""
        return len(self._results[command.name]["seconds"])

    def time(self, command: Command) -> Spread:
        """Seconds from start to end."""
        return Spread.of(self._results[command.name]["seconds"])

    def lag(self, command: Command) -> Spread:
        """Seconds from the first answered ping to the end; negative when it ended before that."""
        return Spread.of(self._results[command.name]["lag_seconds"])

    def peak_mib(self, command: Command) -> float:
        """The most memory that it had resident."""
        return statistics.median(self._results[command.name]["peak_kib"]) / 1024

    def slower_rounds(self, command: Command, against: Command) -> int:
        """In how many rounds it took longer than ``against`` did in the same round."""
        ours, theirs = (self._results[c.name]["seconds"] for c in (command, against))
        return sum(a > b for a, b in zip(ours, theirs, strict=True))

    def ratio(self, command: Command, against: Command) -> float:
        """How many times the median of ``against``."""
        return self.time(command).median / self.time(against).median


def report_lines(numbers: Numbers, suite: str) -> list[str]:
    """Everything that the run has to say, at most 80 columns wide."""
    versions = ", ".join(f"{name} {version}" for name, version in numbers.versions.items())
    return [
        f"{suite}: {versions}",
        "middle half: between the quartiles; MiB: peak memory; loop:",
        f"  {LOOP}",
        "",
        *_table(numbers, LOOKS, FLOOR, "floor"),
        "",
        *_table(numbers, STARTS, LOOP_START, "loop"),
        "",
        _header("from first ping to return"),
        *(f"  {command.name:27}{numbers.lag(command).milliseconds()}" for command in STARTS),
        "",
        *(_aim_line(numbers, aim) for aim in AIMS),
        _lag_aim_line(numbers),
    ]


def _table(
    numbers: Numbers, commands: Sequence[Command], base: Command, base_name: str
) -> list[str]:
    ratios = f"{f'x {base_name}':>8}{'x systemctl':>12}"
    lines = [_header(f"{numbers.rounds(base)} rounds") + ratios + f"{'MiB':>6}"]
    for command in commands:
        counterpart = COUNTERPARTS.get(command)
        beside = "" if counterpart is None else f"{numbers.ratio(command, counterpart):.2f}"
        lines.append(
            f"  {command.name:27}{numbers.time(command).milliseconds()}"
            f"{numbers.ratio(command, base):8.2f}{beside:>12}{numbers.peak_mib(command):6.1f}"
        )
    return lines


def _header(title: str) -> str:
    return f"{title:29}{'median ms':>9}{'middle half':>15}"


def _aim_line(numbers: Numbers, aim: Aim) -> str:
    ratio = numbers.ratio(aim.command, aim.against)
    value = f"{ratio:.2f}"
    if aim.limit == 1:
        slower = numbers.slower_rounds(aim.command, aim.against)
        value += f" (longer in {slower} of {numbers.rounds(aim.command)} rounds)"
    return _verdict(aim.text, value, met=ratio <= aim.limit)


def _lag_aim_line(numbers: Numbers) -> str:
    lag = numbers.lag(START).median
    text = f"start returns within {LAG_AIM_S * 1000:.0f} ms of the first ping"
    return _verdict(text, f"{lag * 1000:.1f} ms", met=lag < LAG_AIM_S)


def _verdict(text: str, value: str, *, met: bool) -> str:
    return f"{'met' if met else 'NOT MET':8} {text}: {value}"
