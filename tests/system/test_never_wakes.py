"""A stopped daemon whose socket listens wakes at the first connection: looking must make none."""

from __future__ import annotations

from tests.lab.host import Host
from tests.system import states
from tests.system.command import Dockerctl
from tests.system.states import SERVICE, SOCKET, properties, sh, wait_for

# Two shells side by side, since the machine has two processors at least; 3 is "not active".
SHELLS = 2
ROUNDS = 38
LOOK = """
expect() {
    wanted=$1; shift
    "$@" >/dev/null 2>>/run/said || code=$?
    test "${code:-0}" -eq "$wanted" || { echo "$* gave ${code:-0}"; exit 1; }
    code=0
}
round() {
    expect 3 dockerctl status
    expect 3 dockerctl is-active
    expect 3 dockerctl is-healthy -o json
    expect 0 dockerctl wait stopped
}
"""
# What no start can leave as it is.
TRACES = (
    "ActiveState",
    "SubState",
    "InvocationID",
    "NRestarts",
    "ExecMainStartTimestampMonotonic",
    "StateChangeTimestampMonotonic",
    "ConditionTimestampMonotonic",
)


def traces(host: Host) -> list[object]:
    """All that a start of the daemon leaves behind, and the state of its socket."""
    return [
        properties(host, SERVICE, *TRACES),
        properties(host, SOCKET, "ActiveState", "SubState", "StateChangeTimestampMonotonic"),
        sh(host, f"journalctl -q -o cat -u {SERVICE} _PID=1 || true"),
        sh(host, "pidof dockerd || true"),
    ]


def was_armed(host: Host) -> list[object]:
    """Leave the daemon stopped after a run, and its socket listening."""
    sh(host, "systemctl start docker.service && systemctl stop docker.service")
    wait_for(host, SOCKET, SubState="listening")
    return traces(host)


def test_three_hundred_looks_do_not_wake_an_armed_daemon(host: Host) -> None:
    before = was_armed(host)
    loop = f"for i in $(seq {ROUNDS}); do round; done"
    shells = [
        host.popen(["sh", "-euc", f"{LOOK}\n{loop}"], stdout=-1, stderr=-1) for _ in range(SHELLS)
    ]
    for shell in shells:
        done = shell.finish(timeout_s=300)
        assert (done.returncode, done.out) == (0, "")
    assert host.read("/run/said") == ""
    assert SHELLS * ROUNDS * 4 >= 300
    assert traces(host) == before

    # Had it been woken, the traces would show it.
    sh(host, "docker version")
    after = traces(host)
    assert [old == new for old, new in zip(before, after, strict=True)] == [False] * 4


OTHERS = [
    (["status", "--wait"], 3),
    (["is-enabled"], 0),
    (["wait", "healthy", "--timeout", "0.5"], 151),
    (["start", "--dry-run"], 0),
    (["restart", "--dry-run"], 0),
    (["stop", "--dry-run"], 0),
    (["stop", "--keep-socket"], 0),
    (["try-restart"], 0),
    (["reload"], 7),
    (["enable"], 0),
]


def test_no_verb_but_start_and_restart_wakes_it(host: Host, ctl: Dockerctl) -> None:
    before = was_armed(host)
    for words, code in OTHERS:
        assert (words, ctl.json(*words).exit_code) == (words, code)
        assert (words, traces(host)) == (words, before)


def test_a_look_at_another_unit_does_not_wake_it(host: Host, ctl: Dockerctl) -> None:
    """containerd listens elsewhere; nobody may take docker's socket for its own."""
    before = was_armed(host)
    looked = ctl.json("status", "--unit", "containerd")
    assert looked.document["service"]["active_state"] == "active"
    assert looked.document["probe"]["address"] is None
    assert "cannot be told from its unit" in looked.document["reason"]
    assert looked.exit_code == 153
    assert traces(host) == before


def test_a_client_elsewhere_in_the_environment_does_not_wake_it(host: Host, ctl: Dockerctl) -> None:
    before = was_armed(host)
    for address in ("unix:///run/docker.sock", "tcp://127.0.0.1:2375"):
        looked = ctl.json("status", env={"DOCKER_HOST": address})
        assert looked.document["verdict"] == "armed"
    assert traces(host) == before


def test_status_of_a_starting_daemon_does_not_touch_its_socket(host: Host, ctl: Dockerctl) -> None:
    states.starting(host)
    assert ctl.json("status").document["verdict"] == "starting"
    assert [step["name"] for step in ctl.json("is-healthy").document["probe"]["steps"]] == ["unit"]
    # Nobody waits in the backlog of the listening socket.
    assert sh(host, "ss -xH state established src /run/docker.sock || true") == ""
