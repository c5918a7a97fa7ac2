"""Running the installed dockerctl on a lab host and reading what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.lab.commands import Completed
from tests.lab.host import Host
from tests.system.schemas import validate


@dataclass(frozen=True)
class Answer:
    """One run with ``-o json``: its exit code and its only document."""

    exit_code: int
    document: dict[str, Any]
    stderr: str

    @property
    def error_code(self) -> str | None:
        """The code of the error, if there is one."""
        error = self.document["error"]
        return None if error is None else str(error["code"])

    @property
    def texts(self) -> list[str]:
        """The texts of the messages."""
        return [message["text"] for message in self.document["messages"]]


class Dockerctl:
    """The command ``dockerctl`` on one host; ``prefix`` is a command that runs it."""

    def __init__(self, host: Host, *, prefix: Sequence[str] = ()) -> None:
        self._host = host
        self._command = [*prefix, "dockerctl"]

    def run(
        self,
        *arguments: str,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 200,
    ) -> Completed:
        """Run it as a person's script would; no traceback may ever show."""
        command = [*self._command, *arguments]
        done = self._host.run(command, user=user, env=env, timeout=timeout)
        assert "Traceback" not in done.err, done.err
        return done

    def json(
        self,
        *arguments: str,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 200,
    ) -> Answer:
        """Run it with ``-o json``: stdout must be one valid document that fits its schema."""
        done = self.run(*arguments, "-o", "json", user=user, env=env, timeout=timeout)
        document = json.loads(done.out)
        validate(document)
        assert document["exit_code"] == done.returncode
        assert document["ok"] is (done.returncode == 0)
        return Answer(done.returncode, document, done.err)
