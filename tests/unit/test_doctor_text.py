"""What the doctor prints: the cause first, its consequences below it, nothing raw."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dockerctl.cli import doctor_text
from dockerctl.cli.doctor_text import (
    examination_lines,
    explanation_document,
    explanation_lines,
    findings_document,
)
from dockerctl.cli.style import Style
from dockerctl.doctor.codes import LAYERS, Code
from dockerctl.doctor.examining import Examination
from dockerctl.doctor.finding import When, error, info, warning

PLAIN = Style(color=False, unicode=True)
NAMES = ("masked", "limit", "later", "told")
TABLE = {
    name: Code(
        name, "area", LAYERS.index("units"), f"{name} it is", f"Why {name}.", "First.\n\nSecond.",
        "`dockerctl x`", consequence=False, permanent=False,
    )
    for name in NAMES
}  # fmt: skip
CAUSE = error("masked", "it is masked", ("LoadState=masked", "a\x1b[31mb"), "dockerctl unmask")
FOLLOWS = replace(error("limit", "too often", (), ""), because_of="masked")


@pytest.fixture(autouse=True)
def made_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_text, "code_table", lambda: TABLE)


def test_a_cause_with_what_follows() -> None:
    lines = examination_lines(Examination((CAUSE, FOLLOWS), (), 3), PLAIN)
    assert lines == (
        "     error  it is masked [masked]",
        "  evidence  LoadState=masked",
        "            a\\x1b[31mb",
        "       why  Why masked.",
        "       fix  dockerctl unmask",
        "        so  too often [limit]",
        "",
        "1 error (3 checks). More on one: dockerctl doctor explain CODE",
    )


def test_what_follows_from_something_that_is_not_shown_stands_for_itself() -> None:
    lines = examination_lines(Examination((FOLLOWS,), (), 1), PLAIN)
    assert lines[0] == "     error  too often [limit]"
    assert lines[-1].startswith("1 error (1 check).")


def test_when_it_does_harm_is_said() -> None:
    later = replace(warning("later", "it is not enabled", (), ""), when=When.NEXT_BOOT)
    lines = examination_lines(Examination((later,), (), 1), PLAIN)
    assert lines[0] == "   warning  at the next boot: it is not enabled [later]"


def test_nothing_wrong() -> None:
    told = info("told", "debug is on", (), "")
    assert examination_lines(Examination((), (), 84), PLAIN) == ("Nothing is wrong (84 checks).",)
    assert examination_lines(Examination((told,), (), 1), PLAIN)[-1] == (
        "Nothing is wrong (1 check, 1 worth knowing)."
    )


def test_what_was_not_seen_is_grouped_by_its_reason() -> None:
    unseen = (("disk", "denied"), ("tls", "too slow"), ("files", "denied"))
    lines = examination_lines(Examination((), unseen, 3), PLAIN)
    assert lines[:2] == ("  not seen  disk, files: denied", "  not seen  tls: too slow")


def test_long_titles_are_folded_and_evidence_is_not() -> None:
    long = "word " * 40
    lines = examination_lines(Examination((error("masked", long, (long,), ""),), (), 1), PLAIN)
    assert all(len(line) <= 80 for line in lines if "evidence" not in line)
    assert f"  evidence  {long}".rstrip() in lines


def test_documents() -> None:
    assert findings_document((FOLLOWS,)) == [
        {
            "code": "limit",
            "severity": "error",
            "title": "too often",
            "evidence": "",
            "fix": "",
            "why": "Why limit.",
            "when": "now",
            "because_of": "masked",
        }
    ]
    assert explanation_document(TABLE["told"])["meaning"] == "First.\n\nSecond."
    assert explanation_lines(TABLE["told"])[:6] == (
        "told", "  Told it is.", "", "Why told.", "", "First.",
    )  # fmt: skip
