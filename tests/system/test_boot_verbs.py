"""enable, disable, mask, unmask: service and socket as a pair, and the truth about what runs."""

from __future__ import annotations

import pytest

from tests.lab.host import Host
from tests.system import states
from tests.system.command import Dockerctl
from tests.system.states import SERVICE, SOCKET
from tests.system.units import active, fingerprint, show

PAIR = (SERVICE, SOCKET)


def on_disk(host: Host) -> tuple[str, ...]:
    """What systemctl reads from the files."""
    return tuple(host.run(["systemctl", "is-enabled", *PAIR]).out.split())


@pytest.mark.core
def test_each_verb_changes_the_pair_once_and_is_done_the_second_time(
    host: Host, ctl: Dockerctl
) -> None:
    for verb, state, code in (
        ("disable", "disabled", 1),
        ("enable", "enabled", 0),
        ("mask", "masked", 1),
        ("unmask", "enabled", 0),
    ):
        for changed in (True, False):
            done = ctl.json(verb)
            assert (verb, done.exit_code, done.document["changed"]) == (verb, 0, changed)
            assert done.document["unit_files"] == dict.fromkeys(PAIR, state)
            assert bool(done.document["changes"]) is changed
        assert on_disk(host) == (state, state)
        # systemd has read the change: nobody has to think of a daemon-reload.
        assert [show(host, "NeedDaemonReload", unit) for unit in PAIR] == ["no", "no"]
        enabled = ctl.json("is-enabled")
        assert (enabled.exit_code, enabled.document["service"]) == (code, state)
        assert enabled.document["socket"] == state


# One after the other on one host: each begins where the one before has ended.
HALVES = [
    ("disable docker.service", "enable", "enabled"),
    ("disable docker.socket", "enable", "enabled"),
    ("mask docker.service", "unmask", "enabled"),
    ("mask --runtime docker.service", "unmask", "enabled"),
    ("disable docker.service", "disable", "disabled"),
    ("mask docker.socket", "mask", "masked"),
]


def test_half_a_pair_is_made_whole(host: Host, ctl: Dockerctl) -> None:
    for half, verb, state in HALVES:
        states.sh(host, f"systemctl {half}")
        done = ctl.json(verb)
        assert (half, done.exit_code, done.document["changed"]) == (half, 0, True)
        assert (half, *on_disk(host)) == (half, state, state)


def test_socket_that_alone_starts_at_boot_is_noticed(host: Host, ctl: Dockerctl) -> None:
    states.sh(host, "systemctl disable docker.service")
    (finding,) = ctl.json("status").document["findings"]
    assert finding["code"] == "boot-socket-only"
    assert ctl.json("enable").exit_code == 0
    assert ctl.json("status").document["findings"] == []


def test_enable_now_starts_and_disable_now_stops(host: Host, ctl: Dockerctl) -> None:
    assert ctl.json("disable").exit_code == 0
    enabled = ctl.json("enable", "--now")
    assert (enabled.exit_code, enabled.document["changed"]) == (0, True)
    assert [active(host, unit) for unit in PAIR] == ["active", "active"]
    again = ctl.json("enable", "--now")
    assert (again.exit_code, again.document["changed"]) == (0, False)

    disabled = ctl.json("disable", "--now")
    assert (disabled.exit_code, disabled.document["changed"]) == (0, True)
    assert [active(host, unit) for unit in PAIR] == ["inactive", "inactive"]
    assert on_disk(host) == ("disabled", "disabled")
    again = ctl.json("disable", "--now")
    assert (again.exit_code, again.document["changed"]) == (0, False)


def test_enable_now_of_a_daemon_that_fails_leaves_it_enabled_and_says_so(
    host: Host, ctl: Dockerctl
) -> None:
    assert ctl.json("disable").exit_code == 0
    states.broken(host)
    done = ctl.json("enable", "--now")
    assert (done.exit_code, done.error_code) == (152, "start-failed")
    assert done.document["changed"] is True
    assert on_disk(host) == ("enabled", "enabled")


def test_mask_now_stops_and_then_nothing_starts_it(host: Host, ctl: Dockerctl) -> None:
    states.running(host)
    masked = ctl.json("mask", "--now")
    assert (masked.exit_code, masked.document["changed"]) == (0, True)
    assert [active(host, unit) for unit in PAIR] == ["inactive", "inactive"]
    for verb in ("start", "restart", "enable"):
        refused = ctl.json(verb)
        assert (refused.exit_code, refused.error_code) == (1, "unit-masked")
        assert "dockerctl unmask" in refused.document["error"]["hint"]
    assert host.run(["docker", "ps"]).returncode == 1
    assert active(host) == "inactive"
    assert ctl.json("unmask").exit_code == 0
    assert ctl.json("start").exit_code == 0


def test_what_goes_on_without_now_is_said(host: Host, ctl: Dockerctl) -> None:
    states.running(host)
    run = show(host, "InvocationID")
    for verb in ("disable", "mask"):
        done = ctl.json(verb)
        assert (verb, done.exit_code) == (verb, 0)
        assert done.texts == ["docker.service still runs; --now would stop it as well."]
    assert active(host) == "active"
    assert show(host, "InvocationID") == run


def test_socket_that_goes_on_listening_without_now_is_said(host: Host, ctl: Dockerctl) -> None:
    states.armed(host)
    for verb in ("disable", "mask"):
        done = ctl.json(verb)
        assert (verb, done.exit_code) == (verb, 0)
        assert done.texts == ["docker.socket still listens; --now would stop it as well."]
        assert active(host, SOCKET) == "active"


PLANS = [
    (["disable"], ["disable", "daemon-reload", "prove"]),
    (["mask", "--now"], ["mask", "daemon-reload", "prove", "stop", "stop", "prove"]),
    (["enable"], []),
    (["unmask"], []),
    (["enable", "--now"], ["prove"]),
]


def test_plan_is_shown_and_not_carried_out(host: Host, ctl: Dockerctl) -> None:
    states.running(host)
    before = fingerprint(host)
    for words, actions in PLANS:
        plan = ctl.json(*words, "--dry-run")
        assert (words, plan.exit_code, plan.document["changed"]) == (words, 0, False)
        assert [step["action"] for step in plan.document["steps"]] == actions
    said = ctl.run("disable", "--dry-run").out.splitlines()
    assert said[0] == "would disable docker.service docker.socket: do not start at boot"
    assert said[-1] == "Nothing was changed (--dry-run)."
    assert fingerprint(host) == before


def test_docker_that_is_not_installed_can_be_forbidden_in_advance(
    host: Host, ctl: Dockerctl
) -> None:
    states.not_installed(host)
    for verb in ("enable", "disable", "unmask"):
        missing = ctl.json(verb)
        assert (verb, missing.exit_code, missing.error_code) == (verb, 5, "unit-not-found")
    masked = ctl.json("mask")
    assert (masked.exit_code, masked.document["changed"]) == (0, True)
    assert masked.texts == ["docker.service does not exist; masking it all the same."]
    assert on_disk(host) == ("masked", "masked")
    assert ctl.json("unmask").exit_code == 0
