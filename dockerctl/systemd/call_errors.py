"""What a failed call over GLib's D-Bus means, as an error of ours."""

from __future__ import annotations

from gi.repository import Gio, GLib

from dockerctl.errors import BusTimeout, BusUnavailable, SystemdError
from dockerctl.systemd.bus_errors import error_from


def translated(error: GLib.Error, what: str, allowed_s: float) -> SystemdError:
    """The error for ``error``; ``what`` says what was asked, in at most ``allowed_s`` seconds."""
    name = Gio.DBusError.get_remote_error(error)
    if name:
        # strip_remote_error() changes a copy: PyGObject hands no GError through.
        return error_from(name, error.message.removeprefix(f"GDBus.Error:{name}: "), what)
    if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
        return BusTimeout(f"systemd did not {what} in {allowed_s:.1f} s.")
    return BusUnavailable(f"The connection to systemd broke: {error.message}.")
