"""What is found in drop-ins before systemd sees them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.override.lint import lint
from dockerctl.override.lint_facts import (
    ArgumentProblem,
    LintFacts,
    Program,
    gather_lint_facts,
)
from dockerctl.override.lint_finding import LintFinding, Severity
from dockerctl.override.lint_values import condition_path
from dockerctl.override.merged import Layer
from dockerctl.override.store import DropIn, Owner
from dockerctl.override.text import parse_text

FRAGMENT = """\
[Unit]
Requires=docker.socket
[Service]
Type=notify
EnvironmentFile=-/etc/default/docker
ExecStart=/usr/sbin/dockerd -H fd:// $DOCKER_OPTS
ExecReload=/bin/kill -s HUP $MAINPID
[Install]
WantedBy=multi-user.target
"""
SOCKET = "[Socket]\nListenStream=/run/docker.sock\nSocketGroup=docker\n"
THERE = dict.fromkeys(("/usr/sbin/dockerd", "/bin/kill", "/bin/sh", "/bin/true"), Program.THERE)
FACTS = LintFacts(release=257, programs=THERE, sockets=True)
PATH = "/etc/systemd/system/docker.service.d/x.conf"


def drop_in(data: object = b"", **changes: object) -> DropIn:
    values: dict[str, object] = {
        "path": PATH, "name": "x.conf", "data": data, "owner": Owner.ADMIN, "in_effect": True,
    }  # fmt: skip
    return DropIn(**{**values, **changes})  # type: ignore[arg-type]


def found(text: str | bytes, facts: LintFacts = FACTS) -> tuple[LintFinding, ...]:
    data = text.encode() if isinstance(text, str) else text
    fragment = Layer("/usr/lib/systemd/system/docker.service", parse_text(FRAGMENT.encode()))
    return lint("docker.service", (drop_in(data),), fragment, facts)


def codes(text: str | bytes, facts: LintFacts = FACTS) -> list[tuple[str, str, int]]:
    return [(f.code, str(f.severity), f.line) for f in found(text, facts)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "[Service]\nRestart=always\nRestartSec=2s\nLimitNOFILE=1048576\nMemoryMax=2G\n",
        '[Service]\nEnvironment="HTTP_PROXY=http://p:1" "NO_PROXY=a,b"\n',
        "[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd:// $DOCKER_OPTS\n",
        "[Service]\nType=oneshot\nExecStart=/bin/true\n",
        "[Service]\nExecStartPre=/bin/true ; /bin/true\n",
        "[Service]\nExecStartPre=/bin/sh -c 'test -e /x || exit 0'\n",
        "\ufeff[Unit]\r\nAfter=network-online.target\r\n",
        "[Service]\nX-Mine=1\n[X-Other]\nFoo=1\n",
        "[Unit]\nDescription=100% Docker\n",
        "[Service]\nEnvironmentFile=-/gone\n",
    ],
)
def test_nothing_to_find(text: str) -> None:
    assert codes(text) == []


E, W = "error", "warning"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Service]\nExecStart=/usr/sbin/dockerd\n", ("second-exec-start", E, 2)),
        ("[Service]\nExecStart=\n", ("no-exec-start", E, 2)),
        ("[Service]\nExecStartPre=/bin/true %k\n", ("file-cut-short", W, 2)),
        ("[Service]\nExecStartPre=-/bin/true %k\n", ("line-ignored", W, 2)),
        ("[Service]\nExecStartPre='/bin/true\n", ("line-ignored", W, 2)),
        ("[Service]\nExecStart=\nExecStart=/bin/true ; /bin/true\n",
         ("second-exec-start", E, 3)),
        ("[Service]\nExecStart=\nExecStart=/bin/true # c\n", ("trailing-comment", E, 3)),
        ("[Service]\nExecStop=/bin/true # c\n", ("trailing-comment", W, 2)),
        ("[Service]\nExecStart=\nExecStart=/usr/bin/docker daemon\n",
         ("docker-daemon-command", E, 3)),
        ("Restart=no\n", ("line-ignored", W, 1)),
        ("[Service]\nRestart\n", ("line-ignored", W, 2)),
        ("[Service\nRestart=no\n", ("file-cut-short", W, 1)),
        ("[service]\nRestart=no\nNice=1\n", ("unknown-section", W, 2)),
        ("[Socket]\nListenStream=/x\n", ("unknown-section", W, 2)),
        ("[Service]\nEnviroment=A=1\n", ("unknown-directive", W, 2)),
        ("[Service]\nAfter=a.service\n", ("wrong-section", W, 2)),
        ("[Unit]\nRestart=no\n", ("wrong-section", W, 2)),
        ("[Service]\nMemoryTHP=inherit\n", ("directive-without-effect", W, 2)),
        ("[Service]\nCapabilities=x\n", ("directive-without-effect", W, 2)),
        ("[Unit]\nWants=\n", ("reset-without-effect", W, 2)),
        ("[Service]\nRestart=\n", ("bad-value", W, 2)),
        ("[Service]\nRestart=yes\n", ("bad-value", W, 2)),
        ("[Service]\nRestart=no # c\n", ("bad-value", W, 2)),
        ("[Service]\nMemoryMax=${MAX}\n", ("bad-value", W, 2)),
        ("[Unit]\nDescription=Docker # mine\n", ("trailing-comment", W, 2)),
        ("[Unit]\nDescription=%z\n", ("bad-specifier", W, 2)),
        ("[Service]\nEnvironment=A=a b\n", ("environment-ignored", W, 2)),
        ("[Service]\nEnvironment=A=http://p%40q\n", ("environment-ignored", W, 2)),
        ('[Service]\nEnvironment="A=x\n', ("environment-ignored", W, 2)),
        ("[Service]\nEnvironment=A-B=x\n", ("environment-ignored", W, 2)),
        ("[Service]\nEnvironment=A=http://u:secret@p\n", ("secret-in-environment", W, 2)),
        (f"[Service]\nEnvironment=A={'x' * 131072}\n", ("variable-too-long", E, 2)),
        ("[Service]\nEnvironmentFile=etc/x\n", ("environment-file-ignored", W, 2)),
        ("[Install]\nWantedBy=x.target\n", ("install-in-drop-in", W, 2)),
    ],
)  # fmt: skip
def test_one_finding(text: str, expected: tuple[str, str, int]) -> None:
    assert codes(text) == [expected]


@pytest.mark.parametrize("arguments", ["%k", "'x", "\\"])
def test_a_bad_command_line_takes_the_start_with_it(arguments: str) -> None:
    text = f"[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd {arguments}\n"
    if arguments == "\\":
        text += "%k\n"
    assert codes(text) == [("no-exec-start", E, 2), ("file-cut-short", W, 3)]


def test_an_empty_argument() -> None:
    text = "[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd ${MINE}\n"
    known = LintFacts(env_files={"/etc/default/docker": frozenset()})
    assert codes(text, known) == [("empty-argument", E, 3), ("unset-variable", W, 3)]
    assert codes(text.replace("${MINE}", "--label=${MINE}"), known) == [("unset-variable", W, 3)]
    assert codes(text) == []


def test_hints() -> None:
    (finding,) = found("[Service]\nEnviroment=A=1\n")
    assert finding.hint == "Did you mean Environment=?"
    (finding,) = found("[service]\nRestart=no\n")
    assert finding.hint == "Write [Service]."
    (finding,) = found("[Service]\nAfter=a.service\n")
    assert finding.hint == "It belongs in [Unit]."
    (finding,) = found("[Service]\nRestart=no # c\n")
    assert "line of its own" in finding.hint
    (finding,) = found("[Service]\nMemoryMax=$MAX\n")
    assert finding.hint.startswith("Variables are not replaced")


def test_no_finding_quotes_a_variable() -> None:
    for text in (
        "A=http://u:secret@p",
        '"A=secret',
        "A=x secret",
        "A=secret%zsecret",
        "B-C=secret",
    ):
        for finding in found(f"[Service]\nEnvironment={text}\n"):
            assert "secret" not in finding.message.replace("secret-", "") + finding.hint


def test_what_the_host_lacks() -> None:
    gone = "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H fd://\n"
    facts = LintFacts(programs={**THERE, "/usr/bin/dockerd": Program.MISSING})
    (finding,) = found(gone, facts)
    assert (finding.code, finding.severity) == ("program-missing", Severity.ERROR)
    assert finding.hint == "It is at /usr/sbin/dockerd here."
    facts = LintFacts(programs={**THERE, "/usr/bin/dockerd": Program.NOT_EXECUTABLE})
    assert "is not executable" in found(gone, facts)[0].message


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("ExecStartPre=/gone", E),
        ("ExecStartPre=-/gone", W),
        ("ExecStartPost=/gone", E),
        ("ExecCondition=/gone", E),
        ("ExecStopPost=/gone", W),
        ("ExecStartPre=/bin/true ; /gone", E),
    ],
)
def test_a_missing_program(line: str, severity: str) -> None:
    facts = LintFacts(programs={**THERE, "/gone": Program.MISSING})
    assert codes(f"[Service]\n{line}\n", facts) == [("program-missing", severity, 2)]


def test_a_program_in_another_tree_is_not_judged() -> None:
    facts = LintFacts(programs={**THERE, "/gone": Program.MISSING})
    assert codes("[Service]\nRootDirectory=/srv\nExecStartPre=/gone\n", facts) == []


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("until /usr/bin/x --state; do sleep 1; done", [("script-never-ends", E, 2)]),
        ("while ! /usr/bin/x; do sleep 1; done", [("script-never-ends", E, 2)]),
        ("until ! /usr/bin/x; do sleep 1; done", [("script-program-missing", W, 2)]),
        ("while /usr/bin/x; do sleep 1; done", [("script-program-missing", W, 2)]),
        ("/usr/bin/x || true", [("script-program-missing", W, 2)]),
        ("cat /srv/usr/bin/x", []),
        ("until /gone; do sleep 1; done", [("script-never-ends", E, 2)]),
        ("cat /gone", []),
    ],
)
def test_a_script_that_names_a_missing_program(
    script: str, expected: list[tuple[str, str, int]]
) -> None:
    facts = LintFacts(programs={**THERE, "/usr/bin/x": Program.MISSING, "/gone": Program.MISSING})
    assert codes(f"[Service]\nExecStartPre=/bin/sh -ec '{script}'\n", facts) == expected


def test_an_environment_file_that_is_missing() -> None:
    facts = LintFacts(env_files={"/gone": None})
    assert codes("[Service]\nEnvironmentFile=/gone\n", facts) == [
        ("environment-file-missing", E, 2)
    ]
    assert codes("[Service]\nEnvironmentFile=-/gone\n", facts) == []


def test_unset_variables() -> None:
    text = "[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd $DOCKER_OPTS $MAINPID ${MINE}\n"
    default = "/etc/default/docker"
    known = LintFacts(env_files={default: frozenset()})
    (finding,) = [f for f in found(text, known) if f.code == "unset-variable"]
    assert "$MINE" in finding.message
    # The file may set it; it may also come later.
    assert codes(text, LintFacts(env_files={default: frozenset(("MINE",))})) == []
    assert codes(text, LintFacts(env_files={default: None})) == []
    assert codes(f"{text}Environment=MINE=1\n", known) == []


def test_sockets_that_nobody_hands_over() -> None:
    text = "[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd://\n"
    assert codes(text, LintFacts(sockets=False)) == [("no-socket-unit", E, 3)]
    assert codes(text, LintFacts(sockets=None)) == []
    by_variable = text.replace("-H fd://", "$HOW") + 'Environment="HOW=-H fd://"\n'
    assert codes(by_variable, LintFacts(sockets=False)) == [("no-socket-unit", E, 3)]


def test_arguments_are_judged_elsewhere() -> None:
    seen: list[tuple[str, ...]] = []

    def judge(argv: tuple[str, ...]) -> list[ArgumentProblem]:
        seen.append(argv)
        return [ArgumentProblem(True, "Bad.", "Do."), ArgumentProblem(False, "Odd.", "See.")]

    text = '[Service]\nEnvironment="A=-b c"\nExecStart=\nExecStart=/usr/sbin/dockerd --x $A\n'
    facts = LintFacts(judge_arguments=judge)
    assert codes(text, facts) == [("daemon-arguments", E, 4), ("daemon-arguments", W, 4)]
    assert seen == [("--x", "-b", "c")]


@pytest.mark.parametrize(
    ("condition", "state", "expected"),
    [
        ("ConditionPathExists=/x", (False, False, False), True),
        ("ConditionPathExists=/x", (True, False, False), False),
        ("ConditionPathExists=!/x", (True, False, False), True),
        ("ConditionPathExists=|/x", (False, False, False), False),
        ("ConditionPathIsDirectory=/x", (True, False, False), True),
        ("ConditionFileIsExecutable=/x", (True, False, True), False),
        ("AssertPathExists=/x", (False, False, False), True),
        ("AssertPathExists=/x", (True, False, False), False),
    ],
)
def test_conditions(condition: str, state: tuple[bool, bool, bool], expected: bool) -> None:
    facts = LintFacts(paths={"/x": state})
    text = f"[Unit]\n{condition}\n"
    assert codes(text, facts) == ([("condition-false", E, 2)] if expected else [])


def socket_codes(text: str, facts: LintFacts = FACTS) -> list[tuple[str, str, int]]:
    fragment = Layer("/usr/lib/systemd/system/docker.socket", parse_text(SOCKET.encode()))
    result = lint("docker.socket", (drop_in(text.encode()),), fragment, facts)
    return [(f.code, str(f.severity), f.line) for f in result]


def test_a_socket_unit() -> None:
    assert socket_codes("[Socket]\nSocketMode=0600\n") == []
    assert socket_codes("[Socket]\nListenStream=\nListenStream=/x\n") == []
    assert socket_codes("[Socket]\nListenStream=\n") == [("no-listener", E, 2)]
    assert socket_codes("[Service]\nNice=1\n") == [("unknown-section", W, 2)]
    facts = LintFacts(accounts={("SocketGroup", "gone"): False})
    assert socket_codes("[Socket]\nSocketGroup=gone\n", facts) == [("account-missing", E, 2)]


def test_other_units_are_not_judged() -> None:
    with pytest.raises(ValueError, match="not a service or socket"):
        lint("docker.timer", (), None, FACTS)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mode": 0o666}, "drop-in-writable"),
        ({"mode": 0o664, "gid": 5}, "drop-in-writable"),
        ({"mode": 0o664, "gid": 0}, None),
        ({"mode": 0o755}, "drop-in-executable"),
        ({"uid": 1000}, "drop-in-not-roots"),
        ({"mode": 0o600}, None),
        ({"in_effect": False, "name": "x", "reason": "its name does not end in .conf"},
         "drop-in-name"),
        ({"in_effect": False, "name": "x.bak", "reason": "its name does not end in .conf"}, None),
        ({"in_effect": False, "data": None, "reason": "not a regular file"},
         "drop-in-unreadable"),
        ({"in_effect": False, "shadowed_by": "/y"}, None),
    ],
)  # fmt: skip
def test_the_file_itself(changes: dict[str, object], code: str | None) -> None:
    result = lint("docker.service", (drop_in(**changes),), None, FACTS)
    assert [(f.code, f.severity) for f in result] == ([(code, Severity.WARNING)] if code else [])


def test_a_file_that_does_not_count_is_not_read() -> None:
    item = drop_in(b"[Service]\nFoo=1\n", in_effect=False, shadowed_by="/y")
    assert lint("docker.service", (item,), None, FACTS) == ()


def test_the_units_own_file_is_not_judged() -> None:
    fragment = Layer("/f", parse_text(b"[Service]\nFoo=1\nExecStart=/gone\nRestart=x\n"))
    facts = LintFacts(programs={"/gone": Program.MISSING})
    assert lint("docker.service", (), fragment, facts) == ()


def test_errors_come_first() -> None:
    text = "[Service]\nFoo=1\nExecStart=/usr/sbin/dockerd\n"
    assert [f.severity for f in found(text)] == [Severity.ERROR, Severity.WARNING]


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace")))
def test_any_bytes_can_be_judged(data: bytes) -> None:
    found(b"[Service]\n" + data)


@given(st.text(alphabet="ESx=;\\'\"$%{}#- /\n", max_size=80))
def test_any_command_line_can_be_judged(text: str) -> None:
    found(f"[Service]\nExecStart=\nExecStart={text}\nEnvironment={text}\nExecStartPre={text}\n")


def test_gathering(tmp_path: Path) -> None:
    for folder in ("usr/bin", "etc/default"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "usr/bin/dockerd").write_text("")
    (tmp_path / "usr/bin/dockerd").chmod(0o755)
    (tmp_path / "usr/bin/plain").write_text("")
    (tmp_path / "etc/default/docker").write_text("# A=1\nB=2\n export C=3\n")
    (tmp_path / "etc/default/b.env").write_text("D=1\n")
    text = (
        "[Unit]\nConditionPathExists=!/etc/default\n"
        "[Service]\nEnvironmentFile=/etc/default/docker\nEnvironmentFile=-/etc/default/*.env\n"
        "ReadOnlyPaths=-/etc /usr/bin /gone\n"
        "EnvironmentFile=/gone\nEnvironmentFile=/none/*\nEnvironmentFile=/%n\n"
        "ExecStart=dockerd\nExecStartPre=/usr/bin/dockerd\nExecStartPre=/usr/bin/plain\n"
        "ExecStartPre=/none 'x\nExecStop=/gone\nExecStopPost=/%n/x\n"
    )
    facts = gather_lint_facts(
        [Layer("/x", parse_text(text.encode()))], root=str(tmp_path), release=252, sockets=False
    )
    assert facts.programs == {
        "dockerd": Program.THERE,
        "/usr/bin/dockerd": Program.THERE,
        "/usr/bin/plain": Program.NOT_EXECUTABLE,
        "/gone": Program.MISSING,
    }
    assert facts.env_files == {
        "/etc/default/docker": frozenset(("B",)),
        "/etc/default/*.env": frozenset(("D",)),
        "/gone": None,
        "/none/*": None,
    }
    assert facts.paths == {
        "/etc/default": (True, True, False),
        "/usr/bin": (True, True, False),
        "/gone": (False, False, False),
    }
    assert (facts.release, facts.sockets) == (252, False)


def test_gathering_accounts() -> None:
    text = b"[Socket]\nSocketGroup=no-such-group-here\nSocketUser=root\nUser=0\n"
    facts = gather_lint_facts([Layer("/x", parse_text(text))])
    assert facts.accounts == {
        ("SocketGroup", "no-such-group-here"): False,
        ("SocketUser", "root"): True,
        ("User", "0"): True,
    }


def test_the_path_in_a_condition() -> None:
    assert [condition_path(value) for value in ("/x", "!/x", "|/x", "|!/x")] == ["/x"] * 4


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("WorkingDirectory=/gone", 1),
        ("WorkingDirectory=-/gone", 0),
        ("WorkingDirectory=~", 0),
        ("RootDirectory=/gone", 1),
        ("ReadOnlyPaths=/gone -/gone +-/gone +/gone", 1),
        ("BindPaths=/gone:/x -/gone:/y", 1),
        ("ReadWritePaths=/there /%n/x", 0),
        ("ReadWritePaths='/gone", 0),
        ("RootDirectory=/there\nReadOnlyPaths=/gone", 0),
    ],
)
def test_paths_that_have_to_be_there(line: str, missing: int) -> None:
    facts = LintFacts(paths={"/gone": (False, False, False), "/there": (True, True, False)})
    result = codes(f"[Service]\n{line}\n", facts)
    assert [code for code, severity, _ in result if severity == E] == ["path-missing"] * missing
