"""What dockerctl needs of a service manager. The adapter and the tests' fake both keep to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from dockerctl.deadline import Deadline
from dockerctl.systemd.model import (
    JobResult,
    JobType,
    QueuedJob,
    Route,
    Service,
    Socket,
    UnitFileChange,
    UnitFileState,
)


class Manager(Protocol):
    """A connection to a service manager, good for one command.

    Every method has its own time limit and never outlasts the command's deadline by more than a
    moment. All raise ``BusUnavailable``, ``BusTimeout`` or another ``SystemdError``; those that
    change something raise ``NotPermitted`` when polkit or the bus policy refuses, and then
    nothing has changed.
    """

    @property
    def route(self) -> Route:
        """How the manager was reached."""

    @property
    def wrote(self) -> bool:
        """Whether systemd accepted a change that we asked for, other than ``reset_failed``."""

    def service(self, unit: str) -> Service:
        """The service's state, read in one go: all of it is of one moment.

        A unit that does not exist has ``load_state`` not-found; that is not an error.
        """

    def socket(self, unit: str) -> Socket:
        """The socket's state, likewise."""

    def properties(self, unit: str) -> Mapping[str, object]:
        """All properties of a unit of any kind as D-Bus has them, in plain values.

        A unit that does not exist has ``LoadState`` not-found; that is not an error.
        """

    def unit_file_state(self, unit: str) -> UnitFileState:
        """What the files on disk say about the start at boot, also before a daemon-reload."""

    def enqueue(self, job: JobType, unit: str) -> str:
        """Ask for a job and return its path at once (mode "replace").

        Raises ``UnitNotFound``, ``UnitMasked``, ``BadUnitSetting``, ``JobNotApplicable``, ...
        """

    def job_result(self, job: str) -> JobResult | None:
        """The result of one of our jobs, or None while it is queued or running."""

    def job_queued(self, job_id: int) -> bool:
        """Whether a job with this number is queued or running."""

    def jobs(self) -> tuple[QueuedJob, ...]:
        """All jobs that are queued or running, of any unit."""

    def watch(self, units: Sequence[str]) -> None:
        """From now on let every change of these units end ``wait_event``."""

    def wait_event(self, seconds: float) -> None:
        """Pass up to ``seconds``; return early when a job of ours ends or a watched unit changes.

        The bus may vanish meanwhile: the connection is made anew, and the caller reads again.
        """

    def reset_failed(self, unit: str) -> None:
        """Clear the failed state and the counter behind StartLimitBurst= (a no-op if unloaded).

        Without privilege, and where no failed start makes it necessary, this is only tried.
        """

    def enable(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        """Make the links for the start at boot. ``daemon_reload`` must follow."""

    def disable(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        """Remove those links. ``daemon_reload`` must follow."""

    def mask(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        """Link the units to /dev/null. ``daemon_reload`` must follow."""

    def unmask(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        """Remove such links, in /etc and in /run. ``daemon_reload`` must follow."""

    def daemon_reload(self) -> None:
        """Let systemd read all unit files again; returns when it has."""

    def close(self) -> None:
        """Let go of the connection and of every subscription."""


class Connect(Protocol):
    """Makes a ``Manager`` for one command; the composition root passes it in."""

    def __call__(self, deadline: Deadline) -> Manager:
        """Connect within ``deadline``."""
