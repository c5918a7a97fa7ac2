"""All TCP ports of the host that somebody listens on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from dockerctl.doctor.facts.sockets import Port, all_ports
from dockerctl.doctor.ground import Ground


@dataclass(frozen=True)
class PortsFacts:
    """Ports and the processes that have them, for the ports of containers."""

    ports: tuple[Port, ...] = ()
    # Seconds since the epoch, of the look.
    now_s: float = 0.0

    LIMIT_S: ClassVar[float] = 3.0

    @classmethod
    def gather(cls, ground: Ground) -> PortsFacts:
        """Read the kernel's table, and the open files of the processes."""
        return cls(all_ports(), ground.now_s)

    def at(self, number: int) -> tuple[Port, ...]:
        """Who listens on a port, on whatever address."""
        return tuple(port for port in self.ports if port.port == number)
