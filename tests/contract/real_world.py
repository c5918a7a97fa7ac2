"""A real systemd, on the throw-away host that this process runs on."""

from __future__ import annotations

import os
import shutil
import signal
import socket as sockets
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dockerctl.deadline import SYSTEM_CLOCK, Clock, Deadline
from dockerctl.host.interrupts import INTERRUPTS
from dockerctl.systemd.dbus import DbusManager
from dockerctl.systemd.model import Scope
from dockerctl.systemd.port import Manager
from tests.contract import real_units
from tests.contract.units import ABSENT, UNITS
from tests.fakes.unit_files import SocketFile

_ETC = Path("/etc/systemd/system")
_RUN = Path("/run/systemd/system")
_BUS = ("dbus.socket", "dbus.service")


class RealWorld:
    """``World`` for root; a context manager that leaves the units at rest."""

    def __init__(self) -> None:
        self._managers = ExitStack()
        self._bus_was_touched = False
        self._uninstalled = False

    @property
    def clock(self) -> Clock:
        return SYSTEM_CLOCK

    def connect(self, deadline_s: float = 60.0) -> Manager:
        manager = DbusManager(Scope.SYSTEM, Deadline.after(deadline_s))
        self._managers.callback(manager.close)
        return manager

    def start(self, unit: str) -> None:
        systemctl("start", unit, check=False)

    def stop(self, unit: str) -> None:
        systemctl("stop", unit, check=False)

    def kill(self, unit: str) -> None:
        systemctl("kill", "--signal=KILL", unit)

    def knock(self, socket: SocketFile) -> None:
        with sockets.socket(sockets.AF_UNIX) as client:
            client.connect(socket.listen)

    def drop_in(self, unit: str) -> str:
        path = _ETC / f"{unit}.d" / "10-contract.conf"
        path.parent.mkdir()
        path.write_text("# Nothing.\n")
        return str(path)

    def touch(self, unit: str) -> None:
        (real_units.FOLDER / unit).touch()

    def uninstall(self, unit: str) -> None:
        self._uninstalled = True
        (real_units.FOLDER / unit).unlink()
        systemctl("daemon-reload")

    def mask_in_run(self, unit: str) -> None:
        systemctl("mask", "--runtime", unit)

    @contextmanager
    def later(self, seconds: float, unit: str) -> Iterator[None]:
        with _timer(seconds, lambda: self.start(unit)):
            yield

    @contextmanager
    def interrupt_after(self, seconds: float) -> Iterator[None]:
        with INTERRUPTS.handled(), _timer(seconds, lambda: os.kill(os.getpid(), signal.SIGINT)):
            yield

    def reexec(self) -> None:
        systemctl("daemon-reexec")

    def restart_bus(self) -> None:
        self._bus_was_touched = True
        # More often than its start limit allows, over all the tests.
        systemctl("reset-failed", *_BUS)
        systemctl("restart", "dbus.service")

    def stop_bus(self) -> None:
        self._bus_was_touched = True
        systemctl("stop", *_BUS)

    @contextmanager
    def hang_bus(self) -> Iterator[None]:
        pid = int(systemctl("show", "--property=MainPID", "--value", "dbus.service"))
        assert pid > 1
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def __enter__(self) -> RealWorld:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._managers.close()
        if self._bus_was_touched:
            systemctl("reset-failed", *_BUS)
            systemctl("start", *_BUS)
        systemctl("stop", "contract-*.service", "contract-*.socket")
        if self._uninstalled:
            real_units.install()
        if _forget_files() or self._uninstalled:
            systemctl("daemon-reload")
        # A unit's start limit outlives its stop.
        systemctl("reset-failed", *(unit.name for unit in UNITS), check=False)


def _forget_files() -> bool:
    """Remove what tests have written and what programs have counted; says if systemd must know."""
    for counter in real_units.COUNTERS.iterdir():
        counter.unlink()
    found = [path for folder in (_ETC, _RUN) for path in folder.glob("**/contract-*")]
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return bool(found)


def installed() -> None:
    """Install the units, once for all tests of a run."""
    real_units.install()
    systemctl("daemon-reload")
    assert not (_ETC / ABSENT).exists()


def systemctl(*arguments: str, check: bool = True) -> str:
    """Run systemctl, which reaches systemd over its private socket and needs no bus."""
    done = subprocess.run(
        ["systemctl", "--quiet", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0 or not check, f"systemctl {arguments}: {done.stderr}"
    return done.stdout


@contextmanager
def _timer(seconds: float, act: Callable[[], object]) -> Iterator[None]:
    timer = threading.Timer(seconds, act)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
