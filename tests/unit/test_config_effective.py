"""What holds for a key and where it comes from."""

from __future__ import annotations

import json
import shlex

import pytest

from dockerctl.config.effective import EffectiveKey, Source, effective
from dockerctl.config.flags import parse_flags
from dockerctl.config.keys import key_table
from dockerctl.config.release import Release

OLD, V23, V26, V28, V29 = (
    Release(20, 10, 24),
    Release(23, 0, 18),
    Release(26, 1, 5),
    Release(28, 5, 2),
    Release(29, 7, 2),
)
FLAG, ENVIRONMENT, FILE, DEFAULT = Source.FLAG, Source.ENVIRONMENT, Source.FILE, Source.DEFAULT


def all_of(
    text: str = "{}",
    line: str = "",
    environment: dict[str, str] | None = None,
    release: Release | None = V28,
    *,
    cgroup_v2: bool = True,
) -> dict[str, EffectiveKey]:
    flags = parse_flags(["dockerd", *shlex.split(line)], key_table())
    found = effective(
        json.loads(text), flags, environment or {}, release, key_table(), cgroup_v2=cgroup_v2
    )
    assert len({each.name for each in found}) == len(found)
    return {each.name: each for each in found}


@pytest.mark.parametrize("release", [OLD, V23, V26, V28, V29, None])
def test_every_key_of_the_release(release: Release | None) -> None:
    found = all_of(release=release)
    names = {name for name, key in key_table().keys.items() if key.known(release)}
    parts = {"proxies.http-proxy", "proxies.https-proxy", "proxies.no-proxy"}
    wanted = names - {"proxies", "graph", "host-gateway-ip"}
    assert set(found) - parts - {"host-gateway-ip"} == wanted
    assert (parts <= set(found)) == ("proxies" in names)
    assert {each.source for each in found.values()} == {DEFAULT}


@pytest.mark.parametrize(
    ("name", "text", "line", "value", "source", "detail"),
    [
        ("log-driver", "{}", "", "json-file", DEFAULT, ""),
        ("log-driver", '{"log-driver": "local"}', "", "local", FILE, ""),
        ("log-driver", "{}", "--log-driver=journald", "journald", FLAG, "--log-driver=journald"),
        ("hosts", "{}", "-H fd:// -H tcp://x", ["fd://", "tcp://x"], FLAG, "-H fd:// -H tcp://x"),
        ("hosts", "{}", "", ["unix:///var/run/docker.sock"], DEFAULT, ""),
        ("hosts", '{"tls": true}', "", ["tcp://localhost:2376"], DEFAULT, ""),
        ("hosts", "{}", "--tlsverify", ["tcp://localhost:2376"], DEFAULT, ""),
        ("hosts", '{"tls": false}', "", ["unix:///var/run/docker.sock"], DEFAULT, ""),
        ("debug", "{}", "-D", True, FLAG, "-D"),
        ("debug", "{}", "--debug=false", False, FLAG, "--debug=false"),
        ("icc", '{"icc": false}', "", False, FILE, ""),
        ("icc", '{"icc": null}', "", False, FILE, ""),
        ("mtu", "{}", "--mtu 1400", 1400, FLAG, "--mtu 1400"),
        ("mtu", '{"mtu": 0}', "", 1500, DEFAULT, "0 in the file counts as nothing"),
        ("data-root", '{"data-root": ""}', "", "/var/lib/docker", DEFAULT,
         "an empty string in the file counts as nothing"),
        ("labels", '{"labels": ["a=b"]}', "", ["a=b"], FILE, ""),
        ("labels", '{"labels": []}', "", [], DEFAULT, ""),
        ("labels", '{"labels": null}', "", [], DEFAULT, ""),
        ("labels", '{"label": ["a=b"]}', "", [], DEFAULT, ""),
        ("storage-driver", "{}", "", None, DEFAULT, ""),
        ("runtimes", '{"runtimes": {"a": {"path": "/a"}}}', "--add-runtime b=/b",
         {"b": {"path": "/b"}, "a": {"path": "/a"}}, FILE, "and --add-runtime b=/b"),
        ("runtimes", "{}", "--add-runtime b=/b", {"b": {"path": "/b"}}, FLAG,
         "--add-runtime b=/b"),
        ("log-opts", "{}", "--log-opt max-size=1m", {"max-size": "1m"}, FLAG,
         "--log-opt max-size=1m"),
        ("host-gateway-ips", '{"host-gateway-ip": "1.1.1.1"}', "", ["1.1.1.1"], FILE,
         "as host-gateway-ip"),
        ("host-gateway-ips", "{}", "--host-gateway-ip 1.1.1.1", ["1.1.1.1"], FLAG,
         "--host-gateway-ip 1.1.1.1"),
        ("proxies.http-proxy", '{"proxies": {"http-proxy": "x"}}', "", "x", FILE, ""),
        ("proxies.http-proxy", "{}", "--http-proxy=x", "x", FLAG, "--http-proxy"),
        ("proxies.http-proxy", '{"http-proxy": "x"}', "", "", DEFAULT, ""),
    ],
)  # fmt: skip
def test_sources(
    name: str, text: str, line: str, value: object, source: Source, detail: str
) -> None:
    assert all_of(text, line)[name] == EffectiveKey(name, value, source, detail)


@pytest.mark.parametrize(
    ("name", "text", "environment", "value", "source", "detail"),
    [
        ("proxies.http-proxy", "{}", {"HTTP_PROXY": "e"}, "e", ENVIRONMENT, "HTTP_PROXY"),
        ("proxies.http-proxy", "{}", {"http_proxy": "e"}, "e", ENVIRONMENT, "http_proxy"),
        ("proxies.http-proxy", "{}", {"HTTP_PROXY": ""}, "", DEFAULT, ""),
        ("proxies.no-proxy", "{}", {"NO_PROXY": "a", "no_proxy": "b"}, "a", ENVIRONMENT,
         "NO_PROXY"),
        # The file goes before the environment, and for the storage driver it is the other way.
        ("proxies.http-proxy", '{"proxies": {"http-proxy": "x"}}', {"HTTP_PROXY": "e"}, "x", FILE,
         ""),
        ("storage-driver", '{"storage-driver": "overlay2"}', {"DOCKER_DRIVER": "vfs"}, "vfs",
         ENVIRONMENT, "DOCKER_DRIVER"),
        ("tlscert", "{}", {"DOCKER_CERT_PATH": "/c"}, "/c/cert.pem", ENVIRONMENT,
         "DOCKER_CERT_PATH"),
        ("tlskey", "{}", {"DOCKER_CONFIG": "/d"}, "/d/key.pem", ENVIRONMENT, "DOCKER_CONFIG"),
        ("tlscacert", '{"tlscacert": "/x"}', {"DOCKER_CERT_PATH": "/c"}, "/x", FILE, ""),
        # Not read by the daemon.
        ("hosts", "{}", {"DOCKER_HOST": "tcp://x"}, ["unix:///var/run/docker.sock"], DEFAULT, ""),
        ("tlsverify", "{}", {"DOCKER_TLS_VERIFY": "1"}, False, DEFAULT, ""),
    ],
)  # fmt: skip
def test_the_environment(
    name: str, text: str, environment: dict[str, str], value: object, source: Source, detail: str
) -> None:
    assert all_of(text, environment=environment)[name] == EffectiveKey(name, value, source, detail)


def test_the_environment_of_20_10_has_proxies_too() -> None:
    found = all_of(environment={"HTTPS_PROXY": "e"}, release=OLD)
    assert found["proxies.https-proxy"].source is ENVIRONMENT
    assert "proxies.http-proxy" not in found


@pytest.mark.parametrize(
    ("release", "there"), [(OLD, False), (V26, True), (V28, True), (V29, True)]
)
def test_the_oldest_version_of_the_api(release: Release, there: bool) -> None:
    found = all_of(environment={"DOCKER_MIN_API_VERSION": "1.40"}, release=release)
    assert ("min-api-version" in found) == there
    if there:
        assert found["min-api-version"].source is ENVIRONMENT


def test_the_old_name_of_data_root() -> None:
    found = all_of('{"graph": "/data"}', release=OLD)
    assert found["data-root"] == EffectiveKey("data-root", "/data", FILE, "as graph")
    assert all_of(line="-g /data", release=OLD)["data-root"].value == "/data"
    assert all_of('{"graph": "/data"}', release=V28)["data-root"].source is DEFAULT


def test_the_old_name_of_the_gateway() -> None:
    found = all_of('{"host-gateway-ip": "1.1.1.1"}', release=V26)
    assert found["host-gateway-ip"] == EffectiveKey("host-gateway-ip", "1.1.1.1", FILE)
    assert "host-gateway-ips" not in found
    flag = all_of(line="--host-gateway-ip 1.1.1.1", release=V26)["host-gateway-ip"]
    assert (flag.value, flag.source) == ("1.1.1.1", FLAG)


def test_zero_that_counts() -> None:
    found = all_of('{"default-stop-timeout": 0}', release=V29)["default-stop-timeout"]
    assert (found.value, found.source) == (0, FILE)


def test_defaults_follow_release_and_host() -> None:
    assert all_of(release=V26)["ip6tables"].value is False
    assert all_of(release=V28)["ip6tables"].value is True
    assert all_of()["default-cgroupns-mode"].value == "private"
    assert all_of(cgroup_v2=False)["default-cgroupns-mode"].value == "host"
