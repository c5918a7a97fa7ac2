"""What goes wrong between us and systemd, and what systemd refuses."""

from __future__ import annotations

from dockerctl.errors.base import DockerctlError
from dockerctl.exits import ExitCode


class SystemdError(DockerctlError):
    """Something between us and systemd, or systemd's own refusal."""


class NoSystemd(SystemdError):
    """The host was not booted with systemd (sd_booted(3): /run/systemd/system is missing)."""

    code = "no-systemd"
    default_hint = (
        "dockerctl manages dockerd through systemd; on a host without it use that host's own "
        "service manager."
    )


class BusUnavailable(SystemdError):
    """Neither the message bus nor, for root, systemd's private socket can be reached."""

    code = "bus-unavailable"
    default_hint = (
        "Look at the bus with 'systemctl status dbus'. As root dockerctl can reach systemd "
        "without the bus."
    )


class ManagerAway(BusUnavailable):
    """The message bus works, and systemd is not on it: nothing was asked of it."""

    code = "manager-away"
    default_hint = (
        "systemd is on its way back to the bus after 'systemctl daemon-reexec' or a restart of the "
        "bus: try again in a moment."
    )


class BusTimeout(SystemdError):
    """systemd or the bus did not answer in the time that the call was given."""

    code = "bus-timeout"
    exit_code = ExitCode.DEADLINE_PASSED
    default_hint = (
        "PID 1, dbus-daemon or, for a caller other than root, polkit is overloaded or hung: see "
        "'systemctl status dbus polkit' and 'dmesg'."
    )


class BusCallFailed(SystemdError):
    """systemd answered with an error that dockerctl has no class for."""

    code = "bus-call-failed"
    default_hint = "See 'journalctl -b _PID=1 -n 20' for what systemd says about it."


class NotPermitted(SystemdError):
    """polkit or the bus policy refused."""

    code = "not-permitted"
    exit_code = ExitCode.NOT_PERMITTED
    default_hint = (
        "Run it as root (for example with sudo), or allow it with a polkit rule for "
        "org.freedesktop.systemd1.manage-units."
    )


class AuthorizationRequired(NotPermitted):
    """polkit would ask for a password, and there is nobody to ask."""

    code = "authorization-required"
    default_hint = (
        "Run it as root (for example with sudo), or from a terminal, where polkit can ask."
    )


class UnitNotFound(SystemdError):
    """There is no such unit: Docker is not installed, or its unit has another name."""

    code = "unit-not-found"
    exit_code = ExitCode.NOT_INSTALLED
    default_hint = (
        "Install Docker, or name its unit with --unit "
        "(see 'systemctl list-unit-files \"*docker*\"')."
    )


class UnitMasked(SystemdError):
    """The unit is masked, which forbids every start."""

    code = "unit-masked"
    default_hint = "Allow starts again with 'dockerctl unmask'."


class BadUnitSetting(SystemdError):
    """The unit file or a drop-in has a fatal mistake; systemd will not start it."""

    code = "unit-bad-setting"
    exit_code = ExitCode.CONFIG_INVALID
    default_hint = (
        "See it with 'systemd-analyze verify {service}'; the usual cause is a drop-in with "
        "a second ExecStart= and no empty 'ExecStart=' line before it."
    )


class UnitLoadFailed(SystemdError):
    """systemd could not load the unit's files."""

    code = "unit-load-failed"
    exit_code = ExitCode.CONFIG_INVALID
    default_hint = "See the files with 'systemctl cat {service}'."


class OnlyByDependency(SystemdError):
    """The unit refuses manual starts or stops (RefuseManualStart=, RefuseManualStop=)."""

    code = "only-by-dependency"
    default_hint = "Remove RefuseManualStart= or RefuseManualStop= from the unit's drop-ins."


class JobNotApplicable(SystemdError):
    """The unit cannot do this kind of job, such as a reload without ExecReload=."""

    code = "job-not-applicable"
    default_hint = "Use 'dockerctl restart' where the unit has no ExecReload=."


class JobConflict(SystemdError):
    """Another job is queued that this one would contradict."""

    code = "job-conflict"
    default_hint = "See 'systemctl list-jobs' and try again when that job has ended."


class JobUnknown(SystemdError):
    """The job is gone: it has finished, or it was cancelled."""

    code = "job-unknown"
    default_hint = "See 'dockerctl status' for what became of it."


class ManagerShuttingDown(SystemdError):
    """The host is going down; systemd takes no new jobs."""

    code = "manager-shutting-down"
    default_hint = "Wait for the host to come back."


class UnitFileConflict(SystemdError):
    """A unit file stands in the way: it exists already, is generated, or is linked elsewhere."""

    code = "unit-file-conflict"
    default_hint = "See which file it is with 'systemctl cat {service}'."


class UnitInactive(SystemdError):
    """systemd says that the unit is not active, which this request needs."""

    code = "unit-inactive"
    exit_code = ExitCode.NOT_RUNNING
    default_hint = "Start it with 'dockerctl start'."


class ManagerDiskFull(SystemdError):
    """systemd could not write, because the file system is full."""

    code = "manager-disk-full"
    default_hint = "Free space on /run and on the root file system: see 'df -h / /run'."


class ReadOnlyUnitFiles(SystemdError):
    """The folder of the unit files is on a read-only file system."""

    code = "unit-files-read-only"
    default_hint = "Remount it writable, or see 'dmesg' for why it became read-only."


class InvalidRequest(SystemdError):
    """systemd did not accept the arguments: a bad unit name or job mode."""

    code = "invalid-request"
    exit_code = ExitCode.USAGE
    default_hint = "Give a full unit name such as docker.service."
