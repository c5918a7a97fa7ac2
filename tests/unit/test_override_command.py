"""Command lines of units: read, written, and expanded as systemd does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.errors import OverrideCommandUnreadable, OverrideTextInvalid
from dockerctl.override.command import ExecLine, expand, parse_exec, render_exec, variables

DEBIAN = "/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS"


# The argv of each was compared with what systemd 252 makes of it.
@pytest.mark.parametrize(
    ("value", "prefixes", "words"),
    [
        (DEBIAN, "", ["/usr/sbin/dockerd", "-H", "fd://",
                      "--containerd=/run/containerd/containerd.sock", "$DOCKER_OPTS"]),
        ("/bin/a $X ${Y} $$ %% %t \"a b\" 'c\"d'", "",
         ["/bin/a", "$X", "${Y}", "$$", "%%", "%t", "a b", 'c"d']),
        ("@/bin/a zero one", "@", ["/bin/a", "zero", "one"]),
        ("-/bin/a", "-", ["/bin/a"]),
        ("-@:/bin/a z", "-@:", ["/bin/a", "z"]),
        ("!!/bin/a x", "!!", ["/bin/a", "x"]),
        ("!/bin/a", "!", ["/bin/a"]),
        ("+/bin/a", "+", ["/bin/a"]),
        ("|/bin/a", "|", ["/bin/a"]),
        ('"-@/bin/a" b', "-@", ["/bin/a", "b"]),
        ('"/bin/a b" c', "", ["/bin/a b", "c"]),
        ("dockerd x", "", ["dockerd", "x"]),
        ("%h/bin/a", "", ["%h/bin/a"]),
        ("/bin/a ;", "", ["/bin/a"]),
        ("/bin/a \\; x \";\" \\;", "", ["/bin/a", ";", "x", ";", ";"]),
        ("/bin/a a;b ;; \\;c", "", ["/bin/a", "a;b", ";;", "\\;c"]),
        ("/bin/a \"\\d\" \\q", "", ["/bin/a", "\\d", "\\q"]),
        ('"/bin/a" "" x', "", ["/bin/a", "", "x"]),
        ("  /bin/a  x ", "", ["/bin/a", "x"]),
    ],
)  # fmt: skip
def test_a_command_line(value: str, prefixes: str, words: list[str]) -> None:
    line = parse_exec(value)
    assert line == ExecLine(prefixes, tuple(words))
    assert parse_exec(render_exec(line)) == line


@pytest.mark.parametrize(
    "value",
    [
        "", "  ", "/bin/a ; /bin/b", "; /bin/a", ";", '";" a', "/bin/a 'x", '/bin/a "b\\',
        "@/bin/a", "-", "@", "bin/x a", "/bin/ a", "/", "~/x", "+!/bin/a", "!!!/bin/a",
        "--/bin/a", "@@/bin/a b", "::/bin/a", '"/bin/a\\n"', '""', "/bin/a\0",
    ],
)  # fmt: skip
def test_what_systemd_would_not_take(value: str) -> None:
    with pytest.raises(OverrideCommandUnreadable) as caught:
        parse_exec(value)
    assert caught.value.message.isprintable()


def test_ours_is_as_plain_as_theirs() -> None:
    assert render_exec(parse_exec(DEBIAN)) == DEBIAN


@pytest.mark.parametrize(
    "line",
    [
        ExecLine("", ()), ExecLine("", ("",)), ExecLine("@", ("/a",)), ExecLine("x", ("/a",)),
        ExecLine("--", ("/a",)), ExecLine("", ("-/a",)), ExecLine("!", ("!/a",)),
        ExecLine("", ("a/b",)), ExecLine("", (";",)), ExecLine("+!", ("/a",)),
    ],
)  # fmt: skip
def test_what_is_no_command_line(line: ExecLine) -> None:
    with pytest.raises(OverrideCommandUnreadable):
        render_exec(line)


def test_a_word_that_cannot_be_written() -> None:
    with pytest.raises(OverrideTextInvalid):
        render_exec(ExecLine("", ("/a", "b\0")))


def test_the_parts() -> None:
    line = parse_exec("@/bin/a zero one two")
    assert (line.program, line.arguments, line.expands) == ("/bin/a", ("one", "two"), True)
    assert render_exec(line.with_arguments(("three",))) == "@/bin/a zero three"
    plain = parse_exec(":/bin/a one")
    assert (plain.arguments, plain.expands) == (("one",), False)
    assert (line.literal("$x%"), plain.literal("$x%")) == ("$$x%%", "$x%%")


ENVIRONMENT = {"X": "a  b 'c d'", "E": "", "P": "50%n", "Q": '"x\\"y" z\\'}


@pytest.mark.parametrize(
    ("arguments", "argv"),
    [
        ("$X", ["a", "b", "c d"]),
        ("${X}", ["a  b 'c d'"]),
        ("'$X'", ["a", "b", "c d"]),
        ("a${E}b ${E} $E", ["ab", ""]),
        ("$UNSET ${UNSET} x", ["", "x"]),
        ("$$X a$$b $${X}", ["$X", "a$b", "${X}"]),
        ("a$X", ["a$X"]),
        ("$X/y $1 $", []),
        ("${X:-y} ${X", ["${X:-y}", "${X"]),
        ("%%n $P ${P} %u", ["%n", "50%n", "50%n", "%u"]),
        ("$Q", ['x"y', "z"]),
        ("--a=${P}", ["--a=50%n"]),
    ],
)
def test_the_process_gets(arguments: str, argv: list[str]) -> None:
    assert expand(parse_exec(f"/bin/a {arguments}"), ENVIRONMENT) == ["/bin/a", *argv]


def test_argv_zero_and_no_variables() -> None:
    assert expand(parse_exec("@:/bin/a z $X $$ %n"), ENVIRONMENT, {"n": "u"}) == [
        "z", "$X", "$$", "u",
    ]  # fmt: skip


def test_a_bad_specifier() -> None:
    with pytest.raises(OverrideTextInvalid):
        expand(parse_exec("/bin/a 100%z"), {})


def test_the_variables_of_a_line() -> None:
    line = parse_exec("/bin/a $A x${B}y${A} $$C $${D} $1 ${2} ${E}")
    assert variables(line) == ("A", "B", "E")
    assert variables(parse_exec(":/bin/a $A")) == ()


characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from(
    "\\\"'%$ \t\n\r;#@-:+!|{}"
)
words = st.text(characters)
programs = st.sampled_from(["/usr/bin/dockerd", "/opt/a b/x", "dockerd", "%h/x"])
prefixes = st.sampled_from(["", "@", "-", ":", "+", "!", "!!", "|", "@-:", ":!!"])


@given(prefixes, programs, st.lists(words))
def test_a_line_is_read_back(prefix: str, program: str, arguments: list[str]) -> None:
    line = ExecLine(prefix, (program, *(["zero"] if "@" in prefix else []), *arguments))
    assert parse_exec(render_exec(line)) == line


@given(st.lists(words), st.booleans())
def test_literal_words_reach_the_process(arguments: list[str], plain: bool) -> None:
    line = ExecLine(":" if plain else "", ("/bin/a",))
    line = line.with_arguments(tuple(line.literal(word) for word in arguments))
    environment = {"A": "x"}
    assert expand(parse_exec(render_exec(line)), environment) == ["/bin/a", *arguments]


@given(st.text())
def test_reading_fails_in_one_way_only(value: str) -> None:
    try:
        line = parse_exec(value)
    except OverrideCommandUnreadable:
        return
    assert parse_exec(render_exec(line)) == line
