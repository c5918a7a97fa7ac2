"""Proxies: what dockerd can use, and that no password is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.errors import OverrideValueInvalid
from dockerctl.override.proxies import (
    check_no_proxy,
    check_proxy,
    has_credentials,
    mask_urls,
    mask_variable,
)


@pytest.mark.parametrize(
    "url",
    [
        "http://proxy", "http://proxy:3128", "https://proxy.example.com:443/", "socks5://10.0.0.1:1080",
        "http://[fd00::1]:3128", "HTTP://proxy", "http://u:p@proxy:3128", "http://u@proxy",
        "http://u%40corp:p%2Fq%23@proxy.example.com:8080", "http://my_proxy.local.:1",
    ],
)  # fmt: skip
def test_a_proxy(url: str) -> None:
    assert check_proxy(url, "--http") == url


@pytest.mark.parametrize(
    "url",
    [
        "proxy:3128", "u:s3cret@proxy:3128", "ftp://proxy", "http://", "http://:3128", "http:///x",
        "http://proxy:0", "http://proxy:70000", "http://proxy:port", "http://proxy/path",
        "http://proxy?x", "http://proxy#", "http://proxy#x", "http://pro xy", "http://proxy\n",
        "http://u:s3cret/x@proxy:1", "http://u:s3cret#x@proxy", "http://u:s3cret@x@proxy",
        "http://u:12/s3cret@proxy", "http://s3cret/x@proxy", "http://u:s3cret%zz@proxy",
        "http://u:s3cret\"@proxy", "http://u:s3cret @proxy", "http://256.1.1.1", "http://1.2.3:1",
        "http://[fd00::1", "http://[x]:1", "http://-a", "http://pr\u00f6xy", "http://a..b",
        "http://" + "a" * 254, "://proxy", "http:proxy",
    ],
)  # fmt: skip
def test_what_is_no_proxy(url: str) -> None:
    with pytest.raises(OverrideValueInvalid) as caught:
        check_proxy(url, "--http")
    assert "s3cret" not in caught.value.message + caught.value.hint
    assert "--http" in caught.value.message
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("localhost", "localhost"),
        ("*", "*"),
        ("a.example.com, .example.com ,*.x.y,,", "a.example.com,.example.com,*.x.y"),
        (
            "127.0.0.1,::1,[::1]:80,10.0.0.0/8,fd00::/8",
            "127.0.0.1,::1,[::1]:80,10.0.0.0/8,fd00::/8",
        ),
        ("registry:5000,10.0.0.1:5000", "registry:5000,10.0.0.1:5000"),
        ("a,b,a", "a,b"),
        ("", ""),
    ],
)
def test_what_goes_without_a_proxy(text: str, result: str) -> None:
    assert check_no_proxy(text) == result


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost", "a b", "10.0.0.0/33", "a/8", "a:port", "a:70000", "10.0.0.300", "-a",
        "a*b", "[::1", "a\nb", "10.0.0.0/255.0.0.0", "u:s3cret@host",
    ],
)  # fmt: skip
def test_what_is_no_list_of_hosts(text: str) -> None:
    with pytest.raises(OverrideValueInvalid) as caught:
        check_no_proxy(text)
    assert "s3cret" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("http://proxy:3128", "http://proxy:3128"),
        ("http://u:p@proxy:3128", "http://xxxxx:xxxxx@proxy:3128"),
        ("http://u@proxy", "http://xxxxx:xxxxx@proxy"),
        ("http://u:p@q@proxy", "http://xxxxx:xxxxx@proxy"),
        ("http://u:p/q@proxy", "http://xxxxx:xxxxx@proxy"),
        ("http://u:p@q/r@proxy", "http://xxxxx:xxxxx@proxy"),
        ("http://host/a@b", "http://host/a@b"),
        ('"HTTP_PROXY=http://u:p@h" "X=socks5://a:b@c"',
         '"HTTP_PROXY=http://xxxxx:xxxxx@h" "X=socks5://xxxxx:xxxxx@c"'),
        ("name:tag@sha256:0 someone@example.com", "name:tag@sha256:0 someone@example.com"),
    ],
)  # fmt: skip
def test_masking(text: str, masked: str) -> None:
    assert mask_urls(text) == masked
    assert mask_urls(masked) == masked


def test_masking_a_variable() -> None:
    assert mask_variable("http_proxy", "u:p@h:1") == "xxxxx:xxxxx@h:1"
    assert mask_variable("HTTP_PROXY", "http://a/b@h:1") == "http://xxxxx:xxxxx@h:1"
    assert mask_variable("HTTP_PROXY", "h:1") == "h:1"
    assert mask_variable("OTHER", "u:p@h") == "u:p@h"
    assert mask_variable("OTHER", "http://u:p@h") == "http://xxxxx:xxxxx@h"


def test_credentials() -> None:
    assert has_credentials("http://u:p@h")
    assert not has_credentials("http://h:1")


@given(st.text(st.characters(exclude_categories=["Z", "C"], exclude_characters='"<>'), min_size=1))
def test_no_password_is_shown(rest: str) -> None:
    password = f"s3cret{rest}s3cret"
    assert "s3cret" not in mask_urls(f"see http://user:{password}@proxy:1 there")
    assert "s3cret" not in mask_variable("HTTPS_PROXY", f"{password}@proxy")
    with pytest.raises(OverrideValueInvalid) as caught:
        check_proxy(f"http://user:{password}@proxy:nope", "--https")
    assert "s3cret" not in caught.value.message + caught.value.hint
