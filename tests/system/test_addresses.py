"""Daemons that listen elsewhere: the address comes from the unit, not from the caller."""

from __future__ import annotations

import json

from tests.lab.host import Host
from tests.system.command import Dockerctl

_DROP_IN = "/etc/systemd/system/docker.service.d/50-listen.conf"
_CERTIFICATES = """\
set -e
mkdir -p /etc/docker/tls && cd /etc/docker/tls
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout ca-key.pem -out ca.pem
for who in server cert; do
  openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout $who-key.pem -out $who.csr
  echo subjectAltName=DNS:localhost,IP:127.0.0.1 >ext
  echo extendedKeyUsage=serverAuth,clientAuth >>ext
  openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 \\
    -extfile ext -out $who.pem
done
mv cert-key.pem key.pem
"""


def _listen(host: Host, flags: str) -> None:
    host.write(_DROP_IN, f"[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd {flags}\n")
    host.run(["systemctl", "daemon-reload"], check=True)


def test_a_port_on_the_command_line_is_probed(host: Host, ctl: Dockerctl) -> None:
    _listen(host, "-H tcp://127.0.0.1:2375")
    assert ctl.json("start").exit_code == 0
    answer = ctl.json("status")
    assert answer.document["verdict"] == "healthy"
    assert answer.document["probe"]["address"] == "tcp://127.0.0.1:2375"


def test_hosts_of_daemon_json_are_probed(host: Host, ctl: Dockerctl) -> None:
    _listen(host, "")
    host.write("/etc/docker/daemon.json", json.dumps({"hosts": ["unix:///run/other.sock"]}))
    assert ctl.json("start").exit_code == 0
    answer = ctl.json("status")
    assert answer.document["verdict"] == "healthy"
    assert answer.document["probe"]["address"] == "unix:///run/other.sock"


def test_tls_is_spoken_with_the_callers_certificates(host: Host, ctl: Dockerctl) -> None:
    host.run(["sh", "-c", _CERTIFICATES], check=True)
    tls = "/etc/docker/tls"
    _listen(
        host,
        f"-H tcp://127.0.0.1:2376 --tlsverify --tlscacert={tls}/ca.pem "
        f"--tlscert={tls}/server.pem --tlskey={tls}/server-key.pem",
    )
    env = {"DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": tls}
    started = ctl.json("start", env=env)
    assert started.exit_code == 0
    assert ctl.json("status", env=env).document["verdict"] == "healthy"

    without = ctl.json("status")
    assert without.document["verdict"] == "unreachable"
    assert without.document["probe"]["steps"][-1]["error"]["code"] == "tls-failed"


def test_a_docker_host_that_points_elsewhere_is_named_and_not_followed(ctl: Dockerctl) -> None:
    ctl.json("start")
    answer = ctl.json("status", env={"DOCKER_HOST": "tcp://192.0.2.1:2375"})
    assert answer.document["verdict"] == "healthy"
    assert answer.document["probe"]["address"] == "unix:///run/docker.sock"
    codes = [finding["code"] for finding in answer.document["findings"]]
    assert "caller-elsewhere" in codes
