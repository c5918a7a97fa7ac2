"""A host with docker.service and docker.socket in a fake systemd, and all that the lifecycle needs.

host = DockerHost(runs=(fails(1), READY), restart="always")
outcome = host.lifecycle().start(Wish("docker.service"))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from dockerctl.deadline import Deadline
from dockerctl.docker.answers import EngineInfo
from dockerctl.errors import EngineError
from dockerctl.lifecycle.boot import Boot
from dockerctl.lifecycle.verbs import Lifecycle, Wish
from dockerctl.systemd.model import Service, Socket
from tests.fakes.clock import FakeClock
from tests.fakes.lifecycle import FakeExplainer, FakeReporter
from tests.fakes.manager import FakeManager
from tests.fakes.prober import FakeProber
from tests.fakes.systemd import FakeSystemd
from tests.fakes.unit_files import READY, Run, ServiceFile, SocketFile, UnitFile

SERVICE, SOCKET = "docker.service", "docker.socket"


class DockerHost:
    """The units as Debian packages them, never started; ``files`` replaces them."""

    def __init__(
        self,
        *,
        runs: tuple[Run, ...] = (READY,),
        restart: str = "on-failure",
        restart_s: float = 0.1,
        stop_s: float = 0.2,
        files: Iterable[UnitFile] | None = None,
        enabled: Iterable[str] = (SERVICE, SOCKET),
        answers: Iterable[EngineError | None] = (None,),
        cost_s: float = 0.001,
        info: EngineInfo | EngineError | None = None,
        during: Callable[[], None] | None = None,
        deadline_s: float = 60.0,
    ) -> None:
        docker = ServiceFile(
            SERVICE,
            runs=runs,
            restart=restart,
            restart_s=restart_s,
            start_burst=3,
            start_interval_s=60.0,
            start_timeout_s=math.inf,
            stop_s=stop_s,
            requires=(SOCKET,),
            reloads=True,
        )
        units = (docker, SocketFile(SOCKET, "/run/docker.sock")) if files is None else files
        self.clock = FakeClock()
        self.systemd = FakeSystemd(self.clock, units, enabled=enabled)
        self.deadline = Deadline.after(deadline_s, self.clock)
        self.manager = FakeManager(self.systemd, self.deadline)
        self.prober = FakeProber(self.clock, answers, cost_s=cost_s, info=info, during=during)
        self.explainer = FakeExplainer()
        self.reporter = FakeReporter()

    def lifecycle(self) -> Lifecycle:
        """The verbs, within one deadline."""
        return Lifecycle(self.manager, self.prober, self.explainer, self.reporter, self.deadline)

    def boot(self) -> Boot:
        """The boot verbs."""
        return Boot(self.manager, self.lifecycle(), self.reporter)

    def give(self, seconds: float) -> None:
        """Let a new command begin, with a manager and a deadline of its own."""
        self.manager.close()
        self.deadline = Deadline.after(seconds, self.clock)
        self.manager = FakeManager(self.systemd, self.deadline)

    def after(self, seconds: float, act: Callable[[], object]) -> None:
        """Let something happen while the command waits."""
        self.clock.after(seconds, lambda: void(act))

    def once(self, holds: Callable[[Service], bool], act: Callable[[], object]) -> None:
        """Let something happen as soon as ``holds`` of docker.service, before anyone can look."""

        def look(unit: str) -> None:
            if unit == SERVICE and holds(self.service):
                self.systemd.on_change.remove(look)
                self.after(0.0, act)

        self.systemd.on_change.append(look)

    def request(self, kind: str, unit: str = SERVICE) -> None:
        """Another administrator asks for a job."""
        self.systemd.jobs.request(kind, unit)

    def knock(self) -> None:
        """A client connects to docker.socket."""
        self.systemd.knock(SOCKET)

    def bring_up(self) -> None:
        """Let the daemon run already."""
        self.request("Start")
        self.clock.sleep(1.0)
        assert self.service.runs, self.service

    @property
    def service(self) -> Service:
        """docker.service as it is."""
        return self.systemd.unit(SERVICE).service()

    @property
    def socket(self) -> Socket:
        """docker.socket as it is."""
        return self.systemd.unit(SOCKET).socket()


def void(act: Callable[[], object]) -> None:
    """Do something whose value nobody wants."""
    act()


WISH = Wish(SERVICE)
