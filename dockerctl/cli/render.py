"""One renderer: a result becomes text or exactly one JSON document."""

from __future__ import annotations

import errno
import os
import sys
from typing import TextIO

from dockerctl.cli.streams import discard
from dockerctl.exits import ExitCode
from dockerctl.result import Result
from dockerctl.settings import Output


def render(result: Result, output: Output) -> int:
    """Write ``result`` and return the exit code of the process.

    The answer goes to stdout and nothing else does; errors in text form go to stderr.
    """
    code = int(result.exit_code)
    if result.written:
        return code
    if output is Output.JSON:
        import json  # noqa: PLC0415  (2 ms that text does not need)

        lines = [json.dumps(result.document(), ensure_ascii=True, indent=2)]
    else:
        lines = list(result.text)
        if result.error is not None:
            _write_error(result)
    if not lines or _write(sys.stdout, "\n".join(lines) + "\n"):
        return code
    return code or int(ExitCode.FAILED)


def render_printed(text: str) -> int:
    """Write a text that is its own answer, such as a help text; returns the exit code."""
    return int(ExitCode.OK if _write(sys.stdout, text) else ExitCode.FAILED)


def _write_error(result: Result) -> None:
    error = result.error
    assert error is not None  # noqa: S101  (the caller asked)
    text = f"dockerctl: {error.message}\n"
    if error.hint:
        text += f"  hint: {error.hint}\n"
    _write(sys.stderr, text)


def _write(stream: TextIO | None, text: str) -> bool:
    """Whether the text reached the reader, or the reader had enough of it (EPIPE)."""
    if stream is None:
        return _complain("it is closed")
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        discard(stream)
        if error.errno == errno.EPIPE:
            return True
        return _complain(os.strerror(error.errno or 0))
    except ValueError:
        return _complain("it is closed")
    return True


def _complain(why: str) -> bool:
    if sys.stderr is not None:
        try:
            sys.stderr.write(f"dockerctl: the answer could not be written to stdout: {why}\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            return False
    return False
