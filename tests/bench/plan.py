"""What is measured, and what we aim at."""

from __future__ import annotations

from dataclasses import dataclass

# Where the host sees the folder of this module.
INSIDE = "/opt/bench"

LOOP = "systemctl start docker; until docker info >/dev/null 2>&1; do sleep 1; done"


@dataclass(frozen=True)
class Command:
    """A command that is measured. ``name`` is unique and is what the table shows."""

    name: str
    argv: tuple[str, ...]


@dataclass(frozen=True)
class Rounds:
    """How often each command runs."""

    looks: int
    starts: int
    # On top of those: runs for the peak memory alone.
    memory: int = 3


@dataclass(frozen=True)
class Aim:
    """The median of ``command`` is at most ``limit`` times that of ``against``."""

    text: str
    command: Command
    limit: float
    against: Command


FLOOR = Command("floor: python3 and pydbus", ("/usr/bin/python3", "-I", f"{INSIDE}/floor.py"))
IS_ACTIVE = Command("dockerctl is-active", ("/usr/bin/dockerctl", "is-active"))
STATUS = Command("dockerctl status", ("/usr/bin/dockerctl", "status"))
START = Command("dockerctl start", ("/usr/bin/dockerctl", "start"))
SYSTEMCTL_IS_ACTIVE = Command(
    "systemctl is-active docker", ("/usr/bin/systemctl", "is-active", "docker")
)
SYSTEMCTL_STATUS = Command("systemctl status docker", ("/usr/bin/systemctl", "status", "docker"))
SYSTEMCTL_START = Command("systemctl start docker", ("/usr/bin/systemctl", "start", "docker"))
LOOP_START = Command("loop with docker info", ("/bin/sh", "-c", LOOP))

LOOKS = (IS_ACTIVE, SYSTEMCTL_IS_ACTIVE, STATUS, SYSTEMCTL_STATUS, FLOOR)
STARTS = (START, SYSTEMCTL_START, LOOP_START)
# What systemctl does in place of ours.
COUNTERPARTS = {
    IS_ACTIVE: SYSTEMCTL_IS_ACTIVE,
    STATUS: SYSTEMCTL_STATUS,
    START: SYSTEMCTL_START,
}
AIMS = (
    Aim("is-active takes at most 1.8 times the floor", IS_ACTIVE, 1.8, FLOOR),
    Aim("status takes at most 2.5 times the floor", STATUS, 2.5, FLOOR),
    Aim("start takes no longer than the loop", START, 1.0, LOOP_START),
)
LAG_AIM_S = 0.050


def plan_document(rounds: Rounds) -> dict[str, object]:
    """The plan as ``inside`` reads it."""
    return {
        "looks": [{"name": c.name, "argv": c.argv} for c in LOOKS],
        "starts": [{"name": c.name, "argv": c.argv} for c in STARTS],
        "look_rounds": rounds.looks,
        "start_rounds": rounds.starts,
        "memory_rounds": rounds.memory,
    }
