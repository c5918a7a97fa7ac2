"""override hosts, flags, limits, restart-policy, socket, requires-mount: recipes for drop-ins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from dockerctl.change.current import Current, command_line
from dockerctl.change.propose import Wanted
from dockerctl.change.resolve import flag_table
from dockerctl.cli.change_host import ChangeHost
from dockerctl.cli.change_options import ChangeOptions
from dockerctl.cli.change_run import Request, run_change
from dockerctl.cli.options import flag
from dockerctl.cli.override_verbs import drafted
from dockerctl.cli.session import Session
from dockerctl.config.keys import key_table
from dockerctl.errors import OverrideSettingRefused, UsageError
from dockerctl.override.merged import layers, merge
from dockerctl.override.recipes import (
    change_flags,
    hosts,
    limits,
    requires_mount,
    restart_policy,
    socket,
)
from dockerctl.override.store import owned_path
from dockerctl.result import Result


def _text(name: str, metavar: str, text: str) -> Any:
    return typer.Option(None, name, metavar=metavar, help=text, show_default=False)


def _texts(name: str, metavar: str, text: str) -> Any:
    return typer.Option([], name, metavar=metavar, help=text, show_default=False)


ADDRESSES = typer.Argument(
    ..., metavar="ADDRESS...", help="Such as tcp://127.0.0.1:2375.", show_default=False
)
WITHOUT_FD = flag("--without-fd", "Take fd:// out as well.")
ADD = _texts("--add", "FLAG", "A flag to add, as --add=--debug; may be given again.")
REMOVE = _texts("--remove", "FLAG", "A flag to remove, as --remove=--debug; may be given again.")
MEMORY = _text("--memory", "SIZE", "MemoryMax=, such as 4G.")
CPU = _text("--cpu", "PERCENT", "CPUQuota=, such as 150%.")
TASKS = _text("--tasks", "NUMBER", "TasksMax=.")
FILES = _text("--files", "NUMBER", "LimitNOFILE=.")
OOM_SCORE = _text("--oom-score", "NUMBER", "OOMScoreAdjust=, -1000 to 1000.")
POLICY = _text("--policy", "WORD", "Restart=, such as always or on-failure.")
DELAY = _text("--delay", "TIME", "RestartSec=, such as 5s.")
BURST = _text("--burst", "NUMBER", "StartLimitBurst=.")
INTERVAL = _text("--interval", "TIME", "StartLimitIntervalSec=.")
GROUP = _text("--group", "NAME", "SocketGroup=.")
MODE = _text("--mode", "MODE", "SocketMode=, in octal, such as 0660.")
LISTEN = _texts("--listen", "ADDRESS", "ListenStream=, all of them; may be given again.")
PATHS = typer.Argument(None, metavar="PATH...", help="Folders of the daemon.", show_default=False)
WITHOUT = _texts("--remove", "PATH", "A path to take out; may be given again.")


def override_hosts(
    session: Session,
    change: ChangeOptions,
    addresses: list[str] = ADDRESSES,
    without_fd: bool = WITHOUT_FD,
) -> Result:
    """Let the daemon listen on these addresses, by flags in ExecStart=."""

    def wanted(current: Current, host: ChangeHost) -> Wanted:
        unit = current.service.unit
        draft = hosts(
            unit,
            addresses,
            _exec_start(current),
            keep_fd=not without_fd,
            base=exec_start_base(current, host),
            environment=current.environment,
            before=host.own_text(unit, "command"),
            table=flag_table(key_table()),
        )
        return drafted(host, draft)

    return run_change(session, Request("override-hosts", wanted), change)


def override_flags(
    session: Session, change: ChangeOptions, add: list[str] = ADD, remove: list[str] = REMOVE
) -> Result:
    """Add flags of the daemon to ExecStart=, or remove some."""
    if not add and not remove:
        raise UsageError("No flag was given.", hint="Such as --add=--debug.")

    def wanted(current: Current, host: ChangeHost) -> Wanted:
        unit = current.service.unit
        draft = change_flags(
            unit,
            _exec_start(current),
            flag_table(key_table()),
            add=add,
            remove=remove,
            base=exec_start_base(current, host),
            before=host.own_text(unit, "command"),
        )
        return drafted(host, draft)

    return run_change(session, Request("override-flags", wanted), change)


def override_limits(
    session: Session,
    change: ChangeOptions,
    memory: str | None = MEMORY,
    cpu: str | None = CPU,
    tasks: str | None = TASKS,
    files: str | None = FILES,
    oom_score: str | None = OOM_SCORE,
) -> Result:
    """Limit the daemon itself (not its containers); "" takes a limit out."""
    values = {
        "memory": memory,
        "cpu": cpu,
        "tasks": tasks,
        "files": files,
        "oom_score": oom_score,
    }
    _require_one(values)

    def wanted(current: Current, host: ChangeHost) -> Wanted:
        unit = current.service.unit
        return drafted(host, limits(unit, **values, before=host.own_text(unit, "limits")))

    return run_change(session, Request("override-limits", wanted), change)


def override_restart_policy(
    session: Session,
    change: ChangeOptions,
    policy: str | None = POLICY,
    delay: str | None = DELAY,
    burst: str | None = BURST,
    interval: str | None = INTERVAL,
) -> Result:
    """Say when systemd starts the daemon again; "" takes a setting out."""
    values = {"policy": policy, "delay": delay, "burst": burst, "interval": interval}
    _require_one(values)

    def wanted(current: Current, host: ChangeHost) -> Wanted:
        unit = current.service.unit
        before = host.own_text(unit, "restart-policy")
        return drafted(host, restart_policy(unit, **values, before=before))

    return run_change(session, Request("override-restart-policy", wanted), change)


def override_socket(
    session: Session,
    change: ChangeOptions,
    group: str | None = GROUP,
    mode: str | None = MODE,
    listen: list[str] = LISTEN,
) -> Result:
    """Say who may use the API's socket, and where it is."""
    _require_one({"group": group, "mode": mode, "listen": listen or None})

    def wanted(current: Current, host: ChangeHost) -> Wanted:
        if current.socket is None:
            raise OverrideSettingRefused(
                f"{current.service.unit} has no socket unit.",
                hint="The daemon makes its socket itself: see the key group of daemon.json.",
            )
        unit = current.socket.unit
        before = host.own_text(unit, "socket")
        draft = socket(unit, group=group, mode=mode, listen=listen or None, before=before)
        return drafted(host, draft)

    return run_change(session, Request("override-socket", wanted), change)


def override_requires_mount(
    session: Session,
    change: ChangeOptions,
    paths: list[str] = PATHS,
    without: list[str] = WITHOUT,
) -> Result:
    """Start the daemon only once the file systems of these paths are mounted."""
    if not paths and not without:
        raise UsageError("No path was given.", hint="Such as /var/lib/docker.")

    def wanted(current: Current, host: ChangeHost) -> Wanted:
        unit = current.service.unit
        before = host.own_text(unit, "requires-mount")
        return drafted(host, requires_mount(unit, paths or [], remove=without, before=before))

    return run_change(session, Request("override-requires-mount", wanted), change)


def _require_one(values: Mapping[str, object]) -> None:
    if all(value is None for value in values.values()):
        raise UsageError("Nothing was given to be set.", hint="See the options with --help.")


def _exec_start(current: Current) -> str:
    value = current.service.merged.last("Service", "ExecStart")
    if value is None or not command_line(current.line, current.environment):
        raise OverrideSettingRefused(
            f"The command line of {current.service.unit} cannot be read.",
            hint="See it with 'systemctl cat'.",
        )
    return value


def exec_start_base(current: Current, host: ChangeHost) -> str | None:
    """ExecStart= as it is without our own drop-in of it."""
    files = current.service
    path = owned_path(files.unit, "command", folder=host.drop_in_folder)
    others = [drop_in for drop_in in files.drop_ins if drop_in.path != path]
    return merge(layers(files.fragment_path, files.fragment, others)).last("Service", "ExecStart")
