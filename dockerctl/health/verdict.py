"""From what systemd and the probe say to one verdict with its reason. Pure.

The order of the questions matters: what systemd knows comes first, and the probe decides only
about a unit that runs.
"""

from __future__ import annotations

import signal

from dockerctl.errors import (
    AnswerGarbled,
    AnswerUnexpected,
    ConnectTimeout,
    DockerctlError,
    EngineFault,
    ReadTimeout,
    SocketForbidden,
)
from dockerctl.exits import ExitCode
from dockerctl.health.model import Conclusion, ProbeReport, Units, Verdict
from dockerctl.systemd.model import ActiveState, LoadState, Service, Socket

# An accepted connection without a usable answer is a daemon that is there and does not do its
# work; everything else means that it cannot be reached.
_HUNG = (ReadTimeout, ConnectTimeout, EngineFault, AnswerGarbled, AnswerUnexpected)

_UNDERWAY = {
    ActiveState.ACTIVATING: (Verdict.STARTING, "starting"),
    ActiveState.DEACTIVATING: (Verdict.STOPPING, "stopping"),
}

# siginfo_t codes as ExecMainCode has them (sigaction(2)).
_CLD_EXITED, _CLD_KILLED, _CLD_DUMPED = 1, 2, 3


def decide_verdict(units: Units, probe: ProbeReport) -> Conclusion:
    """The verdict for these units and, when the service runs, this probe."""
    service, socket = units.service, units.socket
    state = service.active_state
    if not service.exists:
        return Conclusion(Verdict.NOT_INSTALLED, f"systemd knows no {service.name}.")
    if service.runs:
        return _of_running(service, probe)
    if service.auto_restarting:
        return Conclusion(
            Verdict.FAILED, f"{last_run(service)}; systemd is about to try again (auto-restart)."
        )
    if state in _UNDERWAY:
        verdict, word = _UNDERWAY[state]
        return Conclusion(verdict, f"{service.name} is {word} ({service.sub_state}).")
    if state is ActiveState.FAILED:
        return Conclusion(Verdict.FAILED, _of_failed(service, socket))
    return _of_inactive(service, socket)


def exit_code_of(verdict: Verdict, probe: ProbeReport) -> ExitCode:
    """The exit code of ``status`` for a verdict (docs/reference/exit-codes.md)."""
    if verdict is Verdict.UNREACHABLE and _permission(probe):
        return ExitCode.UNKNOWN
    return _EXIT_CODES[verdict]


_EXIT_CODES = {
    Verdict.HEALTHY: ExitCode.OK,
    Verdict.HUNG: ExitCode.HUNG,
    Verdict.UNREACHABLE: ExitCode.HUNG,
    Verdict.STARTING: ExitCode.NOT_ACTIVE,
    Verdict.STOPPING: ExitCode.NOT_ACTIVE,
    Verdict.STOPPED: ExitCode.NOT_ACTIVE,
    Verdict.ARMED: ExitCode.NOT_ACTIVE,
    Verdict.FAILED: ExitCode.NOT_ACTIVE,
    Verdict.NOT_INSTALLED: ExitCode.UNKNOWN,
}


def last_run(service: Service) -> str:
    """How the last run ended, in words: Result, and the exit code or signal."""
    code, status = service.exec_main_code, service.exec_main_status
    if code == _CLD_EXITED:
        how = f"the daemon exited with status {status}"
    elif code in (_CLD_KILLED, _CLD_DUMPED):
        how = f"the daemon was ended by {_signal_name(status)}"
    else:
        how = "the daemon was not run"
    return f"Result {service.result}: {how}"


def _of_running(service: Service, probe: ProbeReport) -> Conclusion:
    failed = probe.failed_step
    if failed is None:
        return Conclusion(Verdict.HEALTHY, "The API answers.")
    error = failed.error
    said = error.sentence if error is not None else "no reason is known"
    reason = f"{service.name} is {service.active_state}, and '{failed.rung.value}' fails: {said}"
    if isinstance(error, _HUNG):
        return Conclusion(Verdict.HUNG, reason)
    return Conclusion(Verdict.UNREACHABLE, reason)


def _of_failed(service: Service, socket: Socket | None) -> str:
    reason = f"{last_run(service)}."
    if service.result == "start-limit-hit" or (
        socket is not None and socket.result == "service-start-limit-hit"
    ):
        reason += " The start limit is hit: systemd refuses further starts until it is reset."
    return reason


def _of_inactive(service: Service, socket: Socket | None) -> Conclusion:
    if service.load_state in (LoadState.BAD_SETTING, LoadState.ERROR):
        return Conclusion(
            Verdict.FAILED, f"systemd cannot load {service.name}: {service.load_error}"
        )
    if socket is not None and socket.active_state is ActiveState.FAILED:
        return Conclusion(
            Verdict.FAILED,
            f"{socket.name} failed (Result {socket.result}), and {service.name} needs it."
            if socket.name in service.requires
            else f"{socket.name} failed (Result {socket.result}).",
        )
    state = "stopped" if service.active_state is ActiveState.INACTIVE else _words(service)
    state += " and masked" if service.masked else ""
    unmet = [str(condition) for condition in service.conditions if condition.outcome < 0]
    condition = f"A condition does not hold: {', '.join(unmet)}." if unmet else ""
    if socket is not None and socket.listening:
        # systemd refuses to start a masked service, and the socket then fails.
        follows = "fails, and the socket with it" if service.masked else "starts it"
        return Conclusion(
            Verdict.ARMED,
            condition
            or f"{service.name} is {state} and {socket.name} listens: the next client {follows}.",
        )
    return Conclusion(Verdict.STOPPED, condition or f"{service.name} is {state}.")


def _words(service: Service) -> str:
    # A state of a newer systemd, or "maintenance": shown as it is.
    return f"{service.active_state} ({service.sub_state})"


def _permission(probe: ProbeReport) -> bool:
    failed = probe.failed_step
    return failed is not None and is_forbidden(failed.error)


def is_forbidden(error: DockerctlError | None) -> bool:
    """Whether the probe failed only because of who asks."""
    return isinstance(error, SocketForbidden)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
