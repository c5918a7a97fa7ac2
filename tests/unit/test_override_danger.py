"""Drop-ins that would stop or break a running daemon."""

from __future__ import annotations

import pytest

from dockerctl.override.danger import UnitLook, dangers
from dockerctl.override.lint_finding import LintFinding
from dockerctl.override.merged import Layer, MergedUnit, merge
from dockerctl.override.text import parse_text

BASE = "[Unit]\nRequires=docker.socket\nWants=containerd.service\n[Service]\nType=notify\n"
UP, DOWN, GONE = UnitLook(True, True), UnitLook(True, False), UnitLook(False, False)


class Looks:
    """Units by the beginning of their names."""

    def __init__(self, needed: bool | None = None) -> None:
        self.needed = needed

    def look(self, unit: str) -> UnitLook | None:
        if unit == "docker.service":
            return UnitLook(True, True, self.needed)
        return {"up": UP, "down": DOWN, "gone": GONE, "docker": UP}.get(unit.partition(".")[0])


def merged(*texts: str) -> MergedUnit:
    return merge(Layer(f"/{at}", parse_text(text.encode())) for at, text in enumerate(texts))


def found(text: str) -> list[LintFinding]:
    return list(dangers(merged(BASE), merged(BASE, text), Looks()))


E, W = "error", "warning"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("BindsTo=gone.service", [("stops-on-reload", E)]),
        ("BindsTo=down.mount", [("stops-on-reload", E)]),
        ("BindTo=gone.service", [("stops-on-reload", E)]),
        ("BindsTo=up.service", []),
        ("BindsTo=unknown.service", []),
        ("Requires=gone.service", [("required-unit-missing", E)]),
        ("Requires=gone.service down.service up.service", [("required-unit-missing", E)]),
        ("Requires=down.service", []),
        ("Requisite=down.service", [("requisite-without-order", W)]),
        ("Requisite=down.service\nAfter=down.service", [("required-unit-missing", E)]),
        ("Requisite=gone.service", [("required-unit-missing", E)]),
        ("Requisite=up.service", []),
        ("Wants=gone.service", []),
        ("After=gone.service", []),
        ("Conflicts=up.service", [("conflicts-with-running", W)]),
        ("Conflicts=docker.socket", [("conflicts-with-required", E)]),
        ("Conflicts=gone.service", []),
        ("PartOf=gone.service", [("unit-missing", W)]),
        ("PartOf=down.service", []),
        ("JoinsNamespaceOf=up.service", [("joins-namespace", W)]),
        ("StopWhenUnneeded=yes", [("stops-on-reload", E)]),
        ("StopWhenUnneeded=no", []),
        ("RefuseManualStart=yes", [("refuses-to-be-managed", E)]),
        ("RefuseManualStop=1", [("refuses-to-be-managed", E)]),
        ("[Service]\nType=oneshot", [("type-does-not-fit", E)]),
        ("[Service]\nType=forking", [("type-does-not-fit", E)]),
        ("[Service]\nType=simple", [("type-does-not-wait", W)]),
        ("[Service]\nType=notify", []),
        ("[Service]\nType=daemon", []),
        ("Requires=docker.service", []),
        ("Requires=%p.socket", []),
    ],
)
def test_dangers(line: str, expected: list[tuple[str, str]]) -> None:
    result = found(f"[Unit]\n{line}\n")
    assert [(finding.code, str(finding.severity)) for finding in result] == expected


def test_where_it_is() -> None:
    (finding,) = found("[Unit]\n\nBindsTo=up.service gone.service\n")
    assert (finding.path, finding.line) == ("/1", 3)
    assert "gone.service" in finding.message
    assert "does not exist" in finding.message
    (finding,) = found("[Unit]\nBindsTo=down.service\n")
    assert "is not active" in finding.message


def test_what_was_there_before_is_no_news() -> None:
    before = merged("[Unit]\nBindsTo=gone.service\nStopWhenUnneeded=yes\n[Service]\nType=simple\n")
    assert dangers(before, before, Looks()) == ()


def test_a_unit_is_named_once() -> None:
    assert len(found("[Unit]\nBindsTo=gone.service\nBindsTo=gone.service\n")) == 1


@pytest.mark.parametrize(
    ("needed", "expected"),
    [
        (True, ("stops-when-unneeded", W)),
        (False, ("stops-on-reload", E)),
        (None, ("stops-on-reload", E)),
    ],
)
def test_stop_when_unneeded(needed: bool | None, expected: tuple[str, str]) -> None:
    after = merged(BASE, "[Unit]\nStopWhenUnneeded=yes\n")
    (finding,) = dangers(merged(BASE), after, Looks(needed))
    assert (finding.code, str(finding.severity)) == expected
