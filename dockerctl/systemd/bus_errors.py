"""D-Bus error names to our errors, through one table.

The names are those of systemd (src/libsystemd/sd-bus/bus-common-errors.h) and of the D-Bus
specification ("Standard error names"). Dispatch is on the remote name alone: GLib's own domain and
code are the same for most of them. An unknown name becomes ``BusCallFailed``.
"""

from __future__ import annotations

from dockerctl import errors as e

_SYSTEMD = "org.freedesktop.systemd1."
_DBUS = "org.freedesktop.DBus.Error."

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
    _SYSTEMD + "AlreadySubscribed": e.BusCallFailed,
    _DBUS + "AccessDenied": e.NotPermitted,
    _DBUS + "InteractiveAuthorizationRequired": e.AuthorizationRequired,
    _DBUS + "InvalidArgs": e.InvalidRequest,
    _DBUS + "FileNotFound": e.UnitNotFound,
    _DBUS + "FileExists": e.UnitFileConflict,
    _DBUS + "ServiceUnknown": e.BusUnavailable,
    _DBUS + "NameHasNoOwner": e.BusUnavailable,
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


def error_from(name: str, text: str, what: str) -> e.SystemdError:
    """Our error for the D-Bus error ``name`` with ``text``; ``what`` says what was asked.

    A masked unit other than the one we asked for is named: systemd answers UnitMasked also when
    polkit.service, which it wants to ask, is masked.
    """
    cls = BY_NAME.get(name, e.BusCallFailed)
    said = text.strip().rstrip(".")
    details = {"dbus_error": name, "said": text.strip()}
    if cls is e.UnitMasked and "polkit" in text:
        return e.NotPermitted(
            f"systemd could not {what}: {said}. It has to ask polkit, and polkit is masked",
            hint="Run 'systemctl unmask polkit.service', or run dockerctl as root.",
            details=details,
        )
    return cls(f"systemd could not {what}: {said}.", details=details)
