"""Bad candidates of every kind: refused before anything is written, or undone and proven.

One host has to survive all of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from tests.lab.host import Host
from tests.lab.images import Image
from tests.system.command import Answer, Dockerctl
from tests.system.states import sh
from tests.system.transactions import QUICK, config, history, look, require_well

GOOD = '{\n  "labels": ["site=one"],\n  "log-opts": {"max-size": "10m"}\n}\n'
CANDIDATE = "/root/candidate"
REFUSED = (2, 6)
UNDONE = 150


@dataclass(frozen=True)
class Bad:
    """A change that must not stay: a whole daemon.json, or the words of a command.

    ``says`` is what the answer has to name: in its message, its hint, or as a finding's key.
    ``on`` has the exit codes of suites whose engine or systemd differs from the others.
    ``given`` and ``after`` are shell scripts for the host.
    """

    name: str
    candidate: object
    says: tuple[str, ...] | str
    exit_code: int = 6
    on: Mapping[str, int] = field(default_factory=dict)
    given: str = ""
    after: str = ""


def setting(text: str) -> tuple[str, ...]:
    """Whoever sets a key wants an effect: what a file may have with a warning is refused here."""
    return ("config", "set", text)


# What 'dockerd --validate' lets pass, and what fails at the start or is wrong in silence.
LATE = [
    Bad("unknown log option", {"log-opts": {"max-sise": "10m"}}, "max-sise"),
    Bad("no such storage driver", {"storage-driver": "overlayfs9"}, "storage-driver"),
    Bad("bad storage option", {"storage-opts": ["overlay2.nonsense=1"]}, "storage-opts"),
    Bad("missing default runtime", {"default-runtime": "gpu"}, "default-runtime"),
    Bad("reserved runtime", {"runtimes": {"runc": {"path": "/usr/sbin/runc"}}}, "runtimes.runc"),
    Bad("runtime without a path", setting('runtimes={"gpu": {}}'), "runtimes.gpu"),
    Bad("missing runtime", setting('runtimes={"gpu": {"path": "/opt/gpu"}}'), "/opt/gpu"),
    Bad("bip is no address", {"bip": "172.30.0.300/24"}, "bip"),
    Bad("bip is a network", {"bip": "172.30.0.0/24"}, "bip"),
    Bad(
        "pool larger than its base",
        {"default-address-pools": [{"base": "10.99.0.0/16", "size": 8}]},
        "default-address-pools",
    ),
    Bad(
        "pool of no network",
        {"default-address-pools": [{"base": "10.99.0/16", "size": 24}]},
        "default-address-pools",
    ),
    Bad("insecure registry", {"insecure-registries": ["reg example"]}, "insecure-registries"),
    Bad("mirror without scheme", {"registry-mirrors": ["mirror.example:5000"]}, "registry-mirrors"),
    Bad("mirror with a query", {"registry-mirrors": ["https://m.example/?a"]}, "registry-mirrors"),
    Bad("no seccomp file", {"seccomp-profile": "/etc/docker/none.json"}, "seccomp-profile"),
    Bad("hosts is a flag", {"hosts": ["unix:///run/docker.sock"]}, ("hosts", "--resolve")),
    Bad("containerd is a flag", {"containerd": "/run/containerd/containerd.sock"}, "containerd"),
    Bad(
        "flag in DOCKER_OPTS",
        {"mtu": 1400},
        ("mtu", "--resolve"),
        given="cp -p /etc/default/docker /root; echo DOCKER_OPTS=--mtu=1450 >/etc/default/docker",
        after="cp -p /root/docker /etc/default/docker",
    ),
    Bad("junk as metrics address", {"metrics-addr": "nonsense"}, "metrics-addr"),
    Bad("API version out of range", {"min-api-version": "9.9"}, "min-api-version"),
    Bad("data-root is a file", {"data-root": "/etc/hostname"}, ("data-root", "/etc/hostname")),
    Bad("data-root is relative", setting("data-root=docker-data"), "data-root"),
    Bad("no such cgroup driver", {"exec-opts": ["native.cgroupdriver=bogus"]}, "exec-opts"),
    Bad("no such bridge", {"bridge": "br-none"}, ("bridge", "br-none")),
    Bad("bridge and bip", {"bridge": "lo", "bip": "172.30.0.1/24"}, "bip"),
    Bad("icc without iptables", {"icc": False, "iptables": False}, "icc"),
    Bad("no such log driver", setting("log-driver=jsonfile"), ("log-driver", "json-file")),
    Bad("proxy without a host", setting("proxies.http-proxy=://"), "proxies"),
    Bad("address of the API", {"hosts": ["foo://x"]}, "hosts"),
]

# Commands that would break the daemon, most of them as soon as systemd has read them.
COMMANDS = [
    Bad(
        "second command",
        (
            "override",
            "set",
            "Service.ExecStart=/usr/sbin/dockerd",
            "Service.ExecStart=/usr/sbin/dockerd -D",
        ),
        "ExecStart",
        2,
    ),
    Bad("bound to no unit", ("override", "set", "Unit.BindsTo=none.service"), "none.service"),
    Bad("requires no unit", ("override", "set", "Unit.Requires=none.service"), "none.service"),
    Bad("requires no mount", ("override", "set", "Unit.Requires=srv-none.mount"), "srv-none.mount"),
    Bad("no manual stop", ("override", "set", "Unit.RefuseManualStop=yes"), "RefuseManualStop"),
    Bad("stops itself", ("override", "set", "Unit.StopWhenUnneeded=yes"), "StopWhenUnneeded"),
    Bad("type that never starts", ("override", "set", "Service.Type=forking"), "Type"),
    Bad("no such program", ("override", "set", "Service.ExecStart=/usr/sbin/dockrd"), "dockrd"),
    Bad("unknown flag", ("override", "flags", "--add=--no-such"), "--no-such"),
    Bad("flag that is a key", ("override", "flags", "--add=--label=site=two"), "labels"),
    Bad("no such group", ("override", "socket", "--group", "nobodies"), "nobodies"),
]

# All checks pass, and the host says no.
AT_START = [
    Bad("no authorization plugin", setting('authorization-plugins=["nobody"]'), "nobody", UNDONE),
    Bad(
        "port taken",
        setting("metrics-addr=127.0.0.1:9323"),
        "9323",
        UNDONE,
        given="systemd-run -q --unit=taken -p Type=notify -p NotifyAccess=all /usr/bin/python3 -c '"
        'import socket, subprocess, time; s = socket.create_server(("127.0.0.1", 9323)); '
        'subprocess.run(["systemd-notify", "--ready"]); time.sleep(600)\'',
        after="systemctl stop taken",
    ),
    Bad(
        "no room in data-root",
        setting("data-root=/mnt/full"),
        "no space left",
        UNDONE,
        given="mkdir -p /mnt/full; mount -t tmpfs -o size=16k none /mnt/full; "
        "dd if=/dev/zero of=/mnt/full/fill 2>/dev/null || :",
        after="umount /mnt/full",
    ),
    Bad(
        "data-root is read-only",
        setting("data-root=/mnt/fixed"),
        "read-only",
        UNDONE,
        given="mkdir -p /mnt/fixed; mount -t tmpfs -o ro none /mnt/fixed",
        after="umount /mnt/fixed",
    ),
    Bad(
        "check before the start fails",
        ("override", "set", "Service.ExecStartPre=/bin/false"),
        "was not run",
        UNDONE,
    ),
    Bad(
        "helper that hangs",
        ("override", "set", "Service.ExecStartPre=/bin/sleep 60", "Service.TimeoutStartSec=1"),
        "timed out",
        UNDONE,
    ),
    Bad("no rights", ("override", "set", "Service.User=daemon"), "", UNDONE),
    Bad("ends at once", ("override", "set", "Service.ExecStart=/bin/true"), "", UNDONE),
    Bad("environment", ("override", "env", "DOCKER_TMPDIR=/proc/none"), "/proc/none", UNDONE),
]

# Spellings that dockerd accepts and ignores (moby, findConfigurationConflicts).
IGNORED = [
    Bad("label", setting('label=["site=two"]'), "labels"),
    Bad("host", setting("host=tcp://127.0.0.1:2375"), "hosts"),
    Bad("registry-mirror", setting('registry-mirror=["https://m.example"]'), "registry-mirrors"),
    Bad("insecure-registry", setting('insecure-registry=["r.example"]'), "insecure-registries"),
    Bad("dns-opt", setting('dns-opt=["ndots:1"]'), "dns-opts"),
    Bad("exec-opt", setting('exec-opt=["native.cgroupdriver=systemd"]'), "exec-opts"),
    Bad("log-opt", setting("log-opt.max-size=1m"), "log-opts"),
    Bad("default-ulimit", setting('default-ulimit=["nofile=1:1"]'), "default-ulimits"),
    Bad("add-runtime", setting('add-runtime=["gpu=/opt/gpu"]'), "runtimes"),
    Bad("version", setting("version=true"), "version"),
    Bad("proxy at the top", setting("http-proxy=http://p.example:3128"), "proxies"),
    Bad("object of no meaning", setting("settings.debug=true"), "settings"),
    Bad("camel case", {"proxies": {"httpProxy": "http://p.example:3128"}}, "prox"),
]

TYPES = [
    Bad("text for a switch", {"debug": "true"}, "debug"),
    Bad("number for a switch", {"live-restore": 1}, "live-restore"),
    Bad("text for a number", {"max-concurrent-downloads": "3"}, "max-concurrent-downloads"),
    Bad("fraction for a number", {"shutdown-timeout": 15.5}, "shutdown-timeout"),
    Bad("text for a list", {"labels": "site=two"}, "labels"),
    Bad("number among texts", {"labels": ["a=b", 7]}, "labels"),
    Bad("number as a log option", {"log-opts": {"max-file": 3}}, "max-file"),
    Bad("list for an object", {"runtimes": ["gpu"]}, "runtimes"),
    Bad("list of ulimits", {"default-ulimits": [{"Name": "core"}]}, "default-ulimits"),
    Bad("no size", {"default-shm-size": "64 megs"}, "default-shm-size"),
    Bad("name as a DNS server", {"dns": ["resolver.example"]}, "dns"),
    Bad("label with two values", {"labels": ["a=b", "a=c"]}, "labels"),
    Bad("no such level", {"log-level": "verbose"}, "log-level"),
    Bad(
        "soft above hard",
        setting('default-ulimits.core={"Name":"core","Soft":9,"Hard":1}'),
        "default-ulimits",
    ),
    Bad("value of another type", setting("debug=maybe"), "debug"),
    Bad("key inside a switch", setting("log-level.deep=1"), "log-level"),
    Bad("item of what is no list", ("config", "add", "log-level", "info"), "log-level"),
]

# Files that do not parse, with the place.
TEXTS = [
    Bad("misspelt key", '{"debgu": true}', ("debgu", "debug")),
    Bad("comma at the end", '{\n  "debug": true,\n}\n', "line 2, column 16"),
    Bad("comment", '{\n  // why\n  "debug": true\n}\n', "line 2, column 3"),
    Bad("list", "[]\n", ("brace", "line 1, column 1")),
    Bad("byte order mark", '\ufeff{"debug": true}', "byte order mark"),
    Bad("UTF-16", '{"debug": true}'.encode("utf-16-le"), "UTF-16"),
    Bad("single quotes", "{'debug': true}", "line 1, column 2"),
    Bad("cut off", '{"debug": true', "line 1, column 15"),
    Bad("word of Python", '{"debug": True}', ("True", "true")),
    Bad("template", '{"debug": {{ debug }}}', ("template", "line 1, column 11")),
    Bad("too deep", "[" * 3000, "line 1"),
]

SPELLED = [
    Bad("unknown directive", ("override", "set", "Service.LimitNOFILES=9"), "LimitNOFILE", 2),
    Bad("other section", ("override", "set", "Service.After=x.service"), "Unit.After", 2),
    Bad("unknown section", ("override", "set", "Servce.LimitNOFILE=9"), "Service.LimitNOFILE", 2),
    Bad("no number", ("override", "set", "Service.LimitNOFILE=many"), "many"),
    Bad("restart policy", ("override", "restart-policy", "--policy", "forever"), "forever", 2),
    Bad("no command", ("override", "set", "Service.ExecStart="), "ExecStart", 2),
    Bad("name of a variable", ("override", "env", "1BAD=x"), "1BAD", 2),
    Bad("unknown address", ("override", "hosts", "foo://x"), "foo://x", 2),
    Bad("mode", ("override", "socket", "--mode", "0999"), "0999", 2),
    Bad(
        "readable password",
        ("override", "env", "HTTPS_PROXY=http://u:pw@p.example:1"),
        "HTTPS_PROXY",
        2,
    ),
    Bad("misspelt key", setting("debgu=true"), ("debgu", "debug")),
]


@pytest.fixture(scope="module")
def steady(image: Image) -> Iterator[Host]:
    """A host with a running daemon that has something to lose."""
    with Host.boot(image, docker="running") as host:
        config(host, GOOD)
        yield host


@pytest.mark.core
@pytest.mark.parametrize("bad", AT_START, ids=lambda bad: bad.name)
def test_refused_by_the_engine_alone(steady: Host, bad: Bad) -> None:
    """Nobody but the daemon itself can tell: each release tells it in its own way."""
    attempt(steady, bad)


@pytest.mark.parametrize("bad", [*LATE, *COMMANDS], ids=lambda bad: bad.name)
def test_engine_and_systemd(steady: Host, bad: Bad) -> None:
    attempt(steady, bad)


@pytest.mark.parametrize("bad", [*IGNORED, *TYPES, *TEXTS, *SPELLED], ids=lambda bad: bad.name)
def test_spelling_and_types(steady: Host, bad: Bad) -> None:
    attempt(steady, bad)


def attempt(host: Host, bad: Bad) -> None:
    """Try a bad change: the answer says what is wrong, and the host is as before."""
    if bad.given:
        sh(host, bad.given)
    try:
        before = look(host)
        answer = Dockerctl(host).json(*words_of(bad, host), "--allow-data-move", *QUICK)
        found = look(host)
        assert answer.exit_code == bad.on.get(host.suite, bad.exit_code), answer
        named = named_in(answer)
        for word in (bad.says,) if isinstance(bad.says, str) else bad.says:
            assert word in named, named
        require_well(found)
        assert found.standing == before.standing
        if answer.exit_code in REFUSED:
            assert found == before
        else:
            require_told(host, answer, before.records)
    finally:
        if bad.after:
            sh(host, bad.after)


def words_of(bad: Bad, host: Host) -> tuple[str, ...]:
    whole = bad.candidate
    if isinstance(whole, tuple):
        return whole
    host.write(CANDIDATE, whole if isinstance(whole, (str, bytes)) else json.dumps(whole))
    return ("config", "set", "--from", CANDIDATE)


def named_in(answer: Answer) -> str:
    """All that an answer says of what is wrong."""
    error = answer.document["error"]
    findings = error["details"].get("findings", [])
    return "\n".join([error["message"], error["hint"], *(row.get("key", "") for row in findings)])


def require_told(host: Host, answer: Answer, records: tuple[str, ...]) -> None:
    """The history has the change that was undone, and why; nothing else is new."""
    error = answer.document["error"]
    newest, *older = history(Dockerctl(host))
    assert [row["id"] for row in reversed(older)] == list(records)
    assert (newest["id"], newest["state"]) == (error["details"]["id"], "rolled-back")
    assert newest["error"] in error["message"]
    assert newest["undo_error"] is None
