"""A daemon's settings: what real engines tell, and that nothing they leave out is missed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.docker.settings_seen import RuntimeSeen, SettingsSeen
from dockerctl.errors import AnswerUnexpected
from tests.unit.test_docker_answers import ENGINES, json_values, recorded_json

PROPERTIES = [name for name, value in vars(SettingsSeen).items() if isinstance(value, property)]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_engines_tell(engine: str) -> None:
    seen = SettingsSeen.from_json(recorded_json(engine, "info"))

    assert seen.server_version.startswith(engine)
    assert (seen.debug, seen.experimental, seen.live_restore) == (False, False, False)
    assert (seen.data_root, seen.storage_driver) == ("/var/lib/docker", "overlay2")
    assert (seen.logging_driver, seen.cgroup_driver) == ("json-file", "cgroupfs")
    assert (seen.labels, seen.registry_mirrors, seen.insecure_registries) == ((), (), ())
    assert "127.0.0.0/8" in seen.insecure_networks
    assert {"journald", "json-file", "local", "syslog"} <= set(seen.log_drivers)
    assert seen.authorization_plugins == ()
    assert (seen.swarm_state, seen.swarm_manager) == ("inactive", False)
    assert seen.default_runtime == "runc"
    assert RuntimeSeen("runc", "runc", ()) in seen.runtimes
    assert (seen.http_proxy, seen.https_proxy, seen.no_proxy) == ("", "", "")
    assert seen.security_options[0].startswith("name=seccomp")
    assert seen.address_pools == ()


def test_what_is_configured() -> None:
    seen = SettingsSeen.from_json(
        {
            "Labels": ["a=1"],
            "LiveRestoreEnabled": True,
            "RegistryConfig": {
                "Mirrors": ["https://m.example/"],
                "InsecureRegistryCIDRs": ["10.0.0.0/8"],
                "IndexConfigs": {
                    "docker.io": {"Secure": True},
                    "r.example:5000": {"Secure": False},
                },
            },
            "Runtimes": {
                "own": {"path": "/opt/own", "runtimeArgs": ["--a", "b"]},
                "shim": {"runtimeType": "io.containerd.own.v1"},
            },
            "Swarm": {"LocalNodeState": "active", "ControlAvailable": True},
            "Plugins": {"Authorization": ["authz"], "Log": ["own"]},
            "DefaultAddressPools": [{"Base": "10.9.0.0/16", "Size": 24}],
            "HttpProxy": "http://xxxxx:xxxxx@proxy:3128",
        }
    )

    assert (seen.labels, seen.live_restore, seen.debug) == (("a=1",), True, None)
    assert seen.registry_mirrors == ("https://m.example/",)
    assert seen.insecure_networks == ("10.0.0.0/8",)
    assert seen.insecure_registries == ("r.example:5000",)
    assert seen.runtimes == (
        RuntimeSeen("own", "/opt/own", ("--a", "b")),
        RuntimeSeen("shim", "", ()),
    )
    assert (seen.swarm_state, seen.swarm_manager) == ("active", True)
    assert (seen.authorization_plugins, seen.log_drivers) == (("authz",), ("own",))
    assert seen.address_pools == (("10.9.0.0/16", 24),)
    assert seen.http_proxy == "http://xxxxx:xxxxx@proxy:3128"


@pytest.mark.parametrize("document", [None, [], "text", 1, True])
def test_what_is_no_object(document: object) -> None:
    with pytest.raises(AnswerUnexpected, match="not an object"):
        SettingsSeen.from_json(document)


@given(data=st.data())
def test_any_object_will_do(data: st.DataObject) -> None:
    document = recorded_json("28.5.2", "info")
    keys = [*document, "DefaultAddressPools"]
    document |= data.draw(st.dictionaries(st.sampled_from(keys), json_values, max_size=5))
    for key in data.draw(st.lists(st.sampled_from(keys), max_size=5)):
        document.pop(key, None)

    seen = SettingsSeen.from_json(document)
    for name in PROPERTIES:
        hash(getattr(seen, name))
