"""No file is too odd for the checks."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dockerctl.config.check import check
from dockerctl.config.document import Document
from dockerctl.config.facts import DockerNetwork, Facts, NoFlags
from dockerctl.config.finding import Severity
from dockerctl.config.keys import key_table
from dockerctl.config.meaning import check_meaning
from tests.fakes.look import FakeLook
from tests.meaning import RELEASES, V28, facts

# Words that take the checks further than random text does.
WORDS = st.sampled_from(
    [
        "", "0", "-1", "true", "10m", "1s", "10.0.0.0/8", "10.0.0.1/8", "fd00::1/64", "10.0.0.1",
        "::1", "tcp://10.0.0.1:2375", "unix:///x", "fd://", "https://a/b", "http://u:p@a", "a=b",
        "a=1", "a:b", "json-file", "gelf", "syslog", "fluentd", "awslogs", "splunk", "none",
        "max-size", "mode", "overlay2", "btrfs", "overlay2.size=1G",
        "native.cgroupdriver=systemd", "default", "/x", "~/x", "base", "size", "path",
        "runtimeArgs", "Name", "Soft", "Hard", "runc", "nofile", "1.44", "0x1/2", "http-proxy",
        "containerd-snapshotter", "gelf-address", "udp://a:1", "fluentd-address",
    ]
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS | WORDS | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)
KEYS = sorted(key_table().keys)
FILES = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), VALUES, max_size=8)
BUSY = facts(
    V28,
    look=FakeLook(nameservers=["10.0.0.53"]),
    flags={"hosts": ("fd://",), "tls": ("maybe",), "runtimes": ("x",)},
    log_drivers=("local",),
    networks=(DockerNetwork("a", ("10.0.0.0/8", "")),),
    runtimes_in_use=("mine",),
    swarm_active=True,
    socket_activated=False,
)
KNOWN = st.sampled_from([Facts(), BUSY, *(facts(release) for release in RELEASES)])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FILES, KNOWN)
def test_no_object_is_too_odd(values: dict[str, object], known: Facts) -> None:
    for finding in check_meaning(values, known):
        assert finding.code
        assert finding.path
        assert finding.message
        assert finding.hint


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FILES, KNOWN)
def test_findings_are_in_order_and_have_places(values: dict[str, object], known: Facts) -> None:
    document = Document.parse(json.dumps(values, indent=1).encode(), "daemon.json")
    findings = check(document, known)
    errors = [finding.severity is Severity.ERROR for finding in findings]
    assert errors == sorted(errors, reverse=True)
    for finding in findings:
        assert finding.place is not None or finding.path[:1] not in {(name,) for name in values}


@given(st.dictionaries(st.sampled_from(KEYS), st.text(max_size=20) | WORDS, max_size=6))
def test_no_flag_is_too_odd(flags: dict[str, str]) -> None:
    known = Facts(flags=NoFlags({name: (value,) for name, value in flags.items()}))
    check_meaning({"hosts": ["tcp://10.0.0.1:1"], "icc": False, "metrics-addr": "a:1"}, known)
