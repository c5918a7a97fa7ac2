"""Telling processes apart: a process number alone may belong to a newer process by now."""

import os
from dataclasses import dataclass
from pathlib import Path


def parse_start_ticks(stat: str) -> int:
    """Field 22 of /proc/PID/stat, see proc(5); the second field may hold blanks and brackets."""
    return int(stat.rpartition(")")[2].split()[19])


@dataclass(frozen=True)
class ProcessId:
    """A process: its number and its start time in clock ticks since boot."""

    pid: int
    start_ticks: int

    @classmethod
    def of(cls, pid: int) -> "ProcessId":
        """Identify a running process; raises ProcessLookupError when there is none."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            raise ProcessLookupError(f"no process {pid}") from None
        return cls(pid, parse_start_ticks(stat))

    @classmethod
    def own(cls) -> "ProcessId":
        """This very process."""
        return cls.of(os.getpid())

    def is_alive(self) -> bool:
        """Whether it still runs; a zombie counts as dead."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return False
        state = stat.rpartition(")")[2].split()[0]
        return state not in "ZX" and parse_start_ticks(stat) == self.start_ticks
