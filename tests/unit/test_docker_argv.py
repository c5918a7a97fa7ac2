"""The daemon's command line, read as its own flag library reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.docker.argv import DEFAULT_CONFIG_FILE, DaemonFlags, config_file, parse_argv


@pytest.mark.parametrize(
    ("arguments", "hosts"),
    [
        ("", ()),
        ("-H fd://", ("fd://",)),
        ("-Hfd://", ("fd://",)),
        ("-H=fd://", ("fd://",)),
        ("--host fd://", ("fd://",)),
        ("--host=fd://", ("fd://",)),
        ("-H fd:// --host=tcp://:2375 -Hunix:///x", ("fd://", "tcp://:2375", "unix:///x")),
        ("-DH fd://", ("fd://",)),
        ("-DHfd://", ("fd://",)),
        ("-DH=fd://", ("fd://",)),
        ("-vDhH fd://", ("fd://",)),
        ("-D=true -H fd://", ("fd://",)),
        # The H is the value of -l, -G and so on, not an option.
        ("-lH fd://", ()),
        ("-l H -H fd://", ("fd://",)),
        ("-GH -H fd://", ("fd://",)),
        ("--log-level debug -H fd://", ("fd://",)),
        ("--containerd=/run/containerd/containerd.sock -H fd://", ("fd://",)),
        ("--debug -H fd://", ("fd://",)),
        ("--hosts=fd://", ()),
        ("-H fd:// -- -H tcp://:2375", ("fd://",)),
        ("positional -H fd://", ("fd://",)),
        ("- -H fd://", ("fd://",)),
        # A host that is missing is what dockerd calls its default.
        ("-H", ("",)),
        ("--host", ("",)),
        ("--host=", ("",)),
    ],
)
def test_hosts(arguments: str, hosts: tuple[str, ...]) -> None:
    assert parse_argv(["dockerd", *arguments.split()]).hosts == hosts


@pytest.mark.parametrize(
    ("arguments", "tls"),
    [
        ("", False),
        ("--tls", True),
        ("--tls=true", True),
        ("--tls=1", True),
        ("--tls=false", False),
        ("--tls=F", False),
        ("--tls --tls=false", False),
        ("--tlsverify", True),
        # Given at all, it turns TLS on.
        ("--tlsverify=false", True),
        ("--tlsverify --tls=false", True),
        ("--tlscacert=/ca.pem", False),
        ("-H --tls", False),
    ],
)
def test_tls(arguments: str, tls: bool) -> None:
    assert parse_argv(["dockerd", *arguments.split()]).tls is tls


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ("", DEFAULT_CONFIG_FILE),
        ("--config-file /a.json", "/a.json"),
        ("--config-file=/a.json", "/a.json"),
        ("--config-file=/a.json --config-file /b.json", "/b.json"),
        ("--config-file", DEFAULT_CONFIG_FILE),
        ("--config-file=", DEFAULT_CONFIG_FILE),
        ("-H --config-file=/a.json", DEFAULT_CONFIG_FILE),
    ],
)
def test_config_file(arguments: str, path: str) -> None:
    assert config_file(["dockerd", *arguments.split()]) == path


@pytest.mark.parametrize("argv", [[], ["dockerd"]])
def test_no_arguments(argv: list[str]) -> None:
    assert parse_argv(argv) == DaemonFlags()


# --- properties ------------------------------------------------------------------------------

value = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="=-"), min_size=1
)


@st.composite
def other_option(draw: st.DrawFn) -> list[str]:
    """An option that says nothing about hosts, in one of its spellings."""
    text = draw(value)
    return draw(
        st.sampled_from(
            [
                ["-D"],
                ["--debug"],
                ["--icc=false"],
                ["-l", text],
                [f"-l{text}"],
                ["--label", text],
                [f"--label={text}"],
                [f"--data-root={text}"],
                ["--containerd", text],
            ]
        )
    )


@st.composite
def host_option(draw: st.DrawFn) -> tuple[list[str], str]:
    """A host, spelt in one of the ways, and the host."""
    host = draw(value)
    spellings = [
        ["-H", host],
        [f"-H{host}"],
        [f"-H={host}"],
        ["--host", host],
        [f"--host={host}"],
        ["-DH", host],
        [f"-DH{host}"],
    ]
    return draw(st.sampled_from(spellings)), host


@given(st.lists(st.one_of(host_option(), other_option().map(lambda words: (words, None)))))
def test_every_spelling_of_a_host_is_found(options: list[tuple[list[str], str | None]]) -> None:
    argv = ["/usr/sbin/dockerd", *(word for words, _ in options for word in words)]

    assert parse_argv(argv).hosts == tuple(host for _, host in options if host is not None)


@given(st.lists(st.text()))
def test_no_command_line_is_too_strange(argv: list[str]) -> None:
    flags = parse_argv(argv)

    assert all(isinstance(host, str) for host in flags.hosts)
    assert config_file(argv)
