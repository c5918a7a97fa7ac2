"""What a transaction needs of the daemon's control; ``lifecycle`` has it, and is passed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from dockerctl.deadline import Deadline
from dockerctl.result import Level


@dataclass(frozen=True)
class Daemon:
    """The daemon's unit at one moment, as far as a transaction asks."""

    unit: str
    exists: bool
    runs: bool
    # Whether it is at rest; neither this nor ``runs`` while a start or a retry is under way.
    down: bool
    masked: bool
    invocation_id: str
    main_pid: int
    socket_listens: bool


@dataclass(frozen=True)
class LoadedUnit:
    """What systemd has read of a unit's files; the last two are of services only."""

    load_state: str
    load_error: str
    drop_in_paths: tuple[str, ...]
    # The words of ExecStart=, variables not replaced.
    arguments: tuple[str, ...] = ()
    # NAME=value each.
    environment: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proven:
    """A daemon that answers: which run, and for how long nobody answered before."""

    invocation_id: str
    down_s: float


class Reporter(Protocol):
    """Where a transaction says what goes on; the lifecycle's reporter fits."""

    def say(self, level: Level, text: str) -> None:
        """Something worth knowing; it also becomes one of the result's messages."""

    def waiting(self, what: str, deadline: Deadline) -> None:
        """What is being waited for; shown only on a terminal."""

    def settled(self) -> None:
        """The wait is over."""


class Control(Protocol):
    """The daemon's unit in the hands of a transaction, within one deadline.

    Every method raises a ``DockerctlError`` that says what went wrong.
    """

    def daemon(self) -> Daemon:
        """The unit as systemd has it now."""

    def loaded(self, unit: str) -> LoadedUnit:
        """What systemd has read of a service or a socket."""

    def daemon_reload(self) -> None:
        """Let systemd read the unit files again."""

    def reload(self) -> Mapping[str, str]:
        """Deliver a reload; the attributes of the event by which the daemon tells that it
        has taken it. Raises ``ReloadFailed`` when no such event comes or the daemon dies."""

    def restart(self, *, renew_socket: bool, stable_s: float) -> Proven:
        """A new run of the daemon that answers, and still does after ``stable_s`` seconds.

        Clears the start limits first. ``renew_socket`` stops and starts its socket as well.
        The first failed run ends it: ``StartFailed`` and its kin.
        """

    def start(self, *, stable_s: float) -> Proven:
        """As ``restart``, for a daemon that is down."""

    def stop(self) -> None:
        """Service and socket down, and the failed state cleared."""

    def listen(self) -> None:
        """Service down, its socket listening for the first client."""

    def prove(self, *, stable_s: float) -> Proven:
        """That the present run answers, and still does after ``stable_s`` seconds."""

    def info(self) -> Mapping[str, object]:
        """What the running daemon says of its configuration: GET /info, by docker's names."""

    def set_boot(self, units: tuple[str, ...], *, enable: bool) -> None:
        """Enable or disable units for the start at boot, and see that it is so."""
