"""What systemd itself says about a unit with planned drop-ins, before they are installed.

systemd-analyze reads a copy of the unit's files. Its own search path comes behind the copy, so a
drop-in that is to go is covered by an empty one of its name.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dockerctl.errors import ProgramFailed
from dockerctl.host.programs import Output
from dockerctl.override.order import Scope, unit_folders
from dockerctl.override.store import DropIn, list_drop_ins, plan_drop_ins

# A service and its socket are judged together: each names the other.
_PAIRS = {".service": ".socket", ".socket": ".service"}
# systemd before 250 does not know it, and then says so.
_STRICT = "--recursive-errors=no"
_UNKNOWN_OPTION = b"unrecognized option"
# What follows the path: the line, where there is one, and the message.
_PLACE = re.compile(r":(?:(\d+):)?\s*(.*)")


class RunProgram(Protocol):
    """``host.programs.run_program``."""

    def __call__(self, name: str, arguments: Sequence[str], *, limit_s: float) -> Output:
        """Run a program to its end."""
        ...


@dataclass(frozen=True)
class VerifyLine:
    """One line of systemd's: about a file at its real path, or about the unit (path "")."""

    path: str
    line: int
    message: str


@dataclass(frozen=True)
class VerifyReport:
    """What systemd finds in the unit that is not there without the planned files."""

    lines: tuple[VerifyLine, ...]

    @property
    def ok(self) -> bool:
        """Whether it finds nothing."""
        return not self.lines


def verify_merged(
    unit: str,
    planned: Mapping[str, bytes | None],
    run: RunProgram,
    limit_s: float,
    *,
    scope: Scope = Scope.SYSTEM,
    environment: Mapping[str, str] | None = None,
) -> VerifyReport:
    """Let systemd judge a unit with ``planned``: by path the new content, None for one to go.

    ``limit_s`` is for each of at most two runs. Nothing of the unit changes, and the copy is gone
    when this returns. Raises ProgramMissing and ProgramFailed as ``run`` does, ProgramFailed when
    systemd does not come to a judgement, and OSError when the copy cannot be made.
    """
    with _copy(unit, planned, scope, environment) as copy:
        lines = copy.judge(run, limit_s)
    if all(line.path in planned for line in lines):
        return VerifyReport(lines)
    with _copy(unit, {}, scope, environment) as copy:
        known = {(line.path, line.message) for line in copy.judge(run, limit_s)}
    return VerifyReport(
        tuple(
            line for line in lines if line.path in planned or (line.path, line.message) not in known
        )
    )


class _Copy(contextlib.AbstractContextManager["_Copy"]):
    """The files of a unit and its companion in a folder that only we can enter."""

    def __init__(self, unit: str, scope: Scope, environment: Mapping[str, str] | None) -> None:
        # mkdtemp makes it with mode 0700.
        self._folder = Path(tempfile.mkdtemp(prefix="dockerctl-verify-"))
        self._unit = unit
        self._scope = scope
        self._environment = {
            name: value
            for name, value in (environment or {}).items()
            if name == "HOME" or name.startswith("XDG_")
        }
        self._real: dict[str, str] = {}

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, name: str, path: str, data: bytes) -> None:
        """Put a file under its name in the copy; ``path`` is its real one."""
        at = self._folder / name
        at.parent.mkdir(mode=0o700, exist_ok=True)
        at.write_bytes(data)
        self._real[str(at)] = path

    def judge(self, run: RunProgram, limit_s: float) -> tuple[VerifyLine, ...]:
        """What systemd says about the copy; raises ProgramFailed when it does not judge it."""
        target = str(self._folder / self._unit)
        arguments = ["verify", "--man=no", _STRICT, target]
        output = self._analyze(run, arguments, limit_s)
        if output.status != 0 and _UNKNOWN_OPTION in output.stderr:
            arguments.remove(_STRICT)
            output = self._analyze(run, arguments, limit_s)
        text = (output.stdout + output.stderr).decode("utf-8", "replace")
        lines = tuple(dict.fromkeys(self._lines(text)))
        if output.status != 0 and not lines:
            # Silence would pass for consent.
            said = text.strip().splitlines() or [f"It ended with status {output.status}."]
            raise ProgramFailed(
                f"systemd-analyze could not judge {self._unit}: {self._at_home(said[-1])}"
            )
        return lines

    def _analyze(self, run: RunProgram, arguments: Sequence[str], limit_s: float) -> Output:
        if self._scope is Scope.SYSTEM:
            return run("systemd-analyze", arguments, limit_s=limit_s)
        # Programs get a clean environment, and a user's manager cannot do without these.
        variables = [f"{name}={value}" for name, value in sorted(self._environment.items())]
        return run("env", [*variables, "systemd-analyze", "--user", *arguments], limit_s=limit_s)

    def _lines(self, text: str) -> Iterator[VerifyLine]:
        for raw in text.splitlines():
            # Of "x.conf" and "x.conf:y" the longer name is the one that is meant.
            copied = max((at for at in self._real if raw.startswith(f"{at}:")), key=len, default="")
            if copied:
                match = _PLACE.match(raw, len(copied))
                line, message = (match[1], match[2]) if match else ("0", raw)
                yield VerifyLine(self._real[copied], int(line or 0), self._at_home(message))
            elif raw.startswith(f"{self._unit}:"):
                yield VerifyLine("", 0, self._at_home(raw))

    def _at_home(self, text: str) -> str:
        """A message without the paths of the copy."""
        for copied, real in self._real.items():
            text = text.replace(copied, real)
        return text


def _copy(
    unit: str,
    planned: Mapping[str, bytes | None],
    scope: Scope,
    environment: Mapping[str, str] | None,
) -> _Copy:
    copy = _Copy(unit, scope, environment)
    try:
        for name in (unit, *_companions(unit)):
            _copy_unit(copy, name, planned, scope, environment)
    except BaseException:
        copy.__exit__()
        raise
    return copy


def _copy_unit(
    copy: _Copy,
    unit: str,
    planned: Mapping[str, bytes | None],
    scope: Scope,
    environment: Mapping[str, str] | None,
) -> None:
    fragment = _fragment(unit, scope, environment)
    if fragment is not None:
        copy.add(unit, str(fragment), fragment.read_bytes())
    now = list_drop_ins(unit, scope=scope, environment=environment)
    then = plan_drop_ins(unit, now, planned, scope=scope, environment=environment)
    wanted = {drop_in.name: drop_in for drop_in in then if drop_in.in_effect}
    for name in {drop_in.name for drop_in in now if _counts(drop_in)} - set(wanted):
        copy.add(f"{unit}.d/{name}", f"{unit}.d/{name}", b"")
    for name, drop_in in wanted.items():
        copy.add(f"{unit}.d/{name}", drop_in.path, drop_in.data or b"")


def _counts(drop_in: DropIn) -> bool:
    return drop_in.name.endswith(".conf")


def _companions(unit: str) -> tuple[str, ...]:
    stem, dot, kind = unit.rpartition(".")
    other = _PAIRS.get(dot + kind)
    return (stem + other,) if other else ()


def _fragment(unit: str, scope: Scope, environment: Mapping[str, str] | None) -> Path | None:
    """The unit's own file: the first in systemd's search path."""
    places = (Path(folder, unit) for folder in unit_folders(scope, environment))
    return next((path for path in places if path.is_file()), None)
