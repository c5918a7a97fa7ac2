"""The command that repairs a key: one that starts the daemon, and loses nothing that is right."""

from __future__ import annotations

import json
import shlex

import pytest

from dockerctl.cli.doctor_fix import repair_commands
from dockerctl.config.check import check
from dockerctl.config.document import Document
from dockerctl.config.facts import Facts as ConfigFacts
from dockerctl.config.finding import Finding, Severity
from dockerctl.config.flags import parse_flags
from dockerctl.config.keys import key_table
from dockerctl.config.release import parse_release
from dockerctl.doctor.codes import codes_of
from dockerctl.doctor.key_repair import REMOVABLE, key_repair

PATH = "/etc/docker/daemon.json"


def repairs(text: str, *flags: str, release: str = "26.1.5", up: bool = False) -> dict[str, str]:
    document = Document.parse(text.encode(), PATH, lenient=True)
    parsed = parse_flags(("/usr/sbin/dockerd", *flags), key_table())
    found = check(document, ConfigFacts(release=parse_release(release), flags=parsed))
    return {one.code: key_repair(one, document, up=up) for one in found}


def test_every_removable_code_is_one_of_the_table() -> None:
    assert set(codes_of("keys")) >= REMOVABLE


@pytest.mark.parametrize(
    ("text", "code", "command"),
    [
        # What was meant is plain.
        ('{"mtu": "1400"}', "wrong-type", "config set mtu=1400"),
        ('{"live-restore": "True"}', "wrong-type", "config set live-restore=true"),
        (
            '{"registry-mirrors": "https://m.example"}',
            "wrong-type",
            """config set 'registry-mirrors=["https://m.example"]'""",
        ),
        ('{"log-driver": "jsonfile"}', "unknown-log-driver", "config set log-driver=json-file"),
        ('{"bip": "172.26.0.0/16"}', "bip-is-no-host", "config set bip=172.26.0.1/16"),
        # It is not: the default holds.
        ('{"live-restore": "yes"}', "wrong-type", "config unset live-restore"),
        ('{"dns": "8.8.8.8,8.8.4.4"}', "wrong-type", "config unset dns"),
        ('{"debgu": true}', "unknown-key", "config unset debgu"),
        ('{"log-level": "verbose"}', "no-such-choice", "config unset log-level"),
        ('{"default-runtime": "nvidia"}', "no-such-runtime", "config unset default-runtime"),
        (
            '{"log-opts": {"max-sizes": "1m", "max-file": "3"}}',
            "unknown-log-option",
            "config unset log-opts.max-sizes",
        ),
        # One item of a list is wrong, the others stay.
        (
            '{"registry-mirrors": ["mirror.example:5000", "https://m.example"]}',
            "mirror",
            "config remove registry-mirrors mirror.example:5000",
        ),
        (
            '{"registry-mirrors": ["mirror.example:5000"]}',
            "mirror",
            "config unset registry-mirrors",
        ),
        # A key that the shell would break.
        ('{"de bug": true}', "unknown-key", """config unset '"de bug"'"""),
    ],
)
def test_a_command(text: str, code: str, command: str) -> None:
    assert repairs(text)[code] == f"dockerctl {command} && dockerctl start"
    assert repairs(text, up=True)[code] == f"dockerctl {command}"
    # And 'doctor --fix' can carry it out.
    assert repair_commands(f"dockerctl {command}") == (tuple(shlex.split(command)),)


def test_a_flag_of_the_unit_stays() -> None:
    text = '{"hosts": ["unix:///run/docker.sock", "tcp://127.0.0.1:2375"]}'
    assert repairs(text, "-H", "fd://")["flag-conflict"] == (
        "dockerctl config unset hosts && dockerctl start"
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        # Data would move, or be read by others: a person decides.
        ('{"data-root": "srv/docker"}', "relative-path"),
        ('{"graph": "/srv/docker"}', "old-name"),
        ('{"hosts": ["tcp://0.0.0.0:2375"]}', "open-to-all"),
    ],
)
def test_a_sentence_where_a_command_may_do_harm(text: str, code: str) -> None:
    found = repairs(text, release="20.10.24")[code]
    assert repair_commands(found) == ()
    assert "unset" not in found
    assert found.endswith(", then: dockerctl start")


def test_a_secret_is_not_part_of_a_command() -> None:
    text = json.dumps({"registry-mirrors": "https://me:hunter2@m.example"})
    assert "hunter2" not in repairs(text)["wrong-type"]


def test_the_file_as_a_whole_has_no_key() -> None:
    blank = Finding("blank-file", Severity.ERROR, (), "Nothing in it.", "Write {} into it.")
    assert key_repair(blank, None, up=False) == (
        "Write {} into it (dockerctl config edit), then: dockerctl start"
    )
