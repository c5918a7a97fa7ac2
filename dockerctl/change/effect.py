"""The least disturbance that makes a change effective. Pure.

A reload is chosen only where it can be trusted (moby, daemon/reload.go): all changed keys are read
by it, and none is in a state that makes dockerd refuse the reload or end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dockerctl.change.model import Effect
from dockerctl.config.keys import KeyTable
from dockerctl.config.release import Release

_TRANSACTIONAL = Release(25, 0, 0)


@dataclass(frozen=True)
class Decision:
    """What a change of keys needs, and why."""

    effect: Effect
    # Keys with another value than before, in the order of the new file.
    changed: tuple[str, ...] = ()
    # Why a reload is not enough, a sentence each.
    reasons: tuple[str, ...] = ()
    # What changing a key does to images, containers and volumes, a sentence each.
    hides: tuple[str, ...] = ()
    # Keys that only containers made from now on follow.
    new_containers: tuple[str, ...] = ()
    # Values to be spelt out in the file during the reload, and during the one that undoes it:
    # without them the daemon keeps what it had.
    explicit: Mapping[str, object] = field(default_factory=dict)
    explicit_back: Mapping[str, object] = field(default_factory=dict)


def changed_keys(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[str, ...]:
    """Top-level keys that are new, gone or of another value; JSON's types kept apart."""
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        name
        for name in names
        if (name in before) != (name in after) or not same(before[name], after[name])
    )


def same(one: object, other: object) -> bool:
    """Whether two JSON values are equal; 1, 1.0 and true are three values."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def decide(
    before: Mapping[str, object],
    after: Mapping[str, object],
    table: KeyTable,
    release: Release | None,
    *,
    can_reload: bool,
    cgroup_v2: bool,
) -> Decision:
    """From the keys of the old and the new file to what makes the new one effective."""
    changed = changed_keys(before, after)
    if not changed:
        return Decision(Effect.NONE)
    keys = {name: table.keys.get(name) for name in changed}
    reasons = list(_general_reasons(before, after, release, can_reload=can_reload))
    explicit: dict[str, object] = {}
    explicit_back: dict[str, object] = {}
    for name, key in keys.items():
        if key is None or release is None or not key.reloads(release):
            reasons.append(f"{name} is read at the start of the daemon only.")
            continue
        if name not in after and not key.resets_when_absent(release):
            value = key.reset_for(cgroup_v2=cgroup_v2)
            if value is None:
                reasons.append(f"A reload does not take {name} back.")
            else:
                explicit[name] = value
        if name not in before and not key.resets_when_absent(release):
            value = key.reset_for(cgroup_v2=cgroup_v2)
            if value is not None:
                explicit_back[name] = value
    return Decision(
        Effect.RESTART if reasons else Effect.RELOAD,
        changed,
        tuple(reasons),
        tuple(
            f"{name}: {key.hides_data}"
            for name, key in keys.items()
            if key is not None and key.hides_data
        ),
        tuple(name for name, key in keys.items() if key is not None and key.new_containers_only),
        {} if reasons else explicit,
        {} if reasons else explicit_back,
    )


def is_atomic(release: Release | None) -> bool:
    """Whether a reload that fails leaves nothing applied (moby 25.0, reloadTxn)."""
    return release is not None and release >= _TRANSACTIONAL


def _general_reasons(
    before: Mapping[str, object],
    after: Mapping[str, object],
    release: Release | None,
    *,
    can_reload: bool,
) -> list[str]:
    reasons = []
    if not can_reload:
        reasons.append("The unit has no ExecReload=.")
    if before.get("authorization-plugins") or after.get("authorization-plugins"):
        reasons.append("A reload with an authorization plugin that fails ends the daemon.")
    proxy = after.get("userland-proxy") is True and not after.get("userland-proxy-path")
    if proxy and is_atomic(release):
        reasons.append("dockerd refuses a reload with userland-proxy and no userland-proxy-path.")
    port = "network-diagnostic-port"
    if before.get(port) and after.get(port) and before[port] != after[port]:
        # libnetwork/diagnostic/server.go: an open port is neither closed nor moved.
        reasons.append(f"A reload opens and closes {port}, and does not move it.")
    return reasons
