"""What going back to before a transaction, or to a checkpoint, means for each file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dockerctl.change.model import BootWish, Phase, Record
from dockerctl.change.store import Ledger
from dockerctl.errors import TransactionUnknown
from dockerctl.host.files import FileState


@dataclass(frozen=True)
class Goal:
    """Where a rollback leads: files as they were, and the start at boot."""

    record: Record
    files: dict[str, FileState] = field(default_factory=dict)
    # Path to the unit whose drop-in it is, "" for other files.
    units: dict[str, str] = field(default_factory=dict)
    boot: BootWish | None = None


def last_change(records: Sequence[Record]) -> Record:
    """The newest transaction that is in force; raises ``TransactionUnknown``."""
    found = next(
        (r for r in records if r.phase is Phase.COMMITTED and r.kind != "checkpoint"), None
    )
    if found is None:
        raise TransactionUnknown("No change has been made that could be gone back on.")
    return found


def goal_of(record: Record, records: Sequence[Record], ledger: Ledger) -> Goal:
    """The state before ``record``, or at it when it is a checkpoint.

    All that was committed since is taken back with it. ``records`` come the newest first.
    """
    if record.phase is not Phase.COMMITTED:
        raise TransactionUnknown(
            f"Transaction {record.id} is {record.state}: there is nothing of it to go back on."
        )
    files: dict[str, FileState] = {}
    units: dict[str, str] = {}
    boot: BootWish | None = None
    for later in records:
        if later.id < record.id:
            break
        if later.phase is not Phase.COMMITTED or (
            later.kind == "checkpoint" and later.id != record.id
        ):
            continue
        for number, saved in enumerate(later.files):
            files[saved.path] = ledger.before(later, number)
            units[saved.path] = saved.unit
        boot = _reversed(later.boot) or boot
    return Goal(record, files, units, boot)


def _reversed(boot: BootWish | None) -> BootWish | None:
    if boot is None:
        return None
    moved = tuple(unit for unit in boot.units if (unit in boot.enabled_before) != boot.enable)
    if not moved:
        return None
    return BootWish(not boot.enable, moved, moved if boot.enable else ())
