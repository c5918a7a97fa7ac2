"""Which hosts of the lab are stale, and how entries are kept. Nothing is cleaned up here."""

import dataclasses
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.lab.errors import LabError
from tests.lab.processes import ProcessId, parse_start_ticks
from tests.lab.registry import Entry, Registry

DEAD = ProcessId(pid=os.getpid(), start_ticks=1)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "run")


def entry(name: str = "h1") -> Entry:
    return Entry(
        name=name,
        suite="bookworm",
        cgroup=f"/nowhere/{name}",
        folder=f"/nowhere/{name}",
        lower=["/nowhere/image"],
        owner=ProcessId.own(),
    )


def test_start_ticks_come_after_a_name_with_brackets() -> None:
    fields = " ".join(["S", *(str(number) for number in range(4, 53))])

    assert parse_start_ticks(f"42 (a) b (c)) {fields}") == 22


def test_a_process_is_alive_until_it_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        process = ProcessId.of(child.pid)
        assert process.is_alive()
        child.communicate(b"\n")
    assert not process.is_alive()
    with pytest.raises(ProcessLookupError):
        ProcessId.of(child.pid)


def test_a_reused_process_number_is_another_process() -> None:
    assert ProcessId.own().is_alive()
    assert not DEAD.is_alive()


@pytest.mark.parametrize(
    ("owner", "supervisor", "is_stale"),
    [
        # The creator answers until there is a supervisor,
        (ProcessId.own(), None, False),
        (DEAD, None, True),
        # from then on the supervisor alone: it takes the host down when the creator dies.
        (ProcessId.own(), ProcessId.own(), False),
        (DEAD, ProcessId.own(), False),
        (ProcessId.own(), DEAD, True),
        # A host that stays has no owner.
        (None, ProcessId.own(), False),
        (None, DEAD, True),
        (None, None, True),
    ],
)
def test_staleness(owner: ProcessId | None, supervisor: ProcessId | None, is_stale: bool) -> None:
    found = dataclasses.replace(entry(), owner=owner, supervisor=supervisor)

    assert found.is_stale is is_stale


def test_an_entry_survives_the_file(registry: Registry) -> None:
    added = dataclasses.replace(entry(), supervisor=ProcessId.own())
    registry.add(added)
    assert registry.get("h1") == added

    updated = dataclasses.replace(added, pid1=DEAD)
    registry.update(updated)
    assert registry.get("h1") == updated
    assert list(registry.entries()) == [updated]

    registry.remove("h1")
    assert registry.get("h1") is None
    assert list(registry.entries()) == []


def test_a_name_is_taken_once(registry: Registry) -> None:
    registry.add(entry())

    with pytest.raises(LabError, match="h1 exists already"):
        registry.add(entry())
    assert [path.name for path in registry.root.iterdir()] == ["h1"]


def test_entries_come_by_name_and_without_what_is_no_entry(registry: Registry) -> None:
    registry.add(entry("h2"))
    registry.add(entry("h1"))
    (registry.root / ".new-1").mkdir()
    (registry.root / "empty").mkdir()
    (registry.root / "other").mkdir()
    (registry.root / "other/host.json").write_text('{"format": 2}')

    assert [found.name for found in registry.entries()] == ["h1", "h2"]


def test_folders_from_before_the_boot_are_forgotten_hosts(
    registry: Registry, tmp_path: Path
) -> None:
    hosts = tmp_path / "hosts"
    assert registry.clear_forgotten(hosts) == []
    for name in ("h1", "h2"):
        (hosts / name / "upper").mkdir(parents=True)
    registry.add(entry("h1"))

    assert registry.clear_forgotten(hosts, boot_time=time.time() - 3600) == []
    assert registry.clear_forgotten(hosts, boot_time=time.time() + 3600) == ["h2"]
    assert [path.name for path in hosts.iterdir()] == ["h1"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"name": "h1"}'])
def test_a_file_that_is_no_entry_is_an_error(text: str) -> None:
    with pytest.raises(LabError, match="not a host entry"):
        Entry.from_json(text)
