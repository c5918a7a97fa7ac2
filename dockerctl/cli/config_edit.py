"""config edit: daemon.json in the caller's editor, checked before anything is written."""

from __future__ import annotations

import shlex
import sys
import tempfile
from pathlib import Path

from dockerctl.change.current import Current
from dockerctl.change.propose import Wanted
from dockerctl.cli.change_host import ChangeHost
from dockerctl.cli.change_options import ChangeOptions
from dockerctl.cli.change_run import Request, run_change
from dockerctl.cli.compose import wired
from dockerctl.cli.session import Session
from dockerctl.config.document import Document
from dockerctl.errors import DockerctlError, FileChanged, UsageError
from dockerctl.exits import ExitCode
from dockerctl.host.programs import find_program, run_on_terminal
from dockerctl.result import Result
from dockerctl.settings import STATUS_S

# As sensible-editor(1) has them, but for those that need a screen of their own.
_EDITORS = ("editor", "nano", "vi")
_EMPTY = b"{}\n"


def config_edit(session: Session, change: ChangeOptions) -> Result:
    """Edit daemon.json in $VISUAL or $EDITOR; what does not pass the checks can be edited again."""
    editor = _editor(session)
    with wired(session, STATUS_S, changes=False) as wiring:
        start = ChangeHost(wiring, "").current()
    with tempfile.TemporaryDirectory(prefix="dockerctl-") as folder:
        # 0700, as mkdtemp makes it: the file may hold a password.
        path = Path(folder) / "daemon.json"
        path.write_bytes(start.file.data if start.file.data is not None else _EMPTY)
        while True:
            run_on_terminal([*editor, str(path)], environ=session.environ)
            data = path.read_bytes()
            try:
                return run_change(session, _request(data, start), change)
            except DockerctlError as error:
                if error.exit_code is not ExitCode.CONFIG_INVALID or not _again(error):
                    raise


def _request(data: bytes, start: Current) -> Request:
    def edited(current: Current, host: ChangeHost) -> Wanted:  # noqa: ARG001
        if current.file.tag != start.file.tag:
            raise FileChanged(
                f"{current.config_path} was changed by someone else while it was edited.",
                details={"path": current.config_path},
            )
        if start.file.data is None and data == _EMPTY:
            return Wanted()
        return Wanted(Document.parse(data, current.config_path))

    return Request("config-edit", edited)


def _editor(session: Session) -> list[str]:
    environ = session.environ
    typed = environ.get("VISUAL") or environ.get("EDITOR")
    if typed:
        try:
            words = shlex.split(typed)
        except ValueError:
            words = []
        program = find_program(words[0]) if words else None
        if program is None:
            raise UsageError(
                f"The editor {typed!a} is not found.",
                hint="Set EDITOR to a program of the system, such as vi, or to an absolute path.",
            )
        return [program, *words[1:]]
    program = next((path for name in _EDITORS if (path := find_program(name)) is not None), None)
    if program is None:
        raise UsageError(
            "No editor is installed.", hint="Set EDITOR, or use 'dockerctl config set'."
        )
    return [program]


def _again(error: DockerctlError) -> bool:
    if sys.stdin is None or sys.stderr is None or not sys.stdin.isatty():
        return False
    sys.stderr.write(f"{error.message}\nEdit it again? [Y/n] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    return bool(answer) and answer.strip().lower() in ("", "y", "yes")
