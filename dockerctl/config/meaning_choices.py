"""Keys with a few right values, a range, or a form of their own; and keys that are going away.

From Validate in moby, daemon/config/config.go and config_linux.go.
"""

from __future__ import annotations

import difflib
import re

from dockerctl.config.finding import Finding
from dockerctl.config.meaning_go import parse_int
from dockerctl.config.meaning_values import Findings, Values, judge, refuse, warn

_LEVELS = ("debug", "info", "warn", "error", "fatal", "panic", "trace")
_FEATURES = frozenset(
    {"buildkit", "containerd-snapshotter", "cdi", "containerd-migration", "embedded-containerd"}
    | {"swarm-nftables", "time-namespaces", "bep", "windows-dns-proxy"}
)
_RESERVED_LABELS = ("com.docker.", "io.docker.", "org.dockerproject.")
# The oldest version of the API that 29 can serve, and one that no release knows; 29.7 has 1.55.
_OLDEST_API = (1, 24)
_NO_API_YET = (1, 100)
_DIGITS = re.compile(r"[0-9]{1,6}", re.ASCII)
_UNSIGNED = re.compile(r"0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*", re.ASCII)


def check_choices(values: Values) -> Findings:
    """Words, ranges, labels, features, versions."""
    yield from _check_words(values)
    yield from _check_ranges(values)
    yield from _check_labels(values)
    yield from _check_resources(values)
    yield from _check_features(values)
    yield from _check_api_version(values)
    yield from _check_mark(values)


def _check_words(values: Values) -> Findings:
    level = values.text("log-level")
    levels = (*_LEVELS, "warning")
    # The word "warning" was understood by the library that dockerd used before 25.0.
    if level and level.lower() not in (_LEVELS if values.since(25) else levels):
        yield _no_such_word("log-level", level, _LEVELS)
    for key, words in (
        ("log-format", ("text", "json")),
        ("default-ipc-mode", ("private", "shareable")),
        ("default-cgroupns-mode", ("private", "host")),
        ("firewall-backend", ("iptables", "nftables")),
    ):
        word = values.text(key)
        if word and word not in words:
            yield _no_such_word(key, word, words)


def _no_such_word(key: str, word: str, words: tuple[str, ...]) -> Finding:
    near = difflib.get_close_matches(word.lower(), words, 1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return refuse(
        "no-such-choice", (key,), f"The {key} {word!r} does not exist.",
        f"Use {', '.join(words[:-1])} or {words[-1]}.{meant}",
    )  # fmt: skip


def _check_ranges(values: Values) -> Findings:
    for key in ("max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts"):
        number = values.number(key)
        if number is None:
            continue
        least = 1 if key == "max-download-attempts" and values.before(23) else 0
        if number < least:
            yield refuse(
                "out-of-range", (key,), f"The number {number} of {key} is too small.",
                f"Use a number from 1 on, or remove {key}.",
            )  # fmt: skip
    port = values.number("network-diagnostic-port") or 0
    if not 0 <= port <= 65535:
        yield judge(
            values.since(28), "out-of-range", ("network-diagnostic-port",),
            f"There is no port {port}.", "Use a number from 1 to 65535.",
        )  # fmt: skip
    timeout = values.number("shutdown-timeout") or 0
    if timeout < -1:
        yield warn(
            "out-of-range", ("shutdown-timeout",), f"The shutdown-timeout {timeout} is negative.",
            "Use a number of seconds; -1 waits without end.",
        )  # fmt: skip
    stop = values.number("default-stop-timeout") or 0
    if stop < 0:
        yield refuse(
            "out-of-range", ("default-stop-timeout",),
            f"The default-stop-timeout {stop} is negative.", "Use a number of seconds from 0 on.",
        )  # fmt: skip
    control = values.number("network-control-plane-mtu") or 0
    if control < 0:
        yield warn(
            "out-of-range", ("network-control-plane-mtu",),
            f"The network-control-plane-mtu {control} is negative.", "Use a number such as 1500.",
        )  # fmt: skip
    score = values.number("oom-score-adjust") or 0
    if not -1000 <= score <= 1000:
        yield refuse(
            "out-of-range", ("oom-score-adjust",), f"The kernel takes no score of {score}.",
            "Use a number from -1000 to 1000.",
        )  # fmt: skip


def _check_labels(values: Values) -> Findings:
    for _, label in values.texts("labels"):
        name, equals, _ = label.partition("=")
        if not equals:
            yield refuse(
                "label", ("labels",), f"The label {label!r} is not of the form name=value.",
                f'Write "{label}=" for a label without a value.',
            )  # fmt: skip
        elif label.lower().startswith(_RESERVED_LABELS):
            yield refuse(
                "label", ("labels",), f"The label {name!r} is one of those kept for Docker.",
                "Use a name that begins with a domain of your own.",
            )  # fmt: skip


def _check_resources(values: Values) -> Findings:
    """The list node-generic-resources: kinds are either counted or named (swarmkit)."""
    found: dict[str, list[str]] = {}
    for _, text in values.texts("node-generic-resources"):
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or "=" in value:
            yield _resource(f"The resource {text!r} is not of the form name=value.")
        else:
            found.setdefault(name, []).append(value)
    for name, items in found.items():
        numbers = [parse_int(item) for item in items]
        if len(items) == 1:
            if numbers[0] is not None and numbers[0] < 0:
                yield _resource(f"The number of {name} is negative.")
        elif any(number is not None for number in numbers):
            yield _resource(f"The resource {name} is both counted and named.")


def _resource(message: str) -> Finding:
    return refuse(
        "generic-resource", ("node-generic-resources",), message,
        'Write "GPU=4", or "GPU=UUID1" and "GPU=UUID2".',
    )  # fmt: skip


def _check_features(values: Values) -> Findings:
    features = values.members("features")
    for name in features:
        if name == "windows-dns-proxy":
            yield judge(
                values.since(26) and values.before(28), "feature", ("features", name),
                "The feature windows-dns-proxy is only for Windows.", "Remove it.",
            )  # fmt: skip
        elif name not in _FEATURES:
            near = difflib.get_close_matches(name, sorted(_FEATURES), 1)
            yield warn(
                "feature", ("features", name),
                f"There is no feature {name!r} that is known here; dockerd ignores it.",
                f"Did you mean {near[0]}?" if near else "Remove it unless your engine has it.",
            )  # fmt: skip
    if features.get("containerd-snapshotter") is True and values.before(23):
        yield warn(
            "feature", ("features", "containerd-snapshotter"),
            "Docker 20.10 does not know the feature containerd-snapshotter and ignores it.",
            "Remove it until the engine is newer.",
        )  # fmt: skip
    if features.get("embedded-containerd") is True and values.switch("cri-containerd"):
        yield judge(
            values.since(29), "feature", ("features", "embedded-containerd"),
            "The feature embedded-containerd and the key cri-containerd exclude each other.",
            "Remove one of them.",
        )  # fmt: skip


def _check_api_version(values: Values) -> Findings:
    text = values.text("min-api-version")
    if not text:
        return
    if text[0] in "vV":
        yield _api_version(f"The min-api-version {text!r} begins with {text[0]!r}.")
        return
    # What is no number counts as 0 (moby, api/types/versions).
    version = tuple(int(part) if _DIGITS.fullmatch(part) else 0 for part in text.split("."))
    if version < _OLDEST_API:
        yield _api_version(f"The min-api-version {text!r} is older than the oldest, 1.24.")
    elif version >= _NO_API_YET:
        yield _api_version(f"There is no version {text} of the API yet.")
    elif len(version) != 2:
        yield warn(
            "api-version", ("min-api-version",),
            f"The min-api-version {text!r} is not of the form MAJOR.MINOR.", 'Use "1.44".',
        )  # fmt: skip


def _api_version(message: str) -> Finding:
    return refuse("api-version", ("min-api-version",), message, 'Use one such as "1.44".')


def _check_mark(values: Values) -> Findings:
    text = values.text("bridge-accept-fwmark")
    parts = text.split("/", 1)
    if text and not all(_is_mark(part) for part in parts):
        yield refuse(
            "firewall-mark", ("bridge-accept-fwmark",),
            f"The mark {text!r} is not of the form MARK or MARK/MASK.",
            "Use numbers, as in 0x1/0x3.",
        )  # fmt: skip


def _is_mark(text: str) -> bool:
    if not _UNSIGNED.fullmatch(text):
        return False
    octal = len(text) > 1 and text[0] == "0" and text.isdecimal()
    return int(text, 8 if octal else 0) < 2**32
