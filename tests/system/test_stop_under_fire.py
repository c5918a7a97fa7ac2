"""Stopping while clients hammer at the socket: the daemon stays down, or the truth is told."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab.host import Host
from tests.system import states
from tests.system.command import Dockerctl
from tests.system.states import SERVICE, SOCKET, wait_for
from tests.system.units import active, drop_in, show

# Ten threads that connect, ask and connect again, whether they get an answer or not.
CLIENTS = """
import socket, threading, time
def hammer():
    while True:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(5)
                client.connect("/run/docker.sock")
                client.sendall(b"GET /_ping HTTP/1.0\\r\\n\\r\\n")
                while client.recv(4096):
                    pass
        except OSError:
            time.sleep(0.002)
for _ in range(10):
    threading.Thread(target=hammer, daemon=True).start()
print("connecting", flush=True)
threading.Event().wait()
"""


@contextmanager
def ten_clients(host: Host) -> Iterator[None]:
    """Inside, ten clients connect to docker.sock in a loop."""
    argv = ["/usr/bin/python3", "-c", CLIENTS]
    with host.popen(argv, stdout=subprocess.PIPE) as clients:
        assert clients.stdout is not None
        assert clients.stdout.readline() == b"connecting\n"
        yield


def down(host: Host) -> tuple[str, str]:
    return active(host, SERVICE), active(host, SOCKET)


def test_twenty_stops_under_fire_leave_the_daemon_down_each_time(
    host: Host, ctl: Dockerctl
) -> None:
    with ten_clients(host):
        for turn in range(20):
            assert (turn, ctl.run("start").returncode) == (turn, 0)
            run = show(host, "InvocationID")
            stopped = ctl.json("stop")
            assert (turn, stopped.exit_code, stopped.error_code) == (turn, 0, None)
            assert stopped.document["changed"] is True
            # The clients go on; nothing they do brings it back.
            assert (turn, down(host)) == (turn, ("inactive", "inactive"))
            assert (turn, show(host, "InvocationID")) == (turn, run)


def test_restart_under_fire_ends_with_a_new_run(host: Host, ctl: Dockerctl) -> None:
    assert ctl.run("start").returncode == 0
    with ten_clients(host):
        for _ in range(3):
            run = show(host, "InvocationID")
            restarted = ctl.json("restart")
            assert (restarted.exit_code, restarted.document["changed"]) == (0, True)
            assert show(host, "InvocationID") != run


def test_keep_socket_without_clients_ends_armed(ctl: Dockerctl) -> None:
    assert ctl.run("start").returncode == 0
    stopped = ctl.json("stop", "--keep-socket")
    assert (stopped.exit_code, stopped.document["changed"]) == (0, True)
    assert stopped.document["socket"]["active_state"] == "active"
    assert stopped.texts == [
        "docker.socket still listens: the next client starts docker.service again."
    ]
    assert ctl.json("status").document["verdict"] == "armed"
    again = ctl.json("stop", "--keep-socket")
    assert (again.exit_code, again.document["changed"]) == (0, False)


def test_keep_socket_under_fire_tells_whether_the_daemon_stayed_down(
    host: Host, ctl: Dockerctl
) -> None:
    drop_in(host, "50-limit", "[Unit]\nStartLimitBurst=1000\n")
    assert ctl.run("start").returncode == 0
    with ten_clients(host):
        for _ in range(5):
            wait_for(host, ActiveState="active")
            run = show(host, "InvocationID")
            stopped = ctl.json("stop", "--keep-socket")
            if stopped.exit_code == 0:
                # It was down when we looked; that it will not last is said.
                assert stopped.document["service"]["active_state"] == "inactive"
                assert "the next client starts docker.service again" in stopped.texts[-1]
            else:
                assert (stopped.exit_code, stopped.error_code) == (1, "stop-failed")
                assert " again: a client of its socket" in stopped.document["error"]["message"]
                assert "--keep-socket" in stopped.document["error"]["hint"]
            # In either case it did stop, and a client started it again.
            wait_for(host, ActiveState="active")
            assert show(host, "InvocationID") != run


def test_keep_socket_says_when_clients_run_into_the_start_limit(host: Host, ctl: Dockerctl) -> None:
    """systemd then refuses the clients, and fails the socket: it is not armed any more."""
    drop_in(host, "50-limit", "[Unit]\nStartLimitBurst=1\nStartLimitIntervalSec=1h\n")
    states.running(host)
    with ten_clients(host):
        stopped = ctl.json("stop", "--keep-socket")
        wait_for(host, SOCKET, Result="service-start-limit-hit")
    status = ctl.json("status")
    assert (status.exit_code, status.document["verdict"]) == (3, "failed")
    assert "start limit is hit" in status.document["reason"]
    if stopped.exit_code == 0:
        assert stopped.document["socket"]["active_state"] == "active"
    else:
        assert (stopped.exit_code, stopped.error_code) == (1, "stop-failed")
        assert "docker.socket does not listen any more" in stopped.document["error"]["message"]


def test_now_under_fire_leaves_the_daemon_down(host: Host, ctl: Dockerctl) -> None:
    with ten_clients(host):
        for verb in ("disable", "mask"):
            assert ctl.run("start").returncode == 0
            done = ctl.json(verb, "--now")
            assert (verb, done.exit_code, done.document["changed"]) == (verb, 0, True)
            assert (verb, *down(host)) == (verb, "inactive", "inactive")


def test_stop_of_a_starting_daemon_under_fire(host: Host, ctl: Dockerctl) -> None:
    states.starting(host)
    with ten_clients(host):
        stopped = ctl.json("stop")
        assert (stopped.exit_code, stopped.document["changed"]) == (0, True)
        # For systemd a start that was broken off has failed.
        assert down(host) == ("failed", "inactive")
