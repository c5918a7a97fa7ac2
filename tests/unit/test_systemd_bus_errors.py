"""D-Bus error names become errors of ours, all through one table."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import dockerctl
from dockerctl.errors import (
    BusCallFailed,
    BusTimeout,
    BusUnavailable,
    ManagerAway,
    NotPermitted,
    SystemdError,
    UnitMasked,
    error_classes,
)
from dockerctl.exits import ExitCode
from dockerctl.systemd.bus_errors import BY_NAME, error_from

SYSTEMD, DBUS = "org.freedesktop.systemd1.", "org.freedesktop.DBus.Error."
PACKAGE = Path(dockerctl.__file__).parent

# systemd: src/libsystemd/sd-bus/bus-common-errors.h, as far as our calls can meet them; and the
# D-Bus specification, "Standard error names".
EXPECTED = {
    SYSTEMD + "NoSuchUnit": "unit-not-found",
    SYSTEMD + "UnitMasked": "unit-masked",
    SYSTEMD + "BadUnitSetting": "unit-bad-setting",
    SYSTEMD + "LoadFailed": "unit-load-failed",
    SYSTEMD + "OnlyByDependency": "only-by-dependency",
    SYSTEMD + "JobTypeNotApplicable": "job-not-applicable",
    SYSTEMD + "TransactionIsDestructive": "job-conflict",
    SYSTEMD + "TransactionJobsConflicting": "job-conflict",
    SYSTEMD + "TransactionOrderIsCyclic": "job-conflict",
    SYSTEMD + "ShuttingDown": "manager-shutting-down",
    SYSTEMD + "UnitExists": "unit-file-conflict",
    SYSTEMD + "UnitGenerated": "unit-file-conflict",
    SYSTEMD + "UnitLinked": "unit-file-conflict",
    SYSTEMD + "UnitInactive": "unit-inactive",
    SYSTEMD + "AlreadySubscribed": "bus-call-failed",
    SYSTEMD + "NoSuchJob": "job-unknown",
    SYSTEMD + "DiskFull": "manager-disk-full",
    DBUS + "AccessDenied": "not-permitted",
    DBUS + "InteractiveAuthorizationRequired": "authorization-required",
    DBUS + "InvalidArgs": "invalid-request",
    DBUS + "FileNotFound": "unit-not-found",
    DBUS + "FileExists": "unit-file-conflict",
    DBUS + "ServiceUnknown": "manager-away",
    DBUS + "NameHasNoOwner": "manager-away",
    DBUS + "NoServer": "bus-unavailable",
    DBUS + "Disconnected": "bus-unavailable",
    DBUS + "NoReply": "bus-timeout",
    DBUS + "Timeout": "bus-timeout",
    DBUS + "TimedOut": "bus-timeout",
    "System.Error.EEXIST": "unit-file-conflict",
    "System.Error.EROFS": "unit-files-read-only",
    "System.Error.ENOSPC": "manager-disk-full",
    "System.Error.EACCES": "not-permitted",
    "System.Error.EPERM": "not-permitted",
}


def test_the_whole_table() -> None:
    assert {name: cls.code for name, cls in BY_NAME.items()} == EXPECTED


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_every_name_gives_its_error(name: str) -> None:
    error = error_from(name, "It is so. ", "start docker.service")
    assert type(error) is BY_NAME[name]
    assert error.message == "systemd could not start docker.service: It is so."
    assert error.details == {"dbus_error": name, "said": "It is so."}
    assert error.hint


@pytest.mark.parametrize("name", ["org.freedesktop.systemd1.Brand.New", "", "x"])
def test_an_unknown_name(name: str) -> None:
    error = error_from(name, "What now", "stop docker.service")
    assert type(error) is BusCallFailed
    assert error.message == "systemd could not stop docker.service: What now."
    assert error.details["dbus_error"] == name


def test_a_bus_that_cannot_start_systemd() -> None:
    error = error_from(DBUS + "Spawn.ChildExited", "Process exited", "read docker.service")
    assert type(error) is ManagerAway


def test_a_peer_that_went_away_is_not_a_slow_one() -> None:
    gone = "Message recipient disconnected from message bus without replying"
    assert type(error_from(DBUS + "NoReply", gone, "read a.service")) is BusUnavailable
    assert type(error_from(DBUS + "NoReply", "Did not reply", "read a.service")) is BusTimeout


@pytest.mark.parametrize(
    "name", [SYSTEMD + "UnitMasked", DBUS + "NoReply", DBUS + "ServiceUnknown"]
)
def test_what_goes_wrong_with_polkit_is_not_about_our_unit(name: str) -> None:
    error = error_from(name, "Unit polkit.service is masked.", "start docker.service")
    assert type(error) is NotPermitted
    assert error.exit_code is ExitCode.NOT_PERMITTED
    assert "polkit cannot be asked: Unit polkit.service is masked." in error.message
    assert "polkit.service" in error.hint


def test_polkit_itself_may_be_the_unit() -> None:
    error = error_from(
        SYSTEMD + "UnitMasked", "Unit polkit.service is masked.", "start polkit.service"
    )
    assert type(error) is UnitMasked


def test_every_class_of_systemd_is_in_the_table_or_raised_by_name() -> None:
    raised = {
        node.func.id
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    known = set(BY_NAME.values())
    unreachable = [
        cls.__name__
        for cls in error_classes()
        if issubclass(cls, SystemdError) and cls not in known and cls.__name__ not in raised
    ]
    assert unreachable == []
