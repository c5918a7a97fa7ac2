"""Runs of dockerctl that are still under way, and hosts on which a start or stop can be held."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.lab.commands import HostProcess
from tests.lab.host import Host
from tests.system.schemas import validate

# What only a hang exceeds.
LONG_S = 60
GATE = "/run/gate-is-open"
# The shell looks for the file; nothing else in a unit can be made to wait for a test.
_HOLD = f"/bin/sh -c 'while [ ! -e {GATE} ]; do sleep 0.02; done'"
SLOW_START = f"[Service]\nExecStartPre={_HOLD}\n"
SLOW_STOP = f"[Service]\nExecStop={_HOLD}\n"


@contextmanager
def running(host: Host, *arguments: str, user: str | None = None) -> Iterator[HostProcess]:
    """``dockerctl ... -o json`` under way."""
    with host.popen(
        ["dockerctl", *arguments, "-o", "json"],
        user=user,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        yield process


def answer_of(process: HostProcess, timeout_s: float = LONG_S) -> dict[str, Any]:
    """The only document of a run, and no traceback; its exit code is the document's."""
    done = process.finish(timeout_s=timeout_s)
    assert "Traceback" not in done.err, done.err
    document: dict[str, Any] = json.loads(done.out)
    validate(document)
    assert document["exit_code"] == done.returncode, done
    return document


def shell(host: Host, script: str) -> None:
    host.run(["sh", "-c", script], timeout=LONG_S, check=True)


def until(host: Host, condition: str) -> None:
    """Wait until a shell condition holds in the host."""
    shell(host, f"until {condition}; do sleep 0.01; done")


def until_state(host: Host, state: str, unit: str = "docker.service") -> None:
    until(host, f'[ "$(systemctl show --value -p ActiveState {unit})" = {state} ]')


def until_connected(host: Host) -> None:
    """Wait until a dockerctl is on the bus."""
    until(host, "busctl list --no-legend | grep -q ' dockerctl '")


def open_gate(host: Host) -> None:
    host.write(GATE, "")
