"""What has become of the files since dockerctl last wrote them, and what a rollback would need."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dockerctl.change.model import Phase, Record
from dockerctl.errors import HostError
from dockerctl.host.files import FileState


@dataclass(frozen=True)
class ForeignEdit:
    """A file that another program has changed since a transaction wrote it."""

    path: str
    transaction: str


def foreign_edits(
    records: Iterable[Record], read: Callable[[str], FileState]
) -> tuple[ForeignEdit, ...]:
    """Files of past transactions whose bytes are no longer those that the last one left.

    ``records`` come the newest first. A file that cannot be read is not judged.
    """
    judged: set[str] = set()
    found = []
    for record in records:
        for saved in record.files:
            if saved.path in judged:
                continue
            # What an unfinished or a waiting change has made of it is ours as well.
            judged.add(saved.path)
            if not record.phase.ended:
                continue
            left = saved.tag_after if record.phase is Phase.COMMITTED else saved.tag_before
            try:
                now = read(saved.path).tag
            except HostError:
                continue
            if now != left:
                found.append(ForeignEdit(saved.path, record.id))
    return tuple(found)
