"""Whether a file is a database that bbolt opens; dockerd keeps volumes and networks in such."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dockerctl.doctor.facts.seen_file import SeenFile

# go.etcd.io/bbolt, db.go and internal/common/meta.go: the first two pages each have a head of 16
# bytes and then magic, version, page size, flags, the root bucket, free list, high-water mark,
# number of the transaction, and an FNV-1a checksum of all before it; in the host's byte order.
_MAGIC = 0xED0CDAED
_VERSION = 2
_HEAD = 16
_META = struct.Struct("=IIIIQQQQQQ")
_CHECKED = _META.size - 8
# Pages are as large as the host's were when the file was made.
_PAGES = (4096, 16384, 65536)
# All that must be read.
HEAD_BYTES = _PAGES[-1] + _HEAD + _META.size


def bolt_problem(file: SeenFile) -> str:
    """Why the database cannot be opened; "" where it can, or where that is not known."""
    data = file.data
    # bbolt makes a new database of an empty file.
    if file.kind != "file" or data is None or file.size == 0:
        return ""
    metas = list(_metas(data))
    if not metas:
        return "nothing but zeros" if not data.strip(b"\0") else "it is no database"
    _, page, pages = max(metas)
    if file.size < page * pages:
        return f"it was cut off: {file.size} bytes of {page * pages}"
    return ""


def _metas(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Transaction, page size and number of pages of each meta page that is whole."""
    for start in (0, *_PAGES):
        raw = data[start + _HEAD : start + _HEAD + _META.size]
        if len(raw) < _META.size:
            return
        magic, version, page, _, _, _, _, pages, transaction, checksum = _META.unpack(raw)
        whole = magic == _MAGIC and version == _VERSION and checksum == _fnv(raw[:_CHECKED])
        if whole and start in (0, page):
            yield transaction, page, pages


def _fnv(data: bytes) -> int:
    found = 0xCBF29CE484222325
    for byte in data:
        found = ((found ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return found
