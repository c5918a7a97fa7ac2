"""What the daemon's API answers, where that is an error or nothing."""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.engine import CONTAINERS, INFO, NETWORKS, VERSION, EngineFacts
from dockerctl.doctor.finding import Finding, error, warning
from dockerctl.doctor.model import Check, Facts, NotKnownError

_ERRORS = ("engine-refused", "engine-fault")


def _ping(facts: Facts) -> Iterator[Finding]:
    engine = facts.of(EngineFacts)
    if engine.ping == "socket-forbidden":
        raise NotKnownError("what the daemon answers", engine.ping_problem)
    if engine.ping not in _ERRORS:
        return
    configuration = facts.maybe(ConfigurationFacts)
    plugins = configuration.value("authorization-plugins") if configuration is not None else None
    named = f"authorization-plugins: {plugins}" if plugins else ""
    yield error(
        "engine-refuses",
        "the daemon answers even a ping with an error",
        (f"GET /_ping: {engine.ping_problem}", *([named] if named else [])),
        "dockerctl config unset authorization-plugins && dockerctl restart"
        if named
        else "look at what stands in front of the daemon: dockerctl logs -n 50",
    )


def _parts(facts: Facts) -> Iterator[Finding]:
    engine = facts.of(EngineFacts)
    if engine.ping != "ok":
        return
    failed = [p for p in (INFO, VERSION, CONTAINERS, NETWORKS) if p in engine.problems]
    hanging = [p for p in failed if engine.codes.get(p) == "read-timeout"]
    if hanging == [INFO, VERSION] == failed:
        # That is containerd, of which another check speaks.
        return
    if failed:
        # One slow answer of a busy host is no proof that the work is not done.
        late = set(hanging) == set(failed) and CONTAINERS not in hanging
        yield (warning if late else error)(
            "engine-part-fails",
            "the daemon answers a ping, and not all of its basic calls",
            tuple(f"GET {path}: {engine.problems[path]}" for path in failed),
            "dockerctl restart",
        )


CHECKS = (
    Check(
        name="engine-ping",
        needs=(EngineFacts,),
        codes=("engine-refuses",),
        judge=_ping,
        also=(ConfigurationFacts,),
    ),
    Check(
        name="engine-calls",
        needs=(EngineFacts,),
        codes=("engine-part-fails",),
        judge=_parts,
    ),
)
