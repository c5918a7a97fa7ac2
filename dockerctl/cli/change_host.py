"""Where transactions of this run live, and what they are carried out with."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from dockerctl.change.consequences import Running
from dockerctl.change.current import Current, gather_current
from dockerctl.change.engine import Author, Ending, Engine
from dockerctl.change.model import Phase, Record
from dockerctl.change.ports import Control
from dockerctl.change.propose import Proposal
from dockerctl.change.store import STATE_FOLDER, Ledger
from dockerctl.cli.compose import Wiring
from dockerctl.cli.explainer import DoctorExplainer
from dockerctl.config.facts import Facts, gather_facts
from dockerctl.config.flags import parse_flags
from dockerctl.config.keys import key_table
from dockerctl.deadline import Deadline
from dockerctl.errors import (
    AwaitingConfirmation,
    EngineError,
    Interrupted,
    ProgramFailed,
    RollbackFailed,
)
from dockerctl.health.units import read_units
from dockerctl.host.files import read_file
from dockerctl.host.lock import LOCK_PATH, change_lock
from dockerctl.host.programs import run_program
from dockerctl.lifecycle.control import UnitControl
from dockerctl.override.model import UnitText
from dockerctl.override.order import Scope as FileScope
from dockerctl.override.store import owned_path
from dockerctl.override.text import parse_text
from dockerctl.result import Level
from dockerctl.systemd.model import Scope

# How long another dockerctl is waited for.
LOCK_S = 5.0
# What the daemon is asked before a change, each.
ASK_S = 10.0


@dataclass(frozen=True)
class ChangeHost:
    """The host of one change."""

    wiring: Wiring
    command: str

    @property
    def scope(self) -> FileScope:
        """Whose unit files they are."""
        return FileScope.USER if self.wiring.scope is Scope.USER else FileScope.SYSTEM

    @property
    def drop_in_folder(self) -> str:
        """The folder below which our drop-ins lie."""
        if self.scope is FileScope.SYSTEM:
            return "/etc/systemd/system"
        environ = self.wiring.environ
        home = environ.get("XDG_CONFIG_HOME") or f"{environ.get('HOME', '')}/.config"
        return f"{home}/systemd/user"

    @property
    def proxy_file(self) -> str:
        """The environment file that holds a proxy's password."""
        if self.scope is FileScope.SYSTEM:
            return "/etc/dockerctl/proxy.env"
        environ = self.wiring.environ
        home = environ.get("XDG_CONFIG_HOME") or f"{environ.get('HOME', '')}/.config"
        return f"{home}/dockerctl/proxy.env"

    @cached_property
    def ledger(self) -> Ledger:
        """The transactions of this host, or of this user."""
        return ledger_of(self.wiring)

    @property
    def lock_path(self) -> str:
        """The lock of all changes."""
        if self.scope is FileScope.SYSTEM:
            return LOCK_PATH
        return f"{self.wiring.environ.get('XDG_RUNTIME_DIR', '/run')}/dockerctl/lock"

    def own_text(self, unit: str, recipe: str) -> UnitText | None:
        """What our drop-in of a recipe says now; None where there is none."""
        data = read_file(owned_path(unit, recipe, folder=self.drop_in_folder)).data
        return None if data is None else parse_text(data)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of all changes; raises ``Busy``."""
        with change_lock(self.lock_path, self.wiring.deadline.at_most(LOCK_S), self.command):
            self.ledger.sweep()
            yield

    @cached_property
    def engine(self) -> Engine:
        """What carries transactions out."""
        return Engine(
            self.control,
            self.ledger,
            self.wiring.reporter,
            Author(who=_who(), boot_id=boot_id()),
            arm=self._arm,
        )

    @contextmanager
    def control(self, deadline: Deadline) -> Iterator[Control]:
        """The unit, within ``deadline``: on the connection of this run, or on one of its own."""
        wiring = self.wiring
        if deadline is wiring.deadline:
            yield self._control(wiring)
            return
        # What was allowed for the command may be used up; the way back has its own time.
        from dockerctl.systemd.dbus import DbusManager  # noqa: PLC0415

        manager = DbusManager(wiring.scope, deadline, interactive=False)
        try:
            yield self._control(replace(wiring, manager=manager, deadline=deadline))
        finally:
            manager.close()

    def _control(self, wiring: Wiring) -> Control:
        return UnitControl(
            wiring.unit,
            wiring.manager,
            wiring.prober,
            DoctorExplainer(wiring),
            wiring.reporter,
            wiring.deadline,
            wiring.prober.client,
        )

    def recover(self) -> tuple[Ending, ...]:
        """Undo what a killed run has left; to be called under the lock.

        Raises ``AwaitingConfirmation`` when a change waits for its confirmation, and
        ``RollbackFailed`` when the way back of an unfinished one fails.
        """
        endings = []
        for record in self.ledger.unfinished():
            if record.phase is Phase.WAITING:
                if self._still_waits(record):
                    raise AwaitingConfirmation(
                        f"The change {record.id} waits for its confirmation.",
                        details={"id": record.id},
                    )
                cause = Interrupted("It was not confirmed in time.")
            else:
                cause = Interrupted("The run that worked on it was killed.")
            self.wiring.reporter.say(Level.WARNING, f"The change {record.id} is unfinished.")
            ending = self.engine.undo(record, cause)
            if ending.record.phase is Phase.UNDO_FAILED:
                raise RollbackFailed(
                    f"The unfinished change {record.id} could not be undone: "
                    f"{_undo_text(ending.record)}",
                    details={"id": record.id},
                )
            endings.append(ending)
        return tuple(endings)

    def _still_waits(self, record: Record) -> bool:
        until = record.confirm_until
        return until is not None and self.wiring.deadline.clock.time() < until

    def current(self) -> Current:
        """The configuration as it lies on the host."""
        units = read_units(self.wiring.manager, self.wiring.unit)
        return gather_current(units, run=run_program, scope=self.scope, environ=self.wiring.environ)

    def facts(
        self, proposal: Proposal, current: Current, view: DaemonView, *, strict: bool = False
    ) -> Facts:
        """What the checks of daemon.json know: the host, and the daemon where it runs."""
        return gather_facts(
            proposal.document.values,
            current.release,
            parse_flags(proposal.argv, key_table()),
            networks=view.networks,
            log_drivers=view.log_drivers,
            authorization_plugins=view.authorization_plugins,
            swarm_active=view.swarm_active,
            containers_running=len(view.running.containers),
            socket_activated=current.fd_socket,
            strict=strict,
        )

    def expected_downtime(self) -> float | None:
        """How long the daemon was away at the last restart of a change, in seconds."""
        for record in self.ledger.all():
            if record.phase is Phase.COMMITTED and record.downtime_ms:
                return record.downtime_ms / 1000
        return None

    def view(self, current: Current) -> DaemonView:
        """What the running daemon tells; nothing of one that is down or does not answer."""
        units = current.units
        if not units.service.runs:
            return DaemonView()
        try:
            with self.wiring.prober.client(units, self.wiring.deadline.at_most(ASK_S)) as client:
                seen = client.settings_seen()
                return DaemonView(
                    networks=tuple((n.name, n.subnets) for n in client.networks()),
                    log_drivers=seen.log_drivers or None,
                    authorization_plugins=None,
                    swarm_active=seen.swarm_state not in ("", "inactive"),
                    running=Running(
                        client.containers(),
                        seen.live_restore is True,
                        _swarm_role(seen.swarm_state, manager=seen.swarm_manager),
                    ),
                    info=seen.document,
                )
        except EngineError as error:
            self.wiring.reporter.say(
                Level.WARNING, f"The running daemon could not be asked: {error.sentence}"
            )
            return DaemonView()

    def _arm(self, record: Record) -> None:
        """Have systemd undo a change that nobody confirms; outlives this process."""
        delay = (record.confirm_until or 0.0) - self.wiring.deadline.clock.time()
        arguments = [
            "--quiet",
            "--collect",
            f"--unit=dockerctl-revert-{record.id}",
            f"--on-active={max(1, round(delay))}s",
            "--timer-property=AccuracySec=1s",
            *(["--user"] if self.scope is FileScope.USER else []),
            "--",
            os.path.abspath(sys.argv[0]),  # noqa: PTH100
            *(["--user"] if self.scope is FileScope.USER else []),
            f"--unit={self.wiring.unit}",
            "rollback",
            "--unconfirmed",
            record.id,
        ]
        output = run_program("systemd-run", arguments, limit_s=ASK_S)
        if output.status != 0:
            text = output.stderr.decode("utf-8", "replace").strip()
            raise ProgramFailed(f"The timer for the way back could not be made: {text}")


def ledger_of(wiring: Wiring) -> Ledger:
    """The transactions of the host, or of the user whose manager is talked to."""
    if wiring.scope is not Scope.USER:
        return Ledger(STATE_FOLDER)
    environ = wiring.environ
    home = environ.get("XDG_STATE_HOME") or f"{environ.get('HOME', '')}/.local/state"
    return Ledger(f"{home}/dockerctl")


@dataclass(frozen=True)
class DaemonView:
    """What a running daemon tells of itself; all empty for one that does not."""

    networks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    log_drivers: tuple[str, ...] | None = None
    authorization_plugins: tuple[str, ...] | None = None
    swarm_active: bool = False
    running: Running = field(default_factory=Running)
    info: object = None


def boot_id() -> str:
    """What is new with each boot of the host: the kernel's (random(4)), and that of process 1.

    A container that is started anew keeps the kernel's; its process 1 is another.
    """
    try:
        kernel = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        # The 22nd field, when it was started (proc(5)); the name in brackets may have blanks.
        process = Path("/proc/1/stat").read_text("utf-8").rpartition(")")[2].split()[19]
    except (OSError, UnicodeDecodeError, IndexError):
        return ""
    return f"{kernel}/{process}"


def _who() -> str:
    """The person: who called sudo, or the user of the process."""
    name = os.environ.get("SUDO_USER", "")
    if not name or not name.isprintable():
        import pwd  # noqa: PLC0415

        try:
            name = pwd.getpwuid(os.getuid()).pw_name
        except KeyError:
            name = str(os.getuid())
    return name[:64]


def _swarm_role(state: str, *, manager: bool) -> str:
    if state in ("", "inactive"):
        return ""
    return "manager" if manager else "worker"


def _undo_text(record: Record) -> str:
    return "" if record.undo_failure is None else record.undo_failure.message
