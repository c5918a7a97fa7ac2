"""Containers and networks of a daemon: what real engines sent, and what is asked how often."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from dockerctl.docker.client import MAX_POLICIES_ASKED, EngineClient
from dockerctl.docker.listing import NetworkSubnet, RunningContainer, read_networks
from dockerctl.docker.transport import Answer
from dockerctl.errors import AnswerUnexpected, EngineFault, ReadTimeout
from tests.unit.test_docker_answers import ENGINES, recorded, recorded_json
from tests.unit.test_docker_client import ADDRESS, DEADLINE, FakeExchange, client_of


def identifier(number: int) -> str:
    return f"{number:064x}"


def summary(number: int, **changes: object) -> dict[str, object]:
    document: dict[str, object] = {
        "Id": identifier(number), "Names": [f"/c{number}"], "Image": "x:1", "State": "running",
    }  # fmt: skip
    return document | changes


def details(policy: str) -> Answer:
    document = {"HostConfig": {"RestartPolicy": {"Name": policy, "MaximumRetryCount": 0}}}
    return Answer(200, {}, json.dumps(document).encode())


def listed(*summaries: dict[str, object]) -> Answer:
    return Answer(200, {}, json.dumps(summaries).encode())


@dataclass
class Daemon(FakeExchange):
    """Hangs when it is asked for these paths."""

    hangs: set[str] = field(default_factory=set)

    def request(self, method: str, path: str, *, read_timeout_s: float | None = None) -> Answer:
        if path in self.hangs:
            self.reusable = False
            self.asked.append((method, path, read_timeout_s))
            raise ReadTimeout("no answer in time")
        return super().request(method, path, read_timeout_s=read_timeout_s)


# --- containers ------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_containers_of_engines(engine: str) -> None:
    names = ("containers-two", "container-plain-one", "container-always-one")
    exchange = FakeExchange([Answer(200, *recorded(engine, name)) for name in names])

    with client_of(exchange) as client:
        plain, always = client.containers()

    assert plain == RunningContainer(plain.id, "plain-one", "x:1", "running", "no")
    assert always == RunningContainer(always.id, "always-one", "x:1", "running", "always")
    assert exchange.asked == [
        ("GET", "/containers/json", 10.0),
        ("GET", f"/containers/{plain.id}/json", 5.0),
        ("GET", f"/containers/{always.id}/json", 5.0),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_no_containers(engine: str) -> None:
    with client_of(FakeExchange([Answer(200, *recorded(engine, "containers"))])) as client:
        assert client.containers() == ()


@pytest.mark.parametrize(
    ("names", "name"),
    [
        (["/web"], "web"),
        (["/other/alias", "/web"], "web"),
        (["web"], "web"),
        ([], identifier(1)[:12]),
        (None, identifier(1)[:12]),
    ],
)
def test_the_name(names: object, name: str) -> None:
    exchange = FakeExchange([listed(summary(1, Names=names)), details("")])

    with client_of(exchange) as client:
        assert client.containers() == (
            RunningContainer(identifier(1), name, "x:1", "running", "no"),
        )


def test_a_container_that_is_gone_meanwhile() -> None:
    exchange = FakeExchange(
        [listed(summary(1), summary(2)), Answer(404, {}, b"{}"), details("on-failure")]
    )

    with client_of(exchange) as client:
        assert [(c.name, c.restart_policy) for c in client.containers()] == [("c2", "on-failure")]


def test_a_container_that_hangs_is_the_last_one_asked_for() -> None:
    exchange = Daemon(
        [listed(summary(1), summary(2), summary(3)), details("always")],
        hangs={f"/containers/{identifier(2)}/json"},
    )

    with client_of(exchange) as client:
        found = client.containers()

    assert [c.restart_policy for c in found] == ["always", None, None]
    assert len(exchange.asked) == 3


def test_not_more_than_so_many_are_asked_for() -> None:
    summaries = [summary(number) for number in range(MAX_POLICIES_ASKED + 5)]
    exchange = FakeExchange([listed(*summaries), *[details("no")] * MAX_POLICIES_ASKED])

    with client_of(exchange) as client:
        found = client.containers()

    assert len(found) == MAX_POLICIES_ASKED + 5
    assert [c.restart_policy for c in found].count(None) == 5
    assert exchange.answers == []


def test_another_failure_of_a_container_is_told() -> None:
    exchange = FakeExchange([listed(summary(1)), Answer(500, {}, b"{}")])

    with client_of(exchange) as client, pytest.raises(EngineFault):
        client.containers()


@pytest.mark.parametrize(
    "changes",
    [{"Id": "../../images"}, {"Id": ""}, {"Id": 5}, {"Image": None}, {"State": 1}, {"Names": "a"}],
)
def test_a_list_that_is_not_as_expected(changes: dict[str, object]) -> None:
    exchange = FakeExchange([listed(summary(1, **changes))])

    with client_of(exchange) as client, pytest.raises(AnswerUnexpected):
        client.containers()
    assert len(exchange.asked) == 1


@pytest.mark.parametrize("document", [{}, None, {"HostConfig": {}}, {"HostConfig": None}])
def test_details_that_are_not_as_expected(document: object) -> None:
    exchange = FakeExchange([listed(summary(1)), Answer(200, {}, json.dumps(document).encode())])

    with client_of(exchange) as client, pytest.raises(AnswerUnexpected):
        client.containers()


# --- networks --------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_networks_of_engines(engine: str) -> None:
    exchange = FakeExchange([Answer(200, *recorded(engine, "networks"))])

    with client_of(exchange) as client:
        assert client.networks() == (
            NetworkSubnet("none", ()),
            NetworkSubnet("host", ()),
            NetworkSubnet("bridge", ("172.17.0.0/16",)),
        )
    assert exchange.asked == [("GET", "/networks", 10.0)]


@pytest.mark.parametrize(
    ("ipam", "subnets"),
    [
        ({"Config": [{"Subnet": "10.0.0.0/8"}, {"Subnet": "fd::/64"}]}, ("10.0.0.0/8", "fd::/64")),
        ({"Config": [{"Gateway": "10.0.0.1"}, {"Subnet": ""}]}, ()),
        ({"Config": None}, ()),
        ({}, ()),
    ],
)  # fmt: skip
def test_subnets(ipam: object, subnets: tuple[str, ...]) -> None:
    assert read_networks([{"Name": "n", "IPAM": ipam}]) == (NetworkSubnet("n", subnets),)


@pytest.mark.parametrize(
    "document", [{}, None, [5], [{}], [{"Name": "n"}], [{"Name": "n", "IPAM": {"Config": [1]}}]]
)
def test_networks_that_are_not_as_expected(document: object) -> None:
    with pytest.raises(AnswerUnexpected):
        read_networks(document)


def test_the_settings_are_asked_for_as_info_is() -> None:
    exchange = FakeExchange([Answer(200, *recorded("28.5.2", "info"))])

    with EngineClient(ADDRESS, DEADLINE, connect=lambda *_: exchange) as client:
        assert client.settings_seen().document == recorded_json("28.5.2", "info")
    assert exchange.asked == [("GET", "/info", 10.0)]
