"""The options that each logging driver knows, and since which release.

From ``ValidateLogOpt`` of each driver in moby, daemon/logger. Options that every driver takes are
``mode``, ``max-buffer-size`` and those of the cache that serves ``docker logs``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Span(NamedTuple):
    """The major releases that know something: from the first, and before the last."""

    first: int = 20
    before: int = 1000

    def holds(self, major: int) -> bool:
        """Whether the release with this major number is among them."""
        return self.first <= major < self.before


ALWAYS = Span()

# For every driver but "none"; the cache is that of the driver "local".
COMMON_OPTIONS = frozenset(
    {"mode", "max-buffer-size", "cache-disabled", "cache-max-size", "cache-max-file"}
    | {"cache-compress"}
)

# What a driver takes from the container, to add to each message.
_ATTRIBUTES = {"env": ALWAYS, "env-regex": ALWAYS, "labels": ALWAYS}
_TAGGED = _ATTRIBUTES | {"tag": ALWAYS}
# When the drivers took labels-regex differs; splunk was the last one.
_ALL = _TAGGED | {"labels-regex": ALWAYS}


def _options(prefix: str, *names: str, **later: Span) -> dict[str, Span]:
    """Names with a prefix; ``later`` has those with a span, with "_" for "-"."""
    always = {f"{prefix}{name}": ALWAYS for name in names}
    return always | {f"{prefix}{name.replace('_', '-')}": span for name, span in later.items()}


DRIVER_OPTIONS: Mapping[str, Mapping[str, Span]] = {
    "json-file": _ALL | _options("", "max-file", "max-size", "compress"),
    "local": _options("", "max-file", "max-size", "compress"),
    "journald": _ALL,
    "syslog": _ALL
    | _options("syslog-", "address", "facility", "format")
    | _options("syslog-tls-", "ca-cert", "cert", "key", "skip-verify"),
    "gelf": _ALL
    | _options("gelf-", "address", "compression-level", "compression-type")
    | _options("gelf-tcp-", "max-reconnect", "reconnect-delay"),
    "fluentd": _ALL
    | _options("fluentd-", "address", "async", "buffer-limit", "max-retries", "request-ack")
    | _options(
        "fluentd-", "retry-wait", "sub-second-precision", async_reconnect_interval=Span(23),
        async_connect=Span(20, 28), write_timeout=Span(28), read_timeout=Span(29),
    ),
    "awslogs": {"tag": ALWAYS}
    | _options("awslogs-", "group", "stream", "create-group", "region", "endpoint")
    | _options("awslogs-", "datetime-format", "multiline-pattern", "credentials-endpoint")
    | _options(
        "awslogs-", force_flush_interval_seconds=ALWAYS, max_buffered_events=ALWAYS,
        create_stream=Span(29), format=Span(23),
    ),
    "splunk": _ALL
    | _options("splunk-", "url", "token", "source", "sourcetype", "index", "capath", "caname")
    | _options("splunk-", "insecureskipverify", "format", "verify-connection", "gzip")
    | _options("splunk-", "gzip-level", "index-acknowledgment"),
    "gcplogs": _ATTRIBUTES
    | {"labels-regex": ALWAYS}
    | _options("gcp-", "project", "log-cmd", "meta-zone", "meta-name", "meta-id"),
}  # fmt: skip

# Logentries took every name (its check compared an option with itself) and went away with 25.0.
DRIVER_SPANS: Mapping[str, Span] = {"logentries": Span(20, 25)}

# Drivers that are built in on Linux, whatever the release, and "none".
BUILT_IN = frozenset({*DRIVER_OPTIONS, "none"})
