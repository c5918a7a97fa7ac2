"""What a daemon has: its running containers and its networks, as far as a change asks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dockerctl.docker.answers import Fields
from dockerctl.errors import AnswerUnexpected

_CONTAINER_ID = re.compile(r"[0-9a-f]{12,128}")


@dataclass(frozen=True)
class RunningContainer:
    """A container that runs, is paused, or is between two tries of its restart policy.

    ``restart_policy`` is "no", "always", "unless-stopped" or "on-failure", or None when it is not
    known. ``state`` is Docker's word: "running", "paused", "restarting".
    """

    id: str
    name: str
    image: str
    state: str
    restart_policy: str | None


@dataclass(frozen=True)
class ContainerSummary:
    """A container as the list of containers has it: without its restart policy."""

    id: str
    name: str
    image: str
    state: str

    def with_policy(self, policy: str | None) -> RunningContainer:
        """The same with its restart policy, or None."""
        return RunningContainer(self.id, self.name, self.image, self.state, policy)


@dataclass(frozen=True)
class NetworkSubnet:
    """A network of Docker's, and its subnets in CIDR form; "host" and "none" have no subnet."""

    name: str
    subnets: tuple[str, ...]


def read_containers(document: object) -> tuple[ContainerSummary, ...]:
    """The answer to /containers/json. Raises AnswerUnexpected."""
    return tuple(
        _summary(Fields("/containers/json", item)) for item in _list("/containers/json", document)
    )


def read_networks(document: object) -> tuple[NetworkSubnet, ...]:
    """The answer to /networks. Raises AnswerUnexpected."""
    return tuple(_network(Fields("/networks", item)) for item in _list("/networks", document))


def container_path(container_id: str) -> str:
    """The request for one container."""
    return f"/containers/{container_id}/json"


def read_restart_policy(path: str, document: object) -> str:
    """The restart policy in the answer for one container; the empty name means "no".

    Raises AnswerUnexpected.
    """
    policy = Fields(path, document).inner("HostConfig").inner("RestartPolicy")
    return policy.text("Name") or "no"


def _summary(fields: Fields) -> ContainerSummary:
    container_id = fields.text("Id")
    if not _CONTAINER_ID.fullmatch(container_id):
        # It becomes a part of a request.
        raise AnswerUnexpected(
            "the answer to /containers/json is not what was expected: 'Id' is no identifier",
            details={"path": "/containers/json", "key": "Id"},
        )
    # A container that is being removed has lost its names.
    names = fields.texts_or_null("Names")
    name = min(names, key=lambda name: (name.count("/"), len(name)), default=container_id[:12])
    return ContainerSummary(
        container_id, name.removeprefix("/"), fields.text("Image"), fields.text("State")
    )


def _network(fields: Fields) -> NetworkSubnet:
    ipam = fields.inner("IPAM")
    configs = ipam.objects_or_null("Config") if ipam.has("Config") else ()
    subnets = tuple(config.text("Subnet") for config in configs if config.has("Subnet"))
    return NetworkSubnet(fields.text("Name"), tuple(subnet for subnet in subnets if subnet))


def _list(path: str, document: object) -> list[object]:
    if not isinstance(document, list):
        raise AnswerUnexpected(
            f"the answer to {path} is not a list", details={"path": path, "key": None}
        )
    return document
