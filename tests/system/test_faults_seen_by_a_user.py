"""The doctor as an ordinary user: it says what it could not see, and is right about the rest."""

from __future__ import annotations

import pytest

from tests.faults.driver import doctor, sh
from tests.lab.host import Host

# What everybody may read: units, their properties, daemon.json with its usual mode.
_SEEN = {
    "trailing-comma": ("""json '{"debug": true,}'""", "config-trailing-comma"),
    "masked": ("off; systemctl mask --quiet docker.service", "unit-masked"),
    "condition": (
        "drop_in docker.service '[Unit]' ConditionPathExists=/srv/site; off",
        "condition-false",
    ),
    "program": ('service ExecStart= "ExecStart=/opt/bin/dockerd $FD"', "program-missing"),
}


@pytest.fixture
def alice(host: Host) -> str:
    host.add_user("alice")
    sh(host, "systemctl start docker.service").check()
    return "alice"


@pytest.mark.parametrize("name", _SEEN)
def test_right_about_what_it_sees(host: Host, alice: str, name: str) -> None:
    breaks, code = _SEEN[name]
    sh(host, breaks).check()
    sh(host, "systemctl restart docker.service")
    report = doctor(host, user=alice)
    assert code in report.codes, report.lines()
    causes = [
        f["code"] for f in report.findings if not f["because_of"] and f["severity"] == "error"
    ]
    assert causes[0] == code, report.lines()
    assert report.document["unseen"]


def test_healthy(host: Host, alice: str) -> None:
    report = doctor(host, user=alice)
    # That the socket is not for this user is true, and the only thing that is wrong.
    assert {f["code"] for f in report.alarms} <= {"caller-not-in-group"}, report.lines()
    assert report.document["unseen"]
    for entry in report.document["unseen"]:
        assert entry["check"]
        assert entry["why"]


def test_secret_of_a_file_that_it_may_not_read(host: Host, alice: str) -> None:
    host.write("/etc/docker/daemon.json", '{"debug": true,}', 0o600)
    report = doctor(host, user=alice)
    assert "config-trailing-comma" not in report.codes
    assert report.document["unseen"]
