"""The entry point: argv in, exit code out, and no traceback on the way."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from dockerctl.cli.render import render
from dockerctl.cli.session import Session
from dockerctl.errors import DockerctlError, InternalError, Interrupted, UsageError
from dockerctl.exits import ExitCode
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
        result = _answer(session, arguments)
        return 0 if result is None else render(result, _output(session, arguments))
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)


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
    if failed:
        return _error_result(session, arguments, UsageError("The command line is incomplete."))
    return session.result


def _invoke(session: Session, arguments: Sequence[str]) -> bool:
    """Run the verb; says whether Typer ended it without one and not for a help text."""
    from typer.main import get_command  # noqa: PLC0415

    from dockerctl.cli.app import build_app  # noqa: PLC0415

    verb = arguments[0] if arguments else None
    command = get_command(build_app(only=verb))
    code = command.main(
        args=list(arguments), prog_name="dockerctl", standalone_mode=False, obj=session
    )
    return session.result is None and isinstance(code, int) and code != 0


def _as_ours(error: Exception) -> DockerctlError:
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
    verb = next((word for word in arguments if not word.startswith("-")), "")
    looks = verb in ("status", "is-active", "is-enabled", "is-healthy")
    exit_code = error.exit_code
    if looks and exit_code not in (ExitCode.USAGE, ExitCode.INTERRUPTED):
        # For these 1 and 3 have meanings of their own: what could not be learnt is 4.
        exit_code = ExitCode.UNKNOWN
    return Result(
        schema=f"dockerctl/{verb}/v1" if _is_verb(verb) else "dockerctl/error/v1",
        exit_code=exit_code,
        changed=None if looks or not _is_verb(verb) or verb == "wait" else session.wrote,
        messages=tuple(session.messages),
        error=error,
        payload={"verdict": None} if verb in ("status", "is-healthy") else {},
    )


def _is_verb(word: str) -> bool:
    from dockerctl.cli.app import VERBS  # noqa: PLC0415

    return word in VERBS


def _output(session: Session, arguments: Sequence[str]) -> Output:
    """The output form, also when the command line could not be parsed."""
    if session.settings is not None:
        return session.settings.output
    return _typed_output(arguments)


def _typed_output(arguments: Sequence[str]) -> Output:
    text = os.environ.get("DOCKERCTL_OUTPUT", "")
    for index, word in enumerate(arguments):
        if word in ("-o", "--output") and index + 1 < len(arguments):
            text = arguments[index + 1]
        elif word.startswith("--output="):
            text = word.partition("=")[2]
        elif word.startswith("-o") and not word.startswith("--"):
            text = word[2:].removeprefix("=")
    try:
        return parse_output(text)
    except UsageError:
        return Output.TEXT
