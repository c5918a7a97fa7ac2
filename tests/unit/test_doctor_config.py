"""Findings about daemon.json and drop-ins, and whether the running daemon has them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dockerctl.config.check import check
from dockerctl.config.document import Document
from dockerctl.config.facts import Facts as ConfigFacts
from dockerctl.config.flags import parse_flags
from dockerctl.config.keys import key_table
from dockerctl.config.release import parse_release
from dockerctl.doctor.checks import config_effect, config_file, config_lint
from dockerctl.doctor.examining import Examination, examine
from dockerctl.doctor.facts.configuration import (
    ConfigurationFacts,
    gather_configuration,
    look_at,
)
from dockerctl.doctor.facts.engine import EngineFacts
from dockerctl.doctor.facts.journal import JournalFacts, Run
from dockerctl.doctor.facts.processes import Proc, ProcessesFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding
from dockerctl.doctor.model import Facts
from dockerctl.host.programs import Output
from dockerctl.override.lint_finding import error, warning
from dockerctl.systemd.journal import JournalEntry
from tests.fakes.snapshots import RUNNING, both

PATH = "/etc/docker/daemon.json"
CHECKS = (*config_file.CHECKS, *config_lint.CHECKS, *config_effect.CHECKS)
FAILED = UnitsFacts(UnitFacts("docker.service", {"ActiveState": "failed", "Result": "exit-code"}))
UP = UnitsFacts(
    UnitFacts(
        "docker.service",
        {
            "ActiveState": "active",
            "MainPID": 7,
            "Result": "success",
            "ActiveEnterTimestamp": 1_000_000_000,
        },
    )
)
RELEASE = parse_release("26.1.5")
REFUSED = "unable to configure the Docker daemon with file /etc/docker/daemon.json: EOF"


def configuration(text: str, *flags: str) -> ConfigurationFacts:
    document = Document.parse(text.encode(), PATH, lenient=True)
    argv = ("/usr/sbin/dockerd", *flags)
    parsed = parse_flags(argv, key_table())
    return ConfigurationFacts(
        kind="file",
        data=text.encode(),
        document=document,
        findings=check(document, ConfigFacts(release=RELEASE, flags=parsed)),
        argv=argv,
        flags=parsed,
        release=RELEASE,
        changed_s=500.0,
    )


def look(*parts: object) -> Examination:
    return examine(CHECKS, Facts.of_parts(*parts))


def only(*parts: object) -> Finding:
    (found,) = look(*parts).findings
    return found


@pytest.mark.parametrize(
    ("text", "flags", "code", "fix"),
    [
        ('{"debgu": true}', (), "unknown-key", "dockerctl config unset debgu && dockerctl start"),
        ('{"live-restore": "yes"}', (), "wrong-type", ""),
        ('{"hosts": ["fd://"]}', ("-H", "fd://"), "flag-conflict", ""),
        ('{"log-level": "loud"}', (), "no-such-choice", ""),
        ('{"default-runtime": "nvidia"}', (), "no-such-runtime", ""),
        ('{"registry-mirrors": ["mirror.example:5000"]}', (), "mirror", ""),
    ],
)
def test_a_key_that_keeps_the_daemon_down(
    text: str, flags: tuple[str, ...], code: str, fix: str
) -> None:
    journal = JournalFacts(words=(REFUSED,))
    found = look(configuration(text, *flags), FAILED, journal).findings[0]
    assert (found.code, found.severity.value, found.when.value) == (code, "error", "now")
    assert found.evidence[0].startswith(f"{PATH}:1:2: {{")
    assert f"journal: {REFUSED}" in found.evidence
    assert fix in found.fix
    # A daemon that runs keeps on running; its next start fails.
    assert look(configuration(text, *flags), UP).findings[0].when.value == "next-start"


def test_what_has_no_effect_is_a_warning() -> None:
    found = only(configuration('{"log-opts": {}, "nonsense": {}}'), UP)
    assert (found.code, found.severity.value) == ("ignored-key", "warning")


def test_a_password_in_a_line_of_the_file_is_not_shown() -> None:
    text = '{"proxies": {"http-proxy": "http://me:hunter2@proxy:1"}, "debgu": 1}'
    assert "hunter2" not in str(look(configuration(text), FAILED).findings)


@pytest.mark.parametrize("text", ["{}", '{"debug": true}', '{"log-driver": "journald"}'])
def test_a_good_file_has_no_finding(text: str) -> None:
    assert look(configuration(text), FAILED).findings == ()


@pytest.mark.parametrize(
    ("kind", "code", "severity"),
    [
        ("folder", "config-is-a-folder", "error"),
        ("other", "config-is-no-file", "error"),
        ("loop", "config-is-no-file", "error"),
        ("blocked", "config-is-no-file", "error"),
        ("link", "config-dangling-link", "warning"),
    ],
)
def test_something_else_stands_in_its_place(kind: str, code: str, severity: str) -> None:
    found = only(ConfigurationFacts(kind=kind), FAILED)
    assert (found.code, found.severity.value) == (code, severity)


@pytest.mark.parametrize("kind", ["absent", "link"])
def test_a_file_that_the_command_line_names_must_be_there(kind: str) -> None:
    facts = ConfigurationFacts(
        config_path="/srv/d.json", kind=kind, argv=("dockerd", "--config-file=/srv/d.json")
    )
    assert only(facts, FAILED).code == "config-file-missing"
    assert look(replace(facts, kind="absent", argv=("dockerd",)), FAILED).findings == ()


def test_a_text_that_cannot_be_read() -> None:
    facts = ConfigurationFacts(
        kind="file",
        data=b'{\n  "debug": true,\n}\n',
        problem_code="config-trailing-comma",
        problem=f"There is a comma too many in {PATH}, line 2, column 16.",
        place=f"{PATH}:2:16",
    )
    found = only(facts, FAILED)
    assert found.code == "config-trailing-comma"
    assert found.title == f"{PATH} cannot be read as JSON: there is a comma too many"
    assert found.evidence == (f'{PATH}:2:16: "debug": true,',)


def test_a_flaw_that_the_daemon_passes_over_is_a_warning() -> None:
    found = only(configuration('{"debug": true, "debug": false}'), UP)
    assert (found.code, found.severity.value) == ("config-duplicate-key", "warning")


def test_drop_ins() -> None:
    path = "/etc/systemd/system/docker.service.d/x.conf"
    facts = ConfigurationFacts(
        lint={
            "docker.service": (
                error("second-exec-start", path, 2, "There are two.", "Empty it first."),
                warning("bad-specifier", path, 0, "A single %.", "Double it."),
            )
        }
    )
    first, second = look(facts, UP).findings
    assert (first.code, first.severity.value, first.when.value) == (
        "second-exec-start", "error", "next-start",
    )  # fmt: skip
    assert first.evidence == (f"{path}:2",)
    assert (second.severity.value, second.evidence) == ("warning", (path,))


# --- in effect -------------------------------------------------------------------------------


def run(*lines: str) -> JournalFacts:
    entries = tuple(JournalEntry(1, line, 6, "a" * 32, False, "docker.service") for line in lines)
    one = Run("a" * 32, entries, came_up=True)
    return JournalFacts(runs=(one,), last=one)


ASKED = 'time="x" level=info msg="Got signal to reload configuration, reloading from: f"'
TAKEN = 'time="x" level=info msg="Reloaded configuration: {}"'
NO = 'time="x" level=error msg="unable to configure the Docker daemon with file f: \\"EOF\\""'


@pytest.mark.parametrize(
    ("lines", "refused"),
    [
        ((ASKED, NO), True),
        ((ASKED, TAKEN, ASKED, NO), True),
        ((ASKED, NO, ASKED, TAKEN), False),
        ((ASKED, TAKEN, NO), False),
        ((NO,), False),
        ((), False),
    ],
)
def test_a_reload_that_was_refused(lines: tuple[str, ...], refused: bool) -> None:
    found = look(run(*lines), UP).findings
    assert [f.code for f in found] == (["reload-refused"] if refused else [])
    if refused:
        assert found[0].evidence == (
            'journal: unable to configure the Docker daemon with file f: "EOF"',
        )


def test_a_value_that_the_daemon_does_not_have() -> None:
    info = EngineFacts(asked=True, ping="ok", info={"LoggingDriver": "json-file"})
    found = only(configuration('{"log-driver": "journald"}'), info, UP)
    assert found.code == "config-not-in-effect"
    assert found.evidence == ('docker info: log-driver is "json-file"',)
    has = replace(info, info={"LoggingDriver": "journald"})
    assert look(configuration('{"log-driver": "journald"}'), has, UP).findings == ()


def test_a_file_that_is_newer_than_the_run() -> None:
    facts = replace(configuration('{"mtu": 1400}'), changed_s=2000.0)
    info = EngineFacts(asked=True, ping="ok", info={})
    found = only(facts, info, UP)
    assert (found.code, found.severity.value) == ("config-changed", "info")
    assert look(facts, info, UP, run(ASKED, TAKEN)).findings == ()


def test_another_command_line() -> None:
    processes = ProcessesFacts((Proc(7, argv=("/usr/sbin/dockerd", "-D")),))
    assert only(configuration("{}", "-H", "fd://"), processes, UP).code == "command-line-differs"
    assert look(configuration("{}", "-D"), processes, UP).findings == ()
    wrapped = ProcessesFacts((Proc(7, argv=("/bin/sh", "-c", "dockerd")),))
    assert look(configuration("{}", "-D"), wrapped, UP).findings == ()


def test_another_environment() -> None:
    wanted = replace(configuration("{}"), environment={"HTTPS_PROXY": "http://me:hunter2@p"})
    processes = ProcessesFacts((Proc(7, argv=("/usr/sbin/dockerd",), environment={"A": "b"}),))
    found = only(wanted, processes, UP)
    assert (found.code, found.evidence) == ("environment-differs", ("variable: HTTPS_PROXY",))
    assert "hunter2" not in str(found)


# --- gathering -------------------------------------------------------------------------------


def version(*_: object, **__: object) -> Output:
    return Output(0, b"Docker version 26.1.5, build x\n", b"")


@pytest.mark.parametrize(
    ("make", "kind", "code"),
    [
        (lambda path: path.write_text('{"debug": true}'), "file", ""),
        (lambda path: path.write_text("{,}"), "file", "config-unexpected-text"),
        (lambda path: path.mkdir(), "folder", ""),
        (lambda path: path.symlink_to("nowhere"), "link", ""),
        (lambda _path: None, "absent", ""),
    ],
    ids=["file", "broken", "folder", "link", "absent"],
)
def test_the_file_is_looked_at_whatever_it_is(
    tmp_path: Path, make: object, kind: str, code: str
) -> None:
    path = tmp_path / "daemon.json"
    assert callable(make)
    make(path)
    seen = look_at(str(path), RELEASE)
    assert (seen.kind, seen.problem_code) == (kind, code)


def test_all_of_it() -> None:
    service = replace(RUNNING, name="none.service", fragment_path="/nonexistent/none.service")
    found = gather_configuration(both(service, None), run=version, environ={})
    # The unit has no file on any host: nothing is guessed.
    assert (found.config_path, found.argv) == (PATH, ())
    assert set(found.files) == {"none.service"}
