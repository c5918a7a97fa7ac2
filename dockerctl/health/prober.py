"""The probe ladder: unit, socket, connect, ping, version, list; it names the rung that failed."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dockerctl.deadline import Deadline
from dockerctl.docker.address import Address, UnixAddress
from dockerctl.errors import (
    AddressUnsupported,
    ConnectionReset,
    DockerctlError,
    NotRunning,
    ReadTimeout,
    SocketForbidden,
    SocketMissing,
)
from dockerctl.health.address import Whereabouts
from dockerctl.health.model import ProbeReport, ProbeStep, Rung, Units
from dockerctl.retry import Operation, retry_call
from dockerctl.systemd.model import ActiveState

if TYPE_CHECKING:
    from dockerctl.docker.answers import EngineInfo, EngineVersion
    from dockerctl.docker.client import EngineClient


class Prober(Protocol):
    """Asks the daemon whether it is healthy."""

    def prepare(self) -> None:
        """Load what a climb needs, where there is time for it; else the first climb does."""

    def climb(self, units: Units, deadline: Deadline, *, starting: bool = False) -> ProbeReport:
        """One climb. Never raises: the report says which rung failed and why.

        The socket is not touched unless ``units.service`` runs, or is on its way up and
        ``starting`` says that the user asked for this.
        """

    def climb_patiently(self, units: Units, deadline: Deadline) -> ProbeReport:
        """Climb again when a rung failed in a way that passes, a few times; then believe it."""

    def info(self, units: Units, deadline: Deadline) -> EngineInfo:
        """What the running daemon says of itself and its containers; raises ``EngineError``."""


class _Failed(Exception):
    """Carries a report through the retries."""

    def __init__(self, report: ProbeReport) -> None:
        super().__init__()
        self.report = report


# These pass by themselves within moments, or not at all; permission and missing files do not.
_PASSING = (ReadTimeout, ConnectionReset)


class EngineProber:
    """``Prober`` over the Engine API."""

    def __init__(self, whereabouts: Whereabouts) -> None:
        self._whereabouts = whereabouts

    def prepare(self) -> None:
        # 20 ms, most of it http.client: start has them while the daemon comes up.
        import dockerctl.docker.client  # noqa: F401, PLC0415

    def climb(self, units: Units, deadline: Deadline, *, starting: bool = False) -> ProbeReport:
        ladder = _Ladder(units.service.name, deadline)
        address = self._whereabouts.address(units) if units.service.exists else None
        try:
            with ladder.rung(Rung.UNIT):
                _require_running(units, starting=starting)
            # Between the rungs, which are timed.
            self.prepare()
            with ladder.rung(Rung.SOCKET):
                address = _known(address, units)
                _require_socket(address)
            with _client(address, deadline) as client:
                _ask(client, ladder)
        except DockerctlError:
            # The rung has it; the report below tells.
            pass
        return ProbeReport(
            None if address is None else str(address), tuple(ladder.steps), ladder.engine
        )

    def climb_patiently(self, units: Units, deadline: Deadline) -> ProbeReport:
        def attempt() -> ProbeReport:
            report = self.climb(units, deadline)
            failed = report.failed_step
            if failed is not None and isinstance(failed.error, _PASSING):
                raise _Failed(report)
            return report

        try:
            return retry_call(Operation.PROBE, attempt, deadline=deadline, retry_on=(_Failed,))
        except _Failed as failed:
            return failed.report

    def client(self, units: Units, deadline: Deadline) -> EngineClient:
        """For further questions to a daemon that runs: never call it for one that does not."""
        return _client(_known(self._whereabouts.address(units), units), deadline)

    def info(self, units: Units, deadline: Deadline) -> EngineInfo:
        with self.client(units, deadline) as client:
            # A hung daemon is noticed sooner by a ping, which waits less.
            client.ping()
            return client.info()


class _Ladder:
    """The rungs climbed so far."""

    def __init__(self, unit: str, deadline: Deadline) -> None:
        self._unit = unit
        self._clock = deadline.clock
        self.steps: list[ProbeStep] = []
        self.engine: EngineVersion | None = None

    @contextmanager
    def rung(self, rung: Rung) -> Iterator[None]:
        """Time what is done inside and note how it ended; errors pass through."""
        began = self._clock.monotonic()
        try:
            yield
        except DockerctlError as error:
            error.concern(self._unit)
            self._note(rung, began, error)
            raise
        self._note(rung, began, None)

    def _note(self, rung: Rung, began: float, error: DockerctlError | None) -> None:
        latency = (self._clock.monotonic() - began) * 1000
        self.steps.append(ProbeStep(rung, error is None, round(latency, 3), error))


def _client(address: Address, deadline: Deadline) -> EngineClient:
    from dockerctl.docker.client import EngineClient  # noqa: PLC0415  (see ``prepare``)

    return EngineClient(address, deadline)


def _ask(client: EngineClient, ladder: _Ladder) -> None:
    with ladder.rung(Rung.CONNECT):
        client.connect()
    with ladder.rung(Rung.PING):
        client.ping()
    with ladder.rung(Rung.VERSION):
        ladder.engine = client.version()
    with ladder.rung(Rung.LIST):
        client.list_one()


def _known(address: Address | None, units: Units) -> Address:
    if address is None:
        raise AddressUnsupported(
            f"Where {units.service.name} listens cannot be told from its unit."
        )
    return address


def _require_running(units: Units, *, starting: bool) -> None:
    service = units.service
    comes = starting and service.active_state is ActiveState.ACTIVATING
    if not (service.runs or comes):
        raise NotRunning(f"{service.name} is {service.active_state} ({service.sub_state}).")


def _require_socket(address: Address) -> None:
    if not isinstance(address, UnixAddress):
        return
    try:
        mode = Path(address.path).stat().st_mode
    except FileNotFoundError:
        raise SocketMissing(f"{address.path} does not exist.") from None
    except PermissionError:
        raise SocketForbidden(f"You may not look at {address.path}.") from None
    except OSError as error:
        raise SocketMissing(f"{address.path} cannot be looked at: {error.strerror}.") from error
    if not stat.S_ISSOCK(mode):
        raise SocketMissing(f"{address.path} exists and is not a socket.")
