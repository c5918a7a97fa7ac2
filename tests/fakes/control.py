"""A small daemon in the hands of a transaction: ``change.ports.Control``, with failures on demand.

It reads the files that it is told of when it starts and when it reloads, and a file that holds the
word "bad" keeps it from doing either, as a real one would be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dockerctl.change.ports import Daemon, LoadedUnit, Proven
from dockerctl.deadline import Deadline
from dockerctl.errors import ReloadFailed, StartFailed

UNIT = "docker.service"


@dataclass
class FakeControl:
    """``Control`` over files in a folder."""

    config: Path
    runs: bool = True
    listens: bool = True
    enabled: set[str] = field(default_factory=set)
    # Called before each action with its name: looks at what is on disk, or raises.
    before: Callable[[str], None] = lambda _: None
    calls: list[str] = field(default_factory=list)
    # What the running daemon has read.
    in_effect: bytes | None = None
    drop_ins: tuple[str, ...] = ()
    _run: int = 1

    def __post_init__(self) -> None:
        self.in_effect = self._read()

    @contextmanager
    def connect(self, deadline: Deadline) -> Iterator[FakeControl]:
        """As the composition root connects."""
        assert not deadline.passed
        yield self

    @property
    def run_id(self) -> str:
        """The present run's invocation ID."""
        return f"{self._run:032x}"

    def daemon(self) -> Daemon:
        return Daemon(
            unit=UNIT,
            exists=True,
            runs=self.runs,
            down=not self.runs,
            masked=False,
            invocation_id=self.run_id if self.runs else "",
            main_pid=self._run if self.runs else 0,
            socket_listens=self.listens,
        )

    def loaded(self, unit: str) -> LoadedUnit:
        self._do(f"loaded {unit}")
        return LoadedUnit("loaded", "", self.drop_ins)

    def daemon_reload(self) -> None:
        self._do("daemon-reload")
        folder = self.config.parent / "docker.service.d"
        self.drop_ins = tuple(sorted(str(path) for path in folder.glob("*.conf")))

    def reload(self) -> Mapping[str, str]:
        self._do("reload")
        data = self._read()
        if b"bad" in (data or b""):
            raise ReloadFailed("It has not taken the configuration.")
        self.in_effect = data
        return {}

    def restart(self, *, renew_socket: bool, stable_s: float) -> Proven:
        self._do("renew" if renew_socket else "restart")
        assert stable_s >= 0
        return self._start()

    def start(self, *, stable_s: float) -> Proven:
        self._do("start")
        assert stable_s >= 0
        return self._start()

    def stop(self) -> None:
        self._do("stop")
        self.runs = self.listens = False

    def listen(self) -> None:
        self._do("listen")
        self.runs, self.listens = False, True

    def prove(self, *, stable_s: float) -> Proven:
        self._do("prove")
        if not self.runs:
            raise StartFailed("It does not run.")
        return Proven(self.run_id, stable_s)

    def info(self) -> Mapping[str, object]:
        self._do("info")
        return {}

    def set_boot(self, units: tuple[str, ...], *, enable: bool) -> None:
        self._do("enable" if enable else "disable")
        if enable:
            self.enabled |= set(units)
        else:
            self.enabled -= set(units)

    def _start(self) -> Proven:
        self._run += 1
        data = self._read()
        bad = any(b"bad" in Path(path).read_bytes() for path in self.drop_ins)
        if bad or b"bad" in (data or b""):
            self.runs = False
            raise StartFailed("It did not come up.")
        self.runs, self.in_effect = True, data
        return Proven(self.run_id, 0.5)

    def _read(self) -> bytes | None:
        return self.config.read_bytes() if self.config.exists() else None

    def _do(self, what: str) -> None:
        self.before(what)
        self.calls.append(what)
