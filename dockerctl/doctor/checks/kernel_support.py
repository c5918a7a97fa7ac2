"""What the kernel must offer: modules, control groups, namespaces, limits that are wide enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.kernel import KernelFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, error, info, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.said import said

# What fails for want of a module: tables of the firewall, bridges, overlay.
_WANTED = (
    r"Table does not exist|can't initialize|not supported|No such device|operation not supported"
)
# dockerd opens a socket and some files for each container, and 20 by itself.
_FEW_FILES = 1024
_LITTLE_SPACE = 2 * 1024**3
_LITTLE_MEMORY_KIB = 64 * 1024
_LITTLE_SHARE = 0.02
_NEARLY_ALL = 0.95
_DAY_S = 86400.0


def _modules(facts: Facts) -> Iterator[Finding]:
    kernel, units = facts.of(KernelFacts), facts.of(UnitsFacts)
    if kernel.has_modules is not False:
        return
    lines = said(facts, _WANTED) if facts.of(JournalFacts).failed is not None else ()
    evidence = (
        f"uname: {kernel.release}",
        f"/lib/modules: {', '.join(kernel.installed)}",
        *lines,
    )
    title = f"the kernel that runs, {kernel.release}, has no modules on disk"
    if lines and not units.service.runs:
        yield error(
            "kernel-modules-missing",
            f"{title}: it was upgraded, and the host was not booted since",
            evidence,
            "reboot",
        )
    else:
        yield info("kernel-modules-missing", title, evidence, "reboot when it suits")


def _cgroups(facts: Facts) -> Iterator[Finding]:
    kernel, units = facts.of(KernelFacts), facts.of(UnitsFacts)
    if kernel.cgroups is False:
        yield replace(
            error(
                "cgroup-not-mounted",
                "no control groups are mounted",
                ("mountinfo: neither cgroup nor cgroup2", *said(facts, r"cgroup")),
                "mount -t cgroup2 cgroup2 /sys/fs/cgroup && dockerctl start",
            ),
            when=units.when,
        )


def _limits(facts: Facts) -> Iterator[Finding]:
    units = facts.of(UnitsFacts)
    service = units.service
    files = service.number("LimitNOFILE")
    if 0 < files < _FEW_FILES:
        yield replace(
            error(
                "too-many-open-files",
                f"{service.name} may open {files} files only",
                (f"{service.name}: LimitNOFILE={files}", *said(facts, "too many open files")),
                "dockerctl override limits --files infinity && dockerctl restart",
            ),
            when=units.when,
        )
    space = service.number("LimitAS")
    if 0 < space < _LITTLE_SPACE:
        yield replace(
            error(
                "address-space-limited",
                f"{service.name} may use {space // 1024**2} MiB of addresses: a program in Go "
                "needs more",
                (f"{service.name}: LimitAS={space}", *said(facts, r"fatal error|cannot allocate")),
                "dockerctl override set Service.LimitAS=infinity && dockerctl start",
            ),
            when=units.when,
        )
    tasks = service.number("TasksMax")
    if 0 < tasks < _FEW_FILES // 4:
        yield replace(
            error(
                "too-few-tasks",
                f"{service.name} may have {tasks} threads and processes only, containers included",
                (f"{service.name}: TasksMax={tasks}", *said(facts, r"pthread_create|newosproc")),
                "dockerctl override limits --tasks infinity && dockerctl restart",
            ),
            when=units.when,
        )


def _kernel(facts: Facts) -> Iterator[Finding]:
    """What every container needs."""
    kernel = facts.of(KernelFacts)
    if kernel.forbidden:
        names = ", ".join(kernel.forbidden)
        yield error(
            "namespaces-forbidden",
            f"no namespaces of these kinds may be made: {names}; no container starts",
            tuple(f"sysctl: user.max_{name}_namespaces = 0" for name in kernel.forbidden),
            f"sysctl -w user.max_{kernel.forbidden[0]}_namespaces=10000 (see /etc/sysctl.d)",
        )
    if kernel.overlay is False:
        yield warning(
            "overlay-missing",
            "the kernel cannot mount overlay: the daemon takes a driver that copies whole images",
            ("/proc/filesystems: no overlay", f"/lib/modules/{kernel.release}: no overlay"),
            "install the modules of this kernel (linux-modules-extra or the like), then: modprobe "
            "overlay && dockerctl restart",
        )
    if kernel.apparmor and kernel.apparmor_parser is False:
        yield warning(
            "apparmor-parser-missing",
            "AppArmor is on, and the program that loads profiles is missing: containers may be "
            "refused, and run without a profile at best",
            ("/sys/module/apparmor/parameters/enabled: Y", "stat: apparmor_parser: not found"),
            "apt-get install apparmor && dockerctl restart",
        )


def _left(facts: Facts) -> Iterator[Finding]:
    """What the host has left."""
    kernel = facts.of(KernelFacts)
    little = min(_LITTLE_MEMORY_KIB, int(kernel.memory * _LITTLE_SHARE))
    if kernel.available and kernel.available < little:
        yield warning(
            "memory-short",
            f"the host has {kernel.available // 1024} MiB of memory left",
            (f"/proc/meminfo: MemAvailable: {kernel.available} kB of {kernel.memory} kB",),
            "see who has it: docker stats, systemd-cgtop -m",
        )
    if kernel.most_files and kernel.open_files > kernel.most_files * _NEARLY_ALL:
        yield error(
            "host-out-of-files",
            "nearly all files that may be open on this host are",
            (f"/proc/sys/fs/file-nr: {kernel.open_files} of {kernel.most_files}",),
            f"sysctl -w fs.file-max={kernel.most_files * 2}, and find who has them open: lsof",
        )
    if kernel.program_s and kernel.now_s < kernel.program_s - _DAY_S:
        yield warning(
            "clock-behind",
            "the clock of the host shows a time before the engine was made: certificates count as "
            "not yet valid",
            (
                f"clock: {_day(kernel.now_s)}",
                f"stat: the program of the daemon: {_day(kernel.program_s)}",
            ),
            "timedatectl set-ntp true",
        )


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


CHECKS: tuple[Check, ...] = (
    Check(
        "modules of the kernel",
        (KernelFacts, UnitsFacts, JournalFacts),
        ("kernel-modules-missing",),
        _modules,
        explains_start=True,
    ),
    Check(
        "control groups",
        (KernelFacts, UnitsFacts),
        ("cgroup-not-mounted",),
        _cgroups,
        explains_start=True,
    ),
    Check(
        "kernel for containers",
        (KernelFacts,),
        ("namespaces-forbidden", "overlay-missing", "apparmor-parser-missing"),
        _kernel,
    ),
    Check(
        "memory, files and clock of the host",
        (KernelFacts,),
        ("memory-short", "host-out-of-files", "clock-behind"),
        _left,
    ),
    Check(
        "limits of the unit",
        (UnitsFacts,),
        ("too-many-open-files", "address-space-limited", "too-few-tasks"),
        _limits,
        also=(JournalFacts,),
        explains_start=True,
    ),
)
