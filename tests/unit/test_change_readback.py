"""What a running daemon must show of a change, and what it may show otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.change.readback import (
    event_differences,
    expected_event,
    expected_info,
    info_differences,
)
from dockerctl.docker.events import read_reload_events
from tests.unit.test_docker_answers import ENGINES, recorded


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {}),
        ({"mtu": 1400, "log-driver": "local"}, {}),
        ({"debug": False, "live-restore": True}, {"debug": False, "live-restore": True}),
        ({"labels": ["a=1"], "registry-mirrors": []}, {"labels": ["a=1"], "registry-mirrors": []}),
        # Absent to the daemon, or its own default.
        ({"debug": None, "default-runtime": "", "max-concurrent-downloads": 0}, {}),
        ({"default-shm-size": "64M"}, {"default-shm-size": 67_108_864}),
        ({"default-shm-size": "1g"}, {"default-shm-size": 1_073_741_824}),
        ({"default-shm-size": "64 KiB"}, {"default-shm-size": 65_536}),
        ({"default-shm-size": "1.5k"}, {"default-shm-size": 1_536}),
        ({"default-shm-size": "100"}, {"default-shm-size": 100}),
        ({"features": {"buildkit": True}}, {"features": {"buildkit": True}}),
    ],
)  # fmt: skip
def test_what_the_event_is_to_show(values: dict[str, object], expected: dict[str, object]) -> None:
    assert expected_event(values) == expected


@pytest.mark.parametrize(
    ("values", "attributes"),
    [
        ({"debug": True}, {"debug": "true"}),
        ({"debug": True}, {}),
        ({"labels": ["a=1", "b=x y"]}, {"labels": '["a=1","b=x y"]'}),
        # Out of a map of Go: in another order each time.
        ({"labels": ["a=1", "b=x y"]}, {"labels": '["b=x y","a=1"]'}),
        ({"max-concurrent-uploads": 7}, {"max-concurrent-uploads": "7"}),
        ({"default-runtime": "runc"}, {"default-runtime": "runc"}),
        ({"default-runtime": "10"}, {"default-runtime": "10"}),
        ({"default-ipc-mode": "private"}, {"default-ipc-mode": "private"}),
        ({"default-shm-size": "64M"}, {"default-shm-size": "67108864"}),
        ({"default-shm-size": "64M"}, {"default-shm-size": "64MiB"}),
        ({"features": {"buildkit": True, "x": False}}, {"features": "map[buildkit:true x:false]"}),
        ({"features": {}}, {"features": "map[]"}),
        ({"registry-mirrors": ["https://m.example"]},
         {"registry-mirrors": '["https://m.example/"]'}),
    ],
)  # fmt: skip
def test_events_that_agree(values: dict[str, object], attributes: dict[str, str]) -> None:
    assert event_differences(expected_event(values), attributes) == ()


@pytest.mark.parametrize(
    ("values", "attributes", "found"),
    [
        ({"debug": True}, {"debug": "false"}, "debug is false"),
        ({"labels": ["a=1"]}, {"labels": "[]"}, "labels is []"),
        ({"labels": ["a=1"]}, {"labels": "null"}, "labels is null"),
        ({"default-runtime": "kata"}, {"default-runtime": "runc"}, "default-runtime is runc"),
        ({"features": {"x": True}}, {"features": "map[x:false]"}, "features is map[x:false]"),
        ({"default-shm-size": "64M"}, {"default-shm-size": "a lot"}, "default-shm-size is a lot"),
    ],
)
def test_events_that_do_not(
    values: dict[str, object], attributes: dict[str, str], found: str
) -> None:
    assert event_differences(expected_event(values), attributes) == (found,)


@pytest.mark.parametrize("engine", ENGINES)
def test_events_of_real_engines(engine: str) -> None:
    event = read_reload_events(recorded(engine, "reload-events")[1])[0].attributes
    good = {"labels": ["a=1", "b=x y"], "debug": False, "registry-mirrors": ["https://m.example"]}
    assert event_differences(expected_event(good), event) == ()
    assert event_differences(expected_event({"labels": ["a=1"]}), event) == (
        'labels is ["a=1","b=x y"]',
    )


REGISTRY = {
    "Mirrors": ["https://m.example/"],
    "InsecureRegistryCIDRs": ["::1/128", "127.0.0.0/8"],
    "IndexConfigs": {"docker.io": {"Secure": True}, "r.example:5000": {"Secure": False}},
}


@pytest.mark.parametrize(
    ("values", "info"),
    [
        ({}, {"Debug": True}),
        ({"debug": True}, {"Debug": True}),
        # An engine that does not tell is not judged.
        ({"debug": True, "runtimes": {"kata": {}}, "registry-mirrors": ["https://x"]}, {}),
        ({"experimental": True}, {"ExperimentalBuild": True}),
        ({"log-driver": "", "storage-driver": None}, {"LoggingDriver": "local", "Driver": "x"}),
        ({"labels": ["b=1", "a=1", "a=1"]}, {"Labels": ["a=1", "b=1"]}),
        ({"data-root": "/nonexistent/d/"}, {"DockerRootDir": "/nonexistent/d"}),
        ({"data-root": "/nonexistent/d"}, {"DockerRootDir": "/nonexistent/d/100000.100000"}),
        ({"registry-mirrors": ["https://m.example", "https://m.example/"]},
         {"RegistryConfig": REGISTRY}),
        ({"registry-mirrors": []}, {"RegistryConfig": {"Mirrors": None}}),
        ({"insecure-registries": ["r.example:5000", "10.0.0.0/8"]}, {"RegistryConfig": REGISTRY}),
        ({"insecure-registries": []}, {"RegistryConfig": REGISTRY}),
        ({"runtimes": {"kata": {"path": "/k"}}}, {"Runtimes": {"runc": {}, "kata": {}}}),
        ({"runtimes": {}}, {"Runtimes": {"runc": {}}}),
        ({"exec-opts": ["native.cgroupdriver=systemd"]}, {"CgroupDriver": "systemd"}),
        ({"exec-opts": ["other=1"]}, {"CgroupDriver": "cgroupfs"}),
    ],
)  # fmt: skip
def test_answers_that_agree(values: dict[str, object], info: dict[str, object]) -> None:
    assert info_differences(expected_info(values), info) == ()


@pytest.mark.parametrize(
    ("values", "info", "found"),
    [
        ({"debug": True}, {"Debug": False}, "debug is false"),
        ({"live-restore": True}, {"LiveRestoreEnabled": False}, "live-restore is false"),
        ({"log-driver": "local"}, {"LoggingDriver": "json-file"}, 'log-driver is "json-file"'),
        ({"data-root": "/nonexistent/d"}, {"DockerRootDir": "/var/lib/docker"},
         'data-root is "/var/lib/docker"'),
        ({"labels": ["a=1"]}, {"Labels": []}, "labels is []"),
        ({"registry-mirrors": ["https://x"]}, {"RegistryConfig": REGISTRY},
         'registry-mirrors is ["https://m.example/"]'),
        ({"insecure-registries": ["s.example"]}, {"RegistryConfig": REGISTRY},
         'insecure-registries is ["::1/128", "127.0.0.0/8", "r.example:5000"]'),
        ({"runtimes": {"kata": {}}}, {"Runtimes": {"runc": {}}}, 'runtimes is ["runc"]'),
        ({"exec-opts": ["native.cgroupdriver=systemd"]}, {"CgroupDriver": "cgroupfs"},
         'exec-opts is "cgroupfs"'),
    ],
)  # fmt: skip
def test_answers_that_do_not(
    values: dict[str, object], info: dict[str, object], found: str
) -> None:
    assert info_differences(expected_info(values), info) == (found,)


def test_a_data_folder_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    expected = expected_info({"data-root": f"{tmp_path}/link"})
    for seen in ("real", "link", "real/100000.100000"):
        assert info_differences(expected, {"DockerRootDir": f"{tmp_path}/{seen}"}) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["debug", "labels", "default-shm-size", "features", "runtimes", "registry-mirrors", "data-root",
     "insecure-registries", "exec-opts", "max-concurrent-downloads"]
)  # fmt: skip
INFO = st.dictionaries(
    st.sampled_from(["Debug", "Labels", "Runtimes", "RegistryConfig", "DockerRootDir", "Driver"]),
    JSON,
)


@given(st.dictionaries(NAMES, JSON), INFO, st.dictionaries(NAMES, st.text(max_size=8)))
def test_whatever_it_says_the_comparison_does_not_fail(
    values: dict[str, object], info: dict[str, object], attributes: dict[str, str]
) -> None:
    info_differences(expected_info(values), info)
    event_differences(expected_event(values), attributes)


@given(st.booleans(), st.lists(st.text(max_size=5)), st.integers(1, 99))
def test_what_was_meant_is_what_is_seen(debug: bool, labels: list[str], uploads: int) -> None:
    values = {"debug": debug, "labels": labels, "max-concurrent-uploads": uploads}
    attributes = {name: json.dumps(value) for name, value in values.items()}
    assert event_differences(expected_event(values), attributes) == ()
    assert info_differences(expected_info(values), {"Debug": debug, "Labels": labels}) == ()
