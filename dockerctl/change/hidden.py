"""Masking secrets in what is shown of a configuration: values, differences, command lines."""

from __future__ import annotations

import re

MASK = "xxxxx"

# user:password@ of a URL, as docker masks it.
_USERINFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^/\s\"'@]+@")
# Options and variables that are secrets by their name: splunk-token, AWS_SECRET_ACCESS_KEY.
_NAMED = re.compile(
    r"(?P<name>[\w.-]*(?:token|secret|passwd|password|credential|api-?key|access-?key)[\w.-]*)"
    r"(?P<between>\"?\s*[=:]\s*\"?)(?P<value>[^\s\",}]+)",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"token|secret|passw(or)?d|credential|api-?key|access-?key", re.IGNORECASE
)


def mask_text(text: str) -> str:
    """One line with everything masked that is a secret by its form or its name."""
    masked = _USERINFO.sub(lambda m: f"{m['scheme']}{MASK}:{MASK}@", text)
    return _NAMED.sub(lambda m: f"{m['name']}{m['between']}{MASK}", masked)


def mask_value(value: object, name: str = "") -> object:
    """A JSON value with the secrets in it masked; ``name`` is the key that leads to it."""
    if isinstance(value, dict):
        return {key: mask_value(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [mask_value(item, name) for item in value]
    if isinstance(value, str):
        return MASK if value and _SECRET_NAME.search(name) else mask_text(value)
    return value
