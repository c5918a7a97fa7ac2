"""A containerd that dockerd starts itself, because nobody told it which to use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.containerd import ContainerdFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, When, error, warning
from dockerctl.doctor.model import Check, Facts

# dockerd's words after 15 s (moby: libcontainerd/supervisor/remote_daemon.go).
_TIMEOUT = "timeout waiting for containerd to start"


def _second(facts: Facts) -> Iterator[Finding]:
    units, seen = facts.of(UnitsFacts), facts.of(ContainerdFacts)
    unit = units.containerd
    if seen.own_children and unit is not None and unit.exists:
        yield warning(
            "containerd-second",
            "dockerd runs a containerd of its own beside containerd.service",
            (
                *(f"/proc/{pid}: a containerd, child of dockerd" for pid in seen.own_children),
                f"{unit.name}: LoadState={unit.load_state}",
                f"{unit.name}: ActiveState={unit.active_state}",
            ),
            ("systemctl unmask containerd.service && " if unit.load_state == "masked" else "")
            + "systemctl enable --now containerd.service && dockerctl restart",
        )


def _pid_file(facts: Facts) -> Iterator[Finding]:
    units, seen = facts.of(UnitsFacts), facts.of(ContainerdFacts)
    # With the system's containerd dockerd does not read the file.
    used = not seen.named and seen.socket.kind == "absent"
    if not used or not seen.own_name or seen.own_name.startswith("containerd"):
        return
    if seen.own_pid in seen.own_children:
        return
    journal = facts.maybe(JournalFacts)
    said = [line for line in (journal.words if journal is not None else ()) if _TIMEOUT in line]
    resting = units.service.active_state == "inactive" and not said
    yield replace(
        error(
            "containerd-pid-file-stale",
            f"{seen.own_pid_file} names {seen.own_name}, which is no containerd",
            (
                f"{seen.own_pid_file}: {seen.own_pid}",
                f"/proc/{seen.own_pid}/status: Name: {seen.own_name}",
                *(f"journal: {line}" for line in said[-1:]),
            ),
            f"rm {seen.own_pid_file} && dockerctl start",
        ),
        when=When.NEXT_START if units.service.runs or resting else When.NOW,
    )


CHECKS = (
    Check(
        name="containerd-second",
        needs=(UnitsFacts, ContainerdFacts),
        codes=("containerd-second",),
        judge=_second,
    ),
    Check(
        name="containerd-pid-file",
        needs=(UnitsFacts, ContainerdFacts),
        codes=("containerd-pid-file-stale",),
        judge=_pid_file,
        also=(JournalFacts,),
        explains_start=True,
    ),
)
