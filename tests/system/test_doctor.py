"""doctor as a verb: explain, codes, preflight, repair, bundle. What it finds is in test_faults."""

from __future__ import annotations

import base64
import json
import tarfile
from io import BytesIO

import pytest

from tests.lab.host import Host
from tests.system.command import Answer, Dockerctl
from tests.system.units import active, fingerprint

CONFIG = "/etc/docker/daemon.json"
SECRET = "hunter2"


@pytest.fixture
def up(host: Host) -> Host:
    host.run(["systemctl", "start", "docker.service"], check=True)
    return host


def codes(answer: Answer) -> list[str]:
    return [finding["code"] for finding in answer.document["findings"]]


def above_info(answer: Answer) -> list[str]:
    return [f["code"] for f in answer.document["findings"] if f["severity"] != "info"]


@pytest.mark.core
def test_a_healthy_host_has_no_finding_and_is_left_as_it_is(up: Host, ctl: Dockerctl) -> None:
    before = fingerprint(up)
    answer = ctl.json("doctor")
    assert (answer.exit_code, above_info(answer)) == (0, [])
    assert answer.document["checks"] > 100
    assert answer.document["unseen"] == []
    assert ctl.run("doctor").out.splitlines()[-1].startswith("Nothing is wrong")
    assert fingerprint(up) == before


@pytest.mark.core
def test_a_repair_is_planned_done_and_proven(up: Host, ctl: Dockerctl) -> None:
    up.write(CONFIG, json.dumps({"debgu": True, "labels": ["a=b"]}))
    up.run(["systemctl", "restart", "docker.service"])
    broken = ctl.json("doctor")
    assert broken.exit_code == 158
    assert codes(broken)[0] == "unknown-key"

    planned = ctl.json("doctor", "--fix", "unknown-key", "--dry-run")
    assert planned.document["repair"]["done"] is False
    assert planned.document["repair"]["commands"] == [
        ["dockerctl", "config", "unset", "debgu"],
        ["dockerctl", "start"],
    ]
    assert "debgu" in up.read(CONFIG)

    done = ctl.json("doctor", "--fix", "unknown-key")
    assert (done.exit_code, done.document["changed"]) == (0, True)
    assert done.document["repair"]["done"] is True
    assert json.loads(up.read(CONFIG)) == {"labels": ["a=b"]}
    assert active(up) == "active"
    # It went through a transaction.
    assert "doctor --fix unknown-key" in ctl.run("history").out
    again = ctl.json("doctor", "--fix", "unknown-key")
    assert (again.exit_code, again.document["repair"]) == (0, None)


def test_a_repair_that_needs_a_person_is_refused(up: Host, ctl: Dockerctl) -> None:
    up.write(CONFIG, "{,}")
    up.run(["systemctl", "restart", "docker.service"])
    code = codes(ctl.json("doctor"))[0]
    refused = ctl.json("doctor", "--fix", code)
    assert (refused.exit_code, refused.error_code) == (156, "no-safe-repair")
    assert up.read(CONFIG) == "{,}"


def test_codes_and_explain(up: Host, ctl: Dockerctl) -> None:
    up.run(["systemctl", "disable", "--quiet", "docker.service", "docker.socket"], check=True)
    one = ctl.json("doctor", "not-at-boot")
    assert (one.exit_code, codes(one)) == (158, ["not-at-boot"])
    assert codes(ctl.json("doctor", "data-root-full")) == []
    ahead = ctl.json("doctor", "--preflight")
    assert (ahead.exit_code, codes(ahead)) == (158, ["not-at-boot"])
    assert ahead.document["findings"][0]["when"] == "next-boot"
    told = ctl.json("doctor", "explain", "not-at-boot")
    assert told.exit_code == 0
    assert [row["code"] for row in told.document["explained"]] == ["not-at-boot"]
    assert "Repair:" in ctl.run("doctor", "explain", "not-at-boot").out
    fixed = ctl.json("doctor", "--fix", "not-at-boot")
    assert fixed.exit_code == 0
    assert ctl.json("is-enabled").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("no-such-code",),
        ("explain",),
        ("explain", "no-such-code"),
        ("--fix", "no-such-code"),
        ("--fix", "unit-masked", "unit-masked"),
        ("--fix", "unit-masked", "--preflight"),
    ],
    ids=" ".join,
)
def test_wrong_words(host: Host, words: tuple[str, ...]) -> None:
    answer = Dockerctl(host).json("doctor", *words)
    assert (answer.exit_code, answer.error_code) == (2, "usage")


def test_a_bundle_has_everything_but_secrets(up: Host, ctl: Dockerctl) -> None:
    up.run(["mkdir", "-p", "/etc/systemd/system/docker.service.d"], check=True)
    up.write(
        "/etc/systemd/system/docker.service.d/p.conf",
        f"[Service]\nEnvironment=HTTPS_PROXY=http://me:{SECRET}@127.0.0.1:9 TOKEN={SECRET}\n",
    )
    up.write(CONFIG, json.dumps({"log-driver": "splunk", "log-opts": {"splunk-token": SECRET}}))
    up.run(["systemctl", "daemon-reload"], check=True)
    up.run(["systemctl", "restart", "docker.service"])
    answer = ctl.json("doctor", "--bundle", "/root/report.tar")
    assert answer.document["bundle"] == "/root/report.tar"
    assert up.run(["stat", "-c", "%a", "/root/report.tar"]).out.strip() == "600"
    data = up.run(["base64", "-w0", "/root/report.tar"], check=True).out
    with tarfile.open(fileobj=BytesIO(base64.b64decode(data))) as tar:
        texts = {m.name: (tar.extractfile(m) or BytesIO()).read() for m in tar.getmembers()}
    assert {name.rpartition("/")[2] for name in texts} >= {"facts.json", "findings.json"}
    for name, text in texts.items():
        assert SECRET.encode() not in text, name
    facts = json.loads(texts["dockerctl-bundle/facts.json"])
    assert "UnitsFacts" in facts["known"]
    again = ctl.json("doctor", "--bundle", "/root/report.tar")
    assert (again.exit_code, again.error_code) == (1, "bundle-not-written")


def test_start_and_status_say_the_cause(host: Host, ctl: Dockerctl) -> None:
    host.write(CONFIG, json.dumps({"live-restore": "yes"}))
    failed = ctl.json("start")
    assert (failed.exit_code, failed.error_code) == (152, "start-failed")
    finding = failed.document["error"]["details"]["finding"]
    assert finding["code"] == "wrong-type"
    assert finding["evidence"].startswith(f"{CONFIG}:1:2: ")
    assert finding["fix"].startswith("dockerctl config ")
    status = ctl.json("status")
    assert status.document["findings"][0]["code"] == "wrong-type"
    change = ctl.json("config", "set", "debug=true", "--start")
    assert change.exit_code != 0
