"""kill -9 and power cuts in the middle of a change: the host ends wholly old or wholly new."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.lab.host import Host
from tests.system.command import Dockerctl
from tests.system.killing import (
    Call,
    Change,
    Trial,
    begins,
    kill,
    points,
    require_flushed,
    thinned,
    traced,
)
from tests.system.states import CONFIG, running
from tests.system.units import show

DROP_IN = "/etc/systemd/system/docker.service.d/90-dockerctl-env.conf"
DECLARATION = """
version = 1
[config]
log-driver = "local"
[override.env]
KILLED = "in the middle"
"""

RELOAD = Change(
    "reload",
    ("config", "set", "debug=true"),
    back=("rollback",),
    files=(CONFIG,),
    before=(("config", "set", "debug=false"),),
)
RESTART = Change(
    "restart",
    ("apply", "/root/declaration.toml"),
    back=("rollback",),
    files=(CONFIG, DROP_IN),
    # Once to its end: the folder of the drop-in is made only once.
    before=(("apply", "/root/declaration.toml"), ("rollback",)),
    written={"/root/declaration.toml": DECLARATION},
)
# The daemon keeps the value of a key that is removed: for the reload its default is written.
REMOVAL = Change(
    "removal",
    ("rollback",),
    back=("config", "set", "debug=true"),
    files=(CONFIG,),
    before=(("config", "set", "debug=true"),),
    interim=('{\n    "debug": false\n}\n',),
)

RECOVERY = "dockerctl-recover.service"
KILLED = "The run that worked on it was killed."
BOOTED = "The host was started anew before the change was kept."
FORWARD = {"prepared", "writing", "applying", "proving"}


@pytest.mark.parametrize(
    ("change", "phases", "most"),
    [
        (RELOAD, FORWARD, 30),
        (RESTART, FORWARD | {"loading"}, 14),
        (REMOVAL, FORWARD | {"settling"}, 14),
    ],
    ids=lambda value: value.name if isinstance(value, Change) else "",
)
def test_killed(host: Host, change: Change, phases: set[str], most: int) -> None:
    running(host)
    trial = Trial(host, change)
    require_flushed(trial.calls)
    chosen = thinned(points(trial.calls), most)
    assert phases <= {call.phase for call in chosen}
    states = killed_at(trial, chosen)
    assert states["rolled-back"] >= len(phases)
    require_works_on(trial)


def test_killed_at_each_phase(host: Host) -> None:
    """The same in short, for other suites: right after each phase has come to disk."""
    running(host)
    trial = Trial(host, RESTART)
    chosen = begins(points(trial.calls))
    assert len(chosen) >= len(FORWARD)
    assert killed_at(trial, chosen)["rolled-back"] >= len(FORWARD)
    require_works_on(trial)


@pytest.mark.parametrize(
    ("change", "most"),
    [(RELOAD, 5), (RESTART, 7), (REMOVAL, 6)],
    ids=lambda value: value.name if isinstance(value, Change) else "",
)
def test_power_cut(host: Host, change: Change, most: int) -> None:
    running(host)
    trial = Trial(host, change)
    begun = [call for call in points(trial.calls) if call.phase]
    states = powered_off_at(trial, thinned(begun, most))
    # One of them comes after the commit.
    assert states["committed"] >= 1
    assert states["rolled-back"] >= 4
    assert states.total() == most
    require_works_on(trial)


def test_power_cut_while_the_daemon_restarts(host: Host) -> None:
    running(host)
    trial = Trial(host, RESTART)
    call = next(c for c in reversed(points(trial.calls)) if c.phase == "applying")
    assert powered_off_at(trial, [call])["rolled-back"] == 1
    require_works_on(trial)


def test_power_cut_before_the_confirmation(host: Host, ctl: Dockerctl) -> None:
    running(host)
    trial = Trial(host, RELOAD)
    known = trial.ids()
    waiting = ctl.json(*RELOAD.command, "--confirm-within", "600")
    assert waiting.exit_code == 0, waiting
    assert trial.files() == trial.new.files
    host.power_off()
    host.boot_again()
    require_recovered_in_time(host)
    nowhere = Call("", 0, "waiting", "waiting")
    assert trial.require_one_of_two_ends(nowhere, known, BOOTED) == "rolled-back"


def test_the_way_back_is_killed(host: Host, ctl: Dockerctl) -> None:
    running(host)
    trial = Trial(host, RELOAD)
    late = next(c for c in reversed(points(trial.calls)) if c.phase == "proving")
    trial.kill(late)
    calls = traced(host, ("recover",))
    require_flushed(calls)
    chosen = thinned(points(calls), 6)
    for call in chosen:
        known = trial.ids()
        trial.kill(late)
        kill(host, ("recover",), call)
        assert ctl.json("recover").exit_code == 0, call
        assert trial.require_one_of_two_ends(call, known, KILLED) == "rolled-back", call


def killed_at(trial: Trial, chosen: list[Call]) -> Counter[str]:
    """Kill at each, let it be recovered in turns by ``recover`` and by the next change."""
    states: Counter[str] = Counter()
    for number, call in enumerate(chosen):
        known = trial.ids()
        trial.kill(call)
        next_one = ("recover",) if number % 2 else ("config", "unset", "labels")
        answer = trial.ctl.json(*next_one)
        assert answer.exit_code == 0, f"{call}: {answer}"
        states[trial.require_one_of_two_ends(call, known, KILLED)] += 1
    return states


def powered_off_at(trial: Trial, chosen: list[Call]) -> Counter[str]:
    """Kill at each, cut the power and boot; nobody calls dockerctl but the boot."""
    states: Counter[str] = Counter()
    for call in chosen:
        known = trial.ids()
        trial.kill(call)
        trial.host.power_off()
        trial.host.boot_again()
        require_recovered_in_time(trial.host)
        states[trial.require_one_of_two_ends(call, known, BOOTED)] += 1
    return states


def require_recovered_in_time(host: Host) -> None:
    """The recovery has succeeded, before the units that read what it restores."""
    assert show(host, "Result", RECOVERY) == "success"
    ended = int(show(host, "ExecMainExitTimestampMonotonic", RECOVERY))
    assert ended > 0
    for unit in ("docker.socket", "docker.service", "containerd.service"):
        assert int(show(host, "InactiveExitTimestampMonotonic", unit)) > ended, unit
    assert show(host, "NRestarts") == "0"


def require_works_on(trial: Trial) -> None:
    """After all of it the same change succeeds, and systemd starts the daemon when asked."""
    trial.done(trial.change.command)
    assert trial.look() == trial.new
    trial.require_clean("at the end")
    trial.host.run(["systemctl", "restart", "docker.service"], check=True)
    assert trial.ctl.json("status").document["verdict"] == "healthy"
