"""Unit names: what may be typed, and the object path that systemd makes of it."""

from __future__ import annotations

import pytest

from dockerctl.errors import UsageError
from dockerctl.systemd.names import printable, service_name, unit_path


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("docker", "docker.service"),
        ("docker.service", "docker.service"),
        ("my-docker", "my-docker.service"),
        ("docker@one", "docker@one.service"),
        ("docker@one.service", "docker@one.service"),
        ("a.b", "a.b.service"),
        (r"dev-disk\x2d1", r"dev-disk\x2d1.service"),
        ("d" * 247, "d" * 247 + ".service"),
    ],
)
def test_a_name(typed: str, name: str) -> None:
    assert service_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        "",
        ".service",
        "two words",
        "docker/../etc",
        "-\n-",
        "docker\n",
        "docker.service\n",
        "dock\x1b[31mer",
        "döcker",
        "docker@",
        "docker@.service",
        "@one",
        "a@b@c",
        "d" * 248,
        "caf\udce9",
    ],
)
def test_what_is_no_name(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        service_name(typed)
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    "typed", ["docker.socket", "multi-user.target", "apt.timer", "x.mount", "\x1b.slice"]
)
def test_another_kind_of_unit(typed: str) -> None:
    with pytest.raises(UsageError, match="is not a service") as caught:
        service_name(typed)
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("unit", "path"),
    [
        ("docker.service", "docker_2eservice"),
        ("1st.service", "_31st_2eservice"),
        ("my-docker@a.service", "my_2ddocker_40a_2eservice"),
        ("a_b.service", "a_5fb_2eservice"),
        (r"a\x2d.service", "a_5cx2d_2eservice"),
        ("é.service", "_c3_a9_2eservice"),
    ],
)
def test_an_object_path(unit: str, path: str) -> None:
    assert unit_path(unit) == f"/org/freedesktop/systemd1/unit/{path}"


def test_what_a_terminal_must_not_see_is_escaped() -> None:
    assert printable("a\x1b[31m\udce9\n") == r"'a\x1b[31m\udce9\n'"
