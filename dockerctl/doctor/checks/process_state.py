"""The daemon's process: frozen, stuck, slow, out of files, or shut off from the host."""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.kernel import KernelFacts
from dockerctl.doctor.facts.processes import Proc, ProcessesFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, error, info, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.systemd.model import UNSET

_SLOW_S = 1.0
# With more than this share of the time spent waiting the host is at fault, not the daemon (the
# kernel's Documentation/accounting/psi.rst; in percent of the last ten seconds).
_BUSY = 20.0
_NEARLY_ALL = 0.9
# By a signal, and by a debugger (proc_pid_stat(5)).
_STOPPED = ("T", "t")
_SLOW_QUOTA_S = 0.1


def _state(facts: Facts) -> Iterator[Finding]:
    units, processes = facts.of(UnitsFacts), facts.of(ProcessesFacts)
    service = units.service
    pid = service.number("MainPID") or service.number("ControlPID")
    process = processes.by_pid(pid) if pid else None
    # cgroup v2 shows nothing of it in the state of a process.
    if _is_frozen(service):
        yield error(
            "daemon-frozen",
            f"{service.name} is frozen by systemd: it answers nobody",
            service.shown("FreezerState"),
            f"systemctl thaw {service.name}",
        )
    if process is None:
        return
    shown = (f"/proc/{pid}/stat: {process.name}, state {process.state}",)
    if process.state in _STOPPED:
        yield error(
            "daemon-frozen",
            f"the process of {service.name} is stopped by a signal: it answers nobody",
            shown,
            f"kill -CONT {pid}",
        )


def _rest(facts: Facts) -> Iterator[Finding]:
    units, processes = facts.of(UnitsFacts), facts.of(ProcessesFacts)
    service = units.service
    pid = service.number("MainPID")
    process = processes.by_pid(pid) if pid else None
    # Between two states of the unit every process is that for a moment.
    if process is not None and process.state == "Z" and service.active_state == "active":
        yield error(
            "daemon-dead",
            f"the process of {service.name} is dead, and its rest is not cleared away",
            (f"/proc/{pid}/stat: {process.name}, state {process.state}",),
            "dockerctl restart",
        )


def _is_frozen(service: UnitFacts) -> bool:
    return service.text("FreezerState") in ("frozen", "freezing")


def _answers(facts: Facts) -> Iterator[Finding]:
    units, engine = facts.of(UnitsFacts), facts.of(EngineFacts)
    if not engine.asked or engine.ping not in ("read-timeout", "connect-timeout"):
        return
    processes = facts.maybe(ProcessesFacts)
    pid = units.service.number("MainPID")
    process = None if processes is None else processes.by_pid(pid)
    if _is_frozen(units.service) or (process is not None and process.state in _STOPPED):
        # That is the cause, and is told of.
        return
    stuck = process is not None and process.state == "D"
    where = "it waits for the kernel, a disk or a mount" if stuck else "its process runs"
    state = "" if process is None else f"; /proc/{pid}/stat: state {process.state}"
    yield error(
        "daemon-hung",
        f"{units.service.name} is active and does not answer: {where}",
        (f"GET /_ping on {engine.address}: {engine.ping_problem}{state}",),
        f"save its threads first: kill -USR1 {pid} (the journal names the file), then: dockerctl "
        "restart",
    )


def _slow(facts: Facts) -> Iterator[Finding]:
    engine, kernel = facts.of(EngineFacts), facts.maybe(KernelFacts)
    # The other calls look through containers and disks: long on a large host, and no fault.
    seconds = engine.took_s.get("/_ping", 0.0)
    if engine.ping != "ok" or seconds <= _SLOW_S:
        return
    waits = {} if kernel is None else {k: v for k, v in kernel.pressure.items() if v > _BUSY}
    make = info if waits else warning
    yield make(
        "daemon-slow",
        f"the daemon answers slowly: the host is short of {' and '.join(sorted(waits))}"
        if waits
        else "the daemon answers slowly, even to a ping",
        (
            f"GET /_ping: {seconds:.1f} s",
            *(f"/proc/pressure/{name}: some avg10={value:.0f}" for name, value in waits.items()),
        ),
        "look at the load of the host and of its disks; dockerctl logs --level warning",
    )


def _quota(facts: Facts) -> Iterator[Finding]:
    service = facts.of(UnitsFacts).service
    # Seconds of the processor in each second.
    quota = service.seconds("CPUQuotaPerSecUSec")
    if quota is not None and 0 < quota < _SLOW_QUOTA_S:
        yield warning(
            "daemon-throttled",
            f"{service.name} may use {quota:.0%} of one processor only",
            service.shown("CPUQuotaPerSecUSec"),
            "dockerctl override unset Service.CPUQuota && dockerctl restart",
        )


def _used_up(facts: Facts) -> Iterator[Finding]:
    """What the running daemon is about to run out of."""
    units, processes = facts.of(UnitsFacts), facts.of(ProcessesFacts)
    service = units.service
    process = processes.by_pid(service.number("MainPID"))
    opened = 0 if process is None else process.open_files or 0
    most_files = 0 if process is None else process.most_files or 0
    if process is not None and 0 < most_files * _NEARLY_ALL < opened:
        yield error(
            "open-files-used-up",
            f"the daemon has {opened} files open, and may have {most_files}",
            (
                f"/proc/{process.pid}/fd: {opened}",
                f"/proc/{process.pid}/limits: Max open files {most_files}",
            ),
            "dockerctl override limits --files infinity && dockerctl restart",
        )
    tasks, most = service.number("TasksCurrent"), service.number("TasksMax")
    if 0 < most < UNSET and UNSET > tasks > most * _NEARLY_ALL:
        yield error(
            "tasks-used-up",
            f"{service.name} has nearly all the threads and processes that it may have",
            service.shown("TasksCurrent", "TasksMax"),
            "dockerctl override limits --tasks infinity && dockerctl restart",
        )


def _namespaces(facts: Facts) -> Iterator[Finding]:
    units, processes = facts.of(UnitsFacts), facts.of(ProcessesFacts)
    process = processes.by_pid(units.service.number("MainPID"))
    if process is None or not units.service.runs:
        return
    mine, host = process.namespaces, processes.of_host
    shown = (
        f"/proc/{process.pid}/ns/{name}: {mine[name]}, the host has {host[name]}"
        for name in ("net", "mnt")
        if name in mine and name in host and mine[name] != host[name]
    )
    for line in shown:
        if "/ns/net" in line:
            yield error(
                "daemon-network-apart",
                "the daemon has a network of its own: containers reach nothing, and nobody "
                "reaches them",
                (line,),
                "dockerctl override unset Service.PrivateNetwork && dockerctl restart",
            )
        else:
            # Without the same mounts containerd does not see what it shall run.
            blind = _containerd_is_elsewhere(process, processes)
            yield (error if blind else warning)(
                "daemon-mounts-apart",
                "the daemon has mounts of its own, which containerd does not see: no container "
                "starts"
                if blind
                else "the daemon has mounts of its own: what is mounted later does not pass "
                "between it and the host",
                (line,),
                "take PrivateMounts=, MountFlags= or the like out of the unit ('dockerctl override "
                "lint' names it), then: dockerctl restart",
            )


def _containerd_is_elsewhere(daemon: Proc, processes: ProcessesFacts) -> bool:
    mounts = [space for p in processes.named("containerd") if (space := p.namespaces.get("mnt"))]
    return bool(mounts) and daemon.namespaces["mnt"] not in mounts


CHECKS: tuple[Check, ...] = (
    Check(
        "state of the daemon's process",
        (UnitsFacts, ProcessesFacts),
        ("daemon-frozen",),
        _state,
        explains_start=True,
    ),
    # A start that has just failed leaves such a process for a moment; it explains nothing.
    Check("rest of the daemon's process", (UnitsFacts, ProcessesFacts), ("daemon-dead",), _rest),
    Check(
        "answer of the daemon",
        (UnitsFacts, EngineFacts),
        ("daemon-hung",),
        _answers,
        also=(ProcessesFacts,),
    ),
    Check("speed of the daemon", (EngineFacts,), ("daemon-slow",), _slow, also=(KernelFacts,)),
    Check("processor of the unit", (UnitsFacts,), ("daemon-throttled",), _quota),
    Check(
        "files and threads of the daemon",
        (UnitsFacts, ProcessesFacts),
        ("open-files-used-up", "tasks-used-up"),
        _used_up,
    ),
    Check(
        "namespaces of the daemon",
        (UnitsFacts, ProcessesFacts),
        ("daemon-network-apart", "daemon-mounts-apart"),
        _namespaces,
    ),
)
