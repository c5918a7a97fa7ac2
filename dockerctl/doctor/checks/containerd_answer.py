"""A containerd that runs, and cannot be reached or does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.containerd import ContainerdFacts, real_path
from dockerctl.doctor.facts.engine import CONTAINERS, INFO, VERSION, EngineFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error
from dockerctl.doctor.model import Check, Facts
from dockerctl.presentable import presentable

# What dockerd's gRPC says of a peer that accepts and never speaks (google.golang.org/grpc,
# internal/transport/http2_client.go).
_SILENT = ("didn't receive server preface", "failed to receive server preface")
_RESTART = "systemctl restart {unit}"


def _reach(facts: Facts) -> Iterator[Finding]:
    units, seen = facts.of(UnitsFacts), facts.of(ContainerdFacts)
    unit = units.containerd
    # A file that was deleted leaves the listener behind, and nobody finds it.
    reached = seen.listening is not False and seen.socket.kind in ("socket", "unseen")
    if not seen.named or unit is None or not unit.runs or reached:
        return
    if real_path(seen.own_address) != real_path(seen.address):
        return
    journal = facts.maybe(JournalFacts)
    words = journal.words if journal is not None else ()
    yield replace(
        error(
            "containerd-socket-missing",
            f"{unit.name} runs, and cannot be reached at {seen.address}",
            (
                seen.socket.stat_line,
                *(
                    [f"/proc/net/unix: nobody listens on {seen.address}"]
                    if seen.listening is False
                    else []
                ),
                f"{unit.name}: ActiveState={unit.active_state}",
                *[f"journal: {line}" for line in words if "containerd" in line][-1:],
            ),
            _RESTART.format(unit=unit.name) + " && dockerctl restart",
        ),
        # The daemon keeps the connection that it has.
        when=When.NEXT_START if units.service.runs or _at_rest(units.service) else When.NOW,
    )


def _answers(facts: Facts) -> Iterator[Finding]:
    units, seen = facts.of(UnitsFacts), facts.of(ContainerdFacts)
    unit = units.containerd
    if unit is None or not unit.runs:
        return
    waits = _daemon_waits(facts)
    frozen = seen.state in ("T", "t") or unit.text("FreezerState") == "frozen"
    if frozen or (seen.state == "D" and waits):
        state = "frozen" if frozen else "blocked in the kernel"
        yield error(
            "containerd-frozen",
            f"the process of {unit.name} is {state}",
            (
                f"/proc/{seen.pid}/status: State: {seen.state}",
                f"{unit.name}: ActiveState={unit.active_state}",
                *waits,
            ),
            f"systemctl kill -s CONT {unit.name}"
            if seen.state in ("T", "t")
            else f"systemctl thaw {unit.name}"
            if frozen
            else _RESTART.format(unit=unit.name),
        )
    elif waits:
        yield error(
            "containerd-hung",
            f"{unit.name} runs, and does not answer the daemon",
            waits,
            _RESTART.format(unit=unit.name),
        )


def _daemon_waits(facts: Facts) -> tuple[str, ...]:
    """Proof that the daemon waits for containerd: what needs it hangs, what does not answers."""
    engine, journal = facts.maybe(EngineFacts), facts.maybe(JournalFacts)
    if engine is not None and engine.ping == "ok":
        asks = [path for path in (INFO, VERSION) if engine.codes.get(path) == "read-timeout"]
        if len(asks) == 2 and CONTAINERS not in engine.problems:
            return (
                *(f"GET {path}: {engine.problems.get(path, '')}" for path in asks),
                f"GET {CONTAINERS}: answered",
            )
    if journal is not None and journal.failed is not None:
        said = [line for line in journal.failed.own if any(text in line for text in _SILENT)]
        return tuple(f"journal: {presentable(line)}" for line in said[-1:])
    return ()


def _at_rest(service: UnitFacts) -> bool:
    return service.active_state == "inactive" and service.text("Result") in ("", "success")


CHECKS = (
    Check(
        name="containerd-socket",
        needs=(UnitsFacts, ContainerdFacts),
        codes=("containerd-socket-missing",),
        judge=_reach,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check(
        name="containerd-answers",
        needs=(UnitsFacts, ContainerdFacts),
        codes=("containerd-frozen", "containerd-hung"),
        judge=_answers,
        also=(EngineFacts, JournalFacts),
        explains_start=True,
    ),
)
