"""The fake systemd as the contract sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dockerctl.deadline import Clock, Deadline
from dockerctl.systemd.port import Manager
from tests.contract.units import UNITS
from tests.fakes.clock import FakeClock
from tests.fakes.manager import Bus, BusState, FakeManager
from tests.fakes.systemd import FakeSystemd
from tests.fakes.unit_files import SocketFile

# What systemctl takes at most until a job of the contract's units has ended.
_JOB_S = 5.0


class FakeWorld:
    """``World`` over one fake systemd."""

    def __init__(self, *, privileged: bool = True) -> None:
        self._clock = FakeClock()
        self.systemd = FakeSystemd(self._clock, UNITS)
        self._bus = Bus()
        self._privileged = privileged
        self._last: FakeManager | None = None

    @property
    def clock(self) -> Clock:
        return self._clock

    def connect(self, deadline_s: float = 60.0) -> Manager:
        deadline = Deadline.after(deadline_s, self._clock)
        self._last = FakeManager(self.systemd, deadline, bus=self._bus, privileged=self._privileged)
        return self._last

    def start(self, unit: str) -> None:
        self.systemd.jobs.request("Start", unit)
        self._await_job(unit)

    def stop(self, unit: str) -> None:
        self.systemd.jobs.request("Stop", unit)
        self._await_job(unit)

    def _await_job(self, unit: str) -> None:
        limit = self._clock.monotonic() + _JOB_S
        while self.systemd.jobs.pending(unit) is not None:
            alarm = self._clock.next_alarm()
            assert alarm is not None, f"the job of {unit} waits for nothing"
            assert alarm < limit, f"the job of {unit} does not end"
            self._clock.advance_to(alarm)

    def kill(self, unit: str) -> None:
        self.systemd.kill(unit)

    def knock(self, socket: SocketFile) -> None:
        self.systemd.knock(socket.name)

    def drop_in(self, unit: str) -> str:
        return self.systemd.disk.drop_in(unit)

    def touch(self, unit: str) -> None:
        self.systemd.touch(unit)

    def uninstall(self, unit: str) -> None:
        self.systemd.disk.remove(unit)
        self.systemd.daemon_reload()

    def mask_in_run(self, unit: str) -> None:
        self.systemd.disk.mask_in_run(unit)
        self.systemd.daemon_reload()

    @contextmanager
    def later(self, seconds: float, unit: str) -> Iterator[None]:
        self._clock.after(seconds, lambda: self._request_start(unit))
        yield

    def _request_start(self, unit: str) -> None:
        self.systemd.jobs.request("Start", unit)

    @contextmanager
    def interrupt_after(self, seconds: float) -> Iterator[None]:
        assert self._last is not None
        self._last.interrupt_after(seconds)
        yield

    def reexec(self) -> None:
        # Units and jobs survive it; connections to the bus do too.
        return

    def restart_bus(self) -> None:
        self._bus.restart()

    def stop_bus(self) -> None:
        self._bus.stop()

    @contextmanager
    def hang_bus(self) -> Iterator[None]:
        self._bus.state = BusState.HUNG
        yield
        self._bus.state = BusState.UP
