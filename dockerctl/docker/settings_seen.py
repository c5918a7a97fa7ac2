"""The settings that a running daemon says it has, to be compared with its configuration.

Here nothing is required: engines differ in what they tell, and what one does not tell cannot be
compared. ``EngineInfo`` in ``answers`` is the strict reader of the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dockerctl.errors import AnswerUnexpected


@dataclass(frozen=True)
class RuntimeSeen:
    """A runtime that the daemon offers; ``path`` is empty for one of another kind than a path."""

    name: str
    path: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class SettingsSeen:
    """GET /info, read with leniency. ``document`` is the whole answer, under Docker's names.

    A text is empty, a list too, and a truth value None when the daemon does not tell. Docker
    masks the passwords in the proxies.
    """

    document: Mapping[str, object]

    @classmethod
    def from_json(cls, document: object) -> SettingsSeen:
        """Raises AnswerUnexpected only when it is no object at all."""
        if not isinstance(document, dict):
            raise AnswerUnexpected(
                "the answer to /info is not an object", details={"path": "/info", "key": None}
            )
        return cls(document)

    @property
    def server_version(self) -> str:
        """Such as "20.10.24+dfsg1"."""
        return self._text("ServerVersion")

    @property
    def data_root(self) -> str:
        """Where images and containers lie; with user namespaces a folder below ``data-root``."""
        return self._text("DockerRootDir")

    @property
    def debug(self) -> bool | None:
        """Whether the daemon logs debug messages."""
        return self._flag("Debug")

    @property
    def experimental(self) -> bool | None:
        """Whether experimental features are on."""
        return self._flag("ExperimentalBuild")

    @property
    def live_restore(self) -> bool | None:
        """Whether containers go on while the daemon is down."""
        return self._flag("LiveRestoreEnabled")

    @property
    def labels(self) -> tuple[str, ...]:
        """The daemon's labels, as ``KEY=VALUE``."""
        return self._texts("Labels")

    @property
    def storage_driver(self) -> str:
        """Such as "overlay2"."""
        return self._text("Driver")

    @property
    def logging_driver(self) -> str:
        """The log driver of new containers."""
        return self._text("LoggingDriver")

    @property
    def cgroup_driver(self) -> str:
        """Either "cgroupfs" or "systemd"."""
        return self._text("CgroupDriver")

    @property
    def default_runtime(self) -> str:
        """The runtime of containers that name none."""
        return self._text("DefaultRuntime")

    @property
    def runtimes(self) -> tuple[RuntimeSeen, ...]:
        """The runtimes by name, with the built-in ones."""
        return tuple(
            RuntimeSeen(name, _text(runtime.get("path")), _texts(runtime.get("runtimeArgs")))
            for name, runtime in _objects(self.document.get("Runtimes"))
        )

    @property
    def log_drivers(self) -> tuple[str, ...]:
        """The log drivers, with those of plugins."""
        return _texts(self._object("Plugins").get("Log"))

    @property
    def authorization_plugins(self) -> tuple[str, ...]:
        """The authorization plugins that every request passes."""
        return _texts(self._object("Plugins").get("Authorization"))

    @property
    def swarm_state(self) -> str:
        """Either "inactive", "pending", "active", "error" or "locked"."""
        return _text(self._object("Swarm").get("LocalNodeState"))

    @property
    def swarm_manager(self) -> bool:
        """Whether this node takes part in controlling a swarm."""
        return self._object("Swarm").get("ControlAvailable") is True

    @property
    def registry_mirrors(self) -> tuple[str, ...]:
        """The mirrors of Docker Hub, as the daemon writes them: with a slash at the end."""
        return _texts(self._object("RegistryConfig").get("Mirrors"))

    @property
    def insecure_networks(self) -> tuple[str, ...]:
        """Networks whose registries need no TLS; those of the host itself are always there."""
        return _texts(self._object("RegistryConfig").get("InsecureRegistryCIDRs"))

    @property
    def insecure_registries(self) -> tuple[str, ...]:
        """Registries by name that need no TLS."""
        registries = _objects(self._object("RegistryConfig").get("IndexConfigs"))
        return tuple(name for name, registry in registries if registry.get("Secure") is False)

    @property
    def http_proxy(self) -> str:
        """The proxy for http, from wherever the daemon has it."""
        return self._text("HttpProxy")

    @property
    def https_proxy(self) -> str:
        """The proxy for https."""
        return self._text("HttpsProxy")

    @property
    def no_proxy(self) -> str:
        """The hosts that are reached without a proxy."""
        return self._text("NoProxy")

    @property
    def address_pools(self) -> tuple[tuple[str, int], ...]:
        """The pools for new networks, each with its base and the size of a subnet in bits.

        Engines tell only those that were configured.
        """
        value = self.document.get("DefaultAddressPools")
        pools = value if isinstance(value, list) else []
        return tuple(
            (pool["Base"], pool["Size"])
            for pool in pools
            if isinstance(pool, dict)
            and isinstance(pool.get("Base"), str)
            and isinstance(pool.get("Size"), int)
        )

    @property
    def security_options(self) -> tuple[str, ...]:
        """Such as "name=seccomp,profile=default"; "name=userns" with user namespaces."""
        return self._texts("SecurityOptions")

    def _text(self, key: str) -> str:
        return _text(self.document.get(key))

    def _texts(self, key: str) -> tuple[str, ...]:
        return _texts(self.document.get(key))

    def _flag(self, key: str) -> bool | None:
        value = self.document.get(key)
        return value if isinstance(value, bool) else None

    def _object(self, key: str) -> Mapping[str, object]:
        value = self.document.get(key)
        return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(item for item in value if isinstance(item, str))


def _objects(value: object) -> tuple[tuple[str, Mapping[str, object]], ...]:
    if not isinstance(value, dict):
        return ()
    return tuple((name, inner) for name, inner in value.items() if isinstance(inner, dict))
