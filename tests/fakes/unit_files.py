"""Units as tests describe them: how their programs behave and what their files say.

One description serves both sides of the contract: the fake plays it, and ``tests/contract``
writes it down as unit files and scripts for a real systemd.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# siginfo_t codes, as ExecMainCode has them (sigaction(2)).
CLD_EXITED, CLD_KILLED = 1, 2


@dataclass(frozen=True)
class Run:
    """One run of a service's program: when it reports readiness, and how it ends by itself.

    Both times count from its start. A program that ends first was never ready.
    """

    ready_s: float = 0.0
    ends_s: float = math.inf
    code: int = CLD_EXITED
    status: int = 0


def fails(status: int = 1, *, after_s: float = 0.0) -> Run:
    """A run that exits with ``status`` before it is ready."""
    return Run(ready_s=math.inf, ends_s=after_s, status=status)


def dies(status: int, *, after_s: float) -> Run:
    """A run that is ready at once and exits with ``status`` later."""
    return Run(ends_s=after_s, status=status)


READY = Run()


@dataclass(frozen=True)
class ServiceFile:
    """A service of Type=notify. Times in seconds; infinite means that there is no limit."""

    name: str
    # The runs in order; the last one is repeated.
    runs: tuple[Run, ...] = (READY,)
    has_program: bool = True
    restart: str = "no"
    restart_s: float = 0.1
    start_burst: int = 5
    start_interval_s: float = 10.0
    start_timeout_s: float = 90.0
    # What the program takes to obey SIGTERM.
    stop_s: float = 0.0
    stop_timeout_s: float = 90.0
    requires: tuple[str, ...] = ()
    reloads: bool = False
    # Paths that ConditionPathExists= and AssertPathExists= name; these tests name missing ones.
    condition: str = ""
    assertion: str = ""
    # A second ExecStart=, which systemd refuses for a service that is not Type=oneshot.
    bad_setting: bool = False
    refuses_manual_start: bool = False
    # Whether there is an [Install] section.
    installable: bool = True

    @property
    def argv(self) -> tuple[str, ...]:
        """What ExecStart= says."""
        if not self.has_program:
            return ("/nonexistent/program",)
        return ("/bin/sh", f"/usr/lib/dockerctl-contract/{self.name}")


@dataclass(frozen=True)
class SocketFile:
    """A socket unit for one AF_UNIX path."""

    name: str
    listen: str
    # SocketGroup= names a group that does not exist: the socket cannot be made.
    broken: bool = False
    installable: bool = True

    @property
    def service(self) -> str:
        """The service that a client starts: the one of the same name (systemd.socket(5))."""
        return self.name.removesuffix(".socket") + ".service"


UnitFile = ServiceFile | SocketFile
