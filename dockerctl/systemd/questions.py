"""What the adapter asks systemd without changing anything, over any way of calling it."""

from __future__ import annotations

from typing import Protocol

from gi.repository import GLib

from dockerctl.errors import JobUnknown, UnitNotFound
from dockerctl.systemd.model import QueuedJob, UnitFileState
from dockerctl.systemd.names import unit_path
from dockerctl.systemd.property_map import PropertyMap

ROOT = "/org/freedesktop/systemd1"
MANAGER = "org.freedesktop.systemd1.Manager"
PROPERTIES = "org.freedesktop.DBus.Properties"


class Read(Protocol):
    """A call that changes nothing; ``what`` says in an error message what it was for."""

    def __call__(
        self, path: str, interface: str, member: str, arguments: GLib.Variant | None, what: str
    ) -> GLib.Variant:
        """The answer as it came."""


class Questions:
    """Questions to systemd, each of them one call."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def properties(self, unit: str) -> PropertyMap:
        """All properties of all interfaces of a unit."""
        # Reading a unit's path loads the unit (systemd: src/core/dbus-unit.c), so that LoadUnit,
        # one more round trip, is not needed. No interface stands for all of them: the state and
        # the process are then of one moment.
        arguments = GLib.Variant("(s)", ("",))
        return PropertyMap(
            self._read(unit_path(unit), PROPERTIES, "GetAll", arguments, f"read {unit}")
        )

    def unit_file_state(self, unit: str) -> UnitFileState:
        """What the files on disk say about the start at boot."""
        try:
            (state,) = self._read(
                ROOT,
                MANAGER,
                "GetUnitFileState",
                GLib.Variant("(s)", (unit,)),
                f"read the unit file state of {unit}",
            ).unpack()
        except UnitNotFound:
            return UnitFileState.NOT_FOUND
        return UnitFileState(state)

    def jobs(self) -> tuple[QueuedJob, ...]:
        """All jobs of the manager."""
        (rows,) = self._read(ROOT, MANAGER, "ListJobs", None, "list the jobs").unpack()
        return tuple(QueuedJob(*row[:4]) for row in rows)

    def job_queued(self, job_id: int) -> bool:
        """Whether a job with this number is queued or running."""
        try:
            self._read(
                ROOT, MANAGER, "GetJob", GLib.Variant("(u)", (job_id,)), f"find job {job_id}"
            )
        except JobUnknown:
            return False
        return True
