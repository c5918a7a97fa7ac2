"""config set, unset, add, remove: edits of daemon.json, all of one call in one transaction."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import typer

from dockerctl.change.current import Current, read_document
from dockerctl.change.propose import Wanted
from dockerctl.cli.change_host import ChangeHost
from dockerctl.cli.change_options import ChangeOptions
from dockerctl.cli.change_run import Request, run_change
from dockerctl.cli.session import Session
from dockerctl.config.edit import add_item, remove_item, set_value, unset
from dockerctl.config.keys import key_table
from dockerctl.config.path import KeyPath, format_path, parse_assignment, parse_path
from dockerctl.config.types import TEXT_KINDS, Kind
from dockerctl.errors import KeyMissing, UsageError
from dockerctl.result import Result

ASSIGNMENTS = typer.Argument(
    None, metavar="KEY=VALUE...", help="Such as debug=true or log-opts.max-size=10m.",
    show_default=False,
)  # fmt: skip
KEYS = typer.Argument(
    ..., metavar="KEY...", help="Such as debug or log-opts.max-size.", show_default=False
)
FROM = typer.Option(
    None, "--from", metavar="FILE", help="Put a whole file in its place; - is standard input.",
    show_default=False,
)  # fmt: skip
KEY = typer.Argument(..., metavar="KEY", help="The key of a list.", show_default=False)
ITEMS = typer.Argument(..., metavar="ITEM...", help="One item or several.", show_default=False)

LARGEST = 1024 * 1024


def config_set(
    session: Session,
    change: ChangeOptions,
    assignments: list[str] = ASSIGNMENTS,
    from_file: str | None = FROM,
) -> Result:
    """Set keys of daemon.json and make them effective, or leave all as it was."""
    if bool(assignments) == (from_file is not None):
        raise UsageError(
            "Give either KEY=VALUE or --from FILE.",
            hint="Such as 'dockerctl config set debug=true', or --from - for standard input.",
        )
    if from_file is not None:
        data = read_input(from_file)

        def whole(current: Current, host: ChangeHost) -> Wanted:  # noqa: ARG001
            return Wanted(read_document(data, current.config_path, current.release))

        return run_change(session, Request("config-set", whole, judge_all=True), change)
    edits = [parse_assignment(text) for text in assignments]

    def edited(current: Current, host: ChangeHost) -> Wanted:  # noqa: ARG001
        document = current.document
        for path, text in edits:
            document = set_value(document, path, typed_value(path, text, current))
        return Wanted(document)

    return run_change(session, Request("config-set", edited), change)


def config_unset(session: Session, change: ChangeOptions, keys: list[str] = KEYS) -> Result:
    """Take keys out of daemon.json, so that the daemon's defaults hold again."""
    paths = [parse_path(text) for text in keys]

    def edited(current: Current, host: ChangeHost) -> Wanted:  # noqa: ARG001
        document = current.document
        for path in paths:
            if document.place(path) is None:
                continue
            document = unset(document, path)
        return Wanted(document)

    return run_change(session, Request("config-unset", edited), change)


def config_add(
    session: Session, change: ChangeOptions, key: str = KEY, items: list[str] = ITEMS
) -> Result:
    """Add items to a list of daemon.json; those that are there stay once."""
    path = parse_path(key)

    def edited(current: Current, host: ChangeHost) -> Wanted:  # noqa: ARG001
        document = current.document
        for item in items:
            document = add_item(document, path, typed_item(path, item, current))
        return Wanted(document)

    return run_change(session, Request("config-add", edited), change)


def config_remove(
    session: Session, change: ChangeOptions, key: str = KEY, items: list[str] = ITEMS
) -> Result:
    """Remove items from a list of daemon.json; the list stays, be it empty."""
    path = parse_path(key)

    def edited(current: Current, host: ChangeHost) -> Wanted:  # noqa: ARG001
        document = current.document
        if document.place(path) is None:
            raise KeyMissing(
                f"{format_path(path)} is not in {current.config_path}.",
                details={"key": format_path(path)},
            )
        for item in items:
            document = remove_item(document, path, typed_item(path, item, current))
        return Wanted(document)

    return run_change(session, Request("config-remove", edited), change)


def typed_value(path: KeyPath, text: str, current: Current) -> object:
    """What was typed as the JSON value that the key takes.

    A key of strings takes the text as it is; a list also words with commas in between; all else,
    and a key that is not known, is read as JSON where it is JSON.
    """
    expected = key_table().type_at(path, current.release)
    kind = None if expected is None else expected.kind
    if kind in TEXT_KINDS:
        return _quoted_text(text)
    if kind is Kind.LIST and not text.lstrip().startswith("["):
        words = [word.strip() for word in text.split(",")]
        return [typed_item(path, word, current) for word in words if word]
    return _json(text)


def typed_item(path: KeyPath, text: str, current: Current) -> object:
    """An item of the list under ``path``."""
    expected = key_table().type_at(path, current.release)
    item = None if expected is None else expected.item
    return text if item is not None and item.kind in TEXT_KINDS else _json(text)


def _quoted_text(text: str) -> str:
    """A string also in JSON's quotes, as scripts write it."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        value = _json(text)
        if isinstance(value, str):
            return value
    return text


def _json(text: str) -> object:
    try:
        value: object = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return text
    return value


def _no_constant(name: str) -> object:
    raise ValueError(name)


def read_input(name: str) -> bytes:
    """The bytes of a file, or of standard input for ``-``. Raises ``UsageError``."""
    if name == "-":
        return _stdin()
    try:
        with Path(name).open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(
            f"{name!a} cannot be read: {error.strerror}.", hint="Give an existing file, or -."
        ) from error
    return _bounded(data)


def _stdin() -> bytes:
    if sys.stdin is None:
        raise UsageError("Standard input is closed.", hint="Give a file, or a pipe.")
    return _bounded(sys.stdin.buffer.read(LARGEST + 1))


def _bounded(data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise UsageError("The file is larger than 1 MiB.", hint="A daemon.json is a few lines.")
    return data
