"""Bringing a fresh host into each state that a daemon can be in, for real, and waiting for it."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable

from tests.lab.host import Host
from tests.system.units import drop_in

SERVICE = "docker.service"
SOCKET = "docker.socket"
CONFIG = "/etc/docker/daemon.json"
BROKEN = "{ broken"
# What dockerd says about it, on every version.
BROKEN_SAID = f"unable to configure the Docker daemon with file {CONFIG}"
# A start or stop that needs longer than the test: until somebody writes into this FIFO.
GATE = "/run/gate"
WAIT_AT_GATE = f"/bin/cat {GATE}"

# What only a hang exceeds.
LONG_S = 60.0

Arrange = Callable[[Host], None]


def properties(host: Host, unit: str, *names: str) -> dict[str, str]:
    """Properties of a unit, as systemctl shows them."""
    shown = host.run(["systemctl", "show", "-p", ",".join(names), unit], check=True)
    return dict(line.split("=", 1) for line in shown.out.splitlines())


def wait_for(host: Host, unit: str = SERVICE, **wanted: str) -> None:
    """Wait until the unit has the wanted properties, such as ``ActiveState="failed"``."""
    limit = time.monotonic() + LONG_S
    while (found := properties(host, unit, *wanted)) != wanted:
        assert time.monotonic() < limit, f"{unit} has {found}, not {wanted}"
        time.sleep(0.01)


def sh(host: Host, script: str) -> str:
    """Run a shell script; returns what it printed."""
    return host.run(["sh", "-euc", script], check=True).out


def running(host: Host) -> None:
    sh(host, "systemctl start docker.service")


def stopped(host: Host) -> None:
    sh(host, "systemctl start docker.service && systemctl stop docker.socket docker.service")


def armed(host: Host) -> None:
    sh(host, "systemctl start docker.socket")


def gate(host: Host, setting: str) -> None:
    """Let a ``setting`` of the service, such as ExecStop, wait until ``open_gate``."""
    sh(host, f"mkfifo {GATE}")
    drop_in(host, "50-gate", f"[Service]\n{setting}={WAIT_AT_GATE}\n")


def open_gate(host: Host) -> None:
    """Let whoever waits at the gate pass."""
    sh(host, f": >{GATE}")


def starting(host: Host) -> None:
    gate(host, "ExecStartPre")
    sh(host, "systemctl start --no-block docker.service")
    wait_for(host, SubState="start-pre")


def stopping(host: Host) -> None:
    gate(host, "ExecStop")
    sh(host, "systemctl start docker.service")
    sh(host, "systemctl stop --no-block docker.socket docker.service")
    wait_for(host, SubState="stop")


def broken(host: Host) -> None:
    host.write(CONFIG, BROKEN)


def failed(host: Host) -> None:
    """One failed run, and systemd does not try again."""
    drop_in(host, "50-restart", "[Service]\nRestart=no\n")
    broken(host)
    host.run(["systemctl", "start", SERVICE])
    wait_for(host, ActiveState="failed")


def auto_restarting(host: Host) -> None:
    """A failed run; the next one is an hour away."""
    drop_in(host, "50-restart", "[Service]\nRestart=on-failure\nRestartSec=1h\n")
    broken(host)
    host.run(["systemctl", "start", SERVICE])
    wait_for(host, SubState="auto-restart")


def start_limit_hit(host: Host) -> None:
    """Every run failed, until systemd had enough of it; then the socket fails too."""
    drop_in(host, "50-restart", "[Service]\nRestart=on-failure\nRestartSec=100ms\n")
    broken(host)
    host.run(["systemctl", "start", SERVICE])
    wait_for(host, SOCKET, Result="service-start-limit-hit")


def started_too_often(host: Host) -> None:
    """Nothing is wrong with the daemon; somebody started it more often than StartLimitBurst=."""
    drop_in(host, "50-limit", "[Unit]\nStartLimitBurst=1\nStartLimitIntervalSec=1h\n")
    sh(host, "systemctl start docker.service && systemctl stop docker.service")
    host.run(["systemctl", "start", SERVICE])
    wait_for(host, Result="start-limit-hit")


def knocked_to_death(host: Host) -> None:
    """A client of the armed socket woke a daemon that cannot start."""
    drop_in(host, "50-restart", "[Service]\nRestart=on-failure\nRestartSec=100ms\n")
    broken(host)
    armed(host)
    host.run(["docker", "ps"])
    wait_for(host, SOCKET, Result="service-start-limit-hit")


def masked(host: Host) -> None:
    sh(host, "systemctl mask docker.service")


def masked_and_armed(host: Host) -> None:
    armed(host)
    masked(host)


def not_installed(host: Host) -> None:
    # Debian's package also has an init script, from which systemd would make a unit.
    units = f"/usr/lib/systemd/system/{SERVICE} /usr/lib/systemd/system/{SOCKET}"
    sh(host, f"rm -f {units} /lib/systemd/system/docker.s* /etc/init.d/docker")
    sh(host, "systemctl daemon-reload")


def hung(host: Host) -> None:
    running(host)
    freeze(host, "dockerd")


def freeze(host: Host, program: str) -> None:
    """Stop every process of a program (SIGSTOP)."""
    sh(host, f"kill -STOP $(pidof {shlex.quote(program)})")


def thaw(host: Host, program: str) -> None:
    """Let it go on (SIGCONT)."""
    sh(host, f"kill -CONT $(pidof {shlex.quote(program)})")


def group_missing(host: Host) -> None:
    sh(host, "groupmod -n dockerx docker")
    host.run(["systemctl", "start", SERVICE])
    wait_for(host, SOCKET, ActiveState="failed")


def nobody_listens(host: Host) -> None:
    """The daemon runs, and where its socket was lies the file of a dead one."""
    running(host)
    bind = "import socket; socket.socket(socket.AF_UNIX).bind('/run/docker.sock')"
    sh(host, f'rm /run/docker.sock && /usr/bin/python3 -c "{bind}"')


def without_bus(host: Host) -> None:
    """The daemon runs; dbus-daemon does not, and its socket is gone."""
    running(host)
    sh(host, "systemctl stop dbus.socket dbus.service && rm -f /run/dbus/system_bus_socket")


# Runs the words after it where nothing of systemd is seen (sd_booted(3)).
WITHOUT_SYSTEMD = (
    "unshare",
    "--mount",
    "sh",
    "-c",
    'mount -t tmpfs none /run/systemd && exec "$@"',
    "sh",
)

# A daemon that was killed is seen to be gone, or to have died while it was asked.
DIED = {"reload-failed": 1, "died-after-start": 152}
