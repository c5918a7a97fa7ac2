"""What apply is given: the same in TOML and JSON, and read strictly."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.change.declaration import Declaration, Managed, Overrides, parse_declaration
from dockerctl.errors import DeclarationInvalid

WHOLE = """
version = 1
managed = "exact"

[service]
enabled = true
state = "started"

[config]
debug = true
log-opts = { max-size = "10m" }

[override.set]
"Service.LimitNOFILE" = 1048576
"Service.MemoryAccounting" = true
"Unit.After" = ["a.service", "b.service"]

[override.env]
A = "1"
B = 2

[override]
hosts = ["fd://"]
flags = ["--debug"]
requires-mount = []

[override.proxy]
https = "http://proxy:3128"

[override.limits]
memory = "4G"
oom-score = -500

[override.restart-policy]
policy = "always"

[override.socket]
group = "docker"
listen = ["/run/docker.sock"]
"""
DECLARED = Declaration(
    Managed.EXACT,
    enabled=True,
    started=True,
    config={"debug": True, "log-opts": {"max-size": "10m"}},
    override=Overrides(
        settings=(
            "Service.LimitNOFILE=1048576",
            "Service.MemoryAccounting=yes",
            "Unit.After=a.service",
            "Unit.After=b.service",
        ),
        env={"A": "1", "B": "2"},
        proxy={"https": "http://proxy:3128"},
        hosts=("fd://",),
        flags=("--debug",),
        limits={"memory": "4G", "oom-score": "-500"},
        restart_policy={"policy": "always"},
        socket={"group": "docker", "listen": ["/run/docker.sock"]},
        requires_mount=(),
    ),
)
AS_JSON = {
    "version": 1,
    "managed": "exact",
    "service": {"enabled": True, "state": "started"},
    "config": {"debug": True, "log-opts": {"max-size": "10m"}},
    "override": {
        "set": {
            "Service.LimitNOFILE": 1048576,
            "Service.MemoryAccounting": True,
            "Unit.After": ["a.service", "b.service"],
        },
        "env": {"A": "1", "B": 2},
        "hosts": ["fd://"],
        "flags": ["--debug"],
        "requires-mount": [],
        "proxy": {"https": "http://proxy:3128"},
        "limits": {"memory": "4G", "oom-score": -500},
        "restart-policy": {"policy": "always"},
        "socket": {"group": "docker", "listen": ["/run/docker.sock"]},
    },
}


def declared(text: str | dict[str, object]) -> Declaration:
    data = text if isinstance(text, str) else json.dumps(text)
    return parse_declaration(data.encode(), "host.toml")


def test_all_of_it_in_both_forms() -> None:
    assert declared(WHOLE) == DECLARED
    assert declared(AS_JSON) == DECLARED
    assert declared(f"\n  {json.dumps(AS_JSON, indent=2)}") == DECLARED


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "version = 1\n", '{"override": {}}'])
def test_nothing_declared_leaves_all_as_it_is(text: str) -> None:
    assert declared(text) == Declaration()


@pytest.mark.parametrize(("state", "started"), [("started", True), ("stopped", False)])
def test_the_state_of_the_service(state: str, started: bool) -> None:
    found = declared({"service": {"state": state, "enabled": False}})
    assert (found.started, found.enabled, found.config) == (started, False, None)


def test_an_empty_config_is_declared() -> None:
    assert declared({"managed": "exact", "config": {}}).config == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("verson = 1", "verson is not known; there are version, managed,"),
        ("version = 2", "version is 2; this dockerctl reads version 1"),
        ("version = true", "version is True"),
        ('version = "1"', "version is '1'"),
        ('managed = "all"', 'managed is "merge" or "exact"'),
        ("managed = 1", 'managed is "merge" or "exact"'),
        ("service = 1", "service is no table"),
        ('[service]\nenabled = "yes"', "service.enabled is true or false"),
        ('[service]\nstate = "up"', 'service.state is "started" or "stopped"'),
        ('[service]\nstart = true', "service.start is not known"),
        ("config = []", "config is no table of daemon.json's keys"),
        ("[config]\nlabels = 1979-05-27", "config.labels holds a date"),
        ("[config]\nx = [{ y = 07:32:00 }]", "config.x holds a time"),
        ("[config]\nmtu = nan", "config.mtu holds nan"),
        ('{"config": {"mtu": Infinity}}', "config.mtu holds inf"),
        ('override = "x"', "override is no table"),
        ("[override]\nproxies = {}", "override.proxies is not known"),
        ("[override]\nhosts = 'fd://'", "override.hosts is no list of strings"),
        ("[override]\nflags = [1]", "override.flags is no list of strings"),
        ("[override]\nset = []", "override.set is no table"),
        ("[override.set]\n'Service.Nice' = 1.5", "override.set.Service.Nice is no string"),
        ("[override.set]\n'Service.Nice' = [[1]]", "override.set.Service.Nice is no string"),
        ("[override.env]\nA = true", "override.env.A is no string"),
        ("[override.proxy]\nftp = 'x'", "override.proxy.ftp is not known"),
        ("[override.limits]\noom_score = 1", "override.limits.oom_score is not known"),
        ("[override.restart-policy]\npolicy = []", "override.restart-policy.policy is no string"),
        ("[override.socket]\nport = 1", "override.socket.port is not known"),
        ("[override.socket]\nmode = 432", "override.socket.mode is no string"),
        ("[override.socket]\nlisten = 'x'", "override.socket.listen is no list of strings"),
        ("x = ", "host.toml cannot be read: Invalid value (at end of document)"),
        ('{"a": 1, "a": 2}', "the key 'a' stands twice"),
        ('{"config": {"debug": true, "debug": false}}', "the key 'debug' stands twice"),
        ("{", "host.toml cannot be read: "),
        ('{"config": ' + "[" * 100_000, "host.toml cannot be read: "),
        ("x = " + "[" * 100_000, "host.toml cannot be read: "),
        ("[]", "host.toml"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, says: str) -> None:
    with pytest.raises(DeclarationInvalid) as caught:
        declared(text)
    assert caught.value.message.startswith("host.toml")
    assert says in caught.value.message


def test_what_is_no_text() -> None:
    with pytest.raises(DeclarationInvalid, match="no UTF-8"):
        parse_declaration(b"\xff", "x")


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_bytes(data: bytes) -> None:
    for each in (data, b"{" + data, b"[override]\n" + data, b"[config]\n" + data):
        try:
            assert isinstance(parse_declaration(each, "x"), Declaration)
        except DeclarationInvalid:
            continue
