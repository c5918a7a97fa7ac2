"""From the raw property maps of D-Bus to typed snapshots; each type has its one constructor.

A property that an older systemd lacks, or that has an unexpected type, becomes the neutral value
of its kind: snapshots are for looking, and a strange host must still be looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dockerctl.systemd.model import (
    UNSET,
    ActiveState,
    Condition,
    LoadState,
    Service,
    Socket,
    UnitFileChange,
    UnitFileState,
)

Properties = Mapping[str, object]


def service_from(name: str, service: Properties) -> Service:
    """A service from GetAll of all its interfaces."""
    return Service(
        **_unit_fields(name, service),  # type: ignore[arg-type]
        result=_text(service, "Result"),
        main_pid=_number(service, "MainPID"),
        exec_main_code=_number(service, "ExecMainCode"),
        exec_main_status=_number(service, "ExecMainStatus"),
        n_restarts=_number(service, "NRestarts"),
        restart=_text(service, "Restart"),
        restart_usec=_counter(service, "RestartUSec"),
        timeout_start_usec=_counter(service, "TimeoutStartUSec"),
        timeout_stop_usec=_counter(service, "TimeoutStopUSec"),
        exec_start=tuple(_words(row[1]) for row in _rows(service, "ExecStart") if len(row) > 1),
        memory_bytes=_counter(service, "MemoryCurrent"),
        memory_peak_bytes=_counter(service, "MemoryPeak"),
        tasks=_counter(service, "TasksCurrent"),
        type=_text(service, "Type"),
        environment=_words(service.get("Environment")),
        environment_files=tuple(
            (str(row[0]), row[1] is True)
            for row in _rows(service, "EnvironmentFiles")
            if len(row) == 2
        ),
        unset_environment=_words(service.get("UnsetEnvironment")),
    )


def socket_from(name: str, socket: Properties) -> Socket:
    """A socket from GetAll of all its interfaces."""
    return Socket(
        **_unit_fields(name, socket),  # type: ignore[arg-type]
        result=_text(socket, "Result"),
        listen=tuple((str(row[0]), str(row[1])) for row in _rows(socket, "Listen") if len(row) > 1),
    )


def changes_from(rows: Sequence[Sequence[str]]) -> tuple[UnitFileChange, ...]:
    """The links that enabling, disabling or masking made or removed."""
    return tuple(UnitFileChange(*row) for row in rows)


def _unit_fields(name: str, unit: Properties) -> dict[str, object]:
    return {
        # The name that the manager uses: an alias such as dbus.service shows the real unit.
        "name": _text(unit, "Id") or name,
        "description": _text(unit, "Description"),
        "load_state": LoadState(_text(unit, "LoadState")),
        "load_error": _load_error(unit.get("LoadError")),
        "active_state": ActiveState(_text(unit, "ActiveState")),
        "sub_state": _text(unit, "SubState"),
        "unit_file_state": UnitFileState(_text(unit, "UnitFileState")),
        "fragment_path": _text(unit, "FragmentPath"),
        "drop_in_paths": _words(unit.get("DropInPaths")),
        "need_daemon_reload": unit.get("NeedDaemonReload") is True,
        "can_reload": unit.get("CanReload") is True,
        "job_id": next((_whole(item) or 0 for item in _items(unit.get("Job"))), 0),
        "invocation_id": _hex(unit.get("InvocationID")),
        "state_change_usec": _moment(unit, "StateChangeTimestamp"),
        "active_enter_usec": _moment(unit, "ActiveEnterTimestamp"),
        "inactive_enter_usec": _moment(unit, "InactiveEnterTimestamp"),
        "triggered_by": _words(unit.get("TriggeredBy")),
        "triggers": _words(unit.get("Triggers")),
        "requires": _words(unit.get("Requires")),
        "binds_to": _words(unit.get("BindsTo")),
        "conditions": _conditions(unit, "Conditions"),
        "asserts": _conditions(unit, "Asserts"),
    }


def _text(properties: Properties, key: str) -> str:
    value = properties.get(key)
    return value if isinstance(value, str) else ""


def _whole(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _items(value: object) -> Sequence[object]:
    """The items of an array or a struct; nothing of anything else."""
    return value if isinstance(value, (list, tuple)) else ()


def _number(properties: Properties, key: str) -> int:
    return _whole(properties.get(key)) or 0


def _counter(properties: Properties, key: str) -> int | None:
    value = _whole(properties.get(key))
    return value if value is not None and value < UNSET else None


def _moment(properties: Properties, key: str) -> int | None:
    # 0 stands for "never" in every timestamp of systemd.
    return _counter(properties, key) or None


def _words(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in _items(value))


def _rows(properties: Properties, key: str) -> list[Sequence[object]]:
    return [row for item in _items(properties.get(key)) if (row := _items(item))]


def _hex(value: object) -> str:
    octets = [item for item in _items(value) if type(item) is int and 0 <= item <= 0xFF]
    return bytes(octets).hex()


def _load_error(value: object) -> str:
    return str(_items(value)[1]) if len(_items(value)) == 2 else ""


def _conditions(properties: Properties, key: str) -> tuple[Condition, ...]:
    return tuple(
        Condition(str(kind), bool(trigger), bool(negate), str(parameter), outcome)
        for row in _rows(properties, key)
        if len(row) == 5
        for kind, trigger, negate, parameter, outcome in [row]
        if type(outcome) is int
    )
