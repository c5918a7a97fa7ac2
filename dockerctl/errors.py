"""The errors of dockerctl: each has a stable code, a sentence, a hint and an exit code.

The code is for programs and never changes; the sentence and the hint are for people and may.
``docs/reference/errors.md`` lists them all, and a test compares that page with this module.
Only classes that are raised have a code; the bases in between exist to be caught.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from dockerctl.exits import ExitCode


class DockerctlError(Exception):
    """Base of every error that dockerctl reports.

    ``message`` says what happened in a sentence. ``hint`` says what to do; without one the
    class's own is used. ``details`` are facts for programs: JSON values under fixed names.
    """

    code: ClassVar[str] = ""
    exit_code: ClassVar[ExitCode] = ExitCode.FAILED
    default_hint: ClassVar[str] = ""

    def __init__(
        self, message: str, *, hint: str | None = None, details: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self.default_hint if hint is None else hint
        self.details: dict[str, object] = dict(details or {})

    @property
    def sentence(self) -> str:
        """The message as part of a longer text."""
        return self.message if self.message.endswith((".", "?", "!")) else f"{self.message}."


def error_classes() -> Iterator[type[DockerctlError]]:
    """Every class that has a code, in the order of definition."""
    pending = [DockerctlError]
    while pending:
        cls = pending.pop(0)
        if cls.code:
            yield cls
        pending.extend(cls.__subclasses__())


class UsageError(DockerctlError):
    """What was typed cannot be carried out as it stands."""

    code = "usage"
    exit_code = ExitCode.USAGE
    default_hint = "See 'dockerctl --help', or 'dockerctl VERB --help' for one verb."


class InternalError(DockerctlError):
    """A bug of ours, caught at the top so that no traceback reaches a user."""

    code = "internal-error"
    default_hint = (
        "This is a defect of dockerctl. Set DOCKERCTL_DEBUG=1 to see the traceback, and report it."
    )


class Interrupted(DockerctlError):
    """The user pressed Ctrl-C, or SIGTERM came; what systemd was asked to do goes on."""

    code = "interrupted"
    exit_code = ExitCode.INTERRUPTED
    default_hint = "See 'dockerctl status' for where it stands now."


class DeadlinePassed(DockerctlError):
    """The time that the caller allowed is over, and the end state is not reached."""

    code = "deadline-passed"
    exit_code = ExitCode.DEADLINE_PASSED
    default_hint = "Allow more time with --timeout, or look with 'dockerctl status'."


# --- systemd ---------------------------------------------------------------------------------


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
        "See it with 'systemd-analyze verify docker.service'; the usual cause is a drop-in with "
        "a second ExecStart= and no empty 'ExecStart=' line before it."
    )


class UnitLoadFailed(SystemdError):
    """systemd could not load the unit's files."""

    code = "unit-load-failed"
    exit_code = ExitCode.CONFIG_INVALID
    default_hint = "See the files with 'systemctl cat docker.service'."


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
    default_hint = "See which file it is with 'systemctl cat docker.service'."


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


# --- lifecycle -------------------------------------------------------------------------------


class LifecycleError(DockerctlError):
    """The end state that the user asked for was not reached."""


class StartFailed(LifecycleError):
    """The daemon never came up."""

    code = "start-failed"
    exit_code = ExitCode.START_FAILED
    default_hint = "See the whole run with 'journalctl -u docker.service -n 50'."


class DiedAfterStart(LifecycleError):
    """systemd counted the daemon as started, and then it ended."""

    code = "died-after-start"
    exit_code = ExitCode.START_FAILED
    default_hint = "See the whole run with 'journalctl -u docker.service -n 50'."


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
    default_hint = "See 'journalctl -u docker.service -n 20' for who stopped or started it."


class StopFailed(LifecycleError):
    """The daemon or its socket is up again, or still up, after the stop."""

    code = "stop-failed"
    default_hint = "See what holds or wakes it: 'systemctl list-jobs' and 'dockerctl status'."


class ReloadFailed(LifecycleError):
    """systemd could not deliver the reload."""

    code = "reload-failed"
    default_hint = "See 'journalctl -u docker.service -n 20'."


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
    default_hint = "See 'systemctl is-enabled docker.service docker.socket'."


# --- the Engine API --------------------------------------------------------------------------


class EngineError(DockerctlError):
    """Something between us and the Engine API. ``exit_code`` fits an active daemon."""

    exit_code = ExitCode.HUNG


class SocketMissing(EngineError):
    """The socket file does not exist: nobody has listened there since the boot."""

    code = "socket-missing"
    default_hint = "See which address the daemon listens on: 'systemctl cat docker.socket'."


class ConnectionRefused(EngineError):
    """The socket or port exists and nobody listens on it."""

    code = "connection-refused"
    default_hint = "The file of a dead socket stays behind; see 'systemctl status docker.socket'."


class SocketForbidden(EngineError):
    """The caller may not connect to the socket."""

    code = "socket-forbidden"
    exit_code = ExitCode.NOT_PERMITTED
    default_hint = (
        "Run it as root or as a member of the socket's group (docker); a new membership needs a "
        "new login."
    )


class ConnectionReset(EngineError):
    """The daemon closed the connection without an answer."""

    code = "connection-reset"
    default_hint = "The daemon ended or was stopped meanwhile; see 'dockerctl status'."


class ConnectTimeout(EngineError):
    """The connection was not accepted in time: a full backlog, or a host that drops packets."""

    code = "connect-timeout"
    default_hint = "The daemon accepts no connections; see 'dockerctl status'."


class ReadTimeout(EngineError):
    """The daemon accepted the request and did not answer in time."""

    code = "read-timeout"
    default_hint = "The daemon is hung or overloaded; see 'journalctl -u docker.service -n 50'."


class AnswerGarbled(EngineError):
    """What came back is not HTTP, is cut off, or is larger than any sane answer."""

    code = "answer-garbled"
    default_hint = "Something other than dockerd may listen there; see 'ss -lxp' or 'ss -ltnp'."


class AnswerUnexpected(EngineError):
    """The answer is HTTP, and its content is not what the Engine API documents."""

    code = "answer-unexpected"
    default_hint = "Report it with the engine's version: dockerctl and the daemon disagree."


class EngineFault(EngineError):
    """The daemon answered with a 5xx status."""

    code = "engine-fault"
    default_hint = "See 'journalctl -u docker.service -n 50' for the daemon's own words."


class EngineRefused(EngineError):
    """The daemon answered with a 4xx status."""

    code = "engine-refused"
    default_hint = "An authorization plugin or a proxy in front of the daemon may refuse it."


class TlsFailed(EngineError):
    """The TLS handshake failed, or a certificate file cannot be used."""

    code = "tls-failed"
    default_hint = "Check ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH."


class AddressUnsupported(EngineError):
    """The address has a scheme that dockerctl does not speak, or cannot be read."""

    code = "address-unsupported"
    default_hint = "Use unix:///path or tcp://host:port."


# --- the host --------------------------------------------------------------------------------


class HostError(DockerctlError):
    """Something on this host that is neither systemd nor Docker."""


class ProgramMissing(HostError):
    """A program that dockerctl calls is not installed."""

    code = "program-missing"
    default_hint = "Install the package that holds it."


class ProgramFailed(HostError):
    """A program that dockerctl calls failed or did not end in time."""

    code = "program-failed"
    default_hint = "Run it by hand to see why."
