"""Texts read by the rules of Go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.config.meaning_go import (
    Url,
    mask_url,
    parse_bool,
    parse_cidr,
    parse_duration,
    parse_int,
    parse_ip,
    parse_size,
    parse_url,
    split_host_port,
)

MIB = 1 << 20


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("1", True), ("T", True), ("False", False), ("0", False), ("f", False),
        ("yes", None), ("on", None), ("", None), ("TrUe", None), (" true", None),
    ],
)  # fmt: skip
def test_switches(text: str, value: bool | None) -> None:
    assert parse_bool(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("+7", 7), ("-3", -3), ("007", 7), ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", None), ("", None), ("1.0", None), ("1_0", None), (" 1", None),
        ("٣", None), ("0x10", None),
    ],
)  # fmt: skip
def test_numbers(text: str, value: int | None) -> None:
    assert parse_int(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("512", 512), ("10m", 10 * MIB), ("10M", 10 * MIB), ("10mb", 10 * MIB),
        ("10MiB", 10 * MIB), ("10 m", 10 * MIB), ("1.5g", 3 << 29), ("1k", 1024), ("5b", 5),
        (".5m", MIB // 2), ("2t", 2 << 40), ("3P", 3 << 50),
        ("", None), ("m", None), ("ten", None), ("10x", None), ("10mbb", None), ("10 mb ", None),
        ("-1", None), ("10ki", None), ("10bb", None), ("10  m", None), ("10m10", None), (".", None),
    ],
)  # fmt: skip
def test_sizes(text: str, value: int | None) -> None:
    assert parse_size(text) == value


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0), ("1s", 1.0), ("1.5h", 5400.0), ("500ms", 0.5), ("1h30m", 5400.0), ("-2s", -2.0),
        ("+1m", 60.0), ("100us", 1e-4), ("1µs", 1e-6),
        ("", None), ("1", None), ("s", None), (".s", None), ("1d", None), ("1s ", None),
        ("1s2", None),
    ],
)  # fmt: skip
def test_durations(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize("text", ["10.0.0.1", "::1", "fd00::1:2", "::ffff:10.0.0.1"])
def test_addresses(text: str) -> None:
    assert parse_ip(text) is not None


@pytest.mark.parametrize(
    "text",
    ["", " 10.0.0.1", "10.0.0.1 ", "10.0.0", "10.0.0.01", "10.0.0.1/8", "fe80::1%eth0", "a.b"],
)
def test_no_addresses(text: str) -> None:
    assert parse_ip(text) is None


@pytest.mark.parametrize("text", ["10.0.0.1/8", "0.0.0.0/0", "fd00::/64", "10.0.0.1/08"])
def test_networks(text: str) -> None:
    assert parse_cidr(text) is not None


@pytest.mark.parametrize(
    "text",
    ["", "10.0.0.1", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/255.0.0.0", "fd00::/129", "/8", "a/8"],
)
def test_no_networks(text: str) -> None:
    assert parse_cidr(text) is None


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a:1", ("a", "1")), (":1", ("", "1")), ("a:", ("a", "")), ("[::1]:80", ("::1", "80")),
        ("a", None), ("::1", None), ("[::1]", None), ("[::1]80", None), ("[a:1", None),
        ("a:1:2", None), ("[[a]]:1", None),
    ],
)  # fmt: skip
def test_host_and_port(text: str, parts: tuple[str, str] | None) -> None:
    assert split_host_port(text) == parts


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://a.b", Url("https", False, "a.b", "", "", "", "")),
        ("HTTP://a:80/x?q#f", Url("http", False, "a", "80", "/x", "q", "f")),
        ("http://u:p@a:1/", Url("http", True, "a", "1", "/", "", "")),
        ("tcp://[::1]:2375", Url("tcp", False, "::1", "2375", "", "", "")),
        ("host:5000", Url("host", False, "", "", "5000", "", "")),
        ("a.b/c", Url("", False, "", "", "a.b/c", "", "")),
        ("http://<name>:1", Url("http", False, "<name>", "1", "", "", "")),
        ("http://", Url("http", False, "", "", "", "", "")),
    ],
)  # fmt: skip
def test_urls(text: str, url: Url) -> None:
    assert parse_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "://a", "http://a b", "http://a:b", "http://{{host}}", "http://a\n", "10.0.0.1:80/x",
        "http://[::1", "http://[::1]x", "http://a%zz", "http://a/%g1", "http://u^@a", "http://a%41b",
    ],
)  # fmt: skip
def test_no_urls(text: str) -> None:
    assert parse_url(text) is None


def test_credentials_are_masked() -> None:
    assert mask_url("https://me:secret@a.b/c") == "https://xxxxx@a.b/c"
    assert mask_url("https://a.b/c@d") == "https://a.b/c@d"


@given(st.text())
def test_no_text_is_too_odd(text: str) -> None:
    for read in (parse_bool, parse_int, parse_size, parse_duration, parse_ip, parse_cidr):
        read(text)
    split_host_port(text)
    parse_url(text)
    mask_url(text)


@given(st.integers(0, 2**62))
def test_a_number_of_bytes_is_itself_as_far_as_a_float_goes(number: int) -> None:
    assert parse_size(str(number)) == int(float(number))
