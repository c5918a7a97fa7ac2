"""Names, types, releases and flags: what dockerd refuses, and what it passes over in silence.

The expectations are what dockerd's own ``--validate`` says of each (26.1.5 and 28.5.2), and for
20.10 what its source says.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.config.document import Document, Place
from dockerctl.config.facts import Facts
from dockerctl.config.finding import Finding, Severity
from dockerctl.config.flags import Flags, parse_flags
from dockerctl.config.keys import key_table
from dockerctl.config.release import Release
from dockerctl.config.shape import check_shape, flag_conflicts
from dockerctl.errors import ConfigurationError

OLD, V23, V24, V25, V26, V27, V28, V29 = (
    Release(20, 10, 24), Release(23, 0, 18), Release(24, 0, 9), Release(25, 0, 17),
    Release(26, 1, 5), Release(27, 5, 1), Release(28, 5, 2), Release(29, 7, 2),
)  # fmt: skip


@dataclass(frozen=True)
class Host:
    """No more than the check asks for."""

    release: Release | None = V28
    strict: bool = False
    cgroup_v2: bool = True
    arguments: tuple[str, ...] = field(default=())

    @property
    def flags(self) -> Flags:
        return parse_flags(["dockerd", *self.arguments], key_table())


def check(text: str | bytes, host: Host | None = None) -> list[Finding]:
    data = text if isinstance(text, bytes) else text.encode()
    return check_shape(Document.parse(data, "daemon.json"), host or Host())


def errors(text: str, release: Release | None = V28) -> list[str]:
    return [f.code for f in check(text, Host(release)) if f.severity is Severity.ERROR]


def warnings(text: str, release: Release | None = V28) -> list[str]:
    return [f.code for f in check(text, Host(release)) if f.severity is Severity.WARNING]


GOOD = [
    "{}",
    '{"debug": true}',
    '{"debug": null, "labels": null, "log-opts": null, "runtimes": null, "builder": null}',
    '{"hosts": ["unix:///var/run/docker.sock", "tcp://127.0.0.1:2375"]}',
    '{"log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "5"}}',
    '{"log-opts": {"anything": null}}',
    '{"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 64000, "Soft": 64000}}}',
    '{"default-ulimits": {"nofile": {"name": "nofile", "HARD": -1}, "nproc": null}}',
    '{"runtimes": {"x": {"path": "/bin/x", "runtimeArgs": ["--debug"]}}}',
    '{"runtimes": {"x": {"Path": "/bin/x", "RUNTIMEARGS": []}}}',
    '{"runtimes": {}}',
    '{"features": {"buildkit": true, "no-such": false}}',
    '{"default-address-pools": [{"base": "10.200.0.0/16", "size": 24}]}',
    '{"default-address-pools": [{"Base": "10.200.0.1/16", "SIZE": 24}, null]}',
    '{"builder": {"gc": {"enabled": true, "defaultKeepStorage": "20GB", "policy": ['
    '{"keepStorage": "10GB", "filter": ["unused-for=48h"]}, {"all": true}]}}}',
    '{"builder": {"GC": {"Enabled": true, "Policy": null}}}',
    '{"builder": {"gc": {"policy": [{"filter": {"unused-for": {"48h": true}}}]}}}',
    '{"builder": {"entitlements": {"network-host": true, "security-insecure": false}}}',
    '{"mtu": 1400, "shutdown-timeout": 60, "cpu-rt-period": -1}',
    '{"ip": "127.0.0.1", "default-gateway": "10.0.0.1", "default-gateway-v6": "fd00::1"}',
    '{"dns": ["1.1.1.1", "fd00::53"], "dns-opts": ["ndots:1"], "dns-search": ["example.com"]}',
    '{"default-shm-size": "64M"}',
    '{"tls": true, "tlsverify": true, "tlscacert": "/a", "tlscert": "/b", "tlskey": "/c"}',
    '{"labels": ["a=b", "a=b", "c"]}',
    '{"userland-proxy": false, "iptables": false, "ip6tables": false}',
]


@pytest.mark.parametrize("text", GOOD)
@pytest.mark.parametrize("release", [OLD, V26, V28, V29, None])
def test_nothing_to_find(text: str, release: Release | None) -> None:
    assert check(text, Host(release)) == []


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ('{"proxies": {"http-proxy": "http://p:3128", "no-proxy": "localhost"}}', V23),
        ('{"proxies": {}}', V23),
        ('{"default-network-opts": {"bridge": {"com.docker.network.driver.mtu": "1400"}}}', V24),
        ('{"cdi-spec-dirs": ["/etc/cdi"], "log-format": "json"}', V25),
        ('{"builder": {"history": {"maxAge": 3600, "maxEntries": 10}}}', V24),
        ('{"builder": {"history": {"maxAge": "48h30m", "maxEntries": 10}}}', V25),
        ('{"builder": {"history": {"maxAge": "3600"}}}', V28),
        ('{"builder": {"gc": {"defaultReservedSpace": "1GB", "defaultMaxUsedSpace": "2GB"}}}', V28),
        (
            '{"runtimes": {"x": {"runtimeType": "io.containerd.runsc.v1", "options": {"A": 1}}}}',
            V24,
        ),
        ('{"host-gateway-ips": ["1.2.3.4", "fe80::1%eth0"], "bip6": "fd00::1/64"}', V28),
        ('{"host-gateway-ip": "1.2.3.4"}', OLD),
        ('{"nri-opts": {"enable": true, "plugin-path": "/opt"}}', V29),
        ('{"default-stop-timeout": 0, "firewall-backend": "nftables"}', V29),
        ('{"graph": "/data"}', OLD),
        ('{"cluster-store": "consul://x", "cluster-store-opts": {"a": "b"}}', OLD),
        ('{"oom-score-adjust": -500}', V24),
        ('{"api-cors-header": "*"}', V27),
        ('{"allow-nondistributable-artifacts": ["r:5000"]}', V27),
    ],
)
def test_keys_of_some_releases(text: str, release: Release) -> None:
    assert check(text, Host(release)) == []


# ---- names


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('{"foo": 1}', ""),
        ('{"foo": null}', ""),
        ('{"foo": []}', ""),
        ('{"Debug": true}', "Write debug instead."),
        ('{"registry_mirrors": []}', "Write registry-mirrors instead."),
        ('{"log-levl": "info"}', "Perhaps log-level is meant."),
        ('{"D": true}', ""),
        ('{"H": []}', ""),
        ('{"containerd-plugin-namespace": "x"}', "Write containerd-namespace instead."),
        ('{"default-init": "/x"}', "Write init-path instead."),
        ('{"resolv-conf": "/x"}', "Write dns instead."),
        ('{"swarm-raft-heartbeat-tick": 1}', ""),
        ('{"swarm-raft-election-tick": 1}', ""),
        # Names that the decoder has: their objects do not pass either.
        ('{"resolv-conf": {}}', ""),
        ('{"Default-Init": {"debug": true}}', ""),
        # Members of an unknown object are taken for keys.
        ('{"foo": {"bar": 1}}', "names what stands inside: bar."),
        ('{"foo": {"debug": true, "bar": {"x": 1}}}', "names what stands inside: bar."),
        ('{"proxies": {"httpProxy": "http://p"}}', "Write proxies.http-proxy instead."),
        ('{"proxies": {"HTTP-Proxy": "http://p"}}', ""),
        ('{"proxies": {"default": {"httpProxy": "x"}}}', ""),
        ('{"auths": {"registry.example": {}}}', "config.json of the docker command"),
        ('{"credsStore": "pass"}', "config.json of the docker command"),
        ('{"services": {"web": {}}}', "a Compose file"),
        ('{"unqualified-search-registries": []}', "Podman"),
        ('{"httpProxy": "http://p"}', "Write proxies.http-proxy instead."),
        ('{"max-size": "10m"}', "Write log-opts.max-size instead."),
    ],
)
def test_unknown_names(text: str, hint: str) -> None:
    (finding,) = check(text)
    assert (finding.code, finding.severity) == ("unknown-key", Severity.ERROR)
    assert hint in finding.hint
    assert finding.place is not None


@pytest.mark.parametrize(
    ("text", "release", "code"),
    [
        ('{"firewall-backend": "iptables"}', V28, "key-too-new"),
        ('{"nri-opts": {"enable": true}}', V28, "key-too-new"),
        ('{"proxies": {"http-proxy": "http://p"}}', OLD, "key-too-new"),
        ('{"log-format": "json"}', V24, "key-too-new"),
        ('{"allow-direct-routing": true}', Release(28, 1, 1), "key-too-new"),
        ('{"default-stop-timeout": 5}', Release(29, 6, 2), "key-too-new"),
        ('{"host-gateway-ips": []}', V27, "key-too-new"),
        ('{"validate": true}', OLD, "unknown-key"),
        ('{"http-proxy": "http://p"}', OLD, "unknown-key"),
        ('{"feature": []}', V26, "unknown-key"),
        ('{"graph": "/data"}', V24, "key-removed"),
        ('{"cluster-store": ""}', V24, "key-removed"),
        ('{"cluster-store-opts": {}}', V26, "key-removed"),
        ('{"cluster-store-opts": {"debug": "x"}}', V26, "key-removed"),
        ('{"oom-score-adjust": 0}', V26, "key-removed"),
        ('{"api-cors-header": ""}', V29, "key-removed"),
        # Known, and refused as soon as it says something.
        ('{"graph": "/data"}', V23, "key-removed"),
        ('{"cluster-store": "x"}', V23, "key-removed"),
        ('{"cluster-store-opts": {"a": "b"}}', V23, "key-removed"),
        ('{"oom-score-adjust": -500}', V25, "key-removed"),
        ('{"api-cors-header": "*"}', V28, "key-removed"),
    ],
)
def test_keys_of_other_releases(text: str, release: Release, code: str) -> None:
    assert errors(text, release) == [code]
    if code != "unknown-key":
        assert errors(text, None) == []


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ('{"graph": ""}', V23),
        ('{"cluster-store-opts": {}}', V23),
        ('{"oom-score-adjust": 0}', V25),
        ('{"api-cors-header": ""}', V28),
        ('{"graph": null}', V23),
    ],
)
def test_refused_keys_that_say_nothing(text: str, release: Release) -> None:
    assert check(text, Host(release)) == []


IGNORED = [
    ('{"label": ["a=b"]}', V26, "Write labels instead of label."),
    ('{"host": "tcp://0.0.0.0:2375"}', OLD, "Write hosts instead of host."),
    ('{"registry-mirror": ["https://m"]}', V28, "Write registry-mirrors instead"),
    ('{"insecure-registry": ["r:5000"]}', V28, "Write insecure-registries instead"),
    ('{"dns-opt": 3}', V28, "Write dns-opts instead"),
    ('{"add-runtime": null}', V28, "Write runtimes instead"),
    ('{"log-opt": ["max-size=10m"]}', V28, "Write log-opts instead"),
    ('{"feature": []}', V28, "Write features instead"),
    ('{"version": true}', V28, "Remove it."),
    ('{"help": true}', V28, "Remove it."),
    ('{"restart": false}', V28, "Remove it."),
    ('{"validate": true}', V26, "Remove it."),
    ('{"config-file": "/x"}', V28, "Remove it."),
    ('{"containerd-plugins-namespace": "x"}', V28, "Remove it."),
    ('{"http-proxy": "http://p"}', V26, "Write proxies.http-proxy instead"),
    ('{"no-proxy": "x"}', V23, "Write proxies.no-proxy instead"),
    ('{"foo": {}}', V28, "Remove it."),
    ('{"label": {}}', V28, "Write labels instead of label."),
    ('{"nri-opts": {}}', V28, "Remove it."),
    ('{"proxies": {}}', OLD, "Remove it."),
    ('{"default-network-opts": {"bridge": {}}}', V23, "Remove it."),
    ('{"allow-nondistributable-artifacts": ["r"]}', V28, "Remove it."),
    ('{"deprecated-key-path": "/x"}', V28, "Remove it."),
    ('{"proxies": {"debug": true}}', V28, "Write debug at the top level of the file."),
    ('{"proxies": {"label": "x"}}', V28, "Write labels"),
]


@pytest.mark.parametrize(("text", "release", "hint"), IGNORED)
def test_names_that_are_passed_over(text: str, release: Release, hint: str) -> None:
    found = check(text, Host(release))
    assert found[0].code == "ignored-key"
    assert hint in found[0].hint
    assert {finding.severity for finding in found} == {Severity.WARNING}
    strict = check(text, Host(release, strict=True))
    assert {finding.severity for finding in strict} == {Severity.ERROR}
    assert [f.code for f in strict] == [f.code for f in found]


@pytest.mark.parametrize(
    "text",
    ['{"foo": {"debug": true, "label": "x"}}', '{"daemon": {"debug": true}}'],
)
def test_keys_one_level_too_deep(text: str) -> None:
    outer, inner = check(text)
    assert (outer.code, inner.code) == ("ignored-key", "misplaced-key")
    assert inner.path[-1] == "debug"
    assert inner.hint == "Write debug at the top level of the file."
    assert errors(text) == []


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ('{"foo": {"debug": true}}', "dockerd does not read it there."),
        ('{"foo": {"labels": []}}', "dockerd does not read it there."),
        ('{"foo": {"icc": false}}', "dockerd acts on it when it starts"),
        ('{"proxies": {"userland-proxy": false}}', "dockerd acts on it when it starts"),
        ('{"proxies": {"mtu": 1400}}', "dockerd does not read it there."),
    ],
)
def test_what_a_key_does_one_level_too_deep(text: str, does: str) -> None:
    assert does in check(text)[-1].message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"Proxies": {"http-proxy": "http://p"}}', "key-case"),
        ('{"Runtimes": {}}', "key-case"),
    ],
)
def test_other_case_that_is_read_all_the_same(text: str, code: str) -> None:
    assert warnings(text) == [code]


@pytest.mark.parametrize(
    "text", ['{"Debug": {"debug": true}}', '{"Debug": {}}', '{"LABELS": {}}', '{"Mtu": {"mtu": 1}}']
)
def test_other_case_of_keys_that_are_no_objects(text: str) -> None:
    assert errors(text) == ["wrong-type"]


# ---- types

STRING = ("true", "1", "1.5", "[]", "{}")


@pytest.mark.parametrize(
    "text",
    [
        *(f'{{"debug": {value}}}' for value in ("0", "1", '"true"', '""', "[]", "{}")),
        *(f'{{"tls": {value}}}' for value in ("1", '"true"', "[]")),
        *(f'{{"mtu": {value}}}' for value in ('"1500"', "true", "1500.0", "15e2", "[1]", "{}")),
        '{"mtu": 9223372036854775808}',
        '{"cpu-rt-period": -9223372036854775809}',
        *(f'{{"data-root": {value}}}' for value in STRING),
        *(f'{{"hosts": {value}}}' for value in ("true", "1", '"fd://"', "{}", "[1]", "[true]")),
        '{"labels": {"a": "b"}}',
        '{"labels": ["a=b", ["c=d"]]}',
        '{"log-opts": {"max-file": 3}}',
        '{"log-opts": {"compress": true}}',
        '{"log-opts": {"labels": ["a"]}}',
        '{"log-opts": {"tag": {}}}',
        '{"log-opts": ["max-size=10m"]}',
        '{"log-opts": "max-size=10m"}',
        '{"features": {"buildkit": "true"}}',
        '{"features": {"buildkit": 1}}',
        '{"features": ["buildkit"]}',
        '{"features": true}',
        '{"default-shm-size": 67108864}',
        '{"default-shm-size": null}',
        '{"default-shm-size": ""}',
        '{"default-shm-size": true}',
        '{"default-ulimits": {"nofile": 1024}}',
        '{"default-ulimits": {"nofile": "1024:2048"}}',
        '{"default-ulimits": {"nofile": {"Hard": "64000"}}}',
        '{"default-ulimits": {"nofile": {"soft": 1.0}}}',
        '{"default-ulimits": [{"Name": "nofile"}]}',
        '{"runtimes": ["crun"]}',
        '{"runtimes": {"x": "/bin/x"}}',
        '{"runtimes": {"x": {"path": ["/bin/x"]}}}',
        '{"runtimes": {"x": {"runtimeArgs": "--debug"}}}',
        '{"runtimes": {"x": {"runtimeArgs": [1]}}}',
        '{"default-address-pools": {"base": "10.0.0.0/8", "size": 24}}',
        '{"default-address-pools": [{"base": "10.0.0.0/8", "size": "24"}]}',
        '{"default-address-pools": ["10.0.0.0/8"]}',
        '{"default-address-pools": [{"base": 10}]}',
        '{"builder": true}',
        '{"builder": []}',
        '{"builder": {"gc": true}}',
        '{"builder": {"gc": {"enabled": "true"}}}',
        '{"builder": {"gc": {"defaultKeepStorage": 20}}}',
        '{"builder": {"gc": {"policy": {"all": true}}}}',
        '{"builder": {"gc": {"policy": [{"filter": "unused-for=48h"}]}}}',
        '{"builder": {"gc": {"policy": [{"filter": [1]}]}}}',
        '{"builder": {"gc": {"policy": [{"filter": {"a": "b"}}]}}}',
        '{"builder": {"Entitlements": {"network-host": "yes"}}}',
        '{"ip": "localhost"}',
        '{"ip": "127.0.0.1 "}',
        '{"ip": 127}',
        '{"default-gateway": "10.0.0.0/8"}',
        '{"default-gateway-v6": "fe80::1%eth0"}',
        '{"host-gateway-ip": "010.0.0.1"}',
    ],
)
@pytest.mark.parametrize("release", [OLD, V26, V28, V29])
def test_wrong_types(text: str, release: Release) -> None:
    assert errors(text, release) == ["wrong-type"]


@pytest.mark.parametrize(
    ("text", "release", "code"),
    [
        ('{"proxies": null}', V28, ["wrong-type"]),
        ('{"proxies": "http://p"}', V28, ["wrong-type"]),
        ('{"proxies": []}', V28, ["wrong-type"]),
        ('{"proxies": {"http-proxy": 3}}', V28, ["wrong-type"]),
        ('{"proxies": {"no-proxy": ["a"]}}', V28, ["wrong-type"]),
        # An IP address is a type of its own from 25.0 on.
        ('{"dns": ["dns.example"]}', V24, []),
        ('{"dns": [" 1.1.1.1"]}', V24, []),
        ('{"dns": [" 1.1.1.1"]}', V25, ["wrong-type"]),
        ('{"dns": ["fe80::1%eth0"]}', V28, ["wrong-type"]),
        ('{"dns": ["fe80::1%eth0"]}', V29, []),
        ('{"dns": [""]}', V28, []),
        ('{"dns": "1.1.1.1"}', OLD, ["wrong-type"]),
        # A network from 27.0 on.
        ('{"default-address-pools": [{"base": "junk", "size": 24}]}', V26, []),
        ('{"default-address-pools": [{"base": "junk", "size": 24}]}', V27, ["wrong-type"]),
        ('{"default-address-pools": [{"base": "10.0.0.0", "size": 24}]}', V27, ["wrong-type"]),
        ('{"default-address-pools": [{"base": "10.0.0.0/33", "size": 24}]}', V27, ["wrong-type"]),
        ('{"default-address-pools": [{"base": "10.0.0.0/08", "size": 24}]}', V27, ["wrong-type"]),
        ('{"builder": {"history": {"maxAge": 3600}}}', V24, []),
        ('{"builder": {"history": {"maxAge": 3600}}}', V25, ["wrong-type"]),
        ('{"builder": {"history": {"maxAge": "2 days"}}}', V25, ["wrong-type"]),
        ('{"builder": {"history": {"maxAge": "48h"}}}', V24, ["wrong-type"]),
        ('{"builder": {"history": {"maxAge": "-1h.5m"}}}', V25, []),
        ('{"builder": {"history": {"maxAge": "\'1h\'"}}}', V25, ["wrong-type"]),
        ('{"host-gateway-ips": ["x"]}', V28, ["wrong-type"]),
        ('{"default-network-opts": {"bridge": "x"}}', V24, ["wrong-type"]),
        ('{"default-network-opts": {"bridge": {"mtu": 1400}}}', V24, ["wrong-type"]),
        ('{"nri-opts": {"enable": "true"}}', V29, ["wrong-type"]),
        ('{"nri-opts": {"plugin": "x"}}', V29, ["unknown-member"]),
        ('{"nri-opts": null}', V29, []),
    ],
)
def test_types_by_release(text: str, release: Release, code: list[str]) -> None:
    assert errors(text, release) == code


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            '{"log-opts": {"max-file": 3}}',
            "log-opts.max-file must be a string; there is the number 3.",
            'Put it in double quotes: "3".',
        ),
        (
            '{"log-opts": {"compress": true}}',
            "log-opts.compress must be a string; there is true.",
            'Put it in double quotes: "true".',
        ),
        (
            '{"log-opts": {"a.b": 1}}',
            'log-opts."a.b" must be a string; there is the number 1.',
            'Put it in double quotes: "1".',
        ),
        (
            '{"debug": "true"}',
            "debug must be true or false; there is a string.",
            "Write true or false, without quotes.",
        ),
        (
            '{"registry-mirrors": "https://user:secret@m"}',
            "registry-mirrors must be a list of strings; there is a string.",
            "Put it in square brackets: [...].",
        ),
        (
            '{"dns": ["1.1.1.1", " 8.8.8.8"]}',
            "Item 2 of dns must be an IP address; the text there is none.",
            "Mind spaces, and zeros in front of a number.",
        ),
        (
            '{"default-shm-size": 67108864}',
            'default-shm-size must be a string such as "64M"; there is the number 67108864.',
            'Write it as in "default-shm-size": "64M".',
        ),
        (
            '{"default-address-pools": [{"base": "10.0.0.0/8"}, {"size": "24"}]}',
            "Item 2 of default-address-pools.size must be a whole number; there is a string.",
            "Write the number without quotes.",
        ),
        (
            '{"mtu": 1500.0}',
            "mtu must be a whole number; there is the number 1500.0.",
            "Write it without a point and without an exponent.",
        ),
        (
            '{"features": ["buildkit"]}',
            "features must be an object whose values are true or false; there is a list.",
            'Write it as in "features": {"containerd-snapshotter": true}.',
        ),
        (
            '{"hosts": {}}',
            "hosts must be a list of strings; there is an object.",
            "'dockerctl config schema' has the type of each key.",
        ),
    ],
)
def test_words_for_wrong_types(text: str, message: str, hint: str) -> None:
    (finding,) = check(text)
    assert finding.message == message
    assert finding.hint == hint
    assert "secret" not in repr(finding)


@pytest.mark.parametrize(
    ("text", "release", "path", "hint"),
    [
        (
            '{"runtimes": {"nvidia": {"path": "nvidia-container-runtime", "args": []}}}',
            V28,
            "runtimes nvidia args",
            "Perhaps runtimeArgs is meant.",
        ),
        (
            '{"runtimes": {"x": {"runtimeType": "y"}}}',
            V23,
            "runtimes x runtimeType",
            "Remove it, or upgrade Docker first.",
        ),
        ('{"builder": {"gcc": {}}}', V28, "builder gcc", "Perhaps gc is meant."),
        (
            '{"builder": {"gc": {"policy": [{"keep-storage": "1GB"}]}}}',
            V28,
            "builder gc policy keep-storage",
            "Perhaps keepStorage is meant.",
        ),
        (
            '{"builder": {"gc": {"defaultReservedSpace": 3}}}',
            V27,
            "builder gc defaultReservedSpace",
            "Remove it, or upgrade Docker first.",
        ),
        (
            '{"default-ulimits": {"nofile": {"max": 3}}}',
            V28,
            "default-ulimits nofile max",
            "It has Name, Hard, Soft.",
        ),
        ('{"default-address-pools": [{"prefix": 3}]}', V28, "default-address-pools prefix", ""),
    ],
)
def test_members_that_are_passed_over(text: str, release: Release, path: str, hint: str) -> None:
    (finding,) = check(text, Host(release))
    assert (finding.code, finding.severity) == ("unknown-member", Severity.WARNING)
    assert " ".join(finding.path) == path
    assert hint in finding.hint
    assert [f.severity for f in check(text, Host(release, strict=True))] == [Severity.ERROR]


# ---- values that say nothing


@pytest.mark.parametrize(
    ("text", "release", "holds"),
    [
        ('{"max-concurrent-downloads": 0}', V28, "3 holds"),
        ('{"mtu": 0}', V28, "1500 holds"),
        ('{"shutdown-timeout": 0}', OLD, "15 holds"),
        ('{"log-driver": ""}', V28, "json-file holds"),
        ('{"data-root": ""}', V28, "/var/lib/docker holds"),
        ('{"seccomp-profile": ""}', V28, "builtin holds"),
        ('{"default-cgroupns-mode": ""}', V28, "private holds"),
    ],
)
def test_zero_is_the_default(text: str, release: Release, holds: str) -> None:
    (finding,) = check(text, Host(release))
    assert (finding.code, finding.severity) == ("value-is-default", Severity.WARNING)
    assert holds in finding.message


def test_the_default_of_a_host_with_cgroup_v1() -> None:
    (finding,) = check('{"default-cgroupns-mode": ""}', Host(cgroup_v2=False))
    assert "host holds" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        '{"network-diagnostic-port": 0}',
        '{"bip": ""}',
        '{"labels": []}',
        '{"icc": false}',
        '{"cpu-rt-period": 0}',
        '{"storage-driver": ""}',
        '{"max-concurrent-downloads": null}',
    ],
)
def test_zero_that_is_the_default_anyway(text: str) -> None:
    assert check(text) == []
    assert check('{"default-stop-timeout": 0}', Host(V29)) == []


@pytest.mark.parametrize(
    ("text", "release", "codes"),
    [
        ('{"iptables": null}', V28, ["null-is-false"]),
        ('{"userland-proxy": null}', V28, ["null-is-false"]),
        ('{"ip6tables": null}', V26, []),
        ('{"ip6tables": null}', V28, ["null-is-false"]),
        ('{"debug": null}', V28, []),
    ],
)
def test_null_in_place_of_a_switch(text: str, release: Release, codes: list[str]) -> None:
    assert warnings(text, release) == codes
    assert errors(text, release) == []


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n"])
@pytest.mark.parametrize("release", [OLD, V23, V28, None])
def test_blank_files(data: bytes, release: Release | None) -> None:
    codes = [finding.code for finding in check(data, Host(release))]
    assert codes == (["blank-file"] if release is OLD else [])


def test_no_file() -> None:
    assert check_shape(Document.parse(None, "daemon.json"), Host(OLD)) == []


# ---- flags

UNIT = ("-H", "fd://", "--containerd=/run/containerd/containerd.sock")


@pytest.mark.parametrize(
    ("text", "arguments", "path", "typed"),
    [
        ('{"hosts": ["tcp://0.0.0.0:2375"]}', UNIT, "hosts", "-H fd://"),
        ('{"hosts": null}', UNIT, "hosts", "-H fd://"),
        ('{"hosts": ["fd://"]}', UNIT, "hosts", "-H fd://"),
        ('{"containerd": "/x"}', UNIT, "containerd", "--containerd=/run/containerd/"),
        ('{"debug": false}', ("-D",), "debug", "-D"),
        ('{"log-driver": "local"}', ("--log-driver=journald",), "log-driver", "--log-driver=j"),
        ('{"labels": ["a=b"]}', ("--label", "a=b"), "labels", "--label a=b"),
        ('{"log-opts": {}}', ("--log-opt", "tag=x"), "log-opts", "--log-opt tag=x"),
        ('{"features": {}}', ("--feature", "cdi"), "features", "--feature cdi"),
        ('{"storage-driver": "vfs"}', ("-s", "overlay2"), "storage-driver", "-s overlay2"),
        ('{"proxies": {"http-proxy": "x"}}', ("--http-proxy=y",), "proxies http-proxy", ""),
        # The names inside an unknown object are compared too.
        ('{"foo": {"hosts": []}}', UNIT, "foo hosts", "-H fd://"),
        ('{"http-proxy": "x"}', ("--http-proxy=y",), "http-proxy", "--http-proxy"),
        ('{"config-file": "/x"}', ("--config-file=/x",), "config-file", "--config-file"),
        ('{"host-gateway-ip": "1.1.1.1"}', ("--host-gateway-ip=x",), "host-gateway-ip", "--host"),
        ('{"host-gateway-ips": []}', ("--host-gateway-ip=x",), "host-gateway-ips", "--host"),
    ],
)
def test_flag_and_file(text: str, arguments: tuple[str, ...], path: str, typed: str) -> None:
    found = [f for f in check(text, Host(arguments=arguments)) if f.code == "flag-conflict"]
    assert [" ".join(finding.path) for finding in found] == [path]
    assert found[0].severity is Severity.ERROR
    assert typed in found[0].message


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ('{"runtimes": {"x": {"path": "/x"}}}', ("--add-runtime", "y=/y")),
        ('{"debug": true}', UNIT),
        ('{"log-opts": {"hosts": "x"}}', UNIT),
        ('{"label": []}', ("--label", "a=b")),
        ('{"proxies": {"no-proxy": "x"}}', ("--http-proxy=y",)),
    ],
)
def test_no_conflict(text: str, arguments: tuple[str, ...]) -> None:
    codes = [finding.code for finding in check(text, Host(arguments=arguments))]
    assert "flag-conflict" not in codes


def test_the_password_of_a_proxy_is_not_said() -> None:
    text = '{"proxies": {"http-proxy": "http://u:hidden@p"}}'
    (finding,) = check(text, Host(arguments=("--http-proxy=http://u:secret@p",)))
    assert "secret" not in repr(finding)
    assert "hidden" not in repr(finding)
    assert "the flag --http-proxy as well" in finding.message


def test_conflicts_for_others() -> None:
    flags = parse_flags(["dockerd", *UNIT, "--no-proxy=x"], key_table())
    values: dict[str, object] = {"hosts": [], "proxies": {"no-proxy": "y"}, "debug": True}
    assert flag_conflicts(values, flags, V28) == {
        "hosts": ("hosts",),
        "proxies.no-proxy": ("proxies", "no-proxy"),
    }


@pytest.mark.parametrize(
    ("release", "codes"), [(V28, ["old-and-new-key"]), (V27, ["key-too-new"]), (V29, None)]
)
def test_both_names_of_the_gateway(release: Release, codes: list[str] | None) -> None:
    text = '{"host-gateway-ip": "1.1.1.1", "host-gateway-ips": ["1.1.1.1"]}'
    assert errors(text, release) == (codes or ["old-and-new-key"])


@pytest.mark.parametrize(
    ("labels", "codes"),
    [
        ('["a=1", "a=2"]', ["label-twice"]),
        ('["a=1", "b=2", "a=1"]', []),
        ('["a=1", "a"]', []),
        ('["a=1", "a="]', ["label-twice"]),
        ('["a=1", "A=2"]', []),
        ('["a=1", null]', []),
    ],
)
def test_labels(labels: str, codes: list[str]) -> None:
    assert errors(f'{{"labels": {labels}}}') == codes


@pytest.mark.parametrize(
    ("arguments", "group", "codes"),
    [
        (("-H", "fd://"), '"staff"', ["no-effect"]),
        (("-H", "fd://"), '"docker"', []),
        (("-H", "fd://"), '""', ["value-is-default"]),
        (("-H", "fd://", "-H", "unix:///x"), '"staff"', []),
        ((), '"staff"', []),
    ],
)
def test_a_group_beside_docker_socket(
    arguments: tuple[str, ...], group: str, codes: list[str]
) -> None:
    found = check(f'{{"group": {group}}}', Host(arguments=arguments))
    assert [finding.code for finding in found] == codes


# ---- places and order


def test_places() -> None:
    text = '{\n  "debug": 1,\n  "log-opts": {\n    "max-file": 3\n  },\n  "foo": {"bar": 1},\n'
    text += '  "default-address-pools": [\n    {"size": "24"}]\n}\n'
    places = {finding.path: finding.place for finding in check(text)}
    assert places == {
        ("debug",): Place(2, 3),
        ("log-opts", "max-file"): Place(4, 5),
        ("foo",): Place(6, 3),
        # Inside a list the place is that of the key with the list.
        ("default-address-pools", "size"): Place(7, 3),
    }


def test_all_of_it_is_said() -> None:
    text = '{"debug": 1, "foo": 2, "label": [], "mtu": 0, "labels": ["a=1", "a=2"]}'
    codes = [finding.code for finding in check(text)]
    expected = ["wrong-type", "unknown-key", "ignored-key", "value-is-default", "label-twice"]
    assert codes == expected


def test_the_facts_of_the_checks_will_do() -> None:
    document = Document.parse(b'{"foo": 1}', "daemon.json")
    assert [finding.code for finding in check_shape(document, Facts())] == ["unknown-key"]


NAMES = ["debug", "proxies", "http-proxy", "gc", "path", "Name", "base", "label", "Debug", "foo"]
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.text(), st.sampled_from(NAMES)), inner, max_size=3),
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from([*key_table().keys, *NAMES]), VALUES, max_size=4),
    st.sampled_from([OLD, V23, V24, V26, V28, V29, None]),
    st.booleans(),
)
def test_it_never_fails(values: dict[str, object], release: Release | None, strict: bool) -> None:
    text = json.dumps(values)
    try:
        document = Document.parse(text.encode(), "daemon.json")
    except ConfigurationError:  # numbers beyond a double, lone surrogates
        return
    findings = check_shape(document, Host(release, strict=strict, arguments=UNIT))
    for finding in findings:
        assert finding.message.endswith(".")
        assert finding.hint.endswith(".")
        assert finding.place is not None
