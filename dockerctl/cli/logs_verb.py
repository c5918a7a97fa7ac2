"""logs: the daemon's journal, its records taken apart."""

from __future__ import annotations

import json

from dockerctl.cli.logs_options import (
    FOLLOW,
    GREP,
    LEVEL,
    LINES,
    RUN,
    SINCE,
    SOURCE,
    UNTIL,
    read_choice,
)
from dockerctl.cli.logs_read import Log
from dockerctl.cli.logs_text import line_document, raw_line, text_line
from dockerctl.cli.session import Session
from dockerctl.cli.style import Style
from dockerctl.deadline import Deadline
from dockerctl.health.log_lines import LogLine
from dockerctl.result import Result
from dockerctl.settings import LOGS_S, Output
from dockerctl.systemd.names import service_name

SCHEMA = "dockerctl/logs/v1"


def logs(
    session: Session,
    source: list[str] | None = SOURCE,
    follow: bool = FOLLOW,
    since: str | None = SINCE,
    until: str | None = UNTIL,
    lines: str | None = LINES,
    level: str | None = LEVEL,
    grep: str | None = GREP,
    run: str | None = RUN,
) -> Result:
    """Show the daemon's log: time, level, message and fields of each line."""
    settings = session.resolved()
    choice = read_choice(
        service_name(settings.unit),
        source=source,
        follow=follow,
        since=since,
        until=until,
        lines=lines,
        level=level,
        grep=grep,
        run=run,
    )
    log = Log(session, choice, Deadline.after(settings.timeout_s or LOGS_S))
    style = Style.of(session.stdout, session.environ, wanted=settings.color)

    def as_text(line: LogLine) -> str:
        return raw_line(line) if settings.output is Output.CAT else text_line(line, style)

    def as_json(line: LogLine) -> str:
        return json.dumps(line_document(line), ensure_ascii=True)

    if follow:
        from dockerctl.cli.logs_follow import follow_log  # noqa: PLC0415

        shown = as_json if settings.output is Output.JSON else as_text
        return follow_log(log, session.stdout, shown, SCHEMA)
    found = log.stored()
    log.remark(found)
    in_json = settings.output is Output.JSON
    return Result(
        schema=SCHEMA,
        messages=tuple(session.messages),
        payload={
            "units": list(choice.units),
            "invocation_id": None if log.stretch is None else log.stretch.invocation_id,
            "complete": log.complete,
            "lines": [line_document(line) for line in found] if in_json else [],
        },
        text=() if in_json else tuple(as_text(line) for line in found),
    )
