"""What a changed drop-in needs."""

from __future__ import annotations

import pytest

from dockerctl.change.model import Effect
from dockerctl.change.unit_effect import changed_directives, effect_of
from dockerctl.override.text import parse_text


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("", "", ()),
        ("", "[Service]\nNice=1\n", (("Service", "Nice"),)),
        ("[Service]\nNice=1\n", "", (("Service", "Nice"),)),
        ("[Service]\nNice=1\n", "[Service]\nNice=2\n", (("Service", "Nice"),)),
        ("[Service]\nNice=1\n", "# other words\n[Service]\n\nNice = 1\n", ()),
        ("[Service]\nEnvironment=A=1\n", "[Service]\nEnvironment=A=1\nEnvironment=B=2\n",
         (("Service", "Environment"),)),
        ("[Service]\nNice=1\nUser=x\n", "[Unit]\nAfter=a.service\n[Service]\nUser=x\n",
         (("Unit", "After"), ("Service", "Nice"))),
        # The same name in another section is another setting.
        ("[Unit]\nX=1\n", "[Service]\nX=1\n", (("Service", "X"), ("Unit", "X"))),
    ],
)  # fmt: skip
def test_what_has_changed(before: str, after: str, changed: tuple[tuple[str, str], ...]) -> None:
    assert changed_directives(parse_text(before.encode()), parse_text(after.encode())) == changed


@pytest.mark.parametrize(
    ("unit", "directives", "effect"),
    [
        ("docker.service", (), Effect.NONE),
        ("docker.service", (("Service", "MemoryMax"), ("Service", "Restart")), Effect.NONE),
        ("docker.service", (("Unit", "RequiresMountsFor"), ("Install", "WantedBy")), Effect.NONE),
        ("docker.service", (("Service", "MemoryMax"), ("Service", "Environment")), Effect.RESTART),
        ("docker.service", (("Service", "ExecStart"),), Effect.RESTART),
        ("docker.service", (("Service", "LimitNOFILE"),), Effect.RESTART),
        ("docker.service", (("Service", "NoSuchSetting"),), Effect.RESTART),
        ("docker.socket", (("Socket", "SocketGroup"),), Effect.RESTART),
        ("docker.socket", (("Unit", "Description"),), Effect.NONE),
        ("docker.socket", (("Service", "Nice"),), Effect.NONE),
    ],
)
def test_what_it_needs(unit: str, directives: tuple[tuple[str, str], ...], effect: Effect) -> None:
    assert effect_of(unit, directives) is effect


def test_the_weights_are_in_the_order_of_the_disturbance() -> None:
    assert sorted(Effect, key=lambda effect: effect.weight) == [
        Effect.NONE, Effect.RELOAD, Effect.RESTART,
    ]  # fmt: skip
