"""Registries, runtimes, storage, addresses to listen on, choices, and what the host has to have."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockerctl.config.release import Release
from tests.fakes.look import FakeLook
from tests.meaning import RELEASES, V20, V23, V24, V25, V26, V27, V28, V29, facts, found, verdicts

Case = tuple[Mapping[str, object], set[str]]
ByRelease = tuple[Mapping[str, object], Release | None, set[str]]
TLS = {"tlscacert": "/c/ca.pem", "tlscert": "/c/cert.pem", "tlskey": "/c/key.pem"}


def limit(**members: object) -> dict[str, object]:
    return {"default-ulimits": {"nofile": members}}


def runtime(name: str = "mine", **members: object) -> dict[str, object]:
    return {"runtimes": {name: members}}


GOOD: list[dict[str, object]] = [
    {"registry-mirrors": ["https://m.example.com", "http://10.0.0.1:5000/", "https://[::1]"]},
    {"insecure-registries": ["r.example.com", "r:5000", "10.0.0.0/8", "10.0.0.1:5000", "::1/128"]},
    {"insecure-registries": ["index.docker.io", "fd00::1", "localhost"]},
    {"proxies": {"http-proxy": "http://p:3128", "https-proxy": "p:3128", "no-proxy": "*.a,b"}},
    {"proxies": {"http-proxy": ""}},
    runtime(path="/usr/bin/mine"), runtime(path="mine", runtimeArgs=["-a"]),
    runtime(Path="mine"), {"default-runtime": "runc"},
    {**runtime(path="x"), "default-runtime": "mine"},
    {"default-runtime": "io.containerd.runc.v2"},
    {"exec-opts": ["native.cgroupdriver=systemd"]},
    {"exec-opts": [" Native.CgroupDriver = systemd "]},
    {"cgroup-parent": "containers.slice"},
    {"exec-opts": ["native.cgroupdriver=systemd"], "cgroup-parent": "a.slice"},
    {"cpu-rt-period": 0}, limit(Name="nofile", Soft=1024, Hard=2048),
    limit(Name="nofile", Soft=-1, Hard=-1), limit(name="nofile", soft=1, hard=1),
    {"default-shm-size": "64M"}, {"default-shm-size": ""},
    {"data-root": "/srv/docker", "exec-root": "/run/docker", "pidfile": "/run/docker.pid"},
    {"storage-driver": "overlay2"}, {"storage-driver": "vfs"}, {"storage-driver": ""},
    {"storage-driver": "btrfs", "storage-opts": ["btrfs.min_space=10G"]},
    {"storage-driver": "zfs", "storage-opts": ["zfs.fsname=tank/docker"]},
    {"storage-driver": "overlay2", "storage-opts": ["overlay2.size=10G"]},
    {"hosts": ["unix:///run/other.sock", "fd://", "fd://*", "fd://3", ""]},
    {"hosts": ["tcp://127.0.0.1:2375", "tcp://localhost:2376", "tcp://[::1]:2375"]},
    {"hosts": ["tcp://", "unix://"]},
    {"hosts": ["tcp://0.0.0.0:2376"], "tlsverify": True, **TLS}, {"tls": True, **TLS},
    {"metrics-addr": "127.0.0.1:9323"}, {"metrics-addr": "[::]:9323"}, {"group": "docker"},
    {"log-level": "debug"}, {"log-level": "WARN"}, {"default-ipc-mode": "shareable"},
    {"default-cgroupns-mode": "private"}, {"log-format": "json"},
    {"max-concurrent-downloads": 1, "max-concurrent-uploads": 9, "max-download-attempts": 1},
    {"shutdown-timeout": -1}, {"network-diagnostic-port": 65535}, {"oom-score-adjust": -500},
    {"labels": ["a=b", "c=", "d=e=f"]}, {"features": {"buildkit": True, "cdi": False}},
    {"node-generic-resources": ["GPU=4", "SSD=a", "SSD=b"]}, {"seccomp-profile": "/p.json"},
    {"userns-remap": "default"}, {"live-restore": True}, {"swarm-default-advertise-addr": "eth0"},
]  # fmt: skip


@pytest.mark.parametrize("release", RELEASES, ids=str)
@pytest.mark.parametrize("values", GOOD, ids=str)
def test_right_values_pass_everywhere(values: Mapping[str, object], release: Release) -> None:
    assert verdicts(values, facts(release)) == set()


BAD: list[Case] = [
    *(({"registry-mirrors": [mirror]}, {"E registry-mirrors"}) for mirror in (
        "mirror.example.com", "mirror:5000", "ftp://m", "https://m?x=1", "https://m/#a", "",
        "https://me:secret@m", "https://{{ mirror }}", "https://m m", "//m",
    )),
    ({"registry-mirrors": ["https://"]}, {"W registry-mirrors"}),
    *(({"insecure-registries": [registry]}, {"E insecure-registries"}) for registry in (
        "<IP>:5000", "r:port", "r:70000", "10.0.0.1:5000/", "my_registry:5000", "*.example.com",
        "r.example.com/path", "-r", "r-", "ftp://r", "", "r .example.com",
    )),
    *(({"insecure-registries": [registry]}, {"W insecure-registries"}) for registry in (
        "http://r:5000", "HTTPS://r.example.com",
    )),
    ({"insecure-registries": ["http://r/path"]},
     {"E insecure-registries", "W insecure-registries"}),
    *(({"proxies": {"https-proxy": proxy}}, {"W proxies.https-proxy"}) for proxy in (
        "http://", "http://p p", "ftp://p", "http://me:secret@p:1", "http://p/path",
    )),
    ({"runtimes": {"runc": {"path": "x"}}}, {"E runtimes.runc"}),
    ({"default-runtime": "nvidia"}, {"E default-runtime"}),
    ({"default-runtime": "/usr/bin/x.y"}, {"E default-runtime"}),
    ({"exec-opts": ["native.cgroupdriver=none"]}, {"E exec-opts"}),
    ({"exec-opts": ["native.cgroupdriver=cgroupfs"]}, {"W exec-opts"}),
    ({"cgroup-parent": "/docker"}, {"E cgroup-parent"}),
    ({"cgroup-parent": ".slice"}, {"E cgroup-parent"}),
    (limit(Name="files", Soft=1, Hard=1), {"W default-ulimits.nofile"}),
    (limit(Name="nproc", Soft=1, Hard=1), {"W default-ulimits.nofile"}),
    (limit(Soft=1, Hard=1), {"W default-ulimits.nofile"}),
    (limit(Name="nofile", Soft=2, Hard=1), {"W default-ulimits.nofile"}),
    (limit(Name="nofile", Soft=-1, Hard=1), {"W default-ulimits.nofile"}),
    ({"default-shm-size": "64 megs"}, {"E default-shm-size"}),
    ({"pidfile": "docker.pid"}, {"W pidfile"}),
    ({"storage-driver": "overlay2", "storage-opts": ["overlay2.sizes=1"]}, {"E storage-opts"}),
    ({"storage-driver": "overlay2", "storage-opts": ["overlay2.size=big"]}, {"E storage-opts"}),
    ({"storage-driver": "overlay2", "storage-opts": ["size"]}, {"E storage-opts"}),
    ({"storage-driver": "overlay2", "storage-opts": ["dm.fs=xfs"]}, {"E storage-opts"}),
    *(({"hosts": [host]}, {"E hosts"}) for host in (
        "foo://x", "npipe:////./pipe/x", "tcp://127.0.0.1:0", "tcp://127.0.0.1:99999",
        "tcp://127.0.0.1:port", "tcp://127.0.0.1:2375/", "fd://x", "unix://unix:///x", "http://x",
    )),
    *(({"hosts": [host]}, {"W hosts"}) for host in (
        "tcp://0.0.0.0:2375", "0.0.0.0:2375", "tcp://10.0.0.1", "tcp://[::]:2375", "tcp://box:2375",
        "unix:///var/run/docker.sock", "unix:///run/docker.sock",
    )),
    ({"tls": True}, {"E tls", "W tls"}),
    ({"tlsverify": False}, {"E tlsverify"}),
    ({"tls": True, "tlscert": "/a", "tlskey": "/b"}, {"W tls"}),
    ({"tlscert": "/a"}, {"W tlscert"}),
    *(({"metrics-addr": address}, {"E metrics-addr"}) for address in (
        "9323", ":9323", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "::1:9323", "a:70000",
    )),
    ({"metrics-addr": "127.0.0.1:2375", "hosts": ["tcp://127.0.0.1:2375"]}, {"E metrics-addr"}),
    ({"metrics-addr": "[::]:2375", "hosts": ["tcp://127.0.0.1:2375"]}, {"W metrics-addr"}),
    ({"log-level": "verbose"}, {"E log-level"}),
    ({"log-format": "xml"}, {"E log-format"}),
    ({"default-ipc-mode": "host"}, {"E default-ipc-mode"}),
    ({"default-cgroupns-mode": "shared"}, {"E default-cgroupns-mode"}),
    ({"firewall-backend": "pf"}, {"E firewall-backend"}),
    ({"max-concurrent-downloads": -1}, {"E max-concurrent-downloads"}),
    ({"max-concurrent-uploads": -1}, {"E max-concurrent-uploads"}),
    ({"max-download-attempts": -1}, {"E max-download-attempts"}),
    ({"default-stop-timeout": -1}, {"E default-stop-timeout"}),
    ({"shutdown-timeout": -2}, {"W shutdown-timeout"}),
    ({"network-control-plane-mtu": -1}, {"W network-control-plane-mtu"}),
    ({"oom-score-adjust": -1001}, {"E oom-score-adjust"}),
    ({"labels": ["prod"]}, {"E labels"}),
    ({"labels": ["com.docker.x=1"]}, {"E labels"}),
    ({"features": {"buildkits": True}}, {"W features.buildkits"}),
    *(({"node-generic-resources": items}, {"E node-generic-resources"}) for items in (
        ["GPU"], ["GPU=1=2"], ["GPU=-1"], ["GPU=1", "GPU=a"],
    )),
    *(({"min-api-version": text}, {"E min-api-version"}) for text in (
        "v1.44", "1.23", "2.0", "junk", "1", "1.999",
    )),
    ({"min-api-version": "1.44.1"}, {"W min-api-version"}),
    *(({"bridge-accept-fwmark": text}, {"E bridge-accept-fwmark"}) for text in (
        "x", "0x1/", "1/2/3", "0x100000000", "-1", "08",
    )),
    ({"userns-remap": "a:b:c"}, {"E userns-remap"}),
    ({"userns-remap": ":b"}, {"E userns-remap"}),
    ({"authorization-plugins": ["opa"]}, {"W authorization-plugins@host"}),
]  # fmt: skip


@pytest.mark.parametrize("release", [V26, V28, V29], ids=str)
@pytest.mark.parametrize(("values", "expected"), BAD, ids=str)
def test_wrong_values(values: Mapping[str, object], expected: set[str], release: Release) -> None:
    assert verdicts(values, facts(release)) == expected


BY_RELEASE: list[ByRelease] = [
    ({"registry-mirrors": ["https://m/path"]}, V23, {"E registry-mirrors"}),
    ({"registry-mirrors": ["https://m/path"]}, V24, set()),
    ({"registry-mirrors": ["https://m/path"]}, None, set()),
    (runtime(), V23, {"W runtimes.mine"}), (runtime(), V24, {"E runtimes.mine"}),
    (runtime(path="a", runtimeType="b"), V28, {"E runtimes.mine"}),
    (runtime(path="a", options={"x": 1}), V28, {"E runtimes.mine"}),
    (runtime(runtimeType="b", runtimeArgs=["c"]), V28, {"E runtimes.mine"}),
    (runtime(runtimeType="b"), V28, set()), (runtime(runtimeType="b"), V20, {"W runtimes.mine"}),
    (runtime(path="~/mine"), V28, {"W runtimes.mine"}),
    ({"default-runtime": "io.containerd.x.v1"}, V20, {"E default-runtime"}),
    ({"default-runtime": "io.containerd.x.v1"}, V23, set()),
    ({"default-runtime": "io.containerd.runtime.v1.linux"}, V20, set()),
    ({"exec-opts": ["isolation=x"]}, V27, {"W exec-opts"}),
    ({"exec-opts": ["isolation=x"]}, V28, {"E exec-opts"}),
    ({"exec-opts": ["systemd"]}, V20, {"W exec-opts"}),
    ({"exec-opts": ["systemd"]}, V28, {"E exec-opts"}),
    ({"cpu-rt-runtime": 1}, V20, {"W cpu-rt-runtime@host"}),
    ({"cpu-rt-runtime": 1}, V23, {"E cpu-rt-runtime@host"}),
    ({"data-root": "~/docker"}, V20, {"E data-root"}),
    ({"data-root": "docker"}, V28, {"W data-root"}),
    ({"exec-root": "docker"}, V20, {"W exec-root"}),
    ({"graph": "/x"}, V20, {"W graph"}), ({"graph": "/x", "data-root": "/y"}, V20, {"E graph"}),
    ({"storage-driver": "overlay3"}, V28, {"E storage-driver"}),
    ({"storage-driver": "overlay3"}, V29, {"W storage-driver"}),
    ({"storage-driver": "overlay3"}, None, {"W storage-driver"}),
    ({"storage-driver": "aufs"}, V23, {"W storage-driver"}),
    ({"storage-driver": "aufs"}, V24, {"E storage-driver"}),
    ({"storage-driver": "devicemapper"}, V24, {"W storage-driver"}),
    ({"storage-driver": "devicemapper"}, V25, {"E storage-driver"}),
    ({"storage-opts": ["overlay2.override_kernel_check=true"]}, V20, set()),
    ({"storage-opts": ["overlay2.override_kernel_check=maybe"]}, V20, {"E storage-opts"}),
    ({"storage-opts": ["overlay2.override_kernel_check=true"]}, V24, {"E storage-opts"}),
    ({"storage-opts": ["overlay2.override_kernel_check=true"]}, V29, {"W storage-opts"}),
    ({"features": {"containerd-snapshotter": True}, "storage-driver": "overlay2"}, V29,
     {"E storage-driver"}),
    ({"features": {"containerd-snapshotter": True}, "storage-driver": "overlay2"}, V28,
     {"W storage-driver"}),
    ({"features": {"containerd-snapshotter": True}, "storage-driver": "overlayfs"}, V29, set()),
    ({"features": {"containerd-snapshotter": True}}, V20, {"W features.containerd-snapshotter"}),
    ({"features": {"windows-dns-proxy": True}}, V26, {"E features.windows-dns-proxy"}),
    ({"features": {"windows-dns-proxy": True}}, V28, {"W features.windows-dns-proxy"}),
    ({"features": {"embedded-containerd": True}, "cri-containerd": True}, V29,
     {"E features.embedded-containerd"}),
    ({"log-level": "warning"}, V24, set()), ({"log-level": "warning"}, V25, {"E log-level"}),
    ({"max-download-attempts": 0}, V20, {"E max-download-attempts"}),
    ({"max-download-attempts": 0}, V23, set()),
    ({"network-diagnostic-port": 70000}, V27, {"W network-diagnostic-port"}),
    ({"network-diagnostic-port": 70000}, V28, {"E network-diagnostic-port"}),
    ({"seccomp-profile": "unconfined"}, V20, {"E seccomp-profile"}),
    ({"seccomp-profile": "unconfined"}, V23, set()), ({"seccomp-profile": "builtin"}, V28, set()),
    ({"userland-proxy": True}, V24, set()), ({"userland-proxy": True}, V25, {"W userland-proxy"}),
    ({"userland-proxy-path": "proxy"}, V24, {"W userland-proxy-path"}),
    ({"userland-proxy-path": "proxy"}, V25, {"E userland-proxy-path"}),
    ({"userland-proxy-path": "proxy", "userland-proxy": False}, V25, {"W userland-proxy-path"}),
    ({"min-api-version": "1.44"}, V29, set()), ({"bridge-accept-fwmark": "0x1/0x3"}, V29, set()),
    ({"bridge-accept-fwmark": "017"}, V29, set()),
]  # fmt: skip


@pytest.mark.parametrize(("values", "release", "expected"), BY_RELEASE, ids=str)
def test_rules_of_some_releases(
    values: Mapping[str, object], release: Release | None, expected: set[str]
) -> None:
    assert verdicts(values, facts(release)) == expected


HERE = FakeLook(
    files=["/there.json", "/c/ca.pem", "/c/cert.pem", "/c/key.pem", "/run/docker/plugins/opa.sock"],
    folders=["/srv/docker"],
    programs=["mine", "/usr/bin/proxy", "docker-init"],
    users=["root", "remap", "bare"],
    groups=["root", "docker", "remap", "bare"],
    ranges=["remap"],
    interfaces=["eth0"],
    addresses=["127.0.0.1", "10.0.0.5", "fd00::5"],
    filesystems={"/tank": "zfs", "/x": "xfs", "/b": "btrfs"},
)
ON_HOST: list[Case] = [
    ({"data-root": "/there.json"}, {"E data-root@host"}), ({"data-root": "/srv/docker"}, set()),
    ({"data-root": "/missing"}, set()),
    ({"storage-opts": ["btrfs.min_space=1G"]}, {"E storage-opts"}),
    ({"storage-opts": ["btrfs.min_space=1G"], "data-root": "/b/docker"}, set()),
    ({"storage-opts": ["dm.fs=xfs"]}, {"E storage-opts"}),
    ({"storage-driver": "vfs", "storage-opts": ["foo=1"]}, {"E storage-opts"}),
    ({"storage-driver": "vfs", "storage-opts": ["size=1G"]}, {"W storage-opts@host"}),
    ({"storage-driver": "btrfs"}, {"E storage-driver@host"}),
    ({"storage-driver": "btrfs", "data-root": "/b/docker"}, set()),
    ({"storage-driver": "zfs", "data-root": "/tank/docker"}, set()),
    ({"storage-driver": "fuse-overlayfs"}, {"E storage-driver@host"}),
    ({"storage-driver": "overlay2", "storage-opts": ["overlay2.size=1G"]}, {"E storage-opts@host"}),
    ({"storage-opts": ["overlay2.size=1G"], "data-root": "/x/d"}, set()),
    (runtime(path="mine"), set()), (runtime(path="other"), {"W runtimes.mine@host"}),
    ({**runtime(path="other"), "default-runtime": "mine"}, {"W runtimes.mine@host"}),
    ({**runtime(path="other", runtimeArgs=["-a"]), "default-runtime": "mine"},
     {"E runtimes.mine@host"}),
    ({"metrics-addr": "10.0.0.5:9323"}, set()),
    ({"metrics-addr": "10.0.0.6:9323"}, {"E metrics-addr@host"}),
    ({"metrics-addr": "0.0.0.0:9323"}, set()), ({"metrics-addr": "box:9323"}, set()),
    ({"hosts": ["tcp://10.0.0.6:2376"], "tlsverify": True, **TLS}, {"E hosts@host"}),
    ({"hosts": ["tcp://[fd00::5]:2376"], "tlsverify": True, **TLS}, set()),
    ({"tlsverify": True, **TLS, "tlskey": "/c/missing"}, {"E tlskey@host"}),
    ({"tlsverify": True, **TLS, "tlscacert": "/c/missing"}, {"E tlscacert@host"}),
    ({"tlsverify": False, **TLS, "tlscacert": "/c/missing"}, set()),
    ({"group": "missing"}, {"E group@host"}), ({"group": "docker"}, set()),
    ({"group": "missing", "hosts": ["fd://"]}, {"W group@host"}),
    ({"group": "missing", "hosts": ["fd://", "unix:///x"]}, {"E group@host"}),
    ({"seccomp-profile": "/there.json"}, set()), ({"seccomp-profile": "there.json"},
     {"W seccomp-profile"}),
    ({"seccomp-profile": "/missing"}, {"E seccomp-profile@host"}),
    ({"init-path": "docker-init"}, set()), ({"init-path": "/missing"}, {"W init-path@host"}),
    ({"init-path": "/missing", "init": True}, {"E init-path@host"}),
    ({"userland-proxy-path": "/usr/bin/proxy"}, set()),
    ({"userland-proxy-path": "/missing"}, {"E userland-proxy-path@host"}),
    ({"userland-proxy-path": "/missing", "userland-proxy": False}, {"W userland-proxy-path@host"}),
    ({"userns-remap": "remap"}, set()), ({"userns-remap": "remap:remap"}, set()),
    ({"userns-remap": "root"}, set()), ({"userns-remap": "default"}, set()),
    ({"userns-remap": "bare"}, {"E userns-remap@host"}),
    ({"userns-remap": "missing"}, {"E userns-remap@host"}),
    ({"userns-remap": "remap:missing"}, {"E userns-remap@host"}),
    ({"swarm-default-advertise-addr": "eth0"}, set()),
    ({"swarm-default-advertise-addr": "10.9.9.9"}, set()),
    ({"swarm-default-advertise-addr": "eth7"}, {"W swarm-default-advertise-addr@host"}),
    ({"authorization-plugins": ["opa"]}, set()),
]  # fmt: skip


@pytest.mark.parametrize(("values", "expected"), ON_HOST, ids=str)
def test_what_the_host_has(values: Mapping[str, object], expected: set[str]) -> None:
    assert verdicts(values, facts(V28, look=HERE)) == expected


@pytest.mark.parametrize(
    ("driver", "expected"),
    [("aufs", "E storage-driver@host"), ("devicemapper", "E storage-driver@host")],
)
def test_old_storage_drivers_need_their_kernel(driver: str, expected: str) -> None:
    assert expected in verdicts({"storage-driver": driver}, facts(V20, look=HERE))


def test_a_relative_data_folder_is_fatal_only_when_it_is_new() -> None:
    here = FakeLook(folders=["/srv/docker"])
    assert verdicts({"data-root": "srv/docker"}, facts(V20, look=here)) == {"W data-root"}
    assert verdicts({"data-root": "srv/other"}, facts(V20, look=here)) == {"E data-root"}


def test_a_storage_driver_that_was_used_before_may_be_taken_again() -> None:
    values = {"storage-opts": ["dm.fs=xfs"]}
    before = FakeLook(folders=["/var/lib/docker/devicemapper"])
    assert verdicts(values, facts(V20, look=before)) == set()
    assert verdicts(values, facts(V20, look=FakeLook())) == {"E storage-opts"}


def test_a_missing_thin_pool_is_refused() -> None:
    look = FakeLook(files=["/dev/mapper/pool"], kernel=["device-mapper"])
    for pool, expected in (
        ("pool", {"W storage-driver"}),
        ("other", {"W storage-driver", "E storage-opts@host"}),
    ):
        values = {
            "storage-driver": "devicemapper",
            "storage-opts": [f"dm.thinpooldev=/dev/mapper/{pool}", "dm.unheard_of=1"],
        }
        assert verdicts(values, facts(V20, look=look)) == expected | {"W storage-opts"}


class TestOtherFacts:
    def test_nothing_takes_over_a_socket_that_nobody_passes(self) -> None:
        assert verdicts({"hosts": ["fd://"]}, facts(socket_activated=False)) == {"E hosts@host"}
        own = {"hosts": ["unix:///var/run/docker.sock"]}
        assert verdicts(own, facts(socket_activated=False)) == set()

    def test_a_swarm_forbids_some_keys(self) -> None:
        assert verdicts({"live-restore": True}, facts(swarm_active=True)) == {"E live-restore@host"}
        nft = {"firewall-backend": "nftables"}
        assert verdicts(nft, facts(V29, swarm_active=True)) == {"E firewall-backend@host"}
        allowed = {**nft, "features": {"swarm-nftables": True}}
        assert verdicts(allowed, facts(V29, swarm_active=True)) == set()

    def test_version_1_of_the_control_groups(self) -> None:
        known = facts(cgroup_v2=False)
        assert verdicts({"cpu-rt-period": 1000, "cgroup-parent": "/docker"}, known) == set()
        by_systemd = {"cgroup-parent": "/x", "exec-opts": ["native.cgroupdriver=systemd"]}
        assert verdicts(by_systemd, known) == {"E cgroup-parent"}

    def test_which_cgroup_driver_counts(self) -> None:
        values: dict[str, object] = {
            "cgroup-parent": "/x",
            "exec-opts": ["native.cgroupdriver=cgroupfs", "native.cgroupdriver=systemd"],
        }
        assert "E cgroup-parent" not in verdicts(values, facts(V27, cgroup_v2=False))
        assert "E cgroup-parent" in verdicts(values, facts(V28, cgroup_v2=False))

    def test_runtimes_in_use_stay_declared(self) -> None:
        known = facts(runtimes_in_use=("runc", "mine", "io.containerd.x.v1"))
        assert verdicts({}, known) == {"W runtimes@host"}
        assert verdicts(runtime(path="x"), known) == set()

    def test_runtimes_may_be_declared_by_flags(self) -> None:
        known = facts(flags={"runtimes": ("mine=/usr/bin/mine",)}, runtimes_in_use=("mine",))
        assert verdicts({"default-runtime": "mine"}, known) == set()

    def test_known_plugins_pass(self) -> None:
        known = facts(authorization_plugins=("opa:latest",))
        assert verdicts({"authorization-plugins": ["opa"]}, known) == set()

    def test_certificates_of_flags_have_defaults(self) -> None:
        look = FakeLook(files=["/root/.docker/ca.pem", "/root/.docker/cert.pem"])
        known = facts(flags={"tlsverify": ("true",)}, look=look)
        assert verdicts({}, known) == {"E tls@host"}


def test_no_secret_is_shown() -> None:
    values = {
        "registry-mirrors": ["https://me:secret@m"],
        "insecure-registries": ["http://me:secret@r/x"],
        "proxies": {"http-proxy": "http://me:secret@p:1"},
    }
    findings = found(values, facts())
    assert len(findings) == 4
    assert not any("secret" in finding.message + finding.hint for finding in findings)
