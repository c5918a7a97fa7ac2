"""Findings about the API's socket and ports, from made facts; what is at a path, from real ones."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from dockerctl.config.document import Document
from dockerctl.doctor.checks import (
    socket_access,
    socket_file,
    socket_listen,
    socket_unit_listen,
)
from dockerctl.doctor.examining import examine
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import JournalFacts, Run
from dockerctl.doctor.facts.network import Link, NetworkFacts
from dockerctl.doctor.facts.processes import Proc, ProcessesFacts
from dockerctl.doctor.facts.sockets import (
    Port,
    SocketFile,
    SocketsFacts,
    look_at,
    parse_host,
    unix_paths,
)
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding, Severity, When
from dockerctl.doctor.model import Facts
from dockerctl.host.unix_sockets import UnixListener, unix_listeners
from dockerctl.systemd.journal import JournalEntry

CHECKS = (
    *socket_file.CHECKS,
    *socket_listen.CHECKS,
    *socket_access.CHECKS,
    *socket_unit_listen.CHECKS,
)
SEEN_S = 100.0
PATH, VAR = "/run/docker.sock", "/var/run/docker.sock"
GOOD = SocketFile("socket", 0o660, 0, 101, "docker", PATH, listeners=1, served=True, allowed=True)

UP = UnitFacts(
    "docker.service",
    {"ActiveState": "active", "MainPID": 50, "Requires": ["docker.socket"], "Result": "success"},
)
DOWN = UnitFacts("docker.service", {"ActiveState": "inactive", "Requires": ["docker.socket"]})
FAILED = UnitFacts("docker.service", {"ActiveState": "failed", "Result": "exit-code"})
LISTENS = UnitFacts(
    "docker.socket",
    {
        "ActiveState": "active", "Listen": [["Stream", PATH]], "SocketGroup": "docker",
        "SocketMode": 0o660,
    },
)  # fmt: skip


def with_properties(unit: UnitFacts, **values: object) -> UnitFacts:
    return replace(unit, properties={**unit.properties, **values})


SOCKET_FAILED = with_properties(LISTENS, ActiveState="failed", Result="resources")
SOCKET_DOWN = with_properties(LISTENS, ActiveState="inactive")
HEALTHY = SocketsFacts(
    hosts=("fd://",),
    next_hosts=("fd://",),
    by_flag=("fd://",),
    listen=(("Stream", PATH),),
    files={PATH: GOOD, VAR: GOOD},
    groups={"docker": ()},
    main_pid=50,
)
STOPPED = replace(HEALTHY, hosts=None, main_pid=0)


def files(**changes: object) -> dict[str, SocketFile]:
    file = replace(GOOD, **changes)  # type: ignore[arg-type]
    return {PATH: file, VAR: file}


def found(
    sockets: SocketsFacts = HEALTHY,
    service: UnitFacts = UP,
    unit: UnitFacts | None = LISTENS,
    *,
    settings: Mapping[str, object] | None = None,
    network: NetworkFacts | None = None,
    said: str = "",
    runs: tuple[Proc, ...] | None = None,
) -> tuple[Finding, ...]:
    document = Document.parse(None, "/etc/docker/daemon.json")
    configuration = ConfigurationFacts(document=document)
    if settings is not None:
        text = json.dumps(settings).encode()
        configuration = ConfigurationFacts(document=Document.parse(text, "daemon.json"))
    run = Run("0" * 32, (JournalEntry(1, said, 6, "0" * 32, False, "docker.service"),))
    return examine(
        CHECKS,
        Facts.of_parts(
            UnitsFacts(service, unit, seen_s=SEEN_S),
            sockets,
            configuration,
            network or NetworkFacts(),
            *(() if runs is None else (ProcessesFacts(runs),)),
            JournalFacts(runs=(run,), last=run),
        ),
    ).findings


def only(findings: tuple[Finding, ...]) -> Finding:
    assert len(findings) == 1, [(f.code, f.title) for f in findings]
    return findings[0]


HEALTHY_ONES: dict[str, tuple[SocketsFacts, UnitFacts, UnitFacts | None]] = {
    "fd": (HEALTHY, UP, LISTENS),
    "stopped in whole": (replace(STOPPED, files={}), DOWN, SOCKET_DOWN),
    "with TLS": (
        replace(HEALTHY, hosts=("fd://", "tcp://0.0.0.0:2376"), tls=True), UP, LISTENS,
    ),
    "own socket without a unit": (
        replace(HEALTHY, hosts=("unix:///run/docker.sock",), listen=()), UP, None,
    ),
    "own socket, unit stopped": (
        replace(HEALTHY, hosts=("",), next_hosts=("",)), UP, SOCKET_DOWN,
    ),
    "another group by intent": (
        replace(HEALTHY, files=files(group="admins", gid=7), groups={"docker": ("a",)}),
        UP, LISTENS,
    ),
    "root alone, and nobody in the group": (
        replace(HEALTHY, files=files(group="root", gid=0)), UP, LISTENS,
    ),
    "not to be looked at": (replace(HEALTHY, files={}), UP, LISTENS),
    "a port of its own": (
        replace(
            HEALTHY, hosts=("fd://", "tcp://127.0.0.1:2376"), tls=True,
            next_hosts=("fd://", "tcp://127.0.0.1:2376"), next_tls=True,
            ports=(Port("127.0.0.1", 2376, 50, "dockerd"),),
        ),
        UP, LISTENS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY_ONES)
def test_nothing_is_found_on_a_healthy_host(name: str) -> None:
    assert found(*HEALTHY_ONES[name]) == ()


def test_a_folder_in_place_of_the_socket() -> None:
    sockets = replace(STOPPED, files=files(kind="folder"))
    one = only(found(sockets, DOWN, SOCKET_FAILED, said="Failed to create listening socket (x)"))
    assert (one.code, one.severity, one.when) == ("socket-path-blocked", Severity.ERROR, When.NOW)
    assert one.evidence[-1] == "journal: Failed to create listening socket (x)"
    assert only(found(sockets, DOWN, SOCKET_DOWN)).when is When.NEXT_START


def test_a_folder_in_place_of_the_daemons_own_socket() -> None:
    sockets = replace(STOPPED, next_hosts=("",), listen=(), files=files(kind="folder"))
    one = only(found(sockets, FAILED, None))
    assert (one.code, one.when) == ("socket-path-blocked", When.NOW)


def test_no_folder_for_the_daemons_own_socket() -> None:
    path = "/run/nowhere/d.sock"
    sockets = replace(
        STOPPED, next_hosts=(f"unix://{path}",), listen=(), files={path: SocketFile("no-folder")}
    )
    assert only(found(sockets, FAILED, None)).code == "socket-folder-missing"


def test_a_path_too_long() -> None:
    sockets = replace(STOPPED, next_hosts=(f"unix:///run/{'x' * 110}",), listen=())
    assert only(found(sockets, FAILED, None)).code == "socket-path-too-long"


@pytest.mark.parametrize(
    "changes",
    [{"kind": "absent", "served": False}, {"served": False}, {"kind": "file"}, {"kind": "folder"}],
)
def test_a_lost_file(changes: dict[str, object]) -> None:
    one = only(found(replace(HEALTHY, files=files(**changes))))
    assert (one.code, one.severity, one.when) == ("socket-file-lost", Severity.ERROR, When.NOW)
    own = replace(HEALTHY, hosts=("unix:///run/docker.sock",), files=files(**changes), listen=())
    assert only(found(own, UP, None)).code == "socket-file-lost"


def test_a_file_of_an_unknown_device_is_not_called_lost() -> None:
    assert found(replace(HEALTHY, files=files(served=None))) == ()


def test_var_run_that_is_no_link() -> None:
    lost = replace(HEALTHY, var_run="folder", files={PATH: GOOD, VAR: SocketFile("absent")})
    assert only(found(lost)).code == "var-run-is-no-link"
    assert only(found(lost)).severity is Severity.ERROR
    both = replace(lost, files={PATH: GOOD, VAR: GOOD})
    assert only(found(both)).severity is Severity.WARNING
    stopped = replace(lost, hosts=None)
    assert {f.when for f in found(stopped, DOWN, SOCKET_DOWN)} == {When.NEXT_START}


def test_a_socket_that_nobody_takes_over() -> None:
    sockets = replace(HEALTHY, hosts=("tcp://127.0.0.1:2376",), tls=True, files=files(waiting=2))
    one = only(found(sockets))
    assert (one.code, one.severity) == ("socket-not-served", Severity.ERROR)
    assert "2 clients" in one.evidence[-1]
    later = replace(STOPPED, next_hosts=("tcp://127.0.0.1:2376",), next_tls=True, files={})
    assert only(found(later, DOWN, SOCKET_DOWN)).when is When.NEXT_START


@pytest.mark.parametrize("host", ["", "unix:///var/run/docker.sock", "unix://run/docker.sock"])
def test_a_socket_that_is_made_anew(host: str) -> None:
    one = only(found(replace(HEALTHY, hosts=(host,))))
    assert (one.code, one.severity) == ("socket-taken", Severity.WARNING)


def test_nothing_to_take_over() -> None:
    said = "failed to load listeners: no sockets found via socket activation: make sure"
    one = only(found(STOPPED, FAILED, SOCKET_DOWN, said=said))
    assert (one.code, one.severity, one.when) == ("no-socket-activation", Severity.ERROR, When.NOW)
    assert one.evidence[-1] == f"journal: {said}"
    assert only(found(STOPPED, FAILED, None)).code == "no-socket-activation"
    needed = with_properties(FAILED, Wants=["docker.socket"])
    assert found(STOPPED, needed, SOCKET_DOWN) == ()


@pytest.mark.parametrize(
    "host", ["http://127.0.0.1:2375", "tcp://1.2.3.4:99999", "npipe://x", "fd://docker.socket"]
)
def test_a_host_that_is_none(host: str) -> None:
    sockets = replace(STOPPED, by_flag=("fd://", host), next_hosts=("fd://", host))
    one = only(found(sockets, with_properties(FAILED, Requires=["docker.socket"])))
    assert (one.code, one.when) == ("bad-host", When.NOW)


def test_an_address_of_another_host() -> None:
    sockets = replace(
        STOPPED, by_flag=("fd://", "tcp://10.9.9.9:2376"), next_tls=True, files=files()
    )
    links = {"eth0": Link("eth0")}
    service = with_properties(FAILED, Requires=["docker.socket"])
    one = only(found(sockets, service, network=NetworkFacts(links=links)))
    assert (one.code, one.when) == ("address-not-here", When.NOW)
    free = NetworkFacts(links=links, switches={"net.ipv4.ip_nonlocal_bind": 1})
    assert found(sockets, service, network=free) == ()
    assert found(sockets, service) == ()


def test_a_name_that_nobody_knows() -> None:
    host = "tcp://docker.example:2376"
    sockets = replace(STOPPED, by_flag=("fd://", host), next_hosts=("fd://", host), next_tls=True)
    service = with_properties(FAILED, Requires=["docker.socket"])
    one = only(found(sockets, service, said="failed: listen tcp: lookup docker.example: no such"))
    assert (one.code, one.fix) == (
        "listen-name-unknown", "dockerctl override hosts fd:// --start",
    )  # fmt: skip
    assert found(sockets, service) == ()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("127.0.0.1:4555", "port-in-use"),
        ("10.9.9.9:4556", "address-not-here"),
        ("/srv/file/docker.sock", "socket-path-blocked"),
        ("127.0.0.1:4556", ""),
    ],
)
def test_what_systemd_cannot_listen_on(address: str, code: str) -> None:
    sockets = replace(
        STOPPED,
        listen=(("Stream", PATH), ("Stream", address)),
        ports=(Port("127.0.0.1", 4555, 77, "web"),),
        files=files() | {"/srv/file/docker.sock": SocketFile("no-folder")},
    )
    socket = UnitFacts("docker.socket", {"ActiveState": "failed", "Result": "resources"})
    network = NetworkFacts(links={"eth0": Link("eth0")})
    seen = found(sockets, FAILED, socket, network=network)
    fixes = {one.code: one.fix for one in seen if one.severity is Severity.ERROR}
    fixes.pop("no-socket-activation", None)
    assert fixes == ({code: f"dockerctl override socket --listen {PATH} --start"} if code else {})


def test_a_port_of_another_process() -> None:
    sockets = replace(
        STOPPED, next_hosts=("fd://", "tcp://127.0.0.1:2376"), next_tls=True,
        ports=(Port("0.0.0.0", 2376, 77, "nginx"),),
    )  # fmt: skip
    service = with_properties(FAILED, Requires=["docker.socket"])
    one = only(found(sockets, service))
    assert (one.code, one.when) == ("port-in-use", When.NOW)
    assert "nginx (PID 77)" in one.title


@pytest.mark.parametrize(("started_s", "taken"), [(50.0, True), (100.3, False), (None, False)])
def test_the_port_of_a_run_that_began_while_we_looked(started_s: float | None, taken: bool) -> None:
    sockets = replace(
        STOPPED, next_hosts=("fd://", "tcp://127.0.0.1:2376"), next_tls=True,
        ports=(Port("0.0.0.0", 2376, 9, "dockerd"),),
    )  # fmt: skip
    cgroup = "/system.slice/docker.service"
    runs = () if started_s is None else (Proc(9, started_s=started_s, cgroup=cgroup),)
    service = with_properties(FAILED, Requires=["docker.socket"])
    findings = found(sockets, service, runs=runs)
    assert [f.code for f in findings] == (["port-in-use"] if taken else [])


def test_the_port_of_the_metrics() -> None:
    sockets = replace(STOPPED, ports=(Port("127.0.0.1", 9323, 77, "nginx"),))
    service = with_properties(FAILED, Requires=["docker.socket"])
    one = only(found(sockets, service, settings={"metrics-addr": "127.0.0.1:9323"}))
    assert one.code == "metrics-port-taken"


def test_a_socket_that_is_armed() -> None:
    one = only(found(STOPPED, DOWN))
    assert (one.code, one.severity) == ("socket-armed", Severity.INFO)


def test_a_group_that_is_missing() -> None:
    missing = replace(STOPPED, groups={"docker": None}, files={})
    one = only(found(missing, DOWN, SOCKET_FAILED, said="x: Failed to resolve group docker"))
    assert (one.code, one.severity, one.when) == ("socket-group-missing", Severity.ERROR, When.NOW)
    assert one.evidence[-1] == "journal: x: Failed to resolve group docker"
    assert only(found(missing, DOWN, SOCKET_DOWN)).when is When.NEXT_START
    own = replace(HEALTHY, hosts=("unix:///run/docker.sock",), groups={"docker": None}, listen=())
    assert only(found(own, UP, None)).severity is Severity.WARNING


def test_a_group_that_is_refused() -> None:
    members = {"docker": ("alice", "bob", "carol", "dan")}
    of_root = replace(HEALTHY, groups=members, files=files(group="root", gid=0))
    one = only(found(of_root))
    assert (one.code, one.severity) == ("socket-group-refused", Severity.WARNING)
    assert "alice, bob, carol, …" in one.title
    assert one.fix.startswith("chgrp docker")
    by_unit = only(found(of_root, UP, with_properties(LISTENS, SocketGroup="root")))
    assert by_unit.fix == "dockerctl override socket --group docker"
    closed = replace(HEALTHY, groups=members, files=files(mode=0o600))
    assert only(found(closed)).code == "socket-group-refused"


def test_a_socket_for_everyone() -> None:
    one = only(found(replace(HEALTHY, files=files(mode=0o666))))
    assert (one.code, one.severity) == ("socket-world-writable", Severity.WARNING)
    assert one.fix == f"chmod 660 {PATH}"
    by_unit = with_properties(LISTENS, SocketMode=0o666)
    assert (
        "override socket" in only(found(replace(HEALTHY, files=files(mode=0o666)), UP, by_unit)).fix
    )


def test_ports_without_tls() -> None:
    open_one = replace(HEALTHY, hosts=("fd://", "tcp://0.0.0.0:2375"))
    one = only(found(open_one, said="API is accessible on http://0.0.0.0:2375 without encryption"))
    assert (one.code, one.severity, one.when) == ("open-to-all", Severity.WARNING, When.NOW)
    assert len(one.evidence) == 2
    local = replace(HEALTHY, hosts=("fd://", "tcp://localhost:2375"))
    assert only(found(local)).code == "open-to-local-users"
    assert only(found(local)).severity is Severity.INFO
    # daemon.json's has a check of its own.
    assert found(open_one, settings={"hosts": ["fd://", "tcp://0.0.0.0:2375"]}) == ()
    by_unit = replace(HEALTHY, listen=(("Stream", PATH), ("Stream", "[::]:2375")))
    assert only(found(by_unit)).evidence == ("docker.socket: ListenStream=[::]:2375",)


# --- what is at a path -------------------------------------------------------------------------


def test_hosts_are_read_as_dockerd_reads_them() -> None:
    assert unix_paths(["", "fd://", "unix://", "unix://x", "tcp://h:1"]) == (VAR, VAR, "/x")
    assert parse_host("http://h:1") is None
    assert str(parse_host("1.2.3.4:5")) == "tcp://1.2.3.4:5"


def test_a_real_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "d.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(5)
        bound = unix_listeners()
        seen = look_at(path, bound)
        assert (seen.kind, seen.listeners, seen.waiting) == ("socket", 1, 0)
        assert seen.served is not False
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            assert look_at(path, unix_listeners()).waiting == 1
        link = tmp_path / "folder"
        link.symlink_to(tmp_path)
        assert look_at(f"{link}/d.sock", bound).listeners == 1
        Path(path).unlink()
        gone = look_at(path, bound)
        assert (gone.kind, gone.listeners, gone.served) == ("absent", 1, False)
    assert look_at(str(tmp_path / "no/d.sock"), bound).kind == "no-folder"
    assert look_at(str(tmp_path), ()).kind == "folder"


def test_a_file_in_place_of_another(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.touch()
    status = file.lstat()
    mine = UnixListener(str(file), 1, 0, status.st_ino & 0xFFFFFFFF, status.st_dev)
    assert look_at(str(file), (mine,)).served is True
    assert look_at(str(file), (replace(mine, file_inode=1),)).served is False
    assert look_at(str(file), (replace(mine, file_device=1),)).served is None
