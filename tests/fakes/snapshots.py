"""Snapshots for tests of pure functions: a healthy docker.service and docker.socket to vary."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dockerctl.health.model import Units
from dockerctl.systemd.model import (
    ActiveState,
    Condition,
    LoadState,
    Service,
    Socket,
    UnitFileState,
)

RUN = "0123456789abcdef0123456789abcdef"
NOW_USEC = 1_700_000_000_000_000

_UNIT: dict[str, Any] = {
    "load_state": LoadState.LOADED,
    "load_error": "",
    "unit_file_state": UnitFileState.ENABLED,
    "drop_in_paths": (),
    "need_daemon_reload": False,
    "job_id": 0,
    "state_change_usec": NOW_USEC,
    "active_enter_usec": NOW_USEC,
    "inactive_enter_usec": None,
    "binds_to": (),
    "conditions": (),
    "asserts": (),
}

RUNNING = Service(
    **_UNIT,
    name="docker.service",
    description="Docker Application Container Engine",
    active_state=ActiveState.ACTIVE,
    sub_state="running",
    fragment_path="/lib/systemd/system/docker.service",
    can_reload=True,
    invocation_id=RUN,
    triggered_by=("docker.socket",),
    triggers=(),
    requires=("docker.socket", "sysinit.target"),
    result="success",
    main_pid=1234,
    exec_main_code=0,
    exec_main_status=0,
    n_restarts=0,
    restart="always",
    restart_usec=2_000_000,
    timeout_start_usec=None,
    timeout_stop_usec=90_000_000,
    exec_start=(("/usr/sbin/dockerd", "-H", "fd://"),),
    memory_bytes=104_857_600,
    memory_peak_bytes=None,
    tasks=20,
    type="notify",
)

TAKEN = Socket(
    **_UNIT,
    name="docker.socket",
    description="Docker Socket for the API",
    active_state=ActiveState.ACTIVE,
    sub_state="running",
    fragment_path="/lib/systemd/system/docker.socket",
    can_reload=False,
    invocation_id="f" * 32,
    triggered_by=(),
    triggers=("docker.service",),
    requires=("sysinit.target",),
    result="success",
    listen=(("Stream", "/run/docker.sock"),),
)

STOPPED = replace(
    RUNNING,
    active_state=ActiveState.INACTIVE,
    sub_state="dead",
    main_pid=0,
    inactive_enter_usec=NOW_USEC,
    memory_bytes=None,
    tasks=None,
)
NEVER_STARTED = replace(
    STOPPED,
    invocation_id="",
    state_change_usec=None,
    active_enter_usec=None,
    inactive_enter_usec=None,
)
STARTING = replace(RUNNING, active_state=ActiveState.ACTIVATING, sub_state="start", job_id=70)
STOPPING = replace(
    RUNNING, active_state=ActiveState.DEACTIVATING, sub_state="stop-sigterm", job_id=71
)
FAILED = replace(
    STOPPED,
    active_state=ActiveState.FAILED,
    sub_state="failed",
    result="exit-code",
    exec_main_code=1,
    exec_main_status=1,
)
RETRYING = replace(
    FAILED, active_state=ActiveState.ACTIVATING, sub_state="auto-restart", n_restarts=1
)
MASKED = replace(
    NEVER_STARTED,
    load_state=LoadState.MASKED,
    load_error="Unit docker.service is masked.",
    unit_file_state=UnitFileState.MASKED,
    triggered_by=(),
    requires=(),
    exec_start=(),
    type="",
)
ABSENT = replace(
    MASKED,
    load_state=LoadState.NOT_FOUND,
    load_error="Unit docker.service not found.",
    unit_file_state=UnitFileState.NONE,
    fragment_path="",
)
BAD_SETTING = replace(
    NEVER_STARTED,
    load_state=LoadState.BAD_SETTING,
    load_error="Unit docker.service has a bad unit file setting.",
)

LISTENING = replace(TAKEN, sub_state="listening")
CLOSED = replace(TAKEN, active_state=ActiveState.INACTIVE, sub_state="dead")
SOCKET_FAILED = replace(
    TAKEN,
    active_state=ActiveState.FAILED,
    sub_state="failed",
    result="service-start-limit-hit",
)

UNMET = Condition("ConditionPathExists", False, False, "/nonexistent", -1)
UNMET_ASSERT = Condition("AssertPathExists", False, False, "/nonexistent", -1)


def both(service: Service, socket: Socket | None) -> Units:
    """The two together."""
    return Units(service, socket)
