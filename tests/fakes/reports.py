"""Whole status reports to vary, for what shows and judges them."""

from __future__ import annotations

from dataclasses import replace

from dockerctl.docker.context import CallerEndpoint
from dockerctl.errors import DockerctlError
from dockerctl.health.model import ProbeReport, ProbeStep, Rung, StatusReport, Units
from dockerctl.health.verdict import decide_verdict
from dockerctl.host.processes import ProcessFigures
from dockerctl.systemd.model import Route, UnitFileState
from tests.fakes.prober import ADDRESS, ENGINE
from tests.fakes.snapshots import RUNNING, TAKEN

HEALTHY = ProbeReport(ADDRESS, tuple(ProbeStep(rung, True, 0.25, None) for rung in Rung), ENGINE)
NOT_CLIMBED = ProbeReport(None, (), None)
FIGURES = ProcessFigures(1234, 67_108_864, 31, 12, 1_699_999_000.0)

REPORT = StatusReport(
    units=Units(RUNNING, TAKEN),
    conclusion=decide_verdict(Units(RUNNING, TAKEN), HEALTHY),
    probe=HEALTHY,
    process=FIGURES,
    boot_service=UnitFileState.ENABLED,
    boot_socket=UnitFileState.ENABLED,
    route=Route.BUS,
    caller=CallerEndpoint("default", None, ADDRESS),
)


def failed_at(rung: Rung, error: DockerctlError, *, address: str = ADDRESS) -> ProbeReport:
    """A climb that ends at ``rung``."""
    steps = [ProbeStep(step, True, 0.25, None) for step in Rung]
    index = list(Rung).index(rung)
    return ProbeReport(address, (*steps[:index], ProbeStep(rung, False, 1.0, error)), None)


def report(units: Units, probe: ProbeReport = NOT_CLIMBED) -> StatusReport:
    """What ``status`` says of these units."""
    service = units.service
    return replace(
        REPORT,
        units=units,
        conclusion=decide_verdict(units, probe),
        probe=probe,
        process=FIGURES if service.main_pid else None,
        boot_service=service.unit_file_state,
        boot_socket=None if units.socket is None else units.socket.unit_file_state,
    )
