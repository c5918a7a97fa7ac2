"""From raw properties to snapshots: what is missing or strange becomes neutral."""

from __future__ import annotations

from dataclasses import fields

import pytest

from dockerctl.systemd.model import (
    ActiveState,
    Condition,
    JobResult,
    LoadState,
    Service,
    UnitFileChange,
    UnitFileState,
)
from dockerctl.systemd.snapshot import changes_from, service_from, socket_from
from tests.fakes.properties import SERVICE, SOCKET, check_types


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
        environment=("HTTP_PROXY=http://proxy:3128", "EMPTY="),
        environment_files=(("/etc/default/docker", True),),
    )


def test_a_socket() -> None:
    socket = socket_from("docker.socket", SOCKET)
    assert (socket.name, socket.result) == ("docker.socket", "success")
    assert socket.listen == (("Stream", "/run/docker.sock"), ("Stream", "127.0.0.1:2375"))
    assert socket.listening


def test_the_links_that_were_changed() -> None:
    rows = [("symlink", "/etc/a", "/lib/a"), ("unlink", "/etc/b", "")]
    assert changes_from(rows) == (
        UnitFileChange("symlink", "/etc/a", "/lib/a"),
        UnitFileChange("unlink", "/etc/b", ""),
    )


def test_nothing_at_all() -> None:
    empty = service_from("docker.service", {})
    assert empty.name == "docker.service"
    assert {getattr(empty, field.name) for field in fields(empty)} == {
        "docker.service",
        "",
        0,
        None,
        (),
    }
    assert (socket_from("a.socket", {}).listen, socket_from("a.socket", {}).name) == (
        (),
        "a.socket",
    )


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
        check_types(service_from("docker.service", {**SERVICE, name: value}))
    for name in SOCKET:
        check_types(socket_from("docker.socket", {**SOCKET, name: value}))
