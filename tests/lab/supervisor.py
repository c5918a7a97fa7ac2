"""The process that owns a host: starts it, and takes it down when its creator is gone.

One per host, in a session of its own, so that neither Ctrl-C nor the end of the creator reaches it
first. Reads requests as JSON lines on stdin and answers each with one JSON line on stdout:
``{"boot": SETUP}`` and ``{"kill": true}`` (cut the power). Its first line says that it is ready.

It ends, and the host with it, on SIGTERM, when the creator dies, and when stdin closes. A host
with ``--detached`` (``python -m tests.lab up``) ignores the last two.
"""

import contextlib
import dataclasses
import json
import os
import selectors
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.lab import cgroups
from tests.lab.errors import LabError
from tests.lab.images import hold
from tests.lab.init import Setup
from tests.lab.isolation import in_cgroup, isolated
from tests.lab.paths import PROJECT_ROOT
from tests.lab.processes import ProcessId
from tests.lab.registry import Entry, Registry

_REAP_TIMEOUT_S = 5
_NAMESPACES = ("mount", "ipc", "uts", "net", "cgroup")


class Supervisor:
    """The host of one registry entry, running or not."""

    def __init__(self, entry: Entry, registry: Registry, *, detached: bool) -> None:
        owner = None if detached else entry.owner
        self.entry = dataclasses.replace(entry, owner=owner, supervisor=ProcessId.own())
        self.registry = registry
        self.registry.update(self.entry)
        # Nobody removes the folders below the host's overlay while we live.
        self.held = [hold(Path(path)) for path in entry.lower]
        self.launcher: subprocess.Popen[bytes] | None = None

    def boot(self, setup: Setup) -> int:
        """Start process 1; returns its number when it has become systemd. Raises LabError."""
        if self.launcher is not None:
            if self.launcher.poll() is None:
                raise LabError(f"{self.entry.name} is running")
            self.kill()
        cgroup = Path(self.entry.cgroup)
        cgroups.make(cgroup)
        reader, writer = os.pipe()
        console = Path(self.entry.folder) / "console.log"
        init = [sys.executable, "-m", "tests.lab.init", setup.to_json(), str(writer)]
        # Into the group *before* unshare makes it the root of the cgroup namespace.
        command = in_cgroup(isolated(init, _NAMESPACES), cgroup)
        with console.open("ab") as output:
            self.launcher = subprocess.Popen(
                command,
                cwd=PROJECT_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[writer],
                start_new_session=True,
            )
        os.close(writer)
        with os.fdopen(reader, encoding="utf-8") as report:
            # unshare holds the other end open as long as the host runs: read two lines, not to the
            # end.
            first, second = report.readline(), report.readline()
        if second != "exec\n":
            self.kill()
            told = second.strip() or console.read_text(errors="replace")[-2000:]
            raise LabError(f"{self.entry.name} did not get as far as systemd: {told}")
        pid = int(first.removeprefix("pid "))
        self._record(ProcessId.of(pid))
        return pid

    def _record(self, pid1: ProcessId | None) -> None:
        self.entry = dataclasses.replace(self.entry, pid1=pid1)
        self.registry.update(self.entry)

    def kill(self) -> None:
        """End all processes at once, as a power cut does; the files stay."""
        self._end_processes()
        self._record(None)

    def _end_processes(self) -> None:
        """Process 1 first: all of its namespace end with it, and are reaped by the kernel.

        Killed as members of the group, they might be left as zombies to process 1 outside.
        """
        if self.launcher is not None and self.entry.pid1 is not None:
            if self.entry.pid1.is_alive():
                cgroups.kill(self.entry.pid1.pid)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.launcher.wait(_REAP_TIMEOUT_S)
        cgroups.remove(Path(self.entry.cgroup))
        if self.launcher is not None:
            self.launcher.wait()
            self.launcher = None

    def take_down(self) -> None:
        """End the host and remove everything of it."""
        self._end_processes()
        self.registry.clean_up(self.entry)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Carry out one request."""
        try:
            if "boot" in request:
                return {"pid": self.boot(Setup.from_json(json.dumps(request["boot"])))}
            if "kill" in request:
                self.kill()
            return {}
        except (LabError, OSError) as error:
            return {"error": str(error)}


def serve(supervisor: Supervisor) -> None:
    """Answer requests until the host shall end."""
    owner = supervisor.entry.owner
    stop_reader, stop_writer = os.pipe()
    os.set_blocking(stop_writer, False)
    signal.set_wakeup_fd(stop_writer)
    signal.signal(signal.SIGTERM, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    print("{}", flush=True)
    with selectors.DefaultSelector() as selector:
        selector.register(stop_reader, selectors.EVENT_READ)
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        if owner is not None:
            # A pidfd sees the owner's end even while a forked child of it still holds our stdin
            # open.
            selector.register(os.pidfd_open(owner.pid), selectors.EVENT_READ)
            if not owner.is_alive():
                return
        pending = b""
        while True:
            ready = {key.fd for key, _ in selector.select()}
            if ready - {sys.stdin.fileno()}:
                return
            chunk = os.read(sys.stdin.fileno(), 65536)
            if not chunk:
                if owner is not None:
                    return
                selector.unregister(sys.stdin.fileno())
                continue
            pending += chunk
            while b"\n" in pending:
                line, _, pending = pending.partition(b"\n")
                print(json.dumps(supervisor.answer(json.loads(line))), flush=True)


def main() -> None:
    """``python -m tests.lab.supervisor NAME [--detached]``: the entry exists already."""
    registry = Registry()
    entry = registry.get(sys.argv[1])
    if entry is None:
        sys.exit(f"no host named {sys.argv[1]}")
    supervisor = Supervisor(entry, registry, detached="--detached" in sys.argv)
    try:
        serve(supervisor)
    finally:
        supervisor.take_down()


if __name__ == "__main__":
    main()
