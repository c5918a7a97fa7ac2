"""The main job, end to end: start, look, change, stop."""

from __future__ import annotations

import pytest

from tests.system.command import Dockerctl

pytestmark = pytest.mark.core


def test_from_never_started_to_healthy_and_down_again(ctl: Dockerctl) -> None:
    before = ctl.json("status")
    assert (before.exit_code, before.document["verdict"]) == (3, "stopped")

    started = ctl.json("start")
    assert (started.exit_code, started.document["changed"]) == (0, True)

    healthy = ctl.json("status", "--wait")
    assert (healthy.exit_code, healthy.document["verdict"]) == (0, "healthy")
    assert [step["name"] for step in healthy.document["probe"]["steps"]] == [
        "unit",
        "socket",
        "connect",
        "ping",
        "version",
        "list",
    ]

    again = ctl.json("start")
    assert (again.exit_code, again.document["changed"]) == (0, False)

    stopped = ctl.json("stop")
    assert (stopped.exit_code, stopped.document["changed"]) == (0, True)
    assert stopped.document["socket"]["active_state"] == "inactive"

    still = ctl.json("stop")
    assert (still.exit_code, still.document["changed"]) == (0, False)


def test_daemon_that_is_masked_while_it_runs_is_still_healthy(ctl: Dockerctl) -> None:
    assert ctl.json("start").exit_code == 0
    assert ctl.json("mask").exit_code == 0
    masked = ctl.json("status")
    assert (masked.exit_code, masked.document["verdict"]) == (0, "healthy")
    assert "masked-while-active" in [f["code"] for f in masked.document["findings"]]
    assert ctl.json("stop").exit_code == 0
    refused = ctl.json("start")
    assert (refused.exit_code, refused.error_code) == (1, "unit-masked")
