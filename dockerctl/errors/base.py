"""The base of all errors, and those that any part can raise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from dockerctl.exits import ExitCode


class DockerctlError(Exception):
    """Base of every error that dockerctl reports.

    ``message`` says what happened in a sentence. ``hint`` says what to do; without one the
    class's own is used, in which ``{service}`` and ``{socket}`` stand for the units. ``details``
    are facts for programs: JSON values under fixed names.
    """

    code: ClassVar[str] = ""
    exit_code: ClassVar[ExitCode] = ExitCode.FAILED
    default_hint: ClassVar[str] = ""

    def __init__(
        self, message: str, *, hint: str | None = None, details: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self._own_hint("docker.service") if hint is None else hint
        self.details: dict[str, object] = dict(details or {})

    def concern(self, unit: str) -> None:
        """Let the class's own hint name the service ``unit`` in place of docker.service.

        ``unit`` is as it was typed: its ending may be missing.
        """
        if self.hint == self._own_hint("docker.service"):
            self.hint = self._own_hint(unit)

    @classmethod
    def _own_hint(cls, unit: str) -> str:
        stem = unit.removesuffix(".service")
        hint = cls.default_hint.replace("{service}", f"{stem}.service")
        return hint.replace("{socket}", f"{stem}.socket")

    @property
    def sentence(self) -> str:
        """The message as part of a longer text."""
        return self.message if self.message.endswith((".", "?", "!")) else f"{self.message}."


def error_classes() -> Iterator[type[DockerctlError]]:
    """Every class that has a code, in the order of definition."""
    pending = [DockerctlError]
    while pending:
        cls = pending.pop(0)
        if cls.code:
            yield cls
        pending.extend(cls.__subclasses__())


class UsageError(DockerctlError):
    """What was typed cannot be carried out as it stands."""

    code = "usage"
    exit_code = ExitCode.USAGE
    default_hint = "See 'dockerctl --help', or 'dockerctl VERB --help' for one verb."


class InternalError(DockerctlError):
    """A bug of ours, caught at the top so that no traceback reaches a user."""

    code = "internal-error"
    default_hint = (
        "This is a defect of dockerctl. Set DOCKERCTL_DEBUG=1 to see the traceback, and report it."
    )


class Interrupted(DockerctlError):
    """The user pressed Ctrl-C, or SIGTERM came; what systemd was asked to do goes on."""

    code = "interrupted"
    exit_code = ExitCode.INTERRUPTED
    default_hint = "See 'dockerctl status' for where it stands now."


class DeadlinePassed(DockerctlError):
    """The time that the caller allowed is over, and the end state is not reached."""

    code = "deadline-passed"
    exit_code = ExitCode.DEADLINE_PASSED
    default_hint = "Allow more time with --timeout, or look with 'dockerctl status'."
