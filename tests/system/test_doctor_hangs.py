"""The doctor where something hangs: it ends within its deadline and changes nothing."""

from __future__ import annotations

import time

import pytest

from tests.faults.driver import Report, doctor, sh
from tests.lab.host import Host
from tests.system.states import freeze, thaw
from tests.system.units import fingerprint

# The deadline of the doctor, and what starting Python on a busy machine takes.
LIMIT_S = 25.0

_HANGS = {
    "dockerd": "kill -STOP $(pidof dockerd)",
    "containerd": "kill -STOP $(pidof containerd)",
    "mount": "hang /srv/server",
    "mount-of-data": 'hang /srv/server; json \'{"data-root": "/srv/server/docker"}\'',
    "journal": "kill -STOP $(pidof systemd-journald)",
}


def in_time(host: Host) -> Report:
    begin = time.monotonic()
    report = doctor(host)
    assert time.monotonic() - begin < LIMIT_S
    assert report.exit_code in (0, 158), report.document["error"]
    return report


@pytest.fixture
def up(host: Host) -> Host:
    sh(host, "systemctl start docker.service").check()
    return host


@pytest.mark.parametrize("what", _HANGS)
def test_ends_in_time_and_changes_nothing(up: Host, what: str) -> None:
    sh(up, _HANGS[what]).check()
    before = fingerprint(up)
    in_time(up)
    assert fingerprint(up) == before
    for program in ("dockerd", "containerd", "systemd-journald"):
        thaw(up, program)


def test_names_the_frozen_daemon(up: Host) -> None:
    freeze(up, "dockerd")
    assert in_time(up).codes[0] == "daemon-frozen"
    thaw(up, "dockerd")


def test_wakes_no_armed_daemon(up: Host) -> None:
    sh(up, "systemctl stop docker.service").check()
    before = fingerprint(up)
    in_time(up)
    assert fingerprint(up) == before
