"""What a stop or restart of the daemon does to running containers, said before it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockerctl.deadline import Deadline
from dockerctl.errors import EngineError
from dockerctl.health.model import Units
from dockerctl.health.prober import Prober
from dockerctl.result import Level, Message

if TYPE_CHECKING:
    from dockerctl.docker.answers import EngineInfo

# /info touches storage and runtimes; a stop is not to wait for a slow one.
INFO_LIMIT_S = 4.0


def container_notice(prober: Prober, units: Units, deadline: Deadline) -> Message | None:
    """What to say about containers before ``units`` go down; None when none runs."""
    try:
        info = prober.info(units, deadline.at_most(INFO_LIMIT_S))
    except EngineError as error:
        return Message(
            Level.WARNING, f"How many containers run could not be learnt: {error.sentence}"
        )
    return _notice(info)


def _notice(info: EngineInfo) -> Message | None:
    count = info.containers_running
    if not count:
        return None
    containers = f"{count} running container{'s' if count != 1 else ''}"
    if info.live_restore:
        keeps = "keep" if count != 1 else "keeps"
        return Message(Level.INFO, f"{containers} {keeps} running (live-restore is on).")
    return Message(Level.WARNING, f"{containers} will stop (live-restore is off).")
