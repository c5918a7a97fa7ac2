"""The parts that several JSON documents share; field names are fixed (docs/reference/json.md)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dockerctl.health.model import ProbeReport, StatusReport, Units
from dockerctl.health.observations import Finding, observe
from dockerctl.host.processes import ProcessFigures
from dockerctl.result import error_document
from dockerctl.systemd.model import Service, Socket, Unit

if TYPE_CHECKING:
    from dockerctl.change.drift import Drift


def units_document(units: Units) -> dict[str, object]:
    """``service`` and ``socket``."""
    return {
        "service": _service(units.service),
        "socket": None if units.socket is None else _socket(units.socket),
    }


def probe_document(probe: ProbeReport) -> dict[str, object]:
    """``probe``: the address and the rungs."""
    return {
        "address": probe.address,
        "steps": [
            {
                "name": step.rung.value,
                "ok": step.ok,
                "latency_ms": step.latency_ms,
                "error": None if step.error is None else error_document(step.error),
            }
            for step in probe.steps
        ],
    }


def status_document(
    report: StatusReport, drift: tuple[Drift, ...] = (), cause: Finding | None = None
) -> dict[str, object]:
    """Everything that ``status`` adds to the common fields; ``cause`` is the doctor's."""
    engine = report.probe.engine
    return {
        "verdict": report.conclusion.verdict.value,
        "reason": report.conclusion.reason,
        **units_document(report.units),
        "boot": {
            "service": str(report.boot_service),
            "socket": None if report.boot_socket is None else str(report.boot_socket),
        },
        "probe": probe_document(report.probe),
        "engine": (
            None
            if engine is None
            else {"version": engine.version, "api_version": engine.api_version}
        ),
        "process": None if report.process is None else _process(report.process),
        "caller": (
            None
            if report.caller is None
            else {
                "source": report.caller.source,
                "name": report.caller.name,
                "address": report.caller.address_text,
            }
        ),
        "route": report.route.value,
        "drift": [
            {"code": item.code, "path": item.path, "message": item.message} for item in drift
        ],
        "findings": [
            finding.document()
            for finding in (*(() if cause is None else (cause,)), *observe(report))
        ],
    }


def moment(usec: int | None) -> str | None:
    """A moment of systemd as ISO 8601 in UTC, or None for never."""
    if usec is None:
        return None
    return datetime.fromtimestamp(usec / 1_000_000, UTC).isoformat(timespec="milliseconds")


def _service(service: Service) -> dict[str, object]:
    return {
        **_unit(service),
        "result": service.result,
        "main_pid": service.main_pid,
        "n_restarts": service.n_restarts,
        "exec_main_code": service.exec_main_code,
        "exec_main_status": service.exec_main_status,
        "exec_start": [list(argv) for argv in service.exec_start],
        "memory_bytes": service.memory_bytes,
        "tasks": service.tasks,
        "invocation_id": service.invocation_id,
    }


def _socket(socket: Socket) -> dict[str, object]:
    return {
        **_unit(socket),
        "result": socket.result,
        "listen": [list(pair) for pair in socket.listen],
    }


def _unit(unit: Unit) -> dict[str, object]:
    return {
        "name": unit.name,
        "load_state": str(unit.load_state),
        "active_state": str(unit.active_state),
        "sub_state": unit.sub_state,
        "unit_file_state": str(unit.unit_file_state),
        "since": moment(unit.state_change_usec),
        "need_daemon_reload": unit.need_daemon_reload,
        "fragment_path": unit.fragment_path,
        "drop_in_paths": list(unit.drop_in_paths),
    }


def _process(figures: ProcessFigures) -> dict[str, object]:
    started = figures.started_at
    return {
        "pid": figures.pid,
        "rss_bytes": figures.rss_bytes,
        "open_files": figures.open_files,
        "threads": figures.threads,
        "started_at": None if started is None else moment(int(started * 1_000_000)),
    }
