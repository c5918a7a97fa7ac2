"""Opening a connection to a service manager: the message bus, or systemd's private socket.

The private socket is how root reaches PID 1 when dbus-daemon is dead
(systemd: src/core/dbus.c, bus_init_private). It is peer to peer: no Hello, no names, and signals
arrive without Subscribe.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from gi.repository import Gio, GLib
from pydbus.bus import Bus

from dockerctl.deadline import Deadline
from dockerctl.errors import BusTimeout, BusUnavailable, NoSystemd
from dockerctl.host.interrupts import INTERRUPTS
from dockerctl.systemd.model import Route, Scope

# sd_booted(3): this folder exists exactly on hosts that were booted with systemd.
BOOTED = "/run/systemd/system"
PRIVATE_SOCKET = "/run/systemd/private"

# A healthy bus answers within milliseconds; a hung one never does.
CONNECT_LIMIT_S = 3.0
# How long the first message on the private socket may lie unread before another is sent after it.
GREETING_S = 0.1

_CLIENT = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
_MESSAGE_BUS = Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
_NO_FLAGS = Gio.DBusCallFlags.NONE


@dataclass(frozen=True)
class Link:
    """An open connection and the road it took."""

    bus: Bus
    route: Route
    # The peer's name on the bus; None on the private socket, which has no names.
    destination: str | None


def open_link(scope: Scope, deadline: Deadline) -> Link:
    """Connect to the manager of ``scope`` within ``deadline``.

    The bus comes first. Root falls back to the private socket when the bus is dead or hung.
    Raises ``NoSystemd``, ``BusUnavailable`` or ``BusTimeout``.
    """
    if scope is Scope.SYSTEM and not Path(BOOTED).is_dir():
        raise NoSystemd("This host was not booted with systemd.")
    if deadline.passed:
        raise BusTimeout(
            f"The time limit of {deadline.total_s:g} s was over before systemd could be asked.",
            hint="Allow more time with --timeout.",
        )
    private = _private_address(scope)
    # A hung bus may not use up the time that the way round it needs.
    share = deadline if private is None else deadline.at_most(deadline.remaining() / 2)
    try:
        return _open_bus(scope, share)
    except (BusUnavailable, BusTimeout) as error:
        if scope is Scope.USER and (private is None or not Path(private).exists()):
            raise _no_user_manager() from error
        if private is None or deadline.passed:
            raise
    return _open_private(private, deadline)


def _no_user_manager() -> BusUnavailable:
    return BusUnavailable(
        "Your own service manager does not run, or cannot be found.",
        hint="It runs while you are logged in, and XDG_RUNTIME_DIR says where; su and sudo do not "
        "set it. 'loginctl enable-linger' keeps it running without a login.",
    )


def _open_bus(scope: Scope, deadline: Deadline) -> Link:
    kind = Gio.BusType.SYSTEM if scope is Scope.SYSTEM else Gio.BusType.SESSION
    try:
        address = Gio.dbus_address_get_for_bus_sync(kind, None)
    except GLib.Error as error:
        raise BusUnavailable(f"No D-Bus {scope.value} bus is known: {error.message}.") from error
    connection = _connect(address, _CLIENT | _MESSAGE_BUS, deadline)
    return Link(Bus(connection), Route.BUS, "org.freedesktop.systemd1")


def _open_private(path: str, deadline: Deadline) -> Link:
    connection = _connect(f"unix:path={path}", _CLIENT, deadline)
    _greet(connection, path, deadline)
    return Link(Bus(connection), Route.PRIVATE_SOCKET, None)


def _greet(connection: Gio.DBusConnection, path: str, deadline: Deadline) -> None:
    """Ping until an answer comes, so that the next message is read at once.

    A message that arrives in one piece with the last word of the authentication (about one in
    ten) stays in systemd's buffer until more bytes come: it waits for the socket, which is empty
    by then (systemd: src/libsystemd/sd-bus/bus-socket.c, bus_socket_auth_verify_server). The
    next ping is those bytes.
    """
    limit = deadline.at_most(CONNECT_LIMIT_S)
    ping = (None, "/", "org.freedesktop.DBus.Peer", "Ping", None, None)
    while True:
        try:
            with INTERRUPTS.held():
                connection.call_sync(*ping, _NO_FLAGS, int(GREETING_S * 1000), None)
        except GLib.Error as error:
            if not error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
                raise BusUnavailable(f"{path} cannot be used: {error.message}.") from error
            if limit.passed:
                raise BusTimeout(f"{path} did not answer in {limit.total_s:g} s.") from error
        else:
            return


def _private_address(scope: Scope) -> str | None:
    if scope is Scope.SYSTEM:
        return PRIVATE_SOCKET if os.geteuid() == 0 else None
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return f"{runtime}/systemd/private" if runtime else None


def _connect(
    address: str, flags: Gio.DBusConnectionFlags, deadline: Deadline
) -> Gio.DBusConnection:
    """Connect and authenticate. GLib has no time limit for either, so a timer cancels it."""
    limit = deadline.at_most(CONNECT_LIMIT_S)
    cancellable = Gio.Cancellable()
    timer = threading.Timer(limit.remaining(), cancellable.cancel)
    timer.daemon = True
    timer.start()
    try:
        with INTERRUPTS.held():
            connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, cancellable)
    except GLib.Error as error:
        if cancellable.is_cancelled():
            raise BusTimeout(f"{address} did not answer in {limit.total_s:g} s.") from error
        raise BusUnavailable(f"D-Bus cannot be reached: {error.message}.") from error
    finally:
        timer.cancel()
        timer.join()
    # GLib would otherwise end the whole process with SIGTERM when the bus goes away.
    connection.set_exit_on_close(False)
    return connection
