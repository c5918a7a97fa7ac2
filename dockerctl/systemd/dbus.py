"""The manager port over D-Bus, with pydbus.

Calls go through the connection that pydbus wraps, since pydbus itself waits forever by default and
cannot pass the flag that lets polkit ask. Everything happens in one thread: signals are delivered
only while ``wait_event`` runs the main context.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gi.repository import Gio, GLib

from dockerctl.deadline import Deadline
from dockerctl.errors import (
    BusCallFailed,
    BusTimeout,
    BusUnavailable,
    ManagerAway,
    NotPermitted,
    SystemdError,
    UnitNotFound,
)
from dockerctl.retry import Operation, retry_call
from dockerctl.systemd.bus_errors import ALREADY_SUBSCRIBED
from dockerctl.systemd.call_errors import translated
from dockerctl.systemd.connection import open_link
from dockerctl.systemd.loop import call, dispatch, iterate
from dockerctl.systemd.model import (
    JobResult,
    JobType,
    QueuedJob,
    Route,
    Scope,
    Service,
    Socket,
    UnitFileChange,
    UnitFileState,
)
from dockerctl.systemd.names import unit_path
from dockerctl.systemd.questions import MANAGER, PROPERTIES, ROOT, Questions
from dockerctl.systemd.snapshot import changes_from, service_from, socket_from

READ_LIMIT_S = 5.0
# A daemon-reload runs every generator and re-reads every file; minutes are not unheard of.
WRITE_LIMIT_S = 90.0
# A person has to find and type a password.
INTERACTIVE_LIMIT_S = 180.0
# Past the deadline a last look at the truth is still allowed this long.
GRACE_S = 0.25


class DbusManager:
    """``Manager`` for a real systemd; see the port for what each method promises."""

    def __init__(self, scope: Scope, deadline: Deadline, *, interactive: bool = False) -> None:
        """Connect. ``interactive`` lets polkit ask the user, who must have an agent."""
        self._scope = scope
        self._deadline = deadline
        self._interactive = interactive
        self._watched: tuple[str, ...] = ()
        self._results: dict[str, JobResult] = {}
        self._jobs: set[str] = set()
        self._subscriptions: list[Any] = []
        self._woken = False
        self._wrote = False
        self._link = open_link(scope, deadline)
        self._ask = Questions(self._read)

    # --- reading ---------------------------------------------------------------------------

    @property
    def route(self) -> Route:
        return self._link.route

    @property
    def wrote(self) -> bool:
        return self._wrote

    def service(self, unit: str) -> Service:
        return service_from(unit, self._ask.properties(unit))

    def socket(self, unit: str) -> Socket:
        return socket_from(unit, self._ask.properties(unit))

    def properties(self, unit: str) -> Mapping[str, object]:
        return self._ask.properties(unit)

    def unit_file_state(self, unit: str) -> UnitFileState:
        return self._ask.unit_file_state(unit)

    def jobs(self) -> tuple[QueuedJob, ...]:
        return self._ask.jobs()

    def job_queued(self, job_id: int) -> bool:
        return self._ask.job_queued(job_id)

    def _read(
        self, path: str, interface: str, member: str, arguments: GLib.Variant | None, what: str
    ) -> GLib.Variant:
        """A call that changes nothing, made again while bus or systemd is being restarted."""

        def attempt() -> GLib.Variant:
            self._ensure_open()
            return self._call(path, interface, member, arguments, what, READ_LIMIT_S)

        return retry_call(
            Operation.BUS_READ,
            attempt,
            deadline=self._deadline.at_most(READ_LIMIT_S),
            retry_on=(BusUnavailable,),
        )

    # --- jobs ------------------------------------------------------------------------------

    def enqueue(self, job: JobType, unit: str) -> str:
        # First the ear, then the question: a trivial job may end before its call returns.
        self._listen()
        verb = job.value.removesuffix("Unit")
        (path,) = self._write(
            job.value, GLib.Variant("(ss)", (unit, "replace")), f"{_WORDS[verb]} {unit}"
        )
        self._jobs.add(path)
        self._woken = self._woken or path in self._results
        return str(path)

    def job_result(self, job: str) -> JobResult | None:
        return self._results.get(job)

    def watch(self, units: Sequence[str]) -> None:
        self._watched = tuple(units)
        # First the new ears, then the old ones off: no job may end in between, unheard. What was
        # told to the old ones alone is heard before, since GDBus drops it with them.
        old, self._subscriptions = self._subscriptions, []
        try:
            self._listen()
            dispatch(GLib.MainContext.default())
        finally:
            for subscription in old:
                subscription.unsubscribe()

    def wait_event(self, seconds: float) -> None:
        seconds = min(seconds, self._deadline.remaining())
        context = GLib.MainContext.default()
        dispatch(context)
        if self._link.bus.con.is_closed():
            if self._reconnect_within(seconds):
                self._find_lost_jobs()
            return
        limit = self._deadline.clock.monotonic() + seconds
        while not self._woken and not self._link.bus.con.is_closed():
            left = limit - self._deadline.clock.monotonic()
            if left <= 0:
                self._find_lost_jobs()
                break
            iterate(context, left)
        self._woken = False

    # --- changing --------------------------------------------------------------------------

    def reset_failed(self, unit: str) -> None:
        # Root need not ask. For anyone else each call is a question to polkit, perhaps a password
        # to type, and is worth that only where a start limit may make it necessary.
        needed = os.geteuid() == 0 or self._scope is Scope.USER or self._is_latched(unit)
        if self._interactive and not needed:
            return
        try:
            self._write(
                "ResetFailedUnit", GLib.Variant("(s)", (unit,)), f"reset the failures of {unit}"
            )
        except UnitNotFound:
            # Not loaded means that systemd remembers nothing to reset.
            return
        except NotPermitted:
            if needed:
                raise

    def _is_latched(self, unit: str) -> bool:
        # The Result of a service that hit its limit may still be that of its first failed run.
        found = self._ask.properties(unit)
        failed = found.get("ActiveState") == "failed" and unit.endswith(".service")
        return failed or "limit-hit" in str(found.get("Result"))

    def enable(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        arguments = GLib.Variant("(asbb)", (list(units), False, False))
        _, rows = self._write("EnableUnitFiles", arguments, f"enable {' and '.join(units)}")
        return changes_from(rows)

    def disable(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        arguments = GLib.Variant("(asb)", (list(units), False))
        (rows,) = self._write("DisableUnitFiles", arguments, f"disable {' and '.join(units)}")
        return changes_from(rows)

    def mask(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        arguments = GLib.Variant("(asbb)", (list(units), False, False))
        (rows,) = self._write("MaskUnitFiles", arguments, f"mask {' and '.join(units)}")
        return changes_from(rows)

    def unmask(self, units: Sequence[str]) -> tuple[UnitFileChange, ...]:
        changes: tuple[UnitFileChange, ...] = ()
        for runtime in (False, True):
            arguments = GLib.Variant("(asb)", (list(units), runtime))
            (rows,) = self._write("UnmaskUnitFiles", arguments, f"unmask {' and '.join(units)}")
            changes += changes_from(rows)
        return changes

    def daemon_reload(self) -> None:
        self._write("Reload", None, "read the unit files again (daemon-reload)")

    def _write(self, member: str, arguments: GLib.Variant | None, what: str) -> tuple[Any, ...]:
        """A call that changes something; asked again only where twice comes to the same as once."""
        limit = INTERACTIVE_LIMIT_S if self._interactive else WRITE_LIMIT_S
        self._ensure_open()
        try:
            answer = self._call(ROOT, MANAGER, member, arguments, what, limit)
        except BusUnavailable as error:
            if isinstance(error, ManagerAway) or member not in _NOT_TWICE:
                # A read waits until systemd is there again.
                self._read(ROOT, "org.freedesktop.DBus.Peer", "Ping", None, what)
                answer = self._asked_again(member, arguments, what, limit)
            else:
                raise self._unknown(error, what) from error
        self._wrote = self._wrote or member != "ResetFailedUnit"
        unpacked: tuple[Any, ...] = answer.unpack()
        return unpacked

    def _asked_again(
        self, member: str, arguments: GLib.Variant | None, what: str, limit_s: float
    ) -> GLib.Variant:
        try:
            return self._call(ROOT, MANAGER, member, arguments, what, limit_s)
        except BusUnavailable as error:
            raise self._unknown(error, what) from error

    def _unknown(self, error: BusUnavailable, what: str) -> BusUnavailable:
        self._wrote = True
        return BusUnavailable(
            f"The connection broke while systemd was asked to {what}; whether it does is not "
            "known.",
            hint="See 'dockerctl status' before you try again.",
            details=error.details,
        )

    # --- the connection --------------------------------------------------------------------

    def close(self) -> None:
        self._unsubscribe()
        connection = self._link.bus.con
        if connection.is_closed():
            return
        try:
            connection.close_sync(None)
        except GLib.Error:
            # The other end was faster.
            return

    def _call(
        self,
        path: str,
        interface: str,
        member: str,
        arguments: GLib.Variant | None,
        what: str,
        limit_s: float,
    ) -> GLib.Variant:
        flags = Gio.DBusCallFlags.NONE
        if self._interactive:
            flags |= Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION
        allowed = max(min(limit_s, self._deadline.remaining()), GRACE_S)
        try:
            return call(
                self._link.bus.con,
                self._link.destination,
                path,
                interface,
                member,
                arguments,
                None,
                flags,
                int(allowed * 1000),
            )
        except GLib.Error as error:
            raise translated(error, what, allowed) from error

    def _listen(self) -> None:
        if self._subscriptions:
            return
        link = self._link
        self._subscribe("JobRemoved", MANAGER, ROOT, self._on_job_removed)
        for unit in self._watched:
            self._subscribe("PropertiesChanged", PROPERTIES, unit_path(unit), self._on_change)
        if link.route is Route.BUS:
            try:
                self._ask_for_signals()
            except SystemdError:
                # Half an ear must not pass for a whole one later.
                self._unsubscribe()
                raise

    def _ask_for_signals(self) -> None:
        # Without Subscribe systemd sends no PropertiesChanged. It counts clients, and drops us
        # when we disconnect, so there is no Unsubscribe to forget.
        try:
            self._read(ROOT, MANAGER, "Subscribe", None, "send signals")
        except BusCallFailed as error:
            if error.details["dbus_error"] != ALREADY_SUBSCRIBED:
                raise

    def _subscribe(
        self, signal: str, interface: str, path: str, handler: Callable[..., None]
    ) -> None:
        self._subscriptions.append(
            self._link.bus.subscribe(
                sender=self._link.destination,
                iface=interface,
                signal=signal,
                object=path,
                signal_fired=handler,
            )
        )

    def _unsubscribe(self) -> None:
        for subscription in self._subscriptions:
            subscription.unsubscribe()
        self._subscriptions.clear()

    def _on_job_removed(
        self, _sender: str, _path: str, _interface: str, _signal: str, arguments: Sequence[Any]
    ) -> None:
        _, job, _, result = arguments
        self._results[job] = JobResult(result)
        if job in self._jobs:
            self._woken = True

    def _on_change(self, *_signal: object) -> None:
        self._woken = True

    def _reconnect_within(self, seconds: float) -> bool:
        """Try until the bus is back or ``seconds`` are over; a restart takes a moment."""
        clock = self._deadline.clock
        limit = clock.monotonic() + seconds
        while True:
            try:
                self._reconnect()
            except (BusUnavailable, BusTimeout):
                # There is no event for a bus that comes back: its socket must be tried.
                left = limit - clock.monotonic()
                if left <= 0:
                    return False
                clock.sleep(min(0.1, left))
            else:
                return True

    def _ensure_open(self) -> None:
        if self._link.bus.con.is_closed():
            self._reconnect()

    def _reconnect(self) -> None:
        self._unsubscribe()
        self._link = open_link(self._scope, self._deadline)
        self._listen()

    def _find_lost_jobs(self) -> None:
        """Note the jobs that ended unheard: systemd tells nobody while it is off the bus."""
        for job in self._jobs - self._results.keys():
            if not self.job_queued(int(job.rpartition("/")[2])):
                # What systemd said before it answered is here by now, and waits to be heard.
                dispatch(GLib.MainContext.default())
                self._results.setdefault(job, JobResult.LOST)


# Each of these again would be one more restart or reload.
_NOT_TWICE = frozenset({"RestartUnit", "TryRestartUnit", "ReloadUnit"})
_WORDS = {
    "Start": "start",
    "Stop": "stop",
    "Restart": "restart",
    "TryRestart": "restart",
    "Reload": "reload",
}
