"""Containers that cannot start, start again and again, or use what the daemon does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.finding import Finding, error, info, warning
from dockerctl.doctor.model import Check, Facts
from dockerctl.presentable import presentable

_MOST_NAMED = 5
_LONGEST = 300
_KEPT = ("always", "unless-stopped", "on-failure")


def _starts(facts: Facts) -> Iterator[Finding]:
    """What the daemon said when it could not start a container."""
    kept: list[str] = []
    others: list[str] = []
    for document in facts.of(EngineFacts).inspected.values():
        state = _part(document, "State")
        said = state.get("Error")
        if not isinstance(said, str) or not said or state.get("Running") is True:
            continue
        policy = _part(_part(document, "HostConfig"), "RestartPolicy").get("Name")
        line = f"{_name(document)}: {presentable(said)[:_LONGEST]}"
        (kept if policy in _KEPT else others).append(line)
    for lines, tell in ((kept, warning), (others, info)):
        if lines:
            yield tell(
                "container-not-started",
                f"{len(lines)} container{'s' * (len(lines) > 1)} "
                f"{'that should run ' if tell is warning else ''}could not be started",
                tuple(lines[:_MOST_NAMED]),
                "repair what the evidence names, then: docker start " + lines[0].partition(":")[0],
            )


def _loops(facts: Facts) -> Iterator[Finding]:
    engine = facts.of(EngineFacts)
    lines = []
    for row in engine.containers or ():
        if row.get("State") != "restarting":
            continue
        document = engine.inspected.get(str(row.get("Id")), {})
        state, names = _part(document, "State"), row.get("Names")
        name = str(names[0]).lstrip("/") if isinstance(names, list) and names else "?"
        lines.append(
            f"{name}: {row.get('Status')}; exit code {state.get('ExitCode', '?')}, "
            f"restarts {document.get('RestartCount', '?')}"
        )
    if lines:
        yield warning(
            "container-restart-loop",
            f"{len(lines)} container{'s' * (len(lines) > 1)} end and are started again and again",
            tuple(lines[:_MOST_NAMED]),
            f"docker logs --tail 50 {lines[0].partition(':')[0]}",
        )


def _dead(facts: Facts) -> Iterator[Finding]:
    rows = facts.of(EngineFacts).containers or ()
    dead = [row for row in rows if row.get("State") == "dead"]
    if dead:
        yield warning(
            "container-dead",
            f"{len(dead)} container{'s' * (len(dead) > 1)} could not be removed entirely",
            tuple(f"{str(row.get('Id'))[:12]}: {row.get('Status')}" for row in dead[:_MOST_NAMED]),
            f"docker rm -f {str(dead[0].get('Id'))[:12]}",
        )


def _runtimes(facts: Facts) -> Iterator[Finding]:
    engine = facts.of(EngineFacts)
    known = _part(engine.info or {}, "Runtimes")
    if not known:
        return
    lines = []
    for document in engine.inspected.values():
        runtime = _part(document, "HostConfig").get("Runtime")
        # A name with a dot is found by containerd itself.
        if isinstance(runtime, str) and runtime and runtime not in known and "." not in runtime:
            lines.append(f"{_name(document)}: runtime {runtime}")
    if lines:
        yield error(
            "container-runtime-unknown",
            f"{len(lines)} container{'s' * (len(lines) > 1)} need a runtime that the daemon does "
            "not have",
            (*lines[:_MOST_NAMED], f"GET /info: Runtimes: {', '.join(sorted(known))}"),
            "declare it: dockerctl config edit (runtimes), then: dockerctl restart",
        )


def _socket(facts: Facts) -> Iterator[Finding]:
    lines = []
    for document in facts.of(EngineFacts).inspected.values():
        mounts = document.get("Mounts")
        for mount in mounts if isinstance(mounts, list) else ():
            source = mount.get("Source") if isinstance(mount, Mapping) else None
            if isinstance(source, str) and source.endswith("/docker.sock"):
                lines.append(f"{_name(document)}: {source}")
    if lines:
        yield info(
            "container-has-socket",
            f"{len(lines)} container{'s' * (len(lines) > 1)} may use the daemon's socket, which is "
            "as good as root",
            tuple(lines[:_MOST_NAMED]),
            "nothing, if they are meant to; otherwise make them anew without the mount",
        )


def _part(document: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}


def _name(document: Mapping[str, object]) -> str:
    name = document.get("Name")
    return name.lstrip("/") if isinstance(name, str) and name else str(document.get("Id"))[:12]


CHECKS = (
    Check("container-start", (EngineFacts,), ("container-not-started",), _starts),
    Check("container-loops", (EngineFacts,), ("container-restart-loop",), _loops),
    Check("container-dead", (EngineFacts,), ("container-dead",), _dead),
    Check("container-runtimes", (EngineFacts,), ("container-runtime-unknown",), _runtimes),
    Check("container-socket", (EngineFacts,), ("container-has-socket",), _socket),
)
