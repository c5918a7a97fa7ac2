"""The manager port over the fake systemd. It has passed ``tests/contract`` and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from dockerctl.deadline import Deadline
from dockerctl.errors import AuthorizationRequired, BusTimeout, BusUnavailable
from dockerctl.systemd.model import (
    ActiveState,
    JobResult,
    JobType,
    QueuedJob,
    Route,
    Service,
    Socket,
    UnitFileChange,
    UnitFileState,
)
from tests.fakes.clock import FakeClock
from tests.fakes.properties import raw
from tests.fakes.systemd import FakeSystemd
from tests.fakes.unit_files import UnitFile

READ_LIMIT_S = 5.0
CONNECT_LIMIT_S = 3.0
# So many pauses in which no time passes, one after the other, are a busy loop.
MOST_IDLE_PAUSES = 200


class BusState(Enum):
    """How the message bus is."""

    UP = "up"
    DOWN = "down"
    HUNG = "hung"


class Bus:
    """The message bus between a systemd and its managers."""

    def __init__(self) -> None:
        self.state = BusState.UP
        # Connections of an earlier life are broken.
        self.life = 1

    def restart(self) -> None:
        """End it and start it again."""
        self.life += 1
        self.state = BusState.UP

    def stop(self) -> None:
        """End it."""
        self.life += 1
        self.state = BusState.DOWN


class FakeManager:
    """``Manager``; ``privileged`` is root, whom polkit does not ask.

    Signals are delivered in ``wait_event`` only, as late as a real manager may deliver them.
    """

    def __init__(
        self,
        systemd: FakeSystemd,
        deadline: Deadline,
        *,
        bus: Bus | None = None,
        privileged: bool = True,
    ) -> None:
        assert isinstance(deadline.clock, FakeClock), "a fake goes by a fake clock"
        self._systemd = systemd
        self._clock = deadline.clock
        self._deadline = deadline
        self._bus = bus or Bus()
        self._privileged = privileged
        self._jobs: set[str] = set()
        self._results: dict[str, JobResult] = {}
        self._watched: frozenset[str] = frozenset()
        self._listens = False
        self._arrived: list[tuple[str, JobResult | None]] = []
        self._interrupted = False
        self._idle_pauses = 0
        self._closed = False
        self._wrote = False
        self._route = Route.BUS
        self._life = 0
        self._connect()
        systemd.on_change.append(self._on_change)
        systemd.jobs.on_end.append(self._on_job_end)

    @classmethod
    def of(
        cls, clock: FakeClock, deadline_s: float, *files: UnitFile, enabled: Sequence[str] = ()
    ) -> FakeManager:
        """A manager of a systemd of its own."""
        systemd = FakeSystemd(clock, files, enabled=enabled)
        return cls(systemd, Deadline.after(deadline_s, clock))

    @property
    def systemd(self) -> FakeSystemd:
        """The other side."""
        return self._systemd

    def interrupt_after(self, seconds: float) -> None:
        """Let the user press Ctrl-C; the pause of that moment ends with it."""
        self._clock.after(seconds, self._interrupt)

    # --- the port: reading ---------------------------------------------------------------------

    @property
    def route(self) -> Route:
        return self._route

    @property
    def wrote(self) -> bool:
        return self._wrote

    def service(self, unit: str) -> Service:
        self._before_read()
        assert unit.endswith(".service"), f"{unit} is read as a service"
        return self._systemd.unit(unit).service()

    def socket(self, unit: str) -> Socket:
        self._before_read()
        assert unit.endswith(".socket"), f"{unit} is read as a socket"
        return self._systemd.unit(unit).socket()

    def properties(self, unit: str) -> Mapping[str, object]:
        self._before_read()
        state = self._systemd.unit(unit)
        return raw(state.socket() if unit.endswith(".socket") else state.service())

    def unit_file_state(self, unit: str) -> UnitFileState:
        self._before_read()
        return self._systemd.disk.state(unit)

    def job_queued(self, job_id: int) -> bool:
        self._before_read()
        return job_id in self._systemd.jobs.numbers()

    def jobs(self) -> tuple[QueuedJob, ...]:
        self._before_read()
        return self._systemd.jobs.rows()

    # --- the port: jobs ------------------------------------------------------------------------

    def enqueue(self, job: JobType, unit: str) -> str:
        self._before_write()
        self._listens = True
        path = self._systemd.jobs.request(job.value.removesuffix("Unit"), unit)
        self._jobs.add(path)
        self._wrote = True
        return path

    def job_result(self, job: str) -> JobResult | None:
        assert job in self._jobs, f"{job} is not a job of this manager"
        return self._results.get(job)

    def watch(self, units: Sequence[str]) -> None:
        self._before_read()
        assert not isinstance(units, str), "a name where names are expected"
        self._listens = True
        self._watched = frozenset(units)

    def wait_event(self, seconds: float) -> None:
        assert not self._closed, "waiting on a closed manager"
        assert seconds >= 0, f"a pause of {seconds} s"
        began = self._clock.monotonic()
        self._pass_time(began + min(seconds, self._deadline.remaining()))
        self._idle_pauses = self._idle_pauses + 1 if self._clock.monotonic() == began else 0
        assert self._idle_pauses < MOST_IDLE_PAUSES, "a busy loop: no time passes"

    def _pass_time(self, limit: float) -> None:
        while True:
            if self._interrupted:
                self._interrupted = False
                raise KeyboardInterrupt
            if self._bus.state is not BusState.HUNG and (self._is_broken() or self._deliver()):
                self._try_to_reconnect(limit)
                return
            alarm = self._clock.next_alarm()
            if alarm is None or alarm > limit:
                self._clock.advance_to(max(limit, self._clock.monotonic()))
                return
            self._clock.advance_to(alarm)

    # --- the port: changing --------------------------------------------------------------------

    def reset_failed(self, unit: str) -> None:
        if not self._privileged:
            state = self._systemd.unit(unit)
            failed = state.active is ActiveState.FAILED and unit.endswith(".service")
            if not failed and "limit-hit" not in state.result:
                self._before_read()
                return
        self._before_write()
        if self._systemd.is_loaded(unit):
            self._systemd.reset_failed(unit)

    def enable(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        return self._change_files(self._systemd.disk.enable, units)

    def disable(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        return self._change_files(self._systemd.disk.disable, units)

    def mask(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        return self._change_files(self._systemd.disk.mask, units)

    def unmask(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        return self._change_files(self._systemd.disk.unmask, units)

    def daemon_reload(self) -> None:
        self._before_write()
        self._systemd.daemon_reload()
        self._wrote = True

    def close(self) -> None:
        self._closed = True
        self._systemd.on_change.remove(self._on_change)
        self._systemd.jobs.on_end.remove(self._on_job_end)

    def _change_files(
        self,
        change: Callable[[Sequence[str]], tuple[UnitFileChange, ...]],
        units: Sequence[str],
    ) -> tuple[UnitFileChange, ...]:
        self._before_write()
        assert not isinstance(units, str), "a name where names are expected"
        changes = change(units)
        self._wrote = True
        return changes

    # --- the connection ------------------------------------------------------------------------

    def _before_read(self) -> None:
        assert not self._closed, "a call to a closed manager"
        if self._route is Route.BUS and self._bus.state is BusState.HUNG:
            allowed = min(READ_LIMIT_S, self._deadline.remaining())
            self._clock.sleep(allowed)
            raise BusTimeout(f"systemd did not answer in {allowed:.1f} s.")
        if self._is_broken():
            self._reconnect()

    def _before_write(self) -> None:
        self._before_read()
        if not self._privileged:
            raise AuthorizationRequired("systemd could not: Interactive authentication required.")

    def _is_broken(self) -> bool:
        return self._route is Route.BUS and self._life != self._bus.life

    def _connect(self) -> None:
        if self._bus.state is BusState.HUNG:
            self._clock.sleep(min(CONNECT_LIMIT_S, self._deadline.remaining()))
        if self._bus.state is BusState.UP:
            self._route, self._life = Route.BUS, self._bus.life
        elif self._privileged:
            self._route = Route.PRIVATE_SOCKET
        else:
            raise BusUnavailable("D-Bus cannot be reached.")

    def _reconnect(self) -> None:
        self._connect()
        self._arrived.clear()
        for job in self._jobs - self._results.keys():
            if int(job.rpartition("/")[2]) not in self._systemd.jobs.numbers():
                self._results[job] = JobResult.LOST

    def _try_to_reconnect(self, limit: float) -> None:
        if self._is_broken():
            try:
                self._reconnect()
            except BusUnavailable:
                self._clock.advance_to(max(limit, self._clock.monotonic()))

    # --- signals -------------------------------------------------------------------------------

    def _hears(self) -> bool:
        return self._listens and not self._is_broken()

    def _on_change(self, unit: str) -> None:
        if self._hears() and unit in self._watched:
            self._arrived.append((unit, None))

    def _on_job_end(self, path: str, result: JobResult) -> None:
        if self._hears():
            self._arrived.append((path, result))

    def _deliver(self) -> bool:
        """Take in what has arrived; says whether it concerns us."""
        concerns = False
        for name, result in self._arrived:
            if result is None:
                concerns = concerns or name in self._watched
            else:
                self._results[name] = result
                concerns = concerns or name in self._jobs
        self._arrived.clear()
        return concerns

    def _interrupt(self) -> None:
        self._interrupted = True
