"""Running a program in an overlay that is not booted: to install a package, or edit a host."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.init import Bind, Setup
from tests.lab.isolation import isolated
from tests.lab.overlay import overlay_options
from tests.lab.paths import PROJECT_ROOT

# The path that Debian gives root, see login.defs(5).
HOST_ENV = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/root",
    "TERM": "xterm",
}


@dataclass(frozen=True)
class Overlay:
    """Lower folders and a writable upper one; ``folder`` holds ``upper``, ``work`` and ``root``."""

    lower: tuple[Path, ...]
    folder: Path
    binds: tuple[Bind, ...] = field(default=())

    @property
    def upper(self) -> Path:
        """What was changed, as overlayfs stores it."""
        return self.folder / "upper"

    def setup(self, argv: list[str], hostname: str, masks: Sequence[str] = ()) -> Setup:
        """A fresh mount of it, with ``argv`` to run in there."""
        for name in ("upper", "root"):
            (self.folder / name).mkdir(exist_ok=True)
        # The mode of the upper folder becomes that of the root, whatever our umask is.
        self.upper.chmod(0o755)
        work = self.folder / "work"
        # Overlayfs marks a volatile mount in here and refuses the next one while the mark is there.
        if work.exists():
            shutil.rmtree(work)
        work.mkdir()
        return Setup(
            root=str(self.folder / "root"),
            overlay=overlay_options(self.lower, self.upper, work),
            hostname=hostname,
            argv=argv,
            env=dict(HOST_ENV),
            binds=list(self.binds),
            runtime_masks=list(masks),
        )

    def run(self, argv: list[str], *, stdin: bytes = b"", timeout_s: float = 120) -> bytes:
        """Run a program as root in there, without network; returns its stdout.

        Raises LabError, with the output, when it fails.
        """
        reader, writer = os.pipe()
        setup = self.setup(["/usr/bin/env", *argv], "offline")
        init = [sys.executable, "-m", "tests.lab.init", setup.to_json(), str(writer)]
        command = isolated(init, ("mount", "ipc", "uts", "net"))
        with os.fdopen(reader, encoding="utf-8") as report:
            try:
                done = subprocess.run(
                    command,
                    cwd=PROJECT_ROOT,
                    input=stdin,
                    capture_output=True,
                    pass_fds=[writer],
                    timeout=timeout_s,
                    check=False,
                )
            finally:
                os.close(writer)
            told = report.read()
        if done.returncode != 0:
            output = (done.stdout + done.stderr).decode(errors="replace")[-4000:]
            problem = "".join(line for line in told.splitlines() if line.startswith("error"))
            raise LabError(f"{' '.join(argv)} ended with {done.returncode}: {problem}{output}")
        return done.stdout
