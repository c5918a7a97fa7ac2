"""Which fault is tried on which suite, and the hosts that serve many faults in turn."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.faults.driver import NotRestored, prepare
from tests.faults.recipe import Fault
from tests.lab import images
from tests.lab.host import Host

DEFAULT_SUITES = "bookworm:all trixie:core forky:core"


@dataclass(frozen=True)
class Case:
    """A fault on a suite."""

    suite: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.suite}-{self.fault.id}"


def cases(chosen: Iterable[Fault], *, every_suite: Callable[[Fault], bool]) -> list[Case]:
    """Of a suite marked ``core`` only the faults for which ``every_suite`` holds."""
    found = []
    faults = tuple(chosen)
    for suite, selection in suites():
        found += [
            Case(suite, fault)
            for fault in faults
            if suite in fault.suites and (selection != "core" or every_suite(fault))
        ]
    return found


def suites() -> list[tuple[str, str]]:
    """The suites that are asked for, each with its selection."""
    words = os.environ.get("DOCKERCTL_SYSTEM_SUITES", DEFAULT_SUITES).split()
    parts = [word.partition(":") for word in words]
    return [(suite, selection) for suite, _, selection in parts]


class Hosts:
    """One host of each suite, for fault after fault. One that cannot be restored is replaced."""

    def __init__(self, deb: Path) -> None:
        self._deb = deb
        self._hosts: dict[str, Host] = {}
        self._stack = ExitStack()

    def on(self, suite: str, use: Callable[[Host], str]) -> str:
        """Use the host of a suite; returns what ``use`` returns."""
        host = self._hosts.get(suite) or self._boot(suite)
        try:
            return use(host)
        except NotRestored as error:
            self._drop(suite)
            return str(error)
        except BaseException:
            self._drop(suite)
            raise

    def down(self) -> None:
        """End all hosts."""
        self._stack.close()

    def _boot(self, suite: str) -> Host:
        image = images.with_deb(images.image(suite), self._deb)
        host = self._stack.enter_context(Host.boot(image, docker="stopped"))
        self._hosts[suite] = host
        prepare(host)
        return host

    def _drop(self, suite: str) -> None:
        host = self._hosts.pop(suite, None)
        if host is not None:
            host.down()
