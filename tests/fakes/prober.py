"""A prober with answers to give, and an opinion on when the daemon may be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dockerctl.deadline import Deadline
from dockerctl.docker.answers import EngineInfo, EngineVersion
from dockerctl.errors import DockerctlError, EngineError, NotRunning
from dockerctl.health.model import ProbeReport, ProbeStep, Rung, Units
from dockerctl.systemd.model import ActiveState
from tests.fakes.clock import FakeClock

ADDRESS = "unix:///run/docker.sock"
ENGINE = EngineVersion("28.5.2", "1.51", "1.24", "go1.24", "linux", "amd64", "6.18")


class FakeProber:
    """``Prober``; each climb takes one of ``answers``, the last again and again.

    An answer is None for a healthy daemon, or what its ping ends with. ``cost_s`` is the time that
    a climb takes which reaches the daemon, and ``during`` is what happens meanwhile.
    """

    def __init__(
        self,
        clock: FakeClock,
        answers: Iterable[EngineError | None] = (None,),
        *,
        info: EngineInfo | EngineError | None = None,
        cost_s: float = 0.001,
        during: Callable[[], None] | None = None,
    ) -> None:
        self._clock = clock
        self._answers = list(answers)
        assert self._answers, "a prober needs an answer"
        self._info = info
        self._cost_s = cost_s
        self._during = during
        # How often the daemon was really asked.
        self.climbs = 0
        self.prepared = False

    def prepare(self) -> None:
        self.prepared = True

    def climb(self, units: Units, deadline: Deadline, *, starting: bool = False) -> ProbeReport:
        service = units.service
        comes = starting and service.active_state is ActiveState.ACTIVATING
        if not (service.runs or comes):
            down = NotRunning(f"{service.name} is {service.active_state} ({service.sub_state}).")
            return ProbeReport(None, (_step(Rung.UNIT, down),), None)
        self.climbs += 1
        # A time-out is never longer than the deadline allows.
        self._clock.sleep(min(self._cost_s, deadline.remaining()))
        if self._during is not None:
            during, self._during = self._during, None
            during()
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        lower = tuple(_step(rung) for rung in (Rung.UNIT, Rung.SOCKET, Rung.CONNECT))
        if answer is not None:
            return ProbeReport(ADDRESS, (*lower, _step(Rung.PING, answer)), None)
        upper = tuple(_step(rung) for rung in (Rung.PING, Rung.VERSION, Rung.LIST))
        return ProbeReport(ADDRESS, (*lower, *upper), ENGINE)

    def climb_patiently(self, units: Units, deadline: Deadline) -> ProbeReport:
        return self.climb(units, deadline)

    def info(self, units: Units, deadline: Deadline) -> EngineInfo:
        assert units.service.runs, "the info of a daemon that does not run"
        assert not deadline.passed
        assert self._info is not None, "nobody expected to be asked for info"
        if isinstance(self._info, EngineError):
            raise self._info
        return self._info


def _step(rung: Rung, error: DockerctlError | None = None) -> ProbeStep:
    return ProbeStep(rung, error is None, 1.0, error)
