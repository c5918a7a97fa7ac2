"""The JSON Schema: a valid one, and right about good and bad examples."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from dockerctl.config.keys import key_table
from dockerctl.config.release import Release
from dockerctl.config.schema import json_schema

OLD, V24, V26, V28, V29 = (
    Release(20, 10, 24),
    Release(24, 0, 9),
    Release(26, 1, 5),
    Release(28, 5, 2),
    Release(29, 7, 2),
)
RELEASES = (OLD, V24, V26, V28, V29, None)


def wrong(text: str, release: Release | None) -> list[str]:
    """The paths at which the text is not what the schema wants."""
    found = Draft202012Validator(json_schema(release)).iter_errors(json.loads(text))
    return sorted(error.json_path for error in found)


def properties(release: Release | None) -> dict[str, dict[str, object]]:
    found = json_schema(release)["properties"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("release", RELEASES)
def test_it_is_a_schema(release: Release | None) -> None:
    schema = json_schema(release)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("release", RELEASES)
def test_it_has_the_keys_of_the_release(release: Release | None) -> None:
    names = set(properties(release))
    newest = release or V29
    assert names == {
        name
        for name, key in key_table().keys.items()
        if key.known(newest) and (key.refused is None or newest < key.refused)
    }


def test_its_defaults_are_valid() -> None:
    for release in RELEASES:
        for name, part in properties(release).items():
            if "default" in part:
                assert wrong(json.dumps({name: part["default"]}), release) == []


GOOD = [
    "{}",
    '{"debug": true, "labels": ["a=b"], "mtu": 1400, "data-root": "/data"}',
    '{"log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "5"}}',
    '{"default-address-pools": [{"base": "10.200.0.0/16", "size": 24}]}',
    '{"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 64000, "Soft": 64000}}}',
    '{"runtimes": {"crun": {"path": "/usr/bin/crun", "runtimeArgs": []}}}',
    '{"features": {"buildkit": true}, "default-shm-size": "64M", "log-level": "warn"}',
    '{"builder": {"gc": {"enabled": true, "policy": [{"keepStorage": "1GB", "filter": ["a=b"]}]}}}',
    '{"dns": ["1.1.1.1"], "ip": "127.0.0.1", "hosts": ["fd://"]}',
]


@pytest.mark.parametrize("text", GOOD)
@pytest.mark.parametrize("release", RELEASES)
def test_good_examples(text: str, release: Release | None) -> None:
    assert wrong(text, release) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"debug": "true"}', "$.debug"),
        ('{"foo": 1}', "$"),
        ('{"label": ["a=b"]}', "$"),
        ('{"Debug": true}', "$"),
        ('{"mtu": "1500"}', "$.mtu"),
        ('{"mtu": 1500.5}', "$.mtu"),
        ('{"log-opts": {"max-file": 3}}', "$.log-opts.max-file"),
        ('{"default-shm-size": 67108864}', "$.default-shm-size"),
        ('{"default-shm-size": "much"}', "$.default-shm-size"),
        ('{"hosts": "fd://"}', "$.hosts"),
        ('{"labels": [1]}', "$.labels[0]"),
        ('{"features": ["buildkit"]}', "$.features"),
        ('{"log-level": "loud"}', "$.log-level"),
        ('{"default-ipc-mode": "host"}', "$.default-ipc-mode"),
        ('{"runtimes": {"x": {"args": []}}}', "$.runtimes.x"),
        ('{"default-ulimits": {"nofile": 3}}', "$.default-ulimits.nofile"),
        ('{"default-address-pools": {"base": "10.0.0.0/8"}}', "$.default-address-pools"),
        ('{"default-address-pools": [{"size": "24"}]}', "$.default-address-pools[0].size"),
        ('{"builder": {"gc": {"policy": [{"filter": "a"}]}}}', "$.builder.gc.policy[0].filter"),
        ("[]", "$"),
    ],
)
@pytest.mark.parametrize("release", RELEASES)
def test_bad_examples(text: str, path: str, release: Release | None) -> None:
    found = wrong(text, release)
    assert [each.replace("['", ".").replace("']", "") for each in found] == [path]


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ('{"proxies": {"http-proxy": "http://p"}}', V24, OLD),
        ('{"graph": "/data"}', OLD, V24),
        ('{"firewall-backend": "nftables"}', V29, V28),
        ('{"api-cors-header": "*"}', V26, V28),
        ('{"oom-score-adjust": -500}', V24, Release(25, 0, 0)),
        ('{"builder": {"history": {"maxAge": 3600}}}', V24, V26),
        ('{"builder": {"history": {"maxAge": "48h"}}}', V26, V24),
        ('{"default-address-pools": [{"base": "junk"}]}', V26, V28),
        ('{"nri-opts": {"enable": true}}', None, V28),
    ],
)
def test_it_depends_on_the_release(text: str, good: Release | None, bad: Release) -> None:
    assert wrong(text, good) == []
    assert wrong(text, bad) != []
