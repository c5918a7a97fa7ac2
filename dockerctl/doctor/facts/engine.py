"""What the daemon's API answers. Asked only of a daemon that systemd calls up."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from dockerctl.deadline import Deadline
from dockerctl.doctor.ground import Ground
from dockerctl.errors import DockerctlError, EngineError, EngineRefused

INFO = "/info"
VERSION = "/version"
CONTAINERS = "/containers/json?all=1"
NETWORKS = "/networks"
# Running ones first; each is a request.
MOST_INSPECTED = 50

_PING_S = 2.0
_QUESTION_S = 3.0
_CONTAINER_S = 1.0
_ID = re.compile(r"[0-9a-f]{12,128}")
_LIVE = ("running", "paused", "restarting")


@dataclass(frozen=True)
class EngineFacts:
    """Answers of the API as documents; None where there was no answer."""

    # Whether the API was asked at all, and why not.
    asked: bool = False
    why_not: str = ""
    address: str = ""
    # How GET /_ping ended: "ok", or the code of our error, such as "read-timeout",
    # "connection-refused", "socket-missing", "socket-forbidden".
    ping: str = ""
    ping_problem: str = ""
    info: Mapping[str, object] | None = None
    info_problem: str = ""
    version: Mapping[str, object] | None = None
    # GET /containers/json?all=1, and GET /containers/ID/json of at most 50 of them, by ID.
    containers: tuple[Mapping[str, object], ...] | None = None
    inspected: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    networks: tuple[Mapping[str, object], ...] | None = None
    # Path to problem, of each request that failed.
    problems: Mapping[str, str] = field(default_factory=dict)
    # Path to the code of our error, such as "read-timeout", of each request that failed.
    codes: Mapping[str, str] = field(default_factory=dict)
    # Path to seconds, of each request that was answered.
    took_s: Mapping[str, float] = field(default_factory=dict)

    LIMIT_S: ClassVar[float] = _PING_S + _QUESTION_S + 1.0

    @classmethod
    def gather(cls, ground: Ground) -> EngineFacts:
        """Ask /_ping, and when that is answered all the rest at once.

        /info and /version wait for containerd and hang with it; the others do not, so each has a
        connection and a deadline of its own.
        """
        if ground.ask is None:
            return cls(why_not=f"{ground.unit} does not run, and asking could start it")
        ping = _Question(ground, "/_ping", _PING_S)
        ping.run()
        facts = cls(
            asked=True,
            address=ping.address,
            ping=ping.code or "ok",
            ping_problem=ping.problem,
            problems={ping.path: ping.problem} if ping.problem else {},
            codes={ping.path: ping.code} if ping.code else {},
            took_s={} if ping.problem else {ping.path: ping.took_s},
        )
        return facts if ping.problem else _answered(facts, ground)

    def running(self) -> tuple[Mapping[str, object], ...]:
        """The containers that have a process, as the list has them."""
        return tuple(c for c in self.containers or () if c.get("State") in _LIVE)


class _Question(threading.Thread):
    """One request on a connection of its own, and how it went."""

    def __init__(self, ground: Ground, path: str, limit_s: float) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.answer: object = None
        self.address = ""
        # Set until it ends: what a request says that never came back.
        self.code = "read-timeout"
        self.problem = f"no answer within {limit_s:g} s"
        self.took_s = 0.0
        self.inspected: dict[str, Mapping[str, object]] = {}
        self._ground = ground
        self._limit_s = limit_s

    def run(self) -> None:
        clock = self._ground.deadline.clock
        began = clock.monotonic()
        deadline = self._ground.deadline.at_most(self._limit_s)
        try:
            self._ask(deadline)
        except DockerctlError as error:
            self.code, self.problem = error.code, error.sentence
        except Exception as error:  # noqa: BLE001  (a thread must not end with a trace)
            self.code, self.problem = "check-crashed", f"{type(error).__name__}: {error}"
        else:
            self.code = self.problem = ""
        self.took_s = clock.monotonic() - began

    def _ask(self, deadline: Deadline) -> None:
        if self._ground.ask is None:
            return
        with self._ground.ask(deadline) as client:
            self.address = str(client.address)
            if self.path == "/_ping":
                client.ping()
                return
            self.answer = client.document(self.path, self._limit_s)
            if self.path != CONTAINERS:
                return
            # On the same connection; one that hangs ends it, and the others stay unknown.
            for identity in _ids_to_inspect(self.answer):
                path = f"/containers/{identity}/json"
                try:
                    document = client.document(path, _CONTAINER_S)
                except EngineRefused:
                    # It ended and was removed meanwhile.
                    continue
                except EngineError:
                    return
                if isinstance(document, dict):
                    self.inspected[identity] = document


def _answered(facts: EngineFacts, ground: Ground) -> EngineFacts:
    paths = (INFO, VERSION, CONTAINERS, NETWORKS)
    questions = {path: _Question(ground, path, _QUESTION_S) for path in paths}
    for question in questions.values():
        question.start()
    until = ground.deadline.at_most(_QUESTION_S + 0.5)
    for question in questions.values():
        question.join(until.remaining())
    failed = [q for q in questions.values() if q.problem]
    info, version = questions[INFO].answer, questions[VERSION].answer
    return replace(
        facts,
        info=info if isinstance(info, dict) else None,
        info_problem=questions[INFO].problem,
        version=version if isinstance(version, dict) else None,
        containers=_rows(questions[CONTAINERS].answer),
        inspected=dict(questions[CONTAINERS].inspected),
        networks=_rows(questions[NETWORKS].answer),
        problems={q.path: q.problem for q in failed},
        codes={q.path: q.code for q in failed},
        took_s=dict(facts.took_s) | {q.path: q.took_s for q in questions.values() if not q.problem},
    )


def _rows(answer: object) -> tuple[Mapping[str, object], ...] | None:
    if not isinstance(answer, list):
        return None
    return tuple(row for row in answer if isinstance(row, dict))


def _ids_to_inspect(answer: object) -> list[str]:
    # Those that run first: what is wrong with them matters most.
    rows = sorted(_rows(answer) or (), key=lambda row: row.get("State") not in _LIVE)
    ids = [row.get("Id") for row in rows[:MOST_INSPECTED]]
    # It becomes a part of a request.
    return [identity for identity in ids if isinstance(identity, str) and _ID.fullmatch(identity)]
