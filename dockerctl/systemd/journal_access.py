"""Whether there is a journal of the system, and whether the caller may read it.

journalctl calls a journal that it may not read an empty one, and ends with 0.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

# Where journald keeps its files (systemd-journald.service(8)).
FOLDERS = (Path("/var/log/journal"), Path("/run/log/journal"))


class Access(Enum):
    """What can be had."""

    READABLE = "readable"
    FORBIDDEN = "forbidden"
    MISSING = "missing"


def journal_access(folders: tuple[Path, ...] = FOLDERS) -> Access:
    """Looks for a file of the system's journal below ``folders``."""
    forbidden = False
    for folder in folders:
        for path in _files(folder):
            if path is None:
                forbidden = True
            elif os.access(path, os.R_OK):
                return Access.READABLE
            else:
                forbidden = True
    return Access.FORBIDDEN if forbidden else Access.MISSING


def _files(folder: Path) -> list[Path | None]:
    """The system's files in the folders of all machines; None for what may not be looked into."""
    found: list[Path | None] = []
    try:
        machines = list(folder.iterdir())
    except PermissionError:
        return [None]
    except OSError:
        return []
    for machine in machines:
        try:
            found += [path for path in machine.iterdir() if path.name.startswith("system")]
        except PermissionError:
            found.append(None)
        except OSError:
            continue
    return found
