"""status, is-active, is-enabled, is-healthy, wait: they look and change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dockerctl.cli.compose import Wiring, wired
from dockerctl.cli.options import flag
from dockerctl.cli.session import Session
from dockerctl.errors import DeadlinePassed, DockerctlError, UnitNotFound, UsageError
from dockerctl.exits import ExitCode
from dockerctl.presentable import presentable
from dockerctl.result import Result
from dockerctl.settings import STATUS_S, WAIT_S

if TYPE_CHECKING:
    from dockerctl.change.drift import Drift
    from dockerctl.health.model import StatusReport
    from dockerctl.health.observations import Finding
    from dockerctl.health.report import Observer

WAIT = flag("--wait", "Wait until it is healthy, or is in a state that will not change by itself.")


def status(session: Session, wait: bool = WAIT) -> Result:
    """Show service, socket, probe, process, engine and boot on one screen."""
    from dockerctl.cli.documents import status_document  # noqa: PLC0415
    from dockerctl.cli.status_text import status_lines  # noqa: PLC0415
    from dockerctl.cli.style import Style  # noqa: PLC0415
    from dockerctl.health.verdict import exit_code_of  # noqa: PLC0415
    from dockerctl.health.waiting import Waiter  # noqa: PLC0415

    with wired(session, WAIT_S if wait else STATUS_S, changes=False) as wiring:
        observer = _observer(session, wiring)
        if wait:
            Waiter(wiring.manager, observer, wiring.deadline).until_settled(
                wiring.unit, lambda what: wiring.reporter.waiting(what, wiring.deadline)
            )
        report = observer.report(wiring.unit, wiring.deadline)
        drift = _drift(report, wiring)
        cause = _cause(report, wiring)
    style = Style.of(session.stdout, session.environ, wanted=session.resolved().color)
    return Result(
        schema="dockerctl/status/v1",
        exit_code=exit_code_of(report.conclusion.verdict, report.probe),
        messages=tuple(session.messages),
        payload=status_document(report, drift, cause),
        text=status_lines(report, style, wiring.deadline.clock.time(), drift, cause),
    )


def _cause(report: StatusReport, wiring: Wiring) -> Finding | None:
    """Why the daemon is down although it should not be: the doctor's first finding."""
    from dockerctl.health.model import Verdict  # noqa: PLC0415
    from dockerctl.health.observations import Finding  # noqa: PLC0415

    if report.conclusion.verdict not in (Verdict.FAILED, Verdict.HUNG):
        return None
    # Only a daemon in trouble pays for the checks.
    from dockerctl.cli.explainer import cause_of  # noqa: PLC0415

    try:
        found = cause_of(wiring)
    except DockerctlError:
        # The verdict stands without it.
        return None
    if found is None:
        return None
    evidence = found.evidence[-1] if found.evidence else ""
    return Finding(found.code, found.severity.value, found.title, presentable(evidence), found.fix)


def _drift(report: StatusReport, wiring: Wiring) -> tuple[Drift, ...]:
    """What is on disk and not in the running daemon."""
    from dockerctl.change.drift import find_drift  # noqa: PLC0415

    def proven_tag(path: str) -> str | None:
        from dockerctl.cli.change_host import ledger_of  # noqa: PLC0415  (for a changed file only)

        return ledger_of(wiring).proven_tag(path)

    return find_drift(report.units.service, proven_tag)


def is_active(session: Session) -> Result:
    """Print the ActiveState of the service in one word; 0 when active, 3 when not."""
    with wired(session, STATUS_S, changes=False) as wiring:
        service = wiring.manager.service(wiring.unit)
    code = ExitCode.OK if service.runs else ExitCode.NOT_ACTIVE
    if not service.exists and not service.runs:
        code = ExitCode.UNKNOWN
    return Result(
        schema="dockerctl/is-active/v1",
        exit_code=code,
        messages=tuple(session.messages),
        payload={
            "unit": service.name,
            "load_state": str(service.load_state),
            "active_state": str(service.active_state),
            "sub_state": service.sub_state,
        },
        text=(str(service.active_state),),
    )


def is_enabled(session: Session) -> Result:
    """Print the UnitFileState of the service in one word; 0 when it starts at boot."""
    from dockerctl.health.units import read_units  # noqa: PLC0415
    from dockerctl.systemd.model import UnitFileState  # noqa: PLC0415

    with wired(session, STATUS_S, changes=False) as wiring:
        units = read_units(wiring.manager, wiring.unit)
        state = wiring.manager.unit_file_state(wiring.unit)
        socket_state = (
            None if units.socket is None else wiring.manager.unit_file_state(units.socket.name)
        )
    enabled = (
        UnitFileState.ENABLED,
        UnitFileState.ENABLED_RUNTIME,
        UnitFileState.STATIC,
        UnitFileState.ALIAS,
        UnitFileState.INDIRECT,
        UnitFileState.GENERATED,
    )
    code = ExitCode.OK if state in enabled else ExitCode.FAILED
    if state is UnitFileState.NOT_FOUND:
        code = ExitCode.UNKNOWN
    return Result(
        schema="dockerctl/is-enabled/v1",
        exit_code=code,
        messages=tuple(session.messages),
        payload={
            "unit": wiring.unit,
            "service": str(state),
            "socket": None if socket_state is None else str(socket_state),
        },
        text=(str(state),),
    )


def is_healthy(session: Session) -> Result:
    """Print the verdict in one word; 0 when healthy, 153 when hung, 3 when not active."""
    from dockerctl.cli.documents import probe_document  # noqa: PLC0415
    from dockerctl.health.verdict import decide_verdict, exit_code_of  # noqa: PLC0415

    with wired(session, STATUS_S, changes=False) as wiring:
        units, probe = _observer(session, wiring).probe(wiring.unit, wiring.deadline)
    conclusion = decide_verdict(units, probe)
    return Result(
        schema="dockerctl/is-healthy/v1",
        exit_code=exit_code_of(conclusion.verdict, probe),
        messages=tuple(session.messages),
        payload={
            "verdict": conclusion.verdict.value,
            "reason": conclusion.reason,
            "probe": probe_document(probe),
        },
        text=(conclusion.verdict.value,),
    )


def wait(
    session: Session,
    state: str = typer.Argument(..., metavar="healthy|stopped", help="The state to wait for."),
) -> Result:
    """Wait until the daemon is healthy or stopped, without changing anything."""
    if state not in ("healthy", "stopped"):
        raise UsageError(
            f"{state!a} is not a state to wait for.",
            hint="Use 'dockerctl wait healthy' or 'dockerctl wait stopped'.",
        )
    with wired(session, WAIT_S, changes=False) as wiring:
        verdict, reason = _awaited(session, wiring, state)
    return Result(
        schema="dockerctl/wait/v1",
        messages=tuple(session.messages),
        payload={"state": state, "verdict": verdict, "reason": reason},
        text=(reason,),
    )


def _awaited(session: Session, wiring: Wiring, state: str) -> tuple[str, str]:
    from dockerctl.health.model import ProbeReport, Verdict  # noqa: PLC0415
    from dockerctl.health.verdict import decide_verdict  # noqa: PLC0415
    from dockerctl.health.waiting import Waiter  # noqa: PLC0415

    waiter = Waiter(wiring.manager, _observer(session, wiring), wiring.deadline)

    def waiting(what: str) -> None:
        wiring.reporter.waiting(what, wiring.deadline)

    if state == "stopped":
        units = waiter.until_stopped(wiring.unit, waiting)
        if not units.service.exists and units.service.down:
            # A name that is mistyped must not pass for a daemon that is down.
            raise UnitNotFound(f"systemd knows no {wiring.unit}.", details={"unit": wiring.unit})
        conclusion = decide_verdict(units, ProbeReport(None, (), None))
        reached = units.service.down
        if not reached:
            conclusion_text = f"{wiring.unit} is {units.service.active_state}."
            raise _overdue(wiring, state, conclusion.verdict.value, conclusion_text)
    else:
        conclusion = waiter.until_healthy(wiring.unit, waiting)
        if conclusion.verdict is not Verdict.HEALTHY:
            raise _overdue(wiring, state, conclusion.verdict.value, conclusion.reason)
    return conclusion.verdict.value, conclusion.reason


def _overdue(wiring: Wiring, state: str, verdict: str, reason: str) -> DockerctlError:
    if verdict == "not-installed":
        return UnitNotFound(reason, details={"unit": wiring.unit})
    return DeadlinePassed(
        f"{wiring.unit} is not {state} after {wiring.deadline.total_s:g} s. {reason}",
        details={"unit": wiring.unit, "verdict": verdict, "reason": reason},
    )


def _observer(session: Session, wiring: Wiring) -> Observer:
    from dockerctl.docker.context import CallerEndpoint, caller_endpoint  # noqa: PLC0415
    from dockerctl.health.report import Observer  # noqa: PLC0415
    from dockerctl.host.processes import process_figures  # noqa: PLC0415

    def caller() -> CallerEndpoint:
        return caller_endpoint(session.environ, session.environ.get("HOME"))

    return Observer(wiring.manager, wiring.prober, process_figures, caller)
