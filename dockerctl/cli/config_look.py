"""config show, get, effective, schema: what is written, what counts, what may be written."""

from __future__ import annotations

import json

import typer

from dockerctl.change.current import Current
from dockerctl.change.drift import Drift, find_drift
from dockerctl.change.hidden import mask_text, mask_value
from dockerctl.cli.change_host import ChangeHost
from dockerctl.cli.compose import wired
from dockerctl.cli.options import flag
from dockerctl.cli.session import Session
from dockerctl.config.effective import EffectiveKey, effective
from dockerctl.config.keys import key_table
from dockerctl.config.path import format_path, parse_path
from dockerctl.config.release import Release, parse_release
from dockerctl.config.schema import json_schema
from dockerctl.errors import KeyMissing, UsageError
from dockerctl.result import Result
from dockerctl.settings import STATUS_S

REVEAL = flag("--reveal", "Show secrets too.")
ALL = flag("--all", "Keys at their default as well.")
KEY = typer.Argument(..., metavar="KEY", help="Such as log-opts.max-size.", show_default=False)
ENGINE = typer.Option(
    None, "--engine", metavar="VERSION", help="Of this release, not of the dockerd found.",
    show_default=False,
)  # fmt: skip


def config_show(session: Session, reveal: bool = REVEAL) -> Result:
    """Print daemon.json as it is, secrets masked."""
    current = _current(session)
    document = current.document
    text = document.data.decode("utf-8")
    # As a whole: a value may stand on another line than its name.
    lines = (text if reveal else mask_text(text)).splitlines()
    values = document.values if reveal else mask_value(document.values)
    if document.absent:
        lines = [f"{document.name} does not exist; the defaults and flags hold."]
    return Result(
        schema="dockerctl/config-show/v1",
        messages=tuple(session.messages),
        payload={"path": document.name, "exists": not document.absent, "values": values},
        text=tuple(lines),
    )


def config_get(session: Session, key: str = KEY, reveal: bool = REVEAL) -> Result:
    """Print one key of daemon.json: a string as it is, all else as JSON."""
    path = parse_path(key)
    document = _current(session).document
    try:
        value = document.get(path)
    except KeyError:
        raise KeyMissing(
            f"{format_path(path)} is not in {document.name}.", details={"key": format_path(path)}
        ) from None
    shown = value if reveal else mask_value(value, path[-1])
    text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
    return Result(
        schema="dockerctl/config-get/v1",
        messages=tuple(session.messages),
        payload={"key": format_path(path), "value": shown},
        text=(text,),
    )


def config_effective(session: Session, all_keys: bool = ALL) -> Result:
    """Show every key with its value and where that comes from, and what is not in effect yet."""
    with wired(session, STATUS_S, changes=False) as wiring:
        host = ChangeHost(wiring, "")
        current = host.current()
        rows = effective(
            current.document.values,
            current.flags,
            current.environment,
            current.release,
            key_table(),
        )
        drift = find_drift(current.units.service, host.ledger.proven_tag)
    shown = [row for row in rows if all_keys or row.source != "default"]
    return Result(
        schema="dockerctl/config-effective/v1",
        messages=tuple(session.messages),
        payload={
            "engine": None if current.release is None else str(current.release),
            "config_path": current.config_path,
            "keys": [_key_row(row) for row in shown],
            "drift": [drift_row(item) for item in drift],
        },
        text=(*_key_lines(shown), *drift_lines(drift)),
    )


def config_schema(session: Session, engine: str | None = ENGINE) -> Result:
    """Print a JSON Schema of daemon.json for the dockerd found, or of another release."""
    release: Release | None
    if engine is None:
        release = _current(session).release
    else:
        release = parse_release(engine)
        if release is None:
            raise UsageError(
                f"{engine!a} is no release of Docker.", hint="Give it as 20.10 or 28.5.2."
            )
    schema = json_schema(release)
    return Result(
        schema="dockerctl/config-schema/v1",
        messages=tuple(session.messages),
        payload={
            "engine": None if release is None else str(release),
            "json_schema": schema,
        },
        text=(json.dumps(schema, indent=2),),
    )


def drift_row(item: Drift) -> dict[str, object]:
    """One difference between disk and daemon, as JSON."""
    return {"code": item.code, "path": item.path, "message": item.message}


def drift_lines(drift: tuple[Drift, ...]) -> tuple[str, ...]:
    """The same for a person."""
    return tuple(f"not in effect: {item.message}" for item in drift)


def _current(session: Session) -> Current:
    with wired(session, STATUS_S, changes=False) as wiring:
        return ChangeHost(wiring, "").current()


def _key_row(row: EffectiveKey) -> dict[str, object]:
    return {
        "key": row.name,
        "value": mask_value(row.value, row.name),
        "source": str(row.source),
        "detail": mask_text(row.detail),
    }


def _key_lines(rows: list[EffectiveKey]) -> tuple[str, ...]:
    if not rows:
        return ("All keys are at their defaults.",)
    width = max(len(row.name) for row in rows)
    return tuple(f"{row.name:{width}}  {_shown(row)}  ({row.source}{_detail(row)})" for row in rows)


def _shown(row: EffectiveKey) -> str:
    value = mask_value(row.value, row.name)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _detail(row: EffectiveKey) -> str:
    return f": {mask_text(row.detail)}" if row.detail else ""
