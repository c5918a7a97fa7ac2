"""--user: the caller's own service manager, with a stand-in for the daemon of rootless Docker."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.lab.commands import Completed
from tests.lab.host import Host
from tests.system.command import Answer, Dockerctl

HOME = "/home/alice"
UNITS = f"{HOME}/.config/systemd/user"
RUNTIME = "/run/user/1000"

# It answers as a dockerd does, on the socket of rootless Docker, and tells systemd when.
STAND_IN = """
import http.server, json, os, socket, socketserver

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        version = dict.fromkeys(["GoVersion", "Os", "Arch", "KernelVersion"], "any")
        version |= {"Version": "1.2.3", "ApiVersion": "1.40", "MinAPIVersion": "1.12"}
        bodies = {"/_ping": "OK", "/version": json.dumps(version)}
        body = bodies.get(self.path, "[]").encode()
        self.send_response(200)
        self.send_header("Api-Version", "1.40")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "client"

path = os.environ["XDG_RUNTIME_DIR"] + "/docker.sock"
if os.path.exists(path):
    os.unlink(path)
with socketserver.ThreadingUnixStreamServer(path, Handler) as server:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
    server.serve_forever()
"""
UNIT = f"""[Service]
Type=notify
ExecStart=/usr/bin/python3 {HOME}/dockerd-stand-in
[Install]
WantedBy=default.target
"""
# What dbus-user-session would bring.
BUS_SOCKET = """[Socket]
ListenStream=%t/bus
ExecStartPost=-/usr/bin/systemctl --user set-environment DBUS_SESSION_BUS_ADDRESS=unix:path=%t/bus
[Install]
WantedBy=sockets.target
"""
BUS_SERVICE = """[Unit]
Requires=dbus.socket
[Service]
Type=notify
NotifyAccess=main
ExecStart=/usr/bin/dbus-daemon --session --address=systemd: --nofork --nopidfile \
--systemd-activation --syslog-only
"""


@pytest.fixture
def alice(host: Host) -> str:
    """A user whose service manager runs without a login, and has a docker.service."""
    host.add_user("alice")
    host.write(f"{HOME}/dockerd-stand-in", STAND_IN)
    host.write(f"{UNITS}/docker.service", UNIT)
    host.run(["chown", "-R", "alice:", HOME], check=True)
    host.run(["loginctl", "enable-linger", "alice"], check=True)
    wait = f"until [ -S {RUNTIME}/systemd/private ]; do sleep 0.01; done"
    host.run(["sh", "-c", wait], check=True)
    return "alice"


@pytest.fixture
def bus(host: Host, alice: str) -> None:
    """alice's manager gets a session bus."""
    host.write(f"{UNITS}/dbus.socket", BUS_SOCKET)
    host.write(f"{UNITS}/dbus.service", BUS_SERVICE)
    for command in ("daemon-reload", "start dbus.socket", "start dbus.service"):
        host.run(["systemctl", "--user", *command.split()], user=alice, check=True)


def own(
    ctl: Dockerctl, *verb: str, user: str = "alice", env: Mapping[str, str] | None = None
) -> Answer:
    return ctl.json("--user", *verb, user=user, env=env, timeout=60)


def own_state(host: Host, name: str) -> str:
    return systemctl(host, "show", "--value", "-p", name, "docker.service").out.strip()


def systemctl(host: Host, *arguments: str) -> Completed:
    return host.run(["systemctl", "--user", *arguments], user="alice", check=True)


def the_whole_way(host: Host, ctl: Dockerctl, route: str) -> None:
    before = own(ctl, "status")
    assert (before.exit_code, before.document["verdict"]) == (3, "stopped")
    assert before.document["route"] == route
    assert before.document["messages"] == []

    started = own(ctl, "start")
    assert (started.exit_code, started.document["changed"]) == (0, True)
    healthy = own(ctl, "status")
    assert (healthy.exit_code, healthy.document["verdict"]) == (0, "healthy")
    assert healthy.document["probe"]["address"] == f"unix://{RUNTIME}/docker.sock"
    assert healthy.document["engine"]["version"] == "1.2.3"
    assert own(ctl, "is-active").exit_code == 0

    run = own_state(host, "InvocationID")
    assert own(ctl, "restart").exit_code == 0
    assert own_state(host, "InvocationID") != run

    for verb, code in (("enable", 0), ("disable", 1)):
        assert own(ctl, verb).exit_code == 0
        assert own(ctl, "is-enabled").exit_code == code

    stopped = own(ctl, "stop")
    assert (stopped.exit_code, stopped.document["changed"]) == (0, True)
    assert own_state(host, "ActiveState") == "inactive"
    # The system's daemon is another one.
    assert ctl.json("status").document["verdict"] == "stopped"


@pytest.mark.usefixtures("alice")
def test_over_the_private_socket(host: Host, ctl: Dockerctl) -> None:
    the_whole_way(host, ctl, "private-socket")
    # Where the bus is said to be and is not.
    nowhere = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
    assert own(ctl, "is-active", env=nowhere).exit_code == 3


@pytest.mark.usefixtures("bus")
def test_over_a_session_bus(host: Host, ctl: Dockerctl) -> None:
    the_whole_way(host, ctl, "bus")


def test_system_daemon_does_not_stand_in_for_the_own_one(
    host: Host, ctl: Dockerctl, alice: str
) -> None:
    host.run(["usermod", "-aG", "docker", alice], check=True)
    host.write("/etc/docker/daemon.json", '{"debug": true}')
    assert ctl.run("start").returncode == 0
    systemctl(host, "start", "docker.service")
    systemctl(host, "kill", "--signal=STOP", "docker.service")
    hung = own(ctl, "status", "--timeout", "2")
    assert (hung.exit_code, hung.document["verdict"]) == (153, "hung")
    assert ctl.json("status", user=alice).document["verdict"] == "healthy"


def test_without_a_manager(host: Host, ctl: Dockerctl) -> None:
    host.add_user("bob")
    for user, env in (("bob", {}), ("root", {}), ("bob", {"XDG_RUNTIME_DIR": "/nonexistent"})):
        for verb, code in (("status", 4), ("start", 1)):
            answer = own(ctl, verb, user=user, env=env)
            assert (answer.exit_code, answer.error_code) == (code, "bus-unavailable")
            assert "XDG_RUNTIME_DIR" in answer.document["error"]["hint"]
