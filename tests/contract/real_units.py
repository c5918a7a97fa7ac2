"""Writing the contract's units down for a real systemd: unit files and the scripts they run."""

from __future__ import annotations

import math
from pathlib import Path

from tests.contract.units import UNITS
from tests.fakes.unit_files import Run, ServiceFile, SocketFile

# Where packages put theirs: below /etc, so that the units can be masked.
FOLDER = Path("/usr/lib/systemd/system")
SCRIPTS = Path("/usr/lib/dockerctl-contract")
# How often each program was run.
COUNTERS = Path("/run/dockerctl-contract")


def install() -> None:
    """Write all units and scripts; a daemon-reload must follow."""
    SCRIPTS.mkdir(exist_ok=True)
    COUNTERS.mkdir(exist_ok=True)
    for unit in UNITS:
        if isinstance(unit, ServiceFile):
            (SCRIPTS / unit.name).write_text(script(unit))
            (FOLDER / unit.name).write_text(service_text(unit))
        else:
            (FOLDER / unit.name).write_text(socket_text(unit))


def service_text(unit: ServiceFile) -> str:
    """The unit file of a service."""
    exec_start = f"/bin/sh {SCRIPTS / unit.name}" if unit.has_program else "/nonexistent/program"
    lines = [
        "[Unit]",
        f"Description={unit.name}",
        *(f"Requires={other}\nAfter={other}" for other in unit.requires),
        f"StartLimitBurst={unit.start_burst}",
        f"StartLimitIntervalSec={unit.start_interval_s}",
    ]
    if unit.condition:
        lines.append(f"ConditionPathExists={unit.condition}")
    if unit.assertion:
        lines.append(f"AssertPathExists={unit.assertion}")
    if unit.refuses_manual_start:
        lines.append("RefuseManualStart=yes")
    lines += [
        "[Service]",
        "Type=notify",
        "NotifyAccess=all",
        # Else whatever the script runs at that moment gets the signal too.
        "KillMode=mixed",
        f"ExecStart={exec_start}",
        f"Restart={unit.restart}",
        f"RestartSec={unit.restart_s}",
        f"TimeoutStartSec={_seconds(unit.start_timeout_s)}",
        f"TimeoutStopSec={_seconds(unit.stop_timeout_s)}",
    ]
    if unit.bad_setting:
        lines.append(f"ExecStart={exec_start}")
    if unit.reloads:
        lines.append("ExecReload=/bin/true")
    return _text(lines, installable=unit.installable, wanted_by="multi-user.target")


def socket_text(unit: SocketFile) -> str:
    """The unit file of a socket."""
    lines = ["[Unit]", f"Description={unit.name}", "[Socket]", f"ListenStream={unit.listen}"]
    if unit.broken:
        lines.append("SocketGroup=contract-no-such-group")
    return _text(lines, installable=unit.installable, wanted_by="sockets.target")


def script(unit: ServiceFile) -> str:
    """The program of a service: it counts its runs and behaves as that run is described."""
    counter = COUNTERS / unit.name
    cases = [f"{n}) {_behave(run, unit.stop_s)};;" for n, run in enumerate(unit.runs[:-1])]
    cases.append(f"*) {_behave(unit.runs[-1], unit.stop_s)};;")
    return "\n".join(
        [
            f"run=$(cat {counter} 2>/dev/null || echo 0)",
            f"echo $((run + 1)) >{counter}",
            "case $run in",
            *cases,
            "esac",
            "",
        ]
    )


def _behave(run: Run, stop_s: float) -> str:
    steps = []
    if run.ready_s < run.ends_s:
        steps.append(_sleep(run.ready_s))
        if stop_s:
            steps.append(f"trap '{_sleep(stop_s)}; exit 0' TERM")
        steps.append("systemd-notify --ready")
    if math.isfinite(run.ends_s):
        steps += [_sleep(run.ends_s), f"exit {run.status}"]
    elif stop_s:
        # The shell acts on a signal only between two commands.
        steps.append("while :; do sleep 1 & wait $!; done")
    else:
        steps.append("exec sleep infinity")
    return "; ".join(step for step in steps if step)


def _sleep(seconds: float) -> str:
    if seconds == 0:
        return ""
    return "sleep infinity" if math.isinf(seconds) else f"sleep {seconds}"


def _seconds(seconds: float) -> str:
    return "infinity" if math.isinf(seconds) else f"{seconds}"


def _text(lines: list[str], *, installable: bool, wanted_by: str) -> str:
    if installable:
        lines = [*lines, "[Install]", f"WantedBy={wanted_by}"]
    return "\n".join(lines) + "\n"
