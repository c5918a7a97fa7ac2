"""The options of logging drivers that send logs elsewhere.

syslog, gelf, fluentd and awslogs have their values checked when dockerd starts; splunk and gcplogs
when a container does (moby, daemon/logger/*).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from dockerctl.config.finding import Finding
from dockerctl.config.meaning_go import (
    parse_bool,
    parse_duration,
    parse_int,
    parse_size,
    parse_url,
    split_host_port,
)
from dockerctl.config.meaning_values import Findings, Values, judge, refuse, warn

_KEY = "log-opts"
_Options = Mapping[str, str]

_FACILITIES = frozenset(
    {"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron"}
    | {"authpriv", "ftp"}
    | {f"local{number}" for number in range(8)}
)
_SYSLOG_FORMATS = frozenset({"rfc3164", "rfc5424", "rfc5424micro"})


def check_remote_options(values: Values, driver: str, options: _Options) -> Findings:
    """The values of the options of ``driver``, when it is one that sends logs elsewhere."""
    check = _CHECKS.get(driver)
    if check is not None:
        yield from check(values, options)


def _check_syslog(values: Values, options: _Options) -> Findings:
    address = options.get("syslog-address", "")
    if address:
        yield from _check_syslog_address(values, address)
    facility = options.get("syslog-facility", "")
    number = parse_int(facility)
    if facility and facility not in _FACILITIES and not (number is not None and 0 <= number <= 23):
        yield _wrong("syslog-facility", facility, "daemon, local0 to local7, or 0 to 23")
    form = options.get("syslog-format", "")
    if form and form not in _SYSLOG_FORMATS:
        yield _wrong("syslog-format", form, "rfc3164, rfc5424 or rfc5424micro")
    for name in ("syslog-tls-ca-cert", "syslog-tls-cert", "syslog-tls-key"):
        yield from _check_file(values, options, name)


def _check_syslog_address(values: Values, address: str) -> Findings:
    url = parse_url(address)
    if url is None or url.scheme not in ("unix", "unixgram", "udp", "tcp", "tcp+tls"):
        yield _wrong(
            "syslog-address", address, "udp://HOST:PORT, tcp://…, tcp+tls://… or unix://PATH"
        )
    elif url.scheme.startswith("unix") and values.facts.look.exists(url.path) is False:
        yield refuse(
            "log-option-value", (_KEY, "syslog-address"),
            f"The socket {url.path} of syslog-address does not exist.",
            "Start the syslog service first, or use another address.", from_host=True,
        )  # fmt: skip


def _check_gelf(_: Values, options: _Options) -> Findings:
    address = options.get("gelf-address", "")
    if not address:
        yield _required("gelf-address", "udp://HOST:PORT or tcp://HOST:PORT")
        return
    url = parse_url(address)
    # Only the host and port of the URL are looked at; its path is ignored.
    if url is None or url.scheme not in ("udp", "tcp") or split_host_port(_host(address)) is None:
        yield _wrong("gelf-address", address, "udp://HOST:PORT or tcp://HOST:PORT")
        return
    yield from _only(options, url.scheme == "udp", "udp", ("compression-level", "compression-type"))
    yield from _only(
        options, url.scheme == "tcp", "tcp", ("tcp-max-reconnect", "tcp-reconnect-delay")
    )
    level = options.get("gelf-compression-level")
    number = parse_int(level) if level is not None else 0
    if level is not None and (number is None or not -1 <= number <= 9):
        yield _wrong("gelf-compression-level", level, "-1 to 9")
    kind = options.get("gelf-compression-type", "gzip")
    if kind not in ("gzip", "zlib", "none"):
        yield _wrong("gelf-compression-type", kind, "gzip, zlib or none")
    for name in ("gelf-tcp-max-reconnect", "gelf-tcp-reconnect-delay"):
        number = parse_int(options.get(name, "0"))
        if number is None or number < 0:
            yield _wrong(name, options[name], "a number from 0 on")


def _host(address: str) -> str:
    authority = address.partition("//")[2].partition("/")[0].partition("?")[0].partition("#")[0]
    return authority.rpartition("@")[2]


def _only(options: _Options, fits: bool, scheme: str, names: Iterable[str]) -> Findings:
    for name in (f"gelf-{name}" for name in names):
        if name in options and not fits:
            yield refuse(
                "log-option-value", (_KEY, name), f"The option {name} is only for {scheme}.",
                f"Remove it, or use a gelf-address that begins with {scheme}://.",
            )  # fmt: skip


def _check_fluentd(values: Values, options: _Options) -> Findings:
    address = options.get("fluentd-address", "")
    if address and not _is_fluentd_address(values, address):
        wanted = "HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH"
        yield _wrong("fluentd-address", address, wanted)
    kinds: tuple[tuple[str, Callable[[str], object | None], str], ...] = (
        ("fluentd-buffer-limit", parse_size, "a size such as 1m"),
        ("fluentd-retry-wait", parse_duration, "a duration such as 1s"),
        ("fluentd-max-retries", _unsigned, "a number from 0 to 2147483647"),
        ("fluentd-async", parse_bool, "true or false"),
        ("fluentd-async-connect", parse_bool, "true or false"),
        ("fluentd-sub-second-precision", parse_bool, "true or false"),
        ("fluentd-request-ack", parse_bool, "true or false"),
        ("fluentd-async-reconnect-interval", _interval, "0, or a duration from 100ms to 10s"),
        ("fluentd-write-timeout", _not_negative, "a duration such as 5s"),
        ("fluentd-read-timeout", _not_negative, "a duration such as 5s"),
    )
    for name, read, wanted in kinds:
        value = options.get(name, "")
        if value and read(value) is None:
            yield _wrong(name, value, wanted)
    if options.get("fluentd-async") and options.get("fluentd-async-connect"):
        yield refuse(
            "log-option-value", (_KEY, "fluentd-async-connect"),
            "The options fluentd-async and fluentd-async-connect exclude each other.",
            "Remove fluentd-async-connect, the older name.",
        )  # fmt: skip


def _is_fluentd_address(values: Values, address: str) -> bool:
    has_scheme = "://" in address
    url = parse_url(address if has_scheme else f"tcp://{address}")
    if url is None:
        return False
    if values.before(23) or values.facts.release is None:
        schemes = ("tcp", "udp", "unix", "unixgram", *(("tls",) if not values.before(23) else ()))
        return url.scheme in schemes and (not url.port or parse_int(url.port) is not None)
    if url.scheme == "unix":
        return bool(url.path.lstrip("/"))
    port = parse_int(url.port) if url.port else 0
    return url.scheme in ("tcp", "tls") and not url.path and port is not None and port < 65536


def _unsigned(text: str) -> int | None:
    number = parse_int(text)
    return number if number is not None and 0 <= number <= 2**31 - 1 else None


def _interval(text: str) -> float | None:
    seconds = parse_duration(text)
    return seconds if seconds is not None and (seconds == 0 or 0.1 <= seconds <= 10) else None


def _not_negative(text: str) -> float | None:
    seconds = parse_duration(text)
    return seconds if seconds is not None and seconds >= 0 else None


def _check_awslogs(values: Values, options: _Options) -> Findings:
    if not options.get("awslogs-group"):
        yield _required("awslogs-group", "the name of a log group")
    for name in ("awslogs-create-group", "awslogs-create-stream"):
        value = options.get(name, "")
        if value and parse_bool(value) is None:
            yield _wrong(name, value, "true or false")
    for name in ("awslogs-force-flush-interval-seconds", "awslogs-max-buffered-events"):
        value = options.get(name, "")
        number = parse_int(value)
        if value and (number is None or number <= 0):
            yield _wrong(name, value, "a number from 1 on")
    by_date, by_pattern = "awslogs-datetime-format", "awslogs-multiline-pattern"
    splits = [name for name in (by_date, by_pattern) if name in options]
    if len(splits) == 2:
        yield _exclusive(by_pattern, by_date)
    form = options.get("awslogs-format", "")
    if form and form != "json/emf":
        yield _wrong("awslogs-format", form, "json/emf")
    elif form and splits and values.since(23):
        yield _exclusive(splits[0], "awslogs-format")


def _check_splunk(values: Values, options: _Options) -> Findings:
    for name in ("splunk-token", "splunk-url"):
        if not options.get(name):
            yield warn(
                "log-option-missing", (_KEY, name),
                f"The driver splunk needs the option {name}: containers do not start without.",
                f"Add {name} to log-opts, or give it to each container.",
            )  # fmt: skip
    for name in ("insecureskipverify", "verify-connection", "gzip", "index-acknowledgment"):
        value = options.get(f"splunk-{name}", "false")
        if parse_bool(value) is None:
            yield _wrong(f"splunk-{name}", value, "true or false", certain=False)
    form = options.get("splunk-format", "inline")
    if form not in ("inline", "json", "raw"):
        yield _wrong("splunk-format", form, "inline, json or raw", certain=False)
    level = options.get("splunk-gzip-level", "-1")
    number = parse_int(level)
    if number is None or not -1 <= number <= 9:
        yield _wrong("splunk-gzip-level", level, "-1 to 9", certain=False)
    yield from _check_file(values, options, "splunk-capath")


def _check_gcplogs(_: Values, options: _Options) -> Findings:
    value = options.get("gcp-log-cmd", "false")
    if parse_bool(value) is None:
        yield _wrong("gcp-log-cmd", value, "true or false", certain=False)


def _check_logentries(_: Values, options: _Options) -> Findings:
    if not options.get("logentries-token"):
        yield _required("logentries-token", "the token of the log")


_CHECKS: Mapping[str, Callable[[Values, _Options], Findings]] = {
    "syslog": _check_syslog,
    "gelf": _check_gelf,
    "fluentd": _check_fluentd,
    "awslogs": _check_awslogs,
    "splunk": _check_splunk,
    "gcplogs": _check_gcplogs,
    "logentries": _check_logentries,
}


def _wrong(name: str, value: str, wanted: str, *, certain: bool = True) -> Finding:
    # An address can hold a password.
    shown = "" if "@" in value else f" {value!r}"
    later = "" if certain else ": containers do not start"
    return judge(
        certain, "log-option-value", (_KEY, name),
        f"The value{shown} is not one for the logging option {name}{later}.", f"Use {wanted}.",
    )  # fmt: skip


def _required(name: str, wanted: str) -> Finding:
    return refuse(
        "log-option-missing", (_KEY,), f"The logging option {name} is missing.",
        f"Add {name} to log-opts: {wanted}.",
    )  # fmt: skip


def _exclusive(name: str, other: str) -> Finding:
    return refuse(
        "log-option-value", (_KEY, name),
        f"The logging options {name} and {other} exclude each other.", "Keep one of them.",
    )  # fmt: skip


def _check_file(values: Values, options: _Options, name: str) -> Findings:
    path = options.get(name, "")
    if path and values.facts.look.readable(path) is False:
        yield warn(
            "log-option-value", (_KEY, name),
            f"The file {path} of the logging option {name} does not exist: containers do not "
            "start.",
            "Put the file there, or correct the path.", from_host=True,
        )  # fmt: skip
