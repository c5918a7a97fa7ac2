"""The recipes ``limits`` and ``restart-policy``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dockerctl.override.model import Assignment, Draft, UnitText
from dockerctl.override.recipe_merge import Setting, draft, merge
from dockerctl.override.recipe_values import (
    bytes_of,
    check_choice,
    check_count,
    check_limit,
    check_quota,
    check_range,
    check_size,
    check_span,
    seconds_of,
)

LIMITS = "limits"
RESTART_POLICY = "restart-policy"

POLICIES = (
    "no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always",
)  # fmt: skip

# Below this dockerd itself is likely to be killed for want of memory.
_LITTLE_MEMORY = 256 * 1024 * 1024
_LARGEST_BURST = 2**32 - 1


def limits(
    unit: str,
    *,
    memory: str | None = None,
    cpu: str | None = None,
    tasks: str | None = None,
    files: str | None = None,
    oom_score: str | None = None,
    before: UnitText | None = None,
) -> Draft:
    """Limits of the daemon itself; None leaves one as the recipe has it, "" takes it out.

    ``memory`` is MemoryMax=, ``cpu`` CPUQuota=, ``tasks`` TasksMax=, ``files`` LimitNOFILE= and
    ``oom_score`` OOMScoreAdjust=. Raises OverrideValueInvalid.
    """
    if memory:
        check_size(memory, "--memory")
    if cpu:
        check_quota(cpu, "--cpu")
    if tasks:
        check_count(tasks, "--tasks", share=True)
    if files:
        check_limit(files, "--files")
    if oom_score:
        oom_score = check_range(oom_score, "--oom-score", -1000, 1000)
    assignments = merge(
        before,
        _wanted(
            {
                ("Service", "MemoryMax"): memory,
                ("Service", "CPUQuota"): cpu,
                ("Service", "TasksMax"): tasks,
                ("Service", "LimitNOFILE"): files,
                ("Service", "OOMScoreAdjust"): oom_score,
            }
        ),
    )
    notes = []
    if assignments:
        notes.append("The limits are those of the daemon; containers have limits of their own.")
    size = bytes_of(memory) if memory else None
    if size is not None and size < _LITTLE_MEMORY:
        notes.append("dockerd may be killed with less than 256M of memory.")
    return draft(unit, LIMITS, assignments, notes=notes)


def restart_policy(
    unit: str,
    *,
    policy: str | None = None,
    delay: str | None = None,
    burst: str | None = None,
    interval: str | None = None,
    before: UnitText | None = None,
) -> Draft:
    """When systemd starts the daemon again; None leaves a value as it is, "" takes it out.

    ``policy`` is Restart=, ``delay`` RestartSec=, ``burst`` StartLimitBurst= and ``interval``
    StartLimitIntervalSec=, where 0 means no limit. Raises OverrideValueInvalid.
    """
    if policy:
        check_choice(policy, "--policy", POLICIES)
    if delay:
        check_span(delay, "--delay")
    if burst:
        burst = check_range(burst, "--burst", 1, _LARGEST_BURST) if burst != "0" else burst
    if interval:
        check_span(interval, "--interval")
    assignments = merge(
        before,
        _wanted(
            {
                ("Unit", "StartLimitIntervalSec"): interval,
                ("Unit", "StartLimitBurst"): burst,
                ("Service", "Restart"): policy,
                ("Service", "RestartSec"): delay,
            }
        ),
    )
    return draft(unit, RESTART_POLICY, assignments, notes=_restart_notes(assignments))


def _wanted(values: Mapping[Setting, str | None]) -> dict[Setting, tuple[str, ...] | None]:
    return {
        setting: None if value is None else (value,) if value else ()
        for setting, value in values.items()
    }


def _restart_notes(assignments: Sequence[Assignment]) -> list[str]:
    """Say it when the start limit can never be hit."""
    values = {assignment.name: assignment.value for assignment in assignments}
    interval = seconds_of(values.get("StartLimitIntervalSec", ""))
    delay = seconds_of(values.get("RestartSec", ""))
    burst = values.get("StartLimitBurst")
    if interval == 0 or burst == "0":
        return ["systemd tries for ever: there is no start limit."]
    if interval is None or delay is None or burst is None:
        return []
    if delay * int(burst) >= interval:
        return [
            "systemd tries for ever: with this delay the start limit is not reached within its "
            "interval."
        ]
    return []
