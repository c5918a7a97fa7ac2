"""From a wanted end state and the state of the units to steps. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dockerctl.health.model import Units
from dockerctl.systemd.model import ActiveState, JobType, Socket, UnitFileState


class Action(StrEnum):
    """What one step does; the words are systemctl's."""

    RESET_FAILED = "reset-failed"
    START = "start"
    STOP = "stop"
    RESTART = "restart"
    RELOAD = "reload"
    ENABLE = "enable"
    DISABLE = "disable"
    MASK = "mask"
    UNMASK = "unmask"
    DAEMON_RELOAD = "daemon-reload"
    PROVE = "prove"


JOB_TYPES = {
    Action.START: JobType.START,
    Action.STOP: JobType.STOP,
    Action.RESTART: JobType.RESTART,
    Action.RELOAD: JobType.RELOAD,
}


@dataclass(frozen=True)
class Step:
    """One step of a plan."""

    action: Action
    units: tuple[str, ...]
    note: str

    def document(self) -> dict[str, object]:
        """The step as JSON."""
        return {"action": self.action.value, "units": list(self.units), "note": self.note}


def plan_start(units: Units) -> tuple[Step, ...]:
    """Steps that end with an active service whose API answers."""
    service = units.service
    if service.runs:
        return (_prove("the API answers", service.name),)
    # In auto-restart a start job waits for RestartSec= on systemd before 257; a restart job
    # runs at once on all, and nothing runs that it could stop.
    action = Action.RESTART if service.auto_restarting else Action.START
    return (
        *_reset(units),
        *_socket_first(units),
        Step(action, (service.name,), "start the daemon"),
        _prove("the unit is active and the API answers", service.name),
    )


def plan_stop(units: Units, *, keep_socket: bool) -> tuple[Step, ...]:
    """Steps that end with the daemon down, and its socket too unless ``keep_socket``."""
    service, socket = units.service, units.socket
    stops_socket = socket is not None and not socket.down and not keep_socket
    steps: list[Step] = []
    if socket is not None and stops_socket:
        # The socket goes first: else a client wakes the daemon between the two.
        steps.append(Step(Action.STOP, (socket.name,), "nothing can wake the daemon any more"))
    if not service.down:
        steps.append(Step(Action.STOP, (service.name,), "stop the daemon"))
    if not steps:
        return ()
    steps.append(
        _prove(
            "service and socket are down" if stops_socket else "the daemon is down", service.name
        )
    )
    return tuple(steps)


def plan_restart(units: Units) -> tuple[Step, ...]:
    """Steps that end with a new run of the daemon whose API answers."""
    service = units.service
    return (
        *_reset(units),
        *_socket_first(units),
        Step(Action.RESTART, (service.name,), "stop the daemon if it runs, and start it"),
        _prove("a new run is active and the API answers", service.name),
    )


def plan_try_restart(units: Units) -> tuple[Step, ...]:
    """As ``plan_restart``, and nothing when the daemon does not run or is being stopped."""
    service = units.service
    stops = service.active_state is ActiveState.DEACTIVATING
    return () if service.down or stops else plan_restart(units)


def plan_reload(units: Units) -> tuple[Step, ...]:
    """Steps that deliver a reload to the running daemon."""
    name = units.service.name
    return (
        Step(Action.RELOAD, (name,), "ask the daemon to read its configuration again"),
        _prove("the same process still runs and the API answers", name),
    )


def plan_boot(
    action: Action, states: dict[str, UnitFileState], *, now: tuple[Step, ...]
) -> tuple[Step, ...]:
    """Steps for enable, disable, mask or unmask of the units in ``states``, and then ``now``.

    Nothing is needed when all are as wanted; else all are changed by one request, which others
    cannot come between. ``now`` holds the steps of ``--now``.
    """
    if all(is_boot_done(action, state) for state in states.values()):
        return now
    spared = _NOTHING_TO_ENABLE if action in (Action.ENABLE, Action.DISABLE) else ()
    concerned = tuple(unit for unit, state in states.items() if state not in spared)
    return (
        Step(action, concerned, _BOOT_NOTES[action]),
        Step(Action.DAEMON_RELOAD, (), "let systemd read the changed links"),
        Step(Action.PROVE, concerned, "the unit files are in the wanted state"),
        *now,
    )


def is_boot_done(action: Action, state: UnitFileState) -> bool:
    """Whether a unit file in ``state`` needs no ``action`` any more."""
    if action is Action.ENABLE:
        return state in _STARTS_AT_BOOT
    if action is Action.MASK:
        return state is UnitFileState.MASKED
    if action is Action.UNMASK:
        return state not in (UnitFileState.MASKED, UnitFileState.MASKED_RUNTIME)
    return state not in (
        UnitFileState.ENABLED,
        UnitFileState.ENABLED_RUNTIME,
        UnitFileState.LINKED,
        UnitFileState.LINKED_RUNTIME,
    )


# Static, alias, indirect and generated units have no [Install] section of their own to act on.
_NOTHING_TO_ENABLE = (
    UnitFileState.STATIC,
    UnitFileState.ALIAS,
    UnitFileState.INDIRECT,
    UnitFileState.GENERATED,
)
_STARTS_AT_BOOT = (UnitFileState.ENABLED, *_NOTHING_TO_ENABLE)
_BOOT_NOTES = {
    Action.ENABLE: "start at boot",
    Action.DISABLE: "do not start at boot",
    Action.MASK: "forbid every start",
    Action.UNMASK: "allow starts again",
}


def _reset(units: Units) -> tuple[Step, ...]:
    # Always, not only in the failed state: the counter behind StartLimitBurst= also counts
    # manual starts that went well, and cannot be read.
    latched = [
        unit.name
        for unit in (units.service, units.socket)
        if unit is not None and unit.active_state is ActiveState.FAILED
    ]
    note = "clear the failed state and the start limit" if latched else "clear the start counter"
    names = tuple(u.name for u in (units.service, units.socket) if u is not None)
    return (Step(Action.RESET_FAILED, names, note),)


def _socket_first(units: Units) -> tuple[Step, ...]:
    socket = units.socket
    if (
        socket is None
        or socket.masked
        or socket.listening
        or socket.name in units.service.requires
        or not _wants_socket(socket)
    ):
        return ()
    return (Step(Action.START, (socket.name,), "the daemon takes its listener from it"),)


def _wants_socket(socket: Socket) -> bool:
    # A socket that the administrator disabled is left alone.
    return socket.unit_file_state in (UnitFileState.ENABLED, UnitFileState.ENABLED_RUNTIME)


def _prove(what: str, unit: str) -> Step:
    return Step(Action.PROVE, (unit,), what)
