"""Every state that a host can be in: what each command says about it, and that looking is free."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.lab.host import Host
from tests.system import states
from tests.system.command import Dockerctl
from tests.system.states import BROKEN_SAID
from tests.system.units import fingerprint

pytestmark = pytest.mark.core


@dataclass(frozen=True)
class Row:
    """A state, and what is said about it."""

    arrange: Callable[[Host], None]
    verdict: str
    # Of status and is-healthy.
    exit_code: int
    # ActiveState and exit code of is-active.
    active: tuple[str, int]
    # A part of the reason.
    because: str
    # What a verb then does: its words, exit code and error code.
    verb: tuple[str, ...] = ("start",)
    verb_code: int = 0
    error: str | None = None
    # Parts of the error's message.
    says: tuple[str, ...] = ()
    changed: bool = True
    # Whether the error quotes the daemon's words about a broken daemon.json.
    quotes: bool = False
    # Options for the looks, where the default would take long.
    looks: tuple[str, ...] = ()


def never_started(host: Host) -> None:
    assert not host.exists("/run/docker.sock")


def stopped(host: Host) -> None:
    states.stopped(host)
    # The file of a socket that nobody listens on proves nothing.
    assert host.exists("/run/docker.sock")


TABLE = {
    "never-started": Row(
        never_started, "stopped", 3, ("inactive", 3), "docker.service is stopped."
    ),
    "running": Row(states.running, "healthy", 0, ("active", 0), "The API answers.", changed=False),
    "stopped-with-the-socket-down": Row(
        stopped, "stopped", 3, ("inactive", 3), "docker.service is stopped."
    ),
    "stopped-with-the-socket-armed": Row(
        states.armed, "armed", 3, ("inactive", 3), "the next client starts it"
    ),
    "starting-slowly": Row(
        states.starting,
        "starting",
        3,
        ("activating", 3),
        "docker.service is starting (start-pre).",
        ("start", "--timeout", "1"),
        151,
        "deadline-passed",
        ("is not up after 1 s", "activating (start-pre)", "nothing was cancelled"),
    ),
    "stopping-slowly": Row(
        states.stopping,
        "stopping",
        3,
        ("deactivating", 3),
        "docker.service is stopping (stop).",
        ("stop", "--timeout", "1"),
        151,
        "deadline-passed",
        ("is not down after 1 s", "deactivating (stop)", "nothing was cancelled"),
    ),
    "failed-with-a-broken-daemon-json": Row(
        states.failed,
        "failed",
        3,
        ("failed", 3),
        "Result exit-code: the daemon exited with status 1.",
        ("start",),
        152,
        "start-failed",
        ("docker.service did not come up", BROKEN_SAID),
        quotes=True,
    ),
    "in-auto-restart": Row(
        states.auto_restarting,
        "failed",
        3,
        ("activating", 3),
        "systemd is about to try again (auto-restart).",
        ("start", "--fail-fast"),
        152,
        "start-failed",
        ("docker.service did not come up", "cause: ", BROKEN_SAID),
        quotes=True,
    ),
    "start-limit-hit-by-failed-runs": Row(
        states.start_limit_hit,
        "failed",
        3,
        ("failed", 3),
        "The start limit is hit",
        ("start",),
        152,
        "start-failed",
        ("docker.service did not come up", "cause: ", BROKEN_SAID),
        quotes=True,
    ),
    "start-limit-hit-by-good-runs": Row(
        states.started_too_often, "failed", 3, ("failed", 3), "The start limit is hit"
    ),
    "start-limit-of-the-socket-hit-by-a-client": Row(
        states.knocked_to_death,
        "failed",
        3,
        ("failed", 3),
        "The start limit is hit",
        ("start",),
        152,
        "start-failed",
        ("docker.service did not come up", BROKEN_SAID),
        quotes=True,
    ),
    "masked": Row(
        states.masked,
        "stopped",
        3,
        ("inactive", 3),
        "masked",
        ("start",),
        1,
        "unit-masked",
        ("docker.service is masked",),
        changed=False,
    ),
    "masked-with-the-socket-armed": Row(
        states.masked_and_armed,
        "armed",
        3,
        ("inactive", 3),
        "the next client fails",
        ("restart",),
        1,
        "unit-masked",
        ("docker.service is masked",),
        changed=False,
    ),
    "not-installed": Row(
        states.not_installed,
        "not-installed",
        4,
        ("inactive", 4),
        "systemd knows no docker.service.",
        ("start",),
        5,
        "unit-not-found",
        ("systemd knows no docker.service",),
        changed=False,
    ),
    "hung-while-active": Row(
        states.hung,
        "hung",
        153,
        ("active", 0),
        "'ping' fails: No answer in time",
        ("start", "--timeout", "2"),
        153,
        "daemon-hung",
        ("docker.service is active, and its API does not answer",),
        changed=False,
        looks=("--timeout", "2"),
    ),
    "group-of-the-socket-missing": Row(
        states.group_missing,
        "failed",
        3,
        ("inactive", 3),
        "docker.socket failed (Result exit-code), and docker.service needs it.",
        ("start",),
        152,
        "dependency-failed",
        ("docker.socket failed", "Failed to resolve group"),
    ),
    "socket-file-without-a-listener": Row(
        states.nobody_listens,
        "unreachable",
        153,
        ("active", 0),
        "'connect' fails: Cannot connect to unix:///run/docker.sock: Connection refused",
        ("start", "--timeout", "2"),
        153,
        "daemon-hung",
        ("docker.service is active, and its API does not answer",),
        changed=False,
    ),
    "bus-socket-missing": Row(
        states.without_bus, "healthy", 0, ("active", 0), "The API answers.", changed=False
    ),
}


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_every_command_tells_the_state_and_changes_nothing_by_looking(
    row: Row, host: Host, ctl: Dockerctl
) -> None:
    row.arrange(host)
    before = fingerprint(host)

    # Side by side: nobody who looks disturbs another.
    with ThreadPoolExecutor() as pool:
        verbs = ("status", "is-healthy", "is-active")
        looking = [pool.submit(ctl.json, verb, *row.looks) for verb in verbs]
        reading = pool.submit(ctl.run, "status", *row.looks)
        status, healthy, active = (look.result() for look in looking)
        screen = reading.result()

    assert (status.exit_code, status.document["verdict"]) == (row.exit_code, row.verdict)
    assert row.because in status.document["reason"]
    assert status.document["error"] is None
    assert (healthy.exit_code, healthy.document["verdict"]) == (row.exit_code, row.verdict)
    assert (active.document["active_state"], active.exit_code) == row.active
    assert screen.returncode == row.exit_code
    assert screen.out.splitlines()[0] == f"● docker.service: {row.verdict}"
    assert max(len(line) for line in screen.out.splitlines()) <= 80

    assert fingerprint(host) == before

    done = ctl.json(*row.verb)
    assert (done.exit_code, done.error_code) == (row.verb_code, row.error)
    assert done.document["changed"] is row.changed
    for part in row.says:
        assert part in done.document["error"]["message"]
    if row.quotes:
        assert BROKEN_SAID in done.document["error"]["details"]["lines"][-1]


def test_caller_without_permission_on_the_socket(host: Host, ctl: Dockerctl) -> None:
    states.running(host)
    host.add_user("alice")
    status = ctl.json("status", user="alice")
    assert (status.exit_code, status.document["verdict"]) == (4, "unreachable")
    assert "Permission denied" in status.document["reason"]
    assert ctl.json("is-healthy", user="alice").exit_code == 4
    assert ctl.json("is-active", user="alice").exit_code == 0
    started = ctl.json("start", user="alice")
    assert (started.exit_code, started.document["changed"]) == (0, False)
    assert "The API could not be asked" in started.texts[0]


LOOKING = ("status", "is-active", "is-healthy", "is-enabled")


def test_bus_socket_missing_and_the_caller_is_root(host: Host, ctl: Dockerctl) -> None:
    states.without_bus(host)
    status = ctl.json("status")
    assert status.document["route"] == "private-socket"
    assert status.texts == [
        "The message bus cannot be reached; talking to systemd over its private socket."
    ]
    for verb in ("restart", "stop", "start"):
        done = ctl.json(verb)
        assert (verb, done.exit_code, done.document["changed"]) == (verb, 0, True)
        assert "private socket" in done.texts[0]


def test_bus_socket_missing_and_the_caller_is_not_root(host: Host, ctl: Dockerctl) -> None:
    states.without_bus(host)
    host.add_user("alice")
    for verb in LOOKING:
        looked = ctl.json(verb, user="alice")
        assert (verb, looked.exit_code, looked.error_code) == (verb, 4, "bus-unavailable")
    assert ctl.json("status", user="alice").document["verdict"] is None
    for words in (["start"], ["stop"], ["wait", "stopped"]):
        done = ctl.json(*words, user="alice")
        assert (words, done.exit_code, done.error_code) == (words, 1, "bus-unavailable")
    said = ctl.run("status", user="alice")
    assert said.out == ""
    assert said.err.startswith("dockerctl: D-Bus cannot be reached")
    assert "As root" in said.err


def test_no_systemd_at_all(host: Host) -> None:
    states.running(host)
    nowhere = Dockerctl(host, prefix=states.WITHOUT_SYSTEMD)
    for verb in LOOKING:
        looked = nowhere.json(verb)
        assert (verb, looked.exit_code, looked.error_code) == (verb, 4, "no-systemd")
    assert nowhere.json("status").document["verdict"] is None
    for words in (["start"], ["stop"], ["restart"], ["enable"], ["wait", "healthy"]):
        done = nowhere.json(*words)
        assert (words, done.exit_code, done.error_code) == (words, 1, "no-systemd")
    said = nowhere.run("status")
    assert "This host was not booted with systemd." in said.err
    assert "hint:" in said.err
