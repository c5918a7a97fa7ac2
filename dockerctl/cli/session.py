"""One run of the command: what was typed, the streams, and the answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TextIO

from dockerctl.result import Message, Result
from dockerctl.settings import Settings, Typed


@dataclass
class Session:
    """Lives from the first argument to the exit code; made in ``main`` and passed on."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    before: Typed = field(default_factory=Typed)
    # None until Typer has found one.
    verb: str | None = None
    settings: Settings | None = None
    result: Result | None = None
    # What Typer printed itself: a help text, the version.
    printed: str = ""
    # Where the answer goes; sys.stdout is Typer's while a verb runs.
    stdout: TextIO | None = field(default_factory=lambda: sys.stdout)
    # What the reporter has shown already, so that the renderer does not repeat it.
    messages: list[Message] = field(default_factory=list)
    # Whether systemd has accepted a change, for the result of a verb that failed afterwards.
    wrote: bool = False

    def resolved(self) -> Settings:
        """The checked common options; set before any verb runs."""
        assert self.settings is not None  # noqa: S101  (an invariant of verb.py, not an input)
        return self.settings
