"""The logging driver and its options."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from dockerctl.config.release import Release
from tests.fakes.look import FakeLook
from tests.meaning import RELEASES, V20, V23, V24, V25, V26, V27, V28, V29, facts, found, verdicts

BUILT_IN = (
    "awslogs", "fluentd", "gcplogs", "gelf", "journald", "json-file", "local", "splunk", "syslog",
)  # fmt: skip


def logs(driver: str | None, **options: str) -> dict[str, object]:
    """A file with these options; "_" in a name stands for "-"."""
    values: dict[str, object] = {} if driver is None else {"log-driver": driver}
    if options:
        values["log-opts"] = {name.replace("_", "-"): value for name, value in options.items()}
    return values


GOOD = [
    logs(None), logs("none"), logs("json-file"), logs("local"), logs("journald"), logs("syslog"),
    logs(None, max_size="10m", max_file="3"),
    logs("json-file", max_size="1.5g", max_file="1", labels="a,b", env_regex="^X", tag="{{.Name}}"),
    logs("json-file", max_size="10m", max_file="2", compress="true"),
    logs("json-file", compress="false", labels_regex="^a"),
    logs("local", max_size="20m", max_file="5", compress="false"),
    logs("local", mode="non-blocking", max_buffer_size="4m"),
    logs("local", mode="blocking"),
    logs("json-file", cache_disabled="true", cache_max_size="1m", cache_max_file="3"),
    logs("journald", tag="x", env="A", labels="b", env_regex="c", labels_regex="d"),
    logs("syslog", syslog_address="udp://logs:514", syslog_facility="local3"),
    logs("syslog", syslog_address="tcp+tls://logs", syslog_facility="23", syslog_format="rfc5424"),
    logs("syslog", syslog_address="tcp://[::1]:601", syslog_tls_skip_verify="true"),
    logs("gelf", gelf_address="udp://logs:12201", gelf_compression_type="zlib"),
    logs("gelf", gelf_address="udp://logs:12201", gelf_compression_level="-1", tag="a"),
    logs("gelf", gelf_address="tcp://logs:12201", gelf_tcp_max_reconnect="3"),
    logs("fluentd", tag="docker"), logs("fluentd", fluentd_address="logs:24224"),
    logs("fluentd", fluentd_address="tcp://logs", fluentd_async="true"),
    logs("fluentd", fluentd_address="unix:///run/fluent.sock", fluentd_retry_wait="1s"),
    logs("fluentd", fluentd_buffer_limit="1m", fluentd_max_retries="9", fluentd_request_ack="1"),
    logs("awslogs", awslogs_group="g", awslogs_region="eu-west-1", awslogs_create_group="true"),
    logs("awslogs", awslogs_group="g", awslogs_multiline_pattern="^x", tag="t"),
    logs("splunk", splunk_url="https://s:8088", splunk_token="t", splunk_format="raw", tag="t"),
    logs("gcplogs", gcp_project="p", gcp_log_cmd="true", labels="a"),
]  # fmt: skip


@pytest.mark.parametrize("release", RELEASES, ids=str)
@pytest.mark.parametrize("values", GOOD, ids=str)
def test_right_options_pass_everywhere(values: Mapping[str, object], release: Release) -> None:
    assert verdicts(values, facts(release, log_drivers=BUILT_IN)) == set()


BAD = [
    (logs("json-file", max_sizes="10m"), "E log-opts.max-sizes"),
    (logs("json-file", syslog_address="udp://a"), "E log-opts.syslog-address"),
    (logs(None, tags="x"), "E log-opts.tags"),
    (logs("local", labels="a"), "E log-opts.labels"),
    (logs("local", tag="a"), "E log-opts.tag"),
    (logs("journald", max_size="10m"), "E log-opts.max-size"),
    (logs("gcplogs", tag="a"), "E log-opts.tag"),
    (logs("json-file", mode="fast"), "E log-opts.mode"),
    (logs("json-file", mode="nonblocking"), "E log-opts.mode"),
    (logs("json-file", max_buffer_size="4m"), "E log-opts.max-buffer-size"),
    (logs("json-file", mode="blocking", max_buffer_size="4m"), "E log-opts.max-buffer-size"),
    (logs("json-file", mode="non-blocking", max_buffer_size="big"), "E log-opts.max-buffer-size"),
    (logs("json-file", cache_disabled="no"), "E log-opts.cache-disabled"),
    (logs("json-file", max_size="ten"), "W log-opts.max-size"),
    (logs("json-file", max_size="10 MB "), "W log-opts.max-size"),
    (logs("json-file", max_size="0"), "W log-opts.max-size"),
    (logs("json-file", max_file="0"), "W log-opts.max-file"),
    (logs("json-file", max_file="three"), "W log-opts.max-file"),
    (logs("local", max_file="-1"), "W log-opts.max-file"),
    (logs("json-file", compress="true"), "W log-opts.compress"),
    (logs("json-file", compress="true", max_size="1m"), "W log-opts.compress"),
    (logs("json-file", compress="true", max_size="1m", max_file="1"), "W log-opts.compress"),
    (logs("local", compress="maybe"), "W log-opts.compress"),
    (logs("json-file", env_regex="("), "W log-opts.env-regex"),
    (logs("json-file", tag="{{.Name"), "W log-opts.tag"),
    (logs("none", max_size="1m"), "W log-opts"),
    (logs("syslog", syslog_address="logs:514"), "E log-opts.syslog-address"),
    (logs("syslog", syslog_address="http://logs"), "E log-opts.syslog-address"),
    (logs("syslog", syslog_facility="local8"), "E log-opts.syslog-facility"),
    (logs("syslog", syslog_facility="24"), "E log-opts.syslog-facility"),
    (logs("syslog", syslog_format="rfc1"), "E log-opts.syslog-format"),
    (logs("gelf", tag="a"), "E log-opts"),
    (logs("gelf", gelf_address="logs:12201"), "E log-opts.gelf-address"),
    (logs("gelf", gelf_address="udp://logs"), "E log-opts.gelf-address"),
    (logs("gelf", gelf_address="http://logs:1"), "E log-opts.gelf-address"),
    (logs("gelf", gelf_address="tcp://l:1", gelf_compression_type="gzip"),
     "E log-opts.gelf-compression-type"),
    (logs("gelf", gelf_address="udp://l:1", gelf_compression_type="lz4"),
     "E log-opts.gelf-compression-type"),
    (logs("gelf", gelf_address="udp://l:1", gelf_compression_level="10"),
     "E log-opts.gelf-compression-level"),
    (logs("gelf", gelf_address="udp://l:1", gelf_tcp_max_reconnect="1"),
     "E log-opts.gelf-tcp-max-reconnect"),
    (logs("gelf", gelf_address="tcp://l:1", gelf_tcp_reconnect_delay="-1"),
     "E log-opts.gelf-tcp-reconnect-delay"),
    (logs("fluentd", fluentd_async="maybe"), "E log-opts.fluentd-async"),
    (logs("fluentd", fluentd_address="tcp://logs:port"), "E log-opts.fluentd-address"),
    (logs("fluentd", fluentd_retry_wait="1"), "E log-opts.fluentd-retry-wait"),
    (logs("fluentd", fluentd_max_retries="-1"), "E log-opts.fluentd-max-retries"),
    (logs("fluentd", fluentd_buffer_limit="x"), "E log-opts.fluentd-buffer-limit"),
    (logs("awslogs", awslogs_region="eu"), "E log-opts"),
    (logs("awslogs", awslogs_group="g", awslogs_create_group="maybe"),
     "E log-opts.awslogs-create-group"),
    (logs("awslogs", awslogs_group="g", awslogs_max_buffered_events="0"),
     "E log-opts.awslogs-max-buffered-events"),
    (logs("awslogs", awslogs_group="g", awslogs_datetime_format="%", awslogs_multiline_pattern="^"),
     "E log-opts.awslogs-multiline-pattern"),
    (logs("splunk", splunk_url="https://s"), "W log-opts.splunk-token"),
    (logs("splunk", splunk_token="t"), "W log-opts.splunk-url"),
    (logs("splunk", splunk_url="u", splunk_token="t", splunk_gzip="maybe"),
     "W log-opts.splunk-gzip"),
    (logs("splunk", splunk_url="u", splunk_token="t", splunk_format="xml"),
     "W log-opts.splunk-format"),
    (logs("splunk", splunk_url="u", splunk_token="t", splunk_gzip_level="11"),
     "W log-opts.splunk-gzip-level"),
    (logs("gcplogs", gcp_log_cmd="maybe"), "W log-opts.gcp-log-cmd"),
]  # fmt: skip


@pytest.mark.parametrize("release", [V20, V26, V28, V29], ids=str)
@pytest.mark.parametrize(("values", "verdict"), BAD, ids=str)
def test_wrong_options(values: Mapping[str, object], verdict: str, release: Release) -> None:
    assert verdict in verdicts(values, facts(release, log_drivers=BUILT_IN))


@pytest.mark.parametrize(
    ("option", "release", "known"),
    [
        ("fluentd-async-connect", V27, True), ("fluentd-async-connect", V28, False),
        ("fluentd-async-reconnect-interval", V20, False),
        ("fluentd-async-reconnect-interval", V23, True),
        ("fluentd-write-timeout", V27, False), ("fluentd-write-timeout", V28, True),
        ("fluentd-read-timeout", V28, False), ("fluentd-read-timeout", V29, True),
    ],
)  # fmt: skip
def test_options_by_release(option: str, release: Release, known: bool) -> None:
    value = "true" if option.endswith("connect") else "1s"
    said = verdicts({"log-driver": "fluentd", "log-opts": {option: value}}, facts(release))
    assert said == (set() if known else {f"E log-opts.{option}"})


def test_an_option_of_some_release_passes_where_the_release_is_not_known() -> None:
    values = logs("awslogs", awslogs_group="g", awslogs_format="json/emf")
    assert verdicts(values, facts(None)) == set()
    assert verdicts(values, facts(V20)) == {"E log-opts.awslogs-format"}


@pytest.mark.parametrize("value", ["50ms", "11s", "x"])
def test_the_interval_of_fluentd_has_bounds(value: str) -> None:
    values = logs("fluentd", fluentd_async_reconnect_interval=value)
    assert verdicts(values, facts()) == {"E log-opts.fluentd-async-reconnect-interval"}


def test_the_two_names_of_fluentd_async_exclude_each_other() -> None:
    values = logs("fluentd", fluentd_async="true", fluentd_async_connect="true")
    assert verdicts(values, facts(V24)) == {"E log-opts.fluentd-async-connect"}


def test_logentries_takes_any_option_and_needs_its_token() -> None:
    assert verdicts(logs("logentries", anything="x"), facts(V20)) == {"E log-opts"}
    assert verdicts(logs("logentries", logentries_token="x"), facts(V24)) == set()
    gone = facts(V25, log_drivers=BUILT_IN, look=FakeLook())
    assert verdicts(logs("logentries", logentries_token="x"), gone) == {"E log-driver@host"}


class TestUnknownDriver:
    known = facts(log_drivers=BUILT_IN, look=FakeLook())

    def test_is_refused_with_options(self) -> None:
        assert verdicts(logs("loki", loki_url="u"), self.known) == {"E log-driver@host"}

    def test_is_a_warning_without_options(self) -> None:
        assert verdicts(logs("loki"), self.known) == {"W log-driver@host"}

    def test_gets_a_suggestion(self) -> None:
        (finding,) = found(logs("jsonfile"), self.known)
        assert "json-file" in finding.hint

    def test_may_be_a_plugin(self) -> None:
        with_plugin = facts(log_drivers=(*BUILT_IN, "loki:latest"), look=FakeLook())
        assert verdicts(logs("loki", loki_url="u"), with_plugin) == set()
        assert verdicts(logs("loki:latest", loki_url="u"), with_plugin) == set()

    def test_may_be_a_plugin_of_the_old_kind(self) -> None:
        look = FakeLook(files=["/run/docker/plugins/mine.sock"])
        known = facts(log_drivers=BUILT_IN, look=look)
        assert verdicts(logs("mine", a="b"), known) == {"W log-driver@host"}

    def test_may_be_there_when_the_drivers_are_not_known(self) -> None:
        assert verdicts(logs("loki", loki_url="u"), facts()) == {"W log-driver@host"}

    def test_the_driver_may_come_from_a_flag(self) -> None:
        known = facts(flags={"log-driver": ("journald",)}, log_drivers=BUILT_IN)
        assert verdicts(logs(None, max_size="1m"), known) == {"E log-opts.max-size"}


def test_a_missing_syslog_socket_is_refused_because_of_the_host() -> None:
    values = logs("syslog", syslog_address="unix:///dev/log")
    assert verdicts(values, facts(look=FakeLook())) == {"E log-opts.syslog-address@host"}
    assert verdicts(values, facts(look=FakeLook(files=["/dev/log"]))) == set()


def test_a_missing_certificate_is_a_warning() -> None:
    values = logs("syslog", syslog_tls_ca_cert="/ca.pem")
    assert verdicts(values, facts(look=FakeLook())) == {"W log-opts.syslog-tls-ca-cert@host"}


def test_a_password_in_an_address_is_not_shown() -> None:
    for finding in found(logs("gelf", gelf_address="http://me:secret@logs:1"), facts()):
        assert "secret" not in finding.message + finding.hint


def test_an_option_of_another_driver_is_told_apart() -> None:
    (finding,) = found(logs("json-file", splunk_url="u"), facts())
    assert "splunk" in finding.hint
