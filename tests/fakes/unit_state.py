"""What the fake systemd remembers of a unit, and what a caller sees of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from dockerctl.systemd.model import (
    ActiveState,
    Condition,
    LoadState,
    Service,
    Socket,
    UnitFileState,
)
from tests.fakes.unit_files import ServiceFile, SocketFile, UnitFile


@dataclass
class Job:
    """A queued or running job."""

    number: int
    unit: str
    # A method name of the Manager interface, without "Unit".
    kind: str
    running: bool = False
    # A restart whose stop is over.
    half_done: bool = False

    @property
    def path(self) -> str:
        """The job's object path."""
        return f"/org/freedesktop/systemd1/job/{self.number}"

    @property
    def starts(self) -> bool:
        """Whether it ends with the unit up."""
        return self.kind in ("Start", "Restart", "TryRestart")


@dataclass
class UnitState:
    """One unit in the memory of systemd."""

    name: str
    # What systemd has read of it; None where it found nothing, or a mask.
    file: UnitFile | None
    load: LoadState
    files: UnitFileState
    triggered_by: tuple[str, ...] = ()
    active: ActiveState = ActiveState.INACTIVE
    sub: str = "dead"
    result: str = "success"
    main_pid: int = 0
    code: int = 0
    status: int = 0
    restarts: int = 0
    invocation: str = ""
    # Moments in seconds since the epoch.
    changed: float | None = None
    entered: float | None = None
    left: float | None = None
    # -1 does not hold, 0 not tested.
    condition: int = 0
    assertion: int = 0
    drop_ins: tuple[str, ...] = ()
    stale: bool = False
    job: Job | None = None
    # Alarms of an earlier state look at this and do nothing.
    generation: int = 0
    limit_hit: bool = False
    start_times: list[float] = field(default_factory=list)

    @property
    def down(self) -> bool:
        """Whether it is at rest."""
        return self.active in (ActiveState.INACTIVE, ActiveState.FAILED)

    @property
    def up(self) -> bool:
        """Whether it runs."""
        return self.active in (ActiveState.ACTIVE, ActiveState.RELOADING)

    @property
    def waits_to_restart(self) -> bool:
        """Whether systemd is about to try again."""
        return self.sub == "auto-restart"

    @property
    def program(self) -> ServiceFile:
        """The file of a service; systemd's defaults where a mask or a removal took it away."""
        assert not isinstance(self.file, SocketFile), f"{self.name} has no program"
        return self.file or ServiceFile(self.name)

    def service(self) -> Service:
        """The unit as a service."""
        assert not isinstance(self.file, SocketFile), f"{self.name} is no service"
        file = self.program
        lines = 0 if self.file is None else (2 if file.bad_setting else 1)
        return Service(
            **self._common(),
            result=self.result,
            main_pid=self.main_pid,
            exec_main_code=self.code,
            exec_main_status=self.status,
            n_restarts=self.restarts,
            restart=file.restart,
            restart_usec=_usec(file.restart_s),
            timeout_start_usec=_usec(file.start_timeout_s),
            timeout_stop_usec=_usec(file.stop_timeout_s),
            exec_start=(file.argv,) * lines,
            memory_bytes=None,
            memory_peak_bytes=None,
            tasks=None,
            type="notify" if lines else "",
        )

    def socket(self) -> Socket:
        """The unit as a socket."""
        assert not isinstance(self.file, ServiceFile), f"{self.name} is no socket"
        listen = () if self.file is None else (("Stream", self.file.listen),)
        return Socket(**self._common(), result=self.result, listen=listen)

    def _common(self) -> dict[str, Any]:
        file = self.file
        service = file if isinstance(file, ServiceFile) else ServiceFile(self.name)
        masked = self.load is LoadState.MASKED
        return {
            "name": self.name,
            "description": self.name,
            "load_state": self.load,
            "load_error": _LOAD_ERRORS.get(self.load, "").format(self.name),
            "active_state": self.active,
            "sub_state": self.sub,
            "unit_file_state": self.files,
            "fragment_path": (
                f"/etc/systemd/system/{self.name}"
                if masked
                else ("" if file is None else f"/lib/systemd/system/{self.name}")
            ),
            "drop_in_paths": self.drop_ins,
            "need_daemon_reload": self.stale,
            "can_reload": service.reloads,
            "job_id": 0 if self.job is None else self.job.number,
            "invocation_id": self.invocation,
            "state_change_usec": _usec(self.changed),
            "active_enter_usec": _usec(self.entered),
            "inactive_enter_usec": _usec(self.left),
            "triggered_by": self.triggered_by,
            "triggers": (file.service,) if isinstance(file, SocketFile) else (),
            "requires": service.requires,
            "binds_to": (),
            "conditions": _condition("ConditionPathExists", service.condition, self.condition),
            "asserts": _condition("AssertPathExists", service.assertion, self.assertion),
        }


_LOAD_ERRORS = {
    LoadState.NOT_FOUND: "Unit {} not found.",
    LoadState.MASKED: "Unit {} is masked.",
    LoadState.BAD_SETTING: "Unit {} has a bad unit file setting.",
}


def _usec(seconds: float | None) -> int | None:
    return None if seconds is None or math.isinf(seconds) else round(seconds * 1_000_000)


def _condition(kind: str, path: str, outcome: int) -> tuple[Condition, ...]:
    return (Condition(kind, False, False, path, outcome),) if path else ()
