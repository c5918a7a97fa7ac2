"""A transaction on real files and a small daemon: its two ends, whatever fails on the way."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockerctl.change.engine import Author, Ending, Engine
from dockerctl.change.model import BootWish, Effect, Phase, Plan, Record, Target
from dockerctl.change.store import Ledger
from dockerctl.deadline import Deadline
from dockerctl.errors import BusTimeout, DockerctlError, Interrupted, StartFailed
from dockerctl.host.files import read_file
from tests.fakes.control import UNIT, FakeControl
from tests.fakes.lifecycle import FakeReporter

OLD, NEW, BAD = b'{"mtu": 1400}\n', b'{"mtu": 1450}\n', b'{"bad": true}\n'


class Killed(BaseException):
    """Stands for SIGKILL: nobody handles it."""


@dataclass
class World:
    """One host: a folder with its files, the daemon, the ledger, an engine."""

    folder: Path
    control: FakeControl
    ledger: Ledger
    reporter: FakeReporter
    armed: list[Record]

    @property
    def config(self) -> Path:
        return self.folder / "daemon.json"

    @property
    def drop_in(self) -> Path:
        return self.folder / "docker.service.d" / "90-dockerctl-env.conf"

    def engine(self) -> Engine:
        return Engine(
            self.control.connect,
            self.ledger,
            self.reporter,
            Author("alice", "boot-1"),
            arm=self.armed.append,
        )

    def plan(self, effect: Effect, after: bytes | None = NEW, **more: object) -> Plan:
        target = Target(read_file(str(self.config)), after)
        plan = Plan(UNIT, (target,), effect, running=self.control.runs, stable_s=0.0)
        return replace(plan, **more)  # type: ignore[arg-type]

    def with_drop_in(self, plan: Plan, text: bytes = b"[Service]\nNice=1\n") -> Plan:
        target = Target(read_file(str(self.drop_in)), text, unit=UNIT)
        return replace(plan, targets=(*plan.targets, target))

    def carry_out(self, plan: Plan) -> Ending:
        return self.engine().carry_out(plan, Deadline.after(60))

    def is_old(self) -> bool:
        """Whether everything is as before, in the files and in the daemon."""
        return (
            self.config.read_bytes() == OLD
            and not self.drop_in.exists()
            and self.control.in_effect == OLD
            and self.control.runs
        )

    def left_behind(self) -> list[str]:
        return [path.name for path in self.folder.rglob(".dockerctl-*")]


def make_world(folder: Path) -> World:
    config = folder / "daemon.json"
    config.write_bytes(OLD)
    config.chmod(0o640)
    return World(folder, FakeControl(config), Ledger(str(folder / "state")), FakeReporter(), [])


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


@pytest.mark.parametrize(
    ("effect", "calls"),
    [
        (Effect.NONE, []),
        (Effect.RELOAD, ["reload", "prove"]),
        (Effect.RESTART, ["restart"]),
    ],
)
def test_a_change_that_works(world: World, effect: Effect, calls: list[str]) -> None:
    ending = world.carry_out(world.plan(effect))
    assert ending.cause is None
    assert ending.record.phase is Phase.COMMITTED
    assert world.control.calls == calls
    assert world.config.read_bytes() == NEW
    assert world.config.stat().st_mode & 0o777 == 0o640
    assert world.ledger.load(ending.record.id) == ending.record
    assert ending.record.who == "alice"
    assert world.left_behind() == []


def test_a_drop_in_is_loaded_and_found_again(world: World) -> None:
    ending = world.carry_out(world.with_drop_in(world.plan(Effect.RESTART)))
    assert ending.record.phase is Phase.COMMITTED
    assert world.control.calls == ["daemon-reload", f"loaded {UNIT}", "restart"]
    assert world.drop_in.exists()


def test_a_drop_in_that_systemd_does_not_read_is_taken_back(world: World) -> None:
    def forget(what: str) -> None:
        if what == f"loaded {UNIT}" and world.drop_in.exists():
            world.control.drop_ins = ()

    world.control.before = forget
    ending = world.carry_out(world.with_drop_in(world.plan(Effect.RESTART)))
    assert ending.record.phase is Phase.ROLLED_BACK
    assert ending.cause is not None
    assert ending.cause.code == "not-loaded-as-meant"
    assert world.is_old()


@pytest.mark.parametrize("effect", [Effect.RELOAD, Effect.RESTART])
def test_a_change_that_the_daemon_refuses_is_undone(world: World, effect: Effect) -> None:
    ending = world.carry_out(world.plan(effect, BAD))
    assert ending.record.phase is Phase.ROLLED_BACK
    assert ending.record.failure is not None
    assert world.is_old()
    assert world.config.stat().st_mode & 0o777 == 0o640
    assert world.left_behind() == []


def test_a_file_that_was_not_there_goes_again(world: World) -> None:
    world.config.unlink()
    world.control.in_effect = None
    ending = world.carry_out(world.plan(Effect.RESTART, BAD))
    assert ending.record.phase is Phase.ROLLED_BACK
    assert not world.config.exists()
    assert world.control.in_effect is None
    assert world.control.runs


def test_a_file_is_removed_and_comes_back_when_that_fails(world: World) -> None:
    removed = world.carry_out(world.plan(Effect.RESTART, None))
    assert removed.record.phase is Phase.COMMITTED
    assert not world.config.exists()

    world.config.write_bytes(OLD)
    world.control.in_effect = OLD
    world.control.before = failing("restart", StartFailed("no"), times=1)
    assert world.carry_out(world.plan(Effect.RESTART, None)).record.phase is Phase.ROLLED_BACK
    assert world.is_old()


def failing(what: str, error: BaseException, times: int = 1) -> Callable[[str], None]:
    """Raises ``error`` before the first ``times`` actions called ``what``."""
    left = [times]

    def before(action: str) -> None:
        if action == what and left[0]:
            left[0] -= 1
            raise error

    return before


def test_when_the_way_back_fails_too_it_says_so_and_keeps_the_bytes(world: World) -> None:
    world.control.before = failing("restart", BusTimeout("no answer"), times=2)
    ending = world.carry_out(world.plan(Effect.RESTART))
    assert ending.record.phase is Phase.UNDO_FAILED
    assert ending.record.undo_failure is not None
    assert world.config.read_bytes() == OLD
    assert world.ledger.before(ending.record, 0).data == OLD
    # Once the cause is gone, another try is enough.
    again = world.engine().undo(ending.record, Interrupted("again"))
    assert again.record.phase is Phase.ROLLED_BACK
    assert world.is_old()


def test_what_another_program_wrote_meanwhile_is_kept(world: World) -> None:
    def meddle(what: str) -> None:
        if what == "restart" and world.config.read_bytes() == NEW:
            world.config.write_bytes(b'{"theirs": 1}\n')
            raise StartFailed("no")

    world.control.before = meddle
    ending = world.carry_out(world.plan(Effect.RESTART))
    assert ending.record.phase is Phase.UNDO_FAILED
    assert world.config.read_bytes() == b'{"theirs": 1}\n'
    assert ending.record.undo_failure is not None
    assert ending.record.undo_failure.code == "file-changed"


def test_a_file_that_changed_since_it_was_read_is_not_written(world: World) -> None:
    plan = world.plan(Effect.RESTART)
    world.config.write_bytes(b'{"theirs": 1}\n')
    ending = world.carry_out(plan)
    assert ending.cause is not None
    assert ending.cause.code == "file-changed"
    assert world.config.read_bytes() == b'{"theirs": 1}\n'
    assert "restart" not in world.control.calls


def test_a_stopped_daemon_stays_stopped(world: World) -> None:
    world.control.runs = False
    assert world.carry_out(world.plan(Effect.RESTART)).record.phase is Phase.COMMITTED
    assert world.control.calls == []
    assert not world.control.runs


@pytest.mark.parametrize(("listening", "after"), [(True, "listen"), (False, "stop")])
def test_a_start_that_fails_leaves_it_as_it_was(world: World, listening: bool, after: str) -> None:
    world.control.runs, world.control.listens = False, listening
    plan = world.plan(Effect.RESTART, BAD, start=True, listening=listening)
    assert world.carry_out(plan).record.phase is Phase.ROLLED_BACK
    assert world.control.calls == ["start", after]
    assert (world.control.runs, world.control.listens) == (False, listening)
    assert world.config.read_bytes() == OLD


def test_the_reload_reads_the_interim_and_the_file_ends_without_it(world: World) -> None:
    interim, back = b'{"labels": []}\n', b'{"mtu": 1400, "labels": []}\n'
    seen: list[bytes] = []
    world.control.before = lambda _: seen.append(world.config.read_bytes())
    target = Target(read_file(str(world.config)), NEW, interim=interim, interim_back=back)
    plan = replace(world.plan(Effect.RELOAD), targets=(target,))
    assert world.carry_out(plan).record.phase is Phase.COMMITTED
    assert seen[0] == interim
    assert world.config.read_bytes() == NEW


def test_a_failed_reload_goes_back_by_a_reload_with_the_old_defaults_spelt_out(
    world: World,
) -> None:
    back = b'{"mtu": 1400, "labels": []}\n'
    seen: list[bytes] = []
    world.control.before = lambda _: seen.append(world.config.read_bytes())
    target = Target(read_file(str(world.config)), BAD, interim_back=back)
    plan = replace(world.plan(Effect.RELOAD), targets=(target,))
    assert world.carry_out(plan).record.phase is Phase.ROLLED_BACK
    assert world.control.calls == ["reload", "reload", "prove"][-len(world.control.calls) :]
    assert seen[:2] == [BAD, back]
    assert world.config.read_bytes() == OLD


def test_a_confirmation_is_waited_for_and_can_come_or_not(world: World) -> None:
    ending = world.carry_out(world.plan(Effect.RESTART, confirm_s=30.0))
    assert ending.record.phase is Phase.WAITING
    assert [record.id for record in world.armed] == [ending.record.id]
    assert world.engine().confirm(ending.record).phase is Phase.COMMITTED

    world.config.write_bytes(OLD)
    world.control.in_effect = OLD
    second = world.carry_out(world.plan(Effect.RESTART, confirm_s=30.0))
    undone = world.engine().undo(second.record, Interrupted("nobody came"))
    assert undone.record.phase is Phase.ROLLED_BACK
    assert world.is_old()


def test_enablement_is_part_of_it(world: World) -> None:
    boot = BootWish(True, (UNIT, "docker.socket"), ("docker.socket",))
    world.control.enabled = {"docker.socket"}
    done = world.carry_out(world.plan(Effect.NONE, boot=boot))
    assert done.record.phase is Phase.COMMITTED
    assert world.control.enabled == {UNIT, "docker.socket"}

    world.control.enabled = {"docker.socket"}
    world.config.write_bytes(OLD)
    world.control.in_effect = OLD
    undone = world.carry_out(world.plan(Effect.RESTART, BAD, boot=boot))
    assert undone.record.phase is Phase.ROLLED_BACK
    assert world.control.enabled == {"docker.socket"}
    assert world.is_old()


def test_each_phase_is_on_disk_before_it_begins(world: World) -> None:
    phases: list[tuple[str, Phase]] = []

    def look(what: str) -> None:
        (record,) = world.ledger.all()
        phases.append((what, record.phase))

    world.control.before = look
    world.carry_out(world.with_drop_in(world.plan(Effect.RESTART)))
    assert phases == [
        ("daemon-reload", Phase.LOADING),
        (f"loaded {UNIT}", Phase.LOADING),
        ("restart", Phase.APPLYING),
    ]


ACTIONS = ("daemon-reload", f"loaded {UNIT}", "restart", "reload", "prove")


@pytest.mark.parametrize("effect", [Effect.RELOAD, Effect.RESTART])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_killed_run_is_undone_by_the_next(world: World, effect: Effect, action: str) -> None:
    world.control.before = failing(action, Killed())
    plan = world.with_drop_in(world.plan(effect))
    try:
        world.carry_out(plan)
    except Killed:
        world.control.before = lambda _: None
        (record,) = world.ledger.unfinished()
        assert not record.phase.ended
        ending = world.engine().undo(record, Interrupted("killed"))
        assert ending.record.phase is Phase.ROLLED_BACK
        assert world.is_old()
    else:
        # The action is no part of this kind of change.
        assert world.config.read_bytes() == NEW


def test_at_boot_the_files_alone_are_taken_back(world: World) -> None:
    world.control.before = failing("restart", Killed())
    with pytest.raises(Killed):
        world.carry_out(world.with_drop_in(world.plan(Effect.RESTART)))
    world.control.before = lambda _: None
    world.control.calls.clear()
    (record,) = world.ledger.unfinished()
    done = world.engine().undo_files(record, Interrupted("power"), world.control)
    assert done.phase is Phase.ROLLED_BACK
    assert world.control.calls == ["daemon-reload"]
    assert world.config.read_bytes() == OLD
    assert not world.drop_in.exists()


def test_without_a_checkpoint_nothing_is_touched(world: World) -> None:
    (world.folder / "state").write_bytes(b"no folder")
    with pytest.raises(DockerctlError):
        world.carry_out(world.plan(Effect.RESTART))
    assert world.is_old()
    assert world.control.calls == []


def test_ctrl_c_undoes_it(world: World) -> None:
    world.control.before = failing("restart", KeyboardInterrupt())
    ending = world.carry_out(world.plan(Effect.RESTART))
    assert isinstance(ending.cause, Interrupted)
    assert ending.record.phase is Phase.ROLLED_BACK
    assert world.is_old()


@given(
    effect=st.sampled_from([Effect.NONE, Effect.RELOAD, Effect.RESTART]),
    action=st.sampled_from([*ACTIONS, "info"]),
    error=st.sampled_from([StartFailed("x"), BusTimeout("x")]),
    drop_in=st.booleans(),
    text=st.sampled_from([NEW, BAD, None]),
)
@settings(deadline=None, max_examples=60)
def test_whatever_fails_once_the_end_is_one_of_two(
    tmp_path_factory: pytest.TempPathFactory,
    effect: Effect,
    action: str,
    error: Exception,
    drop_in: bool,
    text: bytes | None,
) -> None:
    world = make_world(tmp_path_factory.mktemp("host"))
    world.control.before = failing(action, error)
    plan = world.plan(effect, text)
    ending = world.carry_out(world.with_drop_in(plan) if drop_in else plan)
    if ending.record.phase is Phase.COMMITTED:
        assert read_file(str(world.config)).data == text
        assert world.control.runs
        if effect is not Effect.NONE:
            assert world.control.in_effect == text
    else:
        assert ending.record.phase is Phase.ROLLED_BACK
        assert world.is_old()
    assert world.left_behind() == []
    assert os.listdir(world.folder / "state" / "transactions") == [ending.record.id]
