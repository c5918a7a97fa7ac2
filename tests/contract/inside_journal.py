"""The journal's contract on a real journal; run by ``test_journal_real`` inside a lab host."""

from __future__ import annotations

import shlex
import subprocess
import time
from collections.abc import Sequence

import pytest

from dockerctl.deadline import SYSTEM_CLOCK, Clock
from dockerctl.errors import ProgramFailed
from dockerctl.host.programs import run_program
from dockerctl.systemd.journal import Journal
from dockerctl.systemd.journalctl import JournalctlJournal
from tests.contract.journal_contract import ONE, JournalContract


class RealJournalWorld:
    """Transient units and the host's journald."""

    @property
    def journal(self) -> Journal:
        return JournalctlJournal(run_program)

    @property
    def clock(self) -> Clock:
        return SYSTEM_CLOCK

    def run(self, unit: str, lines: Sequence[str]) -> None:
        # The pause lets journald see to which run the lines belong, before the process is gone.
        script = f"printf '%s\\n' {shlex.join(lines)}; sleep 0.1"
        command = ["systemd-run", "--quiet", "--wait", f"--unit={unit}", "/bin/sh", "-c"]
        subprocess.run([*command, script], check=True, timeout=30)
        subprocess.run(["journalctl", "--sync"], check=True, timeout=30)


@pytest.fixture
def journal_world() -> RealJournalWorld:
    return RealJournalWorld()


class TestJournal(JournalContract):
    """The whole contract, and what only a real journalctl can do."""

    def test_a_time_limit_ends_it(self, journal_world: RealJournalWorld) -> None:
        began = time.monotonic()
        with pytest.raises(ProgramFailed, match="did not end in"):
            journal_world.journal.entries([ONE], since_s=0.0, limit_s=0.0001)
        assert time.monotonic() - began < 5
