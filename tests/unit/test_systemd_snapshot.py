"""From raw properties to snapshots: what is missing or strange becomes neutral, and never raises."""

from __future__ import annotations

from dataclasses import fields
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockerctl.systemd.model import (
    UNSET,
    ActiveState,
    Condition,
    JobResult,
    LoadState,
    Service,
    Socket,
    UnitFileState,
)
from dockerctl.systemd.snapshot import service_from, socket_from

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
}
SOCKET: dict[str, object] = {
    **UNIT,
    "Id": "docker.socket",
    "Result": "success",
    "Listen": [("Stream", "/run/docker.sock"), ("Stream", "127.0.0.1:2375")],
}


def test_a_service() -> None:
    assert service_from("docker.service", SERVICE) == Service(
        name="docker.service",
        description="Docker",
        load_state=LoadState.LOADED,
        load_error="",
        active_state=ActiveState.ACTIVE,
        sub_state="running",
        unit_file_state=UnitFileState.ENABLED,
        fragment_path="/lib/systemd/system/docker.service",
        drop_in_paths=("/etc/systemd/system/docker.service.d/a.conf",),
        need_daemon_reload=True,
        can_reload=True,
        job_id=0,
        invocation_id="000102030405060708090a0b0c0d0e0f",
        state_change_usec=3,
        active_enter_usec=2,
        inactive_enter_usec=None,
        triggered_by=("docker.socket",),
        triggers=(),
        requires=("docker.socket", "sysinit.target"),
        binds_to=("containerd.service",),
        conditions=(Condition("ConditionPathExists", True, True, "/x", 1),),
        asserts=(),
        result="success",
        main_pid=12,
        exec_main_code=0,
        exec_main_status=0,
        n_restarts=2,
        restart="always",
        restart_usec=2_000_000,
        timeout_start_usec=None,
        timeout_stop_usec=90_000_000,
        exec_start=(("/usr/bin/dockerd", "-H", "fd://"),),
        memory_bytes=1024,
        memory_peak_bytes=None,
        tasks=None,
        type="notify",
    )


def test_a_socket() -> None:
    socket = socket_from("docker.socket", SOCKET)
    assert (socket.name, socket.result) == ("docker.socket", "success")
    assert socket.listen == (("Stream", "/run/docker.sock"), ("Stream", "127.0.0.1:2375"))
    assert socket.listening


def test_nothing_at_all() -> None:
    empty = service_from("docker.service", {})
    assert empty.name == "docker.service"
    assert {getattr(empty, field.name) for field in fields(empty)} == {
        "docker.service",
        "",
        0,
        False,
        None,
        (),
    }
    assert (socket_from("a.socket", {}).listen, socket_from("a.socket", {}).name) == ((), "a.socket")


def test_an_alias_shows_the_real_name() -> None:
    assert service_from("dbus.service", {"Id": "dbus-broker.service"}).name == "dbus-broker.service"


def test_a_queued_job() -> None:
    job = {"Job": (42, "/org/freedesktop/systemd1/job/42")}
    assert service_from("a.service", job).job_id == 42
    assert not service_from("a.service", {**job, "ActiveState": "inactive"}).down


def test_a_load_error() -> None:
    error = {"LoadError": ("org.freedesktop.systemd1.NoSuchUnit", "Unit a.service not found.")}
    assert service_from("a.service", error).load_error == "Unit a.service not found."


@pytest.mark.parametrize(
    "word", ["hibernating", "", "ACTIVE", "a b"], ids=["new", "empty", "upper", "space"]
)
def test_words_of_a_newer_systemd_are_kept(word: str) -> None:
    service = service_from(
        "a.service", {"ActiveState": word, "LoadState": word, "UnitFileState": word}
    )
    assert str(service.active_state) == str(service.load_state) == word
    assert str(service.unit_file_state) == word
    assert service.active_state.value == word
    assert not service.runs
    assert not service.down
    assert str(JobResult(word)) == word


def test_the_same_new_word_is_the_same() -> None:
    assert ActiveState("odd") == ActiveState("odd")
    assert ActiveState("odd") != ActiveState.ACTIVE
    assert len({ActiveState("odd"), ActiveState("odd")}) == 1


@pytest.mark.parametrize(
    "value",
    [None, "text", 7, -1, True, 1.5, [], ["text"], [[]], [("a",)], (), {"a": 1}, b"ab", [None]],
    ids=repr,
)
def test_a_property_of_the_wrong_type(value: object) -> None:
    for name in SERVICE:
        check(service_from("docker.service", {**SERVICE, name: value}))
    for name in SOCKET:
        check(socket_from("docker.socket", {**SOCKET, name: value}))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(),
    lambda inner: st.lists(inner, max_size=6) | st.tuples(inner, inner),
    max_leaves=6,
)


@settings(max_examples=60)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(SERVICE, VALUES)))
def test_any_service(properties: dict[str, object]) -> None:
    check(service_from("docker.service", properties))


@settings(max_examples=60)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(SOCKET, VALUES)))
def test_any_socket(properties: dict[str, object]) -> None:
    check(socket_from("docker.socket", properties))


PLAIN: dict[object, type] = {str: str, int: int, bool: bool}


def check(snapshot: Service | Socket) -> None:
    """Every field has the type that it promises, and no counter holds all ones."""
    hints = get_type_hints(type(snapshot))
    for field in fields(snapshot):
        value, hint = getattr(snapshot, field.name), hints[field.name]
        if hint == int | None:
            assert value is None or (type(value) is int and 0 <= value < UNSET), field.name
        elif hint in PLAIN:
            assert type(value) is PLAIN[hint], field.name
        elif isinstance(hint, type) and issubclass(hint, str):
            assert isinstance(value, hint), field.name
        else:
            assert type(value) is tuple, field.name
            assert all(isinstance(item, (str, tuple, Condition)) for item in value), field.name
    assert isinstance(hash(snapshot), int)
