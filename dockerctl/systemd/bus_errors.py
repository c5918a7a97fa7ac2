"""D-Bus error names to our errors, through one table.

The names are those of systemd (src/libsystemd/sd-bus/bus-common-errors.h) and of the D-Bus
specification ("Standard error names"). Dispatch is on the remote name alone: GLib's own domain and
code are the same for most of them. An unknown name becomes ``BusCallFailed``.
"""

from __future__ import annotations

from dockerctl import errors as e

_SYSTEMD = "org.freedesktop.systemd1."
_DBUS = "org.freedesktop.DBus.Error."
ALREADY_SUBSCRIBED = _SYSTEMD + "AlreadySubscribed"

BY_NAME: dict[str, type[e.SystemdError]] = {
    _SYSTEMD + "NoSuchUnit": e.UnitNotFound,
    _SYSTEMD + "UnitMasked": e.UnitMasked,
    _SYSTEMD + "BadUnitSetting": e.BadUnitSetting,
    _SYSTEMD + "LoadFailed": e.UnitLoadFailed,
    _SYSTEMD + "OnlyByDependency": e.OnlyByDependency,
    _SYSTEMD + "JobTypeNotApplicable": e.JobNotApplicable,
    _SYSTEMD + "TransactionIsDestructive": e.JobConflict,
    _SYSTEMD + "TransactionJobsConflicting": e.JobConflict,
    _SYSTEMD + "TransactionOrderIsCyclic": e.JobConflict,
    _SYSTEMD + "ShuttingDown": e.ManagerShuttingDown,
    _SYSTEMD + "UnitExists": e.UnitFileConflict,
    _SYSTEMD + "UnitGenerated": e.UnitFileConflict,
    _SYSTEMD + "UnitLinked": e.UnitFileConflict,
    _SYSTEMD + "UnitInactive": e.UnitInactive,
    _SYSTEMD + "NoSuchJob": e.JobUnknown,
    _SYSTEMD + "DiskFull": e.ManagerDiskFull,
    # A second Subscribe on one connection; the adapter takes it as success.
    ALREADY_SUBSCRIBED: e.BusCallFailed,
    _DBUS + "AccessDenied": e.NotPermitted,
    _DBUS + "InteractiveAuthorizationRequired": e.AuthorizationRequired,
    _DBUS + "InvalidArgs": e.InvalidRequest,
    _DBUS + "FileNotFound": e.UnitNotFound,
    _DBUS + "FileExists": e.UnitFileConflict,
    # The bus works and systemd is not on it; the request went nowhere.
    _DBUS + "ServiceUnknown": e.ManagerAway,
    _DBUS + "NameHasNoOwner": e.ManagerAway,
    _DBUS + "NoServer": e.BusUnavailable,
    _DBUS + "Disconnected": e.BusUnavailable,
    _DBUS + "NoReply": e.BusTimeout,
    _DBUS + "Timeout": e.BusTimeout,
    _DBUS + "TimedOut": e.BusTimeout,
    "System.Error.EEXIST": e.UnitFileConflict,
    "System.Error.EROFS": e.ReadOnlyUnitFiles,
    "System.Error.ENOSPC": e.ManagerDiskFull,
    "System.Error.EACCES": e.NotPermitted,
    "System.Error.EPERM": e.NotPermitted,
}


# What the bus answers when it tried to start a service and could not (D-Bus specification,
# "Message Bus Starting Services"). systemd itself is never started that way.
_SPAWN = _DBUS + "Spawn."


def error_from(name: str, text: str, what: str) -> e.SystemdError:
    """Our error for the D-Bus error ``name`` with ``text``; ``what`` says what was asked.

    Before systemd obeys anyone but root it asks polkit, and passes on what goes wrong with that
    under the name of whatever went wrong: such an error is about polkit, not about our unit.
    """
    cls = BY_NAME.get(name, e.ManagerAway if name.startswith(_SPAWN) else e.BusCallFailed)
    said = text.strip().rstrip(".")
    details = {"dbus_error": name, "said": text.strip()}
    if "polkit" in text.lower() and "polkit" not in what:
        return e.NotPermitted(
            f"systemd could not {what}: it has to ask polkit whether you may, and polkit cannot be "
            f"asked: {said}.",
            hint="See 'systemctl status polkit.service', or run dockerctl as root.",
            details=details,
        )
    if cls is e.BusTimeout and "disconnected" in text:
        # dbus-daemon's NoReply for a peer that went away while it owed an answer.
        cls = e.BusUnavailable
    return cls(f"systemd could not {what}: {said}.", details=details)
