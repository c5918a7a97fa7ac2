"""Whatever gets in the way of a change: nothing is lost, and the answer says what it was."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.lab.host import Host
from tests.system.command import Answer, Dockerctl
from tests.system.states import CONFIG, SERVICE, sh, wait_for
from tests.system.transactions import (
    DROP_INS,
    QUICK,
    RECORDS,
    config,
    history,
    look,
    require_well,
)
from tests.system.underway import GATE, answer_of, open_gate, running, until
from tests.system.units import drop_in

GOOD = '{\n  "labels": ["site=one"]\n}\n'
FOREIGN = '{"shutdown-timeout": 9}\n'
BUSY, CHANGED_MEANWHILE, NOT_PERMITTED = 155, 154, 4
# A start with this level waits until the gate is open; the one before it does not.
HELD = ("config", "set", "log-level=warn", *QUICK)
_HOLD = f"! grep -q warn {CONFIG} || while [ ! -e {GATE} ]; do sleep 0.02; done"
# Between the plan and the first byte lies the checkpoint, with several of these calls.
_SLOW = "inject=fsync:delay_enter=300000"
SLOWLY = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", _SLOW)
DECLARATION = 'version = 1\n[config]\nlog-level = "warn"\n[override.env]\nA = "b"\n'
SECRET = "hunter2"
PROXY = f"http://someone:{SECRET}@proxy.example:3128"


@pytest.fixture
def up(host: Host) -> Host:
    """A daemon that runs with ``GOOD``."""
    config(host, GOOD)
    return host


@contextmanager
def held(host: Host) -> Iterator[None]:
    """Restarts for ``HELD`` wait in here, until ``open_gate``."""
    drop_in(host, "gate", f"[Service]\nExecStartPre=/bin/sh -c '{_HOLD}'\n")
    yield


def result_of(answer: Answer) -> tuple[int, str | None]:
    return answer.exit_code, answer.error_code


# --- others at work ------------------------------------------------------------------------------


def test_second_writer(up: Host, ctl: Dockerctl) -> None:
    with held(up), running(up, *HELD) as first:
        wait_for(up, SubState="start-pre")
        for words in (("config", "set", "debug=true"), ("rollback",), ("recover",)):
            second = ctl.json(*words)
            assert result_of(second) == (BUSY, "busy"), words
            assert "config set log-level=warn" in second.document["error"]["message"]
        # Looking is free meanwhile.
        assert ctl.json("config", "get", "log-level").exit_code == 0
        open_gate(up)
        assert answer_of(first)["transaction"]["state"] == "committed"
    assert ctl.json("config", "set", "debug=true").exit_code == 0
    assert json.loads(up.read(CONFIG)) == {
        "labels": ["site=one"],
        "log-level": "warn",
        "debug": True,
    }


def test_several_writers_at_once(up: Host, ctl: Dockerctl) -> None:
    """Each change is there, or was refused: none is written over by another."""
    edits = {
        "debug": True,
        "shutdown-timeout": 20,
        "max-concurrent-uploads": 4,
        "live-restore": True,
    }
    with ExitStack() as stack:
        runs = {
            name: stack.enter_context(running(up, "config", "set", f"{name}={json.dumps(value)}"))
            for name, value in edits.items()
        }
        answers = {name: answer_of(run) for name, run in runs.items()}
    made = {name: value for name, value in edits.items() if answers[name]["exit_code"] == 0}
    assert made
    assert {a["exit_code"] for a in answers.values()} <= {0, BUSY}
    assert json.loads(up.read(CONFIG)) == {"labels": ["site=one"], **made}
    assert len(history(ctl)) == len(made)


def test_edit_beside_an_editor(up: Host, ctl: Dockerctl) -> None:
    """Somebody else saves the file while it is open in the editor."""
    script = f'#!/bin/sh\necho \'{{"debug": true}}\' >"$1"\ncp /root/foreign {CONFIG}\n'
    up.write("/root/foreign", FOREIGN)
    up.write("/root/editor", script, 0o755)
    before = look(up)
    answer = ctl.json("config", "edit", env={"EDITOR": "/root/editor"})
    assert result_of(answer) == (CHANGED_MEANWHILE, "file-changed")
    assert up.read(CONFIG) == FOREIGN
    found = look(up)
    assert (found.run, found.records) == (before.run, ())


@pytest.mark.parametrize(
    "edit",
    [
        f"cp /root/foreign {CONFIG}",
        f"rm {CONFIG}",
        f"cp {CONFIG} /root/mine; ln -sf /root/mine {CONFIG}",
    ],
    ids=["edited", "removed", "link planted"],
)
def test_foreign_edit_before_the_write(up: Host, ctl: Dockerctl, edit: str) -> None:
    up.write("/root/foreign", FOREIGN)
    before = look(up)
    with up.popen(
        [*SLOWLY, "dockerctl", *HELD, "-o", "json"], stdin=-3, stdout=-1, stderr=-1
    ) as change:
        # The checkpoint is being written: the plan is made, and the file is not touched yet.
        until(up, f'[ -n "$(ls -A {RECORDS} 2>/dev/null)" ]')
        sh(up, edit)
        foreign = look(up)
        answer = answer_of(change)
    assert (answer["exit_code"], answer["error"]["code"]) == (CHANGED_MEANWHILE, "file-changed")
    found = look(up)
    assert found.files == foreign.files
    assert found.run == before.run
    require_well(found)
    assert [row["state"] for row in history(ctl)] == ["rolled-back"]


# --- the file system -----------------------------------------------------------------------------


def full(host: Host, folder: str) -> None:
    """A small file system in the place of a folder, with its files, and no room for more."""
    script = f"""
    mkdir -p {folder} && cp -a {folder} /root/kept && mount -t tmpfs -o size=64k none {folder}
    cp -a /root/kept/. {folder}/
    dd if=/dev/zero of={folder}/filling bs=1k 2>/dev/null || :
    """
    sh(host, script)


def read_only(host: Host, folder: str) -> None:
    sh(host, f"mount --bind {folder} {folder} && mount -o remount,bind,ro {folder}")


@pytest.mark.parametrize(
    ("folder", "trouble", "code"),
    [
        ("/etc/docker", full, "no-space"),
        ("/etc/docker", read_only, "file-system-read-only"),
        ("/var/lib/dockerctl", full, "no-space"),
        (DROP_INS, full, "no-space"),
        (DROP_INS, read_only, "file-system-read-only"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_file_system(up: Host, ctl: Dockerctl, folder: str, trouble: object, code: str) -> None:
    """Two files are to change; one of them, or the checkpoint, cannot be written."""
    up.write("/root/wanted.toml", DECLARATION)
    sh(up, f"mkdir -p {DROP_INS} /var/lib/dockerctl; chmod 700 /var/lib/dockerctl")
    assert callable(trouble)
    trouble(up, folder)
    before = look(up)
    answer = ctl.json("apply", "/root/wanted.toml", *QUICK)
    assert result_of(answer) == (1, code), answer
    assert folder in answer.document["error"]["message"]
    assert answer.document["changed"] is not True
    found = look(up)
    assert (found.run, found.standing) == (before.run, before.standing)
    require_well(found)
    sh(up, f"umount {folder}")
    assert ctl.json("apply", "/root/wanted.toml", *QUICK).exit_code == 0


def test_link(up: Host, ctl: Dockerctl) -> None:
    """A link of root's is followed, and stays; one that others could turn elsewhere is refused."""
    sh(
        up,
        f"mkdir /srv/conf; mv {CONFIG} /srv/conf/docker.json; ln -s /srv/conf/docker.json {CONFIG}",
    )
    assert ctl.json("config", "set", "debug=true").exit_code == 0
    assert up.run(["readlink", CONFIG]).out.strip() == "/srv/conf/docker.json"
    assert json.loads(up.read("/srv/conf/docker.json"))["debug"] is True
    up.add_user("alice")
    text = up.read(CONFIG)
    for planted in ("chmod 777 /srv/conf", "chmod 755 /srv/conf; chown alice /srv/conf"):
        sh(up, planted)
        before = look(up)
        answer = ctl.json("config", "set", "debug=false")
        assert result_of(answer) == (1, "link-refused"), answer
        assert "/srv/conf" in answer.document["error"]["message"]
        assert (look(up), up.read(CONFIG)) == (before, text)


def test_immutable(up: Host, ctl: Dockerctl) -> None:
    sh(up, f"chattr +i {CONFIG}")
    try:
        before = look(up)
        answer = ctl.json(*HELD)
        assert result_of(answer) == (NOT_PERMITTED, "file-immutable")
        assert "chattr" in answer.document["error"]["hint"]
        found = look(up)
        assert (found.run, found.standing) == (before.run, before.standing)
    finally:
        sh(up, f"chattr -i {CONFIG}")


def test_ordinary_user(up: Host, ctl: Dockerctl) -> None:
    up.add_user("alice", groups=["docker"])
    before = look(up)
    for words in (
        ("config", "set", "debug=true"),
        ("override", "env", "A=b"),
        ("rollback",),
        ("checkpoint", "mine"),
        ("recover",),
    ):
        answer = ctl.json(*words, user="alice")
        assert answer.exit_code == NOT_PERMITTED, (words, answer)
        assert look(up) == before


# --- signals -------------------------------------------------------------------------------------


@pytest.mark.core
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_interrupted(up: Host, ctl: Dockerctl, number: int, code: int) -> None:
    with held(up):
        before = look(up)
        with running(up, *HELD) as change:
            wait_for(up, SubState="start-pre")
            change.send_signal(number)
            # The way back has begun; a second one does not end it half-way.
            until(up, f"! grep -q warn {CONFIG}")
            change.send_signal(number)
            answer = answer_of(change)
    assert (answer["exit_code"], answer["error"]["code"]) == (code, "interrupted")
    assert "as before" in answer["error"]["message"]
    assert answer["changed"] is False
    found = look(up)
    assert found.standing == before.standing
    require_well(found)
    assert [row["state"] for row in history(ctl)] == ["rolled-back"]


def test_terminal_is_gone(up: Host) -> None:
    """The ssh session breaks: the change goes on to its end."""
    with held(up), running(up, *HELD) as change:
        wait_for(up, SubState="start-pre")
        change.send_signal(signal.SIGHUP)
        open_gate(up)
        answer = answer_of(change)
    assert answer["transaction"]["state"] == "committed"
    require_well(look(up))


# --- secrets -------------------------------------------------------------------------------------


def test_secrets(up: Host, ctl: Dockerctl) -> None:
    """A password is in the file that needs it, for root alone, and nowhere else."""
    shown = []
    keys = f"proxies.https-proxy={PROXY}"
    tokens = ("config", "set", "log-driver=splunk", f"log-opts.splunk-token={SECRET}")
    for words in (
        ("override", "proxy", "--https", PROXY, "--no-proxy", "localhost", *QUICK),
        ("config", "set", keys, *QUICK, "--dry-run"),
        ("config", "set", keys, *QUICK),
        (*tokens, "log-opts.splunk-url=https://splunk.example:8088", *QUICK),
        (*tokens, "log-opts.splunk-colour=red", *QUICK),
        ("config", "set", f"proxy=[{PROXY}]"),
        ("config", "show"),
        ("config", "effective"),
        ("config", "diff"),
        ("override", "list"),
        ("override", "show"),
        ("status",),
        ("history",),
        ("rollback", "--dry-run"),
    ):
        done = ctl.run(*words)
        shown += [done.out, done.err]
        done = ctl.run(*words, "-o", "json")
        shown += [done.out, done.err]
    for row in history(ctl):
        done = ctl.run("history", "show", row["id"])
        shown += [done.out, done.err]
    assert not [text for text in shown if SECRET in text]
    assert f"http://someone:{SECRET}@" in up.read("/etc/dockerctl/proxy.env")
    assert sh(up, "stat -c '%a %U' /etc/dockerctl/proxy.env").split() == ["600", "root"]
    assert sh(up, "stat -c %a /var/lib/dockerctl").strip() == "700"
    for look_at in (
        "journalctl --no-pager -o export",
        f"systemctl show {SERVICE}",
        f"cat {RECORDS}/*/record.json",
    ):
        assert SECRET not in sh(up, look_at), look_at
