"""The doctor: what is measured, what we aim at, and the table of it."""

from __future__ import annotations

import statistics
from typing import Any

HEALTHY_S = 1.5
EXPLAINED_S = 0.3


def diagnosis_document(rounds: int) -> dict[str, object]:
    """The plan as ``diagnose`` reads it."""
    return {"rounds": rounds}


def diagnosis_lines(document: dict[str, Any]) -> list[str]:
    """The table and the verdicts."""
    healthy = statistics.median(document["healthy_seconds"])
    explained = statistics.median(document["explained_seconds"])
    rounds = len(document["healthy_seconds"])
    return [
        f"The doctor, median of {rounds} rounds (seconds)",
        f"  doctor on a healthy host                     {healthy:8.3f}",
        f"  from the end of the failed run to the error  {explained:8.3f}",
        "",
        _verdict(f"a healthy host takes {HEALTHY_S} s at most", healthy, HEALTHY_S),
        _verdict(f"an explained error {EXPLAINED_S} s at most", explained, EXPLAINED_S),
    ]


def _verdict(text: str, value: float, most: float) -> str:
    return f"{'met' if value <= most else 'NOT MET':8} {text}: {value:.3f}"
