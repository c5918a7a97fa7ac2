"""Typed answers: what real engines sent, and how a key that is missing or wrong is told."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.docker.answers import EngineInfo, EngineVersion, Ping
from dockerctl.errors import AnswerUnexpected

RECORDED = Path(__file__).parents[1] / "fixtures" / "engine"
ENGINES = ["20.10.24", "26.1.5", "28.5.2"]


class _File:
    """A recording in the shape that http.client reads from."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def makefile(self, _mode: str) -> Any:
        return self._path.open("rb")


def recorded(engine: str, name: str) -> tuple[dict[str, str], bytes]:
    """Headers in lower case and body of a recorded answer."""
    response = http.client.HTTPResponse(_File(RECORDED / engine / f"{name}.http"))  # type: ignore[arg-type]
    response.begin()
    headers = {key.lower(): value for key, value in response.getheaders()}
    return headers, response.read()


def recorded_json(engine: str, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(recorded(engine, name)[1])
    return document


# --- what real engines sent ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("engine", "ping"),
    [
        ("20.10.24", Ping("1.41", "Docker/20.10.24+dfsg1 (linux)", None, None)),
        ("26.1.5", Ping("1.45", "Docker/26.1.5+dfsg1 (linux)", "2", "inactive")),
        ("28.5.2", Ping("1.51", "Docker/28.5.2+dfsg4 (linux)", "2", "inactive")),
    ],
)
def test_ping(engine: str, ping: Ping) -> None:
    assert Ping.from_headers(*recorded(engine, "ping")) == ping


@pytest.mark.parametrize(
    ("engine", "version", "api", "oldest_api", "go"),
    [
        ("20.10.24", "20.10.24+dfsg1", "1.41", "1.12", "go1.19.8"),
        ("26.1.5", "26.1.5+dfsg1", "1.45", "1.24", "go1.24.4"),
        ("28.5.2", "28.5.2+dfsg4", "1.51", "1.24", "go1.27.1"),
    ],
)
def test_version(engine: str, version: str, api: str, oldest_api: str, go: str) -> None:
    assert EngineVersion.from_json(recorded_json(engine, "version")) == EngineVersion(
        version, api, oldest_api, go, "linux", "amd64", "6.12.0-recorded"
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_info(engine: str) -> None:
    info = EngineInfo.from_json(recorded_json(engine, "info"))

    assert info.server_version.startswith(engine)
    assert info == EngineInfo(
        server_version=info.server_version,
        containers=0,
        containers_running=0,
        live_restore=False,
        swarm_state="inactive",
        debug=False,
        data_root="/var/lib/docker",
        storage_driver="overlay2",
        logging_driver="json-file",
        cgroup_driver="cgroupfs",
        default_runtime="runc",
        warnings=(),
    )


def test_warnings_are_kept() -> None:
    document = recorded_json("28.5.2", "info") | {"Warnings": ["WARNING: one", "WARNING: two"]}

    assert EngineInfo.from_json(document).warnings == ("WARNING: one", "WARNING: two")


# --- what they should not send ---------------------------------------------------------------

TYPES: dict[str, Callable[[object], object]] = {
    "version": EngineVersion.from_json,
    "info": EngineInfo.from_json,
}
KEYS = {
    "version": ["Version", "ApiVersion", "MinAPIVersion", "GoVersion", "Os", "KernelVersion"],
    "info": ["Containers", "ContainersRunning", "LiveRestoreEnabled", "Swarm", "Warnings"],
}


@pytest.mark.parametrize(("name", "key"), [(name, key) for name in KEYS for key in KEYS[name]])
def test_a_missing_key_is_named(name: str, key: str) -> None:
    document = recorded_json("28.5.2", name)
    del document[key]

    with pytest.raises(AnswerUnexpected, match=f"it lacks '{key}'") as caught:
        TYPES[name](document)
    assert caught.value.details == {"path": f"/{name}", "key": key}


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("ServerVersion", 28, "'ServerVersion' is a number, not a string"),
        ("ServerVersion", None, "'ServerVersion' is null, not a string"),
        ("Containers", "0", "'Containers' is a string, not an integer"),
        ("Containers", 1.5, "'Containers' is a number, not an integer"),
        ("Containers", True, "'Containers' is a truth value, not an integer"),
        ("Containers", -1, "'Containers' is negative"),
        ("LiveRestoreEnabled", 0, "'LiveRestoreEnabled' is a number, not a truth value"),
        ("Swarm", [], "'Swarm' is a list, not an object"),
        ("Swarm", {}, "it lacks 'Swarm.LocalNodeState'"),
        ("Swarm", {"LocalNodeState": {}}, "'Swarm.LocalNodeState' is an object, not a string"),
        ("Warnings", "w", "'Warnings' is a string, not a list"),
        ("Warnings", ["w", 1], "'Warnings' has a number in it"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(key: str, value: object, says: str) -> None:
    with pytest.raises(AnswerUnexpected) as caught:
        EngineInfo.from_json(recorded_json("28.5.2", "info") | {key: value})

    assert caught.value.message.endswith(f": {says}")
    assert str(caught.value.details["key"]).startswith(key)


@pytest.mark.parametrize("document", [None, [], "text", 1, True, 1.5])
@pytest.mark.parametrize("name", TYPES)
def test_what_is_no_object(name: str, document: object) -> None:
    with pytest.raises(AnswerUnexpected, match="not an object"):
        TYPES[name](document)


@pytest.mark.parametrize(
    ("headers", "body", "says"),
    [
        ({"api-version": "1.45"}, b"", "not 'OK'"),
        ({"api-version": "1.45"}, b"<html>", "not 'OK'"),
        ({}, b"OK", "Api-Version"),
        ({"api-version": ""}, b"OK", "Api-Version"),
    ],
)
def test_a_ping_that_is_none(headers: dict[str, str], body: bytes, says: str) -> None:
    with pytest.raises(AnswerUnexpected, match=says):
        Ping.from_headers(headers, body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("name", TYPES)
@given(data=st.data())
def test_any_json_is_a_value_or_unexpected(name: str, data: st.DataObject) -> None:
    document = recorded_json("28.5.2", name)
    changed: object = document | data.draw(
        st.dictionaries(st.sampled_from(sorted(document)), json_values, max_size=3)
    )
    changed = data.draw(st.one_of(st.just(changed), json_values))
    try:
        TYPES[name](changed)
    except AnswerUnexpected as error:
        message = error.message
        assert message.startswith(f"The answer to /{name} ")
