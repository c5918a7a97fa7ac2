"""Names, places and texts of the lab."""

from pathlib import Path

import pytest

from tests.lab.cgroups import parse_cgroup2_mount
from tests.lab.commands import User, parse_passwd, resolve_in_root
from tests.lab.errors import HostError, LabError
from tests.lab.init import Bind, Setup
from tests.lab.overlay import overlay_options
from tests.lab.paths import cache_root, is_host_name, new_host_name
from tests.lab.recipe import SUITES, Recipe, recipe_for


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"DOCKERCTL_LAB_CACHE": "/own", "XDG_CACHE_HOME": "/xdg", "HOME": "/h"}, "/own"),
        ({"XDG_CACHE_HOME": "/xdg", "HOME": "/h"}, "/xdg/dockerctl-lab"),
        ({"XDG_CACHE_HOME": "", "HOME": "/h"}, "/h/.cache/dockerctl-lab"),
        ({}, "/root/.cache/dockerctl-lab"),
    ],
)
def test_cache_root(environ: dict[str, str], expected: str) -> None:
    assert cache_root(environ) == Path(expected)


@pytest.mark.parametrize("name", ["a", "bookworm-1", "x" * 48])
def test_host_names(name: str) -> None:
    assert is_host_name(name)


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a.b", "a/b", "..", "x" * 49, "a\n"])
def test_what_cannot_name_a_host(name: str) -> None:
    assert not is_host_name(name)


def test_new_names_are_names_and_differ() -> None:
    names = {new_host_name("bookworm") for _ in range(20)}

    assert len(names) == 20
    assert all(is_host_name(name) for name in names)


@pytest.mark.parametrize("of_suite", SUITES)
def test_an_image_is_named_by_its_recipe(of_suite: str) -> None:
    recipe = recipe_for(of_suite)

    assert recipe.image_name == recipe_for(of_suite).image_name
    assert recipe.image_name.startswith(f"{of_suite}-")
    changed = [
        Recipe(of_suite, (*recipe.packages, "more"), recipe.masked),
        Recipe(of_suite, recipe.packages, (*recipe.masked, "more.service")),
        Recipe(of_suite, recipe.packages, recipe.masked, recipe.version + 1),
    ]
    assert len({recipe.image_name, *(other.image_name for other in changed)}) == 4


def test_an_unknown_suite_is_an_error_that_names_the_known() -> None:
    with pytest.raises(LabError, match="bookworm, trixie, forky"):
        recipe_for("noble")


UNTOUCHABLE = (
    "containerd",
    "dbus",
    "docker",
    "polkit",
    "systemd-journald",
    "systemd-logind",
    "user@",
)


def test_nothing_is_masked_that_dockerctl_deals_with() -> None:
    for suite in SUITES:
        for unit in recipe_for(suite).masked:
            assert not unit.startswith(UNTOUCHABLE)


def test_overlay_options_escape_what_separates_them() -> None:
    options = overlay_options([Path("/a:b"), Path("/c")], Path("/u,p"), Path("/w\\k"))

    assert options == "lowerdir=/a\\:b:/c,upperdir=/u\\,p,workdir=/w\\\\k,volatile"
    assert not overlay_options([Path("/c")], Path("/u"), Path("/w"), volatile=False).endswith(
        "volatile"
    )


HYBRID = """\
30 24 0:26 / /sys/fs/cgroup rw,relatime shared:9 - tmpfs tmpfs rw,mode=755
31 30 0:27 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
32 30 0:28 / /sys/fs/cgroup/unified rw,relatime shared:11 master:1 - cgroup2 cgroup2 rw
"""
UNIFIED = "29 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"


def test_cgroup2_mount() -> None:
    assert parse_cgroup2_mount(HYBRID) == Path("/sys/fs/cgroup/unified")
    assert parse_cgroup2_mount(UNIFIED) == Path("/sys/fs/cgroup")
    assert parse_cgroup2_mount("") is None


def test_a_setup_survives_the_way_to_the_host() -> None:
    setup = Setup(
        root="/r",
        overlay="lowerdir=/l",
        hostname="h",
        argv=["/init"],
        env={"A": "b"},
        binds=[Bind("/s", "/t"), Bind("/s2", "/t2", read_only=False)],
        runtime_masks=["docker.service"],
    )

    assert Setup.from_json(setup.to_json()) == setup


def test_parse_passwd() -> None:
    text = "root:x:0:0:root:/root:/bin/bash\nbroken\nalice:x:1000:1001:A,,:/home/alice:/bin/sh\n"

    assert parse_passwd(text, "alice") == User("alice", 1000, 1001, "/home/alice")
    with pytest.raises(HostError, match="no user bob"):
        parse_passwd(text, "bob")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/etc/hosts", "etc/hosts"),
        ("etc/./hosts", "etc/hosts"),
        ("/var/run/docker.sock", "run/docker.sock"),
        ("/absolute", "etc/hosts"),
        ("/relative", "etc/hosts"),
        ("/outside", "etc/hosts"),
        ("/../../etc/hosts", "etc/hosts"),
        ("/missing/file", "missing/file"),
        ("/", "."),
    ],
)
def test_links_are_followed_inside_the_root(tmp_path: Path, path: str, expected: str) -> None:
    for folder in ("etc", "run", "var"):
        (tmp_path / folder).mkdir()
    (tmp_path / "etc/hosts").write_text("")
    (tmp_path / "var/run").symlink_to("/run")
    (tmp_path / "absolute").symlink_to("/etc/hosts")
    (tmp_path / "relative").symlink_to("etc/hosts")
    (tmp_path / "outside").symlink_to("../../../etc/hosts")

    assert resolve_in_root(tmp_path, path) == tmp_path / expected


def test_a_loop_of_links_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")

    with pytest.raises(HostError, match="too many"):
        resolve_in_root(tmp_path, "/loop")
