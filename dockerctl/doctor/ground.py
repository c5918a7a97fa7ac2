"""What all gathering of facts stands on: the units and the configuration, and ways to look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dockerctl.deadline import Deadline
from dockerctl.host.programs import Output
from dockerctl.systemd.journal import Journal

if TYPE_CHECKING:
    from dockerctl.docker.client import EngineClient
    from dockerctl.doctor.facts.configuration import ConfigurationFacts
    from dockerctl.doctor.facts.units import UnitsFacts

Run = Callable[..., Output]


@dataclass(frozen=True)
class Ground:
    """Made once for a run of the doctor, and shared by all threads: read only."""

    unit: str
    units: UnitsFacts
    configuration: ConfigurationFacts
    # Of the caller.
    environ: Mapping[str, str]
    deadline: Deadline
    # ``host.programs.run_program``.
    run: Run
    journal: Journal
    # Makes a client of the daemon's API; None where asking could wake a daemon that is down.
    ask: Callable[[Deadline], EngineClient] | None
    # Seconds since the epoch.
    now_s: float
