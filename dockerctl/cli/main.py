"""The entry point: argv in, exit code out, and no traceback on the way."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout

from dockerctl.cli.render import render, render_printed
from dockerctl.cli.session import Session
from dockerctl.errors import (
    DockerctlError,
    InternalError,
    Interrupted,
    NotPermitted,
    UsageError,
)
from dockerctl.exits import ExitCode
from dockerctl.host.interrupts import INTERRUPTS
from dockerctl.result import Result
from dockerctl.settings import Output, parse_output

# Net new containers before Python looks for cycles among them. A short command makes 50 000, and
# nearly all live to its end: with the usual 700 the looking takes 5 ms of is-active's 110.
_GC_THRESHOLD = 100_000


def run() -> int:
    """Run the command that ``sys.argv`` holds and return its exit code; never raises."""
    gc.set_threshold(_GC_THRESHOLD)
    try:
        return _run()
    finally:
        # At exit Python would go through all that is left once more: another 8 ms.
        gc.freeze()


def _run() -> int:
    _fill_descriptors()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            # Whatever the locale, an answer must not die of a letter.
            stream.reconfigure(errors="backslashreplace")
    # Typer before 0.16 loads Rich, 90 ms, for help texts that read as well without it, and has no
    # switch. A module that is None in the cache fails to import as if it were not installed
    # (Python reference, "The module cache"), which Typer provides for.
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
    session = Session()
    arguments = sys.argv[1:]
    try:
        with INTERRUPTS.handled():
            result = _answer(session, arguments)
            if result is None:
                return render_printed(session.printed)
            return render(result, _output(session, arguments))
    except KeyboardInterrupt:
        return int(_interrupted_code())


def _fill_descriptors() -> None:
    """Put /dev/null where a standard stream is closed, or the next file takes its place: what C
    code prints to stderr would go to systemd's socket."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _answer(session: Session, arguments: Sequence[str]) -> Result | None:
    """The result of the command; None when Typer has printed a help text or the version."""
    try:
        failed = _invoke(session, arguments)
    except DockerctlError as error:
        return _error_result(session, arguments, error)
    except KeyboardInterrupt:
        return _error_result(session, arguments, Interrupted("Interrupted."))
    except Exception as error:  # noqa: BLE001  (the last line of defence: no traceback for users)
        return _error_result(session, arguments, _as_ours(error))
    if failed and INTERRUPTS.last is not None:
        return _error_result(session, arguments, Interrupted("Interrupted."))
    if failed:
        return _error_result(session, arguments, UsageError("The command line is incomplete."))
    return session.result


def _invoke(session: Session, arguments: Sequence[str]) -> bool:
    """Run the verb; says whether Typer ended it without one and not for a help text."""
    # A module whose import was broken off is of no use afterwards, not even to report that.
    with INTERRUPTS.held():
        from typer.main import get_command  # noqa: PLC0415

        from dockerctl.cli.app import build_app  # noqa: PLC0415

        command = get_command(build_app(arguments))
    printed = io.StringIO()
    # click does not care whether its texts can be written; we do.
    with redirect_stdout(printed):
        code = command.main(
            # Nothing typed asks for help; what click makes of that differs between its versions.
            args=list(arguments) or ["--help"],
            prog_name="dockerctl",
            standalone_mode=False,
            obj=session,
        )
    session.printed = printed.getvalue()
    return session.result is None and isinstance(code, int) and code != 0


def _as_ours(error: Exception) -> DockerctlError:
    if INTERRUPTS.last is not None:
        # While the command line was read; what click and Typer make of it differs.
        return Interrupted("Interrupted.")
    # Typer may bring its own copy of click, so its classes cannot be named: every usage error of
    # click has these two (click API, "Exceptions").
    format_message = getattr(error, "format_message", None)
    if callable(format_message) and hasattr(error, "exit_code"):
        return UsageError(_sentence(str(format_message())))
    if os.environ.get("DOCKERCTL_DEBUG"):
        import traceback  # noqa: PLC0415

        traceback.print_exception(error, file=sys.stderr)
    return InternalError(f"{type(error).__name__}: {error}")


def _sentence(text: str) -> str:
    flat = " ".join(text.split())
    shown = flat.encode("utf-8", "backslashreplace").decode()
    return shown if shown.endswith((".", "?")) else f"{shown}."


def _error_result(session: Session, arguments: Sequence[str], error: DockerctlError) -> Result:
    from dockerctl.cli.app import LOOKS, typed_verb  # noqa: PLC0415

    verb = session.verb or typed_verb(arguments).replace(" ", "-")
    looks = verb in ("status", "is-active", "is-enabled", "is-healthy")
    exit_code = error.exit_code
    if isinstance(error, Interrupted):
        exit_code = _interrupted_code()
    elif looks and exit_code is not ExitCode.USAGE:
        # For these 1 and 3 have meanings of their own: what could not be learnt is 4.
        exit_code = ExitCode.UNKNOWN
    if session.settings is not None:
        error.concern(session.settings.unit)
    if isinstance(error, NotPermitted):
        done = "Part of it was done before that." if session.wrote else "Nothing was changed."
        error.hint = f"{done} {error.hint}"
    return Result(
        schema=f"dockerctl/{verb}/v1" if verb else "dockerctl/error/v1",
        exit_code=exit_code,
        changed=None if not verb or verb in LOOKS else session.wrote,
        messages=tuple(session.messages),
        error=error,
        payload=_empty_payload(verb),
    )


def _empty_payload(verb: str) -> dict[str, object]:
    """The fields that a document of the verb always has, where nothing is known for them."""
    from dockerctl.cli.app import TRANSACTIONS  # noqa: PLC0415

    if verb in ("status", "is-healthy"):
        return {"verdict": None}
    return {"transaction": None} if verb in TRANSACTIONS else {}


def _interrupted_code() -> ExitCode:
    return ExitCode.TERMINATED if INTERRUPTS.last == signal.SIGTERM else ExitCode.INTERRUPTED


def _output(session: Session, arguments: Sequence[str]) -> Output:
    """The output form, also when the command line could not be parsed."""
    if session.settings is not None:
        return session.settings.output
    return _typed_output(arguments)


def _typed_output(arguments: Sequence[str]) -> Output:
    text = os.environ.get("DOCKERCTL_OUTPUT", "")
    for index, word in enumerate(arguments):
        if word == "--output" and index + 1 < len(arguments):
            text = arguments[index + 1]
        elif word.startswith("--output="):
            text = word.partition("=")[2]
        elif word.startswith("-") and (cluster := word[1:].lstrip("q")).startswith("o"):
            # As in -ojson, -qojson or -qo json.
            text = cluster[1:] or " ".join(arguments[index + 1 : index + 2])
    try:
        return parse_output(text)
    except UsageError:
        return Output.TEXT
