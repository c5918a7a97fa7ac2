"""Our end of the pipe to a host's supervisor."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.lab.errors import HostError
from tests.lab.init import Setup
from tests.lab.paths import PROJECT_ROOT
from tests.lab.registry import Entry, Registry

_END_TIMEOUT_S = 30


class Supervision:
    """A running supervisor of one host."""

    def __init__(self, entry: Entry, registry: Registry, *, detached: bool) -> None:
        self._entry = entry
        self._registry = registry
        command = [sys.executable, "-m", "tests.lab.supervisor", entry.name]
        if detached:
            command.append("--detached")
        with (Path(entry.folder) / "supervisor.log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=PROJECT_ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self._ended = False
        try:
            # Its first line; from here on the supervisor, not we, answers for the entry.
            self._read()
        except BaseException:
            self.end()
            raise

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            log = (Path(self._entry.folder) / "supervisor.log").read_text(errors="replace")[-2000:]
            raise HostError(f"the supervisor of {self._entry.name} has ended\n{log}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise HostError(answer["error"])
        return answer

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise HostError(f"the supervisor of {self._entry.name} has ended") from error
        return self._read()

    def boot(self, setup: Setup) -> int:
        """Start process 1; returns its number. Raises HostError."""
        return int(self._ask({"boot": dataclasses.asdict(setup)})["pid"])

    def kill(self) -> None:
        """End all processes of the host; raises HostError."""
        self._ask({"kill": True})

    def end(self) -> None:
        """Have the host taken down, and do it ourselves if the supervisor cannot."""
        if self._ended:
            return
        self._process.terminate()
        try:
            self._process.wait(_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        left = self._registry.get(self._entry.name)
        # Someone else may have cleaned up by now, and the name belong to a new host.
        if left is not None and left.cgroup == self._entry.cgroup and left.is_stale:
            self._registry.clean_up(left)
        self._ended = True
