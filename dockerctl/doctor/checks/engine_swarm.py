"""The swarm that this host belongs to, and live-restore, which does not go with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.swarm import SwarmFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, When, error, warning
from dockerctl.doctor.model import Check, Facts, NotKnownError


def _live_restore(facts: Facts) -> Iterator[Finding]:
    configuration, swarm = facts.of(ConfigurationFacts), facts.of(SwarmFacts)
    service = facts.of(UnitsFacts).service
    value = configuration.value("live-restore")
    if value is not True and value not in ("true", "1", "t", "T", "TRUE", "True"):
        return
    state = _state(facts)
    if swarm.is_member is None and not state:
        raise NotKnownError("whether this host belongs to a swarm", "only root can see it")
    if swarm.state is None or not swarm.is_member or state in ("inactive", "locked"):
        return
    resting = service.active_state == "inactive" and service.text("Result") in ("", "success")
    yield replace(
        error(
            "live-restore-swarm",
            "live-restore is on, and this host belongs to a swarm",
            (
                f"{configuration.config_path}: live-restore: true",
                swarm.state.stat_line,
                *([f"GET /info: Swarm.LocalNodeState: {state}"] if state else []),
            ),
            "dockerctl config set live-restore=false && dockerctl start",
        ),
        when=When.NEXT_START if service.runs or resting else When.NOW,
    )


def _node(facts: Facts) -> Iterator[Finding]:
    state = _state(facts)
    if state not in ("error", "locked"):
        return
    swarm = _swarm(facts)
    said = swarm.get("Error")
    evidence = [f"GET /info: Swarm.LocalNodeState: {state}"]
    if isinstance(said, str) and said:
        evidence.append(f"GET /info: Swarm.Error: {said}")
    if state == "locked":
        yield warning(
            "swarm-locked", "the swarm's state on this host is locked", tuple(evidence),
            "docker swarm unlock",
        )  # fmt: skip
    else:
        yield warning(
            "swarm-error", "this host belongs to a swarm, and does not work in it",
            tuple(evidence), "repair what the evidence names, then: dockerctl restart",
        )  # fmt: skip


def _state(facts: Facts) -> str:
    state = _swarm(facts).get("LocalNodeState")
    return state if isinstance(state, str) else ""


def _swarm(facts: Facts) -> Mapping[str, object]:
    engine = facts.maybe(EngineFacts)
    swarm = (engine.info or {}).get("Swarm") if engine is not None else None
    return swarm if isinstance(swarm, Mapping) else {}


CHECKS = (
    Check(
        name="engine-live-restore",
        needs=(UnitsFacts, ConfigurationFacts, SwarmFacts),
        codes=("live-restore-swarm",),
        judge=_live_restore,
        also=(EngineFacts,),
        explains_start=True,
    ),
    Check(
        name="engine-swarm",
        needs=(EngineFacts,),
        codes=("swarm-locked", "swarm-error"),
        judge=_node,
    ),
)
