"""logs --follow: each line is written as it comes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import TextIO

from dockerctl.cli.logs_read import Log
from dockerctl.cli.streams import discard
from dockerctl.errors import FileFailed
from dockerctl.exits import ExitCode
from dockerctl.health.log_lines import LogLine
from dockerctl.host.interrupts import INTERRUPTS
from dockerctl.result import Result


def follow_log(
    log: Log, stream: TextIO | None, shown: Callable[[LogLine], str], schema: str
) -> Result:
    """Write the lines that are stored and those that come.

    Ctrl-C is how a person ends this, so that it is no error; the exit code says it all the same.
    A reader who has gone away, as ``head`` does, ends it with 0.
    """
    code = ExitCode.OK
    try:
        _write_all(log, stream, shown)
    except KeyboardInterrupt:
        terminated = INTERRUPTS.last == signal.SIGTERM
        code = ExitCode.TERMINATED if terminated else ExitCode.INTERRUPTED
    return Result(schema=schema, exit_code=code, written=True)


def _write_all(log: Log, stream: TextIO | None, shown: Callable[[LogLine], str]) -> None:
    stored = log.stored()
    if stream is None or stream.closed:
        raise FileFailed("The lines cannot be written to stdout: it is closed.")
    if not _write(stream, "".join(f"{shown(line)}\n" for line in stored)):
        return
    for line in log.coming(stream.fileno()):
        if not _write(stream, f"{shown(line)}\n"):
            return


def _write(stream: TextIO, text: str) -> bool:
    """Whether there is still somebody who reads."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        discard(stream)
        return False
    except OSError as error:
        discard(stream)
        why = os.strerror(error.errno or 0)
        raise FileFailed(f"The lines cannot be written to stdout: {why}.") from error
    return True
