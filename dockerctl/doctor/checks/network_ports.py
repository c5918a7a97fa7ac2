"""Ports that containers publish: taken by others, or kept by what a dead daemon left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dockerctl.change.hidden import mask_text
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.network import NetworkFacts
from dockerctl.doctor.facts.ports import PortsFacts
from dockerctl.doctor.facts.sockets import Port
from dockerctl.doctor.finding import Finding, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.doctor.said import said

_PROXY = "docker-proxy"
_OWN = (_PROXY, "dockerd")
_TAKEN = re.compile(
    r":([0-9]{1,5}): bind: address already in use|Bind for \S+:([0-9]{1,5}) failed: port is already"
)
# Older lines of the journal are about attempts that nobody waits for.
_FRESH_S = 3600


def _taken(facts: Facts) -> Iterator[Finding]:
    engine, ports = facts.of(EngineFacts), facts.of(PortsFacts)
    if engine.containers is None:
        return
    found: set[int] = set()
    for document in engine.inspected.values():
        state = _member(document, "State")
        problem = str(state.get("Error") or "")
        number = _port_in(problem)
        if number is None or state.get("Running") is True:
            continue
        found.add(number)
        name = str(document.get("Name") or document.get("Id") or "").lstrip("/")
        yield _finding(number, ports, f"{name}: State.Error: {mask_text(problem)}", name)
    lines = said(
        facts,
        r"(?:userland proxy|host port|POST /).*address already in use|port is already",
        since_s=ports.now_s - _FRESH_S,
    )
    for line in lines:
        number = _port_in(line)
        # Without a container that waits for it, it matters only while the port is taken.
        if number is not None and number not in found and _foreign(ports, number) is not None:
            yield _finding(number, ports, line, "")


def _finding(number: int, ports: PortsFacts, evidence: str, container: str) -> Finding:
    what = f"the container {container}" if container else "a container"
    again = f"docker start {container}" if container else "start the container again"
    other = _foreign(ports, number)
    holder = other or next((p for p in ports.at(number) if p.pid), None)
    if holder is None:
        return warning(
            "container-port-taken",
            f"{what} could not publish port {number}: another process had it at the time",
            (evidence,),
            again,
        )
    who = f"{holder.program or 'process'} (PID {holder.pid})"
    seen = f"/proc/net/tcp: {who} listens on {holder.address}:{number}"
    if holder.program == _PROXY:
        fix = f"stop the container that has it (docker ps --filter publish={number}), then: {again}"
        who = "another container"
    elif other is None:
        # The daemon's own address is of its configuration: the container is the one to move.
        fix = f"publish another port than {number}, on which the daemon itself listens"
        who = "the daemon itself"
    else:
        fix = f"stop {who} or publish another port, then: {again}"
    return warning(
        "container-port-taken",
        f"{what} cannot publish port {number}: {who} has it",
        (evidence, seen),
        fix,
    )


def _foreign(ports: PortsFacts, number: int) -> Port | None:
    return next((p for p in ports.at(number) if p.pid and p.program not in _OWN), None)


def _port_in(text: str) -> int | None:
    found = _TAKEN.search(text[:4000])
    return None if found is None else int(found[1] or found[2])


def _left_over(facts: Facts) -> Iterator[Finding]:
    engine, ports, network = facts.of(EngineFacts), facts.of(PortsFacts), facts.of(NetworkFacts)
    if engine.containers is None or network.shared is not True:
        return
    published = {
        row.get("PublicPort")
        for container in engine.containers
        for row in _rows(container.get("Ports"))
    }
    seen: set[int] = set()
    for port in ports.ports:
        if port.program != _PROXY or port.port in published or port.pid in seen:
            continue
        seen.add(port.pid)
        yield warning(
            "port-proxy-left-over",
            f"port {port.port} is kept by a {_PROXY} whose container is gone",
            (
                f"/proc/net/tcp: {_PROXY} (PID {port.pid}) listens on {port.address}:{port.port}",
                f"GET /containers/json: no container publishes {port.port}",
            ),
            f"kill {port.pid}",
        )


def _member(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = document.get(name)
    return value if isinstance(value, Mapping) else {}


def _rows(value: object) -> tuple[Mapping[str, object], ...]:
    rows = value if isinstance(value, (list, tuple)) else ()
    return tuple(row for row in rows if isinstance(row, Mapping))


CHECKS: tuple[Check, ...] = (
    Check(
        "published ports",
        (EngineFacts, PortsFacts),
        ("container-port-taken",),
        _taken,
        also=(JournalFacts,),
    ),
    Check(
        "proxies of published ports",
        (EngineFacts, PortsFacts, NetworkFacts),
        ("port-proxy-left-over",),
        _left_over,
    ),
)
