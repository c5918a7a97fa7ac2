"""Flags that stand in the way of keys, and the way out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dockerctl.change.current import Current
from dockerctl.change.resolve import conflict_error, conflicting, flag_table, resolve, with_fd
from dockerctl.config.document import Document
from dockerctl.config.flags import parse_flags
from dockerctl.config.keys import key_table
from dockerctl.errors import FlagConflict
from tests.changing import SERVICE, host

TABLE = key_table()


def document(**values: object) -> Document:
    named = {name.replace("_", "-"): value for name, value in values.items()}
    return Document.parse(json.dumps(named).encode(), "daemon.json")


@pytest.fixture
def daemon(tmp_path: Path) -> Current:
    return host(
        tmp_path / "daemon.json", "/usr/bin/dockerd -H fd:// --log-opt a=1 -D --log-opt b=2"
    )


@pytest.mark.parametrize(
    ("values", "words", "names"),
    [
        ({"hosts": []}, ["-H", "fd://"], ("hosts",)),
        ({"hosts": []}, ["--host=fd://"], ("hosts",)),
        ({"debug": False, "mtu": 1}, ["-D", "--mtu", "5"], ("debug", "mtu")),
        ({"debug": False}, ["--mtu", "5"], ()),
        ({}, ["-D"], ()),
        # Both may name runtimes.
        ({"runtimes": {}}, ["--add-runtime", "x=/x"], ()),
        ({"proxies": {"http-proxy": "x", "no-proxy": "y"}}, ["--http-proxy", "z"],
         ("proxies.http-proxy",)),
        ({"proxies": {"http-proxy": "x"}}, ["--https-proxy", "z"], ()),
        ({"proxies": None}, ["--http-proxy", "z"], ()),
    ],
)  # fmt: skip
def test_what_stands_in_both(
    values: dict[str, object], words: list[str], names: tuple[str, ...]
) -> None:
    assert conflicting(document(**values), parse_flags(["dockerd", *words], TABLE)) == names


def test_the_flag_goes_out_by_a_drop_in(daemon: Current) -> None:
    resolution = resolve(document(log_opts={"a": "2"}, debug=False), daemon, TABLE, None)
    draft = resolution.draft
    assert (draft.unit, draft.recipe) == (SERVICE, "command")
    assert [(a.full_name, a.value) for a in draft.assignments if a.name == "ExecStart"] == [
        ("Service.ExecStart", ""), ("Service.ExecStart", "/usr/bin/dockerd -H fd://"),
    ]  # fmt: skip
    assert resolution.note == (
        "log-opts and debug: the flag goes out of ExecStart=, and the file decides."
    )


def test_a_flag_from_a_variable_is_in_a_file_of_others(tmp_path: Path) -> None:
    current = host(
        tmp_path / "daemon.json",
        "/usr/bin/dockerd $DOCKER_OPTS",
        environment={"DOCKER_OPTS": "--debug"},
    )
    with pytest.raises(FlagConflict) as caught:
        resolve(document(debug=True), current, TABLE, None)
    assert "debug is set by a flag in $DOCKER_OPTS" in caught.value.message


def test_what_is_told_without_resolve(daemon: Current) -> None:
    error = conflict_error(document(log_opts={}, mtu=5), daemon)
    assert error.message == (
        f"log-opts is set by the flag --log-opt a=1 --log-opt b=2 of {SERVICE}, and dockerd does "
        "not start with both."
    )
    assert "--resolve" in error.hint
    assert error.details == {"keys": ["log-opts"]}


@pytest.mark.parametrize(
    ("hosts", "changed"),
    [
        (["unix:///var/run/docker.sock", "tcp://[::1]:2375"], ["fd://", "tcp://[::1]:2375"]),
        (["unix:///run/docker.sock"], ["fd://"]),
        (["unix://"], ["fd://"]),
        (["tcp://[::1]:2375"], ["fd://", "tcp://[::1]:2375"]),
        (["unix:///other"], ["fd://", "unix:///other"]),
        (["tcp://[::1]:2375", "fd://"], None),
        (["fd://docker.socket"], None),
        ("fd://", None),
    ],
)
def test_the_local_socket_is_taken_over(hosts: object, changed: list[str] | None) -> None:
    before = document(hosts=hosts)
    after, note = with_fd(before)
    if changed is None:
        assert (after, note) == (before, "")
    else:
        assert after.values["hosts"] == changed
        assert note.startswith("hosts: fd://")


def test_without_hosts_there_is_nothing_to_take() -> None:
    assert with_fd(document(debug=True)) == (document(debug=True), "")


def test_the_table_of_flags() -> None:
    table = flag_table(TABLE)
    assert {"host", "log-opt", "mtu", "config-file", "http-proxy"} <= table.takes_value
    assert not {"debug", "tlsverify", "validate", "live-restore"} & table.takes_value
    assert {"host", "log-opt", "label", "add-runtime"} <= table.repeatable
    assert "mtu" not in table.repeatable
    assert (table.shorts["H"], table.shorts["D"], table.shorts["l"]) == (
        "host", "debug", "log-level",
    )  # fmt: skip
