"""What holds for each key, and where it comes from: flag, environment, file, or default; pure.

The order is dockerd's own. A key may be said by the flag or by the file, not by both; only runtimes
of both are put together. Of the environment, some variables go before both, others come after.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dockerctl.config.flag_values import flag_value
from dockerctl.config.flags import Flags
from dockerctl.config.keys import Key, KeyTable, key_table
from dockerctl.config.release import Release
from dockerctl.config.types import Kind


class Source(StrEnum):
    """Where the value of a key comes from."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


@dataclass(frozen=True)
class EffectiveKey:
    """What holds for one key.

    ``value`` None: dockerd chooses, or there is none. ``detail`` says more of the source: the words
    of the flag as typed, the variable, or why the file does not count. A value may be a secret.
    """

    name: str
    value: object
    source: Source
    detail: str = ""


# Variables that go before flag and file, and the release that brought them. moby:
# daemon/daemon.go, cmd/dockerd/daemon.go.
_FIRST = {
    "storage-driver": ("DOCKER_DRIVER", None),
    "min-api-version": ("DOCKER_MIN_API_VERSION", Release(25, 0, 0)),
}
# Variables of Go's HTTP client: for what neither flag nor file says.
_PROXIES = {
    "proxies.http-proxy": ("HTTP_PROXY", "http_proxy"),
    "proxies.https-proxy": ("HTTPS_PROXY", "https_proxy"),
    "proxies.no-proxy": ("NO_PROXY", "no_proxy"),
}
# Files of TLS that are looked for in the folder of one of these variables, the first that is set.
_CERTIFICATES = {"tlscacert": "ca.pem", "tlscert": "cert.pem", "tlskey": "key.pem"}
_CERTIFICATE_FOLDERS = ("DOCKER_CERT_PATH", "DOCKER_CONFIG")
# A key, and the older one that says the same.
_OLD_NAMES = {"data-root": "graph", "host-gateway-ips": "host-gateway-ip"}
_TLS_HOST = "tcp://localhost:2376"


def effective(
    values: Mapping[str, object],
    flags: Flags,
    environment: Mapping[str, str],
    release: Release | None,
    table: KeyTable | None = None,
    *,
    cgroup_v2: bool = True,
) -> tuple[EffectiveKey, ...]:
    """Every key that ``release`` knows, in the order of the table.

    ``values`` are those of the file, ``environment`` that of the daemon. The members of
    ``proxies`` are listed one by one. Values must have the right types: check the file before.
    """
    table = table or key_table()
    reader = _Reader(values, flags, environment, release, table, cgroup_v2)
    found: list[EffectiveKey] = []
    for key in table.keys.values():
        if key.deep:
            found += reader.members(key)
        elif not reader.replaced(key.name) and (key.known(release) or reader.variable(key.name)):
            found.append(reader.key(key))
    return tuple(found)


class _Reader:
    def __init__(
        self,
        values: Mapping[str, object],
        flags: Flags,
        environment: Mapping[str, str],
        release: Release | None,
        table: KeyTable,
        cgroup_v2: bool,
    ) -> None:
        self._table = table
        self._values = values
        self._flags = flags
        self._environment = environment
        self._release = release
        self._cgroup_v2 = cgroup_v2

    def key(self, key: Key) -> EffectiveKey:
        """What holds for a key without members of its own."""
        variable = self.variable(key.name)
        if variable:
            return EffectiveKey(key.name, self._environment[variable], Source.ENVIRONMENT, variable)
        old = _OLD_NAMES.get(key.name, "")
        for name in (key.name, *([old] if self._table.known(old, self._release) else [])):
            said = self._said(key, name)
            if said is not None:
                return said
        return self._default(key)

    def replaced(self, name: str) -> bool:
        """Whether another key of this release says what the key ``name`` said before."""
        return any(
            old == name and self._table.known(new, self._release) for new, old in _OLD_NAMES.items()
        )

    def variable(self, name: str) -> str:
        """The variable that goes before flag and file, where it is set; else ""."""
        variable, since = _FIRST.get(name, ("", None))
        early = since is not None and self._release is not None and self._release < since
        return variable if variable and self._environment.get(variable) and not early else ""

    def members(self, key: Key) -> Iterator[EffectiveKey]:
        """What holds for each member of a key that is only a place for others."""
        group = self._values.get(key.name)
        inside = group if isinstance(group, dict) and key.known(self._release) else {}
        for member in key.types.at(self._release).known_members(self._release):
            name = f"{key.name}.{member.name}"
            words = self._flags.values.get(name)
            variable = next((v for v in _PROXIES.get(name, ()) if self._environment.get(v)), "")
            if words:
                yield EffectiveKey(name, words[-1], Source.FLAG, f"--{member.flag}")
            elif inside.get(member.name):
                yield EffectiveKey(name, inside[member.name], Source.FILE)
            elif variable:
                yield EffectiveKey(name, self._environment[variable], Source.ENVIRONMENT, variable)
            elif key.known(self._release):
                yield EffectiveKey(name, "", Source.DEFAULT)

    def _said(self, key: Key, name: str) -> EffectiveKey | None:
        """What flag or file say under ``name``; None where dockerd takes it for nothing."""
        words = self._flags.values.get(name, ())
        typed = " ".join(self._flags.written.get(name, ()))
        given = flag_value(key.name, key.types.at(self._release), words) if words else None
        if name in self._values and self._counts(key, self._values[name]):
            value, old = self._value(key, name), "" if name == key.name else f"as {name}"
            if isinstance(value, dict) and isinstance(given, dict):
                return EffectiveKey(key.name, given | value, Source.FILE, f"and {typed}")
            return EffectiveKey(key.name, value, Source.FILE, old)
        return EffectiveKey(key.name, given, Source.FLAG, typed) if words else None

    def _value(self, key: Key, name: str) -> object:
        value = self._values[name]
        if value is None:
            return False
        one_to_many = name != key.name and key.kind is Kind.LIST and not isinstance(value, list)
        return [value] if one_to_many else value

    def _counts(self, key: Key, value: object) -> bool:
        """Whether dockerd can tell the value from none: see the checks of the same in
        ``config/shape.py``."""
        if key.kind is Kind.BOOL:
            return True
        if isinstance(value, int):
            return value != 0 or key.zero_counts
        return value not in (None, "", [], {})

    def _default(self, key: Key) -> EffectiveKey:
        folder = next((v for v in _CERTIFICATE_FOLDERS if self._environment.get(v)), "")
        if folder and key.name in _CERTIFICATES:
            path = posixpath.join(self._environment[folder], _CERTIFICATES[key.name])
            return EffectiveKey(key.name, path, Source.ENVIRONMENT, folder)
        value = key.default_for(self._release, cgroup_v2=self._cgroup_v2)
        if key.name == "hosts" and self._tls():
            value = [_TLS_HOST]
        written = {0: "0", "": "an empty string"}.get(_plain(self._values.get(key.name)))
        nothing = written is not None and value not in (0, "", None)
        detail = f"{written} in the file counts as nothing" if nothing else ""
        return EffectiveKey(key.name, value, Source.DEFAULT, detail)

    def _tls(self) -> bool:
        switches = (self._values.get("tls"), self._values.get("tlsverify"))
        given = self._flags.values.get("tls", ())
        # --tlsverify turns TLS on when it is given at all (cmd/dockerd/options.go).
        return any(switches) or given[-1:] == ("true",) or "tlsverify" in self._flags.values


def _plain(value: object) -> int | str | None:
    """A number or a text; None for anything else."""
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None
