"""All checks of a document together."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dockerctl.config.check import check
from dockerctl.config.document import Document
from dockerctl.config.facts import Facts, NoFlags
from dockerctl.config.finding import Finding, Severity
from tests.meaning import V20, V28, facts


def checked(text: str, known: Facts | None = None) -> tuple[Finding, ...]:
    return check(Document.parse(text.encode(), "daemon.json"), known or facts(V28))


def said(findings: tuple[Finding, ...]) -> list[tuple[str, str, int]]:
    return [
        (finding.severity.value, ".".join(finding.path), finding.place.line if finding.place else 0)
        for finding in findings
    ]


def test_errors_come_first_then_places() -> None:
    text = """{
  "storage-opts": ["size"],
  "shutdown-timeout": -2,
  "bip": "172.26.0.0/16",
  "log-opts": {
    "max-size": "ten",
    "max-sizes": "10m"
  }
}
"""
    assert said(checked(text)) == [
        ("error", "storage-opts", 2),
        ("error", "bip", 4),
        ("error", "log-opts.max-sizes", 7),
        ("warning", "shutdown-timeout", 3),
        ("warning", "log-opts.max-size", 6),
    ]


def test_a_good_file_has_no_findings() -> None:
    text = '{"log-driver": "local", "log-opts": {"max-size": "10m"}, "live-restore": true}'
    assert checked(text) == ()
    assert checked("{}") == ()
    assert check(Document.parse(None, "daemon.json"), facts(V28)) == ()


@pytest.mark.parametrize(
    "text",
    [
        '{"bip": 7}', '{"mtu": "x"}', '{"dns": "1.1.1.1"}', '{"log-opts": {"max-file": 3}}',
        '{"default-address-pools": [{"base": "10.0.0.0/16", "size": "24"}]}',
        '{"runtimes": {"mine": 7}}', '{"hosts": {}}', '{"dns": ["x", 7]}',
    ],
)  # fmt: skip
def test_a_wrong_type_is_said_once(text: str) -> None:
    findings = checked(text)
    assert findings[0].severity is Severity.ERROR
    paths = [finding.path for finding in findings if finding.severity is Severity.ERROR]
    assert len({path[0] for path in paths}) == 1


def test_the_same_thing_is_not_said_twice() -> None:
    known = replace(facts(V28), flags=NoFlags({"hosts": ("fd://",)}, {"hosts": ("-H", "fd://")}))
    findings = checked('{"hosts": ["foo://x"]}', known)
    assert [finding.path for finding in findings] == [("hosts",)]
    assert "flag" in findings[0].code


def test_a_finding_without_its_key_in_the_file_stands_where_it_belongs() -> None:
    (finding,) = checked('{\n "log-driver": "gelf",\n "log-opts": {"tag": "a"}}')
    assert (finding.path, finding.place and finding.place.line) == (("log-opts",), 3)


def test_a_contradiction_with_a_flag_may_stand_nowhere() -> None:
    known = replace(facts(V28), runtimes_in_use=("mine",))
    (finding,) = checked("{}", known)
    assert finding.place is None


def test_strict_refuses_what_is_ignored() -> None:
    text = '{"label": ["a=b"]}'
    assert [finding.severity for finding in checked(text)] == [Severity.WARNING]
    strict = replace(facts(V28), strict=True)
    assert [finding.severity for finding in checked(text, strict)] == [Severity.ERROR]


def test_a_release_that_is_not_known_refuses_less() -> None:
    text = json.dumps({"registry-mirrors": ["https://m/path"], "log-level": "warning"})
    assert [f.severity for f in checked(text, facts(None))] == []
    assert Severity.ERROR in [f.severity for f in checked(text, facts(V20))]
