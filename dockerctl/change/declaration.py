"""What ``apply`` is given: a host's Docker as it is to be, in TOML or JSON; read strictly. Pure."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from dockerctl.errors import DeclarationInvalid

VERSION = 1


class Managed(StrEnum):
    """What becomes of keys that are not declared."""

    MERGE = "merge"
    EXACT = "exact"


@dataclass(frozen=True)
class Overrides:
    """The declared drop-ins; what is not declared is left as it is."""

    settings: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    proxy: Mapping[str, str] | None = None
    hosts: tuple[str, ...] | None = None
    flags: tuple[str, ...] = ()
    limits: Mapping[str, str] | None = None
    restart_policy: Mapping[str, str] | None = None
    socket: Mapping[str, object] | None = None
    requires_mount: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Declaration:
    """A declared state. None: not declared, and left as it is."""

    managed: Managed = Managed.MERGE
    enabled: bool | None = None
    started: bool | None = None
    config: Mapping[str, object] | None = None
    override: Overrides = field(default_factory=Overrides)


def parse_declaration(data: bytes, name: str) -> Declaration:
    """Read TOML, or JSON when it begins with a brace. Raises ``DeclarationInvalid``."""
    document = _document(data, name)
    reader = _Reader(name)
    reader.known(document, ("version", "managed", "service", "config", "override"), "")
    version = document.get("version", VERSION)
    if type(version) is not int or version != VERSION:
        raise reader.wrong("version", f"is {version!a}; this dockerctl reads version {VERSION}")
    service = reader.table(document, "service")
    reader.known(service, ("enabled", "state"), "service.")
    config = document.get("config")
    if config is not None and not isinstance(config, dict):
        raise reader.wrong("config", "is no table of daemon.json's keys")
    for key, value in (config or {}).items():
        reader.json_value(key, value)
    return Declaration(
        managed=_managed(reader, document.get("managed", "merge")),
        enabled=reader.truth(service, "enabled", "service."),
        started=_started(reader, service.get("state")),
        config=config,
        override=_overrides(reader, reader.table(document, "override")),
    )


def _document(data: bytes, name: str) -> dict[str, object]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DeclarationInvalid(f"{name} is no UTF-8 (byte {error.start}).") from error
    try:
        if text.lstrip().startswith("{"):
            document = json.loads(text, object_pairs_hook=_unique)
        else:
            document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DeclarationInvalid(f"{name} cannot be read: {error}") from error
    return dict(document)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!a} stands twice")
        found[key] = value
    return found


def _managed(reader: _Reader, value: object) -> Managed:
    try:
        return Managed(str(value))
    except ValueError:
        raise reader.wrong("managed", 'is "merge" or "exact"') from None


def _started(reader: _Reader, value: object) -> bool | None:
    if value is None:
        return None
    if value not in ("started", "stopped"):
        raise reader.wrong("service.state", 'is "started" or "stopped"')
    return value == "started"


def _overrides(reader: _Reader, table: Mapping[str, object]) -> Overrides:
    names = (
        "set", "env", "proxy", "hosts", "flags", "limits", "restart-policy", "socket",
        "requires-mount",
    )  # fmt: skip
    reader.known(table, names, "override.")
    settings = reader.table(table, "set", "override.")
    socket = reader.table(table, "socket", "override.") if "socket" in table else None
    if socket is not None:
        reader.known(socket, ("group", "mode", "listen"), "override.socket.")
        # A number would be taken for octal digits: 0o660 is 432.
        reader.text(socket, "group", "override.socket.")
        reader.text(socket, "mode", "override.socket.")
        reader.list_of(socket, "listen", "override.socket.")
    return Overrides(
        settings=tuple(reader.settings(settings)),
        env=reader.texts(table, "env", None) or {},
        proxy=reader.texts(table, "proxy", ("http", "https", "no-proxy")),
        hosts=reader.list_of(table, "hosts"),
        flags=reader.list_of(table, "flags") or (),
        limits=reader.texts(table, "limits", ("memory", "cpu", "tasks", "files", "oom-score")),
        restart_policy=reader.texts(
            table, "restart-policy", ("policy", "delay", "burst", "interval")
        ),
        socket=socket,
        requires_mount=reader.list_of(table, "requires-mount"),
    )


class _Reader:
    """Reading values by their type, with the name of the file in each complaint."""

    def __init__(self, name: str) -> None:
        self._name = name

    def wrong(self, key: str, what: str) -> DeclarationInvalid:
        return DeclarationInvalid(f"{self._name}: {key} {what}.", details={"key": key})

    def known(self, table: Mapping[str, object], names: tuple[str, ...], prefix: str) -> None:
        for key in table:
            if key not in names:
                raise self.wrong(f"{prefix}{key}", f"is not known; there are {', '.join(names)}")

    def table(self, table: Mapping[str, object], key: str, prefix: str = "") -> dict[str, object]:
        value = table.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(f"{prefix}{key}", "is no table")
        return value

    def truth(self, table: Mapping[str, object], key: str, prefix: str) -> bool | None:
        value = table.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(f"{prefix}{key}", "is true or false")
        return value

    def text(self, table: Mapping[str, object], key: str, prefix: str) -> None:
        if not isinstance(table.get(key, ""), str):
            raise self.wrong(f"{prefix}{key}", "is no string")

    def json_value(self, key: str, value: object) -> None:
        """TOML has dates and times, and both forms have numbers that are none in JSON."""
        rest = [value]
        while rest:
            each = rest.pop()
            if isinstance(each, dict):
                rest += each.values()
            elif isinstance(each, list):
                rest += each
            elif isinstance(each, float) and not math.isfinite(each):
                raise self.wrong(f"config.{key}", f"holds {each}, which JSON does not have")
            elif not isinstance(each, str | int | float | None):
                what = "a time" if isinstance(each, time) else "a date"
                raise self.wrong(f"config.{key}", f"holds {what}, which JSON does not have")

    def list_of(
        self, table: Mapping[str, object], key: str, prefix: str = "override."
    ) -> tuple[str, ...] | None:
        value = table.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(f"{prefix}{key}", "is no list of strings")
        return tuple(value)

    def texts(
        self, table: Mapping[str, object], key: str, names: tuple[str, ...] | None
    ) -> dict[str, str] | None:
        if key not in table:
            return None
        inner = self.table(table, key, "override.")
        if names is not None:
            self.known(inner, names, f"override.{key}.")
        found: dict[str, str] = {}
        for name, value in inner.items():
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise self.wrong(f"override.{key}.{name}", "is no string")
            found[name] = str(value)
        return found

    def settings(self, table: Mapping[str, object]) -> list[str]:
        """``[override.set]`` holds ``"Service.LimitNOFILE" = "1048576"``, or a list of values."""
        found = []
        for name, value in table.items():
            values = value if isinstance(value, list) else [value]
            for item in values:
                if isinstance(item, bool):
                    text = "yes" if item else "no"
                elif isinstance(item, str | int):
                    text = str(item)
                else:
                    raise self.wrong(f"override.set.{name}", "is no string")
                found.append(f"{name}={text}")
        return found
