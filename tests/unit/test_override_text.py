"""The text of drop-ins: read as systemd reads it, and written so that it reads the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.errors import OverrideTextInvalid
from dockerctl.override.model import Assignment, UnitText
from dockerctl.override.text import LONGEST_LINE, parse_text, render_text


def service(*pairs: tuple[str, str]) -> tuple[Assignment, ...]:
    return tuple(Assignment("Service", name, value) for name, value in pairs)


@pytest.mark.parametrize(
    ("data", "assignments"),
    [
        (b"", ()),
        (b"\n\n", ()),
        (b"[Service]\nA=1", service(("A", "1"))),
        (b"[Service]\n  A \t=  1 2 \t\n", service(("A", "1 2"))),
        (b"[Service]\nA=\n", service(("A", ""))),
        (b"[Service]\nA=b=c\n", service(("A", "b=c"))),
        (b"[Service]\nA=1 # no comment\n", service(("A", "1 # no comment"))),
        (b"# c\n[Service]\n  ; c\nA=1\n", service(("A", "1"))),
        (b"[Service]\r\nA=1\r\n\r\nB=2\r\n", service(("A", "1"), ("B", "2"))),
        (b"[Service]\rA=1\rB=2", service(("A", "1"), ("B", "2"))),
        (b"\xef\xbb\xbf[Service]\nA=1\n", service(("A", "1"))),
        (b"[Service]\n\xef\xbb\xbfA=1\n\xef\xbb\xbfB=2\n", service(("A", "1"), ("\ufeffB", "2"))),
        (b"[Service]\nA=1 \\\n 2\\\n3\n", service(("A", "1   2 3"))),
        (b"[Service]\nA=1 \\\n# c\\\n ; c\n2\n", service(("A", "1  2"))),
        (b"[Service]\nA=1 \\\n\nB=2\n", service(("A", "1"), ("B", "2"))),
        (b"[Service]\nA=1 \\", service(("A", "1"))),
        (b"[Service]\nA=\\\\\nB=2\n", service(("A", "\\\\"), ("B", "2"))),
        (b"[Service]\\\n\nA=1\n", service(("A", "1"))),
        (b"[Service]\nA=1\n[Unit]\nB=2\n[Service]\nC=3\n",
         (*service(("A", "1")), Assignment("Unit", "B", "2"), *service(("C", "3")))),
        (b"[ X y ]\nA=1\n", (Assignment(" X y ", "A", "1"),)),
        ("[Service]\nA=caf\u00e9 \U0001f600\n".encode(), service(("A", "caf\u00e9 \U0001f600"))),
    ],
)  # fmt: skip
def test_what_systemd_reads(data: bytes, assignments: tuple[Assignment, ...]) -> None:
    assert parse_text(data) == UnitText(assignments)


@pytest.mark.parametrize(
    ("data", "read", "line", "stops"),
    [
        (b"A=1\n[Service]\nB=2\n", ["B"], 1, False),
        (b"\xef\xbb\xbf# c\n[Service]\nB=2\n", ["B"], 1, False),
        (b"[Service]\nA=1\ngarbage\nB=2\n", ["A", "B"], 3, False),
        (b"[Service]\nA=1\n=x\nB=2\n", ["A", "B"], 3, False),
        (b"[Service]\nA=1\nX=\0B=2\n", ["A", "X", "B"], 3, False),
        # From here on systemd reads no further.
        (b"[Service]\nA=1\nX=\xff\nB=2\n", ["A"], 3, True),
        (b"[Service]\nA=1\nX=\xef\xbf\xbf\nB=2\n", ["A"], 3, True),
        (b"[Service]\nA=1\nX=\xed\xa0\x80\nB=2\n", ["A"], 3, True),
        (b"[Service]\nA=1\n[Unit\nB=2\n", ["A"], 3, True),
        (b"[Service]\nA=1\n[Unit] # c\nB=2\n", ["A"], 3, True),
        (b'[Service]\nA=1\n[Un"it]\nB=2\n', ["A"], 3, True),
        (b"[Service]\nA=1\nX=" + b"x" * LONGEST_LINE + b"\nB=2\n", ["A"], 3, True),
        (b"[Service]\nA=1\nX=1\\\n" + b"x" * (LONGEST_LINE - 1) + b"\nB=2\n", ["A"], 3, True),
    ],
)  # fmt: skip
def test_what_systemd_does_not_read(data: bytes, read: list[str], line: int, stops: bool) -> None:
    text = parse_text(data)
    assert [assignment.name for assignment in text.assignments] == read
    assert [(problem.line, problem.stops) for problem in text.problems] == [(line, stops)]
    assert text.problems[0].what.endswith(".")


def test_the_numbers_of_lines() -> None:
    text = parse_text(b"# 1\r\n[Service]\r\n\r\nA=1 \\\r\n# 5\r\n 2\r\nB=3\r\n")
    assert [(a.name, a.line) for a in text.assignments] == [("A", 4), ("B", 7)]


def test_the_longest_line() -> None:
    value = "x" * (LONGEST_LINE - 1 - len("A="))
    data = render_text(service(("A", value)))
    assert parse_text(data).assignments[0].value == value
    with pytest.raises(OverrideTextInvalid, match="1 MiB"):
        render_text(service(("A", value + "x")))


def test_a_file() -> None:
    data = render_text(
        [*service(("ExecStart", ""), ("ExecStart", "/a b")), Assignment("Unit", "After", "c")],
        ["# ours", "#2"],
    )
    assert data == b"# ours\n#2\n\n[Service]\nExecStart=\nExecStart=/a b\n\n[Unit]\nAfter=c\n"
    assert render_text([]) == b""


@pytest.mark.parametrize(
    "value",
    [
        "a\nExecStartPre=/bin/touch /x", "a\rb", "a\0b", "\n", " a", "a ", "a\t", "a\\", "\\\\\\",
        "\udcff", "\uffff", "\ufdd0", "\U0001fffe",
    ],
)  # fmt: skip
def test_a_value_that_would_not_be_read_back(value: str) -> None:
    with pytest.raises(OverrideTextInvalid) as caught:
        render_text(service(("Environment", value)))
    assert "Service.Environment" in caught.value.message
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("", "A"), ("Service", ""), ("Ser]vice", "A"), ("Service\n", "A"), ("Service", "A=B"),
        ("Service", "#A"), ("Service", "[A"), ("Service", " A"), ("Service", "A\n"),
        ("Service", "\u00c4"),
    ],
)  # fmt: skip
def test_a_name_that_would_not_be_read_back(section: str, name: str) -> None:
    with pytest.raises(OverrideTextInvalid):
        render_text([Assignment(section, name, "1")])


@pytest.mark.parametrize("line", ["", "no comment", "# a\nb", "# a\rb", "#\0", "#\udcff"])
def test_a_header_that_is_no_comment(line: str) -> None:
    with pytest.raises(OverrideTextInvalid):
        render_text([], [line])


def test_values_of_a_setting() -> None:
    text = parse_text(b"[Service]\nA=1\nB=2\nA=\n[Unit]\nA=3\n")
    assert text.values("Service", "A") == ("1", "")
    assert text.assignments[2].is_reset
    assert text.assignments[0].full_name == "Service.A"


names = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,20}", fullmatch=True)
sections = st.sampled_from(["Unit", "Service", "Socket", "Install", "X-more_0"])
characters = st.characters(exclude_categories=["Cs"]) | st.sampled_from("\\\"'%$#;[]= \t\ufeff\x0b")


def _writable(value: str) -> bool:
    try:
        render_text(service(("A", value)))
    except OverrideTextInvalid:
        return False
    return True


values = st.text(characters).filter(_writable)
assignments = st.builds(Assignment, sections, names, values)


headers = st.text(characters.filter(lambda char: _writable(f"x{char}x"))).map(
    lambda text: f"#{text}"
)


@given(st.lists(assignments), st.lists(headers, max_size=2))
def test_what_is_written_reads_the_same(written: list[Assignment], header: list[str]) -> None:
    assert parse_text(render_text(written, header)) == UnitText(tuple(written))


@given(st.text(characters))
def test_a_value_is_read_back_or_refused(value: str) -> None:
    if _writable(value):
        read = parse_text(render_text([*service(("A", value)), *service(("B", "2"))]))
        assert read == UnitText(service(("A", value), ("B", "2")))


@given(st.binary())
def test_reading_never_fails(data: bytes) -> None:
    parse_text(data)


tokens = st.sampled_from(
    [b"[Service]", b"[Unit", b"A=1", b"=", b"\\", b"\n", b"\r", b"\0", b"#", b" ", b"\xff", b"x",
     b"\xef\xbb\xbf", b'"', b"B = 2"]
)  # fmt: skip


@given(st.lists(tokens).map(b"".join))
def test_what_was_read_can_be_written_again(data: bytes) -> None:
    text = parse_text(data)
    # A value keeps a backslash at its end when a blank follows in the file.
    clean = [
        a
        for a in text.assignments
        if a.section == "Service" and a.name in ("A", "B") and not a.value.endswith("\\")
    ]
    assert parse_text(render_text(clean)).assignments == tuple(clean)
