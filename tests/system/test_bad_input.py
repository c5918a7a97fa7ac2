"""Bad input gets a clear error or works; never a traceback, and with -o json one document."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest

from tests.lab.commands import Completed
from tests.lab.host import Host
from tests.system.command import Dockerctl
from tests.system.schemas import validate
from tests.system.units import active, await_failed, fingerprint

NOT_UTF8 = "\udcff\udcfe"
LONG = "x" * 300
# A user's terminal must not be moved by what a stranger typed into a script.
HARMFUL = "\x1b"

USAGE = [
    *(["status", "--unit", unit] for unit in ("a/b", "../docker", "docker\n", "ü")),
    *(["status", "--unit", unit] for unit in (NOT_UTF8, LONG)),
    *(["start", "--unit", unit] for unit in ("", "docker@.service", "docker.socket")),
    *(["stop", "--unit", unit] for unit in (f"{HARMFUL}[31m", f"{HARMFUL}x.socket")),
    *(["status", "--timeout", text] for text in ("-1", "0", "nan", "inf", "1e400", "", NOT_UTF8)),
    ["is-active", "-o", "yaml"],
    ["is-active", "--output", NOT_UTF8],
    ["is-active", "--timeout"],
    ["frobnicate"],
    [NOT_UTF8],
    [f"%{HARMFUL}"],
    ["--frob"],
    ["status", "--frob"],
    ["status", "--no-wait"],
    ["start", "now"],
    ["status", "--", "-x"],
    ["wait"],
    ["wait", "sleepy"],
    ["wait", NOT_UTF8],
    [],
]

VARIABLES = {
    "DOCKERCTL_TIMEOUT": "soon",
    "DOCKERCTL_OUTPUT": "yaml",
    "DOCKERCTL_UNIT": "a/b",
    "DOCKERCTL_QUIET": "perhaps",
    "DOCKERCTL_USER": "perhaps",
    "DOCKERCTL_NO_COLOR": "perhaps",
    "DOCKERCTL_WAIT": "perhaps",
}


def shell(host: Host, script: str, **env: str) -> Completed:
    done = host.run(["sh", "-c", script], env=env)
    return harmless(done)


def harmless(done: Completed) -> Completed:
    for word in ("Traceback", "defect of dockerctl", "Exception ignored", HARMFUL):
        assert word not in done.out + done.err, done
    return done


def document(done: Completed) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.out)
    validate(found)
    assert found["exit_code"] == done.returncode, done
    return found


@pytest.mark.core
def test_wrong_usage(host: Host) -> None:
    before = fingerprint(host)
    for arguments in USAGE:
        # Typed before what is wrong, since that may swallow it.
        done = harmless(host.run(["dockerctl", "-o", "json", *arguments]))
        found = document(done) if "-o" not in arguments and "--output" not in arguments else None
        assert done.returncode == 2, arguments
        if found is not None:
            assert found["error"]["code"] == "usage", arguments
            assert found["error"]["message"].strip(), arguments
            assert found["error"]["hint"].strip(), arguments
    assert fingerprint(host) == before


def test_wrong_usage_in_text(ctl: Dockerctl) -> None:
    for arguments, said in (
        (["status", "--unit", "a/b"], "'a/b' is not a unit name"),
        (["status", "--unit", NOT_UTF8], "'\\udcff\\udcfe' is not a unit name"),
        (["start", "--timeout", "-1"], "'-1' is not a time limit"),
        (["status", "-o", "yaml"], "'yaml' is not an output form"),
        (["frobnicate"], "No such command 'frobnicate'"),
        (["wait"], "Missing argument"),
    ):
        done = harmless(ctl.run(*arguments))
        assert (done.returncode, done.out) == (2, ""), arguments
        assert done.err.startswith("dockerctl: "), arguments
        assert said in done.err, arguments
        assert "\n  hint: " in done.err, arguments
    # Nothing typed is a question.
    assert harmless(ctl.run()).out.startswith("Usage: dockerctl ")


def test_unknown_unit(ctl: Dockerctl) -> None:
    for verb, code in (
        (["status"], 4),
        (["status", "--wait"], 4),
        (["is-active"], 4),
        (["is-enabled"], 4),
        (["is-healthy"], 4),
        *(([verb], 5) for verb in ("start", "stop", "restart", "try-restart", "reload")),
        *(([verb], 5) for verb in ("enable", "disable", "unmask")),
        (["wait", "healthy"], 5),
        (["wait", "stopped"], 5),
    ):
        answer = ctl.json(*verb, "--unit", "nosuch", timeout=20)
        assert answer.exit_code == code, verb
        if code == 5:
            assert answer.error_code == "unit-not-found", verb
            assert "nosuch.service" in answer.document["error"]["message"], verb


def test_options_before_and_after_the_verb(host: Host, ctl: Dockerctl) -> None:
    for arguments in (
        ["-o", "json", "status"],
        ["status", "-o", "json"],
        ["status", "-ojson"],
        ["status", "-qo", "json"],
        ["--timeout", "0.001", "status", "--timeout", "9", "-o", "json"],
        ["--unit", "nosuch", "status", "--unit=docker", "--output=json"],
        ["-o", "text", "-q", "--no-color", "status", "-o", "json", "--timeout", "1e300"],
    ):
        found = document(harmless(host.run(["dockerctl", *arguments])))
        assert found["verdict"] == "stopped", arguments
    by_variable = ctl.run("status", env={"DOCKERCTL_OUTPUT": "json", "DOCKERCTL_TIMEOUT": "9"})
    assert document(by_variable)["verdict"] == "stopped"
    # What is typed wins.
    typed = ctl.json("status", env={"DOCKERCTL_OUTPUT": "text", "DOCKERCTL_UNIT": "nosuch"})
    assert typed.document["verdict"] == "not-installed"
    # A limit that no host could keep is a limit that passed, not a hung bus.
    hasty = ctl.json("status", "--timeout", "0.00001")
    assert (hasty.exit_code, hasty.document["verdict"]) == (4, None)
    assert "time limit" in hasty.document["error"]["message"]


def test_variables_with_bad_values(host: Host, ctl: Dockerctl) -> None:
    for name, value in VARIABLES.items():
        done = harmless(ctl.run("status", env={name: value}))
        option = "--" + name.removeprefix("DOCKERCTL_").lower().replace("_", "-")
        assert done.returncode == 2, name
        assert value in done.err, name
        assert name in done.err or option in done.err, name
    done = harmless(host.run(["dockerctl", "start"], env={"DOCKERCTL_DRY_RUN": "perhaps"}))
    assert done.returncode == 2
    assert active(host) == "inactive"


@pytest.mark.core
def test_streams_that_cannot_be_used(host: Host, ctl: Dockerctl) -> None:
    assert ctl.run("start").returncode == 0
    for command in (
        "status",
        "status -o json",
        "is-active",
        "--help",
        "--version",
        "start -o json",
    ):
        closed = shell(host, f"dockerctl {command} >&-")
        assert (closed.returncode, closed.err.count("\n")) == (1, 1), command
        assert "could not be written" in closed.err, command
        full = shell(host, f"dockerctl {command} >/dev/full")
        assert (full.returncode, full.out) == (1, ""), command
        assert "No space left on device" in full.err, command
        # Whoever closed the pipe had read enough.
        done = into_closed_pipe(host, command.split())
        assert (done.returncode, done.stderr) == (0, b""), command
    for redirection in ("<&-", "2>&-", "2>/dev/full", "<&- 2>&-"):
        found = document(shell(host, f"dockerctl status -o json {redirection}"))
        assert found["verdict"] == "healthy", redirection
        # reload has something to say while it works.
        assert shell(host, f"dockerctl reload {redirection}").returncode == 0, redirection
    assert shell(host, "dockerctl is-active <&- >&- 2>&-").returncode == 1
    assert shell(host, "dockerctl frob -o json 2>&-").returncode == 2
    # What is asked for happens, whether or not it can be told.
    shell(host, "dockerctl stop <&- >&- 2>&-")
    assert active(host) == "inactive"


def into_closed_pipe(host: Host, arguments: list[str]) -> Completed:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        with host.popen(
            ["dockerctl", *arguments], stdout=writer, stderr=subprocess.PIPE
        ) as process:
            return process.finish()
    finally:
        os.close(writer)


def test_poor_environments(host: Host) -> None:
    for script in (
        "env -i /usr/bin/dockerctl",
        "env -u HOME dockerctl",
        "HOME=/nonexistent dockerctl",
        "LANG=C dockerctl",
        "LC_ALL=POSIX dockerctl",
        "LC_ALL=nosuch.ISO-8859-1 dockerctl",
        "env -u TERM dockerctl",
        "TERM=dumb dockerctl",
        "TERM=bogus dockerctl",
        "COLUMNS=1 dockerctl",
        "COLUMNS=10 LINES=1 dockerctl",
        "COLUMNS=-1 dockerctl",
        "COLUMNS=wide dockerctl",
        "TZ=Nosuch/Place dockerctl",
        "PYTHONIOENCODING=ascii PYTHONUTF8=0 dockerctl",
        "cd /proc/self && dockerctl",
        "mkdir /tmp/gone && cd /tmp/gone && rmdir /tmp/gone && dockerctl",
        "ulimit -n 32; dockerctl",
    ):
        found = document(shell(host, f"{script} status -o json"))
        assert found["verdict"] == "stopped", script
    for script in ("COLUMNS=1 dockerctl", "LC_ALL=POSIX dockerctl", "env -i /usr/bin/dockerctl"):
        assert shell(host, f"{script} --help").out.startswith("Usage:"), script
        assert "docker.service" in shell(host, f"{script} status").out, script
    ascii_only = shell(host, "LC_ALL=C dockerctl status").out
    assert ascii_only.isascii()


def test_nothing_is_imported_from_where_the_caller_stands(host: Host, ctl: Dockerctl) -> None:
    """Root may be in a folder, or have variables set, that someone else has filled."""
    trap = "open('/tmp/owned', 'a').write(__name__)\nraise SystemExit('owned')\n"
    host.add_user("alice")
    site = host.run(
        ["python3", "-c", "import site; print(site.getusersitepackages())"], user="alice"
    ).out.strip()
    for folder in ("/srv/trap", site):
        for module in ("typer", "gi", "pydbus", "json", "usercustomize", "sitecustomize", "click"):
            host.write(f"{folder}/{module}.py", trap)
        host.write(f"{folder}/dockerctl/__init__.py", trap)
    env = {
        "PYTHONPATH": "/srv/trap",
        "PYTHONSTARTUP": "/srv/trap/typer.py",
        "PYTHONHOME": "/srv/trap",
        "PYTHONINSPECT": "1",
        "PYTHONBREAKPOINT": "typer.owned",
        "PATH": "/srv/trap:/usr/bin",
    }
    for name in ("journalctl", "pkttyagent", "systemctl", "setpriv", "python3"):
        host.write(f"/srv/trap/{name}", "#!/bin/sh\ntouch /tmp/owned\n", mode=0o755)
    for user in (None, "alice"):
        done = host.run(["dockerctl", "status", "-o", "json"], user=user, env=env, cwd="/srv/trap")
        assert document(harmless(done))["verdict"] == "stopped"
    # One that needs the journal.
    host.write("/etc/docker/daemon.json", "{ broken")
    done = host.run(["dockerctl", "start", "-o", "json"], env=env, cwd="/srv/trap")
    assert document(harmless(done))["error"]["details"]["lines"]
    assert not host.exists("/tmp/owned")
    await_failed(host)
    assert ctl.json("status").document["verdict"] == "failed"


def test_docker_command_that_goes_elsewhere(host: Host, ctl: Dockerctl) -> None:
    assert ctl.run("start").returncode == 0
    elsewhere = {"DOCKER_HOST": "tcp://192.0.2.1:2375"}
    hostile = {"DOCKER_HOST": f"unix:///{HARMFUL}[31m"}
    nowhere = {"DOCKER_CONTEXT": "nosuch"}
    config = "/root/.docker/config.json"
    for env, content, code, said in (
        (elsewhere, None, "caller-elsewhere", "tcp://192.0.2.1:2375"),
        (hostile, None, "caller-elsewhere", "DOCKER_HOST"),
        ({"DOCKER_HOST": "nonsense"}, None, "caller-elsewhere", "nonsense"),
        (nowhere, None, "caller-context-broken", "nosuch"),
        ({}, '{"currentContext": "nosuch"}', "caller-context-broken", "nosuch"),
        ({}, '{"currentContext": 7}', "caller-config-broken", config),
        ({}, "{", "caller-config-broken", config),
        ({}, b"\xff\xfe", "caller-config-broken", config),
    ):
        host.write(config, "{}" if content is None else content)
        answer = ctl.json("status", env=env)
        # The daemon of this host is well; that the docker command asks another is beside it.
        assert (answer.exit_code, answer.document["verdict"]) == (0, "healthy"), env
        (finding,) = answer.document["findings"]
        assert finding["code"] == code, (env, content)
        assert said in finding["evidence"]
        assert said in " ".join(harmless(ctl.run("status", env=env)).out.split())
    host.write(config, "{}")
    for env in ({}, {"DOCKER_HOST": "unix:///var/run/docker.sock"}, {"DOCKER_CONTEXT": "default"}):
        assert ctl.json("status", env=env).document["findings"] == []
