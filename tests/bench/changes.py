"""Changes of the configuration: what is measured, what we aim at, and the table of it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

TAKEN_PORT = 9329
STABLE_S = 1.0


@dataclass(frozen=True)
class Change:
    """A command that changes something each time; ``@`` stands for one of two values."""

    name: str
    argv: tuple[str, ...]
    values: tuple[str, str] = ("", "")
    exit_code: int = 0


def _set(name: str, text: str, values: tuple[str, str], exit_code: int = 0) -> Change:
    words = ("/usr/bin/dockerctl", "config", "set", f"--stable-for={STABLE_S:g}", text)
    return Change(name, words, values, exit_code)


PLAIN = Change("systemctl restart docker", ("/usr/bin/systemctl", "restart", "docker"))
NOTHING = Change(
    "change that needs nothing",
    ("/usr/bin/dockerctl", "override", "restart-policy", "--delay", "@"),
    ("3s", "4s"),
)
RELOAD = _set("change by reload", "debug=@", ("true", "false"))
RESTART = _set("change by restart", "mtu=@", ("1400", "1450"))
REFUSED = _set("change refused beforehand", "bip=10.0.0.0/2@", ("4", "5"), 6)
UNDONE = _set("change undone", f"metrics-addr=127.0.0.1:@{TAKEN_PORT}", ("", ""), 150)

CHANGES = (PLAIN, NOTHING, RELOAD, RESTART, REFUSED, UNDONE)


def changes_document(rounds: int) -> dict[str, object]:
    """The plan as ``outage`` reads it."""
    return {
        "taken_port": TAKEN_PORT,
        "rounds": rounds,
        "changes": [
            {"name": c.name, "argv": c.argv, "values": c.values, "exit_code": c.exit_code}
            for c in CHANGES
        ],
    }


def change_lines(document: dict[str, Any]) -> list[str]:
    """The table and the verdicts."""
    results: dict[str, dict[str, list[float]]] = document["results"]
    time_of = {c.name: statistics.median(results[c.name]["seconds"]) for c in CHANGES}
    outage_of = {c.name: statistics.median(results[c.name]["outage_seconds"]) for c in CHANGES}
    plain_s, plain_outage = time_of[PLAIN.name], outage_of[PLAIN.name]
    rounds = len(results[PLAIN.name]["seconds"])
    lines = [f"{f'{rounds} rounds':29}{'median ms':>9}{'outage ms':>12}{'x plain outage':>16}"]
    for change in CHANGES:
        outage = outage_of[change.name]
        lines.append(
            f"  {change.name:27}{time_of[change.name] * 1000:9.0f}{outage * 1000:12.1f}"
            f"{outage / plain_outage:16.2f}"
        )
    # A ping without a change takes up to some milliseconds; an outage is much more.
    quiet_s = max(0.1, outage_of[NOTHING.name] * 3)
    restart = time_of[RESTART.name] - STABLE_S
    return [
        *lines,
        "",
        _verdict(
            "a reload loses no ping",
            f"{outage_of[RELOAD.name] * 1000:.0f} ms at the most",
            met=outage_of[RELOAD.name] < quiet_s,
        ),
        _verdict(
            "a restart takes 1.15 plain ones, and its window",
            f"{restart / plain_s:.2f}",
            met=restart <= 1.15 * plain_s,
        ),
        _verdict(
            "a refused change costs no downtime",
            f"{outage_of[REFUSED.name] * 1000:.0f} ms at the most",
            met=outage_of[REFUSED.name] < quiet_s,
        ),
        _verdict(
            "a change undone is away for 2.5 plain restarts at most",
            f"{outage_of[UNDONE.name] / plain_outage:.2f}",
            met=outage_of[UNDONE.name] <= 2.5 * plain_outage,
        ),
    ]


def _verdict(text: str, value: str, *, met: bool) -> str:
    return f"{'met' if met else 'NOT MET':8} {text}: {value}"
