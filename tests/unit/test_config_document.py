"""The document: values, places, files that are absent or blank, and what dockerd puts up with."""

from __future__ import annotations

import pytest

from dockerctl.config.document import Document, Place, is_harmless
from dockerctl.config.path import KeyPath
from dockerctl.config.release import Release
from dockerctl.errors import DockerctlError

TEXT = b"""{
  "debug": true,
  "log-opts": {"max-size": "10m", "a.b": 1},
  "\\u00e4": null,
\t"dns": [
    "1.1.1.1", "8.8.8.8"
  ]
}
"""
OLD, NEW = Release(20, 10, 24), Release(28, 5, 2)


def parse(data: bytes | None, *, lenient: bool = False) -> Document:
    return Document.parse(data, "daemon.json", lenient=lenient)


def test_values() -> None:
    document = parse(TEXT)

    assert document.values == {
        "debug": True,
        "log-opts": {"max-size": "10m", "a.b": 1},
        "ä": None,
        "dns": ["1.1.1.1", "8.8.8.8"],
    }
    assert list(document.values) == ["debug", "log-opts", "ä", "dns"]
    assert (document.name, document.data) == ("daemon.json", TEXT)
    assert (document.absent, document.blank, document.flaws) == (False, False, ())


def test_get() -> None:
    document = parse(TEXT)

    assert document.get(("log-opts", "a.b")) == 1
    assert document.get(("ä",)) is None
    assert document.get(()) is document.values


@pytest.mark.parametrize("path", [("x",), ("log-opts", "x"), ("debug", "x"), ("dns", "0")])
def test_get_what_is_not_there(path: KeyPath) -> None:
    with pytest.raises(KeyError):
        parse(TEXT).get(path)
    assert parse(TEXT).place(path) is None


def test_places() -> None:
    document = parse(TEXT)

    assert document.place(("debug",)) == Place(2, 3)
    assert document.place(("log-opts", "a.b")) == Place(3, 35)
    assert document.place(("ä",)) == Place(4, 3)
    assert document.place(("dns",)) == Place(5, 2)
    assert document.place(()) is None


def test_places_of_items() -> None:
    document = parse(TEXT)

    assert document.place_of_item(("dns",), 1) == Place(6, 16)
    assert document.place_of_item(("dns",), 2) is None
    assert document.place_of_item(("dns",), -1) is None
    assert document.place_of_item(("debug",), 0) is None
    assert document.place_of_item(("x",), 0) is None


def test_an_absent_file() -> None:
    document = parse(None)

    assert (document.absent, document.blank) == (True, False)
    assert (document.data, document.values) == (b"", {})
    assert document.place(("debug",)) is None
    assert document != parse(b"")


@pytest.mark.parametrize("data", [b"", b" ", b"\r\n\t\n"])
def test_a_blank_file(data: bytes) -> None:
    document = parse(data)

    assert (document.absent, document.blank) == (False, True)
    assert (document.data, document.values) == (data, {})


@pytest.mark.parametrize("data", [b"{}", b"null", b" null\n"])
def test_a_file_without_settings_is_not_blank(data: bytes) -> None:
    document = parse(data)

    assert (document.absent, document.blank) == (False, False)
    assert document.values == {}


def test_nothing_of_the_file_is_in_its_repr() -> None:
    assert "10m" not in repr(parse(TEXT))


@pytest.mark.parametrize(
    ("data", "code", "old", "new"),
    [
        (b'{"a": 1, "a": 2}', "config-duplicate-key", True, True),
        (b'{"a": "\\ud800", "a": 2}', "config-lone-surrogate", True, True),
        (b'\xef\xbb\xbf{"a": 2}', "config-byte-order-mark", False, True),
        ('{"a": 2}'.encode("utf-16"), "config-encoding-wide", False, True),
        (b'{"a": 2, "b": "\xe4"}', "config-encoding-invalid", True, False),
        (b'{"a": 2}}', "config-text-after-end", True, False),
        (b'{"a": 2} // c', "config-comment", True, False),
    ],
)
def test_what_some_dockerd_puts_up_with(data: bytes, code: str, *, old: bool, new: bool) -> None:
    with pytest.raises(DockerctlError) as caught:
        parse(data)
    document = parse(data, lenient=True)

    assert caught.value.code == code
    assert document.flaws[0].code == code
    assert document.flaws[0].details == caught.value.details
    assert document.values["a"] == 2
    assert document.data == data
    assert is_harmless(document.flaws[0], OLD) is old
    assert is_harmless(document.flaws[0], NEW) is new
    assert is_harmless(document.flaws[0], None) is new


def test_the_last_of_two_keys_is_placed() -> None:
    document = parse(b'{"a": {"x": 1},\n "a": {"y": 2}}', lenient=True)

    assert document.place(("a",)) == Place(2, 2)
    assert document.place(("a", "x")) is None


@pytest.mark.parametrize(
    "data", [b"{// c\n}", b"[]", b'{"a": 1,}', bytes(9), "{}".encode("utf-16-le"), b"{\xff}"]
)
def test_what_no_dockerd_takes_is_refused_by_a_lenient_reading(data: bytes) -> None:
    with pytest.raises(DockerctlError):
        parse(data, lenient=True)
