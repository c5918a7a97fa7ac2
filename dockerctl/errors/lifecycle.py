"""An end state that was not reached."""

from __future__ import annotations

from dockerctl.errors.base import DockerctlError
from dockerctl.exits import ExitCode


class LifecycleError(DockerctlError):
    """The end state that the user asked for was not reached."""


class StartFailed(LifecycleError):
    """The daemon never came up."""

    code = "start-failed"
    exit_code = ExitCode.START_FAILED
    default_hint = "See the whole run with 'journalctl -u {service} -n 50'."


class DiedAfterStart(LifecycleError):
    """systemd counted the daemon as started, and then it ended."""

    code = "died-after-start"
    exit_code = ExitCode.START_FAILED
    default_hint = "See the whole run with 'journalctl -u {service} -n 50'."


class ConditionFailed(LifecycleError):
    """A Condition...= or Assert...= of the unit does not hold, so systemd did not start it."""

    code = "condition-failed"
    exit_code = ExitCode.START_FAILED
    default_hint = "Make the condition true, or remove it from the unit's drop-ins."


class StartDependencyFailed(LifecycleError):
    """A unit that docker.service requires failed, so docker.service was not started."""

    code = "dependency-failed"
    exit_code = ExitCode.START_FAILED
    default_hint = "Repair the unit that is named, then run 'dockerctl start' again."


class JobCanceled(LifecycleError):
    """Someone else's request displaced our job."""

    code = "job-canceled"
    default_hint = "See 'journalctl -u {service} -n 20' for who stopped or started it."


class StopFailed(LifecycleError):
    """The daemon or its socket is up again, or still up, after the stop."""

    code = "stop-failed"
    default_hint = "See what holds or wakes it: 'systemctl list-jobs' and 'dockerctl status'."


class ReloadFailed(LifecycleError):
    """systemd could not deliver the reload."""

    code = "reload-failed"
    default_hint = "See 'journalctl -u {service} -n 20'."


class NotRunning(LifecycleError):
    """The verb needs a running daemon."""

    code = "not-running"
    exit_code = ExitCode.NOT_RUNNING
    default_hint = "Start it with 'dockerctl start'."


class DaemonHung(LifecycleError):
    """The unit is active and the API does not answer."""

    code = "daemon-hung"
    exit_code = ExitCode.HUNG
    default_hint = "See its threads with 'kill -USR1 MAINPID' and the journal, or restart it."


class BootStateUnproven(LifecycleError):
    """The unit files are not in the state that was asked for after systemd said it was done."""

    code = "boot-state-unproven"
    default_hint = "See 'systemctl is-enabled {service} {socket}'."
