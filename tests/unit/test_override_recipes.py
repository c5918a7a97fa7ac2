"""The recipes: from what is wanted to the text of a drop-in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerctl.errors import (
    DockerctlError,
    OverrideCommandUnreadable,
    OverrideSettingRefused,
    OverrideTextInvalid,
    OverrideValueInvalid,
)
from dockerctl.override import recipes
from dockerctl.override.env_file import parse_env_file
from dockerctl.override.model import Draft, UnitText
from dockerctl.override.recipe_env import environment_of
from dockerctl.override.recipe_flags import FlagTable
from dockerctl.override.recipe_values import bytes_of, seconds_of
from dockerctl.override.store import Seal, judge_seal
from dockerctl.override.text import parse_text, render_text

UNIT = "docker.service"
DEBIAN = "/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock $DOCKER_OPTS"


def text(draft: Draft) -> str:
    return render_text(draft.assignments).decode()


def after(draft: Draft) -> UnitText:
    """What the next call of the recipe is given."""
    return parse_text(render_text(draft.assignments))


# settings


@pytest.mark.parametrize(
    ("settings", "result"),
    [
        (["Service.LimitNOFILE=1048576"], "[Service]\nLimitNOFILE=1048576\n"),
        (["Service.LimitNOFILE = 5 ", "Service.LimitNOFILE=6"], "[Service]\nLimitNOFILE=6\n"),
        (["Service.ExecStart=/usr/bin/dockerd -H fd://"],
         "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H fd://\n"),
        (["Service.Environment=A=1", 'Service.Environment="B=2 3"'],
         '[Service]\nEnvironment=A=1\nEnvironment="B=2 3"\n'),
        (["Service.Environment="], "[Service]\nEnvironment=\n"),
        (["Unit.After=a.service", "Service.Restart=no", "Unit.Wants=b.service"],
         "[Unit]\nAfter=a.service\nWants=b.service\n\n[Service]\nRestart=no\n"),
        (["Service.CPUQuota=50%"], "[Service]\nCPUQuota=50%\n"),
        (["Service.ExecStartPre=-/bin/true ; x"], None),
        (["Service.ExecSearchPath=/a:/b"], "[Service]\nExecSearchPath=/a:/b\n"),
    ],
)  # fmt: skip
def test_setting(settings: Sequence[str], result: str | None) -> None:
    if result is None:
        with pytest.raises(OverrideValueInvalid):
            recipes.set_directive(UNIT, settings)
        return
    draft = recipes.set_directive(UNIT, settings)
    assert text(draft) == result
    assert (draft.unit, draft.recipe) == (UNIT, "settings")
    # Once more, it changes nothing.
    assert text(recipes.set_directive(UNIT, settings, after(draft))) == result


def test_setting_merges() -> None:
    before = after(recipes.set_directive(UNIT, ["Service.Restart=no", "Service.LimitNOFILE=1"]))
    draft = recipes.set_directive(UNIT, ["Service.Restart=always", "Service.TasksMax=5"], before)
    assert text(draft) == "[Service]\nRestart=always\nLimitNOFILE=1\nTasksMax=5\n"
    less = recipes.unset_directive(UNIT, ["Service.Restart", "Service.Nice"], after(draft))
    assert text(less) == "[Service]\nLimitNOFILE=1\nTasksMax=5\n"
    assert len(less.notes) == 1
    assert "Service.Nice" in less.notes[0]


def test_unsetting_a_list_takes_its_reset_with_it() -> None:
    before = after(recipes.set_directive(UNIT, ["Service.ExecStart=/bin/a"]))
    assert recipes.unset_directive(UNIT, ["Service.ExecStart"], before).assignments == ()


def test_the_socket_and_its_addresses() -> None:
    draft = recipes.set_directive("docker.socket", ["Socket.ListenStream=/run/a"])
    assert text(draft) == "[Socket]\nListenStream=\nListenStream=/run/a\n"


def test_a_list_says_that_others_stay() -> None:
    assert "stay" in recipes.set_directive(UNIT, ["Service.Environment=A=1"]).notes[0]
    assert recipes.set_directive(UNIT, ["Service.Restart=no"]).notes == ()


@pytest.mark.parametrize(
    ("setting", "hint"),
    [
        ("Install.WantedBy=x.target", "dockerctl enable"),
        ("service.Restart=no", "Service.Restart"),
        ("Servise.Restart=no", "Service.Restart"),
        ("Socket.SocketMode=0660", "Unit and Service"),
        ("Nonsense.A=1", "Unit and Service"),
        ("Service.LimitNoFile=5", "Service.LimitNOFILE"),
        ("Service.Restrat=no", "Service.Restart"),
        ("Service.After=x", "Unit.After"),
        ("Unit.Environment=A=1", "Service.Environment"),
        ("Service.Zzzzzz=1", "systemd.directives"),
        ("Service.Restart", ""),
        ("Restart=no", ""),
        (".Restart=no", ""),
        ("Service.=no", ""),
        ("Ser\nvice.A=1", ""),
    ],
)
def test_a_setting_that_has_no_place(setting: str, hint: str) -> None:
    with pytest.raises(OverrideSettingRefused) as caught:
        recipes.set_directive(UNIT, [setting])
    assert hint in caught.value.hint
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    "setting",
    [
        "Service.ExecStart=",
        "Service.ExecStart=/a ; /b",
        "Service.ExecStart=a/b",
        "Service.ExecStart=/a 100%z",
        "Service.Environment=A=100%z",
        "Service.Environment=A=x y",
        "Service.Environment='A=x",
        "Service.Environment=HTTP_PROXY=http://u:s3cret@h",
        "Service.WorkingDirectory=/x%z",
        "Unit.After=",
    ],
)
def test_a_value_that_does_harm_or_nothing(setting: str) -> None:
    with pytest.raises(OverrideValueInvalid) as caught:
        recipes.set_directive(UNIT, [setting])
    assert "s3cret" not in caught.value.message + caught.value.hint


def test_two_commands() -> None:
    with pytest.raises(OverrideValueInvalid, match="one command"):
        recipes.set_directive(UNIT, ["Service.ExecStart=/a", "Service.ExecStart=/b"])


@pytest.mark.parametrize("value", ["a\nExecStartPre=/bin/touch /x", "a\0", "a\\", "a\udcff"])
def test_nothing_is_smuggled_in(value: str) -> None:
    for name in (
        "Service.Restart",
        "Service.Environment",
        "Service.ExecStart",
        "Unit.Documentation",
    ):
        with pytest.raises((OverrideTextInvalid, OverrideValueInvalid)):
            recipes.set_directive(UNIT, [f"{name}={value}"])


# env


def test_variables() -> None:
    draft = recipes.set_env(UNIT, {"A": 'x "y" 50%', "B": "1"})
    assert text(draft) == '[Service]\nEnvironment="A=x \\"y\\" 50%%"\nEnvironment="B=1"\n'
    more = recipes.set_env(UNIT, {"B": "2", "C": "", "A": None, "D": None}, after(draft))
    assert text(more) == '[Service]\nEnvironment="B=2"\nEnvironment="C="\n'
    assert more.notes == ("D is not among the variables that dockerctl has set.",)
    assert recipes.set_env(UNIT, {"B": None, "C": None}, after(more)).assignments == ()


def test_a_secret_is_told_and_a_password_refused() -> None:
    assert "DB_PASSWORD" in recipes.set_env(UNIT, {"DB_PASSWORD": "x"}).notes[0]
    assert recipes.set_env(UNIT, {"KEYMAP": "x"}).notes == ()
    with pytest.raises(OverrideValueInvalid) as caught:
        recipes.set_env(UNIT, {"https_proxy": "u:s3cret@h"})
    assert "s3cret" not in caught.value.message


names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: not name.upper().endswith("_PROXY")
)
values = st.text(st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="\0"))
variables = st.dictionaries(names, values, max_size=4)


@given(variables, variables)
def test_variables_are_kept(first: dict[str, str], second: dict[str, str]) -> None:
    draft = recipes.set_env(UNIT, second, after(recipes.set_env(UNIT, first)))
    assert environment_of(after(draft)) == {**first, **second}


# proxy


def test_a_proxy_without_a_password() -> None:
    draft = recipes.proxy(UNIT, "http://p:1", "http://p:2", "localhost, .x.y")
    assert text(draft) == (
        '[Service]\nEnvironment="HTTP_PROXY=http://p:1"\nEnvironment="HTTPS_PROXY=http://p:2"\n'
        'Environment="NO_PROXY=localhost,.x.y"\n'
    )
    assert draft.env_files == ()
    less = recipes.proxy(UNIT, "", before=after(draft))
    assert environment_of(after(less)) == {
        "HTTPS_PROXY": "http://p:2",
        "NO_PROXY": "localhost,.x.y",
    }
    none = recipes.proxy(UNIT, "", "", "", before=after(draft))
    assert none.assignments == ()


def test_a_proxy_with_a_password() -> None:
    plain = recipes.proxy(UNIT, "http://p:1", no_proxy="a")
    draft = recipes.proxy(UNIT, None, "http://u:s3c%25ret@p:2", before=after(plain))
    assert text(draft) == "[Service]\nEnvironmentFile=/etc/dockerctl/proxy.env\n"
    (file,) = draft.env_files
    assert (file.path, file.mode) == ("/etc/dockerctl/proxy.env", 0o600)
    assert file.data is not None
    assert judge_seal(file.data) is Seal.OURS
    assert parse_env_file(file.data) == {
        "HTTP_PROXY": "http://p:1", "HTTPS_PROXY": "http://u:s3c%25ret@p:2", "NO_PROXY": "a",
    }  # fmt: skip
    assert "s3c" not in repr(draft)
    # Without the password everything is in the drop-in again, and the file goes.
    back = recipes.proxy(UNIT, None, "http://p:2", before=after(draft), env_before=file.data)
    assert environment_of(after(back))["HTTP_PROXY"] == "http://p:1"
    assert [(gone.path, gone.data) for gone in back.env_files] == [(file.path, None)]
    same = recipes.proxy(UNIT, before=after(draft), env_before=file.data)
    assert (same.assignments, same.env_files) == (draft.assignments, draft.env_files)


def test_the_path_of_the_environment_file() -> None:
    draft = recipes.proxy(UNIT, "http://u:p@h", env_path="/etc/x 100%.env")
    assert text(draft) == "[Service]\nEnvironmentFile=/etc/x 100%%.env\n"
    for path in ("relative", "/a/../b", "/a\nb"):
        with pytest.raises(OverrideValueInvalid):
            recipes.proxy(UNIT, "http://u:p@h", env_path=path)


def test_notes_about_proxies() -> None:
    assert "HTTPS" in recipes.proxy(UNIT, "http://p").notes[0]
    assert "no effect" in recipes.proxy(UNIT, no_proxy="a").notes[0]
    assert recipes.proxy(UNIT, "http://p", "http://p").notes == ()


# command


@pytest.mark.parametrize(
    ("addresses", "keep_fd", "arguments"),
    [
        (["tcp://127.0.0.1:2376"], True, "-H fd:// -H tcp://127.0.0.1:2376"),
        (["fd://", "unix:///a b"], True, '-H fd:// -H "unix:///a b"'),
        (["unix://", "unix://"], False, "-H unix://"),
        ([], False, ""),
        (["tcp://[::1]:2376", "unix:///x%y$z"], False, "-H tcp://[::1]:2376 -H unix:///x%%y$$z"),
    ],
)
def test_addresses(addresses: list[str], keep_fd: bool, arguments: str) -> None:
    draft = recipes.hosts(UNIT, addresses, DEBIAN, keep_fd=keep_fd)
    rest = "--containerd=/run/containerd/containerd.sock $DOCKER_OPTS"
    line = " ".join(filter(None, ["/usr/sbin/dockerd", arguments, rest]))
    read = after(draft).values("Service", "ExecStart")
    assert [value.replace('"tcp://[::1]:2376"', "tcp://[::1]:2376") for value in read] == ["", line]
    assert any("docker.socket" in note for note in draft.notes) is not keep_fd
    assert any("root on this host" in note for note in draft.notes) is ("tcp" in arguments)


def test_a_drop_in_that_changes_nothing_goes() -> None:
    changed = recipes.hosts(UNIT, ["unix:///a"], DEBIAN)
    current = after(changed).values("Service", "ExecStart")[1]
    back = recipes.hosts(UNIT, ["fd://"], current, base=DEBIAN, before=after(changed))
    assert back.assignments == ()


@pytest.mark.parametrize(
    "address",
    [
        "", "docker.sock", "/run/docker.sock", "http://x", "npipe:////./pipe/x", "ssh://x",
        "unix://relative", "unix:///" + "a" * 107, "unix:///a\nb", "tcp://a b", "tcp://a:0",
        "tcp://a:70000", "tcp://a:b", "tcp://::1:1", "tcp://a/path", "fd:///x", "fd://a b",
    ],
)  # fmt: skip
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(OverrideValueInvalid) as caught:
        recipes.hosts(UNIT, [address], DEBIAN)
    assert caught.value.message.isprintable()


def test_addresses_in_a_variable() -> None:
    with pytest.raises(OverrideSettingRefused, match="DOCKER_OPTS"):
        recipes.hosts(UNIT, ["fd://"], DEBIAN, environment={"DOCKER_OPTS": "-D -H tcp://x"})
    recipes.hosts(UNIT, ["fd://"], DEBIAN, environment={"DOCKER_OPTS": "-D", "OTHER": "-H x"})
    recipes.hosts(UNIT, ["fd://"], f":{DEBIAN}", environment={"DOCKER_OPTS": "-H x"})


@pytest.mark.parametrize(
    "current",
    ["/bin/sh -c 'exec dockerd'", "/usr/bin/env dockerd", "|/usr/bin/dockerd", "", "/a ; /b"],
)
def test_a_command_line_that_is_not_the_daemons(current: str) -> None:
    with pytest.raises(OverrideCommandUnreadable):
        recipes.hosts(UNIT, ["fd://"], current)


TABLE = FlagTable(
    frozenset({"log-level", "host"}), frozenset({"host"}), {"H": "host", "D": "debug"}
)


def test_flags() -> None:
    draft = recipes.change_flags(UNIT, DEBIAN, TABLE, add=["--debug", "--log-level", "warn"])
    line = f"{DEBIAN} --debug --log-level warn"
    assert text(draft) == f"[Service]\nExecStart=\nExecStart={line}\n"
    again = recipes.change_flags(UNIT, line, TABLE, add=["--log-level=info"], before=after(draft))
    assert text(again) == f"[Service]\nExecStart=\nExecStart={DEBIAN} --debug --log-level=info\n"
    assert again.notes == ("--log-level was there already, and is replaced.",)
    back = recipes.change_flags(
        UNIT, line, TABLE, remove=["-D", "--log-level"], base=DEBIAN, before=after(draft)
    )
    assert back.assignments == ()


def test_a_flag_that_is_not_there() -> None:
    notes = recipes.change_flags(UNIT, DEBIAN, TABLE, remove=["--debug"]).notes
    assert "None of the flags" in notes[0]
    assert "$DOCKER_OPTS" in notes[1]


# limits and restart-policy


def test_limits() -> None:
    draft = recipes.limits(
        UNIT, memory="4G", cpu="150%", tasks="10%", files="1024:524288", oom_score="-500"
    )
    assert text(draft) == (
        "[Service]\nMemoryMax=4G\nCPUQuota=150%\nTasksMax=10%\nLimitNOFILE=1024:524288\n"
        "OOMScoreAdjust=-500\n"
    )
    less = recipes.limits(UNIT, memory="", cpu="0.5%", before=after(draft))
    assert text(less).startswith("[Service]\nCPUQuota=0.5%\nTasksMax=10%\n")
    assert any("256M" in note for note in recipes.limits(UNIT, memory="64M").notes)
    assert recipes.limits(UNIT, memory="").notes == ()


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("memory", ["0", "12 potatoes", "4GB", "-1", "101%", "1g", "99999999E", "4G\nX=1"]),
        ("cpu", ["0%", "50", "1.5", "-5%", "infinity", "50%%"]),
        ("tasks", ["0", "x", "-1", "1.5", "0%"]),
        ("files", ["0", "2:1", "1:2:3", ":", "infinity:5", "x", "99999999999999999999"]),
        ("oom_score", ["-1001", "1001", "x", "1.5", "+5"]),
    ],
)
def test_what_is_no_limit(option: str, values: list[str]) -> None:
    for value in values:
        with pytest.raises(OverrideValueInvalid) as caught:
            recipes.limits(UNIT, **{option: value})  # type: ignore[arg-type]
        assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("memory", ["infinity", "1", "512M", "50%", "100%", "33.33%"]),
        ("tasks", ["infinity", "1", "4096"]),
        ("files", ["infinity", "1", "5:5", "5:infinity"]),
        ("oom_score", ["0", "1000", "-1000"]),
    ],
)
def test_limits_that_are_taken(option: str, values: list[str]) -> None:
    for value in values:
        draft = recipes.limits(UNIT, **{option: value})  # type: ignore[arg-type]
        assert draft.assignments[0].value == value


def test_restart_policy() -> None:
    draft = recipes.restart_policy(
        UNIT, policy="always", delay="5s", burst="3", interval="1min 30s"
    )
    assert text(draft) == (
        "[Unit]\nStartLimitIntervalSec=1min 30s\nStartLimitBurst=3\n\n"
        "[Service]\nRestart=always\nRestartSec=5s\n"
    )
    assert draft.notes == ()
    slow = recipes.restart_policy(UNIT, delay="45s", before=after(draft))
    assert "for ever" in slow.notes[0]
    assert "for ever" in recipes.restart_policy(UNIT, interval="0").notes[0]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("policy", "sometimes"), ("delay", "soon"), ("delay", "5 parsecs"), ("delay", "-5"),
        ("burst", "-1"), ("burst", "x"), ("interval", "1,5s"), ("delay", "5s\nX=1"),
    ],
)  # fmt: skip
def test_what_is_no_restart_policy(option: str, value: str) -> None:
    with pytest.raises(OverrideValueInvalid):
        recipes.restart_policy(UNIT, **{option: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("span", "seconds"),
    [
        ("5", 5), ("500ms", 0.5), ("1min 30s", 90), ("2h", 7200), ("1.5s", 1.5), ("1d2h", 93600),
        ("", None), ("s", None), ("5x", None), (" ", None), ("5 ", 5),
    ],
)  # fmt: skip
def test_time_spans(span: str, seconds: float | None) -> None:
    assert seconds_of(span) == seconds


def test_sizes() -> None:
    assert (bytes_of("2K"), bytes_of("5"), bytes_of("50%"), bytes_of("infinity")) == (
        2048, 5, None, None,
    )  # fmt: skip


# socket and requires-mount


def test_the_socket() -> None:
    draft = recipes.socket("docker.socket", group="admins", mode="660", listen=["/run/docker.sock"])
    assert text(draft) == (
        "[Socket]\nListenStream=\nListenStream=/run/docker.sock\nSocketGroup=admins\n"
        "SocketMode=0660\n"
    )
    more = recipes.socket(
        "docker.socket", group="", listen=["/run/a%", "[::1]:2375", "2376"], before=after(draft)
    )
    assert text(more) == (
        "[Socket]\nListenStream=\nListenStream=/run/a%%\nListenStream=[::1]:2375\n"
        "ListenStream=2376\nSocketMode=0660\n"
    )
    assert any("/run/docker.sock" in note for note in more.notes)
    assert any("root on this host" in note for note in more.notes)
    none = recipes.socket("docker.socket", mode="", listen=[], before=after(more))
    assert none.assignments == ()
    assert any(
        "every local user" in n.lower() for n in recipes.socket("a.socket", mode="0666").notes
    )


@pytest.mark.parametrize(
    "address",
    [
        "", "relative", "/a/../b", "/a\nb", "/" + "a" * 107, "0", "70000", "host:1", "::1:1",
        "127.0.0.1", "[127.0.0.1]:1", "127.0.0.1:", "unix:///a",
    ],
)  # fmt: skip
def test_what_a_socket_cannot_listen_on(address: str) -> None:
    with pytest.raises(OverrideValueInvalid):
        recipes.socket("docker.socket", listen=[address])


@pytest.mark.parametrize("mode", ["66", "0888", "rw", "00660", "1777", "0660\n"])
def test_what_is_no_mode(mode: str) -> None:
    with pytest.raises(OverrideValueInvalid):
        recipes.socket("docker.socket", mode=mode)


@pytest.mark.parametrize("group", ["a b", "-a", "a\n", "\u00e4", "%h"])
def test_what_is_no_group(group: str) -> None:
    with pytest.raises(OverrideValueInvalid):
        recipes.socket("docker.socket", group=group)


def test_a_service_is_no_socket() -> None:
    with pytest.raises(OverrideSettingRefused):
        recipes.socket(UNIT, group="docker")


def test_mounts() -> None:
    draft = recipes.requires_mount(UNIT, ["/srv/docker", "/mnt/a b%"])
    assert text(draft) == '[Unit]\nRequiresMountsFor=/srv/docker "/mnt/a b%%"\n'
    more = recipes.requires_mount(UNIT, ["/x", "/srv/docker"], before=after(draft))
    assert text(more) == '[Unit]\nRequiresMountsFor=/srv/docker "/mnt/a b%%" /x\n'
    less = recipes.requires_mount(
        UNIT, [], remove=["/mnt/a b%", "/x/", "/srv/docker", "/y"], before=after(more)
    )
    assert less.assignments == ()
    assert less.notes == ("'/y' is not among the paths that dockerctl has set.",)


@pytest.mark.parametrize("path", ["", "srv", "/srv/", "/a//b", "/a/./b", "/a/../b", "/a\nb"])
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(OverrideValueInvalid):
        recipes.requires_mount(UNIT, [path])


# all of them


def test_every_recipe_is_named() -> None:
    drafts = [
        recipes.set_directive(UNIT, []), recipes.set_env(UNIT, {}), recipes.proxy(UNIT),
        recipes.hosts(UNIT, [], DEBIAN), recipes.limits(UNIT), recipes.restart_policy(UNIT),
        recipes.socket("docker.socket"), recipes.requires_mount(UNIT, []),
    ]  # fmt: skip
    assert sorted(draft.recipe for draft in drafts) == sorted(recipes.RECIPES)


@given(st.text())
def test_no_text_makes_more_than_it_says(value: str) -> None:
    calls: list[Callable[[], Draft]] = [
        lambda: recipes.set_directive(UNIT, [f"Unit.Documentation={value}"]),
        lambda: recipes.set_directive(UNIT, [value]),
        lambda: recipes.set_env(UNIT, {"A": value}),
        lambda: recipes.proxy(UNIT, f"http://{value}", no_proxy=value),
        lambda: recipes.hosts(UNIT, [f"unix:///{value}"], DEBIAN),
        lambda: recipes.change_flags(UNIT, DEBIAN, TABLE, add=[f"--label={value}"]),
        lambda: recipes.limits(UNIT, memory=value),
        lambda: recipes.restart_policy(UNIT, delay=value),
        lambda: recipes.socket("docker.socket", listen=[f"/{value}"]),
        lambda: recipes.requires_mount(UNIT, [f"/{value}"]),
    ]
    messages = []
    for call in calls:
        try:
            draft = call()
        except DockerctlError as error:
            messages.append(error.message)
            continue
        read = after(draft)
        assert read == UnitText(draft.assignments)
        allowed = {"Documentation", "Environment", "ExecStart", "MemoryMax", "RestartSec",
                   "ListenStream", "RequiresMountsFor"}  # fmt: skip
        assert {assignment.name for assignment in read.assignments} <= allowed
    assert [message for message in messages if not message.isprintable()] == []
