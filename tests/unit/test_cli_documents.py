"""The parts of JSON documents: whole inputs, whole documents."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dockerctl.cli.documents import moment, probe_document, status_document, units_document
from dockerctl.errors import ReadTimeout
from dockerctl.health.model import Rung
from dockerctl.systemd.model import ActiveState, Route
from tests.fakes.reports import FIGURES, REPORT, failed_at, report
from tests.fakes.snapshots import ABSENT, NEVER_STARTED, RUN, RUNNING, TAKEN, both


def test_a_healthy_status() -> None:
    document = status_document(REPORT)
    assert document == {
        "verdict": "healthy",
        "reason": "The API answers.",
        "service": {
            "name": "docker.service",
            "load_state": "loaded",
            "active_state": "active",
            "sub_state": "running",
            "unit_file_state": "enabled",
            "since": "2023-11-14T22:13:20.000+00:00",
            "need_daemon_reload": False,
            "fragment_path": "/lib/systemd/system/docker.service",
            "drop_in_paths": [],
            "result": "success",
            "main_pid": 1234,
            "n_restarts": 0,
            "exec_main_code": 0,
            "exec_main_status": 0,
            "exec_start": [["/usr/sbin/dockerd", "-H", "fd://"]],
            "memory_bytes": 104_857_600,
            "tasks": 20,
            "invocation_id": RUN,
        },
        "socket": {
            "name": "docker.socket",
            "load_state": "loaded",
            "active_state": "active",
            "sub_state": "running",
            "unit_file_state": "enabled",
            "since": "2023-11-14T22:13:20.000+00:00",
            "need_daemon_reload": False,
            "fragment_path": "/lib/systemd/system/docker.socket",
            "drop_in_paths": [],
            "result": "success",
            "listen": [["Stream", "/run/docker.sock"]],
        },
        "boot": {"service": "enabled", "socket": "enabled"},
        "probe": {
            "address": "unix:///run/docker.sock",
            "steps": [
                {"name": name, "ok": True, "latency_ms": 0.25, "error": None}
                for name in ("unit", "socket", "connect", "ping", "version", "list")
            ],
        },
        "engine": {"version": "28.5.2", "api_version": "1.51"},
        "process": {
            "pid": 1234,
            "rss_bytes": 67_108_864,
            "open_files": 31,
            "threads": 12,
            "started_at": "2023-11-14T21:56:40.000+00:00",
        },
        "caller": {"source": "default", "name": None, "address": "unix:///run/docker.sock"},
        "route": "bus",
        "drift": [],
        "findings": [],
    }
    assert json.loads(json.dumps(document)) == document


def test_the_least_that_can_be_known() -> None:
    bare = replace(
        report(both(ABSENT, None)), caller=None, route=Route.PRIVATE_SOCKET, process=None
    )
    document = status_document(bare)
    assert document["verdict"] == "not-installed"
    for name in ("socket", "engine", "process", "caller"):
        assert document[name] is None
    assert document["route"] == "private-socket"
    assert document["probe"] == {"address": None, "steps": []}
    assert document["boot"] == {"service": "", "socket": None}


def test_figures_that_the_caller_may_not_see() -> None:
    shy = replace(FIGURES, rss_bytes=None, open_files=None, threads=None, started_at=None)
    assert status_document(replace(REPORT, process=shy))["process"] == {
        "pid": 1234,
        "rss_bytes": None,
        "open_files": None,
        "threads": None,
        "started_at": None,
    }


def test_a_rung_that_failed() -> None:
    error = ReadTimeout("No answer.", details={"address": "x"})
    document = probe_document(failed_at(Rung.PING, error))
    steps = document["steps"]
    assert isinstance(steps, list)
    assert len(steps) == 4
    assert steps[-1] == {
        "name": "ping",
        "ok": False,
        "latency_ms": 1.0,
        "error": {
            "code": "read-timeout",
            "message": "No answer.",
            "hint": ReadTimeout("").hint,
            "details": {"address": "x"},
        },
    }


def test_words_of_a_newer_systemd_are_shown() -> None:
    odd = replace(RUNNING, active_state=ActiveState("hibernating"))
    document = json.loads(json.dumps(units_document(both(odd, TAKEN))))
    assert document["service"]["active_state"] == "hibernating"


def test_never_is_null() -> None:
    document = json.loads(json.dumps(units_document(both(NEVER_STARTED, None))))
    assert document["service"]["since"] is None
    assert document["socket"] is None


@pytest.mark.parametrize(
    ("usec", "text"),
    [
        (None, None),
        (1_700_000_000_000_000, "2023-11-14T22:13:20.000+00:00"),
        (1_700_000_000_123_456, "2023-11-14T22:13:20.123+00:00"),
    ],
)
def test_a_moment(usec: int | None, text: str | None) -> None:
    assert moment(usec) == text
