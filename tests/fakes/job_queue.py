"""The jobs of the fake systemd: what is refused, merged, displaced, and in which order they run."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from dockerctl.errors import (
    BadUnitSetting,
    InvalidRequest,
    JobNotApplicable,
    OnlyByDependency,
    UnitMasked,
    UnitNotFound,
)
from dockerctl.systemd.model import ActiveState, JobResult, LoadState, QueuedJob
from tests.fakes.unit_files import ServiceFile
from tests.fakes.unit_state import Job, UnitState

if TYPE_CHECKING:
    from tests.fakes.systemd import FakeSystemd

# Between the answer to a request and the moment at which its job runs.
_QUEUE_S = 0.001
# systemd turns the one into the other when it takes the job (src/core/job.c, job_type_collapse).
_TYPES = {"TryRestart": "restart"}
_NAME = re.compile(r"[A-Za-z0-9:_.\\-]+\.(service|socket)\Z")


class JobQueue:
    """All jobs that have not ended."""

    def __init__(self, systemd: FakeSystemd) -> None:
        self._systemd = systemd
        self._numbers = itertools.count(70)
        # Told of every job that ends: its path and its result.
        self.on_end: list[Callable[[str, JobResult], None]] = []

    def request(self, kind: str, name: str) -> str:
        """A job as asked for by a caller, mode "replace"; its path."""
        if not _NAME.match(name):
            raise InvalidRequest(f"Unit name {name} is not valid.")
        unit = self._systemd.unit(name)
        self._refuse(kind, unit)
        if kind == "TryRestart" and unit.down and unit.job is None:
            kind = "Nop"
        return self.install(kind, unit).path

    def pending(self, name: str) -> Job | None:
        """The job of a unit."""
        return self._systemd.unit(name).job

    def numbers(self) -> set[int]:
        """The numbers of all jobs."""
        return {unit.job.number for unit in self._systemd.loaded() if unit.job is not None}

    def rows(self) -> tuple[QueuedJob, ...]:
        """All jobs, as systemd lists them."""
        return tuple(
            QueuedJob(
                job.number,
                unit.name,
                _TYPES.get(job.kind, job.kind.lower()),
                "running" if job.running else "waiting",
            )
            for unit in self._systemd.loaded()
            if (job := unit.job) is not None
        )

    def _refuse(self, kind: str, unit: UnitState) -> None:
        if kind == "Stop":
            if unit.load is LoadState.NOT_FOUND and unit.down:
                raise UnitNotFound(f"Unit {unit.name} not loaded.")
            return
        if unit.load is LoadState.NOT_FOUND:
            raise UnitNotFound(f"Unit {unit.name} not found.")
        if unit.load is LoadState.MASKED:
            raise UnitMasked(f"Unit {unit.name} is masked.")
        if unit.load is LoadState.BAD_SETTING:
            raise BadUnitSetting(f"Unit {unit.name} has a bad unit file setting.")
        file = unit.file
        if kind == "Reload" and not (isinstance(file, ServiceFile) and file.reloads):
            raise JobNotApplicable(f"Job type reload is not applicable for unit {unit.name}.")
        if isinstance(file, ServiceFile) and file.refuses_manual_start:
            raise OnlyByDependency(f"Operation refused, unit {unit.name} may be requested ...")
        for other in self._required(unit):
            self._refuse("Start", other)

    def install(self, kind: str, unit: UnitState) -> Job:
        """Put a job, and what it pulls in, into the queue."""
        if kind in ("Start", "Restart"):
            for other in self._required(unit):
                if not other.up and other.job is None:
                    self.install("Start", other)
        elif kind == "Stop":
            for other in self._requiring(unit):
                if not other.down and (other.job is None or other.job.kind != "Stop"):
                    self.install("Stop", other)
        old = unit.job
        if old is not None and old.kind == kind:
            return old
        if old is not None:
            assert "Stop" in (old.kind, kind), f"nobody has tried {kind} during {old.kind}"
            self.finish(unit, JobResult.CANCELED)
        unit.job = Job(next(self._numbers), unit.name, kind)
        self._systemd.clock.after(_QUEUE_S, self.run)
        return unit.job

    def run(self) -> None:
        """Let every job run that waits for nothing."""
        for unit in self._systemd.loaded():
            job = unit.job
            if job is not None and not job.running and not self._waits(unit, job):
                job.running = True
                self._run(unit, job)

    def _waits(self, unit: UnitState, job: Job) -> bool:
        if job.kind == "Stop":
            others = [other.job for other in self._requiring(unit)]
            return any(other is not None and other.kind == "Stop" for other in others)
        if unit.active is ActiveState.DEACTIVATING and job.starts:
            return True
        return any(other.job is not None for other in self._required(unit))

    def _run(self, unit: UnitState, job: Job) -> None:
        if job.kind == "Nop" or (job.kind == "Stop" and unit.down):
            self.finish(unit, JobResult.DONE)
        elif job.kind == "Stop":
            self._systemd.stop(unit)
        elif job.kind == "Reload":
            self._systemd.reload(unit)
        elif unit.up and job.kind == "Start":
            self.finish(unit, JobResult.DONE)
        elif unit.up:
            self._systemd.stop(unit)
        elif unit.down or (unit.waits_to_restart and job.kind == "Restart"):
            self._systemd.start(unit)
        # Otherwise the unit is on its way up, and the job ends when it gets there. Before systemd
        # 257 a start job waits for an automatic restart.

    def stopped(self, unit: UnitState) -> None:
        """A unit is down: the end of a stop, and half of a restart."""
        job = unit.job
        if job is not None and job.running and job.kind in ("Restart", "TryRestart"):
            job.half_done = True
            self._systemd.start(unit)
        elif job is not None and job.running and job.kind == "Stop":
            self.finish(unit, JobResult.DONE)
        else:
            self.run()

    def finish(self, unit: UnitState, result: JobResult) -> None:
        """End the job of a unit, if there is one, and that of what needed it to succeed."""
        job = unit.job
        if job is None:
            return
        unit.job = None
        for tell in self.on_end:
            tell(job.path, result)
        if job.starts and result not in (JobResult.DONE, JobResult.CANCELED):
            for other in self._requiring(unit):
                if other.job is not None and other.job.starts:
                    self.finish(other, JobResult.DEPENDENCY)
        self.run()

    def _required(self, unit: UnitState) -> list[UnitState]:
        file = unit.file
        names = file.requires if isinstance(file, ServiceFile) else ()
        return [self._systemd.unit(name) for name in names]

    def _requiring(self, unit: UnitState) -> list[UnitState]:
        return [
            other
            for other in self._systemd.loaded()
            if isinstance(other.file, ServiceFile) and unit.name in other.file.requires
        ]
