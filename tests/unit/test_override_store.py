"""Drop-ins on disk, and the seal of ours."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.override.order import Scope
from dockerctl.override.store import (
    Owner,
    Seal,
    judge_seal,
    list_drop_ins,
    owned_path,
    plan_drop_ins,
    seal,
)

ETC = "/etc/systemd/system/docker.service.d"
LIB = "/usr/lib/systemd/system/docker.service.d"
BODY = b"[Service]\nRestart=no\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in (
        ETC,
        LIB,
        "/etc/systemd/system/service.d",
        "/run/systemd/system/docker.service.d",
    ):
        (tmp_path / folder[1:]).mkdir(parents=True)
    return tmp_path


def write(root: Path, path: str, data: bytes = BODY) -> str:
    (root / path[1:]).write_bytes(data)
    return path


def test_the_owned_path() -> None:
    path = "/etc/systemd/system/docker.service.d/90-dockerctl-proxy.conf"
    assert owned_path("docker.service", "proxy") == path
    assert owned_path("docker.service", "x", folder="/h").startswith("/h/docker.service.d/")


@pytest.mark.parametrize(
    ("unit", "recipe"),
    [
        ("docker.service", "../x"),
        ("docker.service", ""),
        ("docker.service", "a/b"),
        ("../docker.service", "x"),
        ("docker", "x"),
        ("docker.timer", "x"),
        ("docker.service", "x\n"),
    ],
)
def test_a_path_is_made_of_names_only(unit: str, recipe: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        owned_path(unit, recipe)


@given(st.binary(max_size=200))
def test_what_is_sealed_is_ours(body: bytes) -> None:
    assert judge_seal(seal(body)) is Seal.OURS


@given(st.binary(max_size=200), st.data())
def test_a_changed_byte_breaks_the_seal(body: bytes, data: st.DataObject) -> None:
    whole = bytearray(seal(body))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    assert judge_seal(bytes(whole)) is not Seal.OURS


def test_the_header_is_as_promised() -> None:
    first, second, rest = seal(BODY).split(b"\n", 2)
    assert first == b"# Written by dockerctl; change it with 'dockerctl override'."
    assert second.startswith(b"# sha256:")
    assert rest == BODY


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", Seal.FOREIGN),
        (BODY, Seal.FOREIGN),
        (b"# a comment\n" + seal(BODY), Seal.FOREIGN),
        (seal(BODY) + b"# mine\n", Seal.OURS_EDITED),
        (seal(BODY).replace(b"\n", b"\r\n"), Seal.OURS_EDITED),
        (seal(BODY).split(b"\n", 1)[0], Seal.FOREIGN),
        (seal(BODY).split(b"\n", 1)[0] + b"\n" + BODY, Seal.OURS_EDITED),
    ],
)
def test_other_bytes(data: bytes, expected: Seal) -> None:
    assert judge_seal(data) is expected


def test_drop_ins_are_listed_in_their_order(root: Path) -> None:
    late = write(root, "/etc/systemd/system/service.d/95-all.conf")
    own = write(root, f"{ETC}/90-dockerctl-proxy.conf", seal(BODY))
    early = write(root, f"{LIB}/10-lib.conf")
    run = write(root, "/run/systemd/system/docker.service.d/50-run.conf")
    found = list_drop_ins("docker.service", root=str(root))
    assert [drop_in.path for drop_in in found] == [early, run, own, late]
    owners = [drop_in.owner for drop_in in found]
    assert owners == [Owner.PACKAGE, Owner.RUNTIME, Owner.DOCKERCTL, Owner.ADMIN]
    assert all(drop_in.in_effect and not drop_in.reason for drop_in in found)
    assert found[0].data == BODY
    assert found[0].mode == 0o644


def test_namesakes_masks_and_strange_files(root: Path) -> None:
    mask = f"{ETC}/10-lib.conf"
    (root / mask[1:]).symlink_to("/dev/null")
    write(root, f"{LIB}/10-lib.conf")
    winner = write(root, f"{ETC}/20-x.conf", b"[Unit]\n")
    write(root, f"{LIB}/20-x.conf")
    write(root, f"{ETC}/30-x.bak")
    (root / ETC[1:] / "40-folder.conf").mkdir()
    (root / ETC[1:] / "50-gone.conf").symlink_to("/nowhere")
    os.mkfifo(root / ETC[1:] / "60-pipe.conf")
    found = {drop_in.path: drop_in for drop_in in list_drop_ins("docker.service", root=str(root))}
    assert [path for path, drop_in in found.items() if drop_in.in_effect] == [winner]
    assert found[mask].data == b""
    assert found[f"{LIB}/10-lib.conf"].shadowed_by == mask
    assert found[f"{LIB}/20-x.conf"].shadowed_by == winner
    assert found[f"{ETC}/50-gone.conf"].reason == "cannot be read: No such file or directory"
    assert found[f"{ETC}/60-pipe.conf"].reason == "not a regular file"
    assert f"{ETC}/40-folder.conf" not in found


def test_one_folder_under_two_names_counts_once(root: Path) -> None:
    (root / "lib").symlink_to("usr/lib")
    write(root, f"{LIB}/10-lib.conf")
    found = list_drop_ins("docker.service", root=str(root))
    assert [drop_in.path for drop_in in found] == [f"{LIB}/10-lib.conf"]


def test_the_folders_of_a_user(tmp_path: Path) -> None:
    folder = tmp_path / "h/.config/systemd/user/docker.service.d"
    folder.mkdir(parents=True)
    (folder / "x.conf").write_bytes(BODY)
    found = list_drop_ins(
        "docker.service", root=str(tmp_path), scope=Scope.USER, environment={"HOME": "/h"}
    )
    assert [drop_in.path for drop_in in found] == [
        "/h/.config/systemd/user/docker.service.d/x.conf"
    ]


def test_no_folder_is_no_drop_in(tmp_path: Path) -> None:
    assert list_drop_ins("docker.service", root=str(tmp_path)) == ()


def test_planned_files_take_their_place(root: Path) -> None:
    gone = write(root, f"{ETC}/10-gone.conf")
    shown = write(root, f"{LIB}/10-gone.conf")
    changed = write(root, f"{ETC}/50-changed.conf")
    (root / changed[1:]).chmod(0o600)
    new = f"{ETC}/20-new.conf"
    now = list_drop_ins("docker.service", root=str(root))
    then = plan_drop_ins(
        "docker.service",
        now,
        {
            gone: None,
            new: seal(BODY),
            changed: b"[Unit]\n",
            "/etc/systemd/system/docker.socket.d/x.conf": BODY,
            "/etc/docker/daemon.json": b"{}",
        },
    )
    assert [(d.path, d.in_effect) for d in then] == [(shown, True), (new, True), (changed, True)]
    assert then[0].shadowed_by is None
    assert then[0].reason == ""
    assert then[1].owner is Owner.DOCKERCTL
    assert then[2].data == b"[Unit]\n"
    assert then[2].mode == 0o600


def test_an_empty_planned_file_masks(root: Path) -> None:
    path = write(root, f"{LIB}/10-lib.conf")
    now = list_drop_ins("docker.service", root=str(root))
    then = plan_drop_ins("docker.service", now, {f"{ETC}/10-lib.conf": b""})
    assert [d.in_effect for d in then] == [False, False]
    assert {d.path: d.shadowed_by for d in then}[path] == f"{ETC}/10-lib.conf"
