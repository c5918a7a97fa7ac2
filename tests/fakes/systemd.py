"""A small systemd: units, jobs and their results, restarts, start limits, socket activation.

It knows what ``tests/contract`` has seen a real one do, and fails loudly beyond that. Reactions
take ``REACTION_S``, so that a caller sees the states in between.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Callable, Iterable

from dockerctl.systemd.model import ActiveState, JobResult
from tests.fakes.clock import FakeClock
from tests.fakes.disk import Disk
from tests.fakes.job_queue import JobQueue
from tests.fakes.unit_files import (
    CLD_EXITED,
    CLD_KILLED,
    Run,
    ServiceFile,
    SocketFile,
    UnitFile,
)
from tests.fakes.unit_state import Job, UnitState

# What systemd, fork() and exec() need before anything is seen.
REACTION_S = 0.01

_SIGKILL, _SIGTERM = 9, 15


class FakeSystemd:
    """The service manager itself; ``tests.fakes.manager`` is a connection to it."""

    def __init__(
        self, clock: FakeClock, files: Iterable[UnitFile], *, enabled: Iterable[str] = ()
    ) -> None:
        self.clock = clock
        self.disk = Disk(files, enabled=enabled)
        self.jobs = JobQueue(self)
        # Told of every change of a unit, by its name.
        self.on_change: list[Callable[[str], None]] = []
        self._units: dict[str, UnitState] = {}
        self._runs: dict[str, int] = {}
        self._numbers = itertools.count(1)

    # --- what can be asked and done ------------------------------------------------------------

    def unit(self, name: str) -> UnitState:
        """A unit, read from disk when it is not in memory."""
        if name not in self._units:
            self._units[name] = self.disk.load(name)
        return self._units[name]

    def loaded(self) -> list[UnitState]:
        """The units in memory."""
        return list(self._units.values())

    def is_loaded(self, name: str) -> bool:
        """Whether a unit that exists is in memory."""
        return name in self._units and self._units[name].file is not None

    def daemon_reload(self) -> None:
        """Read all files again; what runs goes on."""
        for name, unit in list(self._units.items()):
            fresh = self.disk.load(name)
            unit.file, unit.load, unit.files = fresh.file, fresh.load, fresh.files
            unit.triggered_by, unit.drop_ins = fresh.triggered_by, fresh.drop_ins
            unit.stale = False
            self._changed(unit)

    def reset_failed(self, name: str) -> None:
        """Forget failures and the start counter."""
        unit = self.unit(name)
        if unit.active is ActiveState.FAILED:
            self.enter(unit, ActiveState.INACTIVE, "dead")
        unit.result, unit.restarts = "success", 0
        unit.limit_hit = False
        unit.start_times.clear()
        self._collect(unit)

    def kill(self, name: str, signal: int = _SIGKILL) -> None:
        """Kill the main process of a service."""
        unit = self.unit(name)
        assert unit.main_pid, f"{name} has no process to kill"
        self._end_of_program(unit, CLD_KILLED, signal, "signal")

    def exit(self, name: str, status: int) -> None:
        """Let the main process of a service exit by itself."""
        unit = self.unit(name)
        assert unit.main_pid, f"{name} has no process that could exit"
        self._end_of_program(unit, CLD_EXITED, status, "exit-code" if status else "success")

    def knock(self, socket: str) -> None:
        """Let a client connect to a socket unit; nothing happens unless it listens."""
        unit = self.unit(socket)
        file = unit.file
        assert isinstance(file, SocketFile), f"{socket} is no socket"
        if unit.sub == "listening" and self.jobs.pending(socket) is None:
            service = self.unit(file.service)
            if service.file is None:
                self.fail_socket(socket, "resources")
            elif not service.up and self.jobs.pending(file.service) is None:
                self.jobs.install("Start", service)

    def fail_socket(self, name: str, result: str) -> None:
        """Let a socket unit fail, as when clients knock more often than TriggerLimitBurst=."""
        unit = self.unit(name)
        unit.result = result
        self.enter(unit, ActiveState.FAILED, "failed")

    def touch(self, name: str) -> None:
        """Write a unit's file anew."""
        self.unit(name).stale = True

    # --- what jobs do --------------------------------------------------------------------------

    def start(self, unit: UnitState, *, automatic: bool = False) -> None:
        """Begin a start, unless something forbids it; ends the job of the unit when it does."""
        if isinstance(unit.file, SocketFile):
            self._start_socket(unit, unit.file)
            return
        file = unit.program
        unit.condition, unit.assertion = -bool(file.condition), -bool(file.assertion)
        if unit.condition or unit.assertion:
            self.jobs.finish(unit, JobResult.ASSERT if unit.assertion else JobResult.DONE)
            self._collect(unit)
            return
        if self._limit_is_hit(unit, file):
            self._hit_limit(unit)
            return
        unit.start_times.append(self.clock.monotonic())
        unit.restarts = unit.restarts + 1 if automatic else 0
        self._run(unit, file)

    def stop(self, unit: UnitState) -> None:
        """Begin a stop; the job ends when the unit is down."""
        if isinstance(unit.file, SocketFile) or unit.waits_to_restart:
            self._settle_down(unit, ActiveState.INACTIVE)
        elif unit.active is not ActiveState.DEACTIVATING:
            self.enter(unit, ActiveState.DEACTIVATING, "stop-sigterm")
            file = unit.program
            if file.stop_s < file.stop_timeout_s:
                code, status = (CLD_EXITED, 0) if file.stop_s else (CLD_KILLED, _SIGTERM)
                self._later(unit, file.stop_s, lambda: self._stopped(unit, code, status, "success"))
            else:
                self._later(
                    unit,
                    file.stop_timeout_s,
                    lambda: self._stopped(unit, CLD_KILLED, _SIGKILL, "timeout"),
                )

    def reload(self, unit: UnitState) -> None:
        """Reload a running service."""
        if not unit.up:
            self.jobs.finish(unit, JobResult.INVALID)
            self._collect(unit)
            return
        self.enter(unit, ActiveState.RELOADING, "reload")
        self._later(unit, 0.0, lambda: self._reloaded(unit))

    # --- a service -----------------------------------------------------------------------------

    def _run(self, unit: UnitState, file: ServiceFile) -> None:
        number = self._runs.get(unit.name, 0)
        self._runs[unit.name] = number + 1
        run = file.runs[min(number, len(file.runs) - 1)]
        if not file.has_program:
            run = Run(ready_s=math.inf, ends_s=0.0, status=203)
        unit.invocation = f"{next(self._numbers):032x}"
        unit.main_pid = 1000 + next(self._numbers)
        unit.code = unit.status = 0
        unit.result = "success"
        self.enter(unit, ActiveState.ACTIVATING, "start")
        if run.ready_s < run.ends_s and run.ready_s < file.start_timeout_s:
            self._later(unit, run.ready_s, lambda: self._ready(unit, run))
        elif run.ends_s < file.start_timeout_s:
            self._later(unit, run.ends_s, lambda: self._program_ends(unit, run))
        else:
            self._later(unit, file.start_timeout_s, lambda: self._too_slow(unit))

    def _ready(self, unit: UnitState, run: Run) -> None:
        self.enter(unit, ActiveState.ACTIVE, "running")
        if math.isfinite(run.ends_s):
            self._later(unit, run.ends_s - run.ready_s, lambda: self._program_ends(unit, run))
        self.jobs.finish(unit, JobResult.DONE)

    def _program_ends(self, unit: UnitState, run: Run) -> None:
        clean = run.code == CLD_EXITED and run.status == 0
        failure = "exit-code" if run.code == CLD_EXITED else "signal"
        result = "success" if clean else failure
        if clean and unit.active is ActiveState.ACTIVATING:
            # Ended well without having said that it is ready.
            result = "protocol"
        self._end_of_program(unit, run.code, run.status, result)

    def _too_slow(self, unit: UnitState) -> None:
        self._end_of_program(unit, CLD_KILLED, _SIGTERM, "timeout")

    def _end_of_program(self, unit: UnitState, code: int, status: int, result: str) -> None:
        if unit.active is ActiveState.DEACTIVATING:
            self._stopped(unit, code, status, "success")
            return
        unit.main_pid, unit.code, unit.status, unit.result = 0, code, status, result
        file = unit.program
        again = file.restart == "always" or (file.restart == "on-failure" and result != "success")
        if again:
            self.enter(unit, ActiveState.ACTIVATING, "auto-restart")
            self._later(unit, file.restart_s, lambda: self.start(unit, automatic=True))
        else:
            good = result == "success"
            self.enter(unit, *_AT_REST[ActiveState.INACTIVE if good else ActiveState.FAILED])
        self.jobs.finish(unit, JobResult.FAILED)
        self._collect(unit)

    def _stopped(self, unit: UnitState, code: int, status: int, result: str) -> None:
        unit.main_pid, unit.code, unit.status, unit.result = 0, code, status, result
        good = result == "success"
        self._settle_down(unit, ActiveState.INACTIVE if good else ActiveState.FAILED)

    def _settle_down(self, unit: UnitState, state: ActiveState) -> None:
        unit.main_pid = 0
        self.enter(unit, *_AT_REST[state])
        self.jobs.stopped(unit)
        self._collect(unit)

    def _reloaded(self, unit: UnitState) -> None:
        self.enter(unit, ActiveState.ACTIVE, "running")
        self.jobs.finish(unit, JobResult.DONE)

    def _limit_is_hit(self, unit: UnitState, file: ServiceFile) -> bool:
        since = self.clock.monotonic() - file.start_interval_s
        return sum(moment > since for moment in unit.start_times) >= file.start_burst

    def _hit_limit(self, unit: UnitState) -> None:
        unit.limit_hit = True
        unit.restarts += unit.waits_to_restart
        # A unit that failed already keeps the result of its first failure (systemd 252).
        if unit.result == "success":
            unit.result = "start-limit-hit"
        self.enter(unit, ActiveState.FAILED, "failed")
        self.jobs.finish(unit, JobResult.FAILED)

    # --- a socket ------------------------------------------------------------------------------

    def _start_socket(self, unit: UnitState, file: SocketFile) -> None:
        unit.invocation = f"{next(self._numbers):032x}"
        if file.broken:
            self.fail_socket(unit.name, "exit-code")
            self.jobs.finish(unit, JobResult.FAILED)
            return
        unit.result = "success"
        taken = self.unit(file.service).up
        self.enter(unit, ActiveState.ACTIVE, "running" if taken else "listening")
        self.jobs.finish(unit, JobResult.DONE)

    def _tell_sockets(self, service: UnitState) -> None:
        for name in service.triggered_by:
            socket = self.unit(name)
            if socket.active is not ActiveState.ACTIVE:
                continue
            if service.limit_hit:
                self.fail_socket(name, "service-start-limit-hit")
            elif service.up != (socket.sub == "running"):
                self.enter(socket, ActiveState.ACTIVE, "running" if service.up else "listening")

    # --- states --------------------------------------------------------------------------------

    def enter(self, unit: UnitState, active: ActiveState, sub: str) -> None:
        """Let a unit be in a state from now on."""
        now = self.clock.time()
        was_up, was_down = unit.up, unit.down
        unit.active, unit.sub, unit.changed = active, sub, now
        unit.generation += 1
        if unit.up and not was_up:
            unit.entered = now
        if unit.down and not was_down:
            unit.left = now
        self._changed(unit)
        self._tell_sockets(unit)

    def _changed(self, unit: UnitState) -> None:
        for tell in self.on_change:
            tell(unit.name)

    def _later(self, unit: UnitState, seconds: float, act: Callable[[], None]) -> None:
        """Do something in a while, unless the unit is in another state by then."""
        generation = unit.generation

        def due() -> None:
            if unit.generation == generation:
                act()

        if math.isfinite(seconds):
            self.clock.after(max(seconds, REACTION_S), due)

    def _collect(self, unit: UnitState) -> None:
        """Forget a unit at rest that nothing refers to (systemd: src/core/unit.c, unit_may_gc)."""
        if unit.active is not ActiveState.INACTIVE or unit.job or self.disk.is_enabled(unit.name):
            return
        waiting = deque([unit.name])
        seen = {unit.name}
        while waiting:
            for other in self._units.values():
                refers = waiting[0] in (*_refers_to(other),)
                if refers and other.name not in seen:
                    if not other.down or other.job or self.disk.is_enabled(other.name):
                        return
                    seen.add(other.name)
                    waiting.append(other.name)
            waiting.popleft()
        if self._units.get(unit.name) is unit:
            del self._units[unit.name]


_AT_REST = {
    ActiveState.INACTIVE: (ActiveState.INACTIVE, "dead"),
    ActiveState.FAILED: (ActiveState.FAILED, "failed"),
}


def _refers_to(unit: UnitState) -> tuple[str, ...]:
    if isinstance(unit.file, SocketFile):
        return (unit.file.service,)
    return unit.file.requires if isinstance(unit.file, ServiceFile) else ()


__all__ = ["REACTION_S", "FakeSystemd", "Job"]
