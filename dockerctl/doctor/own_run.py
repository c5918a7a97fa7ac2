"""Which processes are the daemon's own, also of a run that began while the doctor was looking."""

from __future__ import annotations

from dockerctl.doctor.facts.processes import Proc, ProcessesFacts
from dockerctl.doctor.facts.units import UnitsFacts

# Ticks of the kernel's clock, in which the start of a process is told, are 10 ms.
_TICK_S = 0.02


def own_processes(units: UnitsFacts, processes: ProcessesFacts) -> frozenset[int]:
    """The process numbers that belong to the service.

    Between two looks systemd may have started a daemon that fails once more: it has the pid file,
    the ports and the locks for a moment, and is no stranger.
    """
    service = units.service
    named = {service.number("MainPID"), service.number("ControlPID")} - {0}
    later = {p.pid for p in processes.processes if _is_later_run(p, units)}
    return frozenset(named | later)


def _is_later_run(process: Proc, units: UnitsFacts) -> bool:
    in_its_group = process.cgroup.endswith(f"/{units.service.name}")
    return in_its_group and process.started_s >= units.seen_s - _TICK_S > 0
