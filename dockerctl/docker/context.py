"""Which daemon the caller's own docker command would reach, to warn when it is another one.

The order is the docker command's (docker/cli, cli/command/cli.go, resolveContextName):
DOCKER_HOST, DOCKER_CONTEXT, ``currentContext`` of config.json, the context "default". dockerctl
never follows it: it manages the daemon of this host.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dockerctl.docker.address import DEFAULT_SOCKET

Source = Literal["DOCKER_HOST", "DOCKER_CONTEXT", "context", "default"]

DEFAULT_CONTEXT = "default"

_DEFAULT_ADDRESS = f"unix://{DEFAULT_SOCKET}"
_MAX_FILE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class CallerEndpoint:
    """What decided (``source``), the context's name, and the address as it is written there.

    ``context`` as the source means ``currentContext`` of config.json. ``name`` is None when no
    context was named. ``address_text`` is None, and ``problem`` says why, when the docker command
    would fail too; a ``problem`` beside an address is a file that it would pass over.
    """

    source: Source
    name: str | None
    address_text: str | None
    problem: str | None = None


class _UnreadableError(Exception):
    """A file cannot be used; the text says which and why."""


def caller_endpoint(environ: Mapping[str, str], home: str | None) -> CallerEndpoint:
    """The caller's endpoint, from the environment and the files below ``home``. Never raises.

    Under sudo the environment and the home are usually root's, not the caller's.
    """
    host = environ.get("DOCKER_HOST", "")
    if host:
        return CallerEndpoint("DOCKER_HOST", None, host)
    folder = environ.get("DOCKER_CONFIG", "") or (f"{home}/.docker" if home else None)
    name = environ.get("DOCKER_CONTEXT", "")
    if name:
        return _context("DOCKER_CONTEXT", name, folder)
    if folder is None:
        return CallerEndpoint("default", None, _DEFAULT_ADDRESS)
    try:
        name = _current_context(f"{folder}/config.json")
    except _UnreadableError as error:
        # The docker command warns and goes on without the file.
        return CallerEndpoint("default", None, _DEFAULT_ADDRESS, str(error))
    if name:
        return _context("context", name, folder)
    return CallerEndpoint("default", None, _DEFAULT_ADDRESS)


def _context(source: Source, name: str, folder: str | None) -> CallerEndpoint:
    if name == DEFAULT_CONTEXT:
        # A name for "no context": it is stored nowhere.
        return CallerEndpoint(source, name, _DEFAULT_ADDRESS)
    if folder is None:
        return CallerEndpoint(source, name, None, "there is no folder that could hold the context")
    try:
        return CallerEndpoint(source, name, _context_host(folder, name))
    except _UnreadableError as error:
        return CallerEndpoint(source, name, None, str(error))


def _current_context(path: str) -> str:
    try:
        document = _read_object(path)
    except FileNotFoundError:
        return ""
    name = document.get("currentContext", "")
    if not isinstance(name, str):
        raise _UnreadableError(f"{path}: 'currentContext' is not a string")
    return name


def _context_host(folder: str, name: str) -> str:
    """The address in the context's own file, whose folder is named by the name's SHA-256."""
    import hashlib  # noqa: PLC0415 - only for a caller who uses contexts

    try:
        digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    except UnicodeEncodeError:
        raise _UnreadableError(f"{name!r} cannot be the name of a context") from None
    path = f"{folder}/contexts/meta/{digest}/meta.json"
    try:
        document = _read_object(path)
    except FileNotFoundError:
        raise _UnreadableError(f"there is no context {name!r} below {folder}") from None
    node: object = document
    for key in ("Endpoints", "docker", "Host"):
        node = node.get(key) if isinstance(node, dict) else None
    if not isinstance(node, str) or not node:
        raise _UnreadableError(f"{path}: 'Endpoints.docker.Host' is not an address")
    return node


def _read_object(path: str) -> dict[str, object]:
    """The JSON object in a file. Raises FileNotFoundError or _UnreadableError."""
    import json  # noqa: PLC0415 - only when there is a file

    try:
        document = json.loads(_read(path))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _UnreadableError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise _UnreadableError(f"{path} is not JSON") from error
    if not isinstance(document, dict):
        raise _UnreadableError(f"{path} is not a JSON object")
    return document


def _read(path: str) -> bytes:
    """The bytes of a regular file, at most ``_MAX_FILE_BYTES``.

    The folder belongs to a user, and we may be root: O_NONBLOCK and the look at the type keep a
    FIFO or a device in the file's place from hanging us.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _UnreadableError(f"{path} is not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(_MAX_FILE_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(data) > _MAX_FILE_BYTES:
        raise _UnreadableError(f"{path} is larger than {_MAX_FILE_BYTES} bytes")
    return data
