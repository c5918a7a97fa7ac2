"""An ordinary user: looking is free, changing needs polkit's leave, a refusal changes nothing."""

from __future__ import annotations

import pytest

from tests.lab.host import Host
from tests.system.command import Answer, Dockerctl
from tests.system.terminal import on_terminal, plain
from tests.system.units import active, await_failed, fingerprint, show

PASSWORD = "open sesame"
PROMPT = "Password: "
REFUSED = ("not-permitted", "authorization-required")
# What only a hang exceeds: polkit's own timeouts are 25 s.
AT_ONCE_S = 20

RULE = """
polkit.addRule(function(action, subject) {
    if (subject.user == "alice" && [%s].indexOf(action.id) >= 0) { return polkit.Result.YES; }
});
"""
MANAGE_UNITS = "org.freedesktop.systemd1.manage-units"
MANAGE_FILES = "org.freedesktop.systemd1.manage-unit-files"
RELOAD_DAEMON = "org.freedesktop.systemd1.reload-daemon"
VERBS_RULE = """
polkit.addRule(function(action, subject) {
    var unit = action.lookup("unit"), verb = action.lookup("verb");
    if (subject.user == "alice" && action.id == "org.freedesktop.systemd1.manage-units"
            && (unit == "docker.service" || unit == "docker.socket")
            && (verb == "start" || verb == "stop" || verb == "restart")) {
        return polkit.Result.YES;
    }
});
"""


# For polkit the right to change unit files implies the right to a daemon-reload.
NO_RELOAD = """<busconfig><policy user="alice">
<deny send_interface="org.freedesktop.systemd1.Manager" send_member="Reload"/>
</policy></busconfig>
"""


@pytest.fixture
def alice(host: Host) -> str:
    """A user without privileges."""
    host.add_user("alice")
    return "alice"


def allow(host: Host, *actions: str) -> None:
    listed = ", ".join(f'"{action}"' for action in actions)
    host.write("/etc/polkit-1/rules.d/10-alice.rules", RULE % listed)


def refused(ctl: Dockerctl, host: Host, *verb: str, user: str) -> Answer:
    before = fingerprint(host)
    answer = ctl.json(*verb, user=user, timeout=AT_ONCE_S)
    assert fingerprint(host) == before, verb
    assert answer.exit_code == 4, (verb, answer)
    assert answer.document["changed"] is False, verb
    assert answer.error_code in REFUSED, verb
    hint = answer.document["error"]["hint"]
    assert "Nothing was changed" in hint, verb
    assert "root" in hint, verb
    return answer


def test_reading_needs_no_privilege(host: Host, ctl: Dockerctl, alice: str) -> None:
    before = fingerprint(host)
    status = ctl.json("status", user=alice)
    assert (status.exit_code, status.document["verdict"]) == (3, "stopped")
    assert ctl.run("is-active", user=alice).returncode == 3
    assert ctl.run("is-enabled", user=alice).returncode == 0
    assert ctl.run("is-healthy", user=alice).returncode == 3
    assert ctl.json("wait", "stopped", user=alice).exit_code == 0
    assert fingerprint(host) == before

    assert ctl.run("start").returncode == 0
    before = fingerprint(host)
    assert ctl.run("is-active", user=alice).returncode == 0
    assert ctl.run("is-enabled", user=alice).returncode == 0
    assert fingerprint(host) == before


def test_daemon_that_the_user_may_not_ask(host: Host, ctl: Dockerctl, alice: str) -> None:
    assert ctl.run("start").returncode == 0
    # Permission does not come by waiting: the forms that wait end as well.
    for verb in (["status"], ["status", "--wait"]):
        status = ctl.json(*verb, user=alice, timeout=AT_ONCE_S)
        assert (status.exit_code, status.document["verdict"]) == (4, "unreachable")
        assert status.document["probe"]["steps"][-1]["name"] == "connect"
        assert status.document["probe"]["steps"][-1]["error"]["code"] == "socket-forbidden"
    assert ctl.json("is-healthy", user=alice).exit_code == 4
    waited = ctl.json("wait", "healthy", user=alice, timeout=AT_ONCE_S)
    assert (waited.exit_code, waited.error_code) == (4, "socket-forbidden")

    host.run(["usermod", "-aG", "docker", alice], check=True)
    healthy = ctl.json("status", user=alice)
    assert (healthy.exit_code, healthy.document["verdict"]) == (0, "healthy")
    assert ctl.run("is-healthy", user=alice).out == "healthy\n"
    assert ctl.json("wait", "healthy", user=alice).exit_code == 0


@pytest.mark.core
def test_every_change_is_refused_at_once(host: Host, ctl: Dockerctl, alice: str) -> None:
    assert ctl.run("start").returncode == 0
    for verb in ("stop", "restart", "try-restart", "reload", "disable", "mask"):
        refused(ctl, host, verb, user=alice)
    refused(ctl, host, "disable", "--now", user=alice)
    refused(ctl, host, "stop", "--keep-socket", user=alice)

    assert ctl.run("disable", "--now").returncode == 0
    for verb in ("start", "restart", "enable"):
        refused(ctl, host, verb, user=alice)
    refused(ctl, host, "start", "--no-wait", user=alice)

    assert ctl.run("mask").returncode == 0
    refused(ctl, host, "unmask", user=alice)

    said = ctl.run("unmask", user=alice)
    assert said.out == ""
    assert said.err.startswith("dockerctl: systemd could not unmask docker.service")
    assert "GDBus" not in said.err
    assert "sudo" in said.err


@pytest.mark.core
def test_rule_lets_the_user_manage_the_units(host: Host, ctl: Dockerctl, alice: str) -> None:
    allow(host, MANAGE_UNITS)
    started = ctl.json("start", user=alice)
    assert (started.exit_code, started.document["changed"]) == (0, True)
    assert active(host) == "active"
    # Not in the group docker: systemd's word has to do, and that is said.
    assert any("API could not be asked" in text for text in started.texts)
    assert [step["ok"] for step in started.document["probe"]["steps"]][-1] is False

    host.run(["usermod", "-aG", "docker", alice], check=True)
    run = show(host, "InvocationID")
    restarted = ctl.json("restart", user=alice)
    assert (restarted.exit_code, restarted.document["messages"]) == (0, [])
    assert all(step["ok"] for step in restarted.document["probe"]["steps"])
    assert show(host, "InvocationID") != run
    assert ctl.json("try-restart", user=alice).exit_code == 0
    assert ctl.json("reload", user=alice).exit_code == 0

    stopped = ctl.json("stop", user=alice)
    assert (stopped.exit_code, stopped.document["changed"]) == (0, True)
    assert (active(host), active(host, "docker.socket")) == ("inactive", "inactive")

    # The rule is about units, not about their files.
    refused(ctl, host, "disable", user=alice)


def test_rule_lets_the_user_change_the_start_at_boot(
    host: Host, ctl: Dockerctl, alice: str
) -> None:
    allow(host, MANAGE_UNITS, MANAGE_FILES, RELOAD_DAEMON)
    for verb, state in (
        ("disable", "disabled"),
        ("enable", "enabled"),
        ("mask", "masked"),
        ("unmask", "enabled"),
    ):
        answer = ctl.json(verb, user=alice)
        assert (answer.exit_code, answer.document["changed"]) == (0, True), verb
        for unit in ("docker.service", "docker.socket"):
            assert show(host, "UnitFileState", unit) == state, (verb, unit)
    assert ctl.json("disable", "--now", user=alice).exit_code == 0


def test_rule_for_three_verbs_is_enough(host: Host, ctl: Dockerctl, alice: str) -> None:
    """Such a rule says nothing of reset-failed, which only a start limit makes necessary."""
    host.write("/etc/polkit-1/rules.d/10-alice.rules", VERBS_RULE)
    assert ctl.json("start", user=alice).exit_code == 0
    assert ctl.json("restart", user=alice).exit_code == 0
    assert ctl.json("stop", user=alice).exit_code == 0

    break_and_repair(host, ctl)
    answer = refused(ctl, host, "start", user=alice)
    assert "reset the failures of docker.service" in answer.document["error"]["message"]


def break_and_repair(host: Host, ctl: Dockerctl) -> None:
    """Leave the daemon failed, its start limit hit and its file in order again."""
    host.write("/etc/docker/daemon.json", "{ broken")
    assert ctl.json("start").exit_code == 152
    await_failed(host)
    host.write("/etc/docker/daemon.json", "{}")


def test_rule_for_all_verbs_repairs_a_failed_daemon(host: Host, ctl: Dockerctl, alice: str) -> None:
    allow(host, MANAGE_UNITS)
    break_and_repair(host, ctl)
    started = ctl.json("start", user=alice)
    assert started.exit_code == 0
    assert any("start limit of docker.service" in text for text in started.texts)


def test_change_that_was_half_allowed_is_not_denied(host: Host, ctl: Dockerctl, alice: str) -> None:
    allow(host, MANAGE_FILES)
    host.write("/etc/dbus-1/system.d/alice.conf", NO_RELOAD)
    host.run(["systemctl", "reload", "dbus.service"], check=True)
    answer = ctl.json("disable", user=alice)
    assert (answer.exit_code, answer.error_code) == (4, "not-permitted")
    assert answer.document["changed"] is True
    assert "Part of it was done" in answer.document["error"]["hint"]
    assert ctl.run("is-enabled").out == "disabled\n"


def test_polkit_masked_or_missing(host: Host, ctl: Dockerctl, alice: str) -> None:
    host.run(["systemctl", "mask", "polkit.service"], check=True)
    masked = refused(ctl, host, "start", user=alice)
    assert "polkit.service is masked" in masked.document["error"]["message"]
    assert "polkit" in masked.document["error"]["hint"]
    assert ctl.json("status", user=alice).document["verdict"] == "stopped"

    host.run(["systemctl", "unmask", "polkit.service"], check=True)
    service = "/usr/share/dbus-1/system-services/org.freedesktop.PolicyKit1.service"
    host.run(["rm", service], check=True)
    host.run(["systemctl", "reload", "dbus.service"], check=True)
    refused(ctl, host, "start", user=alice)
    # Root is never asked.
    assert ctl.json("start").exit_code == 0


def login(*argv: str) -> list[str]:
    """``argv`` as alice in a session of logind, as after a login, on the same terminal."""
    return ["su", "--login", "alice", "--session-command", " ".join(argv)]


@pytest.mark.core
@pytest.mark.parametrize("session", [True, False], ids=["session", "no-session"])
def test_polkit_asks_on_the_terminal(host: Host, alice: str, session: bool) -> None:
    host.run(["chpasswd"], input=f"root:{PASSWORD}\n", check=True)
    argv = login("dockerctl", "start") if session else ["dockerctl", "start"]
    with on_terminal(host, argv, user=None if session else alice) as terminal:
        terminal.expect_secret(PROMPT)
        assert "start 'docker.service'" in terminal.raw
        terminal.type(f"{PASSWORD}\n")
        assert terminal.finish() == 0
        shown = plain(terminal.raw)
        assert "docker.service is up" in shown
        assert PASSWORD not in shown
        # One question for one start.
        assert shown.count(PROMPT) == 1
        assert terminal.echoes
    assert active(host) == "active"
    assert agents(host) == ""


def test_polkit_asks_for_each_thing_that_a_failed_daemon_needs(
    host: Host, ctl: Dockerctl, alice: str
) -> None:
    host.run(["chpasswd"], input=f"root:{PASSWORD}\n", check=True)
    break_and_repair(host, ctl)
    with on_terminal(host, ["dockerctl", "start"], user=alice) as terminal:
        for number, what in enumerate(("docker.service", "docker.socket", "docker.service"), 1):
            terminal.expect_secret(PROMPT, times=number)
            assert what in plain(terminal.raw).rpartition("Authentication is required")[2]
            terminal.type(f"{PASSWORD}\n")
        assert terminal.finish() == 0
    assert active(host) == "active"


@pytest.mark.core
def test_ctrl_c_instead_of_a_password(host: Host, alice: str) -> None:
    no_password(host, alice, "\x03", (4, 130))


@pytest.mark.parametrize("typed", ["guess\n", "\x04"], ids=["wrong", "none"])
def test_no_password_no_change(host: Host, alice: str, typed: str) -> None:
    no_password(host, alice, typed, (4,))


def no_password(host: Host, user: str, typed: str, codes: tuple[int, ...]) -> None:
    host.run(["chpasswd"], input=f"root:{PASSWORD}\n", check=True)
    before = fingerprint(host)
    with on_terminal(host, ["dockerctl", "start"], user=user) as terminal:
        terminal.expect_secret(PROMPT)
        terminal.type(typed)
        assert terminal.finish() in codes
        assert "Traceback" not in terminal.raw
        assert "defect" not in terminal.raw
        assert terminal.echoes
    assert fingerprint(host) == before
    assert agents(host) == ""


@pytest.mark.parametrize(("signal", "code"), [("TERM", 143), ("KILL", 137)])
def test_killed_while_polkit_asks(host: Host, alice: str, signal: str, code: int) -> None:
    """No agent is left behind that goes on reading from the shell's terminal."""
    before = fingerprint(host)
    with on_terminal(host, ["sh", "-c", "dockerctl start; exit $?"], user=alice) as terminal:
        terminal.expect_secret(PROMPT)
        host.run(["pkill", f"-{signal}", "-x", "-u", alice, "dockerctl"], check=True)
        assert terminal.finish() == code
        host.run(["sh", "-c", "while pgrep pkttyagent; do sleep 0.01; done"], check=True)
        # Nobody can catch SIGKILL, so that what the agent set may stay set, as after sudo.
        if signal == "TERM":
            assert terminal.echoes
    assert fingerprint(host) == before


def agents(host: Host) -> str:
    return host.run(["pgrep", "-l", "pkttyagent"]).out
