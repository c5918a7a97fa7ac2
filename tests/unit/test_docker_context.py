"""Which daemon the caller's docker command would reach; broken files are told, never raised."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.docker.context import CallerEndpoint, caller_endpoint

DEFAULT = "unix:///var/run/docker.sock"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".docker").mkdir()
    return tmp_path


def write_config(folder: Path, document: object) -> None:
    (folder / "config.json").write_text(json.dumps(document))


def write_context(folder: Path, name: str, document: object) -> Path:
    digest = hashlib.sha256(name.encode()).hexdigest()
    path = folder / "contexts" / "meta" / digest / "meta.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document))
    return path


def context_at(host: object) -> object:
    return {
        "Name": "x",
        "Metadata": {},
        "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}},
    }


@pytest.mark.parametrize(
    ("environ", "endpoint"),
    [
        ({}, CallerEndpoint("context", "current", "tcp://current:1")),
        (
            {"DOCKER_HOST": "ssh://far"},
            CallerEndpoint("DOCKER_HOST", None, "ssh://far"),
        ),
        (
            {"DOCKER_HOST": "ssh://far", "DOCKER_CONTEXT": "named"},
            CallerEndpoint("DOCKER_HOST", None, "ssh://far"),
        ),
        (
            {"DOCKER_CONTEXT": "named"},
            CallerEndpoint("DOCKER_CONTEXT", "named", "tcp://named:1"),
        ),
        (
            {"DOCKER_CONTEXT": "default"},
            CallerEndpoint("DOCKER_CONTEXT", "default", DEFAULT),
        ),
        # Empty is not set.
        (
            {"DOCKER_HOST": "", "DOCKER_CONTEXT": "", "DOCKER_CONFIG": ""},
            CallerEndpoint("context", "current", "tcp://current:1"),
        ),
    ],
)
def test_precedence(environ: dict[str, str], endpoint: CallerEndpoint, home: Path) -> None:
    write_config(home / ".docker", {"currentContext": "current"})
    write_context(home / ".docker", "current", context_at("tcp://current:1"))
    write_context(home / ".docker", "named", context_at("tcp://named:1"))

    assert caller_endpoint(environ, str(home)) == endpoint


def test_docker_config_is_another_folder(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write_config(home / ".docker", {"currentContext": "wrong"})
    write_config(other, {"currentContext": "ünï code"})
    write_context(other, "ünï code", context_at("unix:///other.sock"))

    for some_home in (str(home), None):
        assert caller_endpoint({"DOCKER_CONFIG": str(other)}, some_home) == CallerEndpoint(
            "context", "ünï code", "unix:///other.sock"
        )


@pytest.mark.parametrize(
    "config",
    [None, {}, {"currentContext": ""}, {"auths": {"registry": {}}}],
    ids=["no file", "empty", "empty name", "other keys"],
)
def test_no_context(config: object, home: Path) -> None:
    if config is not None:
        write_config(home / ".docker", config)

    assert caller_endpoint({}, str(home)) == CallerEndpoint("default", None, DEFAULT)


def test_the_default_context_by_name(home: Path) -> None:
    write_config(home / ".docker", {"currentContext": "default"})

    assert caller_endpoint({}, str(home)) == CallerEndpoint("context", "default", DEFAULT)


@pytest.mark.parametrize("home_text", [None, "", "/nonexistent"])
def test_no_home(home_text: str | None) -> None:
    assert caller_endpoint({}, home_text) == CallerEndpoint("default", None, DEFAULT)


def test_a_context_without_a_home() -> None:
    endpoint = caller_endpoint({"DOCKER_CONTEXT": "named"}, None)

    assert (endpoint.source, endpoint.name, endpoint.address_text) == (
        "DOCKER_CONTEXT",
        "named",
        None,
    )
    assert endpoint.problem is not None


# --- broken files ----------------------------------------------------------------------------


def nested(path: Path) -> None:
    path.write_text("[" * 100_000)


def too_large(path: Path) -> None:
    path.write_bytes(b" " * (1024 * 1024) + b"{}")


def folder(path: Path) -> None:
    path.mkdir()


def fifo(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def loop(path: Path) -> None:
    path.symlink_to(path)


def text(content: str) -> object:
    def write(path: Path) -> None:
        path.write_text(content)

    return write


BROKEN = {
    "not JSON": text("{"),
    "empty": text(""),
    "a list": text("[]"),
    "not UTF-8": lambda path: path.write_bytes(b'{"a": "\xff"}'),
    "nested": nested,
    "too large": too_large,
    "folder": folder,
    "fifo": fifo,
    "device": device,
    "loop": loop,
}


@pytest.mark.parametrize("make", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_config_is_passed_over_and_told(make: object, home: Path) -> None:
    path = home / ".docker" / "config.json"
    assert callable(make)
    make(path)

    endpoint = caller_endpoint({}, str(home))

    assert (endpoint.source, endpoint.address_text) == ("default", DEFAULT)
    assert str(path) in (endpoint.problem or "")


@pytest.mark.parametrize("make", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_context_leads_nowhere_and_is_told(make: object, home: Path) -> None:
    path = write_context(home / ".docker", "named", {})
    path.unlink()
    assert callable(make)
    make(path)

    endpoint = caller_endpoint({"DOCKER_CONTEXT": "named"}, str(home))

    assert (endpoint.source, endpoint.name, endpoint.address_text) == (
        "DOCKER_CONTEXT",
        "named",
        None,
    )
    assert str(path) in (endpoint.problem or "")


@pytest.mark.parametrize("name", [5, None, ["a"], {"a": "b"}])
def test_a_current_context_of_another_type(name: object, home: Path) -> None:
    write_config(home / ".docker", {"currentContext": name})

    endpoint = caller_endpoint({}, str(home))

    assert (endpoint.source, endpoint.address_text) == ("default", DEFAULT)
    assert "currentContext" in (endpoint.problem or "")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"Endpoints": None},
        {"Endpoints": []},
        {"Endpoints": {"docker": "unix:///x"}},
        {"Endpoints": {"kubernetes": {"Host": "https://k"}}},
        context_at(""),
        context_at(5),
        context_at(None),
    ],
)
def test_a_context_without_a_docker_host(document: object, home: Path) -> None:
    write_context(home / ".docker", "named", document)

    endpoint = caller_endpoint({"DOCKER_CONTEXT": "named"}, str(home))

    assert endpoint.address_text is None
    assert "Endpoints.docker.Host" in (endpoint.problem or "")


@pytest.mark.parametrize("name", ["missing", "../../../etc", "\ud800"])
def test_a_context_that_does_not_exist(name: str, home: Path) -> None:
    write_config(home / ".docker", {"currentContext": name})

    endpoint = caller_endpoint({}, str(home))

    assert (endpoint.source, endpoint.name, endpoint.address_text) == ("context", name, None)
    assert endpoint.problem is not None


@given(st.dictionaries(st.sampled_from(["DOCKER_HOST", "DOCKER_CONTEXT"]), st.text()), st.text())
def test_no_environment_is_too_strange(environ: dict[str, str], home_text: str) -> None:
    endpoint = caller_endpoint(environ, f"/nonexistent/{home_text}")

    assert endpoint.address_text is not None or endpoint.problem is not None
