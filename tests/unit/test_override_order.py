"""Which drop-ins count and in which order."""

from __future__ import annotations

import pytest

from dockerctl.override.order import (
    Found,
    Scope,
    drop_in_folders,
    drop_in_names,
    place,
    type_name,
    unit_folders,
)

ETC = "/etc/systemd/system"
LIB = "/usr/lib/systemd/system"


@pytest.mark.parametrize(
    ("unit", "names"),
    [
        ("docker.service", ["docker.service.d"]),
        ("docker.socket", ["docker.socket.d"]),
        ("a-b-c.service", ["a-b-c.service.d", "a-b-.service.d", "a-.service.d"]),
        ("a-.service", ["a-.service.d"]),
        ("x@1.service", ["x@1.service.d", "x@.service.d"]),
        (
            "snap.docker-x.dockerd.service",
            ["snap.docker-x.dockerd.service.d", "snap.docker-.service.d"],
        ),
    ],
)
def test_the_folders_of_a_unit(unit: str, names: list[str]) -> None:
    assert list(drop_in_names(unit)) == names


def test_the_folder_of_the_type() -> None:
    assert type_name("docker.service") == "service.d"


def test_system_folders_go_from_strong_to_weak() -> None:
    folders = unit_folders(Scope.SYSTEM)
    order = [
        "/etc/systemd/system.control",
        "/run/systemd/system.control",
        ETC,
        "/run/systemd/system",
        "/usr/local/lib/systemd/system",
        LIB,
    ]
    assert [folder for folder in folders if folder in order] == order


def test_user_folders_follow_the_environment() -> None:
    folders = unit_folders(Scope.USER, {"HOME": "/h", "XDG_RUNTIME_DIR": "/run/user/7"})
    assert folders[0] == "/h/.config/systemd/user.control"
    order = [
        "/run/user/7/systemd/user.control",
        "/h/.config/systemd/user",
        "/etc/systemd/user",
        "/run/user/7/systemd/user",
        "/h/.local/share/systemd/user",
        "/usr/lib/systemd/user",
    ]
    assert [folder for folder in folders if folder in order] == order
    moved = unit_folders(Scope.USER, {"HOME": "/h", "XDG_CONFIG_HOME": "/c"})
    assert "/c/systemd/user" in moved
    assert not any(folder.startswith("/h/.config") for folder in moved)


def test_the_type_comes_after_all_folders_of_the_unit() -> None:
    folders = drop_in_folders("docker.service", (ETC, LIB), aliases=("d.service",))
    assert folders == (
        f"{ETC}/docker.service.d",
        f"{LIB}/docker.service.d",
        f"{ETC}/d.service.d",
        f"{LIB}/d.service.d",
        f"{ETC}/service.d",
        f"{LIB}/service.d",
    )


def placed(*files: Found) -> list[tuple[str, bool]]:
    return [(item.found.path, item.in_effect) for item in place(files)]


def test_all_folders_are_merged_by_file_name() -> None:
    assert placed(
        Found(f"{ETC}/docker.service.d", "60-b.conf"),
        Found(f"{LIB}/docker.service.d", "50-y.conf"),
        Found(f"{ETC}/service.d", "90-x.conf"),
    ) == [
        (f"{LIB}/docker.service.d/50-y.conf", True),
        (f"{ETC}/docker.service.d/60-b.conf", True),
        (f"{ETC}/service.d/90-x.conf", True),
    ]


def test_names_are_sorted_by_bytes() -> None:
    files = [Found("/d", name) for name in ("b.conf", "B.conf", "é.conf", "10.conf", "9.conf")]
    names = [item.found.name for item in place(files)]
    assert names == ["10.conf", "9.conf", "B.conf", "b.conf", "é.conf"]


def test_the_first_folder_replaces_files_of_the_same_name() -> None:
    result = place([Found("/a", "x.conf"), Found("/b", "x.conf"), Found("/c", "x.conf")])
    assert [item.in_effect for item in result] == [True, False, False]
    assert [item.shadowed_by for item in result] == [None, "/a/x.conf", "/a/x.conf"]
    assert result[1].reason == "replaced by its namesake /a/x.conf"


def test_an_empty_file_masks_its_namesakes() -> None:
    result = place([Found("/a", "x.conf", masks=True), Found("/b", "x.conf")])
    assert [item.in_effect for item in result] == [False, False]
    assert result[0].shadowed_by is None
    assert result[1].reason == "masked by /a/x.conf"


@pytest.mark.parametrize(
    "name", ["x.conf~", "x.bak", "x.CONF", ".x.conf", "x.conf.dpkg-old", "x.conf.ignore", "x"]
)
def test_names_that_systemd_does_not_read(name: str) -> None:
    (item,) = place([Found("/a", name)])
    assert not item.in_effect
    assert item.reason
    assert item.shadowed_by is None
