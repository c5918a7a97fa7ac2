"""Commands that correct a line of a drop-in, or make it a comment."""

from __future__ import annotations

import pytest

from dockerctl.doctor.facts.unit_paths import meant_unit
from dockerctl.doctor.line_repair import line_repair
from dockerctl.override.lint import lint
from dockerctl.override.lint_facts import LintFacts, Program
from dockerctl.override.lint_finding import error, warning
from dockerctl.override.store import DropIn, Owner

PATH = "/etc/systemd/system/docker.service.d/50-site.conf"
UNIT = "docker.service"


def _fix(text: str, code: str, *, up: bool = True, tried: bool = False) -> str:
    data = text.encode()
    drop_in = DropIn(PATH, "50-site.conf", data, Owner.ADMIN, in_effect=True)
    facts = LintFacts(programs={"/opt/dockerd": Program.MISSING})
    found = next(f for f in lint(UNIT, (drop_in,), None, facts) if f.code == code)
    return line_repair(found, data, UNIT, up=up, tried=tried)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("[Service]\nLimitNOFILES=9\n", "unknown-directive", "'2s/LimitNOFILES/LimitNOFILE/'"),
        ("[Unit]\nLimitNOFILE=9\n", "wrong-section", "-e '2i [Service]' -e '2a [Unit]'"),
        ("[Servce]\nLimitNOFILE=9\n", "unknown-section", r"'s/^\[Servce\]/[Service]/'"),
        ("LimitNOFILE=9\n", "line-ignored", "'1i [Service]'"),
        ("[Service]\nType=notify  # ready\n", "bad-value", "'2s/[[:space:]][#;].*$//'"),
        ("[Service]\nNonsense=9\n", "unknown-directive", "'2s/^/#/'"),
        ("[Service]\nType=\\\nready\n", "bad-value", "'2,3s/^/#/'"),
    ],
)
def test_a_line_that_systemd_ignores(text: str, code: str, words: str) -> None:
    assert f"sed -i {words} {PATH} && systemctl daemon-reload" in _fix(text, code)


def test_a_command_becomes_a_comment_with_the_reset_before_it() -> None:
    fix = _fix("[Service]\nExecStart=\nExecStart=/opt/dockerd\n", "program-missing", up=False,
               tried=True)  # fmt: skip
    assert fix == f"sed -i '2s/^/#/;3s/^/#/' {PATH} && systemctl daemon-reload && dockerctl start"


def test_only_a_change_of_meaning_restarts_a_daemon_that_runs() -> None:
    assert "restart" not in _fix("[Service]\nType=x\n", "bad-value")
    assert _fix("[Service]\nLimitNOFILES=9\n", "unknown-directive").endswith("dockerctl restart")


def test_what_may_be_meant_stays_a_sentence() -> None:
    found = error("condition-false", PATH, 2, "It does not hold.", "Correct the path.")
    fix = line_repair(found, b"[Unit]\nConditionPathExists=/x\n", UNIT, up=False, tried=True)
    assert fix == "Correct the path, then: systemctl daemon-reload"


@pytest.mark.parametrize("path", ["/usr/lib/systemd/system/a.d/x.conf", "/etc/systemd/system/"
                                  "docker.service.d/90-dockerctl-flags.conf"])  # fmt: skip
def test_files_of_packages_and_ours_are_not_edited(path: str) -> None:
    found = warning("bad-value", path, 1, "It is wrong.", "Write another.")
    assert "sed" not in line_repair(found, b"Type=x\n", UNIT, up=True, tried=False)


def test_a_hint_that_is_a_command() -> None:
    found = warning("drop-in-writable", PATH, 0, "All may write.", f"Run 'chmod 0644 {PATH}'.")
    assert line_repair(found, b"", UNIT, up=True, tried=False) == f"chmod 0644 {PATH}"


@pytest.mark.parametrize(
    ("folder", "meant"),
    [
        ("docker.d", UNIT),
        ("docker.services.d", UNIT),
        ("dockerd.service.d", UNIT),
        ("docker.service", UNIT),
        ("Docker.service.d", UNIT),
        ("docker.service.d", ""),
        ("docker.socket.d", ""),
        ("docker.slice.d", ""),
        ("docker-.service.d", ""),
        ("multi-user.target.wants", ""),
    ],
)
def test_folders_that_no_unit_reads(folder: str, meant: str) -> None:
    assert meant_unit(folder, (UNIT, "docker.socket", "containerd.service")) == meant
