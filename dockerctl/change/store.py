"""The transactions on disk: a folder each, with the record and the bytes of every file.

::

    transactions/20261124T083012Z-4f1c/
        record.json     replaced as a whole before each phase begins
        0.before        the bytes of the first file; no such file where it was absent
        0.after         likewise what it is to be
        0.interim       what the daemon reads during a reload, where that differs
        0.back          likewise on the way back
"""

from __future__ import annotations

import base64
import calendar
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dockerctl.change.model import Phase, Plan, Record, SavedFile, Target
from dockerctl.change.rows import RecordUnreadable, parse_record, render_record
from dockerctl.errors import FileForbidden, HostError, RecordDamaged, TransactionUnknown
from dockerctl.host.files import (
    ABSENT,
    FileState,
    read_file,
    sweep_folder,
    tag_of,
    write_file,
)
from dockerctl.host.folders import make_folder

STATE_FOLDER = "/var/lib/dockerctl"
KEEP = 50

_RECORD = "record.json"
_NEW = ".new-"
# An ID is the second and, behind the dash, the part of it that is over, in four digits.
_STAMP = "%Y%m%dT%H%M%SZ"
_TICKS = 0x10000
_BLOB_LIMIT = 8 * 1024 * 1024


class Ledger:
    """The folder with all transactions, below ``state`` (design.md: /var/lib/dockerctl, 0700)."""

    def __init__(self, state: str = STATE_FOLDER) -> None:
        self._folder = Path(state) / "transactions"

    def open(self, record: Record, targets: tuple[Target, ...]) -> Record:
        """Put a checkpoint on disk, whole or not at all; returns the record with its ID."""
        make_folder(str(self._folder), 0o700)
        named = replace(record, id=_new_id(record.began, next(iter(self._ids()), None)))
        work = self._folder / f"{_NEW}{named.id}"
        make_folder(str(work), 0o700)
        for number, target in enumerate(targets):
            for kind, data in _blobs(target):
                if data is not None:
                    _put(work / f"{number}.{kind}", data)
        _put(work / _RECORD, render_record(named))
        _sync(work)
        work.rename(self._folder / named.id)
        _sync(self._folder)
        return named

    def update(self, record: Record) -> Record:
        """Replace a record; durable when this returns."""
        _put(self._folder / record.id / _RECORD, render_record(record))
        return record

    def load(self, id: str) -> Record:
        """One record by its ID, a unique beginning of it, or its checkpoint's name.

        Raises ``TransactionUnknown`` and ``RecordDamaged``.
        """
        ids = [name for name in self._ids() if name == id] or [
            name for name in self._ids() if id and name.startswith(id)
        ]
        if len(ids) > 1:
            raise TransactionUnknown(f"{id} is the beginning of {len(ids)} transactions.")
        if ids:
            return self._read(ids[0])
        named = [record for record in self.all() if id and record.checkpoint == id]
        if not named:
            raise TransactionUnknown(f"There is no transaction {id}.")
        return named[0]

    def all(self) -> Iterator[Record]:
        """Every record that can be read, the newest first."""
        for name in self._ids():
            try:
                yield self._read(name)
            except RecordDamaged:
                continue

    def unfinished(self) -> tuple[Record, ...]:
        """Those that have not ended, the newest first; a waiting one is among them."""
        return tuple(record for record in self.all() if not record.phase.ended)

    def proven_tag(self, path: str) -> str | None:
        """The tag of what the last committed transaction has made of a file; "" without one.

        None where the caller may not read the records.
        """
        try:
            for record in self.all():
                for saved in record.files:
                    if saved.path == path and record.phase is Phase.COMMITTED:
                        return saved.tag_after
        except HostError:
            return None
        return ""

    def damaged(self) -> tuple[str, ...]:
        """IDs whose record cannot be read."""
        found = []
        for name in self._ids():
            try:
                self._read(name)
            except RecordDamaged:
                found.append(name)
        return tuple(found)

    def before(self, record: Record, number: int) -> FileState:
        """A file as it was when the transaction began."""
        saved = record.files[number]
        return FileState(
            path=saved.path,
            real=saved.real,
            data=self._blob(record, number, "before") if saved.tag_before != ABSENT else None,
            mode=saved.mode,
            uid=saved.uid,
            gid=saved.gid,
            xattrs=tuple((name, base64.b64decode(value)) for name, value in saved.xattrs),
        )

    def after(self, record: Record, number: int) -> bytes | None:
        """What a file was to be."""
        if record.files[number].tag_after == ABSENT:
            return None
        return self._blob(record, number, "after")

    def back(self, record: Record, number: int) -> bytes | None:
        """What the daemon reads during the reload that undoes one, or None."""
        path = self._folder / record.id / f"{number}.back"
        return self._blob(record, number, "back") if path.exists() else None

    def folder(self, record: Record) -> str:
        """Where a transaction's checkpoint lies."""
        return str(self._folder / record.id)

    def prune(self, keep: int = KEEP) -> tuple[str, ...]:
        """Remove the oldest that have ended, but for ``keep`` and for named checkpoints."""
        ended = [record for record in self.all() if record.phase.ended and not record.checkpoint]
        gone = [record.id for record in ended[keep:]]
        for name in gone:
            shutil.rmtree(self._folder / name, ignore_errors=True)
        return tuple(gone)

    def sweep(self) -> None:
        """Remove what killed runs have left half-made; to be called under the lock."""
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            if path.name.startswith(_NEW):
                # A checkpoint that was being put together; nothing refers to it.
                shutil.rmtree(path, ignore_errors=True)
            elif path.is_dir():
                sweep_folder(str(path))

    def _ids(self) -> list[str]:
        try:
            names = [path.name for path in self._folder.iterdir()]
        except FileNotFoundError:
            return []
        except PermissionError as error:
            raise FileForbidden(
                f"{self._folder} may not be read.",
                hint="Only root may see the transactions.",
                details={"path": str(self._folder)},
            ) from error
        return sorted((name for name in names if not name.startswith(".")), reverse=True)

    def _read(self, name: str) -> Record:
        state = read_file(str(self._folder / name / _RECORD), limit=_BLOB_LIMIT)
        try:
            return parse_record(state.data or b"")
        except RecordUnreadable as error:
            raise RecordDamaged(
                f"The record of transaction {name} cannot be read: {error}.",
                details={"id": name},
            ) from error

    def _blob(self, record: Record, number: int, kind: str) -> bytes:
        path = self._folder / record.id / f"{number}.{kind}"
        state = read_file(str(path), limit=_BLOB_LIMIT)
        if state.data is None:
            raise RecordDamaged(
                f"The checkpoint of transaction {record.id} lacks {path.name}.",
                details={"id": record.id},
            )
        return state.data


def saved_file(target: Target) -> SavedFile:
    """What the record keeps of a target."""
    before = target.before
    return SavedFile(
        path=target.path,
        real=before.real,
        unit=target.unit,
        mode_after=target.mode,
        tag_after=_tag(target.after),
        tag_interim="" if target.interim is None else _tag(target.interim),
        tag_back="" if target.interim_back is None else _tag(target.interim_back),
        tag_before=before.tag,
        mode=before.mode,
        uid=before.uid,
        gid=before.gid,
        xattrs=tuple((name, base64.b64encode(value).decode()) for name, value in before.xattrs),
    )


def new_record(plan: Plan, *, began: float, old_run: str, who: str, boot_id: str) -> Record:
    """The record of a plan before anything is done; the ledger gives it its ID."""
    return Record(
        id="",
        phase=Phase.PREPARED,
        unit=plan.unit,
        kind=plan.kind,
        effect=plan.effect,
        began=began,
        who=who,
        command=plan.command,
        message=plan.message,
        running=plan.running,
        started=plan.start and not plan.running,
        renews_socket=plan.renews_socket,
        stable_s=plan.stable_s,
        files=tuple(saved_file(target) for target in plan.changed),
        boot_id=boot_id,
        boot=plan.boot,
        of=plan.of,
        old_run=old_run,
        listened=plan.listening,
        confirm_s=plan.confirm_s,
        pid=os.getpid(),
    )


def _tag(data: bytes | None) -> str:
    return ABSENT if data is None else tag_of(data)


def _blobs(target: Target) -> tuple[tuple[str, bytes | None], ...]:
    return (
        ("before", target.before.data),
        ("after", target.after),
        ("interim", target.interim),
        ("back", target.interim_back),
    )


def _new_id(moment: float, newest: str | None) -> str:
    """An ID that sorts after ``newest``, within one second and when the clock was set back too."""
    tick = int(moment * _TICKS)
    if newest is not None:
        tick = max(tick, _tick_of(newest) + 1)
    seconds, rest = divmod(tick, _TICKS)
    return time.strftime(_STAMP, time.gmtime(seconds)) + f"-{rest:04x}"


def _tick_of(id: str) -> int:
    stamp, _, rest = id.partition("-")
    try:
        return calendar.timegm(time.strptime(stamp, _STAMP)) * _TICKS + int(rest, 16)
    except ValueError:
        # Not a name of ours.
        return 0


def _put(path: Path, data: bytes) -> None:
    write_file(str(path), data, like=read_file(str(path), limit=_BLOB_LIMIT), mode=0o600)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
