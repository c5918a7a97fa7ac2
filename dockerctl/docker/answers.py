"""The Engine API's answers as typed values; one constructor per type does the reading.

A key is read only when something uses it. An answer that lacks one, or holds another type
there, raises AnswerUnexpected with the key's name, never KeyError: dockerctl and the daemon
disagree, and which key it was is what a report needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from dockerctl.errors import AnswerUnexpected


@dataclass(frozen=True)
class Ping:
    """GET /_ping. All but the API version depend on the engine's version.

    ``server`` is such as "Docker/26.1.5 (linux)"; ``swarm`` (23.0 and later) is "inactive",
    "pending", "error", "locked", "active/worker" or "active/manager".
    """

    api_version: str
    server: str | None = None
    builder_version: str | None = None
    swarm: str | None = None

    @classmethod
    def from_headers(cls, headers: Mapping[str, str], body: bytes) -> Ping:
        """Raises AnswerUnexpected when it is not the daemon's answer to a ping."""
        if body.strip() != b"OK":
            raise AnswerUnexpected("The answer to /_ping is not 'OK'", details={"path": "/_ping"})
        api_version = headers.get("api-version")
        if not api_version:
            raise AnswerUnexpected(
                "The answer to /_ping lacks the header 'Api-Version'",
                details={"path": "/_ping", "key": "Api-Version"},
            )
        return cls(
            api_version,
            headers.get("server"),
            headers.get("builder-version"),
            headers.get("swarm"),
        )


@dataclass(frozen=True)
class EngineVersion:
    """GET /version."""

    version: str
    api_version: str
    min_api_version: str
    go_version: str
    os: str
    arch: str
    kernel_version: str

    @classmethod
    def from_json(cls, document: object) -> EngineVersion:
        """Raises AnswerUnexpected."""
        fields = Fields("/version", document)
        return cls(
            version=fields.text("Version"),
            api_version=fields.text("ApiVersion"),
            min_api_version=fields.text("MinAPIVersion"),
            go_version=fields.text("GoVersion"),
            os=fields.text("Os"),
            arch=fields.text("Arch"),
            kernel_version=fields.text("KernelVersion"),
        )


@dataclass(frozen=True)
class EngineInfo:
    """GET /info, as far as dockerctl uses it.

    ``swarm_state`` is Docker's LocalNodeState: "inactive", "pending", "active", "error",
    "locked". ``warnings`` are the daemon's own.
    """

    server_version: str
    containers: int
    containers_running: int
    live_restore: bool
    swarm_state: str
    debug: bool
    data_root: str
    storage_driver: str
    logging_driver: str
    cgroup_driver: str
    default_runtime: str
    warnings: tuple[str, ...]

    @classmethod
    def from_json(cls, document: object) -> EngineInfo:
        """Raises AnswerUnexpected."""
        fields = Fields("/info", document)
        return cls(
            server_version=fields.text("ServerVersion"),
            containers=fields.count("Containers"),
            containers_running=fields.count("ContainersRunning"),
            live_restore=fields.flag("LiveRestoreEnabled"),
            swarm_state=fields.inner("Swarm").text("LocalNodeState"),
            debug=fields.flag("Debug"),
            data_root=fields.text("DockerRootDir"),
            storage_driver=fields.text("Driver"),
            logging_driver=fields.text("LoggingDriver"),
            cgroup_driver=fields.text("CgroupDriver"),
            default_runtime=fields.text("DefaultRuntime"),
            warnings=fields.texts_or_null("Warnings"),
        )


class Fields:
    """A JSON object whose members are read by name and type.

    ``path`` is the request that it answers, for the messages; ``within`` the key that leads to
    it when it is an inner object.
    """

    def __init__(self, path: str, document: object, within: str = "") -> None:
        self._path = path
        self._within = within
        if not isinstance(document, dict):
            what = f"'{within}'" if within else "it"
            self._fail(f"{what} is {_kind(document)}, not an object", within or None)
        self._members: dict[str, object] = document

    def text(self, key: str) -> str:
        """A string, which may be empty."""
        value = self._value(key)
        if not isinstance(value, str):
            self._wrong(key, value, "a string")
        return value

    def count(self, key: str) -> int:
        """An integer that is not negative."""
        value = self._value(key)
        # True is an int to Python, and not to JSON.
        if not isinstance(value, int) or isinstance(value, bool):
            self._wrong(key, value, "an integer")
        if value < 0:
            self._fail(f"'{self._name(key)}' is negative", self._name(key))
        return value

    def flag(self, key: str) -> bool:
        """A truth value."""
        value = self._value(key)
        if not isinstance(value, bool):
            self._wrong(key, value, "a truth value")
        return value

    def inner(self, key: str) -> Fields:
        """An object."""
        return Fields(self._path, self._value(key), self._name(key))

    def texts_or_null(self, key: str) -> tuple[str, ...]:
        """A list of strings; null, which is how Go writes an empty list, is an empty one."""
        value = self._value(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self._wrong(key, value, "a list")
        for item in value:
            if not isinstance(item, str):
                self._fail(f"'{self._name(key)}' has {_kind(item)} in it", self._name(key))
        return tuple(value)

    def objects_or_null(self, key: str) -> tuple[Fields, ...]:
        """A list of objects; null is an empty one."""
        value = self._value(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self._wrong(key, value, "a list")
        return tuple(Fields(self._path, item, self._name(key)) for item in value)

    def texts_by_name(self, key: str) -> dict[str, str]:
        """An object of strings."""
        inner = self.inner(key)
        return {name: inner.text(name) for name in inner._members}

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self._members.get(key) is not None

    def _value(self, key: str) -> object:
        if key not in self._members:
            self._fail(f"it lacks '{self._name(key)}'", self._name(key))
        return self._members[key]

    def _name(self, key: str) -> str:
        return f"{self._within}.{key}" if self._within else key

    def _wrong(self, key: str, value: object, wanted: str) -> NoReturn:
        name = self._name(key)
        self._fail(f"'{name}' is {_kind(value)}, not {wanted}", name)

    def _fail(self, what: str, key: str | None) -> NoReturn:
        raise AnswerUnexpected(
            f"The answer to {self._path} is not what was expected: {what}",
            details={"path": self._path, "key": key},
        )


def _kind(value: object) -> str:
    """A JSON value's type, in JSON's own words."""
    if value is None:
        return "null"
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "a truth value"),
        (str, "a string"),
        (int, "a number"),
        (float, "a number"),
        (list, "a list"),
        (dict, "an object"),
    )
    return next(word for kind, word in kinds if isinstance(value, kind))
