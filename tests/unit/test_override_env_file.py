"""Environment files, as systemd reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.errors import OverrideTextInvalid, OverrideValueInvalid
from dockerctl.override.env_file import parse_env_file, read_env_file, render_env_file


@pytest.mark.parametrize(
    ("data", "variables"),
    [
        (b"", {}),
        (b"A=1", {"A": "1"}),
        (b"A=1\nB=2\n", {"A": "1", "B": "2"}),
        (b"A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
        (b"  A = 1 2 \t\n", {"A": "1 2"}),
        (b"A=\nB=\n", {"A": "", "B": ""}),
        (b"# c\n ; c\n\nA=1 # d\n", {"A": "1 # d"}),
        (b"A='a b' \"c\"\n", {"A": "a bc"}),
        (b"A='a' b \n", {"A": "ab"}),
        (b"A=a'b'\n", {"A": "a'b'"}),
        (b"A='a\nb'\nB=2\n", {"A": "a\nb", "B": "2"}),
        (b'A="a\nb"\n', {"A": "a\nb"}),
        (rb'A="\"\\\$\`\n"', {"A": '"\\$`\\n'}),
        (b'A="a\\\nb"', {"A": "ab"}),
        (b"A='\\n\\'\n", {"A": "\\n\\"}),
        (b"A=a\\ \\b\\\\\n", {"A": "a b\\"}),
        (b"A=a \\\n b\nB=2\n", {"A": "a  b", "B": "2"}),
        (b"A=a\\ \n", {"A": "a "}),
        (b"A=\\\n", {"A": ""}),
        (b"A=b=c\n", {"A": "b=c"}),
        (b"A=$B %n ${C}\n", {"A": "$B %n ${C}"}),
        (b"A=1\nB=2\nA=3\n", {"B": "2", "A": "3"}),
        (b'A="x', {"A": "x"}),
        ("A=caf\u00e9\n".encode(), {"A": "caf\u00e9"}),
        (b"# c\\\nA=1\n", {"A": "1"}),
    ],
)
def test_what_systemd_reads(data: bytes, variables: dict[str, str]) -> None:
    assert parse_env_file(data) == variables
    assert list(parse_env_file(data)) == list(variables)


@pytest.mark.parametrize(
    ("data", "names", "line"),
    [
        (b"export A=1\nB=2\n", ["B"], 1),
        (b"B=2\ngarbage\n", ["B"], 2),
        (b"B=2\ngarbage", ["B"], 2),
        (b"B=2\n1A=x\n", ["B"], 2),
        (b"\xef\xbb\xbfA=1\nB=2\n", ["B"], 1),
        (b"=x\nB=2\n", [], 1),
        (b"B=2\nA='x\n\n", ["B", "A"], 2),
        (b"B=2\n# c\\\nA=1\n", ["B", "A"], 2),
    ],
)
def test_what_systemd_does_not_take(data: bytes, names: list[str], line: int) -> None:
    content = read_env_file(data)
    assert not content.refused
    assert [problem.line for problem in content.problems] == [line]
    if names:
        assert list(content.variables) == names


@pytest.mark.parametrize(
    "data", [b"A=1\nB=\xff\n", b"A=1\n\xff=2\n", b"A=1\nB=\0\n", b"A=1\nB=\xff"]
)
def test_a_file_that_is_refused_as_a_whole(data: bytes) -> None:
    content = read_env_file(data)
    assert content.refused
    assert content.variables == {}
    assert [(problem.line, problem.stops) for problem in content.problems] == [(2, True)]


def test_bytes_in_a_comment_do_no_harm() -> None:
    assert read_env_file(b"# \xff\nA=1\n").problems == ()


def test_a_comment_of_old_may_go_on() -> None:
    data = b"# c\\\nA=1\nB=2\n"
    assert parse_env_file(data, release=252) == {"B": "2"}
    assert parse_env_file(data, release=254) == {"A": "1", "B": "2"}


def test_a_file() -> None:
    data = render_env_file({"A": 'x "y" $z `\\', "B": ""}, ["# ours"])
    assert data == b'# ours\nA="x \\"y\\" \\$z \\`\\\\"\nB=""\n'


@pytest.mark.parametrize("header", ["", "x", "#\n", "# a\\"])
def test_a_header_that_is_no_comment(header: str) -> None:
    with pytest.raises(OverrideTextInvalid):
        render_env_file({}, [header])


def test_what_cannot_be_written() -> None:
    with pytest.raises(OverrideValueInvalid):
        render_env_file({"A B": ""})
    with pytest.raises(OverrideTextInvalid) as caught:
        render_env_file({"A": "s3cret\0"})
    assert "s3cret" not in caught.value.message


names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,10}", fullmatch=True)
values = st.text(st.characters(exclude_categories=["Cs", "Cn"]) | st.sampled_from("\\\"'$` \n\r\t"))


@given(st.dictionaries(names, values.filter(lambda value: "\0" not in value)))
def test_what_is_written_reads_the_same(variables: dict[str, str]) -> None:
    content = read_env_file(render_env_file(variables, ["# header"]))
    assert content.variables == variables
    assert content.problems == ()


@given(st.binary() | st.text("A='\"\\\n\r #;x").map(str.encode))
def test_reading_never_fails(data: bytes) -> None:
    read_env_file(data, release=252)
    read_env_file(data)
