"""Nothing secret survives in what is shown."""

from __future__ import annotations

import json

import pytest

from dockerctl.change.hidden import MASK, mask_text, mask_value

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    "line",
    [
        f"http://user:{SECRET}@proxy.example:3128",
        f'    "https-proxy": "https://user:{SECRET}@proxy.example",',
        f'        "splunk-token": "{SECRET}",',
        f'Environment="AWS_SECRET_ACCESS_KEY={SECRET}"',
        f"HTTPS_PROXY=http://u:{SECRET}@h:1 NO_PROXY=x",
        f"dockerctl config set log-opts.splunk-token={SECRET}",
        f"password = {SECRET}",
        f"http://{SECRET}@proxy.example",
    ],
)
def test_a_line(line: str) -> None:
    assert SECRET not in mask_text(line)
    assert MASK in mask_text(line)


@pytest.mark.parametrize(
    "line",
    ['"debug": true', "Environment=FOO=bar", "http://mirror.example:5000/", "user@example.org"],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert mask_text(line) == line


def test_a_value() -> None:
    value = {
        "log-opts": {"splunk-token": SECRET, "splunk-url": "https://splunk.example"},
        "proxies": {"http-proxy": f"http://u:{SECRET}@proxy"},
        "registry-mirrors": [f"https://u:{SECRET}@mirror", "https://mirror"],
        "debug": True,
    }
    masked = json.dumps(mask_value(value))
    assert SECRET not in masked
    assert "https://splunk.example" in masked
    assert mask_value(SECRET, "splunk-token") == MASK
    assert mask_value(5, "max-file") == 5
