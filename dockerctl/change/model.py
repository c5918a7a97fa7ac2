"""A transaction as data: what is to be changed, how far it has come, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dockerctl.host.files import FileState


class Effect(StrEnum):
    """What makes a change effective, in the order of the disturbance."""

    NONE = "none"
    RELOAD = "reload"
    RESTART = "restart"

    @property
    def weight(self) -> int:
        """Larger for the greater disturbance."""
        return _WEIGHTS[self]


_WEIGHTS = {Effect.NONE: 0, Effect.RELOAD: 1, Effect.RESTART: 2}


class Phase(StrEnum):
    """How far a transaction has come; each is on disk before what it names begins."""

    PREPARED = "prepared"
    WRITING = "writing"
    LOADING = "loading"
    APPLYING = "applying"
    PROVING = "proving"
    SETTLING = "settling"
    WAITING = "waiting"
    UNDOING = "undoing"
    COMMITTED = "committed"
    ROLLED_BACK = "rolled-back"
    UNDO_FAILED = "undo-failed"

    @property
    def ended(self) -> bool:
        """Whether nothing is left to be done by itself."""
        return self in (Phase.COMMITTED, Phase.ROLLED_BACK, Phase.UNDO_FAILED)


@dataclass(frozen=True)
class Target:
    """One file of a transaction: what it was, and what it is to be (None: absent).

    ``interim`` is what the daemon reads during a reload when that differs from ``after``: a key
    that is removed keeps its old value unless its default is written for the moment of the reload.
    """

    before: FileState
    after: bytes | None
    mode: int = 0o644
    interim: bytes | None = None
    # Likewise for the way back: the old values, with the defaults of keys that are new spelt out.
    interim_back: bytes | None = None
    # The unit whose drop-in this is, or "" for daemon.json and environment files.
    unit: str = ""

    @property
    def path(self) -> str:
        """Where it lies, as it was named."""
        return self.before.path

    @property
    def changes(self) -> bool:
        """Whether the bytes are to be others."""
        return self.after != self.before.data


@dataclass(frozen=True)
class BootWish:
    """Units to be enabled or disabled for the start at boot, and which of them were enabled."""

    enable: bool
    units: tuple[str, ...]
    enabled_before: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expectation:
    """What must be seen in the running daemon afterwards.

    ``reloaded`` are attributes of the daemon's reload event; ``info`` are fields of GET /info.
    ``arguments`` is the command line that systemd is to have loaded, None where it is not to
    change; ``environment`` the variables that the unit is to have.
    """

    reloaded: Mapping[str, object] = field(default_factory=dict)
    info: Mapping[str, object] = field(default_factory=dict)
    arguments: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """A change that has passed all checks and can be carried out."""

    unit: str
    targets: tuple[Target, ...]
    effect: Effect
    # Whether the daemon runs now; one that does not stays down unless ``start``.
    running: bool
    start: bool = False
    # Whether the socket waits for a client.
    listening: bool = False
    # Whether docker.socket has to be made anew with the daemon.
    renews_socket: bool = False
    boot: BootWish | None = None
    expectation: Expectation = field(default_factory=Expectation)
    # Reload values are kept partly when a reload fails (engines before 25): then only a restart
    # is sure to bring the old ones back.
    reload_is_atomic: bool = True
    stable_s: float = 5.0
    # Seconds within which `confirm` has to come, or None.
    confirm_s: float | None = None
    command: str = ""
    message: str = ""
    kind: str = "change"
    # The transaction that a rollback goes back to.
    of: str = ""

    @property
    def changed(self) -> tuple[Target, ...]:
        """The files that are not as they are to be."""
        return tuple(target for target in self.targets if target.changes)

    @property
    def touches_units(self) -> bool:
        """Whether systemd has to read unit files again."""
        return any(target.unit for target in self.changed)


@dataclass(frozen=True)
class SavedFile:
    """One file in the record of a transaction; its bytes lie beside the record.

    ``real`` is where ``path`` led, without links.
    """

    path: str
    real: str
    unit: str
    mode_after: int
    tag_after: str
    tag_interim: str
    tag_back: str
    tag_before: str
    mode: int
    uid: int
    gid: int
    xattrs: tuple[tuple[str, str], ...]

    def known(self, tag: str) -> bool:
        """Whether a tag is of something that this transaction has written or found."""
        return tag in (self.tag_before, self.tag_after, self.tag_interim, self.tag_back)


@dataclass(frozen=True)
class Failure:
    """Why a transaction was undone."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True)
class Record:
    """A transaction as it stands on disk."""

    id: str
    phase: Phase
    unit: str
    kind: str
    effect: Effect
    began: float
    who: str
    command: str
    message: str
    running: bool
    started: bool
    renews_socket: bool
    stable_s: float
    files: tuple[SavedFile, ...]
    boot_id: str = ""
    boot: BootWish | None = None
    of: str = ""
    # The run of the daemon before the transaction; 32 hexadecimal digits, or "".
    old_run: str = ""
    # The last phase on the way forward; ``phase`` itself moves on when it is undone.
    reached: Phase = Phase.PREPARED
    # Whether the socket waited for a client while the daemon was down.
    listened: bool = False
    # When the daemon was asked to go down for its restart; seconds since the epoch.
    down_since: float | None = None
    confirm_s: float | None = None
    # When a transaction that waits for its confirmation is undone; seconds since the epoch.
    confirm_until: float | None = None
    ended: float | None = None
    downtime_ms: int = 0
    failure: Failure | None = None
    # What the way back could not do.
    undo_failure: Failure | None = None
    checkpoint: str = ""
    # The process that works on it, for messages.
    pid: int = 0

    @property
    def state(self) -> str:
        """The word for users: committed, rolled-back, undo-failed, waiting or unfinished."""
        if self.phase.ended or self.phase is Phase.WAITING:
            return str(self.phase)
        return "unfinished"
