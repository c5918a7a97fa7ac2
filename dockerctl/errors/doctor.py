"""What goes wrong when the doctor is asked to do more than to look."""

from __future__ import annotations

from dockerctl.errors.base import DockerctlError
from dockerctl.exits import ExitCode


class DoctorError(DockerctlError):
    """The doctor could not do what it was asked for."""


class NoSafeRepair(DoctorError):
    """The repair of a finding needs a person."""

    code = "no-safe-repair"
    exit_code = ExitCode.NEEDS_CONFIRMATION
    default_hint = "Do it by hand; 'dockerctl doctor explain CODE' says how."


class RepairFailed(DoctorError):
    """A command of a repair failed; what it had changed was undone by that command itself."""

    code = "repair-failed"
    default_hint = "See 'dockerctl doctor' for how it stands now."


class BundleNotWritten(DoctorError):
    """The file of --bundle cannot be made."""

    code = "bundle-not-written"
    default_hint = "Name a new file in a folder that you may write to."
