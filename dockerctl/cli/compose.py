"""The composition root: real adapters, made for one command and passed in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dockerctl.cli.live import TerminalReporter
from dockerctl.cli.session import Session
from dockerctl.deadline import Deadline
from dockerctl.host.interrupts import INTERRUPTS
from dockerctl.host.processes import command_line
from dockerctl.result import Level
from dockerctl.systemd.model import Route, Scope
from dockerctl.systemd.names import service_name
from dockerctl.systemd.port import Manager

if TYPE_CHECKING:
    from dockerctl.health.prober import EngineProber


@dataclass(frozen=True)
class Wiring:
    """What most verbs work with."""

    unit: str
    deadline: Deadline
    manager: Manager
    reporter: TerminalReporter
    environ: Mapping[str, str]
    scope: Scope

    @cached_property
    def prober(self) -> EngineProber:
        """Asks the daemon. Loaded only for the verbs that do: 5 ms, and 20 when they ask."""
        from dockerctl.health.address import Defaults, Whereabouts  # noqa: PLC0415
        from dockerctl.health.prober import EngineProber  # noqa: PLC0415

        defaults = Defaults.of_user(self.environ) if self.scope is Scope.USER else Defaults()
        return EngineProber(Whereabouts(command_line, self.environ, defaults))


@contextmanager
def wired(session: Session, default_s: float, *, changes: bool) -> Iterator[Wiring]:
    """Connect for one command of at most ``default_s`` seconds, or what --timeout says.

    ``changes`` is for verbs that ask systemd to do something: then polkit may ask a person who
    sits at a terminal.
    """
    settings = session.resolved()
    unit = service_name(settings.unit)
    deadline = Deadline.after(settings.timeout_s or default_s)
    reporter = TerminalReporter(settings, session.messages)
    # gi and pydbus cost more than all the rest together; errors above this line come at once.
    with INTERRUPTS.held():
        from dockerctl.systemd.dbus import DbusManager  # noqa: PLC0415

    with ExitStack() as stack:
        scope = Scope.USER if settings.user else Scope.SYSTEM
        # polkit guards the system's manager only.
        interactive = changes and scope is Scope.SYSTEM and _may_ask()
        if interactive:
            from dockerctl.cli.agent import polkit_agent  # noqa: PLC0415

            stack.enter_context(polkit_agent())
        manager = DbusManager(scope, deadline, interactive=interactive)
        stack.callback(manager.close)
        stack.callback(reporter.settled)
        # A user's manager need not have a bus: there the private socket is nothing to talk of.
        if manager.route is Route.PRIVATE_SOCKET and scope is Scope.SYSTEM:
            reporter.say(
                Level.WARNING,
                "The message bus cannot be reached; talking to systemd over its private socket.",
            )
        try:
            yield Wiring(unit, deadline, manager, reporter, session.environ, scope)
        finally:
            session.wrote = manager.wrote


def _may_ask() -> bool:
    return os.geteuid() != 0 and sys.stdin is not None and sys.stdin.isatty()
