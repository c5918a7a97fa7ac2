"""What a change does to the containers, and what therefore has to be allowed first. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dockerctl.change.model import Effect
from dockerctl.docker.listing import RunningContainer


@dataclass(frozen=True)
class Running:
    """What runs in the daemon before the change; all empty for one that is down."""

    containers: tuple[RunningContainer, ...] = ()
    live_restore: bool = False
    swarm: str = ""


@dataclass(frozen=True)
class Consequences:
    """A restart's effect on the containers."""

    stops: int = 0
    # Names of those that do not come back by themselves.
    stay_down: tuple[str, ...] = ()
    survive: int = 0
    swarm: str = ""

    def sentences(self) -> tuple[str, ...]:
        """For a person, before the restart."""
        found = []
        if self.stops:
            found.append(f"{_count(self.stops)} will stop (live-restore is off).")
        if self.stay_down:
            names = ", ".join(self.stay_down[:8])
            more = len(self.stay_down) - 8
            names += f" and {more} more" if more > 0 else ""
            found.append(
                f"Without a restart policy that brings them back: {names}. They stay down."
            )
        if self.survive:
            found.append(f"{_count(self.survive)} will go on running (live-restore is on).")
        if self.swarm:
            found.append(f"This host is a swarm {self.swarm}: its tasks move or restart.")
        return tuple(found)


def consequences_of(effect: Effect, running: Running) -> Consequences:
    """What a change with this effect does to what runs.

    The daemon that is stopped decides: with its live-restore on, its containers survive, whatever
    the new file says.
    """
    if effect is not Effect.RESTART or not running.containers:
        return Consequences(swarm=running.swarm if effect is Effect.RESTART else "")
    if running.live_restore:
        return Consequences(survive=len(running.containers), swarm=running.swarm)
    return Consequences(
        stops=len(running.containers),
        stay_down=_stay_down(running.containers),
        swarm=running.swarm,
    )


def _stay_down(containers: Sequence[RunningContainer]) -> tuple[str, ...]:
    # on-failure: a container that is stopped with the daemon is started again, as moby's
    # restartManager has it, only when its exit code is not 0; which cannot be known before.
    return tuple(
        container.name
        for container in containers
        if container.restart_policy not in ("always", "unless-stopped")
    )


def _count(number: int) -> str:
    return f"{number} running container{'' if number == 1 else 's'}"
