"""The order of transactions, and what is swept away of killed ones."""

from __future__ import annotations

from pathlib import Path

from dockerctl.change.model import Effect, Plan, Record
from dockerctl.change.store import Ledger, new_record


def begun_at(moment: float) -> Record:
    plan = Plan("docker.service", (), Effect.NONE, running=False)
    return new_record(plan, began=moment, old_run="", who="root", boot_id="")


def test_transactions_of_one_second_keep_their_order(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "state"))
    ids = [ledger.open(begun_at(1795511964.25), ()).id for _ in range(3)]
    assert ids == [f"20261124T091924Z-{tail}" for tail in ("4000", "4001", "4002")]
    assert [record.id for record in ledger.all()] == ids[::-1]


def test_a_clock_that_was_set_back_does_not_turn_the_order(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "state"))
    first = ledger.open(begun_at(1795511964.25), ())
    second = ledger.open(begun_at(1.0), ())
    assert [record.id for record in ledger.all()] == [second.id, first.id]


def test_sweep_leaves_whole_transactions_alone(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path / "state"))
    ledger.sweep()
    record = ledger.open(begun_at(1795511964.25), ())
    folder = Path(ledger.folder(record))
    (folder / ".dockerctl-0123456789abcdef.tmp").write_text("half")
    half = folder.parent / ".new-20261124T091925Z-0000"
    half.mkdir()
    (half / "0.before").write_text("half")
    ledger.sweep()
    assert [path.name for path in folder.parent.iterdir()] == [record.id]
    assert [path.name for path in folder.iterdir()] == ["record.json"]
