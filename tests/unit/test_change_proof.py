"""Whether what was written is what was loaded and taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dockerctl.change.model import Effect, Expectation, Plan, Target
from dockerctl.change.ports import LoadedUnit
from dockerctl.change.proof import require_info, require_loaded, require_reloaded
from dockerctl.errors import NotInEffect, NotLoadedAsMeant
from dockerctl.host.files import FileState
from tests.fakes.control import UNIT, FakeControl

DROP_IN = f"/etc/systemd/system/{UNIT}.d/90-dockerctl-env.conf"
GOOD = LoadedUnit("loaded", "", (DROP_IN,), ("/usr/bin/dockerd", "--debug"), ("A=1=2", "B="))
GONE = LoadedUnit("loaded", "", ())


@dataclass
class Loaded(FakeControl):
    """A control whose systemd has loaded what it is told."""

    units: Mapping[str, LoadedUnit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        return

    def loaded(self, unit: str) -> LoadedUnit:
        return self.units[unit]


def control(**units: LoadedUnit) -> Loaded:
    return Loaded(Path("/nonexistent"), units={f"docker.{kind}": u for kind, u in units.items()})


def target(after: bytes | None, path: str = DROP_IN, unit: str = UNIT) -> Target:
    before = None if after is not None else b"[Service]\n"
    return Target(FileState(path, path, before, 0o644, 0, 0, ()), after, unit=unit)


def plan(*targets: Target, **expected: object) -> Plan:
    expectation = Expectation(**expected)  # type: ignore[arg-type]
    return Plan(UNIT, targets, Effect.RESTART, running=True, expectation=expectation)


WRITTEN = target(b"[Service]\nNice=1\n")
REMOVED = target(None)


@pytest.mark.parametrize(
    ("wanted", "loaded"),
    [
        (plan(), {}),
        (plan(WRITTEN), {"service": GOOD}),
        (plan(REMOVED), {"service": GONE}),
        (plan(WRITTEN, arguments=("/usr/bin/dockerd", "--debug")), {"service": GOOD}),
        (plan(WRITTEN, environment={"A": "1=2", "B": ""}), {"service": GOOD}),
        # Other variables of the unit are not the change's business.
        (plan(WRITTEN, environment={"A": "1=2"}), {"service": GOOD}),
        # daemon.json and environment files are none of systemd's drop-ins.
        (plan(target(b"{}", "/etc/docker/daemon.json", "")), {}),
        (plan(target(b"A=1", "/etc/dockerctl/proxy.env", UNIT)), {"service": GONE}),
    ],
)
def test_loaded_as_meant(wanted: Plan, loaded: dict[str, LoadedUnit]) -> None:
    require_loaded(wanted, control(**loaded))


@pytest.mark.parametrize(
    ("wanted", "loaded", "says"),
    [
        (plan(WRITTEN), LoadedUnit("bad-setting", "Unit has a bad unit file setting.", (DROP_IN,)),
         "calls docker.service bad-setting: Unit has a bad unit file setting."),
        (plan(WRITTEN), LoadedUnit("masked", "", ()), "calls docker.service masked."),
        (plan(WRITTEN), GONE, f"systemd does not read {DROP_IN}."),
        (plan(REMOVED), GOOD, f"systemd still reads {DROP_IN}."),
        (plan(WRITTEN, arguments=("/usr/bin/dockerd",)), GOOD,
         "another command line than the one meant: /usr/bin/dockerd --debug"),
        (plan(WRITTEN, environment={"A": "1", "B": "", "C": "x"}), GOOD,
         "another value than the one meant for A, C."),
    ],
)  # fmt: skip
def test_not_loaded_as_meant(wanted: Plan, loaded: LoadedUnit, says: str) -> None:
    with pytest.raises(NotLoadedAsMeant) as caught:
        require_loaded(wanted, control(service=loaded))
    assert says in caught.value.message
    assert caught.value.details["unit"] == UNIT


def test_each_unit_is_looked_at() -> None:
    path = DROP_IN.replace("service", "socket")
    wanted = plan(WRITTEN, target(b"[Socket]\n", path, "docker.socket"))
    require_loaded(wanted, control(service=GOOD, socket=LoadedUnit("loaded", "", (path,))))
    with pytest.raises(NotLoadedAsMeant):
        require_loaded(wanted, control(service=GOOD, socket=GONE))


def test_a_secret_in_a_variable_is_not_told() -> None:
    wanted = plan(WRITTEN, environment={"HTTP_PROXY": "http://bob:s3cr3t@proxy"})
    with pytest.raises(NotLoadedAsMeant) as caught:
        require_loaded(wanted, control(service=GOOD))
    assert "s3cr3t" not in str((caught.value.message, caught.value.details))


def test_the_event_of_a_reload() -> None:
    require_reloaded({"debug": True}, {"debug": "true", "labels": "[]"})
    with pytest.raises(NotInEffect) as caught:
        require_reloaded({"debug": True, "labels": ["a=1"]}, {"debug": "false", "labels": "[]"})
    assert caught.value.message == (
        "The daemon took the reload, and debug is false and labels is []."
    )


def test_the_answer_of_the_daemon() -> None:
    require_info({"debug": True}, {"Debug": True})
    with pytest.raises(NotInEffect) as caught:
        require_info({"debug": True}, {"Debug": False})
    assert caught.value.message == "The daemon runs, and debug is false."
    assert caught.value.details == {"seen": ["debug is false"]}
