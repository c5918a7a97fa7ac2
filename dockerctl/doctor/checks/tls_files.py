"""The daemon's certificate, key and authorities: with bad ones it does not start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dockerctl.doctor.facts.certificate import NO_LIBRARY
from dockerctl.doctor.facts.certificates import CertificatesFacts, Identity
from dockerctl.doctor.facts.journal import JournalFacts
from dockerctl.doctor.facts.units import UnitsFacts
from dockerctl.doctor.finding import Finding, When, error, warning
from dockerctl.doctor.model import Check, Facts, NotKnownError

# What dockerd says of them (docker/go-connections, tlsconfig; cmd/dockerd/daemon.go).
_SAID = ("X509", "x509", "tls:", "CA certificate", "private key", "certificate")


def _files(facts: Facts) -> Iterator[Finding]:
    seen = facts.of(CertificatesFacts)
    if seen.daemon is None:
        return
    for finding in _broken(seen.daemon, verifies=seen.verifies):
        words = _words(facts)
        yield replace(finding, evidence=(*finding.evidence, *words), when=_when(facts))
    hidden = unread(seen.daemon.certificate.problem, seen.daemon.key.problem)
    if hidden:
        raise NotKnownError("the daemon's certificate and key", hidden)


def unread(*problems: str) -> str:
    """The first of ``problems`` that is ours, and not the file's."""
    return next((p for p in problems if p == NO_LIBRARY or "denied" in p), "")


def _broken(daemon: Identity, *, verifies: bool) -> Iterator[Finding]:
    certificate, key = daemon.certificate, daemon.key
    files = [("tlscert", certificate.seen, certificate.problem)]
    if not key.encrypted:
        files.append(("tlskey", key.seen, key.problem))
    if daemon.authorities is not None and verifies:
        files.append(("tlscacert", daemon.authorities.seen, daemon.authorities.problem))
    for name, seen, problem in files:
        if problem and not unread(problem):
            yield error(
                "tls-file-invalid",
                f"the {name} {seen.path} cannot be used: {problem}",
                (f"{seen.path}: {problem}", seen.stat_line),
                f"put a PEM file there: {seen.path}, then: dockerctl restart",
            )
    if key.encrypted:
        yield error(
            "tls-key-encrypted",
            f"the key {key.seen.path} is encrypted, and dockerd cannot ask for its password",
            (f"{key.seen.path}: ENCRYPTED",),
            f"(umask 077; openssl pkey -in {key.seen.path} -out {key.seen.path}.plain) && "
            f"mv {key.seen.path}.plain {key.seen.path} && dockerctl restart",
        )
    if daemon.key_fits is False:
        yield error(
            "tls-key-mismatch",
            "the key of the daemon does not belong to its certificate",
            (
                f"tlscert {certificate.seen.path}: "
                f"{certificate.first.subject if certificate.first else ''}",
                f"tlskey {key.seen.path}: another public key",
            ),
            f"put the key of {certificate.seen.path} into {key.seen.path}, then: dockerctl restart",
        )


def _authorities(facts: Facts) -> Iterator[Finding]:
    seen = facts.of(CertificatesFacts)
    daemon = seen.daemon
    if daemon is None or daemon.authorities is None or not seen.verifies:
        return
    able = daemon.authorities.certificates
    # Of version 1 a certificate cannot say what it is, and counts.
    if able and not any(c.is_ca or c.version == 1 for c in able):
        yield warning(
            "tls-ca-unable",
            f"{daemon.authorities.seen.path} has no certificate of an authority",
            tuple(f"{c.subject}: basicConstraints CA is {c.is_ca}" for c in able[:3]),
            "put the authority's own certificate there, not one that it signed; "
            "then: dockerctl restart",
        )
    elif daemon.signed is False and daemon.certificate.first is not None:
        yield warning(
            "tls-ca-other",
            "the daemon's certificate is not of the authority that its clients are checked against",
            (
                f"{daemon.certificate.seen.path}: issuer {daemon.certificate.first.issuer}",
                f"{daemon.authorities.seen.path}: subject {able[0].subject if able else ''}",
            ),
            "give clients the authority of the daemon's certificate as their ca.pem",
        )


def _when(facts: Facts) -> When:
    service = facts.of(UnitsFacts).service
    at_rest = service.active_state == "inactive" and service.text("Result") in ("", "success")
    # A daemon that runs has read the files that were there when it started.
    return When.NEXT_START if service.runs or at_rest else When.NOW


def _words(facts: Facts) -> tuple[str, ...]:
    journal = facts.maybe(JournalFacts)
    words = journal.words if journal is not None else ()
    return tuple(f"journal: {w}" for w in words if any(text in w for text in _SAID))[-1:]


CHECKS = (
    Check(
        name="tls-files",
        needs=(UnitsFacts, CertificatesFacts),
        codes=("tls-file-invalid", "tls-key-encrypted", "tls-key-mismatch"),
        judge=_files,
        also=(JournalFacts,),
        explains_start=True,
    ),
    Check(
        name="tls-authorities",
        needs=(CertificatesFacts,),
        codes=("tls-ca-unable", "tls-ca-other"),
        judge=_authorities,
    ),
)
