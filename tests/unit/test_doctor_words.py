"""The daemon's last words: each cause by the lines with which releases really told it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.doctor.checks.last_words import CHECKS
from dockerctl.doctor.codes import code_table
from dockerctl.doctor.examining import examine
from dockerctl.doctor.facts.journal import JournalFacts, Run
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.model import Facts
from dockerctl.doctor.signatures import signature_of, signatures

FIXTURES = Path(__file__).parents[1] / "fixtures"
LINES = [
    tuple(line.split("\t", 1))
    for line in (FIXTURES / "last-words.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]

CHECK = CHECKS[0]
UNITS = UnitsFacts(UnitFacts("docker.service", {"ActiveState": "failed", "Result": "exit-code"}))


def journal(*words: str) -> JournalFacts:
    run = Run("a" * 32, result="exit-code")
    return JournalFacts(runs=(run,), failed=run, last=run, words=words)


@pytest.mark.parametrize(("code", "line"), LINES, ids=range(len(LINES)))
def test_a_line_has_its_cause(code: str, line: str) -> None:
    found = examine([CHECK], Facts.of_parts(journal(line), UNITS)).findings
    assert found[0].code == code
    assert f"journal: {line}" in found[0].evidence
    assert found[0].fix
    # That it ended is no cause.
    assert [f.code for f in found][1:] == ["daemon-refused"]


def test_every_signature_is_shown_by_a_line_or_has_a_plain_text() -> None:
    shown = {code for code, _ in LINES}
    rest = {s.code for s in signatures()} - shown
    # Not seen on a host yet; the texts are those of the sources.
    assert rest == {
        "missing-library", "log-option-value", "insecure-registry", "exec-opt",
        "listener-failed", "firewall-lock", "no-free-pool",
        "network-failed", "init-missing", "plugin-missing", "operation-not-permitted",
        "permission-denied",
    }  # fmt: skip


def test_unknown_words_are_quoted() -> None:
    words = ("something before", "a thing nobody has ever seen")
    (found,) = examine([CHECK], Facts.of_parts(journal(*words), UNITS)).findings
    assert (found.code, found.because_of) == ("daemon-refused", "")
    assert words[-1] in found.title
    assert found.evidence == tuple(f"journal: {word}" for word in words)


def test_a_password_in_the_words_is_not_shown() -> None:
    line = 'invalid mirror: "https://me:hunter2@mirror.example/path"'
    found = examine([CHECK], Facts.of_parts(journal(line), UNITS)).findings
    assert found[0].code == "mirror"
    assert "hunter2" not in str(found)


def test_without_a_failed_run_nothing_is_said() -> None:
    assert examine([CHECK], Facts.of_parts(JournalFacts(), UNITS)).findings == ()


@given(st.text(max_size=5000))
def test_no_line_crashes_the_table(line: str) -> None:
    found = signature_of(line)
    assert found is None or found.code in code_table()
