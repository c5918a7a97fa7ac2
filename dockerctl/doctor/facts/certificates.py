"""The certificates that Docker uses: of the daemon, of registries, of a swarm, of the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from dockerctl.config.meaning_go import parse_bool
from dockerctl.doctor.facts.certificate import (
    CertificateFile,
    KeyFile,
    Read,
    belongs,
    is_signed_by,
    read_certificates,
    read_key,
)
from dockerctl.doctor.facts.configuration import ConfigurationFacts
from dockerctl.doctor.facts.seen_file import see_file
from dockerctl.doctor.ground import Ground

REGISTRIES = "/etc/docker/certs.d"
_HOSTS = "/etc/hosts"
# As others than Docker name a certificate in PEM form; the last two only where they lie too high.
_ENDINGS = (".pem", ".cer", ".ca", ".crt", ".cert")
_MOST_FILES = 100


@dataclass(frozen=True)
class Identity:
    """A certificate, its key, and the authorities that the other side is checked against."""

    certificate: CertificateFile
    key: KeyFile
    # None where there is no such file, or nothing to compare.
    authorities: CertificateFile | None = None
    key_fits: bool | None = None
    signed: bool | None = None


@dataclass(frozen=True)
class CertificatesFacts:
    """All that was found; None and empty for what is not in use."""

    now_s: float = 0.0
    # Of the daemon; None while TLS is off.
    daemon: Identity | None = None
    verifies: bool = False
    # The tcp:// addresses that the daemon listens on, host and port.
    listens: tuple[str, ...] = ()
    # Names of this host by address, from /etc/hosts.
    host_names: Mapping[str, tuple[str, ...]] | None = None
    # Below /etc/docker/certs.d: certificates, and those client certificates without a key, or
    # keys without a certificate, with the path that is missing.
    registries: tuple[CertificateFile, ...] = ()
    incomplete: tuple[tuple[str, str], ...] = ()
    # Certificates there that dockerd passes over, by their ending or because they lie too high.
    ignored: tuple[CertificateFile, ...] = ()
    swarm: CertificateFile | None = None
    # Of the caller, where DOCKER_CERT_PATH or DOCKER_TLS_VERIFY asks for them.
    client: Identity | None = None
    unseen: tuple[str, ...] = ()

    LIMIT_S: ClassVar[float] = 3.0

    @classmethod
    def gather(cls, ground: Ground) -> CertificatesFacts:
        """Read what is in use, and nothing else."""
        configuration = ground.configuration
        registries, incomplete, unseen = _registries(REGISTRIES)
        swarm = see_file(f"{configuration.data_root}/swarm/certificates/swarm-node.crt")
        on = uses_tls(configuration)
        return cls(
            now_s=ground.now_s,
            daemon=_daemon(configuration) if on else None,
            verifies=on and _verifies(configuration),
            listens=tcp_hosts(configuration),
            host_names=_host_names(_HOSTS),
            registries=registries,
            incomplete=incomplete,
            ignored=_ignored(REGISTRIES),
            swarm=read_certificates(swarm.path).file if swarm.kind == "file" else None,
            client=_client(ground.environ),
            unseen=unseen,
        )


def uses_tls(configuration: ConfigurationFacts) -> bool:
    """Whether the daemon speaks TLS: tlsverify turns it on even when it is false (moby,
    cmd/dockerd/options.go)."""
    return configuration.value("tlsverify") is not None or _is_true(configuration.value("tls"))


def tcp_hosts(configuration: ConfigurationFacts) -> tuple[str, ...]:
    """The tcp:// addresses on which the daemon is told to listen."""
    given = configuration.value("hosts")
    hosts = (given,) if isinstance(given, str) else given
    words = hosts if isinstance(hosts, (list, tuple)) else ()
    return tuple(
        str(word).strip().removeprefix("tcp://")
        for word in words
        if str(word).strip().startswith("tcp://")
    )


def _verifies(configuration: ConfigurationFacts) -> bool:
    given = configuration.value("tlsverify")
    # With tls alone clients are verified too (cmd/dockerd/daemon.go).
    return True if given is None else _is_true(given)


def _is_true(value: object) -> bool:
    if isinstance(value, tuple) and value:
        value = value[-1]
    return value is True or (isinstance(value, str) and parse_bool(value) is True)


def _daemon(configuration: ConfigurationFacts) -> Identity:
    home = configuration.environment.get("HOME", "")
    paths = {}
    for key, name in (("tlscacert", "ca.pem"), ("tlscert", "cert.pem"), ("tlskey", "key.pem")):
        given = configuration.value(key)
        default = f"{home}/.docker/{name}" if home else ""
        paths[key] = given if isinstance(given, str) and given else default
    return identity(paths["tlscert"], paths["tlskey"], paths["tlscacert"])


def _client(environ: Mapping[str, str]) -> Identity | None:
    folder = environ.get("DOCKER_CERT_PATH", "")
    if not folder and not environ.get("DOCKER_TLS_VERIFY"):
        return None
    folder = folder or f"{environ.get('HOME', '')}/.docker"
    if not folder.startswith("/"):
        return None
    return identity(f"{folder}/cert.pem", f"{folder}/key.pem", f"{folder}/ca.pem")


def identity(cert_path: str, key_path: str, ca_path: str) -> Identity:
    """Read the files, and compare key and signature with the certificate."""
    certificate, authorities = _read(cert_path), _read(ca_path)
    key, public = read_key(key_path)
    own = certificate.certificates[0] if certificate.certificates else None
    fits = None if own is None or public is None else belongs(own, public)
    signed = None
    if own is not None and authorities.certificates:
        # What the file of the certificate has behind it, are authorities in between.
        signed = is_signed_by(own, (*authorities.certificates, *certificate.certificates[1:]))
    return Identity(certificate.file, key, authorities.file if ca_path else None, fits, signed)


def _read(path: str) -> Read:
    return read_certificates(path)


def _registries(
    folder: str,
) -> tuple[tuple[CertificateFile, ...], tuple[tuple[str, str], ...], tuple[str, ...]]:
    try:
        paths = sorted(Path(folder).glob("*/*"))[:_MOST_FILES]
    except OSError as error:
        return (), (), (f"{folder}: {error.strerror}",)
    found = [read_certificates(str(p)).file for p in paths if p.suffix in (".crt", ".cert")]
    names = {str(path) for path in paths}
    # A client certificate is a pair (moby: registry/registry.go, ReadCertsDirectory).
    pairs = ((".cert", ".key"), (".key", ".cert"))
    incomplete = [
        (str(path), str(path.with_suffix(other)))
        for path in paths
        for one, other in pairs
        if path.suffix == one and str(path.with_suffix(other)) not in names
    ]
    return tuple(found), tuple(incomplete), ()


def _ignored(folder: str) -> tuple[CertificateFile, ...]:
    """Certificates in files that dockerd does not look for; in folders that already have what it
    looks for they may be somebody's copies."""
    try:
        inside = sorted(Path(folder).glob("*/*"))[:_MOST_FILES]
        above = [path for path in sorted(Path(folder).glob("*"))[:_MOST_FILES] if path.is_file()]
    except OSError:
        return ()
    served = {path.parent for path in inside if path.suffix in (".crt", ".cert")}
    found = [path for path in inside if path.parent not in served]
    files = (read_certificates(str(p)).file for p in (*found, *above) if p.suffix in _ENDINGS)
    return tuple(file for file in files if file.certificates)


def _host_names(path: str) -> Mapping[str, tuple[str, ...]] | None:
    data = see_file(path, read=True).data
    if data is None:
        return None
    names: dict[str, tuple[str, ...]] = {}
    for line in data.decode("utf-8", "replace").splitlines():
        words = line.partition("#")[0].split()
        if len(words) > 1:
            names[words[0]] = (*names.get(words[0], ()), *words[1:])
    return names
