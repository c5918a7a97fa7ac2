"""The calls to the Engine API that dockerctl makes: reads only, each with a typed result.

Paths carry no API version: the daemon then answers in its newest one, and every version from
20.10 to 29 has the keys that are read here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from dockerctl.deadline import Deadline
from dockerctl.docker.address import Address
from dockerctl.docker.answers import EngineInfo, EngineVersion, Ping
from dockerctl.docker.events import ReloadEvent, read_reload_events, reload_events_path
from dockerctl.docker.listing import (
    ContainerSummary,
    NetworkSubnet,
    RunningContainer,
    container_path,
    read_containers,
    read_networks,
    read_restart_policy,
)
from dockerctl.docker.settings_seen import SettingsSeen
from dockerctl.docker.transport import Answer, open_connection
from dockerctl.errors import AnswerUnexpected, EngineFault, EngineRefused, ReadTimeout

PING_TIMEOUT_S = 5.0
# /info asks the storage driver and each runtime, /containers/json takes the container store's lock.
SLOW_TIMEOUT_S = 10.0

MAX_MESSAGE_CHARACTERS = 500
# Each takes a request of its own; more are not asked for.
MAX_POLICIES_ASKED = 200


class Exchange(Protocol):
    """What the client needs of a connection."""

    reusable: bool

    def request(self, method: str, path: str, *, read_timeout_s: float | None = None) -> Answer:
        """Send one request and read the answer."""

    def close(self) -> None:
        """Close it; a second time does nothing."""


class EngineClient:
    """Calls on one daemon within one deadline; a context manager.

    It keeps its connection between the calls, and opens another when the daemon closed it. It
    serves one look at the daemon: a connection that was idle while the daemon restarted would
    tell of the old one. Every call raises the EngineError that fits.
    """

    def __init__(
        self,
        address: Address,
        deadline: Deadline,
        *,
        connect: Callable[[Address, Deadline], Exchange] = open_connection,
    ) -> None:
        self.address = address
        self._deadline = deadline
        self._connect = connect
        self._exchange: Exchange | None = None

    def __enter__(self) -> EngineClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._exchange is not None:
            self._exchange.close()
            self._exchange = None

    def connect(self) -> None:
        """Connect unless connected, so that connecting can be timed apart from the first call."""
        self._connection()

    def ping(self) -> Ping:
        """GET /_ping: whether the daemon answers at all."""
        answer = self._get("/_ping", PING_TIMEOUT_S)
        return Ping.from_headers(answer.headers, answer.body)

    def version(self) -> EngineVersion:
        """GET /version."""
        return EngineVersion.from_json(_json("/version", self._get("/version", PING_TIMEOUT_S)))

    def info(self) -> EngineInfo:
        """GET /info, which touches storage and runtimes and can be slow."""
        return EngineInfo.from_json(_json("/info", self._get("/info", SLOW_TIMEOUT_S)))

    def list_one(self) -> int:
        """GET /containers/json?limit=1: 0 or 1. An answer proves that the store is not locked."""
        path = "/containers/json?limit=1"
        containers = _json(path, self._get(path, SLOW_TIMEOUT_S))
        if not isinstance(containers, list):
            raise AnswerUnexpected(
                f"The answer to {path} is not a list", details={"path": path, "key": None}
            )
        return len(containers)

    def settings_seen(self) -> SettingsSeen:
        """GET /info, for comparing the daemon's settings with its configuration."""
        return SettingsSeen.from_json(_json("/info", self._get("/info", SLOW_TIMEOUT_S)))

    def document(self, path: str, timeout_s: float) -> object:
        """GET any path: the JSON value that it answers, as it is. For diagnosis, which looks at
        more than dockerctl's own decisions need and must bear whatever comes."""
        return _json(path, self._get(path, timeout_s))

    def reload_events(self, since: float, until: float) -> tuple[ReloadEvent, ...]:
        """GET /events: the daemon's reloads between two times, seconds since the epoch.

        Both ends are inside. With ``until`` in the future the daemon answers then. It keeps the
        last 256 events of all kinds, so ask soon.
        """
        path = reload_events_path(since, until)
        ahead_s = max(0.0, until - self._deadline.clock.time())
        return read_reload_events(self._get(path, SLOW_TIMEOUT_S + ahead_s).body)

    def containers(self) -> tuple[RunningContainer, ...]:
        """GET /containers/json: the running ones, each with its restart policy.

        The policy is None where it is not known: of all but the first ``MAX_POLICIES_ASKED``,
        and of a container that does not answer, and all that come after it.
        """
        path = "/containers/json"
        asks = MAX_POLICIES_ASKED
        found: list[RunningContainer] = []
        for summary in read_containers(_json(path, self._get(path, SLOW_TIMEOUT_S))):
            policy: str | None = None
            if asks > 0:
                asks -= 1
                try:
                    policy = self._restart_policy(summary)
                except _ContainerGone:
                    continue
                except ReadTimeout:
                    # A container that hangs holds a lock; others may wait for the same one.
                    asks = 0
            found.append(summary.with_policy(policy))
        return tuple(found)

    def networks(self) -> tuple[NetworkSubnet, ...]:
        """GET /networks: the subnets of each network."""
        return read_networks(_json("/networks", self._get("/networks", SLOW_TIMEOUT_S)))

    def _restart_policy(self, summary: ContainerSummary) -> str:
        path = container_path(summary.id)
        answer = self._connection().request("GET", path, read_timeout_s=PING_TIMEOUT_S)
        if answer.status == 404:
            raise _ContainerGone
        _check_status(path, answer)
        return read_restart_policy(path, _json(path, answer))

    def _connection(self) -> Exchange:
        if self._exchange is not None and not self._exchange.reusable:
            self.close()
        if self._exchange is None:
            self._exchange = self._connect(self.address, self._deadline)
        return self._exchange

    def _get(self, path: str, read_timeout_s: float) -> Answer:
        answer = self._connection().request("GET", path, read_timeout_s=read_timeout_s)
        _check_status(path, answer)
        return answer


class _ContainerGone(Exception):
    """A container ended and was removed after it was listed."""


def _check_status(path: str, answer: Answer) -> None:
    """Return for 200. Raises EngineRefused, EngineFault, or AnswerUnexpected for the rest."""
    status = answer.status
    if status == 200:
        return
    facts: dict[str, object] = {"path": path, "status": status}
    if status < 400:
        raise AnswerUnexpected(f"The daemon answered {path} with status {status}", details=facts)
    message = _daemon_message(answer.body)
    facts["message"] = message
    text = f"The daemon answered {path} with status {status}" + (f": {message}" if message else "")
    raise (EngineRefused if status < 500 else EngineFault)(text, details=facts)


def _daemon_message(body: bytes) -> str:
    """The daemon's words in an error answer: ``{"message": …}``, or plain text from a proxy.

    Cut to ``MAX_MESSAGE_CHARACTERS`` and without control characters: it is shown on terminals.
    """
    text = body.decode("utf-8", "replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        pass
    else:
        if isinstance(document, dict) and isinstance(document.get("message"), str):
            text = document["message"]
    printable = "".join(character if character.isprintable() else " " for character in text)
    message = " ".join(printable.split())
    if len(message) > MAX_MESSAGE_CHARACTERS:
        message = message[: MAX_MESSAGE_CHARACTERS - 1] + "…"
    return message


def _json(path: str, answer: Answer) -> object:
    """The JSON value of an answer's body. Raises AnswerUnexpected."""
    try:
        value: object = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise AnswerUnexpected(
            f"The answer to {path} is not JSON", details={"path": path, "key": None}
        ) from error
    return value
