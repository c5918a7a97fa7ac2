"""The status screen: at most 80 columns, readable with and without colour."""

from __future__ import annotations

import textwrap
import time
from typing import TYPE_CHECKING

from dockerctl.cli.style import Style, harmless
from dockerctl.health.model import ProbeReport, StatusReport, Verdict
from dockerctl.health.observations import Finding, observe
from dockerctl.health.verdict import last_run
from dockerctl.systemd.model import Service, Unit

if TYPE_CHECKING:
    from dockerctl.change.drift import Drift

WIDTH = 80
_LABEL = 10

_COLORS = {
    Verdict.HEALTHY: ("green", "bold"),
    Verdict.STARTING: ("yellow", "bold"),
    Verdict.STOPPING: ("yellow", "bold"),
    Verdict.STOPPED: ("bold",),
    Verdict.ARMED: ("bold",),
}
_BAD = ("red", "bold")


def status_lines(
    report: StatusReport,
    style: Style,
    now_s: float,
    drift: tuple[Drift, ...] = (),
    cause: Finding | None = None,
) -> tuple[str, ...]:
    """The screen for ``report``; ``now_s`` is the time since the epoch, for "ago"."""
    verdict = report.conclusion.verdict
    colors = _COLORS.get(verdict, _BAD)
    name = report.units.service.name
    lines = [f"{style.paint(style.bullet, *colors)} {name}: {style.paint(verdict.value, *colors)}"]
    if verdict is not Verdict.HEALTHY:
        lines += _wrapped("because", report.conclusion.reason)
    if verdict is not Verdict.NOT_INSTALLED:
        lines += _unit_lines(report, now_s)
        lines += _probe_lines(report.probe, style)
        lines += _process_lines(report, now_s)
        lines += _file_lines(report)
    if drift:
        phrases = "; ".join(item.message for item in drift)
        lines += _wrapped("drift", f"{phrases}. See 'dockerctl config effective'.")
    for finding in (*(() if cause is None else (cause,)), *observe(report)):
        lines += _finding_lines(finding, style)
    return tuple(lines)


def _unit_lines(report: StatusReport, now_s: float) -> list[str]:
    service, socket = report.units.service, report.units.socket
    lines = _wrapped("service", _state(service, now_s))
    boot = f"service {report.boot_service}"
    if socket is None:
        lines += _wrapped("socket", "no socket unit: the daemon makes its own")
    else:
        lines += _wrapped("socket", _state(socket, now_s))
        boot += f", socket {report.boot_socket}"
    lines += _wrapped("boot", boot)
    lines += _wrapped("last run", _result(service))
    return lines


def _state(unit: Unit, now_s: float) -> str:
    loaded = "" if unit.load_state.value == "loaded" else f"{unit.load_state}, "
    since = unit.state_change_usec
    when = "" if since is None else f" since {_ago(since / 1_000_000, now_s)}"
    return f"{loaded}{unit.active_state} ({unit.sub_state}){when}"


def _result(service: Service) -> str:
    count = service.n_restarts
    restarts = f"; {count} automatic restart{'s' if count != 1 else ''}" if count else ""
    ended = service.result not in ("success", "")
    return f"{last_run(service) if ended else 'no failure'}{restarts}"


def _probe_lines(probe: ProbeReport, style: Style) -> list[str]:
    if probe.address is None or len(probe.steps) < 2:
        return []
    rungs = []
    for step in probe.steps:
        if step.ok:
            rungs.append(f"{step.rung.value} {style.paint('ok', 'green')}")
        else:
            rungs.append(f"{step.rung.value} {style.paint('FAILED', 'red', 'bold')}")
    lines = [
        _line("probe", harmless(probe.address)),
        _line("", f" {style.dot} ".join(rungs)),
    ]
    if probe.engine is not None:
        engine = probe.engine
        ping = next((s.latency_ms for s in probe.steps if s.rung.value == "ping"), None)
        answered = "" if ping is None else f", ping {ping:.1f} ms"
        lines.append(
            _line("engine", f"Docker {engine.version}, API {engine.api_version}{answered}")
        )
    return lines


def _process_lines(report: StatusReport, now_s: float) -> list[str]:
    figures, service = report.process, report.units.service
    if figures is None:
        return []
    memory = service.memory_bytes if service.memory_bytes is not None else figures.rss_bytes
    parts = [f"PID {figures.pid}"]
    if memory is not None:
        parts.append(f"{memory / 1_048_576:.1f} MiB")
    if figures.open_files is not None:
        parts.append(f"{figures.open_files} open files")
    if figures.threads is not None:
        parts.append(f"{figures.threads} threads")
    if figures.started_at is not None:
        parts.append(f"started {_ago(figures.started_at, now_s)}")
    return _wrapped("process", ", ".join(parts))


def _file_lines(report: StatusReport) -> list[str]:
    service, socket = report.units.service, report.units.socket
    paths = [*service.drop_in_paths, *(socket.drop_in_paths if socket is not None else ())]
    lines = []
    for index, path in enumerate(paths):
        lines.append(_line("drop-ins" if index == 0 else "", harmless(path)))
    return lines


def _finding_lines(finding: Finding, style: Style) -> list[str]:
    color = {"error": ("red", "bold"), "warning": ("yellow",)}.get(finding.severity, ())
    body = textwrap.wrap(
        harmless(f"{finding.title} ({finding.evidence}). Fix: {finding.fix}"),
        WIDTH - _LABEL - 2,
        break_long_words=False,
        break_on_hyphens=False,
    )
    label = style.paint(f"{finding.severity:>{_LABEL}}", *color)
    return [f"{label}  {body[0]}", *(_line("", line) for line in body[1:])]


def _wrapped(label: str, text: str) -> list[str]:
    lines = textwrap.wrap(
        harmless(text), WIDTH - _LABEL - 2, break_long_words=False, break_on_hyphens=False
    ) or [""]
    return [_line(label if index == 0 else "", line) for index, line in enumerate(lines)]


def _line(label: str, text: str) -> str:
    return f"{label:>{_LABEL}}  {text}"


def _ago(then_s: float, now_s: float) -> str:
    stamp = time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(then_s))
    passed = max(0, int(now_s - then_s))
    for seconds, word in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if passed >= seconds:
            return f"{stamp}, {passed // seconds} {word} ago"
    return f"{stamp}, {passed} s ago"
