"""The containerd that dockerd was told to use: whether it runs, and can be started."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.containerd import DEFAULT_SOCKET, NO_FILE, ContainerdFacts, real_path
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, When, error
from dockerctl.doctor.model import Check, Facts
from dockerctl.presentable import presentable

# systemd could not run the program (systemd.exec(5), EXIT_EXEC).
_EXEC = 203
_WANTS = ("Wants", "Requires", "BindsTo", "Requisite", "Upholds")
_LAST_WORDS = 2
_HARMLESS = ("failed to load cni", "failed to load plugin", "skip loading plugin")
# What it says of its file (containerd, services/server/config).
_OF_FILE = re.compile(
    r"unmarshal TOML|toml: |config version|required plugin|invalid (?:disabled )?plugin|"
    r"failed to load (?:TOML|config)"
)
# Nothing that it said itself is to blame.
_WITHOUT_WORDS = ("containerd-masked", "containerd-down")


def _unit(facts: Facts) -> Iterator[Finding]:
    units, seen = facts.of(UnitsFacts), facts.of(ContainerdFacts)
    unit = units.containerd
    if not seen.named or not units.service.exists:
        return
    if unit is None or not unit.exists:
        if seen.listening is False and seen.address == DEFAULT_SOCKET:
            yield _not_installed(seen, facts)
        return
    if _elsewhere(seen):
        return
    up = unit.runs or (seen.listening is True and seen.socket.kind == "socket")
    broken = tuple(_broken(unit, seen, facts, up=up))
    yield from broken
    if up or broken:
        return
    # The number of restarts stays when it is stopped in order.
    again = unit.active_state == "activating" and unit.number("NRestarts") > 0
    ended = unit.text("Result") not in ("", "success") or again
    if ended and any(_OF_FILE.search(line) for line in _own_words(unit, facts)):
        yield _finding(
            "containerd-config-invalid", f"containerd refuses a value of {seen.config_path}",
            unit, facts, ("ActiveState", "NRestarts"),
            f"correct {seen.config_path}; then: systemctl restart {unit.name}",
        )  # fmt: skip
    elif ended:
        yield _finding(
            "containerd-failed", "containerd does not start", unit, facts,
            ("ActiveState", "Result", "ExecMainStatus", "NRestarts"),
            f"dockerctl logs -u containerd; then: systemctl restart {unit.name}",
        )  # fmt: skip
    elif unit.active_state != "activating" and _is_missed(units):
        yield _finding(
            "containerd-down", "containerd does not run, and the daemon needs it", unit, facts,
            ("ActiveState", "SubState"), f"systemctl start {unit.name}",
        )  # fmt: skip


def _not_installed(seen: ContainerdFacts, facts: Facts) -> Finding:
    return replace(
        error(
            "containerd-not-installed",
            "there is no containerd.service, and nobody listens where dockerd looks for it",
            ("containerd.service: LoadState=not-found", seen.socket.stat_line, *_words(facts)),
            "apt-get install containerd",
        ),
        when=_when(facts.of(UnitsFacts)),
    )


def _broken(unit: UnitFacts, seen: ContainerdFacts, facts: Facts, *, up: bool) -> Iterator[Finding]:
    """What keeps it from starting, whether it runs now or not."""
    if unit.load_state == "masked":
        yield _finding(
            "containerd-masked", "containerd.service is masked", unit, facts,
            ("LoadState", "FragmentPath", "ActiveState"),
            f"systemctl unmask {unit.name} && systemctl start {unit.name}", up=up,
        )  # fmt: skip
        return
    if seen.config_problem:
        where = ":".join(filter(None, (seen.config_path, seen.config_place)))
        # A file that we alone may not read is no problem of containerd's.
        if seen.config_place or "denied" not in seen.config_problem:
            yield _finding(
                "containerd-config-invalid", f"{seen.config_path} cannot be read by containerd",
                unit, facts, ("ActiveState", "NRestarts"),
                # Of an empty file it takes what is usual.
                f"mkdir -p {Path(seen.config_path).parent} && touch {seen.config_path} && "
                f"systemctl restart {unit.name} && dockerctl start"
                if seen.config_problem == NO_FILE
                else f"correct {where}; then: systemctl restart {unit.name}",
                up=up,
                first=(f"{where}: {presentable(seen.config_problem)}",),
            )  # fmt: skip
    failed_exec = unit.number("ExecMainStatus") == _EXEC and not up
    if seen.program_problem or failed_exec:
        why = seen.program_problem or "systemd could not run it"
        yield _finding(
            "containerd-program-missing", f"the program {seen.program} of containerd: {why}",
            unit, facts, ("ActiveState", "ExecMainStatus"),
            "apt-get install --reinstall containerd", up=up,
            first=(f"stat: {seen.program}: {why}",),
        )  # fmt: skip


def _finding(
    code: str,
    title: str,
    unit: UnitFacts,
    facts: Facts,
    properties: tuple[str, ...],
    fix: str,
    *,
    up: bool = False,
    first: tuple[str, ...] = (),
) -> Finding:
    lines = tuple(
        f"{unit.name}: {name}={unit.properties[name]}"
        for name in properties
        if unit.properties.get(name) not in (None, "")
    )
    own = () if up or code in _WITHOUT_WORDS else _own_words(unit, facts)
    said = () if up else (*own, *_words(facts))
    when = When.NEXT_START if up else _when(facts.of(UnitsFacts))
    return replace(error(code, title, (*first, *lines, *said), fix), when=when)


def _elsewhere(seen: ContainerdFacts) -> bool:
    """Whether dockerd uses another socket than that of containerd.service."""
    return real_path(seen.address) != real_path(seen.own_address)


def _address(facts: Facts) -> Iterator[Finding]:
    units, seen = facts.of(UnitsFacts), facts.of(ContainerdFacts)
    if not seen.named or not _elsewhere(seen) or seen.listening is not False:
        return
    listens = seen.own_address
    yield replace(
        error(
            "containerd-address-differs",
            f"dockerd looks for containerd at {seen.address}, where nobody listens",
            (
                seen.socket.stat_line,
                f"containerd.service: --address {listens}"
                if seen.flag_address
                else f"{seen.config_path}: grpc.address is {listens}",
                *(f"/proc/net/unix: {path}" for path in seen.listeners),
                *_words(facts),
            ),
            _rename(facts, listens),
        ),
        when=_when(units),
    )


def _rename(facts: Facts, listens: str) -> str:
    configuration = facts.maybe(ConfigurationFacts)
    document = configuration.document if configuration is not None else None
    if document is not None and "containerd" in document.values:
        return "dockerctl config unset containerd && dockerctl restart"
    return (
        f"dockerctl override flags --remove=--containerd --add=--containerd={listens} "
        "&& dockerctl restart"
    )


def _when(units: UnitsFacts) -> When:
    service = units.service
    stopped = service.active_state == "inactive" and service.text("Result") in ("", "success")
    return When.NEXT_START if stopped else When.NOW


def _is_missed(units: UnitsFacts) -> bool:
    """Whether the daemon wants it now, or would start without it."""
    if _when(units) is When.NOW:
        return True
    relations = {name for relation in _WANTS for name in units.service.words(relation)}
    return "containerd.service" not in relations


def _words(facts: Facts) -> tuple[str, ...]:
    """What the daemon said about it in the run that failed."""
    journal = facts.maybe(JournalFacts)
    words = journal.words if journal is not None else ()
    return tuple(f"journal: {line}" for line in words if "containerd" in line)[-1:]


def _own_words(unit: UnitFacts, facts: Facts) -> tuple[str, ...]:
    """The last of what its last run said."""
    journal = facts.maybe(JournalFacts)
    lines = [] if journal is None else [e for e in journal.containerd if e.unit == unit.name]
    run = next((e.invocation_id for e in reversed(lines) if e.invocation_id), "")
    said = [
        presentable(e.message)
        for e in lines
        if not e.from_manager and e.invocation_id == run and _tells(e.message)
    ]
    return tuple(f"journal: {line}" for line in list(dict.fromkeys(said))[-_LAST_WORDS:])


def _tells(message: str) -> bool:
    # Below "error" is what it says at every start, and so is what it does without.
    told = "level=" not in message or "level=error" in message or "level=fatal" in message
    return told and not any(text in message for text in _HARMLESS)


CHECKS = (
    Check(
        name="containerd-unit",
        needs=(UnitsFacts, ContainerdFacts),
        codes=(
            "containerd-not-installed",
            "containerd-masked",
            "containerd-config-invalid",
            "containerd-program-missing",
            "containerd-failed",
            "containerd-down",
        ),
        judge=_unit,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check(
        name="containerd-address",
        needs=(UnitsFacts, ContainerdFacts),
        codes=("containerd-address-differs",),
        judge=_address,
        also=(JournalFacts, ConfigurationFacts),
        explains_start=True,
    ),
)
