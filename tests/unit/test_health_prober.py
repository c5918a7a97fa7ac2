"""The probe ladder against recorded engines and servers that misbehave: which rung fails, and why.

The transport's own tests have every failure; here it is the ladder that counts.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dockerctl.deadline import Deadline
from dockerctl.docker.address import Address
from dockerctl.errors import (
    AddressUnsupported,
    AnswerGarbled,
    ConnectionRefused,
    ConnectionReset,
    EngineError,
    EngineFault,
    NotRunning,
    ReadTimeout,
    SocketMissing,
)
from dockerctl.health.address import Whereabouts
from dockerctl.health.model import ProbeReport, Rung, Units
from dockerctl.health.prober import EngineProber
from dockerctl.systemd.model import Service
from tests.fakes.snapshots import (
    ABSENT,
    FAILED,
    LISTENING,
    RETRYING,
    RUNNING,
    STARTING,
    STOPPED,
    STOPPING,
    both,
)
from tests.functional import misbehaving_server as server
from tests.functional.misbehaving_server import Behaviour

RECORDED = Path(__file__).parents[1] / "fixtures" / "engine"
FILES = {
    "/_ping": "ping",
    "/version": "version",
    "/containers/json?limit=1": "containers",
    "/info": "info",
}
UP_TO = {rung: list(Rung)[: index + 1] for index, rung in enumerate(Rung)}


def engine(release: str, **instead: bytes | Behaviour) -> Behaviour:
    """A recorded engine; ``instead`` replaces what it does for one of its recordings."""

    def behave(connection: socket.socket) -> None:
        path = server.read_request(connection).split()[1].decode()
        name = FILES[path]
        other = instead.get(name)
        if callable(other):
            other(connection)
        else:
            connection.sendall(other or (RECORDED / release / f"{name}.http").read_bytes())

    return behave


def units_at(address: Address | str) -> Units:
    """A running service whose process listens at ``address`` and nowhere else."""
    argv = ("/usr/bin/dockerd", "-H", str(address))
    return both(replace(RUNNING, triggered_by=(), exec_start=(argv,)), None)


def prober() -> EngineProber:
    return EngineProber(Whereabouts(lambda _: (), {}))


@contextmanager
def climbed(
    folder: Path, behaviour: Behaviour, *, within_s: float = 10.0, patient: bool = False
) -> Iterator[ProbeReport]:
    with server.serving("unix", folder, behaviour) as address:
        climb = prober().climb_patiently if patient else prober().climb
        yield climb(units_at(address), Deadline.after(within_s))


def rungs(report: ProbeReport) -> list[Rung]:
    """The rungs that were tried; all but the last held."""
    assert all(step.ok for step in report.steps[:-1])
    assert all(step.latency_ms is not None and step.latency_ms >= 0 for step in report.steps)
    return [step.rung for step in report.steps]


def error_of(report: ProbeReport) -> EngineError | NotRunning:
    failed = report.failed_step
    assert failed is not None
    assert isinstance(failed.error, EngineError | NotRunning)
    return failed.error


@pytest.mark.parametrize(
    ("version", "api"), [("20.10.24", "1.41"), ("26.1.5", "1.45"), ("28.5.2", "1.51")]
)
def test_a_healthy_engine(tmp_path: Path, version: str, api: str) -> None:
    with climbed(tmp_path, engine(version)) as report:
        assert report.ok
        assert rungs(report) == list(Rung)
        assert report.address == f"unix://{tmp_path}/engine.sock"
        assert report.engine is not None
        assert report.engine.version.startswith(version)
        assert report.engine.api_version == api


def test_what_it_says_of_its_containers(tmp_path: Path) -> None:
    with server.serving("unix", tmp_path, engine("28.5.2")) as address:
        info = prober().info(units_at(address), Deadline.after(10))
    assert (info.containers_running, info.live_restore) == (0, False)


FAULT = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(
    ("behaviour", "rung", "error"),
    [
        (server.closes_at_once, Rung.PING, ConnectionReset),
        (server.resets, Rung.PING, ConnectionReset),
        (server.sends(b"SSH-2.0-OpenSSH_9.2\r\n"), Rung.PING, AnswerGarbled),
        (server.sends(FAULT), Rung.PING, EngineFault),
        (engine("28.5.2", version=FAULT), Rung.VERSION, EngineFault),
        (engine("28.5.2", version=server.closes_at_once), Rung.VERSION, ConnectionReset),
        (engine("28.5.2", containers=FAULT), Rung.LIST, EngineFault),
    ],
)
def test_the_rung_that_fails(
    tmp_path: Path, behaviour: Behaviour, rung: Rung, error: type[EngineError]
) -> None:
    with climbed(tmp_path, behaviour) as report:
        assert rungs(report) == UP_TO[rung]
        assert type(error_of(report)) is error
        # What was learnt on the way up is kept.
        assert (report.engine is not None) is (rung is Rung.LIST)


@pytest.mark.parametrize(
    ("behaviour", "rung"),
    [
        (server.never_answers, Rung.PING),
        (engine("28.5.2", version=server.never_answers), Rung.VERSION),
        (engine("28.5.2", containers=server.never_answers), Rung.LIST),
    ],
)
@pytest.mark.parametrize("patient", [False, True])
def test_a_hung_engine_costs_no_more_than_the_deadline(
    tmp_path: Path, behaviour: Behaviour, rung: Rung, patient: bool
) -> None:
    deadline = Deadline.after(0.4)
    with climbed(tmp_path, behaviour, within_s=0.4, patient=patient) as report:
        assert deadline.at - 2.0 < deadline.clock.monotonic() < deadline.at + 2.0
        assert rungs(report) in UP_TO.values()
        assert type(error_of(report)) is ReadTimeout
        assert patient or rungs(report) == UP_TO[rung]


def test_a_socket_that_is_missing(tmp_path: Path) -> None:
    report = prober().climb(units_at(f"unix://{tmp_path}/none.sock"), Deadline.after(5))
    assert rungs(report) == UP_TO[Rung.SOCKET]
    assert type(error_of(report)) is SocketMissing


def test_a_hint_is_about_the_unit_that_was_asked(tmp_path: Path) -> None:
    units = units_at(f"unix://{tmp_path}/none.sock")
    other = both(replace(units.service, name="other.service"), None)
    report = prober().climb(other, Deadline.after(5))
    assert "systemctl cat other.socket" in error_of(report).hint


def test_a_file_that_is_no_socket(tmp_path: Path) -> None:
    (tmp_path / "file.sock").write_text("")
    report = prober().climb(units_at(f"unix://{tmp_path}/file.sock"), Deadline.after(5))
    assert rungs(report) == UP_TO[Rung.SOCKET]
    assert "exists and is not a socket" in error_of(report).message


@pytest.mark.parametrize("family", ["unix", "tcp"])
def test_nobody_listens(tmp_path: Path, family: server.Family) -> None:
    with server.listening(family, tmp_path) as (listener, address):
        listener.close()
        report = prober().climb(units_at(address), Deadline.after(5))
    assert rungs(report) == UP_TO[Rung.CONNECT]
    assert type(error_of(report)) is ConnectionRefused


def test_an_address_that_nobody_knows() -> None:
    unknown = both(replace(RUNNING, triggered_by=(), exec_start=(("/usr/bin/other",),)), None)
    report = prober().climb(unknown, Deadline.after(5))
    assert (rungs(report), report.address) == (UP_TO[Rung.SOCKET], None)
    assert type(error_of(report)) is AddressUnsupported
    with pytest.raises(AddressUnsupported):
        prober().info(unknown, Deadline.after(5))


# --- when the daemon may be asked at all --------------------------------------------------------


@pytest.mark.parametrize("service", [STOPPED, FAILED, STOPPING, RETRYING, STARTING, ABSENT])
@pytest.mark.parametrize("patient", [False, True])
def test_a_service_that_does_not_run_is_never_connected_to(
    tmp_path: Path, service: Service, patient: bool
) -> None:
    with server.listening("unix", tmp_path) as (listener, address):
        argv = ("/usr/bin/dockerd", "-H", str(address))
        socket_unit = replace(LISTENING, listen=(("Stream", str(tmp_path / "engine.sock")),))
        units = both(replace(service, exec_start=(argv,)), socket_unit)
        climb = prober().climb_patiently if patient else prober().climb
        report = climb(units, Deadline.after(5))
        assert rungs(report) == [Rung.UNIT]
        assert type(error_of(report)) is NotRunning
        # The connection would wait here, and have woken the daemon.
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_our_own_start_may_ask_while_it_comes_up(tmp_path: Path) -> None:
    with server.serving("unix", tmp_path, engine("28.5.2")) as address:
        argv = ("/usr/bin/dockerd", "-H", str(address))
        coming = both(replace(STARTING, triggered_by=(), exec_start=(argv,)), None)
        assert prober().climb(coming, Deadline.after(10), starting=True).ok


# --- patience -----------------------------------------------------------------------------------


def test_what_passes_by_itself_is_tried_again(tmp_path: Path) -> None:
    turns = iter([server.closes_at_once, server.closes_at_once])

    def behave(connection: socket.socket) -> None:
        next(turns, engine("28.5.2"))(connection)

    with climbed(tmp_path, behave, patient=True) as report:
        assert report.ok


@pytest.mark.parametrize("answer", [FAULT, b"garbage\r\n\r\n"])
def test_what_does_not_pass_is_believed_at_once(tmp_path: Path, answer: bytes) -> None:
    served: list[int] = []

    def behave(connection: socket.socket) -> None:
        served.append(1)
        server.sends(answer)(connection)

    with climbed(tmp_path, behave, patient=True) as report:
        assert not report.ok
    assert len(served) == 1


def test_patience_has_an_end(tmp_path: Path) -> None:
    served: list[int] = []

    def behave(_connection: socket.socket) -> None:
        served.append(1)

    with climbed(tmp_path, behave, patient=True) as report:
        assert type(error_of(report)) is ConnectionReset
    assert 2 <= len(served) <= 3
