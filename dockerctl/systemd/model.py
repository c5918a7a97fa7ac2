"""What systemd says about units, as frozen, typed snapshots.

Names are systemd's own (org.freedesktop.systemd1(5)). A word that a newer systemd invents is kept
and shown, never an error; a counter that is not set is None, never 2^64-1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

# "Not set" and "infinity" are both all ones in systemd's unsigned 64-bit properties.
UNSET = 2**64 - 1


class OpenWord(StrEnum):
    """An enumeration that keeps words it does not know."""

    @classmethod
    def _missing_(cls, value: object) -> OpenWord:
        member = str.__new__(cls, str(value))
        member._name_ = "OTHER"
        member._value_ = str(value)
        return member


class ActiveState(OpenWord):
    """ActiveState of a unit (systemd(1), "Units")."""

    ACTIVE = "active"
    RELOADING = "reloading"
    REFRESHING = "refreshing"
    INACTIVE = "inactive"
    FAILED = "failed"
    ACTIVATING = "activating"
    DEACTIVATING = "deactivating"
    MAINTENANCE = "maintenance"


class LoadState(OpenWord):
    """LoadState of a unit."""

    LOADED = "loaded"
    NOT_FOUND = "not-found"
    BAD_SETTING = "bad-setting"
    ERROR = "error"
    MASKED = "masked"
    MERGED = "merged"
    STUB = "stub"


class UnitFileState(OpenWord):
    """UnitFileState of a unit; NONE is the empty word for a unit without a file."""

    ENABLED = "enabled"
    ENABLED_RUNTIME = "enabled-runtime"
    LINKED = "linked"
    LINKED_RUNTIME = "linked-runtime"
    ALIAS = "alias"
    MASKED = "masked"
    MASKED_RUNTIME = "masked-runtime"
    STATIC = "static"
    INDIRECT = "indirect"
    DISABLED = "disabled"
    GENERATED = "generated"
    TRANSIENT = "transient"
    BAD = "bad"
    NOT_FOUND = "not-found"
    NONE = ""


class JobResult(OpenWord):
    """Result of a job, as JobRemoved reports it (systemd: src/core/job.c)."""

    DONE = "done"
    CANCELED = "canceled"
    TIMEOUT = "timeout"
    FAILED = "failed"
    DEPENDENCY = "dependency"
    SKIPPED = "skipped"
    INVALID = "invalid"
    ASSERT = "assert"
    UNSUPPORTED = "unsupported"
    COLLECTED = "collected"
    ONCE = "once"
    FROZEN = "frozen"
    # Ours: the job ended while nobody listened (a bus restart); the unit's state must tell.
    LOST = "lost"


class JobType(Enum):
    """A job that we ask for; the value is the Manager's method name."""

    START = "StartUnit"
    STOP = "StopUnit"
    RESTART = "RestartUnit"
    TRY_RESTART = "TryRestartUnit"
    RELOAD = "ReloadUnit"


@dataclass(frozen=True)
class QueuedJob:
    """A job that has not ended: ``type`` such as "start", ``state`` "waiting" or "running"."""

    id: int
    unit: str
    type: str
    state: str


class Scope(Enum):
    """Which manager: PID 1, or the caller's own."""

    SYSTEM = "system"
    USER = "user"


class Route(Enum):
    """How the manager was reached."""

    BUS = "bus"
    PRIVATE_SOCKET = "private-socket"


@dataclass(frozen=True)
class Condition:
    """One Condition...= or Assert...= line and how it came out (-1 no, 0 untested, 1 yes)."""

    kind: str
    trigger: bool
    negate: bool
    parameter: str
    outcome: int

    def __str__(self) -> str:
        return f"{self.kind}={'|' if self.trigger else ''}{'!' if self.negate else ''}" + (
            self.parameter
        )


@dataclass(frozen=True)
class Unit:
    """The properties that every kind of unit has."""

    name: str
    description: str
    load_state: LoadState
    load_error: str
    active_state: ActiveState
    sub_state: str
    unit_file_state: UnitFileState
    fragment_path: str
    drop_in_paths: tuple[str, ...]
    need_daemon_reload: bool
    can_reload: bool
    job_id: int
    invocation_id: str
    state_change_usec: int | None
    active_enter_usec: int | None
    inactive_enter_usec: int | None
    triggered_by: tuple[str, ...]
    triggers: tuple[str, ...]
    requires: tuple[str, ...]
    binds_to: tuple[str, ...]
    conditions: tuple[Condition, ...]
    asserts: tuple[Condition, ...]

    @property
    def runs(self) -> bool:
        """Whether the unit counts as up, also while it reloads (systemctl(1), is-active)."""
        return self.active_state in _RUNNING

    @property
    def down(self) -> bool:
        """Whether the unit is at rest and nothing is queued that would change this."""
        return self.active_state in _DOWN and self.job_id == 0

    @property
    def exists(self) -> bool:
        """Whether systemd found anything under this name."""
        return self.load_state is not LoadState.NOT_FOUND

    @property
    def masked(self) -> bool:
        """Whether the unit is linked to /dev/null, here or in /run."""
        return self.load_state is LoadState.MASKED


_RUNNING = (ActiveState.ACTIVE, ActiveState.RELOADING, ActiveState.REFRESHING)
_DOWN = (ActiveState.INACTIVE, ActiveState.FAILED)


@dataclass(frozen=True)
class Service(Unit):
    """A service unit."""

    result: str
    main_pid: int
    exec_main_code: int
    exec_main_status: int
    n_restarts: int
    restart: str
    restart_usec: int | None
    timeout_start_usec: int | None
    timeout_stop_usec: int | None
    exec_start: tuple[tuple[str, ...], ...]
    memory_bytes: int | None
    memory_peak_bytes: int | None
    tasks: int | None
    type: str
    # NAME=value each, from Environment= alone.
    environment: tuple[str, ...] = ()
    # EnvironmentFile=: the path or pattern, and whether it may be missing.
    environment_files: tuple[tuple[str, bool], ...] = ()
    # NAME or NAME=value each, from UnsetEnvironment=.
    unset_environment: tuple[str, ...] = ()

    @property
    def auto_restarting(self) -> bool:
        """Whether the last run failed and systemd is about to try again."""
        return self.active_state is ActiveState.ACTIVATING and self.sub_state.startswith(
            "auto-restart"
        )

    @property
    def tells_ready(self) -> bool:
        """Whether a run counts as started only once the daemon says so (systemd.service(5))."""
        return self.type in ("notify", "notify-reload", "dbus")


@dataclass(frozen=True)
class Socket(Unit):
    """A socket unit."""

    result: str
    listen: tuple[tuple[str, str], ...]

    @property
    def listening(self) -> bool:
        """Whether the socket is up: it waits for a client, or its service has it."""
        return self.active_state is ActiveState.ACTIVE


@dataclass(frozen=True)
class UnitFileChange:
    """One link that enabling, disabling or masking made or removed."""

    kind: str
    file: str
    destination: str
