"""What the API answers, and the containers, proxies, kubelets and files beside it."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any, cast

import pytest

from dockerctl.config.document import Document
from dockerctl.deadline import Deadline
from dockerctl.docker.address import UnixAddress
from dockerctl.docker.client import EngineClient
from dockerctl.docker.transport import Answer
from dockerctl.doctor.checks import (
    container_logs,
    container_state,
    engine_answer,
    engine_swarm,
    kubernetes_kubelet,
    proxy_reach,
    security_files,
)
from dockerctl.doctor.codes import code_table
from dockerctl.doctor.examining import examine
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.containerd import ContainerdFacts
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.exposure import ExposureFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.kubernetes import KubernetesFacts, config_settings, flag_settings
from dockerctl.doctor.facts.proxies import ProxiesFacts, Proxy
from dockerctl.doctor.facts.seen_file import SeenFile
from dockerctl.doctor.facts.swarm import SwarmFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import When
from dockerctl.doctor.ground import Ground
from dockerctl.doctor.model import Facts
from dockerctl.errors import ReadTimeout

CHECKS = (
    *container_logs.CHECKS,
    *container_state.CHECKS,
    *engine_answer.CHECKS,
    *engine_swarm.CHECKS,
    *kubernetes_kubelet.CHECKS,
    *proxy_reach.CHECKS,
    *security_files.CHECKS,
)
INFO: dict[str, object] = {
    "LoggingDriver": "json-file",
    "Plugins": {"Log": ["json-file", "journald", "local"]},
    "Runtimes": {"runc": {"path": "runc"}},
    "CgroupDriver": "systemd",
    "Swarm": {"LocalNodeState": "inactive"},
}
ENGINE = EngineFacts(asked=True, ping="ok", info=INFO, containers=(), networks=())
LIMITED = {"Type": "json-file", "Config": {"max-size": "10m"}}
PLAIN = {"Type": "json-file", "Config": {}}
ID = "a" * 64


def configured(text: str) -> ConfigurationFacts:
    return ConfigurationFacts(document=Document.parse(text.encode(), "daemon.json"))


def with_container(state: str = "running", **document: object) -> EngineFacts:
    row = {"Id": ID, "State": state, "Names": ["/web"], "Status": "Restarting (1)"}
    whole = {"Name": "/web", "HostConfig": {"LogConfig": LIMITED}} | document
    return replace(ENGINE, containers=(row,), inspected={ID: whole})


def judge(*parts: object) -> list[tuple[str, str, When]]:
    service = UnitFacts("docker.service", {"ActiveState": "active", "Result": "success"})
    defaults = (
        UnitsFacts(service),
        ConfigurationFacts(),
        ENGINE,
        ContainerdFacts(),
        SwarmFacts(SeenFile("/var/lib/docker/swarm/docker-state.json")),
        KubernetesFacts(),
        ProxiesFacts(),
        ExposureFacts(),
        JournalFacts(),
    )
    facts = Facts({type(p): p for p in defaults} | {type(p): p for p in parts})
    examination = examine(CHECKS, facts)
    assert not examination.unseen
    for finding in examination.findings:
        assert finding.code in code_table()
        assert finding.evidence
        assert "\n" not in finding.fix
    return [(f.code, f.severity.value, f.when) for f in examination.findings]


PROXY = Proxy("https-proxy", "HTTPS_PROXY of the unit", "http://p:3128", "p", 3128)
CRI = KubernetesFacts(("/var/lib/kubelet/config.yaml",), "systemd", "/run/cri-dockerd.sock", True)
STATE = SeenFile("/var/lib/docker/swarm/docker-state.json", "file", 0o600, size=200)
LIVE = configured('{"live-restore": true}')
ETC = SeenFile("/etc/docker", "folder", 0o755)


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (with_container(),),
        (configured('{"log-driver": "journald"}'), with_container()),
        (LIVE,),
        (SwarmFacts(STATE),),
        # Left behind by a swarm that the daemon says is over.
        (LIVE, SwarmFacts(STATE)),
        (ProxiesFacts((replace(PROXY, reach="ok"),), {"https_proxy": "http://p:3128"}, True),),
        (CRI,),
        (ExposureFacts((ETC,), (), (SeenFile("/k.pem", "file", 0o400),), ETC, "docker", ()),),
        (EngineFacts(why_not="it does not run"),),
        # One log driver for the daemon, another for the container: somebody asked for that.
        (
            configured('{"log-driver": "journald"}'),
            with_container(HostConfig={"LogConfig": {"Type": "local", "Config": {}}}),
        ),
    ],
)
def test_nothing_is_found_on_a_healthy_host(parts: tuple[object, ...]) -> None:
    assert judge(*parts) == []


def swarm(state: str) -> EngineFacts:
    return replace(ENGINE, info=INFO | {"Swarm": {"LocalNodeState": state, "Error": "lost"}})


@pytest.mark.parametrize(
    ("parts", "code", "severity"),
    [
        (
            (replace(ENGINE, ping="engine-fault", ping_problem="plugin failed", info=None),),
            "engine-refuses",
            "error",
        ),
        (
            (replace(ENGINE, problems={"/networks": "late"}, codes={"/networks": "read-timeout"}),),
            "engine-part-fails",
            "warning",
        ),
        (
            (replace(ENGINE, problems={"/info": "500"}, codes={"/info": "engine-fault"}),),
            "engine-part-fails",
            "error",
        ),
        (
            (replace(ENGINE, info=INFO | {"LoggingDriver": "jsonfile"}),),
            "log-driver-unavailable",
            "error",
        ),
        ((with_container(State={"Error": "port is taken"}),), "container-not-started", "info"),
        (
            (
                with_container(
                    "exited",
                    State={"Error": "port is taken"},
                    HostConfig={"RestartPolicy": {"Name": "always"}, "LogConfig": LIMITED},
                ),
            ),
            "container-not-started",
            "warning",
        ),
        ((with_container("restarting"),), "container-restart-loop", "warning"),
        ((with_container("dead"),), "container-dead", "warning"),
        (
            (with_container(HostConfig={"Runtime": "nvidia", "LogConfig": LIMITED}),),
            "container-runtime-unknown",
            "error",
        ),
        (
            (with_container(Mounts=[{"Source": "/var/run/docker.sock"}]),),
            "container-has-socket",
            "info",
        ),
        (
            (with_container(HostConfig={"LogConfig": PLAIN}),),
            "container-log-unlimited",
            "info",
        ),
        ((swarm("locked"),), "swarm-locked", "warning"),
        ((swarm("error"),), "swarm-error", "warning"),
        ((ProxiesFacts((replace(PROXY, reach="refused"),)),), "proxy-unreachable", "warning"),
        ((ProxiesFacts((replace(PROXY, reach="unusable"),)),), "proxy-unusable", "warning"),
        (
            (ProxiesFacts((replace(PROXY, reach="unresolved"),), {}, True),),
            "proxy-unreachable",
            "warning",
        ),
        (
            (ProxiesFacts((replace(PROXY, reach="unresolved"),), {}, False),),
            "proxy-unreachable",
            "info",
        ),
        (
            (ProxiesFacts((replace(PROXY, kind="http-proxy", reach="ok"),)),),
            "proxy-only-http",
            "info",
        ),
        ((ProxiesFacts((), {"https_proxy": "http://p:3128"}),), "proxy-only-in-shell", "info"),
        ((replace(CRI, cgroup_driver=""),), "kubelet-cgroup-driver", "warning"),
        ((replace(CRI, listening=False),), "cri-dockerd-down", "warning"),
        (
            (replace(CRI, endpoint="/run/dockershim.sock", dockershim=True),),
            "kubelet-dockershim",
            "warning",
        ),
        (
            (
                replace(CRI, endpoint="/run/containerd/containerd.sock"),
                ContainerdFacts(config={"disabled_plugins": ["cri"]}),
            ),
            "kubelet-cri-disabled",
            "warning",
        ),
        ((ExposureFacts((replace(ETC, mode=0o777),)),), "settings-writable", "warning"),
        ((ExposureFacts((replace(ETC, uid=1000),)),), "settings-writable", "warning"),
        ((ExposureFacts(data_root=replace(ETC, mode=0o777)),), "data-root-open", "warning"),
        (
            (ExposureFacts(keys=(SeenFile("/k.pem", "file", 0o644),)),),
            "tls-key-exposed",
            "warning",
        ),
        ((ExposureFacts(members=("alice",)),), "docker-group-members", "info"),
    ],
)
def test_what_is_wrong_is_found(parts: tuple[object, ...], code: str, severity: str) -> None:
    assert judge(*parts) == [(code, severity, When.NOW)]


@pytest.mark.parametrize("state", ["active", "pending", "error"])
def test_live_restore_and_a_swarm(state: str) -> None:
    found = judge(LIVE, SwarmFacts(STATE), swarm(state))
    assert ("live-restore-swarm", "error", When.NEXT_START) in found


def test_containers_with_the_logs_of_before() -> None:
    old = with_container(HostConfig={"LogConfig": PLAIN})
    for text in ('{"log-driver": "journald"}', '{"log-opts": {"max-size": "10m"}}'):
        codes = [code for code, _, _ in judge(configured(text), old)]
        assert codes == ["container-log-settings-old", "container-log-unlimited"]


def test_what_a_kubelet_was_told() -> None:
    yaml = "kind: KubeletConfiguration\ncgroupDriver: systemd\nx:\n  cgroupDriver: cgroupfs\n"
    assert config_settings(yaml) == {"cgroupDriver": "systemd"}
    assert config_settings('{"cgroupDriver": "cgroupfs"}') == {"cgroupDriver": "cgroupfs"}
    text = (
        'KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=unix:///run/cri-dockerd.sock '
        '--cgroup-driver=systemd"\n'
    )
    assert flag_settings(text) == {
        "cgroupDriver": "systemd",
        "containerRuntimeEndpoint": "unix:///run/cri-dockerd.sock",
    }
    assert flag_settings('A="') == {}


class Exchange:
    """Answers by path; a path that is not there hangs."""

    reusable = True

    def __init__(self, answers: dict[str, bytes]) -> None:
        self._answers = answers

    def request(self, method: str, path: str, *, read_timeout_s: float | None = None) -> Answer:  # noqa: ARG002
        if path not in self._answers:
            raise ReadTimeout("No answer in time.")
        headers = {"api-version": "1.41"} if path == "/_ping" else {}
        return Answer(200, headers, self._answers[path])

    def close(self) -> None:
        pass


def gathered(answers: dict[str, bytes]) -> EngineFacts:
    def ask(deadline: Deadline) -> EngineClient:
        return EngineClient(
            UnixAddress("/run/docker.sock"), deadline, connect=lambda _a, _d: Exchange(answers)
        )

    nothing = cast(Any, None)
    ground = Ground(
        "docker.service", nothing, nothing, {}, Deadline.after(10), nothing, nothing, ask, 0.0
    )
    return EngineFacts.gather(ground)


def test_every_answer_is_kept_and_every_failure() -> None:
    row = f'[{{"Id": "{ID}", "State": "running"}}, {{"Id": "../x"}}, 7]'.encode()
    seen = gathered(
        {
            "/_ping": b"OK",
            "/info": b'{"Driver": "overlay2"}',
            "/containers/json?all=1": row,
            f"/containers/{ID}/json": b'{"Name": "/web"}',
            "/networks": b"{",
        }
    )
    assert seen.ping == "ok"
    assert seen.info == {"Driver": "overlay2"}
    assert seen.inspected == {ID: {"Name": "/web"}}
    assert seen.codes == {"/version": "read-timeout", "/networks": "answer-unexpected"}
    assert [row["Id"] for row in seen.running()] == [ID]


def test_after_a_ping_that_fails_nothing_is_asked() -> None:
    seen = gathered({"/info": b"{}"})
    assert (seen.ping, seen.info, list(seen.codes)) == ("read-timeout", None, ["/_ping"])


def test_a_daemon_that_is_down_is_not_asked() -> None:
    nothing = cast(Any, None)
    ground = Ground(
        "docker.service", nothing, nothing, {}, Deadline.after(1), nothing, nothing, None, 0.0
    )
    assert not EngineFacts.gather(ground).asked


def test_a_proxy_is_connected_to_and_its_password_is_not_kept() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        configuration = ConfigurationFacts(
            environment={"HTTPS_PROXY": f"http://me:secret@127.0.0.1:{port}"}
        )
        nothing = cast(Any, None)
        ground = Ground(
            "docker.service", nothing, configuration, {"https_proxy": "http://a:b@p"},
            Deadline.after(5), nothing, nothing, None, 0.0,
        )  # fmt: skip
        assert ProxiesFacts.gather(ground).proxies[0].reach == "ok"
    seen = ProxiesFacts.gather(ground)
    assert seen.proxies[0].reach == "refused"
    assert "secret" not in repr(seen)
    assert seen.shell == {"https_proxy": "http://xxxxx:xxxxx@p"}
