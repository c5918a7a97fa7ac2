"""The order of findings, folding, merging; checks that lack facts or crash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from dockerctl.doctor import codes as table
from dockerctl.doctor import ranking
from dockerctl.doctor.cause import first_cause
from dockerctl.doctor.codes import LAYERS, Code
from dockerctl.doctor.examining import examine
from dockerctl.doctor.finding import Finding, When, error, info, warning
from dockerctl.doctor.ground import Ground
from dockerctl.doctor.model import Check, Facts, NotKnownError
from dockerctl.doctor.ranking import rank


def code(name: str, layer: str, *, consequence: bool = False) -> Code:
    return Code(name, "area", LAYERS.index(layer), "t", "w.", "m", "r", consequence, False)


TABLE = {
    c.code: c
    for c in (
        code("masked", "units"),
        code("bad-file", "configuration"),
        code("no-port", "listening"),
        code("limit", "running", consequence=True),
        code("check-crashed", "security"),
    )
}


@pytest.fixture(autouse=True)
def made_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "code_table", lambda: TABLE)
    assert table.code_table() is not TABLE


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


def test_errors_come_first_in_the_order_of_repair() -> None:
    found = rank(
        [
            info("masked", "i", (), ""),
            error("no-port", "c", (), ""),
            warning("bad-file", "w", (), ""),
            error("masked", "a", (), ""),
            error("bad-file", "b", (), ""),
        ]
    )
    assert [(f.code, f.severity.value) for f in found] == [
        ("masked", "error"),
        ("bad-file", "error"),
        ("no-port", "error"),
        ("bad-file", "warning"),
        ("masked", "info"),
    ]


def test_what_is_wrong_now_stands_before_what_will_be() -> None:
    later = replace(error("masked", "a", (), ""), when=When.NEXT_START)
    assert codes(rank([later, error("no-port", "c", (), "")])) == ["no-port", "masked"]


def test_a_consequence_is_folded_under_the_first_cause() -> None:
    found = rank([error("limit", "l", (), ""), error("no-port", "c", (), "")])
    assert [(f.code, f.because_of) for f in found] == [("no-port", ""), ("limit", "no-port")]
    cause = first_cause(found)
    assert cause is not None
    assert cause.code == "no-port"


@pytest.mark.parametrize(
    "other",
    [
        warning("bad-file", "w", (), ""),
        replace(error("bad-file", "b", (), ""), when=When.NEXT_START),
    ],
    ids=["warning", "later"],
)
def test_a_consequence_without_a_cause_of_now_stands_for_itself(other: Finding) -> None:
    found = rank([other, error("limit", "l", (), "")])
    assert found[0].code == "limit"
    assert found[0].because_of == ""
    assert first_cause(found) == found[0]


def test_the_cause_of_a_cause_is_the_cause() -> None:
    latched = replace(error("limit", "s", (), ""), because_of="limit")
    chain = replace(error("no-port", "p", (), ""), because_of="limit")
    found = rank([error("masked", "m", (), ""), error("limit", "l", (), ""), chain, latched])
    assert {f.because_of for f in found} == {"", "masked"}


def test_the_same_found_twice_is_told_once_with_all_its_evidence() -> None:
    one = warning("bad-file", "it is bad", ("a.json:1:1", "x"), "mend it")
    two = error("bad-file", "it is bad", ("journal: bad", "x"), "mend it")
    (found,) = rank([one, two])
    assert found == replace(two, evidence=("a.json:1:1", "x", "journal: bad"))


def test_two_of_one_kind_are_both_told() -> None:
    assert len(rank([error("bad-file", "a", (), ""), error("bad-file", "b", (), "")])) == 2


def test_no_cause_among_warnings() -> None:
    assert first_cause(rank([warning("masked", "w", (), "")])) is None


# --- running checks --------------------------------------------------------------------------


@dataclass(frozen=True)
class Disk:
    LIMIT_S: ClassVar[float] = 1.0
    free: int = 0

    @classmethod
    def gather(cls, ground: Ground) -> Disk:
        raise AssertionError(ground)


def full(facts: Facts) -> Iterator[Finding]:
    if facts.of(Disk).free == 0:
        yield error("bad-file", "full", (), "")


def crashing(facts: Facts) -> Iterator[Finding]:
    yield error("no-port", f"{len(facts.parts)} parts", (), "")
    raise ValueError("\x1b[31mred")


FULL = Check("full", (Disk,), ("bad-file",), full)
CRASHING = Check("crashing", (), ("no-port",), crashing)


def test_a_check_judges_facts() -> None:
    assert codes(examine([FULL], Facts.of_parts(Disk(0))).findings) == ["bad-file"]
    assert examine([FULL], Facts.of_parts(Disk(1))).findings == ()


def test_a_check_that_lacks_facts_is_told_of_and_says_nothing() -> None:
    found = examine([FULL], Facts({}, {Disk: "it is gone"}))
    assert (found.findings, found.unseen, found.checks) == ((), (("full", "it is gone"),), 1)
    with pytest.raises(NotKnownError, match="it was not looked at"):
        Facts().of(Disk)
    assert Facts().maybe(Disk) is None


def test_a_crash_is_a_finding_and_stops_nothing() -> None:
    found = examine([CRASHING, FULL], Facts.of_parts(Disk(0)))
    assert codes(found.findings) == ["bad-file", "no-port", "check-crashed"]
    crashed = found.findings[-1].document("why")
    assert crashed["severity"] == "warning"
    assert "\x1b" not in str(crashed["evidence"])
    assert "ValueError" in str(crashed["evidence"])
