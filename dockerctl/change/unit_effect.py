"""What a changed drop-in needs to take effect. Pure.

systemd applies some settings of a loaded unit at once, reads others when the next process is
started, and looks at dependencies when the next job is made (systemd.resource-control(5),
systemd.service(5), systemd.unit(5)).
"""

from __future__ import annotations

from collections import defaultdict

from dockerctl.change.model import Effect
from dockerctl.override.model import UnitText

# Of [Service]: in force after a daemon-reload, without a new process.
_AT_ONCE = frozenset(
    {
        "MemoryMin", "MemoryLow", "MemoryHigh", "MemoryMax", "MemorySwapMax", "MemoryZSwapMax",
        "MemoryAccounting", "CPUQuota", "CPUQuotaPeriodSec", "CPUWeight", "StartupCPUWeight",
        "CPUAccounting", "AllowedCPUs", "AllowedMemoryNodes", "TasksMax", "TasksAccounting",
        "IOWeight", "IODeviceWeight", "IOReadBandwidthMax", "IOWriteBandwidthMax",
        "IOReadIOPSMax", "IOWriteIOPSMax", "IOAccounting", "IPAccounting", "IPAddressAllow",
        "IPAddressDeny", "DeviceAllow", "DevicePolicy", "ManagedOOMSwap",
        "ManagedOOMMemoryPressure", "ManagedOOMMemoryPressureLimit", "ManagedOOMPreference",
        "Restart", "RestartSec", "RestartSteps", "RestartMaxDelaySec",
        "RestartPreventExitStatus", "RestartForceExitStatus", "SuccessExitStatus",
        "TimeoutStartSec", "TimeoutStopSec", "TimeoutSec", "TimeoutAbortSec", "ExecReload",
        "ExecStop", "ExecStopPost", "KillMode", "KillSignal", "SendSIGKILL", "FinalKillSignal",
        "RestartKillSignal", "OOMPolicy",
    }
)  # fmt: skip


def changed_directives(before: UnitText, after: UnitText) -> tuple[tuple[str, str], ...]:
    """(section, name) of every directive with other values, in the order of the new text."""
    old, new = _values(before), _values(after)
    return tuple(pair for pair in {**new, **old} if old.get(pair) != new.get(pair))


def effect_of(unit: str, directives: tuple[tuple[str, str], ...]) -> Effect:
    """What the changed directives of a drop-in of ``unit`` need."""
    if unit.endswith(".socket"):
        # The listening socket itself is made anew.
        sections = {section for section, _ in directives}
        return Effect.RESTART if "Socket" in sections else Effect.NONE
    needs_process = any(
        section == "Service" and name not in _AT_ONCE for section, name in directives
    )
    return Effect.RESTART if needs_process else Effect.NONE


def _values(text: UnitText) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for assignment in text.assignments:
        found[assignment.section, assignment.name].append(assignment.value)
    return dict(found)
