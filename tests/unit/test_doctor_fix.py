"""Which repairs dockerctl carries out by itself, and which it leaves to a person."""

from __future__ import annotations

import pytest

from dockerctl.cli.doctor_fix import plan_repair, repair_commands
from dockerctl.doctor.finding import error
from dockerctl.errors import NoSafeRepair


@pytest.mark.parametrize(
    ("fix", "commands"),
    [
        ("dockerctl unmask", [["unmask"]]),
        ("dockerctl config unset hosts", [["config", "unset", "hosts"]]),
        (
            "dockerctl stop, then dockerctl start",
            [["stop"], ["start"]],
        ),
        (
            "dockerctl config set 'log-opts.max-size=10m' && dockerctl start",
            [["config", "set", "log-opts.max-size=10m"], ["start"]],
        ),
        (
            "dockerctl override unset Service.ExecStartPre",
            [["override", "unset", "Service.ExecStartPre"]],
        ),
    ],
)
def test_commands_of_ours(fix: str, commands: list[list[str]]) -> None:
    assert [list(words) for words in repair_commands(fix)] == commands


@pytest.mark.parametrize(
    "fix",
    [
        "",
        "systemctl daemon-reload",
        "rm /run/docker.pid && dockerctl start",
        "dockerctl config set data-root=PATH",
        "dockerctl config set KEY=VALUE",
        "dockerctl config unset NAME",
        "dockerctl config set dns=<address>",
        "dockerctl config edit",
        "dockerctl mask",
        "dockerctl 'unclosed",
        "make the group docker again, then dockerctl start",
        "dockerctl",
    ],
)
def test_all_else_is_left_to_a_person(fix: str) -> None:
    assert repair_commands(fix) == ()
    with pytest.raises(NoSafeRepair):
        plan_repair("x", [error("x", "t", (), fix)])


def test_the_first_finding_of_the_code_is_meant() -> None:
    plan = plan_repair("x", [error("y", "t", (), "no"), error("x", "t", (), "dockerctl start")])
    assert plan is not None
    assert plan.lines() == ("would run: dockerctl start",)
    assert plan.document() == {"code": "x", "commands": [["dockerctl", "start"]], "done": False}
    assert plan_repair("z", []) is None
