"""Every key that a reload applies: set, changed and removed, seen in the running daemon.

What the daemon has is asked of docker itself: its reload events, and ``docker info``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.lab.host import Host
from tests.lab.images import Image
from tests.system.command import Dockerctl
from tests.system.units import show

pytestmark = pytest.mark.core

FILE = "/etc/docker/daemon.json"
OTHER = {"other": {"path": "/usr/sbin/runc"}}


@dataclass(frozen=True)
class Case:
    """A key with two values, what the daemon's event has for each, and after it is removed."""

    key: str
    values: tuple[Any, Any]
    seen: tuple[str, str]
    removed: str
    # The attribute of the event, where it has another name.
    attribute: str = ""
    suites: tuple[str, ...] = ("bookworm", "trixie", "forky")
    # Other keys that must be there, too.
    needs: str = ""

    @property
    def name(self) -> str:
        return self.attribute or self.key


def plain(key: str, first: Any, second: Any, removed: Any, **more: Any) -> Case:
    """A case whose values the event shows as JSON does."""
    shown = tuple(json.dumps(v, separators=(",", ":")).strip('"') for v in (first, second, removed))
    return Case(key, (first, second), (shown[0], shown[1]), shown[2], **more)


CASES = (
    plain("debug", True, False, False),
    plain("labels", ["a=b"], ["a=c", "d=e"], []),
    plain("live-restore", True, False, False),
    plain("registry-mirrors", ["https://a.example/"], ["https://b.example/"], []),
    plain("insecure-registries", ["a.example"], ["b.example:5000", "10.9.0.0/16"], []),
    plain("max-concurrent-downloads", 4, 6, 3),
    plain("max-concurrent-uploads", 2, 7, 5),
    plain("max-download-attempts", 2, 9, 5),
    plain("shutdown-timeout", 20, 30, 15),
    plain("default-ipc-mode", "shareable", "private", "private"),
    Case("default-shm-size", ("128M", "1g"), ("134217728", "1073741824"), "67108864"),
    Case("default-runtime", ("other", "runc"), ("other", "runc"), "runc", needs="runtimes"),
    Case(
        "features",
        ({"buildkit": True}, {"buildkit": False, "x": True}),
        ("map[buildkit:true]", "map[buildkit:false x:true]"),
        "map[]",
    ),
    plain(
        "allow-nondistributable-artifacts",
        ["a.example"],
        ["b.example"],
        [],
        suites=("bookworm", "trixie"),
    ),
)


@pytest.fixture(scope="module")
def running(image: Image) -> Iterator[Host]:
    """A host whose daemon runs through all cases, never restarted."""
    with Host.boot(image, docker="running") as host:
        yield host


def now(host: Host) -> str:
    return host.run(["date", "+%s.%N"], check=True).out.strip()


def last_event(host: Host, since: str) -> dict[str, str]:
    done = host.run(
        [
            "docker", "events", "--since", since, "--until", now(host),
            "--filter", "type=daemon", "--filter", "event=reload",
            "--format", "{{json .Actor.Attributes}}",
        ],
        check=True,
    )  # fmt: skip
    found: dict[str, str] = json.loads(done.out.splitlines()[-1])
    return found


def in_order(case: Case, seen: str) -> str:
    """The daemon tells labels in any order."""
    if case.key != "labels":
        return seen
    return json.dumps(sorted(json.loads(seen)), separators=(",", ":"))


def change(host: Host, *words: str) -> None:
    answer = Dockerctl(host).json("config", *words)
    assert (answer.exit_code, answer.document["changed"]) == (0, True), answer.document
    assert answer.document["transaction"]["effect"] == "reload"
    assert answer.document["transaction"]["state"] == "committed"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_a_key_is_set_changed_and_removed_by_reloads(running: Host, suite: str, case: Case) -> None:
    if suite not in case.suites:
        words = ("config", "set", f"{case.key}={json.dumps(case.values[0])}", "--dry-run")
        transaction = Dockerctl(running).json(*words).document["transaction"]
        assert transaction is None or transaction["effect"] != "reload"
        return
    pid = show(running, "MainPID")
    since = now(running)
    if case.needs == "runtimes":
        change(running, "set", f"runtimes={json.dumps(OTHER)}")
    for value, seen in zip(case.values, case.seen, strict=True):
        change(running, "set", f"{case.key}={json.dumps(value)}")
        assert json.loads(running.read(FILE))[case.key] == value
        assert in_order(case, last_event(running, since)[case.name]) == seen
    change(running, "unset", case.key)
    assert case.key not in json.loads(running.read(FILE))
    assert last_event(running, since)[case.name] == case.removed
    if case.needs == "runtimes":
        change(running, "unset", "runtimes")
    assert show(running, "MainPID") == pid


def test_runtimes_are_seen_by_docker_info(running: Host) -> None:
    pid = show(running, "MainPID")
    change(running, "set", f"runtimes={json.dumps(OTHER)}")
    assert "other" in runtimes(running)
    change(running, "set", f"runtimes={json.dumps({**OTHER, 'more': OTHER['other']})}")
    assert {"other", "more"} <= set(runtimes(running))
    change(running, "unset", "runtimes")
    assert not {"other", "more"} & set(runtimes(running))
    assert show(running, "MainPID") == pid


def runtimes(host: Host) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        host.run(["docker", "info", "-f", "{{json .Runtimes}}"], check=True).out
    )
    return found


def test_the_mode_of_cgroup_namespaces(running: Host) -> None:
    pid = show(running, "MainPID")
    since = now(running)
    change(running, "set", "debug=true")
    before = last_event(running, since)["default-cgroupns-mode"]
    other = "host" if before == "private" else "private"
    change(running, "set", f"default-cgroupns-mode={other}")
    assert last_event(running, since)["default-cgroupns-mode"] == other
    change(running, "unset", "default-cgroupns-mode")
    assert last_event(running, since)["default-cgroupns-mode"] == before
    change(running, "unset", "debug")
    assert show(running, "MainPID") == pid


def test_the_port_of_the_network_diagnostics(running: Host) -> None:
    pid = show(running, "MainPID")
    change(running, "set", "network-diagnostic-port=12001")
    assert ":12001 " in running.run(["ss", "-tln"], check=True).out
    # The daemon does not move an open port.
    moved = Dockerctl(running).json("config", "set", "network-diagnostic-port=12002", "--dry-run")
    assert moved.document["transaction"]["effect"] == "restart"
    change(running, "unset", "network-diagnostic-port")
    assert ":12001 " not in running.run(["ss", "-tln"], check=True).out
    assert show(running, "MainPID") == pid


def test_authorization_plugins_are_never_left_to_a_reload(running: Host) -> None:
    answer = Dockerctl(running).json(
        "config", "set", 'authorization-plugins=["none-of-this-name"]', "--dry-run"
    )
    if answer.exit_code == 0:
        assert answer.document["transaction"]["effect"] == "restart"
    else:
        assert answer.exit_code == 6


def test_mixed_with_a_key_of_the_start_it_is_a_restart(running: Host) -> None:
    answer = Dockerctl(running).json("config", "set", "debug=true", "mtu=1400", "--dry-run")
    assert (answer.exit_code, answer.document["changed"]) == (0, False)
    assert answer.document["transaction"]["effect"] == "restart"
