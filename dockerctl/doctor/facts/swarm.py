"""Whether this host belongs to a swarm, also while the daemon is down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dockerctl.doctor.facts.seen_file import SeenFile, see_file
from dockerctl.doctor.ground import Ground


@dataclass(frozen=True)
class SwarmFacts:
    """The file in which dockerd notes that it belongs to a swarm (moby:
    daemon/cluster/cluster.go); it is removed when the node leaves."""

    state: SeenFile | None = None

    LIMIT_S: ClassVar[float] = 2.0

    @classmethod
    def gather(cls, ground: Ground) -> SwarmFacts:
        """Look for the file; only root may."""
        return cls(see_file(f"{ground.configuration.data_root}/swarm/docker-state.json"))

    @property
    def is_member(self) -> bool | None:
        """None where it may not be seen."""
        if self.state is None or self.state.kind == "unseen":
            return None
        return self.state.kind == "file" and self.state.size > 2
