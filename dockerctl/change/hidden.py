"""Masking secrets in what is shown of a configuration: values, differences, command lines.

Each pattern begins where a word begins, so that a line of a megabyte is not looked through again
from each of its letters.
"""

from __future__ import annotations

import re

MASK = "xxxxx"

_WORDS = r"token|secret|passw(?:or)?d|passphrase|credential|api[-_]?key|access[-_]?key"
# NAME or OPTION that is a secret by what it is called: splunk-token, AWS_SECRET_ACCESS_KEY.
_NAME = rf"(?<![\w.-])(?=[\w.-]*?(?:{_WORDS}))[\w.-]++"

# user:password@ of a URL, as docker masks it. It ends at the last @ before the path (net/url).
_USERINFO = re.compile(r"(?<![\w+.-])(?P<scheme>[\w+.-]+://)[^/\s\"']*@")
# Without a scheme, which a proxy need not have. An image with its digest looks alike.
_BARE_USERINFO = re.compile(
    r"(?<![^\s\"'=,])[^\s/\"'=,:@]+:[^\s/\"'@]+(?:@[^\s/\"'@]+)*@(?!sha\d+:)(?=[\w\[])"
)
_NAMED = re.compile(
    rf"(?P<quote>[\"'])(?P<whole>{_NAME}=)(?:\\.|(?!(?P=quote)).)*"
    rf"|(?P<name>{_NAME})(?P<between>[\"']?\s*[=:]\s*)(?!No such )"
    r"(?P<value>\"(?:\\.|[^\"\\])*\"?|'[^']*'?|\[(?:\"(?:\\.|[^\"\\])*\"|[^\]\"])*\]?|[^\s\"',{}]+)",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(rf"(?P<name>{_NAME}=).+", re.IGNORECASE | re.DOTALL)
_SECRET_NAME = re.compile(_WORDS, re.IGNORECASE)


def mask_urls(text: str) -> str:
    """``text`` with user name and password of every URL masked, and nothing else: for prose, where
    "no secret: permission denied" is none."""
    return _USERINFO.sub(lambda m: f"{m['scheme']}{MASK}:{MASK}@", text)


def mask_text(text: str) -> str:
    """One line with everything masked that is a secret by its form or its name."""
    masked = _BARE_USERINFO.sub(f"{MASK}:{MASK}@", mask_urls(text))
    return _NAMED.sub(_hide, masked)


def mask_word(word: str) -> str:
    """One word of a command line: a value behind ``NAME=`` goes to the end of the word."""
    assigned = _ASSIGNED.fullmatch(word)
    return mask_text(word) if assigned is None else f"{assigned['name']}{MASK}"


def mask_value(value: object, name: str = "") -> object:
    """A JSON value with the secrets in it masked; ``name`` is the key that leads to it."""
    if isinstance(value, dict):
        return {key: mask_value(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [mask_value(item, name) for item in value]
    if value in (None, "") or isinstance(value, bool):
        return value
    if _SECRET_NAME.search(name):
        return MASK
    return mask_text(value) if isinstance(value, str) else value


def _hide(match: re.Match[str]) -> str:
    if match["whole"] is not None:
        return f"{match['quote']}{match['whole']}{MASK}"
    value = match["value"]
    quote = value[0] if value[0] in "\"'" else ""
    closed = quote if len(value) > 1 and value.endswith(quote) else ""
    return f"{match['name']}{match['between']}{quote}{MASK}{closed}"
