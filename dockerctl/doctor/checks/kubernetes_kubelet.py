"""A kubelet beside Docker: the same cgroup driver, and a runtime that is there."""

from __future__ import annotations

from collections.abc import Iterator

from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.containerd import ContainerdFacts
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.kubernetes import CONFIG, KubernetesFacts
from dockerctl.doctor.finding import Finding, warning
from dockerctl.doctor.model import Check, Facts

_DRIVER = "native.cgroupdriver="
# What the kubelet takes where nothing is said (kubelet's KubeletConfiguration).
_KUBELET_DEFAULT = "cgroupfs"
_CRI = ("cri", "io.containerd.grpc.v1.cri")


def _cgroup_driver(facts: Facts) -> Iterator[Finding]:
    kubelet = facts.of(KubernetesFacts)
    docker, source = _docker_driver(facts)
    by_docker = "cri-dockerd" in kubelet.endpoint or kubelet.dockershim
    if not kubelet.files or not by_docker or not docker:
        return
    wanted = kubelet.cgroup_driver or _KUBELET_DEFAULT
    if wanted != docker:
        said = "" if kubelet.cgroup_driver else " (its default: nothing is said)"
        yield warning(
            "kubelet-cgroup-driver",
            f"kubelet uses the cgroup driver {wanted}, Docker uses {docker}",
            (_line(kubelet, wanted, said), source),
            # systemd's is the one that both recommend.
            f"dockerctl config set 'exec-opts=[\"{_DRIVER}{wanted}\"]' && dockerctl restart"
            if wanted == "systemd"
            else _set(kubelet, docker),
        )


def _line(kubelet: KubernetesFacts, wanted: str, said: str) -> str:
    by_flag = kubelet.driver_file not in ("", CONFIG)
    key = "--cgroup-driver=" if by_flag else "cgroupDriver: "
    return f"{kubelet.driver_file or kubelet.files[0]}: {key}{wanted}{said}"


def _set(kubelet: KubernetesFacts, driver: str) -> str:
    """Only what is written in the usual way can be written anew by a command."""
    restart = "systemctl daemon-reload && systemctl restart kubelet"
    if kubelet.driver_file == CONFIG:
        return f"sed -i 's/^cgroupDriver:.*/cgroupDriver: {driver}/' {CONFIG} && {restart}"
    if kubelet.driver_file:
        change = f"s/--cgroup-driver[= ]{kubelet.cgroup_driver}/--cgroup-driver={driver}/"
        return f"sed -i '{change}' {kubelet.driver_file} && {restart}"
    if CONFIG in kubelet.files:
        return f"echo 'cgroupDriver: {driver}' >>{CONFIG} && {restart}"
    return f"start kubelet with --cgroup-driver={driver}, then: {restart}"


def _docker_driver(facts: Facts) -> tuple[str, str]:
    engine = facts.maybe(EngineFacts)
    told = (engine.info or {}).get("CgroupDriver") if engine is not None else None
    if isinstance(told, str) and told:
        return told, f"GET /info: CgroupDriver: {told}"
    configuration = facts.maybe(ConfigurationFacts)
    options = configuration.value("exec-opts") if configuration is not None else None
    rows = (options,) if isinstance(options, str) else options
    for option in rows if isinstance(rows, (list, tuple)) else ():
        if isinstance(option, str) and option.startswith(_DRIVER):
            return option.removeprefix(_DRIVER), f"exec-opts: {option}"
    return "", ""


def _runtime(facts: Facts) -> Iterator[Finding]:
    kubelet = facts.of(KubernetesFacts)
    if kubelet.dockershim:
        yield warning(
            "kubelet-dockershim",
            "kubelet was told to speak to Docker itself, which it cannot since 1.24",
            tuple(f"{path}: dockershim" for path in kubelet.files),
            "install cri-dockerd and name its socket: "
            "--container-runtime-endpoint=unix:///run/cri-dockerd.sock",
        )
    elif "cri-dockerd" in kubelet.endpoint and kubelet.listening is False:
        yield warning(
            "cri-dockerd-down",
            "kubelet uses cri-dockerd, and nobody listens on its socket",
            (
                f"{kubelet.files[0] if kubelet.files else ''}: {kubelet.endpoint}",
                f"/proc/net/unix: nobody listens on {kubelet.endpoint}",
            ),
            "systemctl enable --now cri-docker.socket",
        )


def _cri_off(facts: Facts) -> Iterator[Finding]:
    kubelet, containerd = facts.of(KubernetesFacts), facts.of(ContainerdFacts)
    disabled = containerd.setting("disabled_plugins")
    off = [name for name in disabled if name in _CRI] if isinstance(disabled, list) else []
    if off and kubelet.endpoint.endswith("containerd/containerd.sock"):
        yield warning(
            "kubelet-cri-disabled",
            "kubelet uses containerd, whose interface for it is turned off",
            (
                f"{containerd.config_path}: disabled_plugins has {off[0]}",
                f"{kubelet.files[0] if kubelet.files else ''}: {kubelet.endpoint}",
            ),
            f"take {off[0]} out of disabled_plugins in {containerd.config_path}; "
            "then: systemctl restart containerd",
        )


CHECKS = (
    Check(
        name="kubernetes-cgroup-driver",
        needs=(KubernetesFacts,),
        codes=("kubelet-cgroup-driver",),
        judge=_cgroup_driver,
        also=(EngineFacts, ConfigurationFacts),
    ),
    Check(
        name="kubernetes-runtime",
        needs=(KubernetesFacts,),
        codes=("kubelet-dockershim", "cri-dockerd-down"),
        judge=_runtime,
    ),
    Check(
        name="kubernetes-cri",
        needs=(KubernetesFacts, ContainerdFacts),
        codes=("kubelet-cri-disabled",),
        judge=_cri_off,
    ),
)
