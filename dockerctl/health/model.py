"""The health of a daemon as data: the rungs of the probe, the verdict, the whole report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # For annotations alone: start has no use for them before its job runs, which is 5 ms.
    from dockerctl.docker.answers import EngineVersion
    from dockerctl.docker.context import CallerEndpoint
    from dockerctl.errors import DockerctlError
    from dockerctl.host.processes import ProcessFigures
    from dockerctl.systemd.model import Route, Service, Socket, UnitFileState


class Rung(StrEnum):
    """One step of the probe ladder, in the order in which they are climbed."""

    UNIT = "unit"
    SOCKET = "socket"
    CONNECT = "connect"
    PING = "ping"
    VERSION = "version"
    LIST = "list"


@dataclass(frozen=True)
class ProbeStep:
    """How one rung went; the first that fails ends the probe."""

    rung: Rung
    ok: bool
    latency_ms: float | None
    error: DockerctlError | None


@dataclass(frozen=True)
class ProbeReport:
    """One climb of the ladder."""

    address: str | None
    steps: tuple[ProbeStep, ...]
    engine: EngineVersion | None

    @property
    def failed_step(self) -> ProbeStep | None:
        """The rung that did not hold, or None."""
        return next((step for step in self.steps if not step.ok), None)

    @property
    def ok(self) -> bool:
        """Whether every rung was climbed."""
        return bool(self.steps) and self.failed_step is None


class Verdict(StrEnum):
    """The health conclusion, one word."""

    HEALTHY = "healthy"
    HUNG = "hung"
    UNREACHABLE = "unreachable"
    STARTING = "starting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    ARMED = "armed"
    FAILED = "failed"
    NOT_INSTALLED = "not-installed"


@dataclass(frozen=True)
class Units:
    """The service and its socket, read one right after the other."""

    service: Service
    # None where the service has no socket unit.
    socket: Socket | None


@dataclass(frozen=True)
class Conclusion:
    """A verdict with its reason, a sentence for a person."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class StatusReport:
    """Everything that ``status`` knows."""

    units: Units
    conclusion: Conclusion
    probe: ProbeReport
    process: ProcessFigures | None
    boot_service: UnitFileState
    boot_socket: UnitFileState | None
    route: Route
    caller: CallerEndpoint | None
