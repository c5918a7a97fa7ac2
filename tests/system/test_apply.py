"""``apply``: the examples of its reference page on real hosts, and what it leaves alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.lab.host import Host
from tests.system.command import Dockerctl
from tests.system.units import drop_in, show

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "apply.md"
FIRST, PROXY, TLS = re.findall(r"```toml\n(version = 1\n.*?)```", PAGE.read_text("utf-8"), re.S)[
    -3:
]
FILE = "/root/host.toml"
CONFIG = "/etc/docker/daemon.json"
QUICK = ("--stable-for", "0.2")

_TLS = """
set -e
mkdir -p /etc/docker/tls; cd /etc/docker/tls
new() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "$@"; }
new -subj /CN=ca -keyout ca.key -out ca.pem
new -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -CA ca.pem -CAkey ca.key \\
    -keyout server-key.pem -out server-cert.pem || {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \\
        -keyout server-key.pem -out server.csr
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \\
        -out server-cert.pem
}
"""


def declare(host: Host, text: str) -> None:
    host.write(FILE, text)


def apply(ctl: Dockerctl, *options: str) -> bool:
    """Whether it changed anything; it has to succeed."""
    answer = ctl.json("apply", FILE, *QUICK, *options)
    assert answer.exit_code == 0, answer.document
    return bool(answer.document["changed"])


@pytest.mark.core
def test_the_first_guide(host: Host, ctl: Dockerctl) -> None:
    declare(host, FIRST)
    checked = ctl.json("apply", FILE, "--check", "--diff")
    assert (checked.exit_code, checked.document["changed"]) == (0, False)
    assert "max-size" in checked.document["transaction"]["diff"]
    assert host.run(["test", "-e", CONFIG]).returncode != 0
    assert apply(ctl, "--allow-data-move")
    info = json.loads(host.run(["docker", "info", "-f", "{{json .}}"], check=True).out)
    assert (info["DockerRootDir"], info["LoggingDriver"]) == ("/srv/docker", "json-file")
    run = show(host, "InvocationID")
    assert not apply(ctl)
    assert show(host, "InvocationID") == run


def test_a_proxy(host: Host, ctl: Dockerctl) -> None:
    declare(host, PROXY)
    assert apply(ctl)
    assert not apply(ctl)
    assert ctl.json("start").exit_code == 0
    shown = host.run(["systemctl", "show", "docker"], check=True).out
    assert "s3cret" not in shown
    mode = host.run(["stat", "-c", "%a", "/etc/dockerctl/proxy.env"], check=True).out.strip()
    assert mode == "600"
    raw = host.read_bytes(f"/proc/{show(host, 'MainPID')}/environ")
    assert b"HTTPS_PROXY=http://ops:s3cret@proxy.example:3128" in raw.split(b"\0")
    assert "s3cret" not in ctl.run("override", "show").out + ctl.run("history").out


def test_tls(host: Host, ctl: Dockerctl) -> None:
    host.run(["sh", "-c", _TLS], check=True)
    declare(host, TLS)
    assert apply(ctl)
    assert ":2376" in host.run(["ss", "-tln"], check=True).out
    assert not apply(ctl)


def test_what_is_not_declared_is_left_or_removed(host: Host, ctl: Dockerctl) -> None:
    host.write(CONFIG, '{"debug": true, "mtu": 1400}\n')
    declare(host, '[config]\nmtu = 1450\n[override.limits]\ntasks = "5000"\n')
    assert apply(ctl)
    assert json.loads(host.read(CONFIG)) == {"debug": True, "mtu": 1450}
    declare(host, 'managed = "exact"\n[config]\nmtu = 1450\n')
    assert apply(ctl)
    assert json.loads(host.read(CONFIG)) == {"mtu": 1450}
    assert ctl.json("override", "list").document["units"][0]["drop_ins"] == []
    assert not apply(ctl)


def test_service_state_and_enablement(host: Host, ctl: Dockerctl) -> None:
    declare(host, '[service]\nenabled = false\nstate = "stopped"\n')
    apply(ctl)
    assert show(host, "UnitFileState") == "disabled"
    assert show(host, "UnitFileState", "docker.socket") == "disabled"
    declare(host, '[service]\nenabled = true\nstate = "started"\n')
    assert apply(ctl)
    assert (show(host, "UnitFileState"), show(host, "ActiveState")) == ("enabled", "active")
    assert not apply(ctl)


def test_drift_is_one_line_of_status(host: Host, ctl: Dockerctl) -> None:
    drop_in(host, "hand", "[Service]\nEnvironment=A=0\n")
    assert ctl.json("start").exit_code == 0
    assert ctl.json("status").document["drift"] == []
    assert ctl.json("config", "set", "debug=true").exit_code == 0
    assert ctl.json("status").document["drift"] == []
    host.write(CONFIG, '{"mtu": 1400}\n')
    host.write("/etc/systemd/system/docker.service.d/hand.conf", "[Service]\nEnvironment=A=1\n")
    codes = [row["code"] for row in ctl.json("status").document["drift"]]
    assert codes == ["unit-changed", "config-changed"]
    host.run(["systemctl", "daemon-reload"], check=True)
    codes = [row["code"] for row in ctl.json("config", "effective").document["drift"]]
    assert codes == ["config-changed", "environment-differs"]
    lines = [line for line in ctl.run("status").out.splitlines() if "drift" in line]
    assert len(lines) == 1
    assert ctl.json("restart").exit_code == 0
    assert ctl.json("status").document["drift"] == []
