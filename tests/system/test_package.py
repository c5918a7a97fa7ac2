"""The .deb on a real host: what it installs, how it runs, and that a purge leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab import images
from tests.lab.host import Host
from tests.lab.images import Image
from tests.system.command import Dockerctl

pytestmark = pytest.mark.core

# What dpkg itself keeps about packages that come and go.
_DPKG_OWN = ("/var/lib/dpkg/", "/var/log/", "/var/cache/")
_LISTED = ["find", "/", "-xdev", "-not", "-type", "d", "-printf", "%p %s %m\\n"]


@pytest.fixture
def bare(suite: str) -> Image:
    """The suite's image without our package."""
    return images.image(suite)


def test_a_purge_leaves_the_host_as_it_was(bare: Image, deb: Path) -> None:
    with Host.boot(bare, docker="stopped") as host:
        host.write("/root/dockerctl.deb", deb.read_bytes())
        before = _files(host)
        host.run(["dpkg", "--install", "/root/dockerctl.deb"], check=True)
        ctl = Dockerctl(host)
        assert ctl.json("start").exit_code == 0
        assert ctl.json("stop").exit_code == 0
        host.run(["dpkg", "--purge", "dockerctl"], check=True)
        left = {
            line
            for line in _files(host) - before
            if not line.startswith(_DPKG_OWN) and "/docker" not in line
        }
        assert not [line for line in left if "dockerctl" in line]
        assert host.run(["dpkg", "--status", "dockerctl"]).returncode != 0
        assert not host.exists("/usr/lib/python3/dist-packages/dockerctl")


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


def _files(host: Host) -> set[str]:
    return set(host.run(_LISTED, check=True).out.splitlines())
