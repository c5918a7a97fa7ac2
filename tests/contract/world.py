"""The other side of the contract: what happens to systemd while a manager looks at it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from dockerctl.deadline import Clock
from dockerctl.systemd.port import Manager
from tests.fakes.unit_files import SocketFile


class World(Protocol):
    """A systemd with the contract's units, and the others who use it."""

    @property
    def clock(self) -> Clock:
        """The clock that the managers of this world go by."""

    def connect(self, deadline_s: float = 60.0) -> Manager:
        """A manager, which the world closes at the end of the test."""

    def start(self, unit: str) -> None:
        """An administrator starts a unit; returns when the job has ended, however."""

    def stop(self, unit: str) -> None:
        """An administrator stops a unit, likewise."""

    def kill(self, unit: str) -> None:
        """The kernel kills the main process of a service."""

    def knock(self, socket: SocketFile) -> None:
        """A client connects."""

    def drop_in(self, unit: str) -> str:
        """A drop-in that changes nothing is written, without a daemon-reload; its path."""

    def touch(self, unit: str) -> None:
        """The file of a unit is written anew, with the same content and without a daemon-reload."""

    def uninstall(self, unit: str) -> None:
        """The file of a unit is removed, with a daemon-reload."""

    def mask_in_run(self, unit: str) -> None:
        """An administrator masks a unit until the next boot, with a daemon-reload."""

    def later(self, seconds: float, unit: str) -> AbstractContextManager[None]:
        """While inside: an administrator starts ``unit`` ``seconds`` from now."""

    def interrupt_after(self, seconds: float) -> AbstractContextManager[None]:
        """While inside: the user presses Ctrl-C ``seconds`` from now."""

    def reexec(self) -> None:
        """systemd executes itself anew (daemon-reexec)."""

    def restart_bus(self) -> None:
        """The message bus is restarted."""

    def stop_bus(self) -> None:
        """The message bus is stopped, with its socket."""

    def hang_bus(self) -> AbstractContextManager[None]:
        """While inside: the message bus reads nothing and answers nothing."""
