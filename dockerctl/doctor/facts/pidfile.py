"""The pid file of the daemon, and the process that it names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from dockerctl.doctor.facts.seen_file import see_file

if TYPE_CHECKING:
    from dockerctl.doctor.ground import Ground

DEFAULT = "/run/docker.pid"
# A number, and more than a number.
_MOST = 64


@dataclass(frozen=True)
class PidFileFacts:
    """``pid`` is 0 where there is no file, or no number in it."""

    path: str = DEFAULT
    # "file", "absent", "folder" and so on, as ``SeenFile`` has it.
    kind: str = "absent"
    pid: int = 0
    alive: bool = False
    name: str = ""
    argv: tuple[str, ...] = ()
    cgroup: str = ""

    LIMIT_S: ClassVar[float] = 2.0

    @classmethod
    def gather(cls, ground: Ground) -> PidFileFacts:
        """Read the file and the process in /proc."""
        path = ground.configuration.folder("pidfile", DEFAULT)
        seen = see_file(path, read=True, most=_MOST)
        text = (seen.data or b"").decode("ascii", "replace").strip()
        if not text.isdecimal():
            return cls(path, seen.kind)
        pid = int(text)
        folder = Path(f"/proc/{pid}")
        return cls(
            path,
            seen.kind,
            pid=pid,
            alive=folder.exists(),
            name=_text(folder / "comm").strip(),
            argv=tuple(_text(folder / "cmdline").split("\0")[:-1]),
            cgroup=_text(folder / "cgroup").strip(),
        )


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
