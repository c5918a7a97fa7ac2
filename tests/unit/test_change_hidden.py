"""Secrets in what is shown: none survives, and the rest stays as it is."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.change.hidden import MASK, mask_text, mask_value, mask_word

URL = f"http://{MASK}:{MASK}@"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://bob:pw@proxy:3128", f"{URL}proxy:3128"),
        ("http://bob@proxy", f"{URL}proxy"),
        ("http://bob:p@w@proxy/x@y", f"{URL}proxy/x@y"),
        ("HTTP_PROXY=http://bob:pw@proxy HTTPS=http://eve:x@p2", f"HTTP_PROXY={URL}proxy HTTPS={URL}p2"),
        ('  "http-proxy": "bob:pw@proxy:3128",', f'  "http-proxy": "{MASK}:{MASK}@proxy:3128",'),
        ("HTTPS_PROXY=bob:pw@proxy:3128", f"HTTPS_PROXY={MASK}:{MASK}@proxy:3128"),
        ('"splunk-token": "two words"', f'"splunk-token": "{MASK}"'),
        ('"splunk-token":"a\\"b c", "x": "y"', f'"splunk-token":"{MASK}", "x": "y"'),
        ('"splunk-token": "half', f'"splunk-token": "{MASK}'),
        ('"splunk-token": ""', f'"splunk-token": "{MASK}"'),
        ("splunk-token: 'a b' c", f"splunk-token: '{MASK}' c"),
        ('"api-keys": ["a", "b"], "c": 1', f'"api-keys": {MASK}, "c": 1'),
        ('"password": 12345, "c": 1', f'"password": {MASK}, "c": 1'),
        ('"credentials": {"file": "/etc/x"}', '"credentials": {"file": "/etc/x"}'),
        ("--log-opt splunk-token=abc --debug", f"--log-opt splunk-token={MASK} --debug"),
        ('Environment="AWS_SECRET_ACCESS_KEY=a b" "X=y"',
         f'Environment="AWS_SECRET_ACCESS_KEY={MASK}" "X=y"'),
        ("Environment='MY_PASSWORD=a \\' b' X=y", f"Environment='MY_PASSWORD={MASK}' X=y"),
        ("Environment=MY_PASSWD=abc", f"Environment=MY_PASSWD={MASK}"),
        ("passphrase = hunter2", f"passphrase = {MASK}"),
    ],
)  # fmt: skip
def test_a_line(text: str, shown: str) -> None:
    assert mask_text(text) == shown
    assert mask_text(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", '  "debug": true,', '"hosts": ["fd://", "tcp://[::1]:2375"]',
        '"registry-mirrors": ["https://mirror.example/a@b"]', "git@github.example",
        '"image": "busybox:1.36@sha256:0123"', "ExecStart=/usr/bin/dockerd -H fd://",
        "Environment=NO_PROXY=a,b:80", '"tlskey": "/etc/docker/key.pem"',
    ],
)  # fmt: skip
def test_nothing_to_hide(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize("letter", ["a", "a.", "x:", "@", "token", '"', "\\", "://"])
def test_a_line_of_a_megabyte(letter: str) -> None:
    text = letter * (60_000 // len(letter))
    assert mask_text(text).count("b") == 0


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("X_TOKEN=a'b c", f"X_TOKEN={MASK}"),
        ("log-opts.splunk-token=a\nb", f"log-opts.splunk-token={MASK}"),
        ("X_TOKEN=", "X_TOKEN="),
        ("http://a:b@proxy", f"{URL}proxy"),
        ("debug=true", "debug=true"),
        ('log-opts={"splunk-token": "x y"}', f'log-opts={{"splunk-token": "{MASK}"}}'),
    ],
)
def test_a_word_of_a_command_line(word: str, shown: str) -> None:
    assert mask_word(word) == shown


@pytest.mark.parametrize(
    ("value", "name", "shown"),
    [
        ("abc", "splunk-token", MASK),
        ("", "splunk-token", ""),
        (None, "password", None),
        (True, "password", True),
        (12345, "password", MASK),
        (5, "mtu", 5),
        (["a", "b"], "secrets", [MASK, MASK]),
        ({"log-opts": {"splunk-token": "x", "max-file": "5"}}, "",
         {"log-opts": {"splunk-token": MASK, "max-file": "5"}}),
        ({"proxies": {"http-proxy": "http://a:b@c"}}, "",
         {"proxies": {"http-proxy": f"{URL}c"}}),
        (["splunk-token=abc"], "log-opts", [f"splunk-token={MASK}"]),
    ],
)  # fmt: skip
def test_a_value(value: object, name: str, shown: object) -> None:
    assert mask_value(value, name) == shown


SECRETS = st.text(string.ascii_letters + string.digits + " ,;{}[]\"'\\=:@é", min_size=1).map(
    lambda text: f"s3cr3t{text}s3cr3t"
)


@given(SECRETS, st.sampled_from(["splunk-token", "AWS_SECRET_KEY", "my.password", "api-key"]))
def test_nothing_secret_survives(secret: str, name: str) -> None:
    for text in (
        json.dumps({name: secret, "debug": True}),
        json.dumps({name: [secret]}, indent=2),
        json.dumps({name: secret}, ensure_ascii=False),
        mask_word(f"{name}={secret}"),
    ):
        assert "s3cr3t" not in mask_text(text)
    assert "s3cr3t" not in json.dumps(mask_value({"a": [{name: secret}]}))


@given(st.text(string.ascii_letters + string.digits + "-._~!$&()*+,;=%:@", min_size=1))
def test_no_password_of_a_url_survives(password: str) -> None:
    text = f"HTTP_PROXY=http://bob:s3cr3t{password}s3cr3t@proxy.example:3128/x"
    assert "s3cr3t" not in mask_text(text)
    assert mask_text(text).endswith("@proxy.example:3128/x")
