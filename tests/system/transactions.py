"""What the tests of changes share: all that a change may leave otherwise, and past transactions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.lab.host import Host
from tests.system.command import Dockerctl
from tests.system.states import CONFIG, SERVICE, SOCKET

# For what is not about the window in which a new run is watched.
QUICK = ("--stable-for", "0.2")
RECORDS = "/var/lib/dockerctl/transactions"
DROP_INS = "/etc/systemd/system/docker.service.d"

_UNITS = "Id,LoadState,ActiveState,SubState,Result,UnitFileState,NeedDaemonReload,Job"
_PARTS = (
    f"systemctl show -p MainPID,InvocationID {SERVICE}",
    f"systemctl show -p {_UNITS} {SERVICE} {SOCKET} containerd.service",
    "cd /etc; find docker dockerctl systemd/system default/docker ! -type d "
    "-printf '%p %y %m %u:%g %l\\n' 2>/dev/null | sort",
    "cd /etc; find docker dockerctl systemd/system default/docker -type f "
    "-exec sha256sum {} + 2>/dev/null | sort",
    f"ls -A {RECORDS} 2>/dev/null || :",
    "systemctl list-units --failed --plain --no-legend",
    # Not of an armed one, which it would wake.
    f"! systemctl is-active -q {SERVICE} || docker version --format '{{{{.Server.Version}}}}' 2>&1 "
    "|| :",
)
_SCRIPT = "\necho ----\n".join(f"({part})" for part in _PARTS)


@dataclass(frozen=True)
class Look:
    """A host as a change finds or leaves it."""

    # Which run of the daemon it is.
    run: str
    # State, result and enablement of the units; not which run.
    units: str
    # Every file that a change may write, with owner, mode and bytes.
    files: str
    # IDs of the transactions on disk, the oldest first.
    records: tuple[str, ...]
    # Units that have failed.
    failed: str
    # The version that the daemon gives, or why it gives none.
    answer: str

    @property
    def standing(self) -> tuple[str, str]:
        """What has to be as it was, also after a way back that took restarts."""
        return self.units, self.files


def look(host: Host) -> Look:
    """All of it at one moment."""
    shown = host.run(["sh", "-c", _SCRIPT], check=True).out
    run, units, names, sums, records, failed, answer = shown.split("----\n")
    ids = tuple(records.split())
    return Look(run, units, names + sums, ids, failed.strip(), answer.strip())


def require_well(found: Look) -> None:
    """The daemon answers, service and socket are well, and no unit of the host has failed."""
    assert found.answer[:1].isdigit(), found.answer
    assert not found.failed, found.failed
    for unit in found.units.split("\n\n"):
        wanted = {"ActiveState=active", "Result=success", "NeedDaemonReload=no", "Job="}
        assert wanted <= set(unit.splitlines()), unit


def history(ctl: Dockerctl) -> list[dict[str, Any]]:
    """All transactions, the newest first."""
    transactions: list[dict[str, Any]] = ctl.json("history").document["transactions"]
    return transactions


def config(host: Host, text: str) -> None:
    """Give a running daemon this file, the plain way."""
    host.write(CONFIG, text)
    restart = f"systemctl reset-failed {SERVICE} {SOCKET}; systemctl restart {SERVICE}"
    host.run(["sh", "-c", restart], check=True)
