"""Raw properties as systemd answers, and what holds of every snapshot that is made of any."""

from __future__ import annotations

from dataclasses import fields
from typing import get_type_hints

from dockerctl.systemd.model import UNSET, Condition, Service, Socket

# As GetAll answers, unpacked (org.freedesktop.systemd1(5)).
UNIT: dict[str, object] = {
    "Id": "docker.service",
    "Description": "Docker",
    "LoadState": "loaded",
    "LoadError": ("", ""),
    "ActiveState": "active",
    "SubState": "running",
    "UnitFileState": "enabled",
    "FragmentPath": "/lib/systemd/system/docker.service",
    "DropInPaths": ["/etc/systemd/system/docker.service.d/a.conf"],
    "NeedDaemonReload": True,
    "CanReload": True,
    "Job": (0, "/"),
    "InvocationID": list(range(16)),
    "StateChangeTimestamp": 3,
    "ActiveEnterTimestamp": 2,
    "InactiveEnterTimestamp": 0,
    "TriggeredBy": ["docker.socket"],
    "Triggers": [],
    "Requires": ["docker.socket", "sysinit.target"],
    "BindsTo": ["containerd.service"],
    "Conditions": [("ConditionPathExists", True, True, "/x", 1)],
    "Asserts": [],
}
SERVICE: dict[str, object] = {
    **UNIT,
    "Result": "success",
    "MainPID": 12,
    "ExecMainCode": 0,
    "ExecMainStatus": 0,
    "NRestarts": 2,
    "Restart": "always",
    "RestartUSec": 2_000_000,
    "TimeoutStartUSec": UNSET,
    "TimeoutStopUSec": 90_000_000,
    "ExecStart": [
        ("/usr/bin/dockerd", ["/usr/bin/dockerd", "-H", "fd://"], False, 1, 1, 0, 0, 12, 0, 0)
    ],
    "MemoryCurrent": 1024,
    "MemoryPeak": UNSET,
    "TasksCurrent": UNSET,
    "Type": "notify",
    "Environment": ["HTTP_PROXY=http://proxy:3128", "EMPTY="],
    "EnvironmentFiles": [("/etc/default/docker", True)],
}
SOCKET: dict[str, object] = {
    **UNIT,
    "Id": "docker.socket",
    "Result": "success",
    "Listen": [("Stream", "/run/docker.sock"), ("Stream", "127.0.0.1:2375")],
}


def raw(snapshot: Service | Socket) -> dict[str, object]:
    """A snapshot as GetAll would have answered: what ``systemd.snapshot`` turns into it again."""
    properties: dict[str, object] = {
        "Id": snapshot.name,
        "Description": snapshot.description,
        "LoadState": snapshot.load_state.value,
        "LoadError": ("" if not snapshot.load_error else _LOAD_ERROR, snapshot.load_error),
        "ActiveState": snapshot.active_state.value,
        "SubState": snapshot.sub_state,
        "UnitFileState": snapshot.unit_file_state.value,
        "FragmentPath": snapshot.fragment_path,
        "DropInPaths": list(snapshot.drop_in_paths),
        "NeedDaemonReload": snapshot.need_daemon_reload,
        "CanReload": snapshot.can_reload,
        "Job": (snapshot.job_id, f"/org/freedesktop/systemd1/job/{snapshot.job_id}"),
        "InvocationID": list(bytes.fromhex(snapshot.invocation_id)),
        "StateChangeTimestamp": snapshot.state_change_usec or 0,
        "ActiveEnterTimestamp": snapshot.active_enter_usec or 0,
        "InactiveEnterTimestamp": snapshot.inactive_enter_usec or 0,
        "TriggeredBy": list(snapshot.triggered_by),
        "Triggers": list(snapshot.triggers),
        "Requires": list(snapshot.requires),
        "BindsTo": list(snapshot.binds_to),
        "Conditions": [_row(condition) for condition in snapshot.conditions],
        "Asserts": [_row(condition) for condition in snapshot.asserts],
        "Result": snapshot.result,
    }
    if isinstance(snapshot, Socket):
        return {**properties, "Listen": list(snapshot.listen)}
    return {
        **properties,
        "MainPID": snapshot.main_pid,
        "ExecMainCode": snapshot.exec_main_code,
        "ExecMainStatus": snapshot.exec_main_status,
        "NRestarts": snapshot.n_restarts,
        "Restart": snapshot.restart,
        "RestartUSec": _counter(snapshot.restart_usec),
        "TimeoutStartUSec": _counter(snapshot.timeout_start_usec),
        "TimeoutStopUSec": _counter(snapshot.timeout_stop_usec),
        "ExecStart": [
            (argv[0], list(argv), False, 0, 0, 0, 0, 0, 0, 0) for argv in snapshot.exec_start
        ],
        "MemoryCurrent": _counter(snapshot.memory_bytes),
        "MemoryPeak": _counter(snapshot.memory_peak_bytes),
        "TasksCurrent": _counter(snapshot.tasks),
        "Type": snapshot.type,
        "Environment": list(snapshot.environment),
        "EnvironmentFiles": list(snapshot.environment_files),
        "UnsetEnvironment": list(snapshot.unset_environment),
    }


_LOAD_ERROR = "org.freedesktop.systemd1.LoadFailed"


def _row(condition: Condition) -> tuple[object, ...]:
    c = condition
    return (c.kind, c.trigger, c.negate, c.parameter, c.outcome)


def _counter(value: int | None) -> int:
    return UNSET if value is None else value


_PLAIN: dict[object, type] = {str: str, int: int, bool: bool}


def check_types(snapshot: Service | Socket) -> None:
    """Every field has the type that it promises, and no counter holds all ones."""
    hints = get_type_hints(type(snapshot))
    for field in fields(snapshot):
        value, hint = getattr(snapshot, field.name), hints[field.name]
        if hint == int | None:
            assert value is None or (type(value) is int and 0 <= value < UNSET), field.name
        elif hint in _PLAIN:
            assert type(value) is _PLAIN[hint], field.name
        elif isinstance(hint, type) and issubclass(hint, str):
            assert isinstance(value, hint), field.name
        else:
            assert type(value) is tuple, field.name
            assert all(isinstance(item, (str, tuple, Condition)) for item in value), field.name
    assert isinstance(hash(snapshot), int)
