"""What is read of the host: routes, control groups, users, paths. On copies of a host's files."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

import pytest

from dockerctl.config.facts import Facts, NoFlags, Route, gather_facts
from dockerctl.config.look import BlindLook, HostLook
from dockerctl.config.release import Release

ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0102000A\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0002000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
tun0\t0000A8C0\t0102000A\t0003\t0\t0\t0\t0000FFFF\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth0\t000014AC\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0
eth0\t000015AC\t00000000\t0000\t0\t0\t0\t0000FFFF\t0\t0\t0
garbage
"""
ZERO, GATE = "0" * 32, f"fe80{'0' * 27}1"
ROUTES_V6 = f"""\
fd000000000000000000000000000000 40 {ZERO} 00 {ZERO} 00000100 00000001 00000000 00000001 eth0
fd010000000000000000000000000000 30 {ZERO} 00 {GATE} 00000400 00000001 00000000 00000003 eth0
fe800000000000000000000000000000 40 {ZERO} 00 {ZERO} 00000100 00000001 00000000 00000001 eth0
ff000000000000000000000000000000 08 {ZERO} 00 {ZERO} 00000100 00000001 00000000 00000001 eth0
00000000000000000000000000000001 80 {ZERO} 00 {ZERO} 00000000 00000001 00000000 80200001 lo
{ZERO} 00 {ZERO} 00 {ZERO} ffffffff 00000001 00000000 00200200 lo
garbage
"""
MOUNTS = """\
22 1 253:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:21 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw
24 22 253:1 / /srv/my\\040disk rw - xfs /dev/vdb rw
25 22 0:50 / /mnt/share rw - nfs4 server:/share rw
"""
FIB = """\
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 10.0.2.0
        /24 link UNICAST
     |-- 10.0.2.15
        /32 host LOCAL
     |-- 10.0.2.255
        /32 link BROADCAST
     |-- 127.0.0.1
        /32 host LOCAL
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "proc/net/route": ROUTES,
        "proc/net/ipv6_route": ROUTES_V6,
        "proc/self/mountinfo": MOUNTS,
        "proc/net/fib_trie": FIB,
        "proc/net/if_inet6": f"{'0' * 31}1 01 80 10 80       lo\nodd\n",
        "proc/sys/net/ipv4/ip_nonlocal_bind": "0\n",
        "proc/filesystems": "nodev\tsysfs\n\text4\nnodev\toverlay\n",
        "proc/misc": "234 btrfs-control\n236 device-mapper\n",
        "etc/resolv.conf": "# nameserver 9.9.9.9\nnameserver 10.0.2.3\nsearch a\nnameserver\n",
        "etc/subuid": "remap:100000:65536\n0:1:1\n",
        "etc/subgid": "remap:100000:65536\n0:1:1\n",
        "usr/bin/tool": "",
        "etc/plain": "",
        f"lib/modules/{os.uname().release}/modules.dep": "kernel/fs/btrfs/btrfs.ko.xz: x.ko\n",
        f"lib/modules/{os.uname().release}/modules.builtin": "kernel/fs/fuse/fuse.ko\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "usr/bin/tool").chmod(0o755)
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    (tmp_path / "sys/class/net/eth0").mkdir(parents=True)
    return tmp_path


class TestGathering:
    def test_routes_of_both_families(self, root: Path) -> None:
        known = gather_facts({}, None, root=str(root))
        assert known.routes == (
            Route(ipaddress.ip_network("10.0.2.0/24"), "eth0", True),
            Route(ipaddress.ip_network("192.168.0.0/16"), "tun0", False),
            Route(ipaddress.ip_network("172.17.0.0/16"), "docker0", True),
            Route(ipaddress.ip_network("fd00::/64"), "eth0", True),
            Route(ipaddress.ip_network("fd01::/48"), "eth0", False),
        )
        assert known.bridge_addresses == ("172.17.0.0/16",)

    def test_systemd_and_the_control_groups(self, root: Path) -> None:
        assert gather_facts({}, None, root=str(root)).systemd
        assert gather_facts({}, None, root=str(root)).cgroup_v2
        (root / "proc/self/mountinfo").write_text(
            "23 22 0:21 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
        )
        (root / "run/systemd/system").rmdir()
        known = gather_facts({}, None, root=str(root))
        assert not known.cgroup_v2
        assert not known.systemd

    def test_data_in_the_data_folder(self, root: Path) -> None:
        values: dict[str, object] = {"data-root": "/srv/docker"}
        assert not gather_facts(values, None, root=str(root)).has_data
        (root / "srv/docker/volumes").mkdir(parents=True)
        (root / "srv/docker/volumes/metadata.db").write_text("")
        assert not gather_facts(values, None, root=str(root)).has_data
        (root / "srv/docker/volumes/mine").mkdir()
        assert gather_facts(values, None, root=str(root)).has_data
        for folder in ("mine", "metadata.db"):
            path = root / "srv/docker/volumes" / folder
            path.rmdir() if path.is_dir() else path.unlink()
        images = root / "srv/docker/image/overlay2/imagedb/content/sha256"
        images.mkdir(parents=True)
        assert not gather_facts(values, None, root=str(root)).has_data
        (images / "0123").write_text("{}")
        assert gather_facts(values, None, root=str(root)).has_data
        by_flag = NoFlags({"data-root": ("/srv/docker",)})
        assert gather_facts({}, None, by_flag, root=str(root)).has_data
        assert not gather_facts({}, None, root=str(root)).has_data
        assert not gather_facts({"data-root": 7}, None, root=str(root)).has_data

    def test_what_the_caller_knows_is_kept(self, root: Path) -> None:
        known = gather_facts(
            {}, Release(28), networks=[("shop", ["10.0.0.0/8"])], log_drivers=["local"],
            authorization_plugins=["opa"], runtimes_in_use=["runc"], swarm_active=True,
            containers_running=3, socket_activated=False, strict=True, root=str(root),
        )  # fmt: skip
        assert known.networks == (("shop", ("10.0.0.0/8",)),)
        assert known.log_drivers == ("local",)
        assert known.authorization_plugins == ("opa",)
        assert known.runtimes_in_use == ("runc",)
        assert (known.swarm_active, known.containers_running) == (True, 3)
        assert (known.socket_activated, known.strict) == (False, True)
        assert known.release == Release(28)

    def test_an_empty_host_is_no_failure(self, tmp_path: Path) -> None:
        known = gather_facts({}, None, root=str(tmp_path))
        assert known.routes == ()
        assert known.cgroup_v2
        assert known.look.addresses() is None

    def test_this_host(self) -> None:
        known = gather_facts({}, None)
        assert known.look.is_folder("/") is True
        assert known.look.user_exists("root") is True


class TestHostLook:
    def test_paths(self, root: Path) -> None:
        look = HostLook(str(root))
        assert look.exists("/etc/plain") is True
        assert look.exists("/etc/missing") is False
        assert look.exists("/etc/plain/below") is False
        assert look.is_folder("/etc") is True
        assert look.is_file("/etc") is False
        assert look.is_file("/etc/plain") is True
        assert look.is_executable("/usr/bin/tool") is True
        assert look.is_executable("/etc/plain") is False
        assert look.readable("/etc/plain") is True
        assert look.readable("/etc") is False

    @pytest.mark.parametrize("path", ["", "relative", "/with\0zero", f"/{'x' * 5000}"])
    def test_odd_paths_are_not_known(self, root: Path, path: str) -> None:
        assert HostLook(str(root)).exists(path) is None

    def test_a_network_mount_is_not_touched(self, root: Path) -> None:
        look = HostLook(str(root))
        assert look.exists("/mnt/share/x") is None
        assert look.exists("/mnt/shared") is False

    def test_programs(self, root: Path) -> None:
        look = HostLook(str(root))
        assert look.find_program("tool") is True
        assert look.find_program("/usr/bin/tool") is True
        assert look.find_program("other") is False

    def test_file_systems(self, root: Path) -> None:
        look = HostLook(str(root))
        assert look.filesystem("/var/lib/docker") == "ext4"
        assert look.filesystem("/srv/my disk/docker") == "xfs"
        assert look.kernel_filesystem("overlay") is True
        assert look.kernel_filesystem("btrfs") is True
        assert look.kernel_filesystem("fuse") is True
        assert look.kernel_filesystem("aufs") is False

    def test_the_device_mapper(self, root: Path) -> None:
        look = HostLook(str(root))
        assert look.device_mapper() is True
        (root / "proc/misc").write_text("234 btrfs-control\n")
        assert look.device_mapper() is False
        lists = root / "lib/modules" / os.uname().release / "modules.dep"
        lists.write_text("kernel/drivers/md/dm-mod.ko.xz: kernel/drivers/dax/dax.ko.xz\n")
        assert look.device_mapper() is True
        (root / "proc/misc").unlink()
        assert look.device_mapper() is None

    def test_a_kernel_without_modules_loads_none(self, root: Path) -> None:
        folder = root / "lib/modules" / os.uname().release
        (folder / "modules.dep").unlink()
        assert HostLook(str(root)).kernel_filesystem("aufs") is None
        (folder / "modules.builtin").unlink()
        folder.rmdir()
        assert HostLook(str(root)).kernel_filesystem("aufs") is False
        (root / "proc/filesystems").unlink()
        assert HostLook(str(root)).kernel_filesystem("ext4") is None

    def test_users_and_ranges(self, root: Path) -> None:
        look = HostLook(str(root))
        assert look.user_exists("root") is True
        assert look.user_exists("0") is True
        assert look.user_exists("no-such-user-here") is False
        assert look.user_exists("4294967294") is False
        assert look.user_exists("9" * 30) is False
        assert look.group_exists("root") is True
        assert look.group_exists("0") is True
        assert look.group_exists("no-such-group-here") is False
        assert look.subid_ranges("remap") is True
        assert look.subid_ranges("root") is True
        assert look.subid_ranges("bare") is False

    def test_the_network(self, root: Path) -> None:
        look = HostLook(str(root))
        assert look.interface_exists("eth0") is True
        assert look.interface_exists("eth1") is False
        assert look.interface_exists("../eth0") is False
        assert look.addresses() == frozenset({"10.0.2.15", "127.0.0.1", "::1"})
        assert look.nameservers() == ("10.0.2.3",)
        (root / "proc/sys/net/ipv4/ip_nonlocal_bind").write_text("1\n")
        assert look.addresses() is None

    def test_a_pipe_is_not_waited_for(self, root: Path) -> None:
        (root / "etc/resolv.conf").unlink()
        os.mkfifo(root / "etc/resolv.conf")
        assert HostLook(str(root)).nameservers() == ()

    def test_the_home_folder(self) -> None:
        assert HostLook().home().startswith("/")


def test_a_blind_look_knows_nothing() -> None:
    look = BlindLook()
    assert look.exists("/") is None
    assert look.user_exists("root") is None
    assert look.addresses() is None
    assert look.nameservers() == ()
    assert look.filesystem("/") is None


def test_facts_have_defaults() -> None:
    known = Facts()
    assert known.release is None
    assert known.flags.values == {}
    assert known.flags.written == {}
