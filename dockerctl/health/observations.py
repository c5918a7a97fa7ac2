"""What ``status`` notices beside the verdict, as findings. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dockerctl.docker.address import parse_address, same_endpoint
from dockerctl.errors import AddressUnsupported, ConnectionRefused, SocketMissing
from dockerctl.health.model import StatusReport
from dockerctl.systemd.model import LoadState, UnitFileState

_NOBODY_THERE = (SocketMissing, ConnectionRefused)


@dataclass(frozen=True)
class Finding:
    """Something noticed: a stable code, how much it matters, and what to do."""

    code: str
    # "error", "warning" or "info".
    severity: str
    title: str
    evidence: str
    fix: str

    def document(self) -> dict[str, object]:
        """The finding as JSON."""
        return {
            "code": self.code,
            "severity": self.severity,
            "title": self.title,
            "evidence": self.evidence,
            "fix": self.fix,
        }


def observe(report: StatusReport) -> tuple[Finding, ...]:
    """The findings about one report, the most urgent first."""
    found = (
        _bad_setting(report),
        _socket_file_lost(report),
        _masked_while_running(report),
        _needs_daemon_reload(report),
        _boot_mismatch(report),
        _caller_elsewhere(report),
    )
    return tuple(finding for finding in found if finding is not None)


def _bad_setting(report: StatusReport) -> Finding | None:
    service = report.units.service
    if service.load_state not in (LoadState.BAD_SETTING, LoadState.ERROR):
        return None
    return Finding(
        "unit-bad-setting",
        "error",
        f"systemd refuses {service.name}: it cannot be started or restarted",
        service.load_error.rstrip(".") or f"LoadState is {service.load_state}",
        f"systemd-analyze verify {service.name}",
    )


def _socket_file_lost(report: StatusReport) -> Finding | None:
    socket, failed = report.units.socket, report.probe.failed_step
    if socket is None or not socket.listening or failed is None:
        return None
    listeners = [f"unix://{path}" for _, path in socket.listen]
    if report.probe.address not in listeners or not isinstance(failed.error, _NOBODY_THERE):
        return None
    return Finding(
        "socket-file-lost",
        "error",
        f"{socket.name} listens, and nobody can reach it: its file was removed or replaced",
        failed.error.message.rstrip("."),
        "dockerctl stop, then dockerctl start",
    )


def _masked_while_running(report: StatusReport) -> Finding | None:
    service = report.units.service
    if not (service.masked and service.runs):
        return None
    return Finding(
        "masked-while-active",
        "warning",
        f"{service.name} runs and is masked: once it stops it cannot be started",
        f"LoadState masked, ActiveState {service.active_state}",
        "dockerctl unmask",
    )


def _needs_daemon_reload(report: StatusReport) -> Finding | None:
    units = [u for u in (report.units.service, report.units.socket) if u is not None]
    stale = [unit.name for unit in units if unit.need_daemon_reload]
    if not stale:
        return None
    return Finding(
        "daemon-reload-needed",
        "warning",
        f"the files of {' and '.join(stale)} changed after systemd read them",
        "NeedDaemonReload is yes",
        "systemctl daemon-reload",
    )


def _boot_mismatch(report: StatusReport) -> Finding | None:
    socket = report.units.socket
    if socket is None or report.boot_socket is None:
        return None
    enabled = (UnitFileState.ENABLED, UnitFileState.ENABLED_RUNTIME)
    at_boot = report.boot_service in enabled, report.boot_socket in enabled
    service = report.units.service
    if at_boot != (False, True) or service.masked:
        return None
    return Finding(
        "boot-socket-only",
        "info",
        f"after a boot {service.name} starts only with the first client of {socket.name}",
        f"{service.name} is {report.boot_service}, {socket.name} is {report.boot_socket}",
        "dockerctl enable (start at boot) or dockerctl disable (never by itself)",
    )


def _caller_elsewhere(report: StatusReport) -> Finding | None:
    caller, here = report.caller, report.probe.address
    if caller is None:
        return None
    if caller.problem is not None and caller.address_text is None:
        return Finding(
            "caller-context-broken",
            "warning",
            "which daemon your docker command would reach cannot be told",
            f"{_source(report)}: {caller.problem}",
            "docker context ls",
        )
    if caller.problem is not None:
        return Finding(
            "caller-config-broken",
            "warning",
            "your docker command passes over its own configuration",
            caller.problem,
            "repair or remove that file",
        )
    if caller.source == "default":
        return None
    there = caller.address_text
    if there is None or here is None or _same(there, here):
        return None
    return Finding(
        "caller-elsewhere",
        "warning",
        "your docker command would reach another daemon than this one",
        f"{_source(report)} points to {there}, this daemon listens on {here}",
        "unset DOCKER_HOST DOCKER_CONTEXT, or docker context use default",
    )


def _source(report: StatusReport) -> str:
    caller = report.caller
    if caller is None or caller.name is None:
        return "" if caller is None else caller.source
    return f"{caller.source} {caller.name}"


def _same(there: str, here: str) -> bool:
    try:
        return same_endpoint(parse_address(there), parse_address(here))
    except AddressUnsupported:
        return False
