"""What a command returns: one frozen result, from which one renderer makes text or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dockerctl.errors import DockerctlError
from dockerctl.exits import ExitCode


class Level(StrEnum):
    """How much a message matters."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True)
class Message:
    """Something worth saying beside the answer; it goes to stderr."""

    level: Level
    text: str


@dataclass(frozen=True)
class Result:
    """The outcome of one command.

    ``schema`` names the JSON document, ``payload`` holds its own fields (JSON values only).
    ``changed`` is None for a verb that cannot change anything. ``text`` is the answer for a
    person: the lines that go to stdout. ``written`` says that it went there already, line by line.
    """

    schema: str
    exit_code: ExitCode = ExitCode.OK
    changed: bool | None = None
    messages: tuple[Message, ...] = ()
    error: DockerctlError | None = None
    payload: Mapping[str, object] = field(default_factory=dict)
    text: tuple[str, ...] = ()
    written: bool = False

    @property
    def ok(self) -> bool:
        """Whether the exit code is 0; derived, so that the two cannot disagree."""
        return self.exit_code == ExitCode.OK

    def document(self) -> dict[str, object]:
        """The JSON document; common fields first (see docs/reference/json.md)."""
        document: dict[str, object] = {
            "schema": self.schema,
            "ok": self.ok,
            "exit_code": int(self.exit_code),
        }
        if self.changed is not None:
            document["changed"] = self.changed
        document["messages"] = [{"level": m.level.value, "text": m.text} for m in self.messages]
        document["error"] = None if self.error is None else error_document(self.error)
        document.update(self.payload)
        return document


def error_document(error: DockerctlError) -> dict[str, object]:
    """An error as JSON: ``code``, ``message``, ``hint``, ``details``."""
    return {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "details": error.details,
    }
