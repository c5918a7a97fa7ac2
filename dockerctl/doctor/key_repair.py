"""The repair of what ``config.check`` finds in a key: a command that heals, where there is one."""

from __future__ import annotations

import json
import re
import shlex

from dockerctl.change.hidden import mask_text
from dockerctl.config.document import Document
from dockerctl.config.finding import Finding
from dockerctl.config.path import KeyPath, format_path

# Without the key, or without that item of its list, the default holds, which starts everywhere.
# Not among them: what moves the data, opens or closes the daemon to others, or waits for something
# on the host that may come back, such as a certificate.
REMOVABLE = frozenset(
    {
        "unknown-key", "key-removed", "key-too-new", "key-case", "ignored-key", "misplaced-key",
        "unknown-member", "no-effect", "log-options-unused", "flag-conflict", "wrong-type",
        "null-is-false", "value-is-default", "no-such-choice", "out-of-range", "not-a-size",
        "not-an-address", "not-a-domain", "not-a-network", "label", "label-twice", "feature",
        "api-version", "generic-resource", "firewall-mark", "metrics-address",
        "unknown-log-driver", "unknown-log-option", "log-option-value", "log-mode",
        "log-buffer-without-mode", "log-compress", "bridge-and-bip", "bip-too-small",
        "outside-of-bridge", "unused-without-ipv6", "needs-experimental", "pool", "pool-base",
        "pool-too-small", "pools-overlap", "mirror", "insecure-registry", "runtime",
        "reserved-runtime", "no-such-runtime", "exec-opt", "cgroup-parent", "ulimit",
        "storage-driver", "storage-option", "storage-support", "unused-without-tls",
        "no-such-bridge",
    }
)  # fmt: skip

_MEANT = re.compile(r"Did you mean ([\w.-]+)\?")
_SUCH_AS = re.compile(r'such as "?([\w.:/-]+[\w])"?')
_QUOTED = re.compile(r"'([^']*)'")


def key_repair(found: Finding, document: Document | None, *, up: bool) -> str:
    """One line. ``up`` is whether the daemon runs: the verbs that change the file bring it into
    effect then, and one that is down is started afterwards."""
    command = _command(found, document)
    if command and mask_text(command) == command:
        return command if up else f"{command} && dockerctl start"
    hint = found.hint.rstrip(".") or "correct it"
    how = "" if "dockerctl" in hint else " (dockerctl config edit)"
    return f"{hint}{how}" if up else f"{hint}{how}, then: dockerctl start"


def _command(found: Finding, document: Document | None) -> str:
    key = format_path(found.path)
    if not key:
        return ""
    value = _value(document, found.path)
    setting = _corrected(found, value)
    if setting:
        return f"dockerctl config set {shlex.quote(setting)}"
    if found.code not in REMOVABLE:
        return ""
    if isinstance(value, list) and len(value) > 1 and found.code not in ("flag-conflict",):
        wrong = [text for text in _QUOTED.findall(found.message) if text in value]
        # Without the item's name in the message only a person can tell which one to take.
        items = " ".join(shlex.quote(text) for text in wrong)
        return f"dockerctl config remove {shlex.quote(key)} {items}" if wrong else ""
    return f"dockerctl config unset {shlex.quote(key)}"


def _corrected(found: Finding, value: object) -> str:
    """KEY=VALUE with what was meant, where that can be told for certain; else ""."""
    key = format_path(found.path)
    if found.code == "wrong-type" and isinstance(value, str):
        return _retyped(found.message, key, value)
    if found.code in ("unknown-log-driver", "no-such-choice"):
        meant = _MEANT.search(found.hint)
        return f"{key}={meant[1]}" if meant else ""
    such = _SUCH_AS.search(found.hint)
    if such is None:
        return ""
    if found.code == "bip-is-no-host":
        return f"{key}={such[1]}"
    if found.code == "ipv6-without-subnet":
        return f"fixed-cidr-v6={such[1]}"
    return ""


def _retyped(message: str, key: str, value: str) -> str:
    if "true or false" in message and value.lower() in ("true", "false"):
        return f"{key}={value.lower()}"
    if "whole number" in message and re.fullmatch(r"-?[0-9]{1,18}", value):
        return f"{key}={int(value)}"
    if "list of strings" in message and value and "," not in value:
        return f"{key}={json.dumps([value], ensure_ascii=False)}"
    return ""


def _value(document: Document | None, path: KeyPath) -> object:
    value: object = None if document is None else document.values
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
