"""Whether a file is a database that bbolt opens; dockerd and containerd have such."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from dockerctl.doctor.facts.seen_file import SeenFile, see_file

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
# Number, flags, count and overflow before each page (internal/common/page.go).
_PAGE = struct.Struct("=QHHI")
_BRANCH, _LEAF, _FREE_LIST = 0x01, 0x02, 0x10
# A database that is written without its free list has this in its place.
_NONE = 0xFFFFFFFFFFFFFFFF
# Beyond this no page is looked at.
_MOST = 1024 * 1024


def database_problem(path: str) -> str:
    """Why what lies at ``path`` cannot be used as a database; "" where it can, or is not there.

    A daemon that writes meanwhile can make a whole one look damaged, for that moment only.
    """
    return _look(path) and _look(path)


def _look(path: str) -> str:
    seen = see_file(path, read=True, most=_MOST)
    if seen.kind in ("folder", "link", "socket", "other"):
        return "a link to nothing" if seen.kind == "link" else f"it is a {seen.kind}"
    return bolt_problem(seen)


def bolt_problem(file: SeenFile) -> str:
    """Why the database cannot be opened; "" where it can, or where that is not known."""
    data = file.data
    # bbolt makes a new database of an empty file.
    if file.kind != "file" or data is None or file.size == 0:
        return ""
    metas = list(_metas(data))
    if not metas:
        return "nothing but zeros" if not data.strip(b"\0") else "it is no database"
    newest = max(metas)
    if file.size < newest.page * newest.pages:
        return f"it was cut off: {file.size} bytes of {newest.page * newest.pages}"
    # bbolt does not look at these before it uses them, and dies of them (panic: invalid freelist
    # page, page type is unknown).
    wanted = ((newest.root, _BRANCH | _LEAF, "root"), (newest.free, _FREE_LIST, "free list"))
    for number, flags, name in wanted:
        if number != _NONE and _is_other(data, newest.page * number, number, flags):
            return f"the page of its {name}, {number}, is damaged"
    return ""


def _is_other(data: bytes, start: int, number: int, flags: int) -> bool:
    raw = data[start : start + _PAGE.size]
    if len(raw) < _PAGE.size:
        return False
    own, kind, _, _ = _PAGE.unpack(raw)
    return own != number or not kind & flags


class _Meta(NamedTuple):
    """What a meta page says; the newest is the one that counts."""

    transaction: int
    page: int
    pages: int
    root: int
    free: int


def _metas(data: bytes) -> Iterator[_Meta]:
    """The meta pages that are whole."""
    for start in (0, *_PAGES):
        raw = data[start + _HEAD : start + _HEAD + _META.size]
        if len(raw) < _META.size:
            return
        magic, version, page, _, root, _, free, pages, transaction, checksum = _META.unpack(raw)
        whole = magic == _MAGIC and version == _VERSION and checksum == _fnv(raw[:_CHECKED])
        if whole and start in (0, page):
            yield _Meta(transaction, page, pages, root, free)


def _fnv(data: bytes) -> int:
    found = 0xCBF29CE484222325
    for byte in data:
        found = ((found ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return found
