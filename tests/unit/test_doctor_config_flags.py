"""Where a flag comes from that dockerd refused."""

from __future__ import annotations

import pytest

from dockerctl.doctor.checks.config_flags import CHECKS
from dockerctl.doctor.examining import examine
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitFacts, UnitsFacts
from dockerctl.doctor.finding import Finding
from dockerctl.doctor.model import Facts

FAILED = UnitsFacts(UnitFacts("docker.service", {"ActiveState": "failed", "Result": "exit-code"}))
UP = UnitsFacts(UnitFacts("docker.service", {"ActiveState": "active", "Result": "success"}))
DROP_IN = "/etc/systemd/system/docker.service.d/a.conf"
DEFAULTS = "/etc/default/docker"
OURS = "/etc/systemd/system/docker.service.d/90-dockerctl-flags.conf"
MISTYPED = "Status: unknown flag: --log-drver"
LARGE = 'Status: invalid argument "large" for "--mtu" flag: strconv.ParseInt'


def look(word: str, *lines: tuple[str, int, str], units: UnitsFacts = FAILED) -> list[Finding]:
    facts = Facts.of_parts(units, JournalFacts(words=(word,)), ConfigurationFacts(flag_lines=lines))
    return list(examine(CHECKS, facts).findings)


def test_a_mistyped_flag_is_corrected_where_it_stands() -> None:
    line = "ExecStart=/usr/sbin/dockerd --log-drver=journald"
    (found,) = look(MISTYPED, (DROP_IN, 3, line))
    assert (found.code, found.evidence) == ("unknown-flag", (f"{DROP_IN}:3: {line}",))
    assert found.fix == (
        f"sed -i 3s/--log-drver/--log-driver/ {DROP_IN} && systemctl daemon-reload && "
        "dockerctl start"
    )


def test_a_flag_with_a_wrong_value_is_taken_away() -> None:
    (found,) = look(LARGE, (DEFAULTS, 1, 'DOCKER_OPTS="--mtu=large --label a=b"'))
    assert found.code == "bad-flag-value"
    assert found.fix.startswith("sed -i '1s/--mtu")
    assert "daemon-reload" not in found.fix


def test_a_file_of_ours_is_changed_by_its_verb() -> None:
    (found,) = look(MISTYPED, (OURS, 4, "ExecStart=/usr/sbin/dockerd --log-drver=x"))
    assert found.fix == "dockerctl override flags --remove=--log-drver && dockerctl start"


@pytest.mark.parametrize(
    ("word", "units"), [(MISTYPED, UP), ("Status: EOF", FAILED), (LARGE, FAILED)]
)
def test_without_proof_nothing_is_said(word: str, units: UnitsFacts) -> None:
    assert look(word, (DROP_IN, 3, "ExecStart=/x --log-drver=journald"), units=units) == []
