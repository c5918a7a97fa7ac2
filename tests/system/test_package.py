"""The .deb on a real host: what it installs, how it runs, and that a purge leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab import images
from tests.lab.host import Host
from tests.lab.images import Image
from tests.system.command import Dockerctl
from tests.system.units import show

pytestmark = pytest.mark.core

RECOVERY = "dockerctl-recover.service"

# What dpkg itself keeps about packages that come and go.
_DPKG_OWN = ("/var/lib/dpkg/", "/var/log/", "/var/cache/")
_LISTED = ["find", "/", "-xdev", "-not", "-type", "d", "-printf", "%p %s %m\\n"]


@pytest.fixture
def bare(suite: str) -> Image:
    """The suite's image without our package."""
    return images.image(suite)


def test_a_purge_leaves_the_host_as_it_was(bare: Image, deb: Path) -> None:
    with Host.boot(bare, docker="stopped") as host:
        before = _files(host)
        ctl = _installed(host, deb)
        assert ctl.json("start").exit_code == 0
        assert ctl.json("config", "set", "debug=true").exit_code == 0
        assert ctl.json("rollback").exit_code == 0
        assert ctl.json("stop").exit_code == 0
        host.run(["dpkg", "--purge", "dockerctl"], check=True)
        left = {line for line in _files(host) - before if not line.startswith(_DPKG_OWN)}
        assert not [line for line in left if "dockerctl" in line]
        assert host.run(["dpkg", "--status", "dockerctl"]).returncode != 0
        for folder in (
            "/usr/lib/python3/dist-packages/dockerctl",
            "/var/lib/dockerctl",
            "/etc/dockerctl",
        ):
            assert not host.exists(folder)


def test_a_purge_does_not_take_away_what_the_daemon_needs(bare: Image, deb: Path) -> None:
    with Host.boot(bare, docker="stopped") as host:
        ctl = _installed(host, deb)
        proxy = ("override", "proxy", "--http", "http://someone:secret@proxy.example:3128")
        assert ctl.json(*proxy).exit_code == 0
        done = host.run(["dpkg", "--purge", "dockerctl"], check=True)
        assert "a drop-in in /etc/systemd/system names it" in done.err
        assert "secret" in host.read("/etc/dockerctl/proxy.env")
        assert not host.exists("/var/lib/dockerctl")
        host.run(["systemctl", "start", "docker.service"], check=True)


def test_recovery_is_enabled_for_the_next_boot_and_not_started(bare: Image, deb: Path) -> None:
    with Host.boot(bare, docker="stopped") as host:
        _installed(host, deb)
        # A second time, as an upgrade does.
        _installed(host, deb)
        assert show(host, "UnitFileState", RECOVERY) == "enabled"
        assert show(host, "ConditionTimestampMonotonic", RECOVERY) == "0"
        assert show(host, "ActiveState", RECOVERY) == "inactive"
        assert show(host, "NeedDaemonReload", RECOVERY) == "no"


def test_dpkg_finds_all_dependencies_and_no_file_is_changed(host: Host) -> None:
    assert host.run(["dpkg", "--audit"], check=True).out == ""
    assert host.run(["dpkg", "--verify", "dockerctl"], check=True).out == ""


def test_the_command_runs_isolated(host: Host) -> None:
    assert host.read("/usr/bin/dockerctl").splitlines()[0] == "#!/usr/bin/python3 -I"


def test_completions_and_manual_page_are_where_shells_and_man_look(host: Host) -> None:
    listed = host.run(["dpkg", "--listfiles", "dockerctl"], check=True).out.split()
    for path in (
        "/usr/share/bash-completion/completions/dockerctl",
        "/usr/share/zsh/vendor-completions/_dockerctl",
        "/usr/share/fish/vendor_completions.d/dockerctl.fish",
        "/usr/share/man/man1/dockerctl.1.gz",
    ):
        assert path in listed


def _installed(host: Host, deb: Path) -> Dockerctl:
    """Install our package on a running host."""
    host.write("/run/dockerctl.deb", deb.read_bytes())
    host.run(["dpkg", "--install", "/run/dockerctl.deb"], check=True)
    return Dockerctl(host)


def _files(host: Host) -> set[str]:
    return set(host.run(_LISTED, check=True).out.splitlines())
